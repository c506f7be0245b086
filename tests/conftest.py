"""The ground of all tests: a home of its own, one thread, no window on the desk, and nothing left over.

``--headed`` shows the windows on the display that is there; without it Qt draws offscreen and tests
marked ``display`` are skipped.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.leaks import Leftovers
from tests.logfail import LogWatch

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QMainWindow
    from pytestqt.qtbot import QtBot

    from studio.runs.workspace import Workspace

_HOME_KEY: pytest.StashKey[Path] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--headed``."""
    parser.addoption("--headed", action="store_true", help="show the windows, and run the tests marked display")


def pytest_configure(config: pytest.Config) -> None:
    """Move the whole session, and every child process of it, into a home of its own; one thread each."""
    # NumPy and torch read these when they are imported, which only tests and fixtures do.
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    if not config.getoption("--headed"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    home = Path(tempfile.mkdtemp(prefix="studio-tests-home-"))
    config.stash[_HOME_KEY] = home
    os.environ.update(_home_environment(home))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the session's home."""
    if home := config.stash.get(_HOME_KEY, None):
        shutil.rmtree(home, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs a window system where there is none."""
    if config.getoption("--headed"):
        return
    skip = pytest.mark.skip(reason="needs a window system: run it with --headed")
    for item in items:
        if item.get_closest_marker("display"):
            item.add_marker(skip)


def _home_environment(home: Path) -> dict[str, str]:
    """The variables that move settings, caches, weights and runs below `home`, which is made."""
    folders = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / "config",
        "XDG_DATA_HOME": home / "data",
        "XDG_CACHE_HOME": home / "cache",
        "XDG_STATE_HOME": home / "state",
        "XDG_RUNTIME_DIR": home / "runtime",
        "TORCH_HOME": home / "cache" / "torch",
        "PYTORCH_STUDIO_CONFIG": home / "config" / "pytorch-studio",
        "PYTORCH_STUDIO_WORKSPACE": home / "workspace",
    }
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    folders["XDG_RUNTIME_DIR"].chmod(0o700)
    return {name: str(folder) for name, folder in folders.items()}


@pytest.fixture(autouse=True)
def isolated_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, so that no test sees the settings or runs of another."""
    home = tmp_path_factory.mktemp("home")
    for name, folder in _home_environment(home).items():
        monkeypatch.setenv(name, folder)
    return home


@pytest.fixture(autouse=True)
def expected_logs(request: pytest.FixtureRequest) -> Iterator[LogWatch]:
    """Fails a test that logs a warning or worse; ``expected_logs.allow("part of it")`` lets one pass."""
    with LogWatch() as watch:
        yield watch
    if unexpected := watch.unexpected():
        pytest.fail("unexpected log records:\n" + "\n".join(unexpected), pytrace=False)


@pytest.fixture(autouse=True)
def nothing_left_over(isolated_home: Path, expected_logs: LogWatch) -> Iterator[None]:
    """Fails a test that leaves a thread, a child process or a top-level widget behind."""
    before = Leftovers.now()
    yield
    if left := before.left_since():
        pytest.fail("left over after the test:\n" + "\n".join(left), pytrace=False)


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application, with the fonts that ship with the studio: a bare machine has none to draw with."""
    from studio.ui.theme.fonts import load_fonts

    load_fonts()
    return qapp


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace of the test's own."""
    from studio.runs.workspace import Workspace

    return Workspace.open(tmp_path / "workspace")


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace, expected_logs: LogWatch) -> Iterator[QMainWindow]:
    """The whole main window, as a user gets it, on a workspace of its own; closed at the end."""
    from PySide6.QtCore import QCoreApplication, QEvent

    from studio import app
    from studio.bridge.jobs import JobHost

    # The window logs what Qt says; the offscreen platform says this of every window with a size limit.
    expected_logs.allow("does not support propagateSizeHints()")
    window = app.build(workspace=workspace.root)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    yield window
    host = window.findChild(JobHost)
    window.hide()  # closing a hidden window asks nothing: whatever still runs is stopped
    window.close()
    qtbot.waitUntil(lambda: host.has_ended_all, timeout=20_000)
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
