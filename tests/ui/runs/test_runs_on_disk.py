"""What happens to run folders while the Runs tab is open."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from studio.runs.folder import RunFolder
from studio.runs.index import RunIndex
from studio.runs.state import RunState
from studio.runs.workspace import Workspace
from studio.ui.pages.runs.page import RunsPage
from studio.ui.services import Services
from studio.ui.widgets.notice import Notice
from tests.ui.runs.controls import button, cells, click_rows, table

Make = Callable[..., RunFolder]


def test_a_run_at_work_is_not_deleted(make: Make, open_page: Callable[[], RunsPage]) -> None:
    folder = make()
    folder.write_state(RunState(status="running").by_this_process())
    page = open_page()
    click_rows(page, 0)
    assert not button(page, "runs.delete").isEnabled()


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
