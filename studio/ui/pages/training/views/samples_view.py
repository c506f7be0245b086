"""Pictures that a generator makes of the same noise, epoch by epoch, and how many there are of each class."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QSlider, QVBoxLayout, QWidget

from studio.ui.pages.training.views.canvas import Canvas, images_of, places
from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named

_COUNTS_WIDTH = 150
_GAP = 3


class SamplesView(TaskView):
    """Draws the picture "samples": keys shape, epochs (K,), grids (K · N pictures as bytes), labels, counts, made.

    The slider shows an earlier epoch; at its end it follows the newest one.
    """

    title = "Samples"
    pictures = ("samples",)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = _Grid(
            theme,
            "train.samples",
            "Pictures made by the generator",
            "Pictures that the generator makes, from the same noise after every epoch.",
        )
        self._epochs: list[int] = []
        self._pictures: list[QImage] = []
        self._slider = named(QSlider(Qt.Orientation.Horizontal), "train.samples.epoch", "Epoch that is shown")
        self._slider.setRange(0, 0)
        self._slider.valueChanged.connect(self._on_moved)
        self._words = label("", "muted")
        self._words.setMinimumWidth(90)
        self._below = row(self._slider, self._words)
        self._below.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._grid, 1)
        column.addWidget(self._below)

    def clear(self) -> None:
        self._epochs, self._pictures = [], []
        self._slider.setRange(0, 0)
        self._below.hide()
        self._grid.show_grid([], "")

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        follows = self._slider.value() == self._slider.maximum()
        shown = self._epochs[self._slider.value()] if self._epochs else 0
        self._epochs = [int(epoch) for epoch in data["epochs"]]
        self._pictures = images_of(data["grids"], data["shape"])
        self._grid.set_counts(list(zip(data["labels"], data["counts"], strict=False)), int(data["made"]))
        last = len(self._epochs) - 1
        nearest = min(range(last + 1), key=lambda index: abs(self._epochs[index] - shown))
        self._slider.blockSignals(True)
        self._slider.setRange(0, last)
        self._slider.setValue(last if follows else nearest)
        self._slider.blockSignals(False)
        self._below.show()
        self._on_moved(self._slider.value())

    def _on_moved(self, index: int) -> None:
        if not self._epochs:
            return
        size = len(self._pictures) // len(self._epochs)
        words = f"epoch {self._epochs[index]}"
        self._words.setText(words)
        self._grid.show_grid(self._pictures[index * size : (index + 1) * size], words)


class _Grid(Canvas):
    _images: list[QImage] = []
    _counts: list[tuple[str, int]] = []
    _made = 0

    def set_counts(self, counts: list[tuple[str, int]], made: int) -> None:
        """Show how many of the made pictures are clearly of each class, after the newest epoch."""
        self._counts, self._made = counts, made

    def show_grid(self, images: list[QImage], words: str) -> None:
        """Show these pictures; `words` say when they were made."""
        self._images = images
        text = ", ".join(f"{name} {count}" for name, count in self._counts)
        self.tell(f"{len(images)} pictures after {words}; clearly of each class: {text}" if images else "")

    def paint(self, painter: QPainter) -> None:
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -_COUNTS_WIDTH - 20, -0.5)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        pen = QPen(self.theme.color("line"), 1)
        for place, image in zip(places(len(self._images), area, _GAP), self._images, strict=True):
            painter.drawImage(place, image)
            painter.setPen(pen)
            painter.drawRect(place)
        self._paint_counts(painter)

    def _paint_counts(self, painter: QPainter) -> None:
        metrics = QFontMetricsF(self.font())
        left, high = self.width() - _COUNTS_WIDTH, metrics.height()
        painter.setPen(self.theme.color("muted"))
        place = QRectF(left, 0, _COUNTS_WIDTH, high)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft, f"Of {self._made:,}, clearly a")
        rows = max(1, len(self._counts))
        step = min(22.0, (self.height() - high - 6) / rows)
        if step < high * 0.8:
            return
        most = max(1, *(count for _, count in self._counts), self._made // rows)
        name_width = max(metrics.horizontalAdvance(name) for name, _ in self._counts) + 8
        number_width = metrics.horizontalAdvance("000") + 8
        for index, (name, count) in enumerate(self._counts):
            line = QRectF(left, high + 6 + index * step, _COUNTS_WIDTH, step)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.setPen(self.theme.color("text"))
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | middle, name)
            painter.setPen(self.theme.color("muted"))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | middle, str(count))
            full = _COUNTS_WIDTH - name_width - number_width
            bar = QRectF(left + name_width, line.center().y() - 3, full * count / most, 6)
            painter.fillRect(bar, self.theme.color("series1"))
