"""What a plot shows of its axes: ranges that grow in steps, and a zoom along the steps. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from studio.ui.widgets.plot_axis import grown_range, round_end

Range = tuple[float, float]

_SMALLEST_ZOOM = 1e-6


@dataclass
class Ranges:
    """The steps (`x`) and values (`y`) that are shown, in the units of the data."""

    x: Range = (0.0, 1.0)
    y: Range = (0.0, 1.0)
    log: bool = False
    from_zero: bool = True
    expected_end: float = 0.0
    zoomed: Range | None = None
    _y_serves: bool = False

    def fit_x(self, low: float, high: float) -> None:
        """Show the steps from `low` to `high`: from 0 to a round end, or towards the end that is expected."""
        if self.from_zero and low >= 0:
            self.x = (0.0, self._expected(high) if self.expected_end >= high > 0 else round_end(high))
        else:
            self.x = grown_range(None, low, high)

    def fit_y(self, low: float, high: float) -> None:
        """Show the values from `low` to `high`; the range stays as long as it serves."""
        self.y = grown_range(self.y if self._y_serves else None, low, high, log=self.log)
        self._y_serves = True

    def forget_y(self) -> None:
        """Choose the range of the values anew with the next data."""
        self._y_serves = False
        self.y = (0.1, 1.0) if self.log else (0.0, 1.0)

    @property
    def shown_x(self) -> Range:
        """The steps that are seen."""
        return self.zoomed or self.x

    @property
    def shown_y(self) -> Range:
        """The values that are seen: their logarithms to base 10 on a logarithmic axis."""
        return (math.log10(self.y[0]), math.log10(self.y[1])) if self.log else self.y

    def show(self, low: float, high: float) -> None:
        """Show these steps, moved to where there are any; more than there are is no zoom."""
        first, last = self.x
        span = high - low
        if span >= (last - first) * (1 - 1e-9):
            self.zoomed = None
        elif span >= (last - first) * _SMALLEST_ZOOM:
            low = min(max(low, first), last - span)
            self.zoomed = (low, low + span)

    def zoom(self, factor: float) -> None:
        """Show `factor` times as many steps around the middle."""
        low, high = self.shown_x
        middle, half = (low + high) / 2, (high - low) / 2 * factor
        self.show(middle - half, middle + half)

    def show_everything(self) -> None:
        """Undo every zoom."""
        self.zoomed = None
        self.forget_y()

    def _expected(self, high: float) -> float:
        """The end that is expected, or a part of it as long as little of that would be used."""
        end = self.expected_end
        while high < end / 8:
            end /= 4
        return end
