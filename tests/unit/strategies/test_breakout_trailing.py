"""The ratchet: when it begins, where it puts the stop, what it never does, and what a spike may not do."""

import pytest

from tests.support.breakout_positions import ENTRY_BAR, holds
from tests.support.breakout_scenes import (
    Row,
    candles_of,
    changed,
    facts_of,
    held_since,
    quiet,
    wanted,
    without,
)
from trader.core.candles import Candles
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.target import WantHold

FLOOR = 100.0 * (1 + 2 * 0.00045)
RATCHET = {"trailing": "ratchet", "early_mfe": 0.0, "max_hold_hours": 240}


def rows_with(highs: dict[int, float], *, held: int = 10, lows: dict[int, float] | None = None) -> list[Row]:
    """Flat rows around 100 with a few extremes, counted from the bar of the entry."""
    rows = quiet(ENTRY_BAR + held, step=0.0)
    for bar, high in highs.items():
        rows[ENTRY_BAR + bar] = changed(rows[ENTRY_BAR + bar], high=high)
    for bar, low in (lows or {}).items():
        rows[ENTRY_BAR + bar] = changed(rows[ENTRY_BAR + bar], low=low)
    return rows


def trailed(
    candles: Candles,
    *,
    mark: float = 110.0,
    live: float | None = 95.0,
    leg: Leg = Leg.LONG,
    **params: object,
) -> WantHold:
    holding = held_since(candles, ENTRY_BAR, leg=leg)
    facts = facts_of(
        mark=mark, holding=holding, live_stop=live, live_target=500.0 if leg is Leg.LONG else 1.0
    )
    return holds(wanted(candles, facts, **(RATCHET | params)))


@pytest.mark.parametrize(
    ("high", "stop", "role"),
    [
        (102.9, 95.0, Role.STOP),  # not activated
        (103.0, FLOOR, Role.TRAIL),  # 97.85 would be worse than break-even
        (110.0, 110.0 * 0.95, Role.TRAIL),
        (104.0, FLOOR, Role.TRAIL),
    ],
)
def test_the_ratchet_of_a_long(high: float, stop: float, role: Role) -> None:
    answer = trailed(candles_of(rows_with({3: high})))
    assert (answer.stop, answer.stop_role) == (stop, role)


@pytest.mark.parametrize(
    ("low", "stop", "role"),
    [
        (97.1, 105.0, Role.STOP),
        (97.0, 100.0 * (1 - 2 * 0.00045), Role.TRAIL),
        (90.0, 90.0 * 1.05, Role.TRAIL),
    ],
)
def test_the_ratchet_of_a_short(low: float, stop: float, role: Role) -> None:
    candles = candles_of(rows_with({}, lows={3: low}))
    answer = trailed(candles, mark=90.0, live=105.0, leg=Leg.SHORT)
    assert (answer.stop, answer.stop_role) == (stop, role)


@pytest.mark.parametrize(("bar", "counts"), [(-1, False), (0, False), (1, True), (9, True)])
def test_the_best_price_is_that_of_the_bars_after_the_entry(bar: int, counts: bool) -> None:
    answer = trailed(candles_of(rows_with({bar: 108.0})))
    assert (answer.stop_role is Role.TRAIL) is counts


def test_a_better_average_entry_is_itself_a_best_price() -> None:
    answer = trailed(candles_of(rows_with({}, held=0)), mark=120.0, trail_activation=0.0)
    assert (answer.stop, answer.stop_role) == (FLOOR, Role.TRAIL)


def test_without_trailing_nothing_moves() -> None:
    answer = trailed(candles_of(rows_with({3: 110.0})), trailing="none")
    assert (answer.stop, answer.stop_role) == (95.0, Role.STOP)


@pytest.mark.parametrize(
    ("live", "stop"),
    [
        (104.3, 104.5),
        (104.4, 104.4),  # 0.1 is less than a thousandth of it: wait
        (104.5, 104.5),
        (104.6, 104.6),  # the live stop is tighter: it is the memory
        (109.0, 109.0),
    ],
)
def test_small_moves_wait_and_a_tighter_live_stop_stays(live: float, stop: float) -> None:
    answer = trailed(candles_of(rows_with({3: 110.0})), live=live)
    assert answer.stop == pytest.approx(stop)
    assert answer.stop_role is Role.TRAIL


@pytest.mark.parametrize(
    ("mark", "stop"), [(104.51, 104.5), (104.5, 95.0), (104.0, 95.0), (float("nan"), 95.0)]
)
def test_a_ratchet_beyond_mark_is_refused_and_reported(mark: float, stop: float) -> None:
    answer = trailed(candles_of(rows_with({3: 110.0})), mark=mark)
    assert answer.stop == pytest.approx(stop)
    assert ("trail refused: 104.5 is beyond mark" in answer.reason) is (stop == 95.0)


