"""A curve of any length that is drawn in constant time: each bucket keeps its lowest and highest value.

Ten million points do not fit on a thousand pixels. What the eye needs of those that share a pixel
is their lowest and highest value, and these are kept for blocks of 16, 32, 64 … points while the
curve grows, so that a frame only copies a slice. Buckets lie at fixed places of the curve, so that
the picture does not shimmer while points are added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_SMALLEST_BLOCK = 16
_FIRST_CAPACITY = 256


class GrowingArray:
    """Numbers that are appended in place; the memory doubles when it is full."""

    def __init__(self) -> None:
        self._memory: Floats = np.empty(_FIRST_CAPACITY, dtype=np.float64)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def values(self) -> Floats:
        """What is there, shape (N,), as a view that the next append may leave behind."""
        return self._memory[: self._length]

    def append(self, values: Floats) -> None:
        """Add `values`, shape (M,), at the end."""
        needed = self._length + len(values)
        if needed > len(self._memory):
            larger = np.empty(max(needed, 2 * len(self._memory)), dtype=np.float64)
            larger[: self._length] = self.values
            self._memory = larger
        self._memory[self._length : needed] = values
        self._length = needed

    def truncate(self, length: int) -> None:
        """Forget everything from position `length` on."""
        self._length = min(self._length, length)


@dataclass(frozen=True)
class Extremes:
    """What is drawn of a range: bucket `i` covers the points `first[i]` to `first[i + 1]` (exclusive).

    `low` and `high` are NaN where a bucket holds no finite value. `first` has one entry more than
    the other two: the end of the range.
    """

    first: NDArray[np.int64]
    low: Floats
    high: Floats


class MinMaxPyramid:
    """Points (step, value) in the order of their steps, with fast lowest and highest values of any range."""

    def __init__(self) -> None:
        self._steps = GrowingArray()
        self._values = GrowingArray()
        self._low: list[GrowingArray] = []
        self._high: list[GrowingArray] = []

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def steps(self) -> Floats:
        """Steps, shape (N,), never falling."""
        return self._steps.values

    @property
    def values(self) -> Floats:
        """Values, shape (N,), as they were given."""
        return self._values.values

    def clear(self) -> None:
        """Forget every point."""
        self.truncate(0)

    def append(self, steps: ArrayLike, values: ArrayLike) -> None:
        """Add points; those that begin before the end of the curve replace it from there on.

        A run that was resumed from a checkpoint measures some steps again: the newer ones count.

        Args:
            steps: shape (M,), in order.
            values: shape (M,); what is not finite becomes a gap in the drawing.

        Raises:
            ValueError: the two have different lengths, or the steps fall.
        """
        new_steps = np.asarray(steps, dtype=np.float64).ravel()
        new_values = np.asarray(values, dtype=np.float64).ravel()
        if len(new_steps) != len(new_values):
            raise ValueError(f"{len(new_steps)} steps came with {len(new_values)} values")
        if not len(new_steps):
            return
        if np.any(np.diff(new_steps) < 0):
            raise ValueError("the steps of a curve must not fall")
        if len(self) and new_steps[0] <= self.steps[-1]:
            self.truncate(int(np.searchsorted(self.steps, new_steps[0], side="left")))
        self._steps.append(new_steps)
        self._values.append(new_values)
        self._grow_levels()

    def truncate(self, length: int) -> None:
        """Forget the points from position `length` on."""
        self._steps.truncate(length)
        self._values.truncate(length)
        block = _SMALLEST_BLOCK
        for low, high in zip(self._low, self._high, strict=True):
            low.truncate(length // block)
            high.truncate(length // block)
            block *= 2

    def extremes(self, start: int, stop: int, buckets: int) -> Extremes:
        """The lowest and highest finite value of at most `buckets` + 1 stretches of [start, stop)."""
        start, stop = max(0, start), min(stop, len(self))
        if start >= stop:
            return Extremes(np.zeros(1, np.int64), np.empty(0), np.empty(0))
        width = 1
        while (stop - start) > width * max(1, buckets):
            width *= 2
        first = np.arange(start // width * width, stop, width, dtype=np.int64)
        first[0] = start
        edges = np.append(first, stop)
        if width < _SMALLEST_BLOCK:
            finite = _finite(self.values[start:stop])
            offsets = first - start
            return Extremes(edges, np.fmin.reduceat(finite, offsets), np.fmax.reduceat(finite, offsets))
        low = np.empty(len(first))
        high = np.empty(len(first))
        level = (width // _SMALLEST_BLOCK).bit_length() - 1
        inner = slice(start // width + 1, stop // width)
        count = max(0, inner.stop - inner.start)
        if count:
            low[1 : 1 + count] = self._low[level].values[inner]
            high[1 : 1 + count] = self._high[level].values[inner]
        for index in {0, *range(1 + count, len(first))}:
            part = _finite(self.values[edges[index] : edges[index + 1]])
            low[index], high[index] = np.fmin.reduce(part), np.fmax.reduce(part)
        return Extremes(edges, low, high)

    def polyline(self, start: int, stop: int, buckets: int) -> tuple[Floats, Floats]:
        """Steps and values to draw [start, stop) with: the points themselves where they are few.

        Otherwise two points a bucket, its lowest and its highest value, so at most 2 × `buckets` + 2.
        """
        start, stop = max(0, start), min(stop, len(self))
        if stop - start <= 2 * buckets:
            return self.steps[start:stop].copy(), _finite(self.values[start:stop])
        extremes = self.extremes(start, stop, buckets)
        first = extremes.first
        steps = np.empty(2 * len(extremes.low))
        values = np.empty_like(steps)
        steps[0::2] = self.steps[first[:-1]]
        steps[1::2] = self.steps[(first[:-1] + first[1:]) // 2]
        values[0::2], values[1::2] = extremes.low, extremes.high
        return steps, values

    def smoothed(self, start: int, stop: int, buckets: int, window: int) -> tuple[Floats, Floats]:
        """Steps and trailing means over the last `window` points, at no more than `buckets` + 1 places."""
        start, stop = max(0, start), min(stop, len(self))
        if start >= stop:
            return np.empty(0), np.empty(0)
        width = -(-(stop - start) // max(1, buckets))
        ends = np.arange(start // width * width + width - 1, stop, width, dtype=np.int64)
        ends = np.unique(np.clip(np.append(ends, stop - 1), start, stop - 1))
        places = ends[:, None] + np.arange(1 - window, 1)
        parts = self.values[np.maximum(places, 0)]
        counted = np.isfinite(parts) & (places >= 0)
        count = counted.sum(axis=1)
        total = np.where(counted, parts, 0.0).sum(axis=1)
        return self.steps[ends], np.divide(total, count, out=np.full(len(ends), np.nan), where=count > 0)

    def _grow_levels(self) -> None:
        block, level = _SMALLEST_BLOCK, 0
        while len(self) >= block:
            if level == len(self._low):
                self._low.append(GrowingArray())
                self._high.append(GrowingArray())
            have, want = len(self._low[level]), len(self) // block
            if want > have:
                if level == 0:
                    low = high = _finite(self.values[have * block : want * block])
                    factor = block
                else:
                    low = self._low[level - 1].values[2 * have : 2 * want]
                    high = self._high[level - 1].values[2 * have : 2 * want]
                    factor = 2
                self._low[level].append(np.fmin.reduce(low.reshape(-1, factor), axis=1))
                self._high[level].append(np.fmax.reduce(high.reshape(-1, factor), axis=1))
            block, level = 2 * block, level + 1


def _finite(values: Floats) -> Floats:
    """A copy with NaN for what is not finite."""
    return np.where(np.isfinite(values), values, np.nan)
