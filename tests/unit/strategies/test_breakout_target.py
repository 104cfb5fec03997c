"""The breakout strategy with a position: its exact levels, and when its target comes nearer or is taken."""

import pytest

from tests.support.breakout_positions import (
    ENTRY_BAR,
    TURNED,
    after,
    closes,
    facts_on,
    flat,
    holds,
    steep,
    turning,
)
from tests.support.breakout_scenes import (
    DAY_BARS,
    candles_of,
    changed,
    facts_of,
    held_since,
    quiet,
    wanted,
    without,
)
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.target import Stay, WantClose


@pytest.mark.parametrize(
    ("leg", "stop", "target"),
    [(Leg.LONG, 100.25 * 0.95, 100.25 * 1.02), (Leg.SHORT, 100.25 * 1.05, 100.25 * 0.98)],
)
def test_levels_are_those_of_the_real_average_entry(leg: Leg, stop: float, target: float) -> None:
    candles = candles_of(after(1))
    answer = holds(
        wanted(candles, facts_on(candles, leg=leg, entry=100.25, live_stop=None, live_target=None))
    )
    assert (answer.stop, answer.stop_role, answer.target) == (stop, Role.STOP, target)
    assert (
        answer.stop_reason
        == answer.target_reason
        == "at entry regime range (0 <= 0.25: target 2 %, stop 5 %)"
    )


def test_levels_are_those_of_the_regime_at_the_signal_not_now() -> None:
    rows = steep(ENTRY_BAR) + after(ENTRY_BAR + 60)[ENTRY_BAR : ENTRY_BAR + 40]
    candles = candles_of(rows)
    answer = holds(wanted(candles, facts_on(candles, live_stop=None)))
    assert answer.stop == 96.0
    assert answer.target == 100.0 * (1 + 0.07)
    assert "regime trend" in answer.target_reason


@pytest.mark.parametrize(
    ("held", "target"),
    [(48, 107.0), (95, 107.0), (96, 102.0), (97, 102.0), (144, 102.0)],
)
def test_a_recheck_tightens_the_target_from_its_own_bar_on(held: int, target: float) -> None:
    candles = candles_of(turning(held))
    answer = holds(wanted(candles, facts_on(candles, mark=101.0, live_target=107.0), **TURNED))
    assert answer.target == pytest.approx(target)
    assert answer.stop == 96.0  # the stop stays that of the regime at entry
    assert ("after 96 bars regime range" in answer.target_reason) is (held >= 96)


def test_only_the_bars_of_a_recheck_count() -> None:
    candles = candles_of(turning(100))
    assert (
        "after 100 bars"
        in holds(wanted(candles, facts_on(candles), **TURNED, regime_recheck_bars=100)).target_reason
    )
    later = holds(wanted(candles, facts_on(candles), **TURNED, regime_recheck_bars=101))
    assert later.target == pytest.approx(107.0)


def test_what_a_recheck_tightened_stays_tight_when_the_regime_turns_back() -> None:
    rows = turning(96) + quiet(100, step=0.05, price=100.0)
    candles = candles_of(rows)
    answer = holds(wanted(candles, facts_on(candles, mark=101.0, live_target=102.0), **TURNED))
    assert answer.target == 102.0


def test_a_recheck_never_loosens_the_target() -> None:
    rows = after(20) + quiet(180, step=0.05, price=100.0)
    candles = candles_of(rows)
    answer = holds(wanted(candles, facts_on(candles, mark=101.0), **TURNED))
    assert answer.target == 102.0
    assert "at entry regime range" in answer.target_reason


@pytest.mark.parametrize(("mark", "closed"), [(101.99, False), (102.0, True), (105.0, True)])
@pytest.mark.parametrize("live_target", [107.0, 102.0, None])
def test_mark_at_or_beyond_a_tightened_target_closes(
    mark: float, closed: bool, live_target: float | None
) -> None:
    candles = candles_of(turning(150))
    answer = wanted(candles, facts_on(candles, mark=mark, live_target=live_target), **TURNED)
    if closed:
        close = closes(answer)
        assert close.role is Role.TARGET
        assert close.reason.startswith(
            f"target: mark {mark:g} is at or beyond 102, after 96 bars regime range"
        )
    else:
        holds(answer)


