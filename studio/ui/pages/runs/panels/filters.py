"""The line above the table: words that must occur, a state, and how many runs are left."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from studio.runs.state import RunStatus
from studio.ui.pages.runs.presenter import RunsPresenter
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import named

_TYPING_PAUSE = 120


class FilterBar(QWidget):
    """Tells the presenter what to show, and follows it."""

    left_downwards = Signal()
    """The arrow key went from the field to what is below."""

    def __init__(self, presenter: RunsPresenter, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._presenter = presenter
        self._count = label("", "faint")
        self.words = named(
            QLineEdit(), "runs.filter", "Filter runs", "Words that must occur: name, recipe, model…"
        )
        self.words.setPlaceholderText("Filter by name, recipe, model…")
        self.words.setMinimumWidth(260)
        self._clear = Button(
            theme,
            "",
            "runs.filter_clear",
            role="quiet",
            icon="x",
            accessible_name="Clear the filter",
            tool_tip="Esc",
        )
        self._clear.hide()
        self._status = named(QComboBox(), "runs.status", "State of the runs that are shown")
        self._status.addItem("Every state", None)
        for status in get_args(RunStatus):
            self._status.addItem(status.capitalize(), status)
        self._refresh = Button(
            theme,
            "",
            "runs.refresh",
            role="quiet",
            icon="refresh-cw",
            accessible_name="Read the runs again",
            tool_tip="Read the runs again (F5)",
        )
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_PAUSE)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.words, self._clear, self._status, self._refresh):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self._count)
        self.words.textChanged.connect(self._on_edited)
        self.words.installEventFilter(self)
        self._clear.clicked.connect(self.words.clear)
        self._refresh.clicked.connect(presenter.refresh)
        self._typing.timeout.connect(self._on_typed)
        self._status.currentIndexChanged.connect(self._on_status_chosen)
        presenter.listed.connect(self.render)

    def render(self) -> None:
        """Show what the presenter filters by, and how many runs are left."""
        presenter = self._presenter
        self.setVisible(bool(presenter.rows))
        total, shown = len(presenter.rows), len(presenter.shown)
        runs = "run" if total == 1 else "runs"
        self._count.setText(f"{total:,} {runs}" if shown == total else f"{shown:,} of {total:,} {runs}")
        if self.words.text().strip() != presenter.filter and not self._typing.isActive():
            self.words.setText(presenter.filter)
        self._status.setCurrentIndex(self._status.findData(presenter.status))

    def clear(self) -> None:
        """Show every run."""
        self.words.clear()
        self._typing.stop()
        self._status.setCurrentIndex(0)
        self._presenter.set_filter("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.words and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape and self.words.text():
                self.words.clear()
                return True
            if event.key() == Qt.Key.Key_Down:
                self.left_downwards.emit()
                return True
        return super().eventFilter(watched, event)

    def _on_edited(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        self._typing.start()

    def _on_typed(self) -> None:
        self._presenter.set_filter(self.words.text())

    def _on_status_chosen(self) -> None:
        self._presenter.set_status(self._status.currentData())
