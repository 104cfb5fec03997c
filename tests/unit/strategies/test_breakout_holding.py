"""The breakout strategy with a position: what closes it, in which order, and where its target belongs."""

import pytest

from tests.support.breakout_scenes import (
    DAY_BARS,
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
from trader.core.target import CoinFacts, Stay, Want, WantClose, WantHold

ENTRY_BAR = 480  # ten whole days before it
FAR = {"live_stop": 50.0, "live_target": 200.0}


def flat(bars: int, *, width: float = 1.0) -> list[Row]:
    """Bars around 100 in which nothing happens."""
    return quiet(bars, step=0.0, width=width)


def steep(bars: int) -> list[Row]:
    """Bars that end around 100 in a straight line: the trend regime."""
    return quiet(bars, step=0.05, price=100.0 - 0.05 * bars)


def facts_on(
    candles: Candles, *, leg: Leg = Leg.LONG, entry: float = 100.0, **more: float | None
) -> CoinFacts:
    holding = held_since(candles, ENTRY_BAR, leg=leg, entry=entry)
    numbers = {"mark": 100.0, **FAR, **more}
    return facts_of(holding=holding, **numbers)  # type: ignore[arg-type]


def closes(answer: Want) -> WantClose:
    assert isinstance(answer, WantClose), answer
    return answer


def holds(answer: Want) -> WantHold:
    assert isinstance(answer, WantHold), answer
    return answer


def after(held: int, *, early_high: float = 101.0, early_low: float = 99.0, tail: float = 1.0) -> list[Row]:
    """Flat rows until bar e+held-1, with one good bar inside the early window for either leg."""
    rows = flat(ENTRY_BAR + held, width=tail)
    if held > 1:
        rows[ENTRY_BAR + 1] = changed(rows[ENTRY_BAR + 1], high=early_high, low=early_low)
    return rows


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
            f"early validation: best {best} is 0.7% from entry 100.0 in 2 bars, below 0.8%"
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
    assert holds(wanted(candles, facts_on(candles))) is not None


@pytest.mark.parametrize("index", [ENTRY_BAR + 1, ENTRY_BAR + 2])
def test_an_early_window_with_a_hole_decides_nothing_and_says_so(index: int) -> None:
    candles = without(candles_of(flat(ENTRY_BAR + 6)), index)
    answer = holds(wanted(candles, facts_on(candles)))
    assert "early validation not judged: " in answer.reason


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
        answer.stop_reason == answer.target_reason == "at entry regime range (0 <= 0.25: target 2%, stop 5%)"
    )


def test_levels_are_those_of_the_regime_at_the_signal_not_now() -> None:
    rows = steep(ENTRY_BAR) + after(ENTRY_BAR + 60)[ENTRY_BAR : ENTRY_BAR + 40]
    candles = candles_of(rows)
    answer = holds(wanted(candles, facts_on(candles, live_stop=None)))
    assert answer.stop == 96.0
    assert answer.target == 100.0 * (1 + 0.07)
    assert "regime trend" in answer.target_reason


def turning(held: int, **early: float) -> list[Row]:
    """A straight trend into the entry, then flat bars: the regime turns to range days later."""
    return steep(ENTRY_BAR) + after(held, **early)[ENTRY_BAR:]


TURNED = {"regime_days": 2, "max_hold_hours": 240}  # two flat days after the entry read as range


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
            f"target: mark {mark} is at or beyond 102.0, after 96 bars regime range"
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
