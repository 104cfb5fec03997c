"""The bollinger strategy with a position: what closes it, in which order, and where its levels belong."""

from typing import Any

import pytest

from tests.support.bollinger_scenes import BARS, judged, swinging
from tests.support.breakout_scenes import candles_of, changed, facts_of, held_since, quiet, without
from tests.support.judging import answered
from trader.core.candles import Candles
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.target import Want, WantClose, WantHold

CANDLES = candles_of(swinging())  # the middle band of the bar now forming is 100
MIDDLE = 100.0


def asked(candles: Candles = CANDLES, *, bars: int = 10, leg: Leg = Leg.LONG, **more: Any) -> Want:
    """A position of so many bars, entered two before the middle, its stop where it belongs."""
    entry = MIDDLE - 2.0 * leg.sign
    numbers = {"mark": entry, "live_stop": entry * (1 - 0.02 * leg.sign), "live_target": MIDDLE}
    params = {name: value for name, value in more.items() if name not in numbers}
    numbers |= {name: value for name, value in more.items() if name in numbers}
    first = BARS - bars
    holding = held_since(candles, first, leg=leg, entry=entry, into_bar_ms=900_000)
    return answered(judged(candles, facts_of(holding=holding, **numbers), **params))


def holds(answer: Want) -> WantHold:
    assert isinstance(answer, WantHold), answer
    return answer


def closes(answer: Want) -> WantClose:
    assert isinstance(answer, WantClose), answer
    return answer


@pytest.mark.parametrize("leg", list(Leg))
@pytest.mark.parametrize("style", ["reversion", "breakout"])
@pytest.mark.parametrize(("bars", "closed"), [(1, False), (119, False), (120, True), (300, True)])
def test_the_time_stop_counts_from_the_bar_of_the_fill(leg: Leg, style: str, bars: int, closed: bool) -> None:
    answer = asked(bars=bars, leg=leg, style=style)
    if not closed:
        assert holds(answer).reason == f"held {bars} of 120 bars"
    else:
        assert closes(answer) == WantClose(Role.CLOSE_TIME, f"time stop: held {bars} of 120 bars")


def test_the_time_stop_works_from_times_alone() -> None:
    tail = candles_of(swinging(3), start_ms=CANDLES.open_ms[-3])
    holding = held_since(CANDLES, BARS - 130)
    answer = answered(judged(tail, facts_of(holding=holding, live_stop=90.0, live_target=105.0)))
    assert closes(answer).role is Role.CLOSE_TIME


@pytest.mark.parametrize("leg", list(Leg))
def test_levels_of_the_real_entry(leg: Leg) -> None:
    entry = MIDDLE - 2.0 * leg.sign
    found = holds(asked(leg=leg, live_stop=None, live_target=None))
    assert (found.stop, found.stop_role, found.target) == (entry * (1 - 0.02 * leg.sign), Role.STOP, MIDDLE)
    assert found.target_is_chosen
    found = holds(asked(leg=leg, style="breakout", live_stop=None, live_target=None))
    assert (found.stop, found.target) == (entry * (1 - 0.02 * leg.sign), entry * (1 + 0.03 * leg.sign))
    assert not found.target_is_chosen


@pytest.mark.parametrize("leg", list(Leg))
@pytest.mark.parametrize(
    ("live", "target"),
    [(100.09, 100.09), (99.91, 99.91), (100.2, MIDDLE), (99.8, MIDDLE), (104.0, MIDDLE), (96.0, MIDDLE)],
)
def test_the_target_follows_the_middle_either_way_but_not_every_step(
    leg: Leg, live: float, target: float
) -> None:
    assert holds(asked(leg=leg, live_target=live)).target == target


@pytest.mark.parametrize(("mark", "closed"), [(99.99, False), (100.0, True), (103.0, True)])
@pytest.mark.parametrize("live", [100.05, None, 110.0])
def test_mark_at_the_middle_is_taken_at_market(mark: float, closed: bool, live: float | None) -> None:
    answer = asked(mark=mark, live_target=live)
    assert isinstance(answer, WantClose) is closed
    if closed:
        assert closes(answer).role is Role.TARGET
        assert "is at or beyond 100, middle band 100" in closes(answer).reason


def test_a_share_of_the_entry_is_taken_at_market_only_when_no_order_stands_for_it() -> None:
    holds(asked(style="breakout", mark=102.0, live_target=100.94))
    assert closes(asked(style="breakout", mark=102.0, live_target=None)).role is Role.TARGET


@pytest.mark.parametrize("live", [103.0, None])
def test_a_middle_that_cannot_be_read_leaves_the_target(live: float | None) -> None:
    answer = holds(asked(without(CANDLES, BARS - 5), live_target=live, mark=99.0))
    assert answer.target == (98.0 * 1.03 if live is None else live)
    assert "target not read: gap: a bar is missing in 20 bars of bands" in answer.reason
    still = candles_of([*swinging(BARS - 30), *quiet(30, step=0.0)])
    answer = holds(asked(still, live_target=live, mark=120.0))
    assert answer.target == (98.0 * 1.03 if live is None else live)
    assert "no bands: 20 closes stand still" in answer.reason


@pytest.mark.parametrize("leg", list(Leg))
def test_the_live_stop_is_never_loosened(leg: Leg) -> None:
    entry = MIDDLE - 2.0 * leg.sign
    tighter, looser = entry * (1 - 0.01 * leg.sign), entry * (1 - 0.03 * leg.sign)
    assert holds(asked(leg=leg, live_stop=tighter)).stop == tighter
    assert holds(asked(leg=leg, live_stop=looser)).stop == entry * (1 - 0.02 * leg.sign)
    beyond = holds(asked(leg=leg, live_stop=looser, mark=entry * (1 - 0.025 * leg.sign)))
    assert beyond.stop == looser
    assert "is beyond mark" in beyond.reason


def test_a_bar_too_wide_to_be_believed_leaves_the_stop() -> None:
    rows = swinging()
    rows[-1] = changed(rows[-1], high=170.0, low=60.0)
    answer = holds(asked(candles_of(rows), live_stop=90.0))
    assert answer.stop == 90.0
    assert "cannot be believed" in answer.reason


def test_the_time_stop_comes_before_the_target() -> None:
    assert closes(asked(bars=120, mark=150.0, live_target=None)).role is Role.CLOSE_TIME


def test_a_position_in_the_bar_of_its_fill_is_held() -> None:
    """An entry that rested filled in the bar that has just closed; its signal is the bar before."""
    answer = holds(asked(bars=1, live_target=None))
    assert answer.reason == "held 1 of 120 bars"


def test_a_position_that_is_younger_than_the_last_bar_is_held() -> None:
    assert holds(asked(bars=0)).reason == "held 0 of 120 bars"
