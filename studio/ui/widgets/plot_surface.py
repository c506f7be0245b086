"""The drawing of a plot, by pyqtgraph: axes, curves, marks, cursor. Imported when the first one is seen.

A frame is cheap because ranges are given instead of found, lines are one pixel wide, axes are kept as
a picture until they change, and of a long curve only its extremes in each column of pixels are drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneWheelEvent, QLabel, QWidget

from studio.ui.widgets.naming import set_role
from studio.ui.widgets.plot_axis_item import RoundAxis
from studio.ui.widgets.plot_curve_item import CurveItem

if TYPE_CHECKING:
    from studio.ui.theme.theme import Theme
    from studio.ui.widgets.plot_content import PlotContent

_ROOM_ACROSS = (4, 14)
_ROOM_DOWN = 9
"""Pixels around what is shown, so that lines and ticks at its very edge are seen whole."""
_MARK_HEIGHT = 8
_CURSOR_DOT = 8
_BOX_GAP = 10


class SidewaysView(pg.ViewBox):
    """Zooms along the steps by the wheel with Ctrl; without it, the panel around the plot scrolls."""

    def wheelEvent(self, event: QGraphicsSceneWheelEvent, axis: int | None = None) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event, axis=0)
        else:
            event.ignore()


class PlotSurface(pg.PlotWidget):
    """Draws a content."""

    hovered = Signal(float)
    """The step under the mouse."""
    moved = Signal(float, float)
    """The steps that the user wants to see."""
    everything_asked = Signal()
    resized = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        self._across = RoundAxis("bottom", 64, 12)
        self._up = RoundAxis("left", 40, 5)
        super().__init__(
            parent,
            viewBox=SidewaysView(enableMenu=False),
            axisItems={"bottom": self._across, "left": self._up},
            enableMenu=False,
        )
        self._theme = theme
        self._curves: dict[str, CurveItem] = {}
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hideButtons()
        # pyqtgraph makes menus without a parent, shown or not; these would outlive the plot.
        self.destroyed.connect(self.plotItem.ctrlMenu.deleteLater)
        self.setMouseEnabled(x=True, y=False)
        self.disableAutoRange()
        for axis in (self._across, self._up):
            axis.setZValue(-1)  # the grid lies under the curves
            axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self._up.setGrid(255)
        self._now = self._add(pg.InfiniteLine(angle=90), 1)
        self._marks = self._add(pg.ScatterPlotItem(symbol=_foot(), size=2 * _MARK_HEIGHT, pen=None), 2)
        self._cursor = self._add(pg.InfiniteLine(angle=90), 3)
        self._dots = self._add(pg.ScatterPlotItem(size=_CURSOR_DOT, antialias=True), 4)
        self._box = set_role(QLabel(self), "raised")
        self._box.setTextFormat(Qt.TextFormat.PlainText)
        self._box.setMargin(6)
        self._box.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._box.hide()
        self._dress()
        theme.changed.connect(self._dress)
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.plotItem.vb.sigResized.connect(self.resized)
        self.plotItem.vb.sigRangeChangedManually.connect(self._on_moved)

    def draw(self, content: PlotContent) -> None:
        """Show a content whose ranges fit."""
        self._up.setScale(content.factor)
        self._across.setScale(1 / content.steps_per_unit)
        self._up.show_range(*content.ranges.shown_y, unit=content.unit, is_log=content.ranges.log)
        self._across.show_range(*content.ranges.shown_x, unit=content.axis_word)
        self.plotItem.layout.activate()
        self._set_ranges(content)
        for name in [name for name in self._curves if name not in content.curves]:
            self._curves.pop(name).remove()
        buckets = max(16, int(self.plotItem.vb.width()))
        for name, curve in content.curves.items():
            item = self._curves.get(name)
            if item is None or item.curve is not curve:
                if item is not None:
                    item.remove()
                item = self._curves[name] = CurveItem(curve, self.plotItem.vb)
                item.dress(self._theme)
            item.draw(content.ranges, content.window, buckets)
        self._draw_marks(content)
        self._draw_cursor(content)

    def pixel_of(self, step: float, value: float) -> QPointF:
        """Where a point is drawn, in this widget's pixels; on a logarithmic axis give the logarithm."""
        return QPointF(self.mapFromScene(self.plotItem.vb.mapViewToScene(QPointF(step, value))))

    def _set_ranges(self, content: PlotContent) -> None:
        view = self.plotItem.vb
        low, high = content.ranges.shown_x
        left, right = _ROOM_ACROSS
        a_pixel = (high - low) / max(1.0, view.width() - left - right)
        bottom, top = content.ranges.shown_y
        room = (top - bottom) * _ROOM_DOWN / max(1.0, view.height() - 2 * _ROOM_DOWN)
        wanted = [[low - left * a_pixel, high + right * a_pixel], [bottom - room, top + room]]
        if view.viewRange() != wanted:
            view.setRange(xRange=wanted[0], yRange=wanted[1], padding=0, disableAutoRange=False)

    def _draw_marks(self, content: PlotContent) -> None:
        marks = np.array(content.marks, dtype=float)
        self._marks.setData(marks, np.full(len(marks), content.ranges.shown_y[0]))
        ends = content.ends()
        self._now.setVisible(content.shows_now and ends is not None)
        if ends is not None:
            self._now.setValue(ends[1])

    def _draw_cursor(self, content: PlotContent) -> None:
        step = content.cursor_step
        low, high = content.ranges.shown_x
        is_seen = step is not None and low <= step <= high
        for part in (self._cursor, self._dots, self._box):
            part.setVisible(is_seen)
        if step is None or not is_seen:
            return
        self._cursor.setValue(step)
        spots = []
        for curve, value in content.pointed():
            shown = value if not content.ranges.log else float(np.log10(value)) if value > 0 else np.nan
            if np.isfinite(shown):
                brush = pg.mkBrush(self._theme.color(curve.colour))
                spots.append({"pos": (step, shown), "brush": brush})
        self._dots.setData(spots)
        self._box.setText("\n".join(content.cursor_lines()))
        self._box.adjustSize()
        x = round(self.pixel_of(step, 0).x())
        fits = x + _BOX_GAP + self._box.width() < self.width()
        self._box.move(x + _BOX_GAP if fits else x - _BOX_GAP - self._box.width(), _ROOM_DOWN + 4)

    def _add(self, item: pg.GraphicsObject, height: float) -> pg.GraphicsObject:
        item.setZValue(10 + height)
        self.plotItem.vb.addItem(item, ignoreBounds=True)
        return item

    def _dress(self) -> None:
        color = self._theme.color
        self.setBackground(color("surface"))
        self._across.dress(color("surface"), color("faint"), self.font())
        self._up.dress(color("grid"), color("faint"), self.font())
        self._now.setPen(pg.mkPen(color("faint"), style=Qt.PenStyle.DotLine))
        self._cursor.setPen(pg.mkPen(color("muted")))
        self._dots.setPen(pg.mkPen(color("surface")))
        self._marks.setBrush(pg.mkBrush(color("accent")))
        for item in self._curves.values():
            item.dress(self._theme)

    def _on_mouse_moved(self, place: QPointF) -> None:
        self.hovered.emit(self.plotItem.vb.mapSceneToView(place).x())

    def _on_moved(self) -> None:
        low, high = self.plotItem.vb.viewRange()[0]
        left, right = _ROOM_ACROSS
        a_pixel = (high - low) / max(1.0, self.plotItem.vb.width())
        self.moved.emit(low + left * a_pixel, high - right * a_pixel)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.everything_asked.emit()


def _foot() -> QPainterPath:
    """A tick that stands on its point, a quarter as wide as high; a symbol may reach from -0.5 to 0.5."""
    path = QPainterPath()
    path.addRect(-0.0625, -0.5, 0.125, 0.5)
    return path
