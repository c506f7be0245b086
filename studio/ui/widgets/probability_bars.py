"""Classes with their probabilities as bars; the likeliest one in the accent colour."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.ui.theme.theme import Theme
from studio.ui.widgets.naming import named
from studio.ui.widgets.tool_tip import plain_tip

_ROW = 37
_BAR = 6
_GAP = 10


@dataclass(frozen=True)
class Bar:
    """One line: a name, a share from 0 to 1, and the number as it is written."""

    name: str
    share: float
    number: str


class ProbabilityBars(QWidget):
    """Draws the lines it is given. Room for `reserved` lines is kept, so that nothing jumps."""

    def __init__(
        self, theme: Theme, object_name: str, title: str, reserved: int = 5, parent: QWidget | None = None
    ):
        super().__init__(parent)
        self._theme = theme
        self._title = title
        self._reserved = reserved
        self.bars: tuple[Bar, ...] = ()
        named(self, object_name, title)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self.update)

    def set_bars(self, bars: tuple[Bar, ...]) -> None:
        """Show these lines, the first one as the best."""
        if bars == self.bars:
            return
        self.bars = bars
        self.setAccessibleDescription(self.as_text())
        self.updateGeometry()
        self.update()

    def as_text(self) -> str:
        """The lines as text, for screen readers and the clipboard."""
        return "\n".join(f"{bar.name}: {bar.number}" for bar in self.bars)

    def sizeHint(self) -> QSize:
        return QSize(240, _ROW * max(len(self.bars), self._reserved) - _ROW + 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(max(len(self.bars), self._reserved)):
            self._paint_row(painter, index)
        if self.hasFocus():
            painter.setPen(self._theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def _paint_row(self, painter: QPainter, index: int) -> None:
        top, width = index * _ROW, self.width()
        track = QRectF(0, top + 20, width, _BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("line"))
        painter.drawRoundedRect(track, _BAR / 2, _BAR / 2)
        if index >= len(self.bars):
            return
        bar = self.bars[index]
        painter.setBrush(self._theme.color("series1" if index else "accent"))
        full = max(min(bar.share, 1.0) * width, _BAR if bar.share >= 0.005 else 0)
        painter.drawRoundedRect(QRectF(0, top + 20, full, _BAR), _BAR / 2, _BAR / 2)
        number = QFont("JetBrains Mono")
        number.setPixelSize(12)
        room = QFontMetricsF(number).horizontalAdvance(bar.number)
        name = QFont(self.font())
        name.setPixelSize(13)
        name.setWeight(QFont.Weight.DemiBold if index == 0 else QFont.Weight.Normal)
        text = QFontMetricsF(name).elidedText(bar.name, Qt.TextElideMode.ElideRight, width - room - _GAP)
        line = QRectF(0, top, width, 18)
        painter.setPen(self._theme.color("text"))
        painter.setFont(name)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(number)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, bar.number)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index_at(event.pos())
            if index is not None:
                bar = self.bars[index]
                QToolTip.showText(event.globalPos(), plain_tip(f"{bar.name}: {bar.share:.6f}"), self)
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.as_text())
        else:
            super().keyPressEvent(event)

    def _index_at(self, point: QPoint) -> int | None:
        index = point.y() // _ROW
        return index if 0 <= index < len(self.bars) else None
