"""One curve of a plot: its points, its place among the series, and what it says in words.

Imported with the first point, as it brings NumPy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import Qt

from studio.ui.widgets.min_max_pyramid import MinMaxPyramid
from studio.ui.widgets.plot_axis import number_text

DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
SERIES_COLOURS = 4


@dataclass
class Curve:
    """A named curve; `series_index` gives colour and dash, so that colour is never all that tells."""

    name: str
    series_index: int = 0
    as_points: bool = False
    solid: bool = False
    points: MinMaxPyramid = field(default_factory=MinMaxPyramid)

    @property
    def colour(self) -> str:
        """Name of the theme's colour."""
        return f"series{self.series_index % SERIES_COLOURS + 1}"

    @property
    def dash(self) -> Qt.PenStyle:
        """Style of the line: the first series is solid, the second dashed…, unless it stands alone (`solid`)."""
        if self.solid:
            return Qt.PenStyle.SolidLine
        cycle = self.series_index + self.series_index // SERIES_COLOURS
        return DASHES[cycle % len(DASHES)]

    def inside(self, low: float, high: float) -> tuple[int, int]:
        """Positions of the points between two steps, with one neighbour at each side for the line to them."""
        steps = self.points.steps
        start = int(np.searchsorted(steps, low, side="left")) - 1
        stop = int(np.searchsorted(steps, high, side="right")) + 1
        return max(0, start), min(len(steps), stop)

    def nearest(self, step: float) -> int | None:
        """Position of the point nearest to `step`; None where there is no point."""
        steps = self.points.steps
        if not len(steps):
            return None
        right = int(np.searchsorted(steps, step))
        candidates = [position for position in (right - 1, right) if 0 <= position < len(steps)]
        return min(candidates, key=lambda position: abs(steps[position] - step))

    def beside(self, step: float, direction: int) -> int | None:
        """Position of the next point after `step` (direction 1) or before it (-1); None where there is none."""
        steps = self.points.steps
        if direction > 0:
            position = int(np.searchsorted(steps, step, side="right"))
        else:
            position = int(np.searchsorted(steps, step, side="left")) - 1
        return position if 0 <= position < len(steps) else None

    def lowest_and_highest(self, start: int, stop: int, *, positive: bool = False) -> tuple[float, float] | None:
        """Extremes of the finite values in [start, stop); None where there is none.

        With `positive`, only values above 0 count; of a long curve's, the lowest is then that of a stretch.
        """
        extremes = self.points.extremes(start, stop, 4096 if positive else 64)
        both = np.concatenate([extremes.low, extremes.high])
        counted = both[np.isfinite(both) & ((both > 0) | (not positive))]
        return (float(counted.min()), float(counted.max())) if len(counted) else None

    def sentence(self, factor: float, unit: str) -> str:
        """The curve in one sentence: where it is, and its lowest and highest value."""
        if not len(self.points):
            return f"{self.name}: no points yet."
        text = f"{self.name}: {_value(self.points.values[-1], factor, unit)} at step {self.points.steps[-1]:,.0f}"
        extremes = self.lowest_and_highest(0, len(self.points))
        if extremes is None:
            return f"{text}."
        low, high = (_value(value, factor, unit) for value in extremes)
        return f"{text}, lowest {low}, highest {high}, {len(self.points):,} points."


def _value(value: float, factor: float, unit: str) -> str:
    return f"{number_text(value * factor)}{' ' + unit if unit and math.isfinite(value) else ''}"
