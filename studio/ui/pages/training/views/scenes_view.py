"""Test scenes with the boxes that are true and the boxes that were found."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QSlider, QVBoxLayout, QWidget

from studio.ui.pages.training.views.canvas import SERIES, Canvas, images_of
from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named

_GAP = 12
_CAPTION = 20
_LEAST_PERCENT = 5
_FIRST_PERCENT = 40


class ScenesView(TaskView):
    """Draws the picture "scenes": keys shape, pictures (N as bytes), labels, and for each picture true boxes
    (class, left, top, right, bottom) and found ones (class, score, left, top, right, bottom), in pixels.
    """

    title = "Scenes"
    pictures = ("scenes",)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        empty = "Test scenes with true boxes (dashed) and found boxes (solid)."
        self._strip = _Strip(theme, "train.scenes", "Test scenes; arrow keys step through them", empty)
        self._back = Button(
            theme, "", "train.scenes.back", role="quiet", icon="chevron-left", accessible_name="Scenes before"
        )
        self._on = Button(
            theme, "", "train.scenes.on", role="quiet", icon="chevron-right", accessible_name="Scenes after"
        )
        self._words = label("", "muted")
        self._words.setMinimumWidth(110)
        self._slider = named(
            QSlider(Qt.Orientation.Horizontal),
            "train.scenes.score",
            "Least score of a box that is shown, per cent",
        )
        self._slider.setRange(_LEAST_PERCENT, 95)
        self._slider.setValue(_FIRST_PERCENT)
        self._slider.valueChanged.connect(self._on_score)
        self._score = label("", "muted")
        self._score.setMinimumWidth(120)
        self._below = row(self._back, self._words, self._on, self._slider, self._score)
        self._below.hide()
        self._back.clicked.connect(self._on_back)
        self._on.clicked.connect(self._on_forward)
        self._strip.stepped.connect(self._step)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._strip, 1)
        column.addWidget(self._below)

    def clear(self) -> None:
        self._below.hide()
        self._strip.show_scenes({})

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        self._strip.show_scenes(data)
        self._below.show()
        self._on_score(self._slider.value())

    def _on_score(self, percent: int) -> None:
        self._strip.set_least(percent / 100)
        self._score.setText(f"score ≥ {percent} %")
        self._tell()

    def _on_back(self) -> None:
        self._step(-1)

    def _on_forward(self) -> None:
        self._step(1)

    def _step(self, pages: int) -> None:
        self._strip.turn(pages)
        self._tell()

    def _tell(self) -> None:
        first, last, count = self._strip.range()
        self._words.setText(f"{first} to {last} of {count}" if last > first else f"{first} of {count}")
        self._back.setEnabled(first > 1)
        self._on.setEnabled(last < count)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._strip.is_empty:
            self._tell()


class _Strip(Canvas):
    """As many scenes as fit side by side."""

    stepped = Signal(int)
    """Pages that the arrow keys ask to go on."""

    def __init__(self, theme: Theme, object_name: str, title: str, empty: str) -> None:
        super().__init__(theme, object_name, title, empty)
        self._data: dict[str, Any] = {}
        self._images: list[QImage] = []
        self._first = 0
        self._least = _FIRST_PERCENT / 100
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_scenes(self, data: dict[str, Any]) -> None:
        """Show other scenes; empty data show nothing."""
        self._data = data
        self._images = images_of(data["pictures"], data["shape"]) if data else []
        self._first = self._first if self._first < len(self._images) else 0
        self._describe()

    def set_least(self, score: float) -> None:
        """Show boxes of this score or more."""
        self._least = score
        self._describe()

    def turn(self, pages: int) -> None:
        """Show the scenes that come so many pages after."""
        fitting = self._fitting()
        last = max(0, len(self._images) - fitting)
        self._first = min(max(0, self._first + pages * fitting), last)
        self._describe()

    def range(self) -> tuple[int, int, int]:
        """Numbers of the first and the last scene that is shown, from 1, and how many there are."""
        last = min(self._first + self._fitting(), len(self._images))
        return self._first + 1, last, len(self._images)

    def found(self, index: int) -> list[list[float]]:
        """The found boxes of a scene that are likely enough."""
        return [box for box in self._data["found"][index] if box[1] >= self._least]

    def _describe(self) -> None:
        texts = []
        for index in range(self._first, self.range()[1]):
            named_boxes = [f"{self._name(box[0])} {box[1]:.0%}" for box in self.found(index)]
            true = ", ".join(self._name(box[0]) for box in self._data["true"][index])
            texts.append(f"scene {index + 1}: true {true}; found {', '.join(named_boxes) or 'nothing'}")
        self.tell(". ".join(texts))

    def _name(self, kind: float) -> str:
        return str(self._data["labels"][int(kind)])

    def _side(self) -> float:
        return max(1.0, min(self.width() - 1.0, self.height() - _CAPTION - 1.0))

    def _fitting(self) -> int:
        return max(1, int((self.width() + _GAP) // (self._side() + _GAP)))

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = self._side()
        for number, index in enumerate(range(self._first, self.range()[1])):
            square = QRectF(number * (side + _GAP) + 0.5, 0.5, side, side)
            painter.drawImage(square, self._images[index])
            painter.setPen(QPen(self.theme.color("line"), 1))
            painter.drawRect(square)
            self._paint_boxes(painter, square, index)
            painter.setPen(self.theme.color("muted"))
            below = QRectF(square.left(), square.bottom() + 2, side, _CAPTION)
            text = f"{len(self._data['true'][index])} true, {len(self.found(index))} found"
            painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_boxes(self, painter: QPainter, square: QRectF, index: int) -> None:
        painter.save()
        painter.setClipRect(square)
        scale = square.width() / self._images[index].width()
        for _, *sides in self._data["true"][index]:
            place = _placed(square, sides, scale)
            for color, width in ((QColor(0, 0, 0, 150), 3.0), (QColor(255, 255, 255), 1.5)):
                painter.setPen(QPen(color, width, Qt.PenStyle.DashLine if width < 2 else Qt.PenStyle.SolidLine))
                painter.drawRect(place)
        found = self.found(index)
        for kind, _, *sides in found:
            # The halo makes a dark line seen on a dark picture, and a light one on a light.
            for color, alpha, width in (("surface", 0.7, 4.5), (SERIES[int(kind) % len(SERIES)], 1.0, 2.0)):
                painter.setPen(QPen(self.theme.color(color, alpha), width))
                painter.drawRect(_placed(square, sides, scale))
        if square.width() >= 100:
            for kind, score, *sides in found:
                self._paint_name(painter, _placed(square, sides, scale), square, f"{self._name(kind)} {score:.0%}")
        painter.restore()

    def _paint_name(self, painter: QPainter, box: QRectF, square: QRectF, text: str) -> None:
        font = QFont(self.font())
        font.setPixelSize(10)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        place = QRectF(0, 0, metrics.horizontalAdvance(text) + 6, metrics.height())
        place.moveBottomLeft(QPointF(box.left() - 1, max(box.top(), square.top() + place.height())))
        place.moveRight(min(place.right(), square.right()))
        painter.fillRect(place, self.theme.color("surface", 0.85))
        painter.setPen(self.theme.color("text"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        pages = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if pages is None:
            super().keyPressEvent(event)
            return
        self.stepped.emit(pages)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._images:
            self._describe()


def _placed(square: QRectF, sides: list[float], scale: float) -> QRectF:
    left, top, right, bottom = (side * scale for side in sides)
    return QRectF(square.left() + left, square.top() + top, right - left, bottom - top)
