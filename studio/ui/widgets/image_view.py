"""One picture, fitted or zoomed, with boxes and a mask over it and a caption in its corner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.ui.theme.theme import Theme
from studio.ui.widgets.naming import named

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MARGIN = 28
_RADIUS = 10
_LARGEST_ZOOM = 16.0
_SERIES = ("accent", "series1", "series2", "series3", "series4")


@dataclass(frozen=True)
class Outline:
    """A box over the picture: left, top, width, height in the file's pixels, and what is written on it."""

    place: tuple[float, float, float, float]
    text: str
    group: int
    """Boxes of one group have one colour."""


class ImageView(QWidget):
    """Draws the picture. The wheel and + and - zoom, dragging moves, 0 or a double click fits again."""

    def __init__(self, theme: Theme, object_name: str, title: str, parent: QWidget | None = None):
        super().__init__(parent)
        self._theme = theme
        self._image = QImage()
        self._full = QSizeF()
        self._mask = QImage()
        self._outlines: tuple[Outline, ...] = ()
        self._caption = ""
        self._zoom = 1.0
        self._middle = QPointF(0.5, 0.5)
        self._grabbed: QPointF | None = None
        self._scaled = QPixmap()
        named(self, object_name, title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(200, 160)
        theme.changed.connect(self.update)

    def set_picture(self, image: QImage, full: QSize, caption: str) -> None:
        """Show a picture; `full` is its size in the file, in whose pixels boxes are given."""
        self._image, self._full, self._caption = image, QSizeF(full), caption
        self._mask, self._outlines = QImage(), ()
        self._scaled = QPixmap()
        self.fit()
        self._describe()

    def set_outlines(self, outlines: tuple[Outline, ...]) -> None:
        """Show boxes over the picture."""
        self._outlines = outlines
        self._describe()
        self.update()

    def set_mask(self, rgb: NDArray[np.uint8]) -> None:
        """Show a mask (H, W, 3) over the picture; black stays clear."""
        import numpy as np  # late: the window starts without it

        argb = np.zeros((*rgb.shape[:2], 4), dtype=np.uint8)
        argb[..., 2::-1] = rgb
        argb[..., 3] = np.where(rgb.any(2), 150, 0)
        kind = QImage.Format.Format_ARGB32
        # The copy outlives the array, whose memory QImage would only borrow.
        self._mask = QImage(argb.data, argb.shape[1], argb.shape[0], argb.strides[0], kind).copy()
        self.update()

    def clear_mask(self) -> None:
        """Take the mask away."""
        if self.has_mask:
            self._mask = QImage()
            self.update()

    @property
    def caption(self) -> str:
        """What is written in the corner."""
        return self._caption

    @property
    def has_picture(self) -> bool:
        """Whether there is anything to see."""
        return not self._image.isNull()

    @property
    def outlines(self) -> tuple[Outline, ...]:
        """The boxes that are shown."""
        return self._outlines

    @property
    def has_mask(self) -> bool:
        """Whether a mask is shown."""
        return not self._mask.isNull()

    @property
    def zoom(self) -> float:
        """How much larger than fitted the picture is."""
        return self._zoom

    def fit(self) -> None:
        """Show the whole picture."""
        self._zoom, self._middle = 1.0, QPointF(0.5, 0.5)
        self.update()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom so that the point `at` of the widget stays where it is."""
        if self._image.isNull():
            return
        at = at if at is not None else QPointF(self.rect().center())
        before = self.place()
        fixed = QPointF(
            (at.x() - before.x()) / before.width(),
            (at.y() - before.y()) / before.height(),
        )
        self._zoom = min(max(self._zoom * factor, 1.0), _LARGEST_ZOOM)
        after = self.place()
        self._move_by(
            at.x() - (after.x() + fixed.x() * after.width()), at.y() - (after.y() + fixed.y() * after.height())
        )

    def place(self) -> QRectF:
        """Where the picture is drawn, in the widget's coordinates."""
        room = QSizeF(max(self.width() - 2 * _MARGIN, 10), max(self.height() - 2 * _MARGIN, 10))
        size = self._full.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        # A small picture is not blown up beyond two and a half times: that would show pixels, not things.
        if size.width() > self._full.width() * 2.5:
            size = self._full * 2.5
        if max(self._full.width(), self._full.height()) < 64:
            size = self._full.scaled(QSizeF(320, 320).boundedTo(room), Qt.AspectRatioMode.KeepAspectRatio)
        size *= self._zoom
        left = self.width() / 2 - self._middle.x() * size.width()
        top = self.height() / 2 - self._middle.y() * size.height()
        return QRectF(QPointF(left, top), size)

    def _move_by(self, across: float, down: float) -> None:
        place = self.place()
        self._middle = QPointF(
            min(max(self._middle.x() - across / place.width(), 0.0), 1.0),
            min(max(self._middle.y() - down / place.height(), 0.0), 1.0),
        )
        if self._zoom == 1.0:
            self._middle = QPointF(0.5, 0.5)
        self.update()

    def _describe(self) -> None:
        boxes = "; ".join(outline.text for outline in self._outlines)
        self.setAccessibleDescription(". ".join(part for part in (self._caption, boxes) if part))

    def _paint_picture(self, painter: QPainter, place: QRectF) -> None:
        ratio = self.devicePixelRatioF()
        wanted = QSize(round(place.width() * ratio), round(place.height() * ratio))
        is_shrunk = wanted.width() < self._image.width()
        if is_shrunk and self._zoom == 1.0:
            # Scaled once and kept: smooth scaling at each paint would cost ten milliseconds.
            if self._scaled.size() != wanted:
                smooth = Qt.TransformationMode.SmoothTransformation
                aspect = Qt.AspectRatioMode.IgnoreAspectRatio
                self._scaled = QPixmap.fromImage(self._image.scaled(wanted, aspect, smooth))
            painter.drawPixmap(place, self._scaled, QRectF(self._scaled.rect()))
        else:
            pixels_matter = place.width() * ratio > 4 * self._image.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not pixels_matter)
            painter.drawImage(place, self._image, QRectF(self._image.rect()))
        if not self._mask.isNull():
            painter.drawImage(place, self._mask, QRectF(self._mask.rect()))

    def _paint_outlines(self, painter: QPainter, place: QRectF) -> None:
        across, down = place.width() / self._full.width(), place.height() / self._full.height()
        font = QFont(self.font())
        font.setPixelSize(12)
        font.setWeight(QFont.Weight.Medium)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        for outline in self._outlines:
            left, top, width, height = outline.place
            box = QRectF(place.x() + left * across, place.y() + top * down, width * across, height * down)
            color = self._theme.color(_SERIES[outline.group % len(_SERIES)])
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(255, 255, 255, 190), 4))  # a rim, so that it is seen on any picture
            painter.drawRect(box)
            painter.setPen(QPen(color, 2))
            painter.drawRect(box)
            size = QSizeF(metrics.horizontalAdvance(outline.text) + 12, metrics.height() + 4)
            above = box.top() - size.height() if box.top() - size.height() >= place.top() else box.top()
            self._paint_chip(painter, QRectF(QPointF(box.left(), above), size), outline.text, color, 3)

    def _paint_chip(self, painter: QPainter, place: QRectF, text: str, ground: QColor, radius: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(place, radius, radius)
        is_light = ground.lightnessF() > 0.55
        painter.setPen(QColor("#15181d") if is_light else QColor("#ffffff"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_caption(self, painter: QPainter, place: QRectF) -> None:
        font = QFont(self.font())
        font.setPixelSize(13)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        seen = place.intersected(QRectF(self.rect()))
        room = max(seen.width() - 24, 80.0)
        text = metrics.elidedText(self._caption, Qt.TextElideMode.ElideMiddle, room - 20)
        size = QSizeF(metrics.horizontalAdvance(text) + 20, metrics.height() + 10)
        ground = QColor(20, 23, 28, 215)
        corner = QPointF(seen.left() + 12, seen.bottom() - size.height() - 12)
        if seen.height() < 3 * size.height():  # a small picture must not be covered
            corner = QPointF(self.width() / 2 - size.width() / 2, seen.bottom() + 10)
        self._paint_chip(painter, QRectF(corner, size), text, ground, 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if not self._image.isNull():
            place = self.place()
            painter.save()
            shape = QPainterPath()
            shape.addRoundedRect(place, _RADIUS, _RADIUS)
            painter.setClipPath(shape)
            self._paint_picture(painter, place)
            painter.restore()
            self._paint_outlines(painter, place)
            self._paint_caption(painter, place)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._scaled = QPixmap()
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(1.0015 ** event.angleDelta().y(), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.position()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None and self.has_picture:
            moved = event.position() - self._grabbed
            self._grabbed = event.position()
            self._move_by(moved.x(), moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        factors = {Qt.Key.Key_Plus: 1.25, Qt.Key.Key_Equal: 1.25, Qt.Key.Key_Minus: 0.8}
        key = Qt.Key(event.key())
        if key in factors:
            self.zoom_by(factors[key])
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)
