"""Each indicator against numbers worked out by hand, and windows at their edges."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader.strategies.indicators import (
    GAP,
    WARM_UP,
    directional_efficiency,
    ema,
    groups_first,
    highest,
    is_spike,
    lowest,
    median_range,
    traded_mean,
    true_range,
    window_first,
)

HALF_HOUR = 1_800_000
FOUR_HOURS = 8 * HALF_HOUR


@pytest.mark.parametrize(
    ("last", "bars", "expected"),
    [(9, 10, 0), (9, 11, WARM_UP), (9, 1, 9), (5, 3, 3), (0, 1, 0), (0, 2, WARM_UP)],
)
def test_a_window_ends_at_its_last_bar(last: int, bars: int, expected: int) -> None:
    times = [1000 + 10 * i for i in range(10)]
    assert window_first(times, last, bars, 10) == expected


@pytest.mark.parametrize(
    ("times", "last", "bars", "expected"),
    [
        ([0, 10, 30, 40], 3, 2, 2),
        ([0, 10, 30, 40], 3, 3, GAP),
        ([0, 10, 30, 40], 3, 5, GAP),
        ([0, 10, 30, 40], 3, 6, WARM_UP),
        ([0, 10, 10, 30], 3, 4, GAP),
        ([0, 10, 15, 30], 3, 4, GAP),
    ],
)
def test_a_missing_bar_is_a_gap_only_inside_the_window(
    times: list[int], last: int, bars: int, expected: int
) -> None:
    assert window_first(times, last, bars, 10) == expected


@pytest.mark.parametrize(
    ("k", "groups", "expected"),
    [
        (7, 1, 0),  # the bar that closes at 04:00 completes the group
        (6, 1, WARM_UP),  # one bar short of it
        (8, 1, 0),
        (14, 1, 0),  # seven bars into the next group: still the first one
        (15, 1, 8),
        (15, 2, 0),
        (15, 3, WARM_UP),
    ],
)
def test_a_higher_bar_is_closed_with_its_last_base_bar(k: int, groups: int, expected: int) -> None:
    times = [i * HALF_HOUR for i in range(20)]
    assert groups_first(times, k, groups, HALF_HOUR, FOUR_HOURS) == expected


def test_groups_stand_on_utc_borders_wherever_the_history_begins() -> None:
    times = [(i + 3) * HALF_HOUR for i in range(30)]  # begins at 01:30
    assert groups_first(times, 29, 2, HALF_HOUR, FOUR_HOURS) == 13  # 08:00 .. 16:00; bar 29 opens at 16:00
    assert groups_first(times, 12, 1, HALF_HOUR, FOUR_HOURS) == 5
    assert groups_first(times, 11, 1, HALF_HOUR, FOUR_HOURS) == WARM_UP  # 00:00 .. 04:00 is not complete


def test_a_gap_outside_the_groups_does_not_move_them() -> None:
    times = [i * HALF_HOUR for i in range(20) if i != 17]
    assert groups_first(times, 18, 2, HALF_HOUR, FOUR_HOURS) == 0
    assert groups_first([t for t in times if t != 3 * HALF_HOUR], 17, 2, HALF_HOUR, FOUR_HOURS) == GAP
    assert groups_first([t for t in times if t != 15 * HALF_HOUR], 17, 1, HALF_HOUR, FOUR_HOURS) == GAP


def test_a_frame_that_is_its_own_group() -> None:
    times = [i * FOUR_HOURS for i in range(5)]
    assert groups_first(times, 4, 3, FOUR_HOURS, FOUR_HOURS) == 2
    assert groups_first(times, 0, 1, FOUR_HOURS, FOUR_HOURS) == 0


@pytest.mark.parametrize(
    ("first", "step", "count", "period", "expected"),
    [
        (0, 1, 1, 3, 8.0),  # the seed alone
        (0, 1, 3, 3, 6.0),  # a = 1/2: 8 -> (4+8)/2 = 6 -> (6+6)/2 = 6
        (1, 2, 2, 3, 3.0),  # every second value: 4, 2
        (0, 1, 5, 1, 16.0),  # a = 1: the last value
        (3, 1, 2, 7, 5.5),  # a = 1/4: 16/4 + 2*3/4
    ],
)
def test_ema_by_hand(first: int, step: int, count: int, period: int, expected: float) -> None:
    assert ema([8.0, 4.0, 6.0, 2.0, 16.0], first, step, count, period) == expected


def test_extremes_and_the_mean_keep_to_their_window() -> None:
    values = [9.0, 1.0, 5.0, 3.0, 8.0]
    assert (highest(values, 1, 3), lowest(values, 2, 4)) == (5.0, 3.0)
    assert (highest(values, 4, 4), lowest(values, 0, 0)) == (8.0, 9.0)
    assert traded_mean(values, [1.0, 2.0, 2.0, 4.0, 1.0], 1, 3) == (2.0 + 10.0 + 12.0) / 3


@pytest.mark.parametrize(
    ("top", "bottom", "previous", "expected"),
    [(5.0, 3.0, 4.0, 2.0), (5.0, 3.0, 1.0, 4.0), (5.0, 3.0, 9.0, 6.0), (5.0, 5.0, 5.0, 0.0)],
)
def test_true_range_counts_the_jump(top: float, bottom: float, previous: float, expected: float) -> None:
    assert true_range(top, bottom, previous) == expected


def test_efficiency_by_hand() -> None:
    # two bars a day, three days; day 0 closes at 10
    high = [99.0, 99.0, 12.0, 13.0, 14.0, 12.0]
    low = [1.0, 1.0, 11.0, 10.0, 11.0, 11.0]
    close = [50.0, 10.0, 12.0, 12.0, 13.0, 11.0]
    # day 1: range 13-10 = 3, jumps 3 and 0: 3; day 2: 14-11 = 3, jumps 2 and 1: 3
    assert directional_efficiency(high, low, close, 0, 2, 2) == (11.0 - 10.0) / 6.0
    assert directional_efficiency(high, low, close, 0, 1, 2) == 2.0 / 3.0
    assert directional_efficiency(high, low, close, 2, 1, 2) == 1.0 / 3.0  # 12 down to 11


def test_efficiency_of_a_market_that_stands_still_is_zero() -> None:
    still = [7.0] * 16
    assert directional_efficiency(still, still, still, 0, 7, 2) == 0.0


def test_efficiency_of_a_straight_line_is_one() -> None:
    line = [float(i) for i in range(1, 17)]
    assert directional_efficiency(line, line, line, 0, 7, 2) == 1.0


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [([3.0], 3.0), ([3.0, 1.0], 2.0), ([5.0, 1.0, 2.0], 2.0), ([4.0, 1.0, 9.0, 2.0], 3.0)],
)
def test_median_range(ranges: list[float], expected: float) -> None:
    assert median_range(ranges, [0.0] * len(ranges), 0, len(ranges)) == expected


@pytest.mark.parametrize(
    ("narrow", "spread", "expected"),
    [
        (48, 20.0, False),  # exactly twenty times is still believed
        (48, 20.5, True),
        (25, 20.5, True),  # both middle bars are narrow
        (24, 20.5, False),  # the median is (1 + 2) / 2
        (24, 30.0, False),
        (24, 30.5, True),
        (23, 39.0, False),
    ],
)
def test_a_bar_is_a_spike_beyond_twenty_times_the_median(narrow: int, spread: float, expected: bool) -> None:
    ranges = [1.0] * narrow + [2.0] * (48 - narrow) + [spread]
    shuffled = ranges[:48][::-1] + ranges[48:]
    for high in (ranges, shuffled):
        assert is_spike(high, [0.0] * 49, 48) is expected


@given(st.lists(st.floats(0.0, 100.0), min_size=49, max_size=49), st.floats(0.0, 40.0))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_the_short_way_of_is_spike_changes_nothing(ranges: list[float], factor: float) -> None:
    ranked = sorted(ranges[:48])
    median = (ranked[23] + ranked[24]) / 2.0
    high = [*ranges[:48], factor * median]
    assert is_spike(high, [0.0] * 49, 48) is (high[48] > 20.0 * median)
