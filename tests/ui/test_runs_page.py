"""The Runs tab, used as a person would: by its controls' names, on real run folders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.bridge.jobs import JobHost
from studio.runs.checkpoints import CheckpointEntry
from studio.runs.folder import RunFolder
from studio.runs.index import RunIndex
from studio.runs.metrics import MetricsWriter
from studio.runs.state import RunState
from studio.runs.workspace import Workspace
from studio.settings.store import SettingsStore
from studio.spec.events import Series
from studio.spec.run import parse_tables
from studio.ui.pages.runs.page import RunsPage
from studio.ui.services import Services
from studio.ui.theme.theme import Theme
from studio.ui.widgets.curve_plot import CurvePlot
from studio.ui.widgets.notice import Notice

Make = Callable[..., RunFolder]


@pytest.fixture
def make(workspace: Workspace) -> Make:
    """Makes a run on disk, as training would leave it."""

    def made(recipe: str = "digits-cnn", lr: float = 1e-3, best: float = 0.98, **state: object) -> RunFolder:
        folder = RunFolder.create(workspace, recipe)
        optimizer = {"name": "AdamW", "lr": lr}
        tables = {"data": {"name": "digits"}, "model": {"name": "cnn"}, "loss": {"name": "CrossEntropyLoss"}}
        folder.write_spec(parse_tables({**tables, "recipe": recipe, "optimizer": optimizer}))
        curves = {"loss/train": Series.of([1, 2, 3], [2, 1, lr]), "accuracy/test": Series.of([3], [best])}
        MetricsWriter(folder.metrics_path).append(curves)
        folder.append_log("starts on cpu")
        path = folder.checkpoints_path / "step-000003.pt"
        path.write_bytes(b"weights")
        folder.register_checkpoint(CheckpointEntry(path, 3, 1, "cd" * 32, 7, best, is_best=True))
        folder.write_result({"metrics": {"accuracy/test": best}})
        known = {
            "status": "finished",
            "metric": "accuracy/test",
            "best": best,
            "epoch": 1,
            "epochs": 1,
            "seconds": 9.0,
        }
        folder.write_state(RunState(**{**known, **state}))  # type: ignore[arg-type]  # keywords of the test at hand
        return folder

    return made


@pytest.fixture
def services(qtbot: QtBot, qapp: QApplication, workspace: Workspace, tmp_path: Path) -> Iterator[Services]:
    host = JobHost(single_process=True)
    services = Services(host, workspace, SettingsStore(tmp_path / "settings.toml"), Theme(qapp, "light"))
    yield services
    if not host.has_ended_all:
        with qtbot.waitSignal(host.all_ended):
            host.close()


@pytest.fixture
def open_page(qtbot: QtBot, services: Services) -> Callable[[], RunsPage]:
    """Opens the page once the test has made its runs, and waits until it has read them."""

    def opened() -> RunsPage:
        page = RunsPage(services)
        qtbot.addWidget(page)
        page.resize(1280, 680)
        with qtbot.waitExposed(page):
            page.show()
        qtbot.waitUntil(lambda: page.presenter.is_loaded)
        return page

    return opened


def table(page: QWidget) -> QTableView:
    return page.findChild(QTableView, "runs.table")


def button(page: QWidget, name: str) -> QPushButton:
    return page.findChild(QPushButton, name)


def cells(page: QWidget, column: int = 0) -> list[str]:
    model = table(page).model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def click_rows(page: QWidget, *rows: int) -> None:
    """Select rows with the mouse, those after the first with Ctrl held."""
    view = table(page)
    for number, row in enumerate(rows):
        place = view.visualRect(view.model().index(row, 0)).center()
        held = Qt.KeyboardModifier.ControlModifier if number else Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, held, place)


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


def test_a_run_at_work_is_not_deleted(make: Make, open_page: Callable[[], RunsPage]) -> None:
    folder = make()
    folder.write_state(RunState(status="running").by_this_process())
    page = open_page()
    click_rows(page, 0)
    assert not button(page, "runs.delete").isEnabled()


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


def test_what_changes_on_disk_is_seen(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage], services: Services
) -> None:
    folder = make(status="stopped")
    page = open_page()
    click_rows(page, 0)
    folder.write_state(RunState(status="finished", metric="accuracy/test", best=0.99))
    make("linear-regression")
    services.runs_changed.emit()
    qtbot.waitUntil(lambda: cells(page, 2) == ["finished", "finished"])
    assert page.presenter.selected == ["0001-digits-cnn"]
    assert table(page).selectionModel().isRowSelected(1), "the selection moves with its run"
    qtbot.waitUntil(lambda: page.presenter.details["0001-digits-cnn"].details.row.best == 0.99)


def test_a_run_is_shown_when_another_page_asks(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage], services: Services
) -> None:
    make()
    page = open_page()
    choice = page.findChild(QComboBox, "runs.status")
    choice.setCurrentIndex(choice.findData("failed"))
    folder = make()
    services.open_run.emit(folder.id)
    qtbot.waitUntil(lambda: page.presenter.selected == [folder.id])
    assert cells(page)[0] == folder.id, "the filter that hid it is gone"
    assert choice.currentData() is None


def test_a_folder_that_is_deleted_while_open_is_said(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage]
) -> None:
    folder = make()
    page = open_page()
    click_rows(page, 0)
    qtbot.waitUntil(lambda: bool(page.presenter.details))
    shutil.rmtree(folder.path)
    page.presenter.refresh()
    qtbot.waitUntil(lambda: page.presenter.selected == [])
    assert button(page, "runs.train_one").isVisible()


def test_a_run_that_vanishes_before_it_is_read_is_said(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage]
) -> None:
    folder = make()
    make()
    page = open_page()
    shutil.rmtree(folder.path)
    page.presenter.select([folder.id])
    notice = page.findChild(Notice, "runs.notice")
    qtbot.waitUntil(lambda: notice.name == "run.unknown")
    qtbot.waitUntil(lambda: cells(page) == ["0002-digits-cnn"])


def test_a_workspace_that_vanishes_is_said_until_it_is_back(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage], workspace: Workspace
) -> None:
    make()
    page = open_page()
    notice = page.findChild(Notice, "runs.notice")
    away = workspace.root.rename(workspace.root.with_name("unmounted"))
    page.presenter.refresh()
    qtbot.waitUntil(lambda: notice.name == "workspace.gone")
    assert str(workspace.root) in notice.text
    assert cells(page) == ["0001-digits-cnn"], "what was read stays in sight"
    away.rename(workspace.root)
    page.presenter.refresh()
    qtbot.waitUntil(lambda: notice.name == "")


def test_a_damaged_index_is_made_anew_and_said(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage], workspace: Workspace
) -> None:
    make()
    RunIndex(workspace).refresh()
    workspace.index_path.write_bytes(b"not a database" * 1000)
    page = open_page()
    notice = page.findChild(Notice, "runs.notice")
    qtbot.waitUntil(lambda: notice.name == "index.rebuilt")
    assert "no run is lost" in notice.text
    assert cells(page) == ["0001-digits-cnn"]


def test_a_page_that_is_not_seen_asks_nothing(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage], services: Services
) -> None:
    page = open_page()
    page.hide()
    folder = make()
    services.runs_changed.emit()
    services.open_run.emit(folder.id)
    assert page.presenter.rows == ()
    page.show()
    qtbot.waitUntil(lambda: page.presenter.selected == [folder.id])


def test_a_run_folder_is_taken_in_as_a_copy(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage], tmp_path: Path
) -> None:
    source = tmp_path / "0099-from-elsewhere"
    make().path.rename(source)
    page = open_page()
    assert page.drop_hint([source]) == "Add a copy of this run"
    assert page.drop_hint([tmp_path]) == ""
    page.take_drop([source])
    qtbot.waitUntil(lambda: page.presenter.selected == ["0001-from-elsewhere"])
    assert (source / "checkpoints" / "step-000003.pt").read_bytes() == b"weights"


def test_ten_thousand_runs_scroll(
    qtbot: QtBot, make: Make, open_page: Callable[[], RunsPage], workspace: Workspace
) -> None:
    pattern = make()
    state, spec = pattern.state_path.read_bytes(), pattern.spec_path.read_bytes()
    for number in range(2, 10_001):
        path = workspace.runs / f"{number:05d}-digits"
        path.mkdir()
        (path / "state.json").write_bytes(state)
        (path / "spec.toml").write_bytes(spec)
        os.utime(path, (1e9, 1e9))
    RunIndex(workspace).refresh()
    page = open_page()
    qtbot.waitUntil(lambda: len(page.presenter.shown) == 10_000)
    view = table(page)
    view.selectionModel().setCurrentIndex(
        view.model().index(9_999, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
    )
    view.scrollToBottom()
    assert view.rowAt(view.viewport().height() - 5) == 9_999


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
