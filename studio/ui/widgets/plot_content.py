"""What a plot holds: its curves, what they are measured in, what is shown of them, and the walk along them.

Qt's widgets and pyqtgraph show it; neither they nor NumPy are needed to fill in what is known before
the first point comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.ui.widgets.plot_axis import number_text
from studio.ui.widgets.plot_ranges import Range, Ranges

if TYPE_CHECKING:
    from studio.ui.widgets.plot_curve import Curve

_FAR_STRIDES = 20


@dataclass
class PlotContent:
    """Curves by name, and how they are to be seen."""

    curves: dict[str, Curve] = field(default_factory=dict)
    ranges: Ranges = field(default_factory=Ranges)
    factor: float = 1.0
    """By which values are multiplied before they are shown."""
    unit: str = ""
    steps_per_unit: float = 1.0
    step_word: str = "step"
    axis_word: str = "step"
    """What the numbers along the axis across count; empty where the plot's note says it."""
    window: int = 1
    """Points whose mean is drawn; 1 for none."""
    marks: list[float] = field(default_factory=list)
    shows_now: bool = False
    cursor_step: float | None = None

    @property
    def has_points(self) -> bool:
        """Whether there is anything to draw."""
        return any(len(curve.points) for curve in self.curves.values())

    def clear(self) -> None:
        """Forget curves, marks, zoom and cursor."""
        self.curves.clear()
        self.marks.clear()
        self.ranges.show_everything()
        self.cursor_step = None

    def set_unit(self, unit: str) -> None:
        """Say in which unit values are shown; ``"%"`` shows fractions as per cent."""
        self.unit, self.factor = unit, 100.0 if unit == "%" else 1.0

    def with_unit(self, text: str) -> str:
        """A number with its unit."""
        return f"{text} {self.unit}" if self.unit else text

    def ends(self) -> Range | None:
        """The first and the last step of all curves; None where there is no point."""
        steps = [curve.points.steps for curve in self.curves.values() if len(curve.points)]
        if not steps:
            return None
        return min(float(some[0]) for some in steps), max(float(some[-1]) for some in steps)

    def fit(self) -> None:
        """Let the ranges show all points, or all that lie in the zoomed steps."""
        ends = self.ends()
        if ends is None:
            return
        self.ranges.fit_x(*ends)
        extremes = [found for curve in self.curves.values() if (found := self._extremes(curve))]
        if extremes:
            self.ranges.fit_y(min(low for low, _ in extremes), max(high for _, high in extremes))

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

    def neighbour(self, direction: int, *, far: bool) -> float | None:
        """The step of the next point to the right (1) or left (-1) of the cursor; `far`: a stride on."""
        ends = self.ends()
        if ends is None:
            return None
        if self.cursor_step is None:
            return ends[1] if direction < 0 else ends[0]
        if far:
            low, high = self.ranges.shown_x
            return self.cursor_step + direction * (high - low) / _FAR_STRIDES
        found = [
            float(curve.points.steps[position])
            for curve in self.curves.values()
            if (position := curve.beside(self.cursor_step, direction)) is not None
        ]
        return (min(found) if direction > 0 else max(found)) if found else self.cursor_step

    def pointed(self) -> list[tuple[Curve, float]]:
        """Each curve with its value at the point nearest to the cursor."""
        if self.cursor_step is None:
            return []
        return [
            (curve, float(curve.points.values[position]))
            for curve in self.curves.values()
            if (position := curve.nearest(self.cursor_step)) is not None
        ]

    def cursor_lines(self) -> list[str]:
        """What the cursor says: the step, then a line a curve."""
        if self.cursor_step is None:
            return []
        values = [
            f"{curve.name} {self.with_unit(number_text(value * self.factor))}" for curve, value in self.pointed()
        ]
        return [f"{self.step_word} {number_text(self.cursor_step)}", *values]

    def _extremes(self, curve: Curve) -> Range | None:
        ranges = self.ranges
        start, stop = curve.inside(*ranges.shown_x) if ranges.zoomed else (0, len(curve.points))
        return curve.lowest_and_highest(start, stop, positive=ranges.log)
