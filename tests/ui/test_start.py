"""What is said where the window cannot open as it is asked to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from studio import app
from studio.ui.shell.workspace_dialog import WorkspaceDialog

ROOT = Path(__file__).resolve().parents[2]


def test_a_named_workspace_that_cannot_be_written_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("in the way")
    done = subprocess.run(
        [sys.executable, "main.py", "--workspace", str(blocked / "workspace")],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "cannot be written" in done.stderr


def test_the_users_own_workspace_that_cannot_be_written_asks_for_another(
    qtbot: QtBot, tmp_path: Path, monkeypatch
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("in the way")
    monkeypatch.setenv("PYTORCH_STUDIO_WORKSPACE", str(blocked / "workspace"))
    said: list[str] = []

    def choose() -> None:
        dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, WorkspaceDialog))
        said.extend(label.text() for label in dialog.findChildren(QLabel))
        assert dialog.findChild(QPushButton, "workspace.choose") is not None
        dialog.take(str(tmp_path / "elsewhere"))

    QTimer.singleShot(0, choose)
    window = app._build_or_ask(None)
    assert "cannot be written" in " ".join(said)
    assert (tmp_path / "elsewhere" / "runs").is_dir()
    with qtbot.waitSignal(window.closed, timeout=10_000):
        window.close()
    window.deleteLater()