def test_a_ratchet_beyond_mark_without_a_live_stop_leaves_the_exact_one() -> None:
    answer = trailed(candles_of(rows_with({3: 110.0})), mark=104.0, live=None)
    assert (answer.stop, answer.stop_role) == (95.0, Role.STOP)
    assert "trail refused" in answer.reason


def test_a_dead_stop_comes_back_where_the_ratchet_had_it() -> None:
    answer = trailed(candles_of(rows_with({3: 110.0})), live=None)
    assert (answer.stop, answer.stop_role) == (104.5, Role.TRAIL)
    assert answer.stop_reason == "trail: best 110, 10 % from entry"


def test_the_exact_stop_replaces_a_looser_live_one_but_not_beyond_mark() -> None:
    candles = candles_of(rows_with({}))
    moved = trailed(candles, live=94.0, mark=100.0, trailing="none")
    assert (moved.stop, moved.stop_role) == (95.0, Role.STOP)
    stays = trailed(candles, live=94.0, mark=95.0, trailing="none")
    assert stays.stop == 94.0
    assert "stop stays at 94: 95 is beyond mark 95" in stays.reason
    short = trailed(candles, live=106.0, mark=105.0, trailing="none", leg=Leg.SHORT)
    assert short.stop == 106.0


@pytest.mark.parametrize("live", [95.0, 101.0])
def test_the_bar_of_a_spike_moves_no_stop(live: float) -> None:
    rows = rows_with({3: 108.0})
    rows[-1] = changed(rows[-1], high=125.0)
    answer = trailed(candles_of(rows), mark=124.0, live=live)
    assert answer.stop == live
    assert f"stop untouched at {live:g}: the range of the last bar cannot be believed" in answer.reason


def test_the_exact_stop_waits_for_a_bar_that_can_be_believed() -> None:
    rows = rows_with({9: 125.0})
    assert trailed(candles_of(rows), live=94.0, trailing="none").stop == 94.0


def test_a_spike_does_not_move_the_stop_of_a_later_tick_either() -> None:
    rows = rows_with({3: 125.0})
    assert trailed(candles_of(rows), mark=124.0).stop == 95.0
    believed = trailed(candles_of(rows_with({3: 125.0, 5: 106.0})), mark=124.0)
    assert believed.stop == pytest.approx(106.0 * 0.95)


@pytest.mark.parametrize(("bars", "judged"), [(57, True), (56, False)])
def test_the_ratchet_needs_the_bars_since_the_entry_and_the_usual_width_before(
    bars: int, judged: bool
) -> None:
    rows = rows_with({3: 110.0})  # nine bars after the entry's, and 48 before the first of them
    whole = candles_of(rows)
    tail = candles_of(rows[-bars:], start_ms=whole.open_ms[-bars])
    holding = held_since(whole, ENTRY_BAR)
    answer = holds(wanted(tail, facts_of(mark=110.0, holding=holding, live_stop=95.0), **RATCHET))
    assert (answer.stop_role is Role.TRAIL) is judged
    assert ("trail not judged: warm-up" in answer.reason) is not judged


@pytest.mark.parametrize(("bars", "seen"), [(49, True), (48, False)])
def test_a_spike_is_seen_with_the_bars_before_it(bars: int, seen: bool) -> None:
    rows = rows_with({9: 125.0})
    whole = candles_of(rows)
    tail = candles_of(rows[-bars:], start_ms=whole.open_ms[-bars])
    holding = held_since(whole, ENTRY_BAR)
    answer = holds(wanted(tail, facts_of(mark=110.0, holding=holding, live_stop=94.0), early_mfe=0.0))
    assert ("stop untouched" in answer.reason) is seen


def test_a_hole_since_the_entry_leaves_the_stop_and_says_so() -> None:
    candles = without(candles_of(rows_with({3: 110.0})), ENTRY_BAR + 6)
    answer = trailed(candles)
    assert answer.stop == 95.0
    assert "trail not judged: gap: a bar is missing in its bars" in answer.reason


def test_a_stop_only_ever_tightens_over_a_life() -> None:
    highs = {1: 103.5, 3: 104.5, 5: 109.0, 8: 112.0, 12: 108.0, 20: 118.0}
    rows = rows_with(highs, held=40)
    live = 94.9
    for held in range(41):
        candles = candles_of(rows[: ENTRY_BAR + held])
        stop = trailed(candles, live=live, mark=rows[ENTRY_BAR + held - 1][1]).stop
        assert stop >= live
        live = stop
    assert live == pytest.approx(118.0 * 0.95)