def test_the_same_for_a_short() -> None:
    rows = [(300 - o, 300 - low, 300 - high, 300 - c, v) for o, high, low, c, v in turning(150)]
    candles = candles_of(rows)
    facts = facts_on(candles, leg=Leg.SHORT, entry=200.0, mark=196.0, live_stop=300.0, live_target=186.0)
    assert closes(wanted(candles, facts, **TURNED, early_mfe=0.0)).role is Role.TARGET
    facts = facts_on(candles, leg=Leg.SHORT, entry=200.0, mark=196.1, live_stop=300.0, live_target=186.0)
    assert holds(wanted(candles, facts, **TURNED, early_mfe=0.0)).target == 196.0


@pytest.mark.parametrize(("live_target", "closed"), [(102.1, False), (None, True)])
def test_an_untouched_target_is_the_live_order_s_matter(live_target: float | None, closed: bool) -> None:
    candles = candles_of(after(3))
    answer = wanted(candles, facts_on(candles, mark=102.05, live_target=live_target))
    assert isinstance(answer, WantClose) is closed


@pytest.mark.parametrize("mark", [0.0, float("nan"), float("inf")])
def test_no_target_is_taken_on_a_mark_that_is_no_price(mark: float) -> None:
    candles = candles_of(turning(150))
    holds(wanted(candles, facts_on(candles, mark=mark), **TURNED))


def test_an_unread_regime_leaves_the_live_orders_and_says_so() -> None:
    rows = after(30)
    whole = candles_of(rows)
    tail = candles_of(rows[-40:], start_ms=whole.open_ms[-40])
    answer = holds(wanted(tail, facts_on(whole, mark=101.0, live_stop=95.5, live_target=106.5)))
    assert (answer.stop, answer.target) == (
        96.0,
        106.5,
    )  # the tightest stop there is; plan keeps what is near
    assert "regime at entry not read: warm-up" in answer.reason
    bare = holds(wanted(tail, facts_on(whole, mark=150.0, live_stop=None, live_target=None)))
    assert (bare.stop, bare.target) == (96.0, 107.0)
    gone = candles_of(rows[-20:], start_ms=whole.open_ms[-20])
    assert "its bar is not in the candles" in holds(wanted(gone, facts_on(whole))).reason


def test_an_unread_recheck_does_not_loosen_the_live_target() -> None:
    whole = candles_of(turning(150))
    hole = without(whole, ENTRY_BAR + 60)
    answer = holds(wanted(hole, facts_on(whole, mark=101.0, live_target=102.0), **TURNED))
    assert answer.target == 102.0
    assert "regime re-check after 96 bars not read: gap" in answer.reason
    farther = holds(wanted(hole, facts_on(whole, mark=101.0, live_target=120.0), **TURNED))
    assert farther.target == pytest.approx(107.0)


def test_a_position_is_held_without_any_bar() -> None:
    whole = candles_of(after(5))
    assert isinstance(wanted(candles_of([]), facts_on(whole)), Stay)


def test_a_position_is_never_added_to() -> None:
    rows = after(30)
    rows[-1] = changed(rows[-1], high=104.0, volume=100.0)
    candles = candles_of(rows)
    holds(wanted(candles, facts_on(candles)))


def test_days_are_those_closed_at_the_signal() -> None:
    # the bars of the entry's own day, up to the signal, are not in the regime at the signal
    rows = flat(ENTRY_BAR + 30)
    signal = ENTRY_BAR + 20
    for i in range(ENTRY_BAR, signal + 1):
        rows[i] = (90.0, 90.5, 89.5, 90.0, 10.0)
    candles = candles_of(rows)
    holding = held_since(candles, signal + 1, entry=90.0)
    answer = wanted(candles, facts_of(mark=90.0, holding=holding), early_mfe=0.0)
    assert "regime range (0 <= 0.25" in holds(answer).stop_reason
    assert ENTRY_BAR % DAY_BARS == 0
