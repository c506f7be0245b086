"""The drawn outline of a curve never loses its lowest or highest point, however long the curve is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from studio.ui.widgets.min_max_pyramid import GrowingArray, MinMaxPyramid

values = hnp.arrays(
    np.float64, st.integers(0, 700), elements=st.floats(allow_nan=True, allow_infinity=True, width=64)
)


def _of(points: np.ndarray, chunk: int = 10**9) -> MinMaxPyramid:
    pyramid = MinMaxPyramid()
    for begin in range(0, len(points), chunk):
        part = points[begin : begin + chunk]
        pyramid.append(np.arange(begin, begin + len(part)), part)
    return pyramid


def _low_and_high(part: np.ndarray) -> tuple[float, float]:
    finite = part[np.isfinite(part)]
    return (finite.min(), finite.max()) if len(finite) else (np.nan, np.nan)


@settings(deadline=None, max_examples=200)
@given(values, st.integers(1, 90), st.integers(1, 40), st.data())
def test_buckets_hold_the_extremes_of_their_points(points, chunk, buckets, data):
    pyramid = _of(points, chunk)
    start = data.draw(st.integers(0, len(points)))
    stop = data.draw(st.integers(start, len(points)))
    extremes = pyramid.extremes(start, stop, buckets)
    assert len(extremes.low) == len(extremes.high) == len(extremes.first) - 1
    assert len(extremes.low) <= buckets + 1
    if start == stop:
        assert not len(extremes.low)
        return
    assert extremes.first[0] == start
    assert extremes.first[-1] == stop
    for index, (low, high) in enumerate(zip(extremes.low, extremes.high, strict=True)):
        part = points[extremes.first[index] : extremes.first[index + 1]]
        np.testing.assert_equal((low, high), _low_and_high(part))


@settings(deadline=None, max_examples=100)
@given(values, st.integers(1, 90), st.integers(0, 700))
def test_points_measured_again_replace_the_old_ones(points, chunk, position):
    pyramid = _of(points, chunk)
    position = min(position, len(points))
    again = np.linspace(0.0, 1.0, 40)
    pyramid.append(np.arange(position, position + 40), again)
    expected = np.concatenate([points[:position], again])
    np.testing.assert_array_equal(pyramid.values, expected)
    extremes = pyramid.extremes(0, len(expected), 3)
    for index in range(len(extremes.low)):
        part = expected[extremes.first[index] : extremes.first[index + 1]]
        np.testing.assert_equal((extremes.low[index], extremes.high[index]), _low_and_high(part))


@settings(deadline=None, max_examples=100)
@given(values, st.integers(1, 40), st.integers(1, 50))
def test_smoothing_is_the_mean_of_the_last_finite_points(points, buckets, window):
    points = np.where(np.abs(points) > 1e100, np.inf, points)
    pyramid = _of(points)
    steps, means = pyramid.smoothed(0, len(points), buckets, window)
    assert len(steps) <= buckets + 1
    if len(points):
        assert steps[-1] == len(points) - 1
    for step, mean in zip(steps.astype(int), means, strict=True):
        part = points[max(0, step + 1 - window) : step + 1]
        finite = part[np.isfinite(part)]
        expected = finite.mean() if len(finite) else np.nan
        np.testing.assert_allclose(mean, expected, rtol=1e-9, atol=1e-9 * np.abs(finite).max(initial=0.0))


def test_few_points_are_drawn_as_they_are():
    pyramid = _of(np.array([3.0, np.inf, 1.0]))
    steps, drawn = pyramid.polyline(0, 3, 100)
    np.testing.assert_array_equal(steps, [0, 1, 2])
    np.testing.assert_array_equal(drawn, [3.0, np.nan, 1.0])


def test_drawn_steps_never_fall_and_lie_in_the_range():
    pyramid = _of(np.sin(np.arange(100_000) / 1000))
    steps, drawn = pyramid.polyline(123, 98_765, 300)
    assert len(steps) == len(drawn) <= 602
    assert np.all(np.diff(steps) >= 0)
    assert steps[0] == 123
    assert steps[-1] < 98_765


def test_fixed_buckets_keep_the_picture_still_while_the_curve_grows():
    noise = np.random.default_rng(0).normal(size=30_000)
    pyramid = _of(noise)
    before = pyramid.extremes(0, 30_000, 400)
    pyramid.append(np.arange(30_000, 30_500), np.zeros(500))
    after = pyramid.extremes(0, 30_500, 400)
    np.testing.assert_array_equal(before.low[:-1], after.low[: len(before.low) - 1])


def test_steps_that_fall_and_lengths_that_differ_are_refused():
    pyramid = MinMaxPyramid()
    with pytest.raises(ValueError, match="must not fall"):
        pyramid.append([2, 1], [0, 0])
    with pytest.raises(ValueError, match="2 steps came with 1 values"):
        pyramid.append([1, 2], [0])
    assert len(pyramid) == 0


def test_memory_doubles_and_no_more():
    growing = GrowingArray()
    for _ in range(1000):
        growing.append(np.ones(3))
    assert len(growing) == 3000
    assert growing.values.sum() == 3000
    assert growing.values.base is not None
    assert len(growing.values.base) == 4096


def test_ten_million_points_are_outlined_by_a_few_thousand():
    values = np.random.default_rng(0).normal(size=10_000_000)
    pyramid = _of(values, 1_000_000)
    steps, outline = pyramid.polyline(0, len(pyramid), 1000)
    assert len(steps) == len(outline) <= 4 * 1000
    assert (outline.min(), outline.max()) == (values.min(), values.max())
