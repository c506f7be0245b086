"""What a page may use of the rest of the window, and how pages ask each other for something."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from studio.bridge.jobs import JobHost
from studio.runs.workspace import Workspace
from studio.settings.store import SettingsStore
from studio.spec.errors import ErrorReport
from studio.ui.theme.theme import Theme


class Services(QObject):
    """Handed to every page. The signals are requests; the shell and the other pages answer them."""

    open_in_export = Signal(str)
    """A model reference that the Export tab should show."""
    open_in_vision = Signal(str)
    """A model reference that the Vision tab should use."""
    open_run = Signal(str)
    """The ID of a run that the Runs tab should show."""
    resume_run = Signal(str)
    """The ID of a run that the Train tab should go on with."""
    show_page = Signal(str)
    """The name of a page that should be in front: autograd, train, runs, export or vision."""
    opened = Signal(str)
    """A file of the user's was opened: it belongs among the recent ones."""
    runs_changed = Signal()
    """Runs were added, changed or removed."""
    reported = Signal(object)
    logged = Signal(str)
    said = Signal(str)

    def __init__(
        self,
        host: JobHost,
        workspace: Workspace,
        settings: SettingsStore,
        theme: Theme,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self.host = host
        self.workspace = workspace
        self.settings = settings
        self.theme = theme

    def report(self, report: ErrorReport) -> None:
        """Show an error that belongs to no page."""
        self.reported.emit(report)

    def log(self, text: str) -> None:
        """Add a line to the log."""
        self.logged.emit(text)

    def status(self, text: str) -> None:
        """Say something short in the status bar."""
        self.said.emit(text)
