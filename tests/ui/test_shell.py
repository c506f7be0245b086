"""The window around the pages: menus, palette, theme, status, errors, drops, closing."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLineEdit,
    QMainWindow,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.bridge.job_table import JOBS, JobKind
from studio.ui.shell.command_palette import score
from studio.ui.widgets.notice import Notice
from tests.logfail import LogWatch

TABS = ["Autograd", "Train", "Runs", "Export", "Vision"]


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = JobKind("tests.bridge.sample_jobs:run", "Sampling", "thread")
    monkeypatch.setitem(JOBS, "sample", kind)


def _find(window: QMainWindow, kind: type, name: str):
    found = window.findChild(kind, name)
    assert found is not None, name
    return found


def test_the_tabs_are_there(window: QMainWindow) -> None:
    tabs = _find(window, QTabWidget, "tabs")
    assert [tabs.tabText(index) for index in range(tabs.count())] == TABS


def test_every_action_of_a_menu_has_a_shortcut_that_is_its_own(window: QMainWindow) -> None:
    for page in ("autograd", "train", "runs", "export", "vision"):
        keys: dict[str, str] = {}
        window.table.set_page(page)
        for action, made in window.table.actions:
            if not made.isVisible():
                continue
            assert action.shortcut, f"{action.id} has no shortcut"
            key = QKeySequence(action.shortcut).toString()
            assert key not in keys, f"{action.id} and {keys[key]} both have {key}"
            keys[key] = action.id


def test_the_palette_finds_an_action_and_does_it(window: QMainWindow, qtbot: QtBot) -> None:
    _find(window, QPushButton, "tabs.search").click()
    field = _find(window, QLineEdit, "palette.search")
    qtbot.waitUntil(field.isVisible)
    qtbot.keyClicks(field, "show exp")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.tabs.page_name == "export"


def test_palette_prefers_words_to_scattered_letters() -> None:
    assert score("runs", "Show Runs") > score("rns", "Show Runs") > score("xyz", "Show Runs") == 0


def test_the_theme_changes_at_once_and_is_remembered(window: QMainWindow) -> None:
    services = window.window_actions._services
    window.window_actions.set_theme("dark")
    dark = QApplication.instance().palette().window().color().name()
    window.window_actions.set_theme("light")
    light = QApplication.instance().palette().window().color().name()
    assert (dark, light) == ("#15181d", "#f4f5f7")
    assert services.settings.value.theme == "light"
    assert "light" in services.settings.path.read_text()


def test_the_status_bar_follows_a_job_and_cancels_it(window: QMainWindow, qtbot: QtBot, sample: None) -> None:
    host = window.window_actions._services.host
    progress, cancel = _find(window, QProgressBar, "status.progress"), _find(window, QPushButton, "status.cancel")
    assert not progress.isVisible()
    with qtbot.waitSignal(host.job_ended, timeout=10_000) as ended:
        host.start("sample", {"verb": "until_stopped"})
        assert progress.isVisible()
        cancel.click()
    assert ended.args[1].outcome == "stopped"
    assert not progress.isVisible()


def test_the_status_bar_goes_back_to_the_job_that_still_runs(
    window: QMainWindow, qtbot: QtBot, sample: None
) -> None:
    host = window.window_actions._services.host
    progress, cancel = _find(window, QProgressBar, "status.progress"), _find(window, QPushButton, "status.cancel")
    older = host.start("sample", {"verb": "until_stopped"})
    with qtbot.waitSignal(host.job_ended, timeout=10_000):
        host.start("sample", {"verb": "count", "steps": 3})
    assert progress.isVisible()
    with qtbot.waitSignal(older.ended, timeout=10_000):
        cancel.click()
    assert not progress.isVisible()


def test_an_exception_in_a_slot_is_shown_and_the_window_lives(
    window: QMainWindow, qtbot: QtBot, expected_logs: LogWatch
) -> None:
    expected_logs.allow("Unexpected: 1 is not 2")
    sys.excepthook(ValueError, ValueError("1 is not 2"), None)
    dialog = _find(window, QDialog, "error")
    assert dialog.isVisible()
    assert "1 is not 2" in _text_of(dialog)
    with qtbot.waitSignal(dialog.destroyed):
        _find(window, QPushButton, "error.close").click()


def test_an_exception_in_a_thread_is_shown(window: QMainWindow, qtbot: QtBot, expected_logs: LogWatch) -> None:
    expected_logs.allow("Unexpected: from a thread")

    def fail() -> None:
        raise ValueError("from a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: window.findChild(QDialog, "error") is not None)
    _find(window, QPushButton, "error.close").click()


def _text_of(widget: QWidget) -> str:
    return " ".join(getattr(child, "text", lambda: "")() for child in widget.findChildren(QWidget))


def _drag(window: QMainWindow, kind: type, paths: list[Path]):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    at = QPoint(300, 300) if kind is QDragEnterEvent else QPointF(300, 300)
    event = kind(at, Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    event.setAccepted(False)
    QApplication.sendEvent(window, event)
    return event.isAccepted(), mime


def test_a_drag_says_what_a_drop_would_do(window: QMainWindow, tmp_path: Path) -> None:
    script = tmp_path / "snippet.py"
    script.write_text("import torch\n")
    window.tabs.show_page("autograd")
    accepted, _ = _drag(window, QDragEnterEvent, [script])
    assert accepted
    assert window.overlay.isVisible()
    accepted, _ = _drag(window, QDropEvent, [script])
    assert accepted
    assert not window.overlay.isVisible()
    accepted, _ = _drag(window, QDragEnterEvent, [tmp_path / "nothing.xyz"])
    assert not accepted


def test_an_opened_file_can_be_opened_again_from_the_menu(window: QMainWindow, tmp_path: Path) -> None:
    script = tmp_path / "mine & yours.py"
    script.write_text("import torch\nprint(torch.ones(2))\n")
    window.tabs.show_page("autograd")
    window.current_page().take_drop([script])
    gone = tmp_path / "gone.py"
    gone.write_text("import torch\n")
    window.current_page().take_drop([gone])
    gone.unlink()
    menu = _find(window, QMenu, "menu.file.recent")
    menu.aboutToShow.emit()
    assert [Path(action.data()) for action in menu.actions()] == [script.resolve()]
    editor = _find(window, QPlainTextEdit, "autograd.editor")
    window.tabs.show_page("runs")
    menu.actions()[0].trigger()
    assert window.tabs.page_name == "autograd"
    assert "torch.ones(2)" in editor.toPlainText()


def test_closing_while_work_runs_asks(window: QMainWindow, qtbot: QtBot, sample: None) -> None:
    host = window.window_actions._services.host
    job = host.start("sample", {"verb": "until_stopped"})
    seen: list[str] = []

    def keep() -> None:
        seen.append(_text_of(_find(window, QDialog, "close")))
        _find(window, QPushButton, "close.keep").click()

    QTimer.singleShot(0, keep)
    window.close()
    assert "Sampling is still going on" in seen[0]
    assert "Closing stops it" in seen[0], "sampling keeps nothing, so that nothing is promised"
    assert window.isVisible()
    assert job.is_running
    QTimer.singleShot(0, lambda: _find(window, QPushButton, "close.save").click())
    window.close()
    qtbot.waitUntil(lambda: host.has_ended_all, timeout=5_000)
    assert not window.isVisible()


def test_discard_ends_the_work_at_once(window: QMainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = JobKind("tests.bridge.sample_jobs:run", "Sampling", patience=60.0, saves=True)
    monkeypatch.setitem(JOBS, "sample", kind)
    services = window.window_actions._services
    services.host.start("sample", {"verb": "loop"})
    QTimer.singleShot(0, lambda: _find(window, QPushButton, "close.discard").click())
    window.close()
    assert not window.isVisible()
    qtbot.waitUntil(lambda: services.host.has_ended_all, timeout=5_000)


def test_a_second_window_on_the_workspace_is_told(window: QMainWindow, qtbot: QtBot, workspace) -> None:
    from studio import app

    second = app.build(workspace.root)
    notice = _find(second, Notice, "window.notice")
    assert notice.name == "workspace.shared"
    second.close()
    qtbot.waitUntil(lambda: second._services.host.has_ended_all, timeout=5_000)
    second.deleteLater()


def test_a_shortcut_asks_whether_it_can_be_done_when_it_is_pressed(window: QMainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window._services.host.torch_state == "ready", timeout=60_000)
    window.tabs.show_page("autograd")
    editor = _find(window, QPlainTextEdit, "autograd.editor")
    editor.setPlainText("while True:\n    pass\n")
    editor.setFocus()
    stop = _find(window, QPushButton, "autograd.stop")
    qtbot.keyClick(editor, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert not stop.isEnabled(), "there is nothing to stop"
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(stop.isEnabled, timeout=10_000)
    qtbot.keyClick(editor, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(_find(window, QPushButton, "autograd.run").isEnabled, timeout=10_000)
    assert _find(window, Notice, "autograd.notice").name == "snippet.stopped"


def test_the_log_keeps_the_last_lines_and_cuts_long_ones(window: QMainWindow) -> None:
    view = _find(window, QPlainTextEdit, "log.view")
    window.log.add("\n".join(str(number) for number in range(200_000)))
    lines = view.toPlainText().splitlines()
    assert (len(lines), lines[-1]) == (5_000, "199999")
    window.log.add("x" * 1_000_000)
    assert len(view.toPlainText()) < 40_000
    assert view.toPlainText().endswith("998,000 more characters")


def test_a_long_status_leaves_progress_and_cancel_in_the_window(
    window: QMainWindow, qtbot: QtBot, sample: None
) -> None:
    host = window.window_actions._services.host
    job = host.start("sample", {"verb": "until_stopped"})
    bar, words = _find(window, QWidget, "status"), _find(window, QWidget, "status.text")
    sentence = "Reading a name of a file that does not end; " * 40
    bar.say(sentence)
    cancel = _find(window, QPushButton, "status.cancel")
    qtbot.waitUntil(lambda: words.toolTip() == sentence)
    assert cancel.mapTo(window, cancel.rect().bottomRight()).x() < 1280
    assert window.width() == 1280
    assert words.text() == sentence
    bar.say("Ready")
    qtbot.waitUntil(lambda: words.toolTip() == "")
    with qtbot.waitSignal(job.ended, timeout=10_000):
        cancel.click()


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_the_palette_gives_the_focus_back(window: QMainWindow, qtbot: QtBot, key: Qt.Key) -> None:
    editor = _find(window, QPlainTextEdit, "autograd.editor")
    window.activateWindow()
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    window._palette.open_at_top()
    field = _find(window, QLineEdit, "palette.search")
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "no action has this name")
    qtbot.keyClick(field, key)
    assert not field.isVisible()
    qtbot.waitUntil(editor.hasFocus)
