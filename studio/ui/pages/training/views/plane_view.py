"""The plane between an encoder and a decoder, to be walked over: what lies where, and what lies between."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui.pages.training.views.canvas import SERIES, Canvas, image_of, images_of
from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme

_MOVES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_STEPS = 40
"""Steps of an arrow key across the plane."""

_CAPTION = 20


class PlaneView(TaskView):
    """Draws the picture "plane": keys across, reach, shape, pictures (across² as bytes, row by row from the top),
    x, y, classes (N,) and labels.
    """

    title = "Latent plane"
    pictures = ("plane",)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        empty = "Where the test pictures lie on the plane."
        self._points = _Points(theme, "train.plane.points", "Test pictures on the plane; arrow keys walk", empty)
        empty = "What the decoder draws at each place."
        self._map = _Map(theme, "train.plane.map", "Decoded pictures of the plane; arrow keys walk", empty)
        empty = "The picture at the place under the mouse."
        self._decoded = _Decoded(theme, "train.plane.decoded", "Decoded picture", empty)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(14)
        for part in (self._points, self._map, self._decoded):
            line.addWidget(part, 1)
        for part in (self._points, self._map):
            part.walked.connect(self._on_walked)
        self._place = QPointF(0, 0)

    def clear(self) -> None:
        self._place = QPointF(0, 0)
        for part in (self._points, self._map, self._decoded):
            part.take({}, self._place)

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        for part in (self._points, self._map, self._decoded):
            part.take(data, self._place)

    def _on_walked(self, place: QPointF) -> None:
        self._place = place
        for part in (self._points, self._map, self._decoded):
            part.stand_at(place)


class _Plane(Canvas):
    """A square on which one can walk; places go from -reach to reach, upwards."""

    walked = Signal(QPointF)

    def __init__(self, theme: Theme, object_name: str, title: str, empty: str) -> None:
        super().__init__(theme, object_name, title, empty)
        self.data: dict[str, Any] = {}
        self.reach = 1.0
        self.place = QPointF(0, 0)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def take(self, data: dict[str, Any], place: QPointF) -> None:
        """Show other data; empty ones show nothing."""
        self.data, self.reach = data, float(data.get("reach", 1.0))
        self.prepare()
        self.stand_at(place)

    def prepare(self) -> None:
        """Make ready what is painted often."""

    def stand_at(self, place: QPointF) -> None:
        """Mark a place of the plane."""
        self.place = place
        self.tell(f"At {place_text(place)}" if self.data else "")

    def square(self) -> QRectF:
        """Where the plane is painted."""
        side = min(self.width(), self.height()) - 1
        return QRectF((self.width() - side) / 2 + 0.5, (self.height() - side) / 2 + 0.5, side, side)

    def at(self, x: float, y: float) -> QPointF:
        """Where a place of the plane lies in the widget."""
        square = self.square()
        return QPointF(
            square.left() + (x / self.reach + 1) / 2 * square.width(),
            square.top() + (1 - y / self.reach) / 2 * square.height(),
        )

    def paint_mark(self, painter: QPainter) -> None:
        """Paint the cross at the marked place, and the frame."""
        square, middle = self.square(), self.at(self.place.x(), self.place.y())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in (("surface", 3.0), ("accent", 1.5)):
            painter.setPen(QPen(self.theme.color(color), width))
            painter.drawEllipse(middle, 6, 6)
        painter.setPen(QPen(self.theme.color("text" if self.hasFocus() else "line"), 1))
        painter.drawRect(square)

    def _walk_to(self, x: float, y: float) -> None:
        if self.data:
            limit = self.reach
            self.walked.emit(QPointF(min(max(x, -limit), limit), min(max(y, -limit), limit)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        square, where = self.square(), event.position()
        if square.contains(where):
            across = (where.x() - square.left()) / square.width() * 2 - 1
            up = 1 - (where.y() - square.top()) / square.height() * 2
            self._walk_to(across * self.reach, up * self.reach)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = _MOVES.get(Qt.Key(event.key()))
        if move is None or not self.data:
            super().keyPressEvent(event)
            return
        step = 2 * self.reach / _STEPS
        self._walk_to(self.place.x() + move[0] * step, self.place.y() + move[1] * step)


class _Points(_Plane):
    """The test pictures, each as the name of its class."""

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        square = self.square()
        painter.fillRect(square, self.theme.color("surface"))
        painter.setPen(QPen(self.theme.color("grid"), 1))
        painter.drawLine(self.at(-self.reach, 0), self.at(self.reach, 0))
        painter.drawLine(self.at(0, -self.reach), self.at(0, self.reach))
        painter.save()
        painter.setClipRect(square)
        font = QFont(self.font())
        font.setPixelSize(10)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        labels = self.data["labels"]
        for x, y, kind in zip(self.data["x"], self.data["y"], self.data["classes"], strict=True):
            painter.setPen(self.theme.color(SERIES[kind % len(SERIES)]))
            middle = self.at(x, y)
            place = QRectF(middle.x() - 12, middle.y() - 8, 24, 16)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(labels[kind])[:2])
        painter.restore()
        self.paint_mark(painter)


class _Map(_Plane):
    """What the decoder draws at each place of a grid."""

    _image = QImage()

    def prepare(self) -> None:
        if not self.data:
            return
        across, (_, height, width) = int(self.data["across"]), self.data["shape"]
        tiles = images_of(self.data["pictures"], self.data["shape"])
        self._image = QImage(across * width, across * height, QImage.Format.Format_RGB32)
        painter = QPainter(self._image)
        for index, tile in enumerate(tiles):
            painter.drawImage((index % across) * width, (index // across) * height, tile)
        painter.end()

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.square(), self._image)
        self.paint_mark(painter)


class _Decoded(Canvas):
    """The picture at the marked place, between those of the grid around it."""

    def __init__(self, theme: Theme, object_name: str, title: str, empty: str) -> None:
        super().__init__(theme, object_name, title, empty)
        self._grid: Any = None
        self._reach = 1.0
        self._place = QPointF(0, 0)

    def take(self, data: dict[str, Any], place: QPointF) -> None:
        """Show other data; empty ones show nothing."""
        import numpy as np  # late: the window starts without it

        self._grid, self._reach = None, float(data.get("reach", 1.0))
        if data:
            across = int(data["across"])
            pixels = np.frombuffer(bytes(data["pictures"]), dtype=np.uint8)
            self._grid = pixels.reshape(across, across, *data["shape"]).astype(np.float32)
        self.stand_at(place)

    def stand_at(self, place: QPointF) -> None:
        """Show the picture of a place."""
        self._place = place
        self.tell(f"The picture at {place_text(place)}" if self._grid is not None else "")

    def pixels(self) -> Any:
        """The picture (C, H, W) of the marked place, blended from the four that lie around it."""
        last = len(self._grid) - 1
        column = min(max((self._place.x() / self._reach + 1) / 2 * last, 0.0), float(last))
        line = min(max((1 - self._place.y() / self._reach) / 2 * last, 0.0), float(last))
        left, top = min(int(column), last - 1), min(int(line), last - 1)
        right, down = column - left, line - top
        upper = self._grid[top, left] * (1 - right) + self._grid[top, left + 1] * right
        lower = self._grid[top + 1, left] * (1 - right) + self._grid[top + 1, left + 1] * right
        return (upper * (1 - down) + lower * down).round().astype("uint8")

    def paint(self, painter: QPainter) -> None:
        side = min(self.width(), self.height() - _CAPTION) - 1
        square = QRectF((self.width() - side) / 2 + 0.5, 0.5, side, side)
        painter.drawImage(square, image_of(self.pixels()))
        painter.setPen(QPen(self.theme.color("line"), 1))
        painter.drawRect(square)
        painter.setPen(self.theme.color("muted"))
        below = QRectF(0, square.bottom() + 2, self.width(), _CAPTION)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, place_text(self._place))


def place_text(place: QPointF) -> str:
    """A place of the plane in words."""
    return f"x {place.x():.2f}, y {place.y():.2f}".replace("-", "−")
