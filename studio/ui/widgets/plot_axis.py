"""Ranges of a plot that grow in steps, and where its ticks lie and what they say. No Qt.

A range that follows every new point makes the axis, the costly part of a plot, be painted anew each
frame and the eye lose its hold. These ranges stay until a point leaves them or too little of them
is used.
"""

from __future__ import annotations

import math

_STEPS = (1.0, 2.0, 5.0, 10.0)
_ENDS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_LEAST_USED = 0.35
_LOWEST_LOG = 1e-12


def spacing(span: float, count: int) -> float:
    """A round distance (1, 2 or 5 times a power of ten) that divides `span` in at most `count` parts."""
    if not (span > 0 and math.isfinite(span)):
        return 1.0
    raw = span / max(1, count)
    power = 10.0 ** math.floor(math.log10(raw))
    return next(step * power for step in _STEPS if step * power >= raw * (1 - 1e-9))


def round_end(value: float) -> float:
    """The end of an axis that starts at 0 and shows `value`: a round number, not less."""
    if not (value > 0 and math.isfinite(value)):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(end * power for end in _ENDS if end * power >= value * (1 - 1e-12))


def grown_range(
    current: tuple[float, float] | None, low: float, high: float, *, log: bool = False
) -> tuple[float, float]:
    """The range to show data from `low` to `high` in: `current` as long as it serves, else a round one.

    On a logarithmic axis the ends are powers of ten, and nothing under 1e-12 is shown.
    """
    if log:
        return _grown_decades(current, max(low, _LOWEST_LOG), max(high, _LOWEST_LOG))
    if current is not None and current[0] <= low and high <= current[1]:
        used = high - low
        if used >= _LEAST_USED * (current[1] - current[0]) or used == 0:
            return current
    if high == low:
        margin = abs(high) * 0.1 or 0.5
        low, high = low - margin, high + margin
    step = spacing(high - low, 4)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def ticks(low: float, high: float, count: int) -> tuple[float, list[float]]:
    """The distance of at most `count` + 1 round places in [low, high], and the places."""
    step = spacing(high - low, count)
    first = math.ceil(low / step - 1e-6)
    last = math.floor(high / step + 1e-6)
    return step, [index * step for index in range(first, last + 1)]


def log_ticks(low: float, high: float, count: int) -> tuple[float, list[float]]:
    """The distance of about `count` whole powers of ten in [low, high], themselves powers, and the places."""
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    stride = max(1, -(-(last - first) // max(1, count)))
    return float(stride), [float(power) for power in range(first, last + 1, stride)]


def tick_text(value: float, step: float) -> str:
    """`value` with the digits that a distance of `step` asks for: ``"0.25"``, ``"15"``, ``"20k"``, ``"3e-07"``."""
    if abs(value) < step * 1e-6:
        return "0"
    size = max(abs(value), step)
    if size >= 1e7 or size < 1e-4:
        return _scientific(value, 1)
    if step >= 1000:
        return f"{value / 1000:g}k"
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value:.{digits}f}"


def power_text(power: float) -> str:
    """Ten to a whole `power`: ``"0.01"``, ``"100"``, ``"1e-6"``."""
    if -4 <= power <= 3:
        return f"{10.0**power:.{max(0, -round(power))}f}"
    return f"1e{round(power)}"


def number_text(value: float) -> str:
    """A measured value with four digits that count: ``"0.0412"``, ``"98.9"``, ``"7.1e-4"``, ``"1,234"``."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 1e6 or size < 1e-3:
        return _scientific(value, 2)
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _grown_decades(current: tuple[float, float] | None, low: float, high: float) -> tuple[float, float]:
    if current is not None and 0 < current[0] <= low and high <= current[1]:
        used = math.log10(high / low)
        if used >= _LEAST_USED * math.log10(current[1] / current[0]) or used == 0:
            return current
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    return 10.0**first, 10.0 ** max(last, first + 1)


def _scientific(value: float, digits: int) -> str:
    mantissa, _, power = f"{value:.{digits}e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.') if digits else mantissa}e{int(power)}"
