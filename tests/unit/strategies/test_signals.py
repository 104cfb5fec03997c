"""Each verdict at its border, for both legs; the numbers are exact in binary."""

import pytest

from trader.strategies.signals import (
    bars_held,
    best_believed_price,
    best_price,
    break_even,
    break_sign,
    cross_is_up,
    excursion,
    has_volume,
    is_beyond,
    is_tighter_stop,
    is_trending,
    is_worth_moving,
    level,
    nearer_target,
    price_is_up,
    ratchet_stop,
    recheck_count,
)
from trader.strategies.sizing import entry_notional

LONG, SHORT = 1, -1


@pytest.mark.parametrize(
    ("top", "bottom", "expected"),
    [
        (11.0, 6.0, LONG),
        (10.0, 6.0, 0),  # at the range is not beyond it
        (9.0, 4.0, SHORT),
        (9.0, 5.0, 0),
        (11.0, 4.0, 0),  # both sides at once
        (11.0, 5.0, LONG),
        (10.0, 4.0, SHORT),
    ],
)
def test_break(top: float, bottom: float, expected: int) -> None:
    assert break_sign(top, bottom, 10.0, 5.0) == expected


@pytest.mark.parametrize(("traded", "expected"), [(124.0, False), (125.0, True), (126.0, True)])
def test_volume_at_the_threshold_is_enough(traded: float, expected: bool) -> None:
    assert has_volume(traded, 100.0, 1.25) is expected


@pytest.mark.parametrize(("efficiency", "expected"), [(0.25, False), (0.2500001, True), (0.0, False)])
def test_the_regime_at_the_threshold_is_range(efficiency: float, expected: bool) -> None:
    assert is_trending(efficiency, 0.25) is expected


@pytest.mark.parametrize(
    ("closes", "expected"),
    [([1.0, 2.0, 3.0, 4.0], True), ([4.0, 3.0, 2.0, 1.0], False), ([2.0, 2.0, 2.0, 2.0], False)],
)
def test_trend_by_cross_and_by_price(closes: list[float], expected: bool) -> None:
    base = [x for close in closes for x in (99.0, close)]  # two base bars a group; only the last one counts
    assert cross_is_up(base, 0, 2, 4, 1, 3) is expected
    assert price_is_up(base, 0, 2, 4, 3) is expected


def test_levels_lie_on_their_side() -> None:
    assert level(128.0, LONG, 0.25) == 160.0
    assert level(128.0, SHORT, 0.25) == 96.0
    assert level(128.0, LONG, -0.25) == 96.0
    assert level(128.0, SHORT, -0.25) == 160.0


@pytest.mark.parametrize(
    ("price", "sign", "expected"),
    [
        (100.0, LONG, True),
        (99.0, LONG, False),
        (101.0, LONG, True),
        (100.0, SHORT, True),
        (101.0, SHORT, False),
    ],
)
def test_at_the_limit_counts_as_beyond(price: float, sign: int, expected: bool) -> None:
    assert is_beyond(price, 100.0, sign) is expected


def test_no_price_that_is_not_a_number_is_beyond_anything() -> None:
    assert not is_beyond(float("nan"), 100.0, LONG)
    assert not is_beyond(float("nan"), 100.0, SHORT)


def test_the_nearer_target_and_the_tighter_stop() -> None:
    assert nearer_target(107.0, 102.0, LONG) == nearer_target(102.0, 107.0, LONG) == 102.0
    assert nearer_target(93.0, 98.0, SHORT) == nearer_target(98.0, 93.0, SHORT) == 98.0
    assert is_tighter_stop(97.0, 96.0, LONG)
    assert not is_tighter_stop(96.0, 96.0, LONG)
    assert is_tighter_stop(103.0, 104.0, SHORT)
    assert not is_tighter_stop(105.0, 104.0, SHORT)


