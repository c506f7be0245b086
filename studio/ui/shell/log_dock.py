"""The log: what the studio and the jobs' processes said, newest at the end."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QPlainTextEdit, QWidget

from studio.bridge.jobs import Job
from studio.spec.events import Event, Printed, Warned
from studio.ui.widgets.naming import named, set_role

_LINES = 5000
_LONGEST = 2000


class LogDock(QDockWidget):
    """A dock with one read-only text; it keeps the last 5,000 lines."""

    def __init__(self, parent: QWidget):
        super().__init__("Log", parent)
        named(self, "log", "Log")
        self.setAllowedAreas(Qt.DockWidgetArea.BottomDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        self._view = named(QPlainTextEdit(), "log.view", "Log")
        set_role(self._view, "log")
        self._view.setReadOnly(True)
        self._view.setMaximumBlockCount(_LINES)
        self._view.setUndoRedoEnabled(False)
        self._view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)  # to wrap a megabyte takes seconds
        self._view.setPlaceholderText("Nothing was logged yet. What jobs print appears here.")
        self._view.setMinimumHeight(90)
        self.setWidget(self._view)

    def add(self, text: str) -> None:
        """Add lines at the end; of very many the last, and of a very long one the beginning."""
        lines = text.rstrip("\n").split("\n")[-_LINES:]
        self._view.appendPlainText("\n".join(map(_short, lines)))

    def follow(self, job: Job) -> None:
        """Show what a job prints and warns of."""
        job.received.connect(self._on_received)

    def _on_received(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Printed):
                self.add(event.text)
            elif isinstance(event, Warned):
                self.add(f"Warning: {event.text}")


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}… {len(line) - _LONGEST:,} more characters"
