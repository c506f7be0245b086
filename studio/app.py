"""The composition root: puts settings, workspace, jobs, pages and window together, and opens it.

Qt is imported only where a window is made, so that the sub-commands run where there is none.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import studio

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

    from studio.spec.errors import ErrorReport, UserError
    from studio.ui.services import Services
    from studio.ui.shell.main_window import MainWindow


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window, or do what a sub-command says; returns the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    is_pair = len(arguments) == 2 and arguments[0] == "--workspace"
    if not arguments or is_pair:
        return _open_window(Path(arguments[1]) if is_pair else None)
    if len(arguments) == 1 and arguments[0].startswith("--workspace="):
        return _open_window(Path(arguments[0].partition("=")[2]))
    from studio.headless import command_line, launching

    return launching.end(command_line.main(arguments))


def build(workspace: Path | str | None = None) -> MainWindow:
    """The whole main window, as a user gets it, without starting the event loop.

    Args:
        workspace: the folder of runs and exports; None for the user's own.

    Raises:
        UserError: the workspace cannot be written.
    """
    from studio.bridge.garbage import GarbageCollector
    from studio.bridge.jobs import JobHost
    from studio.bridge.logs import Funnel
    from studio.bridge.window_state import WindowState
    from studio.runs.workspace import Workspace
    from studio.settings.store import SettingsStore, config_folder
    from studio.ui.services import Services
    from studio.ui.shell.main_window import MainWindow
    from studio.ui.theme.theme import Theme

    opened = Workspace.open(Path(workspace) if workspace is not None else None)
    app = _application()
    settings = SettingsStore()
    theme = Theme(app, settings.value.theme, styles_now=False)
    host = JobHost(single_process=settings.value.single_process)
    services = Services(host, opened, settings, theme)
    funnel = Funnel(config_folder() / "logs")
    crash = funnel.install()
    window = MainWindow(services, WindowState(config_folder()), funnel, _pages(services))
    theme.put_on_styles()
    window.application = app  # Qt's application must live as long as the window, whoever made it
    for part in (theme, host, services, funnel):
        part.setParent(window)
    _greet(window, services, crash)
    garbage = GarbageCollector(window)
    garbage.start()
    host.all_ended.connect(garbage.stop)
    return window


def _application() -> QApplication:
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from studio.resources import resource

    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    QCoreApplication.setApplicationName("PyTorch Studio")
    QCoreApplication.setApplicationVersion(studio.__version__)
    app.setWindowIcon(QIcon(str(resource("icons", "studio.svg"))))
    return app


def _pages(services: Services) -> dict[str, QWidget]:
    from studio.ui.pages.autograd.page import AutogradPage
    from studio.ui.pages.exporting.page import ExportingPage
    from studio.ui.pages.runs.page import RunsPage
    from studio.ui.pages.training.page import TrainingPage
    from studio.ui.pages.vision.page import VisionPage

    return {
        "autograd": AutogradPage(services),
        "train": TrainingPage(services),
        "runs": RunsPage(services),
        "export": ExportingPage(services),
        "vision": VisionPage(services),
    }


def _greet(window: MainWindow, services: Services, crash: ErrorReport | None) -> None:
    """Say at the start what the user should know: a crash, a second window, damaged preferences.

    The most important one is shown; all stand in the log.
    """
    from studio.spec.errors import ErrorReport

    is_alone = services.workspace.take_lock()
    greetings: list[ErrorReport] = []
    if crash is not None:
        window.notice.show_report(crash)
    if not is_alone:
        owner = services.workspace.lock_owner()
        who = f"process {owner.pid}, since {owner.since.astimezone():%H:%M}" if owner else "another process"
        text = (
            f"It is {who}. Both can work: each run has a folder of its own. "
            "To keep them apart, start this one with --workspace and another folder."
        )
        what = "Another window of the studio is open on this workspace."
        greetings.append(ErrorReport(what, text, name="workspace.shared"))
    if services.settings.notice:
        what = "Some preferences could not be read."
        greetings.append(ErrorReport(what, services.settings.notice, name="settings.notice"))
    for greeting in greetings:
        services.log(greeting.line())
    if crash is None and greetings:
        first = greetings[0]
        window.notice.show_message("warn", first.what, first.why, name=first.name)


def _open_window(workspace: Path | None) -> int:
    from studio.spec.errors import UserError, report

    if not _has_display():
        sys.stderr.write(
            "There is no display to open the window on. The sub-commands need none: pytorch-studio --help\n"
        )
        return 2
    try:
        window = _build_or_ask(workspace)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except ImportError as error:
        sys.stderr.write(
            f"The window cannot be opened: {error}. Install PySide6 and what Qt needs (see README); "
            "the sub-commands work without it: pytorch-studio --help\n"
        )
        return 2
    except Exception as error:
        # Before there is a window, the terminal is the only place where the user looks.
        logging.getLogger("studio").exception("The window could not be built")
        sys.stderr.write(f"The window cannot be opened. {report(error).line()}\n")
        return 1
    from studio.bridge.signals import SignalListener

    app = window.application
    app.setQuitOnLastWindowClosed(False)  # the window hides first and ends when its work has
    window.closed.connect(app.quit)
    window.cannot_close.connect(_end_process)
    SignalListener(window).asked_to_end.connect(window.close_politely)
    window.show()
    return app.exec()


def _build_or_ask(workspace: Path | None) -> MainWindow:
    """The window; where the user's own workspace cannot be written, on a folder that the user chooses."""
    from studio.spec.errors import UserError

    is_asked_for = workspace is not None
    while True:
        try:
            return build(workspace)
        except UserError as error:
            if is_asked_for or error.name != "workspace.not_writable":
                raise
            workspace = _ask_for_workspace(error)


def _ask_for_workspace(error: UserError) -> Path:
    """Another folder, chosen by the user; raises `error` where the user gives up."""
    from studio.settings.store import SettingsStore
    from studio.ui.shell.workspace_dialog import WorkspaceDialog
    from studio.ui.theme.theme import Theme

    app = _application()
    dialog = WorkspaceDialog(Theme(app, SettingsStore().value.theme, app), error)
    if not dialog.exec() or dialog.chosen is None:
        raise error
    return dialog.chosen


def _has_display() -> bool:
    """Whether Qt has where to draw; without it Qt ends the process with a message about its plug-ins."""
    known = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in known)


def _end_process() -> None:
    # A thread that does not listen would make Qt abort; everything that is kept is on disk by now.
    sys.stderr.write("A job in the window's own process did not stop; the process ends without it.\n")
    sys.stderr.flush()
    os._exit(1)
