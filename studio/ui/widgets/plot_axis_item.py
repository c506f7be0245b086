"""pyqtgraph's axis with few round ticks, in the studio's words and colours."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtGui import QColor, QFont, QFontMetricsF

from studio.ui.widgets.plot_axis import log_ticks, power_text, tick_text, ticks

_GAPS = {"left": 8, "bottom": 1}
"""Pixels between the view and the texts; below, the view itself leaves room."""
_OVERHANG = 24
"""Pixels by which the first and the last text may stand out."""


class RoundAxis(pg.AxisItem):
    """One level of ticks, each with the digits that tell it from the next; the top or first one says the unit."""

    def __init__(self, orientation: str, apart: int, most: int) -> None:
        super().__init__(orientation, maxTickLength=0)
        self._apart, self._most = apart, most
        self._metrics = QFontMetricsF(QFont())
        self._shown = (0.0, 1.0)
        self._unit = ""
        self._is_log = False
        self.enableAutoSIPrefix(False)
        self.setPen(None)
        self.setStyle(
            tickTextOffset=_GAPS[orientation],
            tickAlpha=255,
            hideOverlappingLabels=_OVERHANG,
            autoExpandTextSpace=False,
            autoReduceTextSpace=False,
        )

    def dress(self, line: QColor, text: QColor, font: QFont) -> None:
        """Draw in these colours and this font."""
        self.setTickPen(line)
        self.setTextPen(text)
        self.setTickFont(font)
        self._metrics = QFontMetricsF(font)
        if self.orientation == "bottom":
            self.setHeight(self._metrics.height() + 2 * _GAPS["bottom"])

    def show_range(self, low: float, high: float, *, unit: str = "", is_log: bool = False) -> None:
        """Have ticks between two places, in the units of the view, and be as wide as their texts ask for."""
        asked = (low, high, unit, is_log)
        if asked != (*self._shown, self._unit, self._is_log):
            self._shown, self._unit, self._is_log = (low, high), unit, is_log
            self.picture = None
            self.update()
        if self.orientation == "left":
            [(step, places)] = self.tickValues(low, high, self.height())
            texts = self.tickStrings(places, self.scale, step)
            wide = max((self._metrics.horizontalAdvance(text) for text in texts), default=0.0)
            if self.width() != wide + _GAPS["left"] + 2:
                self.setWidth(wide + _GAPS["left"] + 2)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """One level: (distance, places), in the units of the view, whose own ends leave room for lines."""
        low, high = self._shown
        count = min(self._most, max(1, int(size // self._apart)))
        if self._is_log:
            return [log_ticks(low, high, count)]
        step, places = ticks(low * self.scale, high * self.scale, count)
        return [(step, [place / self.scale for place in places])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """What stands at the places of `tickValues`."""
        texts = [power_text(value) if self._is_log else tick_text(value * scale, spacing) for value in values]
        if self._unit and texts:
            if self.orientation == "left":
                texts[-1] = f"{texts[-1]} {self._unit}"
            else:
                texts[0] = f"{self._unit} {texts[0]}"  # at the other end it would stand out of the picture
        return texts
