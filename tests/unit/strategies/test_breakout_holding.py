"""The breakout strategy with a position: what closes it, and in which order."""

import pytest

from tests.support.breakout_positions import ENTRY_BAR, after, closes, facts_on, flat, holds
from tests.support.breakout_scenes import candles_of, changed, facts_of, held_since, quiet, wanted, without
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.target import WantClose, WantHold


@pytest.mark.parametrize("leg", list(Leg))
@pytest.mark.parametrize(
    ("held", "closed"), [(0, False), (1, False), (2, False), (3, True), (4, True), (20, True)]
)
def test_early_validation_waits_for_its_bars_and_then_stands(leg: Leg, held: int, closed: bool) -> None:
    candles = candles_of(after(held, early_high=100.7, early_low=99.3))
    answer = wanted(candles, facts_on(candles, leg=leg))
    if not closed:
        assert holds(answer).reason == f"held {held} of 120 bars"
    else:
        close = closes(answer)
        assert close.role is Role.CLOSE_EARLY
        best = "100.7" if leg is Leg.LONG else "99.3"
        assert close.reason == (
            f"early validation: best {best} is 0.7 % from entry 100 in 2 bars, below 0.8 %"
        )


@pytest.mark.parametrize(("high", "closed"), [(101.5624, True), (101.5625, False), (103.0, False)])
def test_an_excursion_at_the_threshold_is_enough(high: float, closed: bool) -> None:
    candles = candles_of(after(3, early_high=high))
    answer = wanted(candles, facts_on(candles), early_mfe=0.015625)
    assert isinstance(answer, WantClose) is closed


@pytest.mark.parametrize(("bar", "counts"), [(0, False), (1, True), (2, True), (3, False)])
def test_early_validation_looks_at_the_bars_after_the_entry_only(bar: int, counts: bool) -> None:
    rows = flat(ENTRY_BAR + 6)
    rows[ENTRY_BAR + bar] = changed(rows[ENTRY_BAR + bar], high=102.0)
    candles = candles_of(rows)
    assert isinstance(wanted(candles, facts_on(candles)), WantHold) is counts


def test_the_highs_of_a_short_are_not_in_its_favour() -> None:
    candles = candles_of(after(5, early_high=105.0, early_low=99.9))
    assert closes(wanted(candles, facts_on(candles, leg=Leg.SHORT))).role is Role.CLOSE_EARLY
    holds(wanted(candles, facts_on(candles)))


@pytest.mark.parametrize("index", [ENTRY_BAR + 1, ENTRY_BAR + 2])
def test_an_early_window_with_a_hole_decides_nothing_and_says_so(index: int) -> None:
    candles = without(candles_of(flat(ENTRY_BAR + 6)), index)
    answer = holds(wanted(candles, facts_on(candles)))
    assert "early validation not judged: " in answer.reason


@pytest.mark.parametrize(("bars", "closed"), [(2, True), (1, False)])
def test_early_validation_needs_its_own_bars_alone(bars: int, closed: bool) -> None:
    rows = flat(ENTRY_BAR + 3)
    whole = candles_of(rows)
    tail = candles_of(rows[-bars:], start_ms=whole.open_ms[-bars])
    assert isinstance(wanted(tail, facts_on(whole)), WantClose) is closed


@pytest.mark.parametrize(("held", "closed"), [(119, False), (120, True), (121, True), (500, True)])
def test_the_time_stop_is_due_at_the_close_of_its_last_bar(held: int, closed: bool) -> None:
    candles = candles_of(after(held))
    answer = wanted(candles, facts_on(candles))
    if closed:
        assert closes(answer) == WantClose(Role.CLOSE_TIME, f"time stop: held {held} of 120 bars")
    else:
        holds(answer)


@pytest.mark.parametrize("into_bar_ms", [0, 1_799_999])
def test_the_bar_of_the_entry_counts_whole(into_bar_ms: int) -> None:
    candles = candles_of(after(120))
    holding = held_since(candles, ENTRY_BAR, into_bar_ms=into_bar_ms)
    facts = facts_of(holding=holding, live_stop=50.0, live_target=200.0)
    assert closes(wanted(candles, facts)).role is Role.CLOSE_TIME
    earlier = candles_of(after(119))
    assert isinstance(wanted(earlier, facts), WantHold)


def test_the_time_stop_works_from_times_alone() -> None:
    rows = after(130)
    whole = candles_of(rows)
    tail = candles_of(rows[-3:], start_ms=whole.open_ms[-3])
    assert closes(wanted(tail, facts_on(whole))).role is Role.CLOSE_TIME


def test_hours_become_whole_bars() -> None:
    candles = candles_of(quiet(500, step=0.0), frame=4 * 3_600_000)
    answer = wanted(candles, facts_of(holding=held_since(candles, 499)), bar="4h", max_hold_hours=7)
    assert closes(answer).reason == "time stop: held 1 of 1 bars"
    shorter = wanted(candles, facts_of(holding=held_since(candles, 499)), bar="4h", max_hold_hours=3)
    assert closes(shorter).reason == "time stop: held 1 of 1 bars"


def test_early_validation_comes_before_the_time_stop() -> None:
    candles = candles_of(after(200, early_high=100.1))
    assert closes(wanted(candles, facts_on(candles))).role is Role.CLOSE_EARLY


def test_the_time_stop_comes_before_the_target() -> None:
    candles = candles_of(after(120))
    assert closes(wanted(candles, facts_on(candles, mark=150.0, live_target=None))).role is Role.CLOSE_TIME
