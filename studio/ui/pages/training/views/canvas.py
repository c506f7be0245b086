"""Where views paint: a widget that says what will be here until there is something, and pictures for Qt."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.ui.theme.theme import Theme
from studio.ui.widgets.naming import named

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SERIES = ("series1", "series2", "series3", "series4")


class Canvas(QWidget):
    """Paints in the colours of the theme; without content, it says what will be here."""

    def __init__(
        self, theme: Theme, object_name: str, title: str, empty: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self.is_empty = True
        self._empty = empty
        named(self, object_name, title)
        self.setAccessibleDescription(empty)
        self.setMinimumSize(160, 110)
        theme.changed.connect(self.update)

    def tell(self, text: str) -> None:
        """There is something to see: say it in words, and paint it; "" where there is nothing any more."""
        self.is_empty = not text
        self.setAccessibleDescription(text or self._empty)
        self.update()

    @abstractmethod
    def paint(self, painter: QPainter) -> None:
        """Paint the content."""

    def sizeHint(self) -> QSize:
        return QSize(320, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.is_empty:
            painter.setPen(self.theme.color("faint"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(20, 0, -20, 0), flags, self._empty)
        else:
            self.paint(painter)
        painter.end()


def images_of(numbers: Sequence[int], shape: Sequence[int]) -> list[QImage]:
    """Pictures from bytes one after the other, each of shape (1, H, W) or (3, H, W)."""
    import numpy as np  # late: the window starts without it

    pixels = np.frombuffer(bytes(numbers), dtype=np.uint8).reshape(-1, *shape)
    return [image_of(one) for one in pixels]


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """A picture of shape (1, H, W) or (3, H, W)."""
    import numpy as np

    is_grey = pixels.shape[0] == 1
    rows = np.ascontiguousarray(pixels[0] if is_grey else np.moveaxis(pixels[:3], 0, -1))
    kind = QImage.Format.Format_Grayscale8 if is_grey else QImage.Format.Format_RGB888
    # The copy outlives the array, whose memory QImage would only borrow.
    return QImage(rows.tobytes(), rows.shape[1], rows.shape[0], rows.strides[0], kind).copy()


def places(count: int, area: QRectF, gap: float, ratio: float = 1.0) -> list[QRectF]:
    """Where equal places lie that fill an area as large as possible, row by row; `ratio` is height to width."""
    best, columns = 0.0, 1
    for tried in range(1, max(1, count) + 1):
        rows = -(-count // tried)
        width = min((area.width() - gap * (tried - 1)) / tried, (area.height() - gap * (rows - 1)) / rows / ratio)
        if width > best:
            best, columns = width, tried
    side = max(1.0, best)
    return [
        QRectF(
            area.left() + (index % columns) * (side + gap),
            area.top() + (index // columns) * (side * ratio + gap),
            side,
            side * ratio,
        )
        for index in range(count)
    ]
