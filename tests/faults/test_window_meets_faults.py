"""Faults of runs as the whole window meets them: it stays up, says what happened, and loses nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMainWindow, QPushButton, QTableView
from pytestqt.qtbot import QtBot

from studio.runs.folder import RunFolder
from studio.runs.index import RunIndex
from studio.runs.state import RunState
from studio.runs.workspace import Workspace
from studio.ui.widgets.notice import Notice

ROOT = Path(__file__).resolve().parents[2]
LONG = ["--set", "training.epochs=100000", "--set", "checkpoints.every_seconds=0.2"]


@pytest.fixture
def killed_run(workspace: Workspace) -> str:
    """A run whose process was killed with SIGKILL after its first checkpoint."""
    command = [
        sys.executable,
        "main.py",
        "train",
        "digits-cnn",
        *LONG,
        "--json",
        "--workspace",
        str(workspace.root),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if json.loads(line)["event"] == "checkpointed":
                break
        child.kill()
    (run_id,) = RunIndex(workspace).refresh()
    return run_id


def show_runs(window: QMainWindow, qtbot: QtBot, count: int) -> QTableView:
    """Bring the Runs tab to the front and wait for its rows."""
    window.tabs.show_page("runs")
    table = window.findChild(QTableView, "runs.table")
    qtbot.waitUntil(lambda: table.model().rowCount() == count)
    return table


def test_killed_training_goes_on_in_the_window(
    killed_run: str, workspace: Workspace, window: QMainWindow, qtbot: QtBot
) -> None:
    folder = RunFolder.open(workspace, killed_run)
    before = folder.checkpoint("last").step
    table = show_runs(window, qtbot, 1)
    assert table.model().index(0, 2).data() == "interrupted"
    resume = window.findChild(QPushButton, "runs.resume")
    qtbot.waitUntil(resume.isEnabled)
    resume.click()
    assert window.tabs.page_name == "train"
    stop = window.findChild(QPushButton, "train.stop")
    qtbot.waitUntil(lambda: folder.checkpoint("last").step > before, timeout=120_000)
    stop.click()
    qtbot.waitUntil(lambda: folder.read_state().status == "stopped", timeout=60_000)
    table = show_runs(window, qtbot, 1)
    qtbot.waitUntil(lambda: table.model().index(0, 2).data() == "stopped")


def test_index_damaged_before_the_window_opens(workspace: Workspace, qtbot: QtBot, window: QMainWindow) -> None:
    RunFolder.create(workspace, "kept").write_state(RunState(status="finished"))
    workspace.index_path.write_bytes(b"not a database" * 1000)
    show_runs(window, qtbot, 1)
    notice = window.findChild(Notice, "runs.notice")
    qtbot.waitUntil(lambda: notice.name == "index.rebuilt")


def test_run_folder_deleted_while_it_is_shown(workspace: Workspace, qtbot: QtBot, window: QMainWindow) -> None:
    gone = RunFolder.create(workspace, "gone")
    RunFolder.create(workspace, "kept")
    show_runs(window, qtbot, 2)
    window.findChild(QTableView, "runs.table").selectRow(1)
    shutil.rmtree(gone.path)
    window.findChild(QPushButton, "runs.refresh").click()
    table = show_runs(window, qtbot, 1)
    assert table.model().index(0, 0).data() == "0002-kept"


def test_second_window_on_the_workspace(workspace: Workspace, qtbot: QtBot) -> None:
    from studio import app

    other = Workspace.open(workspace.root)
    assert other.take_lock()
    window = app.build(workspace=workspace.root)
    qtbot.addWidget(window)
    assert window.notice.name == "workspace.shared"
    other.free_lock()
    with qtbot.waitSignal(window.closed, timeout=10_000):
        window.close()
