"""The place of a plot: tells what is missing, holds the drawing once there is one, and listens to keys."""

from __future__ import annotations

import threading
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QStackedLayout

from studio.ui.widgets.naming import set_flag, set_role
from studio.ui.widgets.plot_content import PlotContent

if TYPE_CHECKING:
    from studio.ui.theme.theme import Theme
    from studio.ui.widgets.plot_surface import PlotSurface

_ZOOM_KEYS = {Qt.Key.Key_Plus: 0.8, Qt.Key.Key_Equal: 0.8, Qt.Key.Key_Minus: 1.25}
_SURFACE = "studio.ui.widgets.plot_surface"
_LOOK_AGAIN = 50
"""Milliseconds after which a canvas looks again whether pyqtgraph is there."""


@cache
def _reader() -> threading.Thread:
    """Imports pyqtgraph, once a process: half a second of work that the window must not wait for."""
    reader = threading.Thread(target=import_module, args=(_SURFACE,), name="plots-import")
    reader.start()
    return reader


class PlotCanvas(QFrame):
    """Shows a content. It is drawn at most once a turn of the event loop, and only while it is seen."""

    pointed = Signal(str)

    def __init__(self, theme: Theme, parent: QFrame | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.content = PlotContent()
        self.surface: PlotSurface | None = None
        """The drawing: there soon after the canvas is first seen."""
        self._empty = set_role(QLabel(self), "faint")
        self._empty.setTextFormat(Qt.TextFormat.PlainText)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setContentsMargins(20, 8, 20, 8)
        self._empty.setWordWrap(True)
        self._layers = QStackedLayout(self)
        self._layers.setContentsMargins(1, 1, 1, 1)
        self._layers.addWidget(self._empty)
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self.draw)
        self._ahead = QTimer(self)
        self._ahead.setInterval(_LOOK_AGAIN)
        self._ahead.timeout.connect(self._prepare)
        set_role(self, "plot")
        self.setMinimumSize(QSize(120, 90))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self.draw_later)

    @property
    def empty_text(self) -> str:
        """What stands there as long as there is no point."""
        return self._empty.text()

    @empty_text.setter
    def empty_text(self, text: str) -> None:
        self._empty.setText(text)

    def draw_later(self) -> None:
        """Bring the drawing up to date in the next turn of the event loop, if it is seen by then."""
        if self.isVisible() and not self._turn.isActive():
            self._turn.start(0)

    def draw(self) -> None:
        """Bring the drawing up to date, now; a canvas that is not seen waits for its next showing."""
        self._turn.stop()
        if not self.isVisible():
            return
        if not self.content.has_points:
            self._layers.setCurrentWidget(self._empty)
            return
        self.content.fit()
        surface = self._ensure_surface()
        self._layers.setCurrentWidget(surface)
        surface.draw(self.content)

    def point_at(self, step: float | None) -> None:
        """Put the cursor on the point nearest to `step`, or take it away."""
        if step is None and self.content.cursor_step is None:
            return
        self.content.point_at(step)
        self.pointed.emit(", ".join(self.content.cursor_lines()))
        self.draw_later()

    def show_everything(self) -> None:
        """Undo every zoom."""
        self.content.ranges.show_everything()
        self.draw_later()

    def _prepare(self) -> None:
        """Make the surface before there are points, so that the first of them need not wait for it."""
        if not _reader().is_alive():
            self._ahead.stop()
            if self.isVisible():
                self._ensure_surface()

    def _ensure_surface(self) -> PlotSurface:
        if self.surface is not None:
            return self.surface
        from studio.ui.widgets.plot_surface import PlotSurface  # brings pyqtgraph

        surface = PlotSurface(self._theme, self)
        surface.setObjectName(f"{self.objectName()}.surface")
        surface.hovered.connect(self.point_at)
        surface.resized.connect(self.draw_later)
        surface.moved.connect(self._on_moved)
        surface.everything_asked.connect(self.show_everything)
        self._layers.addWidget(surface)
        self._layers.activate()
        self.surface = surface
        return surface

    def _on_moved(self, low: float, high: float) -> None:
        self.content.ranges.show(low, high)
        self.content.ranges.forget_y()
        self.draw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.draw_later()
        if self.surface is None:
            _reader()
            self._ahead.start()

    def focusInEvent(self, event: QFocusEvent) -> None:
        set_flag(self, "marked", event.reason() != Qt.FocusReason.MouseFocusReason)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        set_flag(self, "marked", False)
        self.point_at(None)

    def leaveEvent(self, event: QEvent) -> None:
        if not self.property("marked"):
            self.point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        far = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key, content = Qt.Key(event.key()), self.content
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.point_at(content.neighbour(-1 if key == Qt.Key.Key_Left else 1, far=far))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            ends = content.ends()
            self.point_at(ends[key == Qt.Key.Key_End] if ends else None)
        elif key in _ZOOM_KEYS:
            content.ranges.zoom(_ZOOM_KEYS[key])
            content.ranges.forget_y()
            self.draw_later()
        elif key == Qt.Key.Key_0:
            self.show_everything()
        elif key == Qt.Key.Key_Escape and content.cursor_step is not None:
            self.point_at(None)
        else:
            super().keyPressEvent(event)
