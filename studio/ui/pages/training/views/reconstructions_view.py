"""Test pictures, and below each what an autoencoder made of it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.pages.training.views.canvas import Canvas, images_of, places
from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme

_GAP = 8
_CAPTION = 0.3
"""Height of a caption, as a share of a picture's width."""


class ReconstructionsView(TaskView):
    """Draws the picture "reconstructions": keys shape, originals, reconstructions (bytes) and captions (N,)."""

    title = "Reconstructions"
    pictures = ("reconstructions",)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pairs = _Pairs(
            theme,
            "train.reconstructions",
            "Test pictures and their reconstructions",
            "Test pictures, and below each what is left of it after the way through the plane.",
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pairs)

    def clear(self) -> None:
        self._pairs.show_pairs([], [], [])

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        originals, made = (images_of(data[key], data["shape"]) for key in ("originals", "reconstructions"))
        self._pairs.show_pairs(originals, made, [str(one) for one in data["captions"]])


class _Pairs(Canvas):
    _originals: list[QImage] = []
    _made: list[QImage] = []
    _captions: list[str] = []

    def show_pairs(self, originals: list[QImage], made: list[QImage], captions: list[str]) -> None:
        """Show pictures above what was made of them."""
        self._originals, self._made, self._captions = originals, made, captions
        self.tell(f"Pictures of {', '.join(captions)}, each above its reconstruction" if captions else "")

    def paint(self, painter: QPainter) -> None:
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        all_places = places(len(self._captions), area, _GAP, ratio=2 + _CAPTION)
        for place, *images, caption in zip(all_places, self._originals, self._made, self._captions, strict=True):
            side = place.width()
            for number, image in enumerate(images):
                square = QRectF(place.left(), place.top() + number * (side + 2), side, side)
                painter.drawImage(square, image)
                painter.setPen(QPen(self.theme.color("line"), 1))
                painter.drawRect(square)
            painter.setPen(self.theme.color("muted"))
            below = QRectF(place.left(), place.top() + 2 * side + 2, side, _CAPTION * side)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, caption)
