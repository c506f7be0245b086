"""Icons: Lucide's SVG files, drawn in a colour of the theme, sharp at every scale."""

from __future__ import annotations

import re
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from studio.resources import resource

_STROKE = "1.7"


@lru_cache(maxsize=256)
def svg(name: str, color: str) -> bytes:
    """The text of an icon in a colour; a name without a file gives an empty picture.

    Raises:
        FileNotFoundError: there is no icon of that name.
    """
    text = resource("icons", f"{name}.svg").read_text(encoding="utf-8")
    text = text.replace("currentColor", color)
    return re.sub(r'stroke-width="[^"]*"', f'stroke-width="{_STROKE}"', text).encode()


class _SvgEngine(QIconEngine):
    """Draws the SVG anew for each size and scale, so that it is never a blown-up bitmap."""

    def __init__(self, name: str, normal: str, disabled: str, active: str):
        super().__init__()
        self._parts = (name, normal, disabled, active)

    def _renderer(self, mode: QIcon.Mode, state: QIcon.State) -> QSvgRenderer:
        name, normal, disabled, active = self._parts
        color = disabled if mode == QIcon.Mode.Disabled else active if state == QIcon.State.On else normal
        return QSvgRenderer(QByteArray(svg(name, color)))

    def paint(self, painter, rect, mode, state):
        self._renderer(mode, state).render(painter, _square(QRectF(rect)))

    def pixmap(self, size: QSize, mode, state):
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode, state, scale: float):
        # `size` is in the window's own pixels; the screen has `scale` times as many.
        pixmap = QPixmap(size * scale)
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self._renderer(mode, state).render(painter, _square(QRectF(0, 0, size.width(), size.height())))
        painter.end()
        return pixmap

    def clone(self):
        return _SvgEngine(*self._parts)


def _square(rect: QRectF) -> QRectF:
    # A button asks for a wider icon than it needs, to have a gap before its text.
    side = min(rect.width(), rect.height())
    return QRectF(rect.left(), rect.top() + (rect.height() - side) / 2, side, side)


def icon(name: str, color: str, disabled: str, active: str | None = None) -> QIcon:
    """An icon by its Lucide name; `active` is its colour while its button is checked."""
    return QIcon(_SvgEngine(name, color, disabled, active or color))
