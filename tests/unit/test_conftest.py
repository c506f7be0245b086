"""The ground of the tests can itself fail: each leak check and the log check is broken on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A made suite that stands on the same ground, run in a process of its own."""
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    pytester.makeini(f"[pytest]\npythonpath = {CONFTEST.parents[1]}\nqt_log_level_fail = WARNING\n")
    return pytester


def _errors(suite: pytest.Pytester, body: str) -> str:
    suite.makepyfile(body)
    result = suite.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    assert result.parseoutcomes().get("errors", 0) + result.parseoutcomes().get("failed", 0) == 1
    return result.stdout.str()


def test_clean_test_passes(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_it(qtbot, tmp_path): pass")
    suite.runpytest_subprocess("-q", "-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_left_thread_fails(suite: pytest.Pytester) -> None:
    body = """
        import threading
        def test_it():
            threading.Thread(target=threading.Event().wait, daemon=True, name="forgotten").start()
        """
    assert "thread forgotten" in _errors(suite, body)


def test_left_process_fails(suite: pytest.Pytester) -> None:
    body = """
        import subprocess, sys
        def test_it():
            subprocess.Popen([sys.executable, "-c", "import signal; signal.alarm(20); signal.pause()"])
        """
    assert "signal.pause" in _errors(suite, body)


def test_left_window_fails(suite: pytest.Pytester) -> None:
    body = """
        kept = []
        def test_it(qtbot):
            from PySide6.QtWidgets import QWidget
            kept.append(QWidget(objectName="forgotten"))
        """
    assert "widget QWidget 'forgotten'" in _errors(suite, body)


def test_left_qthread_fails(suite: pytest.Pytester) -> None:
    body = """
        kept = []
        def test_it(qtbot):
            from PySide6.QtCore import QThread
            kept.append(QThread(objectName="forgotten"))
            kept[0].start()
        """
    assert "QThread QThread 'forgotten'" in _errors(suite, body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import logging\ndef test_it(): logging.getLogger('studio').warning('odd')", "WARNING studio: odd"),
        ("def test_it(qtbot):\n    from PySide6.QtCore import qWarning\n    qWarning('odd')", "QtWarningMsg: odd"),
    ],
)
def test_unexpected_log_fails(suite: pytest.Pytester, body: str, said: str) -> None:
    assert said in _errors(suite, body)


def test_home_is_the_tests_own(isolated_home: Path) -> None:
    assert Path.home() == isolated_home
