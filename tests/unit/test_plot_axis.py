"""Axes show every point, stay still while they serve, and say round numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.ui.widgets.plot_axis import (
    grown_range,
    log_ticks,
    number_text,
    power_text,
    round_end,
    spacing,
    tick_text,
    ticks,
)

numbers = st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-6)


@given(numbers, numbers)
def test_a_range_shows_all_of_the_data(one, other):
    low, high = sorted((one, other))
    shown = grown_range(None, low, high)
    slack = 1e-8 * max(abs(low), abs(high), 1e-6)
    assert shown[0] <= low + slack
    assert shown[1] >= high - slack
    assert shown[0] < shown[1]


@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9))
def test_a_logarithmic_range_ends_at_powers_of_ten(one, other):
    low, high = sorted((one, other))
    shown = grown_range(None, low, high, log=True)
    assert shown[0] <= low * (1 + 1e-6)
    assert shown[1] >= high * (1 - 1e-6)
    for end in shown:
        assert math.log10(end) == pytest.approx(round(math.log10(end)))


def test_a_range_stays_while_it_serves():
    shown = grown_range(None, 0.0, 0.9)
    assert shown == (0.0, 1.0)
    assert grown_range(shown, 0.1, 0.95) == shown
    assert grown_range(shown, 0.1, 1.01) == (0.0, 1.5)


def test_a_range_shrinks_once_little_of_it_is_used():
    assert grown_range((0.0, 1000.0), 0.0, 0.9) == (0.0, 1.0)
    assert grown_range((1e-6, 1e6), 0.02, 0.9, log=True) == (0.01, 1.0)


def test_a_flat_curve_has_room_around_it():
    low, high = grown_range(None, 2.0, 2.0)
    assert low < 2.0 < high
    assert grown_range(None, 0.0, 0.0)[0] < 0.0


@given(numbers, st.floats(1e-5, 1e6), st.integers(2, 8))
def test_ticks_lie_inside_and_say_different_things(low, span, count):
    if span < abs(low) * 1e-3:
        span = max(1e-5, abs(low) * 1e-3)
    step, found = ticks(low, low + span, count)
    assert len(found) <= count + 1
    slack = 1e-5 * span
    assert all(low - slack <= place <= low + span + slack for place in found)
    if max(abs(low), abs(low + span)) < 1e6 and span > 1e-2:
        assert len({tick_text(place, step) for place in found}) == len(found)


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [
        (0.25, 0.05, "0.25"),
        (0.5, 0.5, "0.5"),
        (3e-7, 1e-7, "3e-7"),
        (2e8, 1e8, "2e8"),
        (15, 5, "15"),
        (20_000, 5000, "20k"),
        (0.0, 0.1, "0"),
    ],
)
def test_tick_text(value, step, text):
    assert tick_text(value, step) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.04123456, "0.04123"),
        (98.94, "98.94"),
        (7.1e-4, "7.1e-4"),
        (1234.4, "1,234"),
        (math.nan, "not a number"),
        (math.inf, "infinite"),
        (0.0, "0"),
        (1.5e9, "1.5e9"),
    ],
)
def test_number_text(value, text):
    assert number_text(value) == text


def test_log_ticks_are_powers_and_thin_out():
    assert log_ticks(-3, 0, 5) == (1, [-3, -2, -1, 0])
    assert [power_text(power) for power in (-5, -3, 0, 3, 4)] == ["1e-5", "0.001", "1", "1000", "1e4"]
    assert len(log_ticks(-12, 12, 5)[1]) <= 6


@given(st.floats(1e-9, 1e15))
def test_round_ends_reach_the_value_and_not_twice_as_far(value):
    assert value * (1 - 1e-9) <= round_end(value) <= 2 * value


def test_spacing_of_nothing_is_one():
    assert spacing(0.0, 4) == 1.0
    assert spacing(math.inf, 4) == 1.0
    assert round_end(math.nan) == 1.0
