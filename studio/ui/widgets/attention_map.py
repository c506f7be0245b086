"""Where a model looked: what it read across, what it wrote down, and the share of attention in each cell."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme.theme import Theme

_LARGEST = 22.0


class AttentionMap(QWidget):
    """Draws shares of shape (rows, columns), each row's sum 1; darker is more."""

    pointed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._across: list[str] = []
        self._down: list[str] = []
        self._shares: Sequence[float] = ()
        self._row: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Attention; up and down walk what was written")
        theme.changed.connect(self.update)

    def show_shares(self, across: Sequence[str], down: Sequence[str], shares: Sequence[float]) -> None:
        """Show shares, row by row: `down` × `across` of them.

        Raises:
            ValueError: there are more or fewer.
        """
        if len(shares) != len(across) * len(down):
            raise ValueError(f"{len(down)} × {len(across)} shares are needed, not {len(shares)}")
        self._across, self._down, self._shares = list(across), list(down), shares
        self._point_at(self._row if self._row is not None and self._row < len(down) else None)
        self.update()

    def sentence(self, row: int) -> str:
        """One row in words: what was written, and where the model looked for it."""
        count = len(self._across)
        shares = self._shares[row * count : (row + 1) * count]
        best = max(range(count), key=lambda column: shares[column])
        before, after = "".join(self._across[:best]), "".join(self._across[best + 1 :])
        where = f"{before}[{self._across[best]}]{after}"
        return f"“{self._down[row]}” from {where}, {shares[best]:.0%}".replace("%", " %")

    def _point_at(self, row: int | None) -> None:
        self._row = row
        text = self.sentence(row) if row is not None and self._across else ""
        whole = "; ".join(self.sentence(index) for index in range(len(self._down))) if self._across else ""
        self.setAccessibleDescription(text or whole)
        self.pointed.emit(text)
        self.update()

    def _geometry(self) -> tuple[float, float, float, float]:
        """Left and top of the cells, and their width and height."""
        left, top = 24.0, 22.0
        wide = min(_LARGEST, (self.width() - left - 4) / max(1, len(self._across)))
        high = min(_LARGEST, (self.height() - top - 4) / max(1, len(self._down)))
        return left, top, max(1.0, wide), max(1.0, high)

    def _row_at(self, point: QPoint) -> int | None:
        left, top, wide, high = self._geometry()
        row = int((point.y() - top) // high)
        inside = 0 <= row < len(self._down) and 0 <= point.x() - left < wide * len(self._across)
        return row if inside and point.y() >= top else None

    def _paint_cells(self, painter: QPainter) -> None:
        left, top, wide, high = self._geometry()
        count = len(self._across)
        ground, full = self._theme.color("grid", 0.45), self._theme.color("series1")
        for row in range(len(self._down)):
            for column in range(count):
                painter.setBrush(ground)
                place = QRectF(left + column * wide, top + row * high, wide - 1, high - 1)
                painter.drawRoundedRect(place, 2, 2)
                full.setAlphaF(min(1.0, max(0.0, self._shares[row * count + column])))
                painter.setBrush(full)
                painter.drawRoundedRect(place, 2, 2)

    def _paint_words(self, painter: QPainter) -> None:
        left, top, wide, high = self._geometry()
        font = QFont("JetBrains Mono")
        font.setPixelSize(int(max(6, min(12, wide * 1.2, high))))
        painter.setFont(font)
        centre = Qt.AlignmentFlag.AlignCenter
        for column, text in enumerate(self._across):
            painter.setPen(self._theme.color("muted"))
            painter.drawText(QRectF(left + column * wide - 4, 0, wide + 8, top - 2), centre, text)
        for row, text in enumerate(self._down):
            painter.setPen(self._theme.color("text" if row == self._row else "muted"))
            painter.drawText(QRectF(0, top + row * high, left - 4, high), centre, text)

    def sizeHint(self) -> QSize:
        return QSize(520, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        self._paint_cells(painter)
        self._paint_words(painter)
        if self._row is not None and self._across:
            left, top, wide, high = self._geometry()
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("text"), 1.5))
            painter.drawRoundedRect(
                QRectF(left - 1, top + self._row * high - 1, wide * len(self._across) + 1, high + 1), 3, 3
            )
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._row_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        if not self.hasFocus():
            self._point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if move is None or not self._down:
            super().keyPressEvent(event)
            return
        row = -1 if self._row is None else self._row
        self._point_at(min(max(0, row + move), len(self._down) - 1))
