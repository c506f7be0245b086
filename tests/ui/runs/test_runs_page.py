"""The Runs tab, used as a person would: by its controls' names, on real run folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMessageBox, QPlainTextEdit, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from studio.runs.folder import RunFolder
from studio.runs.metrics import MetricsWriter
from studio.runs.state import RunState
from studio.runs.workspace import Workspace
from studio.spec.events import Series
from studio.ui.pages.runs.page import RunsPage
from studio.ui.services import Services
from studio.ui.widgets.curve_plot import CurvePlot
from studio.ui.widgets.notice import Notice
from tests.ui.runs.controls import button, cells, click_rows, table

Make = Callable[..., RunFolder]


def test_an_empty_workspace_teaches(qtbot: QtBot, open_page: Callable[[], RunsPage], services: Services) -> None:
    page = open_page()
    train = button(page, "runs.train_one")
    assert train.isVisible()
    assert not table(page).isVisible()
    with qtbot.waitSignal(services.show_page) as asked:
        train.click()
    assert asked.args == ["train"]


def test_runs_are_listed_newest_first(make: Make, open_page: Callable[[], RunsPage]) -> None:
    make(best=0.98, seconds=75.0)
    make("linear-regression", status="failed", metric="", best=0.5)
    page = open_page()
    assert cells(page) == ["0002-linear-regression", "0001-digits-cnn"]
    assert [cells(page, column)[1] for column in range(1, 7)] == [
        "digits-cnn",
        "finished",
        "accuracy, test",
        "98.0 %",
        "1 / 1",
        "1 min 15 s",
    ]


def test_a_click_on_a_head_sorts(qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage]) -> None:
    for best in (0.5, 0.9, 0.7):
        make(best=best)
    page = open_page()
    header = table(page).horizontalHeader()
    place = header.sectionViewportPosition(4) + 20
    for expected in (["50.0 %", "70.0 %", "90.0 %"], ["90.0 %", "70.0 %", "50.0 %"]):
        qtbot.mouseClick(
            header.viewport(), Qt.MouseButton.LeftButton, pos=header.rect().center().__class__(place, 15)
        )
        assert cells(page, 4) == expected


def test_the_filter_finds_words_anywhere(qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage]) -> None:
    make("digits-cnn")
    make("linear-regression", status="stopped")
    page = open_page()
    field = page.findChild(QLineEdit, "runs.filter")
    qtbot.keyClicks(field, "adamw STOPPED")
    qtbot.waitUntil(lambda: cells(page) == ["0002-linear-regression"])
    qtbot.keyClicks(field, " nothing")
    qtbot.waitUntil(lambda: not table(page).isVisible())
    assert button(page, "runs.clear_filter").isVisible()
    button(page, "runs.clear_filter").click()
    assert len(cells(page)) == 2
    assert field.text() == ""


def test_a_state_can_be_chosen(make: Make, open_page: Callable[[], RunsPage]) -> None:
    make(status="failed")
    make(status="stopped")
    page = open_page()
    choice = page.findChild(QComboBox, "runs.status")
    choice.setCurrentIndex(choice.findData("failed"))
    assert cells(page, 2) == ["failed"]


def test_one_run_is_shown_in_full(qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage]) -> None:
    folder = make(lr=3e-3)
    folder.write_environment({"python": "3.11.9", "packages": {"torch": "2.15.0"}})
    page = open_page()
    click_rows(page, 0)
    qtbot.waitUntil(lambda: bool(page.presenter.details))
    facts = {
        name: page.findChild(QWidget, f"runs.{name}").accessibleDescription()
        for name in ("state", "result", "checkpoints", "specification", "environment")
    }
    assert "Status: finished" in facts["state"]
    assert "Accuracy, test: 98.0 %" in facts["result"]
    assert "Step 3: epoch 1 · 98.0 % · 7 B · best" in facts["checkpoints"]
    assert "Optimizer: AdamW · lr 0.003" in facts["specification"]
    assert "torch: 2.15.0" in facts["environment"]
    assert page.findChild(QPlainTextEdit, "runs.log").toPlainText() == "starts on cpu"
    plot = page.findChild(CurvePlot, "runs.plot")
    assert list(plot.curves()) == ["0001-digits-cnn"]
    assert page.findChild(QComboBox, "runs.curve").currentText() == "Accuracy, test"


def test_several_runs_are_compared(qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage]) -> None:
    make(lr=1e-3, best=0.9)
    make(lr=3e-3, best=0.95)
    page = open_page()
    assert not button(page, "runs.compare").isEnabled()
    click_rows(page, 0, 1)
    assert button(page, "runs.compare").isEnabled()
    qtbot.waitUntil(lambda: len(page.presenter.compared) == 2)
    choice = page.findChild(QComboBox, "runs.curve")
    choice.setCurrentIndex(choice.findData("loss/train"))
    choice.activated.emit(choice.currentIndex())
    plot = page.findChild(CurvePlot, "runs.plot")
    assert {name: list(curve.points.values) for name, curve in plot.curves().items()} == {
        "0002": [2, 1, 3e-3],
        "0001": [2, 1, 1e-3],
    }
    tree = page.findChild(QTreeWidget, "runs.differences")
    lines = [
        [tree.topLevelItem(line).text(column) for column in range(3)] for line in range(tree.topLevelItemCount())
    ]
    assert lines == [["best accuracy, test", "95.0 %", "90.0 %"], ["optimizer.lr", "0.003", "0.001"]]
    button(page, "runs.compare").click()
    assert tree.hasFocus() or not page.isActiveWindow()


def test_a_run_at_work_keeps_zoom_and_cursor(qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage]) -> None:
    folder = make()
    make()
    page = open_page()
    plot, choice = page.findChild(CurvePlot, "runs.plot"), page.findChild(QComboBox, "runs.curve")
    click_rows(page, 1, 0)
    qtbot.waitUntil(lambda: len(plot.curves()) == 2)
    choice.setCurrentIndex(choice.findData("loss/train"))
    choice.activated.emit(choice.currentIndex())
    content = plot.canvas.content
    content.fit()
    content.ranges.show(1.0, 2.0)
    plot.canvas.point_at(2.0)
    other = plot.curves()["0002"]
    MetricsWriter(folder.metrics_path).append({"loss/train": Series.of([4, 5], [0.5, 0.4])})
    folder.write_state(RunState("finished", metric="accuracy/test", epoch=2, epochs=2))
    page.presenter.refresh()
    qtbot.waitUntil(lambda: len(plot.curves()["0001"].points) == 5)
    assert content.ranges.zoomed == (1.0, 2.0)
    assert content.cursor_step == 2.0
    assert plot.curves()["0002"] is other
    choice.setCurrentIndex(choice.findData("accuracy/test"))
    choice.activated.emit(choice.currentIndex())
    assert content.ranges.zoomed is None
    click_rows(page, 1)
    qtbot.waitUntil(lambda: list(plot.curves()) == page.presenter.selected)


def test_the_run_selected_last_is_shown_in_full_beside_many(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage]
) -> None:
    runs = [make() for _ in range(10)]
    page = open_page()
    click_rows(page, *range(10))
    assert page.presenter.selected == [run.id for run in reversed(runs)]
    state = page.findChild(QWidget, "runs.state")
    qtbot.waitUntil(lambda: state.isVisible() and "Status: finished" in state.accessibleDescription())
    qtbot.waitUntil(lambda: len(page.presenter.compared) == 8)
    assert runs[0].id not in {read.details.row.id for read in page.presenter.compared}


def test_a_run_opens_elsewhere(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage], services: Services
) -> None:
    make()
    page = open_page()
    qtbot.waitUntil(lambda: page.presenter.selected == ["0001-digits-cnn"], timeout=5000)
    for name, signal in (
        ("runs.open_in_export", services.open_in_export),
        ("runs.open_in_vision", services.open_in_vision),
    ):
        with qtbot.waitSignal(signal) as asked:
            button(page, name).click()
        assert asked.args == ["run:0001-digits-cnn@best"]


@pytest.mark.parametrize("status", ["stopped", "interrupted", "failed"])
def test_what_ended_early_goes_on(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage], services: Services, status: str
) -> None:
    make(status=status)
    page = open_page()
    click_rows(page, 0)
    with qtbot.waitSignal(services.resume_run) as asked:
        button(page, "runs.resume").click()
    assert asked.args == ["0001-digits-cnn"]


def test_what_finished_does_not_go_on(make: Make, open_page: Callable[[], RunsPage]) -> None:
    make(status="finished")
    page = open_page()
    click_rows(page, 0)
    assert not button(page, "runs.resume").isEnabled()


def test_deleting_asks_and_can_be_undone(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage], workspace: Workspace
) -> None:
    kept, gone = make(), make()
    page = open_page()
    click_rows(page, 0)
    for answer, left in (("no", 2), ("yes", 1)):
        button(page, "runs.delete").click()
        box = page.findChild(QMessageBox, "runs.delete_dialog")
        assert "0002-digits-cnn" in box.text()
        button(box, f"runs.delete_dialog.{answer}").click()
        qtbot.waitUntil(lambda left=left: len(cells(page)) == left)
    assert kept.path.is_dir()
    assert not gone.path.exists()
    notice = page.findChild(Notice, "runs.notice")
    assert notice.name == "runs.deleted"
    button(page, "runs.notice.act").click()
    qtbot.waitUntil(lambda: len(cells(page)) == 2)
    assert gone.checkpoint("best").path.read_bytes() == b"weights"
    assert page.presenter.selected == ["0002-digits-cnn"]


def test_only_the_runs_that_were_asked_about_are_deleted(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage]
) -> None:
    kept, gone = make(), make()
    page = open_page()
    click_rows(page, 0)
    button(page, "runs.delete").click()
    page.presenter.show_run(kept.id)  # as another tab does that opens its run here
    assert page.presenter.selected == [kept.id]
    button(page.findChild(QMessageBox, "runs.delete_dialog"), "runs.delete_dialog.yes").click()
    qtbot.waitUntil(lambda: len(cells(page)) == 1)
    assert kept.path.is_dir()
    assert not gone.path.exists()


def test_the_trash_is_emptied_only_once_the_user_agrees(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage], workspace: Workspace
) -> None:
    gone = make()
    page = open_page()
    page.presenter.delete([gone.id])
    trashed = workspace.trash / gone.id
    qtbot.waitUntil(trashed.is_dir)
    page.ask_to_empty_trash()
    button(page.findChild(QMessageBox, "runs.trash_dialog"), "runs.trash_dialog.no").click()
    qtbot.waitUntil(lambda: page.findChild(QMessageBox, "runs.trash_dialog") is None)
    assert trashed.is_dir()
    page.ask_to_empty_trash()
    box = page.findChild(QMessageBox, "runs.trash_dialog")
    assert "cannot be put back" in box.informativeText()
    with qtbot.waitSignal(page.presenter.trash_emptied) as emptied:
        button(box, "runs.trash_dialog.yes").click()
    assert emptied.args == [1]
    assert not trashed.exists()
    assert "1 run is removed for good" in page.findChild(Notice, "runs.notice").text


def test_the_folder_is_shown(
    make: Make, open_page: Callable[[], RunsPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", shown.append)
    folder = make()
    page = open_page()
    click_rows(page, 0)
    button(page, "runs.show_folder").click()
    assert [Path(url.toLocalFile()) for url in shown] == [folder.path]


def test_the_theme_changes_while_it_is_open(
    make: Make, open_page: Callable[[], RunsPage], services: Services
) -> None:
    make(status="failed")
    page = open_page()
    index = table(page).model().index(0, 2)
    before = index.data(Qt.ItemDataRole.ForegroundRole).name()
    services.theme.set_mode("dark")
    assert index.data(Qt.ItemDataRole.ForegroundRole).name() == services.theme.name_of("bad") != before


def test_actions_say_what_they_need(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage], services: Services
) -> None:
    make()
    page = open_page()
    table(page).clearSelection()
    for name in ("open_in_export", "open_in_vision", "resume", "compare", "show_folder", "delete"):
        assert not button(page, f"runs.{name}").isEnabled()
    actions = {action.id: action for action in page.actions()}
    for name in ("runs.export", "runs.vision", "runs.resume", "runs.compare", "runs.delete"):
        with qtbot.waitSignal(services.said) as said:
            actions[name].slot()
        assert said.args[0].startswith("Select ")


def test_the_code_of_a_run_is_shown(qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage]) -> None:
    make().write_script("import torch\n")
    page = open_page()
    code = button(page, "runs.code")
    qtbot.waitUntil(code.isEnabled)
    code.click()
    assert page.findChild(QPlainTextEdit, "runs.code_dialog.text").toPlainText() == "import torch\n"
    button(page, "runs.code_dialog.copy").click()
    assert QApplication.clipboard().text() == "import torch\n"
    button(page, "runs.code_dialog.close").click()
