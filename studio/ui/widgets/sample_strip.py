"""Small pictures in a row that wraps, each framed and with a caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.ui.widgets.tool_tip import plain_tip

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.ui.theme.theme import Theme

_GAP = 6
_CAPTION_GAP = 3


@dataclass(frozen=True)
class Sample:
    """A picture with pixels of shape (H, W) or (H, W, 3), uint8, a short caption and a longer hint."""

    pixels: NDArray[np.uint8]
    caption: str
    hint: str = ""


def as_pixels(values: Sequence[float] | NDArray[np.float64], shape: Sequence[int]) -> NDArray[np.uint8]:
    """Numbers of shape (H, W), (1, H, W) or (3, H, W) as grey or colour pixels, lowest black, highest white.

    Raises:
        ValueError: the shape is not that of a picture.
    """
    import numpy as np  # late: the window starts without it

    array = np.nan_to_num(np.asarray(values, dtype=np.float64).reshape(tuple(shape)))
    if array.ndim == 3 and array.shape[0] in (1, 3):
        array = array[0] if array.shape[0] == 1 else np.moveaxis(array, 0, -1)
    if (array.ndim == 3 and array.shape[-1] != 3) or array.ndim not in (2, 3) or not array.size:
        raise ValueError(f"numbers of shape {tuple(shape)} are no picture")
    low, high = float(array.min()), float(array.max())
    return np.ascontiguousarray((array - low) * (255 / ((high - low) or 1.0)), dtype=np.uint8)


class SampleStrip(QWidget):
    """Draws samples at one size, as many in a row as fit."""

    def __init__(self, theme: Theme, side: int = 56, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._side = side
        self._samples: list[Sample] = []
        self._images: list[QImage] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.update)

    def set_samples(self, samples: Sequence[Sample]) -> None:
        """Show these pictures instead of those before."""
        self._samples = list(samples)
        self._images = [_image(sample.pixels) for sample in samples]
        texts = [sample.hint or sample.caption for sample in samples]
        self.setAccessibleDescription("; ".join(texts) or "No samples yet.")
        self.setMinimumHeight(self.heightForWidth(self.width()))
        self.updateGeometry()
        self.update()

    def place(self, index: int) -> QRectF:
        """Where a picture is drawn, without its caption."""
        columns = self._columns(self.width())
        high = self._side + self._caption_height() + _GAP
        return QRectF((index % columns) * (self._side + _GAP), (index // columns) * high, self._side, self._side)

    def _index_at(self, point: QPoint) -> int | None:
        hits = (index for index in range(len(self._samples)) if self.place(index).contains(point.toPointF()))
        return next(hits, None)

    def _columns(self, width: int) -> int:
        return max(1, (width + _GAP) // (self._side + _GAP))

    def _caption_height(self) -> float:
        return QFontMetricsF(self.font()).height() + _CAPTION_GAP

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = -(-max(1, len(self._samples)) // self._columns(width))
        return int(rows * (self._side + self._caption_height() + _GAP))

    def sizeHint(self) -> QSize:
        return QSize(4 * (self._side + _GAP), self.heightForWidth(4 * (self._side + _GAP)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.setMinimumHeight(self.heightForWidth(self.width()))
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        metrics = QFontMetricsF(self.font())
        for index, (sample, image) in enumerate(zip(self._samples, self._images, strict=True)):
            place = self.place(index)
            painter.drawImage(place, image)
            painter.setPen(QPen(self._theme.color("line"), 1))
            painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))
            painter.setPen(self._theme.color("muted"))
            caption = metrics.elidedText(sample.caption, Qt.TextElideMode.ElideMiddle, self._side + _GAP)
            below = QRectF(
                place.left() - _GAP / 2, place.bottom() + _CAPTION_GAP, self._side + _GAP, metrics.height()
            )
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, caption)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index_at(event.pos())
            if index is not None:
                sample = self._samples[index]
                QToolTip.showText(event.globalPos(), plain_tip(sample.hint or sample.caption), self)
                return True
        return super().event(event)


def _image(pixels: NDArray[np.uint8]) -> QImage:
    import numpy as np

    pixels = np.ascontiguousarray(pixels)
    kind = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_RGB888
    # The copy outlives the array, whose memory QImage would only borrow.
    return QImage(pixels.data, pixels.shape[1], pixels.shape[0], pixels.strides[0], kind).copy()
