"""A confusion matrix: how often each true class was taken for which; one hue, mouse and arrow keys."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.ui.widgets.tool_tip import plain_tip

if TYPE_CHECKING:
    from studio.ui.theme.theme import Theme

_FAINTEST = 0.14
_LABEL_EVERY_PIXELS = 16
_MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class ConfusionMatrix(QWidget):
    """Rows are true classes, columns predicted ones. A cell's strength is its share of the row.

    Strength goes with the square root of the share, so that a single mistake is seen.
    """

    pointed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._labels: list[str] = []
        self._counts: list[list[int]] = []
        self._cell: tuple[int, int] | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Confusion matrix; arrow keys walk the cells")
        self._picture = QImage()
        self._drawn: tuple[object, ...] = ()
        theme.changed.connect(self._on_theme_changed)

    def set_matrix(self, labels: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        """Show counts, shape (classes, classes), rows true and columns predicted.

        Raises:
            ValueError: the counts are not square.
        """
        matrix = [[int(count) for count in row] for row in counts]
        if any(len(row) != len(matrix) for row in matrix):
            raise ValueError("a confusion matrix has as many columns as rows")
        cell = self._cell if len(matrix) == len(self._counts) else None
        self._labels = [str(text) for text in labels]
        self._counts = matrix
        self._drawn = ()
        self._tell(cell)
        self.updateGeometry()

    def clear(self) -> None:
        """Show nothing."""
        self.set_matrix([], [])

    def summary(self) -> str:
        """The matrix in words: how many are right, and the most frequent mistake."""
        total = sum(map(sum, self._counts))
        if not total:
            return "No counts yet."
        right = sum(row[index] for index, row in enumerate(self._counts))
        text = f"{right:,} of {total:,} right."
        count, row, column = max(
            (
                (count, -row, -column)
                for row, line in enumerate(self._counts)
                for column, count in enumerate(line)
                if row != column
            ),
            default=(0, 0, 0),
        )
        if count > 0:
            text += f" Most frequent mistake: {self.sentence(-row, -column)}."
        return text

    def sentence(self, row: int, column: int) -> str:
        """One cell in words."""
        true, predicted = self._label(row), self._label(column)
        count, of = self._counts[row][column], sum(self._counts[row])
        verb = "rightly read as" if row == column else "taken for"
        return f"true {true}, {verb} {predicted}: {count:,} of {of:,}"

    def _point_at(self, cell: tuple[int, int] | None) -> None:
        if cell != self._cell:
            self._tell(cell)

    def _tell(self, cell: tuple[int, int] | None) -> None:
        self._cell = cell
        text = self.sentence(*cell) if cell is not None else ""
        self.setAccessibleDescription(text or self.summary())
        self.pointed.emit(text)
        self.update()

    def _label(self, index: int) -> str:
        return self._labels[index] if index < len(self._labels) else str(index)

    def _geometry(self) -> tuple[float, float, float]:
        metrics = QFontMetricsF(self.font())
        rows = len(self._counts)
        longest = max((metrics.horizontalAdvance(self._label(index)) for index in range(rows)), default=0.0)
        left = min(longest, self.width() * 0.3) + 6
        side = min((self.width() - left) / rows, (self.height() - metrics.height() - 4) / rows)
        return left, 0.0, max(1.0, side)

    def _cell_at(self, point: QPoint) -> tuple[int, int] | None:
        if not len(self._counts):
            return None
        left, top, side = self._geometry()
        row, column = int((point.y() - top) // side), int((point.x() - left) // side)
        inside = 0 <= row < len(self._counts) and 0 <= column < len(self._counts)
        return (row, column) if inside else None

    def _cells(self, left: float, top: float, side: float, gap: float) -> QImage:
        """All cells as a picture, which is kept: hundreds of classes take too long to draw at each move."""
        ratio = self.devicePixelRatioF()
        drawn = (self.width(), self.height(), ratio, left, top, side)
        if drawn == self._drawn:
            return self._picture
        picture = QImage(self.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        ground, full = self._theme.color("grid", 0.45), self._theme.color("series1")
        for row, line in enumerate(self._counts):
            of = max(1, sum(line))
            for column, count in enumerate(line):
                strength = _FAINTEST + (1 - _FAINTEST) * math.sqrt(count / of) if count else 0.0
                place = QRectF(left + column * side, top + row * side, side - gap, side - gap)
                painter.setBrush(self._blend(ground, full, strength))
                painter.drawRoundedRect(place, min(4.0, side / 6), min(4.0, side / 6))
        painter.end()
        self._picture, self._drawn = picture, drawn
        return picture

    def _on_theme_changed(self) -> None:
        self._drawn = ()
        self.update()

    def _paint_labels(self, painter: QPainter, left: float, top: float, side: float) -> None:
        metrics = QFontMetricsF(self.font())
        painter.setPen(self._theme.color("faint"))
        every = max(1, -(-_LABEL_EVERY_PIXELS // max(1, int(side))))
        for index in range(0, len(self._counts), every):
            text = metrics.elidedText(self._label(index), Qt.TextElideMode.ElideRight, left - 6)
            place = QRectF(0, top + index * side, left - 6, side)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            text = _beginning(metrics, self._label(index), side * every - 4)
            place = QRectF(left + index * side, top + len(self._counts) * side + 2, side, metrics.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    @staticmethod
    def _blend(ground: QColor, full: QColor, strength: float) -> QColor:
        if strength <= 0:
            return ground
        colour = QColor(full)
        colour.setAlphaF(strength)
        return colour

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return min(width, 520)

    def sizeHint(self) -> QSize:
        return QSize(240, 240)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rows = len(self._counts)
        if not rows:
            painter.setPen(self._theme.color("faint"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, "Which classes are taken for which, once a test was made.")
            painter.end()
            return
        left, top, side = self._geometry()
        gap = 2.0 if side > 9 else 0.0
        painter.drawImage(0, 0, self._cells(left, top, side, gap))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_labels(painter, left, top, side)
        if self._cell is not None:
            row, column = self._cell
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("text"), 1.5))
            painter.drawRoundedRect(QRectF(left + column * side, top + row * side, side - gap, side - gap), 4, 4)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position().toPoint())
        self._point_at(cell)
        if cell is not None:
            QToolTip.showText(event.globalPosition().toPoint(), plain_tip(self.sentence(*cell)), self)

    def leaveEvent(self, event: QEvent) -> None:
        if not self.hasFocus():
            self._point_at(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._point_at(None)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = _MOVES.get(Qt.Key(event.key()))
        if move is None or not len(self._counts):
            super().keyPressEvent(event)
            return
        last = len(self._counts) - 1
        row, column = self._cell if self._cell is not None else (-move[0], -move[1])
        self._point_at((min(max(0, row + move[0]), last), min(max(0, column + move[1]), last)))


def _beginning(metrics: QFontMetricsF, text: str, width: float) -> str:
    """As much of a text as fits; its first letter always. In so little room dots would be all that is left."""
    while len(text) > 1 and metrics.horizontalAdvance(text) > width:
        text = text[:-1]
    return text
