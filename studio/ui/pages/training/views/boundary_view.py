"""Points in the plane, and the regions into which a classifier parts it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import named, set_role

_SERIES = ("series1", "series2", "series3", "series4")
_RADIUS = 3.4
_STEP = 0.02
_MOVES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class Plane(QWidget):
    """Paints the regions and the points; the mouse or the arrow keys ask what the model says at a place."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._data: dict[str, Any] = {}
        self._regions = QImage()
        self._at: tuple[float, float] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        self.said = label("", "faint")
        self.said.setMinimumHeight(18)
        theme.changed.connect(self._on_theme_changed)

    def set_data(self, data: dict[str, Any]) -> None:
        """Show the picture "boundary"; empty shows nothing."""
        self._data = data
        self._draw_regions()
        self._tell(self._at)

    def sentence(self, x: float, y: float) -> str:
        """What the model says at a place, x and y from 0 (left, bottom) to 1."""
        data, side = self._data, int(self._data["side"])
        cell = min(int(y * side), side - 1) * side + min(int(x * side), side - 1)
        across = data["x_range"][0] + x * (data["x_range"][1] - data["x_range"][0])
        up = data["y_range"][0] + y * (data["y_range"][1] - data["y_range"][0])
        name = data["labels"][data["classes"][cell]]
        return f"at ({across:.2f}, {up:.2f}): {name}, {data['sure'][cell] * 100:.0f} %"

    def _tell(self, at: tuple[float, float] | None) -> None:
        self._at = at if self._data else None
        text = self.sentence(*self._at) if self._at is not None else ""
        self.said.setText(text or ("Point at a place to see what the model says there." if self._data else ""))
        self.setAccessibleDescription(text)
        self.update()

    def _draw_regions(self) -> None:
        if not self._data:
            self._regions = QImage()
            return
        import numpy as np  # late: the window starts without it

        side = int(self._data["side"])
        classes = np.frombuffer(self._data["classes"], dtype=np.int8).reshape(side, side)
        sure = np.frombuffer(self._data["sure"], dtype=np.float32).reshape(side, side)
        names = self._data["labels"]
        colors = np.array([_rgb(self._theme.color(_SERIES[k % 4])) for k in range(len(names))], dtype=np.float32)
        ground = np.array(_rgb(self._theme.color("surface")), dtype=np.float32)
        # From no more than a guess (the ground) to certain (half the class's colour).
        guess = 1.0 / len(names)
        strength = (0.5 * np.clip((sure - guess) / (1.0 - guess), 0.0, 1.0))[..., None]
        pixels = ground * (1 - strength) + colors[classes] * strength
        flipped = np.ascontiguousarray(pixels[::-1].astype(np.uint8))  # row 0 of the grid is at the bottom
        self._regions = QImage(flipped.data, side, side, 3 * side, QImage.Format.Format_RGB888).copy()

    def _square(self) -> QRectF:
        return QRectF(self.rect()).adjusted(1, 1, -1, -1)

    def _place(self, x: float, y: float) -> QPointF:
        (left, right), (low, high) = self._data["x_range"], self._data["y_range"]
        square = self._square()
        return QPointF(
            square.left() + (x - left) / (right - left) * square.width(),
            square.bottom() - (y - low) / (high - low) * square.height(),
        )

    def _paint_points(self, painter: QPainter) -> None:
        for part, filled in (("test", False), ("train", True)):
            points = self._data[part]
            for x, y, of in zip(points["x"], points["y"], points["class"], strict=True):
                color = self._theme.color(_SERIES[int(of) % 4])
                painter.setPen(QPen(self._theme.color("surface") if filled else color, 0.8 if filled else 1.3))
                painter.setBrush(color if filled else Qt.BrushStyle.NoBrush)
                painter.drawPath(_mark(int(of), self._place(x, y)))

    def _paint_key(self, painter: QPainter) -> None:
        metrics = QFontMetricsF(self.font())
        names = [*self._data["labels"][:4], "hollow: test"]
        wide = max(metrics.horizontalAdvance(name) for name in names) + 30
        place = QRectF(8, 8, wide, len(names) * 18 + 8)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.setBrush(self._theme.color("surface", 0.86))
        painter.drawRoundedRect(place, 6, 6)
        for number, name in enumerate(names):
            middle = place.top() + 13 + 18 * number
            if number < len(names) - 1:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.color(_SERIES[number]))
                painter.drawPath(_mark(number, QPointF(place.left() + 13, middle)))
            painter.setPen(self._theme.color("muted"))
            text = QRectF(place.left() + 24, middle - 9, wide, 18)
            painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)

    def _on_theme_changed(self) -> None:
        self._draw_regions()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if not self._data:
            painter.setPen(self._theme.color("faint"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, "The regions into which the model parts the plane.")
            painter.end()
            return
        clip = QPainterPath()
        clip.addRoundedRect(self._square(), 6, 6)
        painter.setClipPath(clip)
        painter.drawImage(self._square(), self._regions)
        self._paint_points(painter)
        self._paint_key(painter)
        if self._at is not None and (self.hasFocus() or self.underMouse()):
            square = self._square()
            x, y = square.left() + self._at[0] * square.width(), square.bottom() - self._at[1] * square.height()
            painter.setPen(QPen(self._theme.color("text"), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, square.top()), QPointF(x, square.bottom()))
            painter.drawLine(QPointF(square.left(), y), QPointF(square.right(), y))
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        square, point = self._square(), event.position()
        if square.contains(point):
            self._tell(
                ((point.x() - square.left()) / square.width(), (square.bottom() - point.y()) / square.height())
            )

    def leaveEvent(self, event: QEvent) -> None:
        self._tell(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = _MOVES.get(Qt.Key(event.key()))
        if move is None or not self._data:
            super().keyPressEvent(event)
            return
        x, y = self._at or (0.5, 0.5)
        self._tell((min(max(x + _STEP * move[0], 0.0), 1.0), min(max(y + _STEP * move[1], 0.0), 1.0)))


class BoundaryView(TaskView):
    """Draws the picture "boundary", which classifiers of points in the plane have."""

    title = "Boundary"
    pictures = ("boundary",)
    waits = True

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self.plane = named(
            Plane(theme), "train.boundary", "Decision boundary; arrow keys ask what the model says at a place"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 6)
        column.setSpacing(4)
        column.addWidget(self.plane, 1)
        column.addWidget(self.plane.said)

    def clear(self) -> None:
        self.plane.set_data({})

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        self.plane.set_data(data)


def _mark(of: int, at: QPointF) -> QPainterPath:
    """The mark of a class around a place: circle, square, triangle, diamond."""
    path, size = QPainterPath(), _RADIUS
    if of % 4 == 0:
        path.addEllipse(at, size, size)
    elif of % 4 == 1:
        path.addRect(QRectF(at.x() - size * 0.9, at.y() - size * 0.9, size * 1.8, size * 1.8))
    else:
        corners = (
            ((0, -1.2), (1.1, 0.8), (-1.1, 0.8)) if of % 4 == 2 else ((0, -1.3), (1.1, 0), (0, 1.3), (-1.1, 0))
        )
        path.moveTo(at.x() + corners[0][0] * size, at.y() + corners[0][1] * size)
        for x, y in corners[1:]:
            path.lineTo(at.x() + x * size, at.y() + y * size)
        path.closeSubpath()
    return path


def _rgb(color: QColor) -> tuple[int, int, int]:
    return color.red(), color.green(), color.blue()
