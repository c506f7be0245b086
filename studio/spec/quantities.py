"""Numbers with their units, as the window and the command line write them."""

from __future__ import annotations

import math
import re

_SHARES = (
    "accuracy",
    "balanced_accuracy",
    "exact",
    "top5",
    "precision",
    "recall",
    "f1",
    "iou",
    "map",
    "map50",
    "neighbours",
)


def duration(seconds: float) -> str:
    """A time that reads well: ``0.4 s``, ``12 s``, ``3 min 5 s``, ``2 h 10 min``; a dash where it is not known."""
    if not math.isfinite(seconds) or seconds < 0:
        return "–"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def size(count: float) -> str:
    """A number of bytes with its unit, in thousands: ``512 B``, ``1.2 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def number(value: float | None) -> str:
    """A measured number in four digits; a dash where there is none."""
    return "–" if value is None else f"{value:.4g}"


def measure(value: float | None, metric: str) -> str:
    """A metric's value: shares such as an accuracy in per cent (``98.9 %``), all else in four digits."""
    if value is not None and is_share(metric) and math.isfinite(value):
        return f"{value * 100:.1f} %" if value < 0.9995 or value == 1 else f"{value * 100:.2f} %"
    return number(value)


def is_share(metric: str) -> bool:
    """Whether a curve of this name (``accuracy/test``) goes from 0 to 1 and reads better in per cent."""
    return metric.partition("/")[0].lower() in _SHARES


def metric_title(metric: str) -> str:
    """A curve's name as words: ``accuracy/test`` → ``accuracy, test``."""
    return metric.replace("/", ", ") or "–"


def read_number(text: str) -> float:
    """The number that a person typed; ``0,5`` with a decimal comma too.

    ``1,000`` is refused: it is a thousand to some and one to others.

    Raises:
        ValueError: it is no number.
    """
    text = text.strip()
    if re.fullmatch(r"[+-]?(0?,\d+|\d+,(\d{1,2}|\d{4,}))(e[+-]?\d+)?", text, re.IGNORECASE):
        text = text.replace(",", ".")
    return float(text)
