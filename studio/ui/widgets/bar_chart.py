"""Horizontal bars for a handful of numbers that are compared, each with its value written beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme.theme import Theme
from studio.ui.widgets.naming import named

_BAR = 22.0
_PITCH = 42.0
_GAP = 12.0
_MARGIN = 14.0


@dataclass(frozen=True)
class Bar:
    """One bar. `text` is its value with the unit; the best one is told by colour and by a star."""

    name: str
    value: float
    text: str
    is_best: bool = False


class BarChart(QWidget):
    """Bars from a common zero. Arrow keys walk them; the whole can be read as text."""

    def __init__(self, theme: Theme, object_name: str, title: str, parent: QWidget | None = None):
        super().__init__(parent)
        self._theme = theme
        self._title = title
        self._bars: tuple[Bar, ...] = ()
        self._current = -1
        named(self, object_name, title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    @property
    def bars(self) -> tuple[Bar, ...]:
        """What is shown."""
        return self._bars

    def set_bars(self, bars: Sequence[Bar]) -> None:
        """Show these bars instead, from top to bottom."""
        self._bars = tuple(bars)
        self._current = -1
        self.setAccessibleDescription(self.as_text())
        self.updateGeometry()
        self.update()

    def as_text(self) -> str:
        """The chart in words, one bar after the other."""
        if not self._bars:
            return f"{self._title}: nothing measured yet."
        parts = (f"{bar.name} {bar.text}{', best' if bar.is_best else ''}" for bar in self._bars)
        return f"{self._title}: {'; '.join(parts)}."

    def sizeHint(self) -> QSize:
        return QSize(420, int(2 * _MARGIN + _PITCH * max(3, len(self._bars))))

    def minimumSizeHint(self) -> QSize:
        return QSize(260, int(2 * _MARGIN + (_BAR + 6) * max(2, len(self._bars))))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Left: -1}.get(
            Qt.Key(event.key())
        )
        if step is None or not self._bars:
            super().keyPressEvent(event)
            return
        self._current = (self._current + step) % len(self._bars) if self._current >= 0 else 0
        bar = self._bars[self._current]
        self.setAccessibleDescription(f"{bar.name} {bar.text}")
        self.setToolTip(f"{bar.name}: {bar.text}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._bars:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        metrics = QFontMetricsF(self.font())
        names = min(max(metrics.horizontalAdvance(bar.name) for bar in self._bars), self.width() * 0.35)
        texts = max(metrics.horizontalAdvance(_label(bar)) for bar in self._bars)
        left = _MARGIN + names + _GAP
        room = max(20.0, self.width() - left - _GAP - texts - _MARGIN)
        pitch = min(_PITCH, (self.height() - 2 * _MARGIN) / len(self._bars))
        top = max(_MARGIN, (self.height() - pitch * len(self._bars)) / 2)
        largest = max(bar.value for bar in self._bars) or 1.0
        for index, bar in enumerate(self._bars):
            y = top + index * pitch + (pitch - _BAR) / 2
            painter.setPen(self._theme.color("text" if bar.is_best else "muted"))
            name = metrics.elidedText(bar.name, Qt.TextElideMode.ElideRight, names)
            right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(QRectF(_MARGIN, y, names, _BAR), right, name)
            width = max(3.0, room * bar.value / largest)
            self._paint_bar(painter, QRectF(left, y, width, _BAR), bar, index == self._current)
            painter.setPen(self._theme.color("text" if bar.is_best else "muted"))
            at = QRectF(left + width + _GAP, y, texts + 2, _BAR)
            painter.drawText(at, int(Qt.AlignmentFlag.AlignVCenter), _label(bar))

    def _paint_bar(self, painter: QPainter, where: QRectF, bar: Bar, is_current: bool) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent") if bar.is_best else self._theme.color("series1", 0.7))
        painter.drawRoundedRect(where, 4, 4)
        if is_current and self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("text"), 1.5))
            painter.drawRoundedRect(where.adjusted(-2, -2, 2, 2), 5, 5)


def _label(bar: Bar) -> str:
    return f"{bar.text}  ★" if bar.is_best else bar.text
