"""The surface of a plot: axes painted once into a pixmap, curves over them, a cursor for mouse and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.widgets.plot_axis import number_text
from studio.ui.widgets.plot_curve import Curve, polygons
from studio.ui.widgets.plot_scales import Scales

if TYPE_CHECKING:
    from studio.ui.theme.theme import Theme

_GAP = 8
_MARK_HEIGHT = 8
_FAINT = 0.3
_FEWEST_TO_SMOOTH = 150
_HALF_WIDTH = 0.35
_DOT = 3.0


class PlotCanvas(QWidget):
    """Draws curves. A frame costs the same for a thousand and for ten million points."""

    pointed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._axes: QPixmap | None = None
        self._axes_key: tuple[object, ...] = ()
        self._grab_x: float | None = None
        self._has_key_focus = False
        self.curves: dict[str, Curve] = {}
        self.scales = Scales()
        self.factor = 1.0
        self.unit = ""
        self.steps_per_unit = 1.0
        self.step_word = "step"
        self.window = 1
        self.marks: list[float] = []
        self.shows_now = False
        self.cursor_step: float | None = None
        self.empty_text = ""
        self.setMinimumSize(QSize(120, 90))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self._on_theme_changed)

    @property
    def has_points(self) -> bool:
        """Whether there is anything to draw."""
        return any(len(curve.points) for curve in self.curves.values())

    def point_at(self, step: float | None) -> None:
        """Put the cursor on the point nearest to `step`, or take it away."""
        self.cursor_step = None
        if step is not None:
            nearest = [
                float(curve.points.steps[position])
                for curve in self.curves.values()
                if (position := curve.nearest(step)) is not None
            ]
            self.cursor_step = min(nearest, key=lambda found: abs(found - step), default=None)
        self.pointed.emit(", ".join(self._cursor_lines()))
        self.update()

    def _lay_out(self) -> None:
        metrics = QFontMetricsF(self.font())
        scales = self.scales
        scales.top, scales.bottom = _GAP, self.height() - metrics.height() - 10
        ends = self._ends()
        if ends:
            scales.fit_x(*ends)
        extremes = [found for curve in self.curves.values() if (found := self._extremes(curve))]
        if extremes:
            scales.fit_y(min(low for low, _ in extremes), max(high for _, high in extremes))
        texts = [tick.text for tick in scales.y_ticks(self.factor)] or [""]
        wide = max(metrics.horizontalAdvance(self._with_unit(text)) for text in texts)
        scales.left, scales.right = wide + _GAP + 2, self.width() - 14

    def _extremes(self, curve: Curve) -> tuple[float, float] | None:
        start, stop = curve.inside(*self.scales.shown_x) if self.scales.zoomed else (0, len(curve.points))
        return curve.lowest_and_highest(start, stop, positive=self.scales.log)

    def _with_unit(self, text: str) -> str:
        return f"{text} {self.unit}" if self.unit else text

    def _draw_axes(self) -> QPixmap:
        scales = self.scales
        key = (self.size(), self.devicePixelRatioF(), scales.shown_x, scales.y, scales.log, scales.left)
        key = (
            *key,
            self.factor,
            self.unit,
            self.steps_per_unit,
            self.font().key(),
            self._theme.color("grid").rgba(),
        )
        if self._axes is not None and key == self._axes_key:
            return self._axes
        pixmap = QPixmap(self.size() * self.devicePixelRatioF())
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setFont(self.font())
        self._paint_axes(painter)
        painter.end()
        self._axes, self._axes_key = pixmap, key
        return pixmap

    def _paint_axes(self, painter: QPainter) -> None:
        scales, metrics = self.scales, QFontMetricsF(self.font())
        grid, faint = QPen(self._theme.color("grid"), 1), QPen(self._theme.color("faint"))
        rows = scales.y_ticks(self.factor)
        for index, tick in enumerate(rows):
            y = round(float(scales.y_pixels(np.array([tick.value]))[0])) + 0.5
            painter.setPen(grid)
            painter.drawLine(QPointF(scales.left, y), QPointF(scales.right, y))
            painter.setPen(faint)
            text = self._with_unit(tick.text) if index == len(rows) - 1 else tick.text
            place = QRectF(0, y - metrics.height() / 2, scales.left - _GAP, metrics.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        free_from = -1.0
        for tick in scales.x_ticks(self.steps_per_unit):
            x = float(scales.x_pixels(np.array([tick.value]))[0])
            wide = metrics.horizontalAdvance(tick.text)
            if x - wide / 2 < free_from:
                continue
            free_from = x + wide / 2 + 6
            left = min(x - wide / 2, self.width() - wide - 2)
            painter.drawText(QPointF(left, scales.bottom + 6 + metrics.ascent()), tick.text)

    def _paint_curve(self, painter: QPainter, curve: Curve) -> None:
        scales = self.scales
        start, stop = curve.inside(*scales.shown_x)
        buckets = max(16, int(scales.right - scales.left))
        colour = QColor(self._theme.color(curve.colour))
        if curve.as_points:
            self._paint_dots(painter, curve, colour)
            return
        smooth = self.window > 1 and len(curve.points) >= _FEWEST_TO_SMOOTH
        lines = self._lines(curve.points.polyline(start, stop, buckets))
        if smooth:
            painter.setPen(_cosmetic(self._theme.color(curve.colour, _FAINT), Qt.PenStyle.SolidLine))
            for polygon in lines:
                painter.drawPolyline(polygon)
            lines = self._lines(curve.points.smoothed(start, stop, buckets // 2, self.window))
        painter.setPen(_cosmetic(colour, curve.dash))
        # Wider pens cost a hundred times as much; two lines of one pixel look like one of nearly two.
        for shift in (-_HALF_WIDTH, _HALF_WIDTH):
            painter.translate(0, shift)
            for polygon in lines:
                painter.drawPolyline(polygon)
            painter.translate(0, -shift)
        if stop - start == 1:
            self._paint_dots(painter, curve, colour)

    def _lines(self, points: tuple[np.ndarray, np.ndarray]) -> list:
        steps, values = points
        return polygons(self.scales.x_pixels(steps), self.scales.y_pixels(values))

    def _paint_dots(self, painter: QPainter, curve: Curve, colour: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        steps, values = curve.points.steps, curve.points.values
        for polygon in self._lines((steps, values)):
            for point in polygon:
                painter.drawEllipse(point, _DOT, _DOT)

    def _paint_marks(self, painter: QPainter) -> None:
        scales = self.scales
        if self.marks:
            painter.setPen(QPen(self._theme.color("accent"), 2))
            for x in scales.x_pixels(np.array(self.marks)):
                painter.drawLine(QPointF(x, scales.bottom), QPointF(x, scales.bottom - _MARK_HEIGHT))
        last = [curve.points.steps[-1] for curve in self.curves.values() if len(curve.points)]
        if self.shows_now and last:
            x = round(float(scales.x_pixels(np.array([max(last)]))[0])) + 0.5
            painter.setPen(_cosmetic(self._theme.color("faint"), Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, scales.top), QPointF(x, scales.bottom))

    def _cursor_lines(self) -> list[str]:
        if self.cursor_step is None:
            return []
        lines = [f"{self.step_word} {number_text(self.cursor_step)}"]
        for curve in self.curves.values():
            position = curve.nearest(self.cursor_step)
            if position is not None:
                value = number_text(float(curve.points.values[position]) * self.factor)
                lines.append(f"{curve.name} {self._with_unit(value)}")
        return lines

    def _paint_cursor(self, painter: QPainter) -> None:
        if self.cursor_step is None:
            return
        scales, metrics = self.scales, QFontMetricsF(self.font())
        x = float(scales.x_pixels(np.array([self.cursor_step]))[0])
        if not scales.left <= x <= scales.right:
            return
        painter.setPen(_cosmetic(self._theme.color("muted"), Qt.PenStyle.SolidLine))
        painter.drawLine(QPointF(x, scales.top), QPointF(x, scales.bottom))
        for curve in self.curves.values():
            position = curve.nearest(self.cursor_step)
            if position is not None:
                y = self.scales.y_pixels(curve.points.values[position : position + 1])[0]
                if np.isfinite(y):
                    painter.setBrush(self._theme.color(curve.colour))
                    painter.drawEllipse(QPointF(x, y), 3.5, 3.5)
        lines = self._cursor_lines()
        wide = max(metrics.horizontalAdvance(line) for line in lines) + 16
        high = metrics.height() * len(lines) + 10
        left = x + 10 if x + 10 + wide < self.width() else x - 10 - wide
        box = QRectF(left, scales.top + 4, wide, high)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.setBrush(self._theme.color("raised"))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(self._theme.color("text"))
        painter.drawText(box.adjusted(8, 5, -8, -5), Qt.AlignmentFlag.AlignLeft, "\n".join(lines))

    def _on_theme_changed(self) -> None:
        self._axes = None
        self.update()

    def _ends(self) -> tuple[float, float] | None:
        steps = [curve.points.steps for curve in self.curves.values() if len(curve.points)]
        if not steps:
            return None
        return min(float(some[0]) for some in steps), max(float(some[-1]) for some in steps)

    def _neighbour(self, direction: int, far: bool) -> float | None:
        ends = self._ends()
        if ends is None:
            return None
        if self.cursor_step is None:
            return ends[1] if direction < 0 else ends[0]
        if far:
            low, high = self.scales.shown_x
            return self.cursor_step + direction * (high - low) / 20
        found = [
            float(curve.points.steps[position])
            for curve in self.curves.values()
            if (position := curve.beside(self.cursor_step, direction)) is not None
        ]
        return (min(found) if direction > 0 else max(found)) if found else self.cursor_step

    def show_everything(self) -> None:
        """Undo every zoom."""
        self.scales.zoomed = None
        self.scales.forget_y()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        self._lay_out()
        painter = QPainter(self)
        if not self.has_points:
            painter.setPen(self._theme.color("faint"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(20, 8, -20, -8), flags, self.empty_text)
            painter.end()
            return
        painter.drawPixmap(0, 0, self._draw_axes())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scales = self.scales
        painter.save()
        painter.setClipRect(
            QRectF(scales.left - _DOT, 0, scales.right - scales.left + 2 * _DOT, scales.bottom + _DOT)
        )
        for curve in sorted(self.curves.values(), key=_is_points):
            self._paint_curve(painter, curve)
        self._paint_marks(painter)
        painter.restore()
        self._paint_cursor(painter)
        if self._has_key_focus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("accent"), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._axes = None
        super().resizeEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._grab_x is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self.scales.pan(x - self._grab_x)
            self._grab_x = x
            self.update()
            return
        self.point_at(self.scales.step_at(x) if self.has_points else None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.scales.zoomed:
            self._grab_x = event.position().x()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grab_x = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.show_everything()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.has_points or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        self.scales.zoom(event.position().x(), 0.8 if event.angleDelta().y() > 0 else 1.25)
        self.scales.forget_y()
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._has_key_focus = event.reason() != Qt.FocusReason.MouseFocusReason
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._has_key_focus = False
        self.point_at(None)

    def leaveEvent(self, event: QEvent) -> None:
        if not self._has_key_focus:
            self.point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        far = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.point_at(self._neighbour(-1 if key == Qt.Key.Key_Left else 1, far))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            ends = self._ends()
            self.point_at(ends[key == Qt.Key.Key_End] if ends else None)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Equal):
            middle = (self.scales.left + self.scales.right) / 2
            self.scales.zoom(middle, 1.25 if key == Qt.Key.Key_Minus else 0.8)
            self.update()
        elif key == Qt.Key.Key_0:
            self.show_everything()
        elif key == Qt.Key.Key_Escape and self.cursor_step is not None:
            self.point_at(None)
        else:
            super().keyPressEvent(event)


def _is_points(curve: Curve) -> bool:
    return curve.as_points


def _cosmetic(colour: QColor, style: Qt.PenStyle) -> QPen:
    pen = QPen(colour, 1, style)
    pen.setCosmetic(True)
    return pen