@pytest.mark.parametrize(
    ("first", "last", "sign", "expected"),
    [
        (0, 2, LONG, 107.0),
        (0, 2, SHORT, 95.0),
        (1, 1, LONG, 103.0),
        (1, 1, SHORT, 99.0),
        (1, 0, LONG, 100.0),  # no bar yet: the entry
        (2, 2, SHORT, 95.0),
        (0, 0, SHORT, 100.0),  # every low above the entry
    ],
)
def test_best_price(first: int, last: int, sign: int, expected: float) -> None:
    assert best_price([107.0, 103.0, 101.0], [101.0, 99.0, 95.0], first, last, 100.0, sign) == expected


def test_a_bar_that_cannot_be_believed_is_left_out_of_the_best_price() -> None:
    high, low = [100.5] * 48 + [130.0, 101.5], [99.5] * 48 + [70.0, 98.5]
    assert best_price(high, low, 48, 49, 100.0, LONG) == 130.0
    assert best_believed_price(high, low, 48, 49, 100.0, LONG) == 101.5
    assert best_price(high, low, 48, 49, 100.0, SHORT) == 70.0
    assert best_believed_price(high, low, 48, 49, 100.0, SHORT) == 98.5


def test_excursion_is_a_fraction_of_the_entry() -> None:
    assert excursion(160.0, 128.0, LONG) == 0.25
    assert excursion(96.0, 128.0, SHORT) == 0.25


@pytest.mark.parametrize(
    ("best", "sign", "expected"),
    [
        (256.0, LONG, 192.0),  # a quarter behind the best price
        (160.0, LONG, 136.0),  # 120 would be worse than break-even
        (64.0, SHORT, 80.0),
        (112.0, SHORT, 120.0),
    ],
)
def test_the_ratchet_trails_and_never_gives_back_the_fees(best: float, sign: int, expected: float) -> None:
    assert ratchet_stop(best, 128.0, sign, 0.25, 0.03125) == expected
    assert break_even(128.0, sign, 0.03125) == 128.0 + sign * 8.0


@pytest.mark.parametrize(
    ("new", "old", "sign", "move_min", "expected"),
    [
        (129.0, 128.0, LONG, 1 / 128, True),  # exactly the smallest move
        (128.5, 128.0, LONG, 1 / 128, False),
        (127.0, 128.0, SHORT, 1 / 128, True),
        (127.5, 128.0, SHORT, 1 / 128, False),
        (120.0, 128.0, LONG, 1 / 128, False),  # never looser, however far
        (136.0, 128.0, SHORT, 1 / 128, False),
        (128.0, 128.0, LONG, 0.0, False),
        (128.5, 128.0, LONG, 0.0, True),
    ],
)
def test_which_moves_of_a_stop_are_worth_it(
    new: float, old: float, sign: int, move_min: float, expected: bool
) -> None:
    assert is_worth_moving(new, old, sign, move_min) is expected


@pytest.mark.parametrize(
    ("k_ms", "entry_ms", "expected"),
    [(90, 100, 0), (100, 100, 1), (100, 109, 1), (110, 109, 2), (150, 103, 6)],
)
def test_bars_held_counts_the_bar_of_the_entry(k_ms: int, entry_ms: int, expected: int) -> None:
    assert bars_held(k_ms, entry_ms, 10) == expected


@pytest.mark.parametrize(("held", "expected"), [(-3, 0), (0, 0), (47, 0), (48, 1), (95, 1), (96, 2)])
def test_rechecks_so_far(held: int, expected: int) -> None:
    assert recheck_count(held, 48) == expected


@pytest.mark.parametrize(
    ("cap", "expected"), [(float("inf"), 300.0), (12.0, 300.0), (11.0, 275.0), (0.0, 0.0), (1e9, 300.0)]
)
def test_an_entry_loses_at_most_the_cap_at_its_stop(cap: float, expected: float) -> None:
    assert entry_notional(1200.0, 0.25, 0.04, cap) == expected
