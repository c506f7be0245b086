"""From steps and values to pixels and back: the two scales of a plot, with zoom along the steps. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.ui.widgets.min_max_pyramid import Floats
from studio.ui.widgets.plot_axis import Tick, grown_range, log_ticks, round_end, ticks

Range = tuple[float, float]


@dataclass
class Scales:
    """What is shown, and where. Pixels: `left` to `right`, `top` to `bottom`, downwards."""

    left: float = 0.0
    right: float = 1.0
    top: float = 0.0
    bottom: float = 1.0
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

    def x_pixels(self, steps: Floats) -> Floats:
        """Pixels of `steps`, shape (N,)."""
        low, high = self.shown_x
        return self.left + (steps - low) * ((self.right - self.left) / (high - low))

    def y_pixels(self, values: Floats) -> Floats:
        """Pixels of `values`, shape (N,); NaN where a logarithmic axis has no place for them."""
        low, high = self.y
        if self.log:
            values = np.log10(np.where(values > 0, values, np.nan))
            low, high = float(np.log10(low)), float(np.log10(high))
        return self.bottom - (values - low) * ((self.bottom - self.top) / (high - low))

    def step_at(self, pixel: float) -> float:
        """The step under a pixel."""
        low, high = self.shown_x
        return low + (pixel - self.left) * (high - low) / max(1.0, self.right - self.left)

    def zoom(self, pixel: float, factor: float) -> None:
        """Show `factor` times as many steps, keeping the one under `pixel` where it is."""
        low, high = self.shown_x
        fixed = self.step_at(pixel)
        self._show(fixed - (fixed - low) * factor, fixed + (high - fixed) * factor)

    def pan(self, pixels: float) -> None:
        """Move what is shown by a number of pixels to the right."""
        low, high = self.shown_x
        distance = pixels * (high - low) / max(1.0, self.right - self.left)
        span = high - low
        low = min(max(low - distance, self.x[0]), self.x[1] - span)
        self._show(low, low + span)

    def x_ticks(self, per_unit: float) -> list[Tick]:
        """Ticks along the steps, labelled in units of `per_unit` steps; as many as there is room for."""
        low, high = self.shown_x
        count = max(1, int((self.right - self.left) // 64))
        return [Tick(tick.value * per_unit, tick.text) for tick in ticks(low / per_unit, high / per_unit, count)]

    def y_ticks(self, factor: float) -> list[Tick]:
        """Ticks along the values, labelled with the value times `factor`."""
        low, high = self.y
        count = max(1, int((self.bottom - self.top) // 40))
        if self.log:
            return log_ticks(low, high, count)
        return [Tick(tick.value / factor, tick.text) for tick in ticks(low * factor, high * factor, min(5, count))]

    def _expected(self, high: float) -> float:
        """The end that is expected, or a part of it as long as little of that would be used."""
        end = self.expected_end
        while high < end / 8:
            end /= 4
        return end

    def _show(self, low: float, high: float) -> None:
        low, high = max(low, self.x[0]), min(high, self.x[1])
        least = (self.x[1] - self.x[0]) * 1e-6
        if high - low < least:
            return
        everything = low <= self.x[0] and high >= self.x[1]
        self.zoomed = None if everything else (low, high)
