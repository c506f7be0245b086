"""One curve as pyqtgraph draws it: a line, the mean over it, or dots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

if TYPE_CHECKING:
    from studio.ui.theme.theme import Theme
    from studio.ui.widgets.min_max_pyramid import Floats
    from studio.ui.widgets.plot_curve import Curve
    from studio.ui.widgets.plot_ranges import Ranges

_FAINT = 0.3
_FEWEST_TO_SMOOTH = 150
_WIDTH = 1.7
_FINE = 1.4
_DASHES = {
    Qt.PenStyle.DashLine: (4, 2),
    Qt.PenStyle.DotLine: (1, 2),
    Qt.PenStyle.DashDotLine: (4, 2, 1, 2),
}
"""In pixels: a dash, a gap, …"""
_DOT = 6


class StrongLine(pg.PlotCurveItem):
    """A line of nearly two pixels, made of lines of one: wider pens cost a hundred times as much."""

    def __init__(self) -> None:
        super().__init__(antialias=True, connect="finite")
        self._style = Qt.PenStyle.SolidLine
        self._ratio = 0.0
        self.is_dense = False
        """Whether there is a point or more in each column of pixels, so that it need not be made wider."""

    def dress(self, colour: QColor, style: Qt.PenStyle) -> None:
        """Draw in this colour, with these dashes."""
        self._style, self._ratio = style, 0.0
        self.setPen(pg.mkPen(colour))

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        ratio = painter.device().devicePixelRatioF()
        if ratio != self._ratio and self._style in _DASHES:
            # Such a pen is one pixel of the screen wide, however small these are, and so are its dashes.
            self.opts["pen"].setDashPattern([ratio * length for length in _DASHES[self._style]])
        self._ratio = ratio
        shift = (_WIDTH - 1 / ratio) / 2
        across, down = shift * self.pixelWidth(), shift * self.pixelHeight()
        places = [(0.0, -down), (0.0, down), (-across, 0.0), (across, 0.0), (0.0, 0.0)]
        # Where pixels are coarse these touch without the one in the middle.
        for x, y in places[: 2 if self.is_dense else 4 if ratio < _FINE else 5]:
            painter.translate(x, y)
            super().paint(painter, option, widget)
            painter.translate(-x, -y)


class CurveItem:
    """Keeps the items of one curve in a view."""

    def __init__(self, curve: Curve, view: pg.ViewBox) -> None:
        self.curve = curve
        self._view = view
        self._raw = pg.PlotCurveItem(antialias=True, connect="finite")
        self._line = StrongLine()
        self._dots = pg.ScatterPlotItem(size=_DOT, pen=None, antialias=True)
        self._dots.setZValue(-1)  # points lie behind the line that is drawn through them
        for item in (self._raw, self._line, self._dots):
            view.addItem(item, ignoreBounds=True)

    def remove(self) -> None:
        """Take it out of the view."""
        for item in (self._raw, self._line, self._dots):
            self._view.removeItem(item)

    def dress(self, theme: Theme) -> None:
        """Draw in the theme's colour of the curve."""
        colour = theme.color(self.curve.colour)
        self._raw.setPen(pg.mkPen(theme.color(self.curve.colour, _FAINT)))
        self._line.dress(colour, self.curve.dash)
        self._dots.setBrush(pg.mkBrush(colour))

    def draw(self, ranges: Ranges, window: int, buckets: int) -> None:
        """Show what lies in the ranges, with the extremes of `buckets` columns and means of `window` points."""
        points = self.curve.points
        start, stop = self.curve.inside(*ranges.shown_x)
        is_smooth = window > 1 and len(points) >= _FEWEST_TO_SMOOTH
        are_dots = self.curve.as_points or stop - start == 1
        self._dots.setVisible(are_dots)
        self._line.setVisible(not are_dots)
        self._raw.setVisible(is_smooth and not are_dots)
        if are_dots:
            _put(self._dots, (points.steps[start:stop], points.values[start:stop]), ranges)
            return
        drawn = points.polyline(start, stop, buckets)
        if is_smooth:
            _put(self._raw, drawn, ranges)
            drawn = points.smoothed(start, stop, buckets // 2, window)
        self._line.is_dense = len(drawn[0]) > buckets
        _put(self._line, drawn, ranges)


def _put(item: pg.PlotCurveItem | pg.ScatterPlotItem, points: tuple[Floats, Floats], ranges: Ranges) -> None:
    steps, values = points
    if ranges.log:
        values = np.log10(np.where(values > 0, values, np.nan))
    item.setData(steps, values)
