"""The bollinger strategy without a position: what is entered or rests, where, or the one reason why not."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.bollinger_scenes import BARS, ending, judged, policy_of, swinging
from tests.support.breakout_scenes import Row, candles_of, facts_of, quiet, without
from tests.support.judging import answered
from trader.core.errors import Broken
from trader.core.market import Leg
from trader.core.target import RestingWant, Stay, Want, WantEntry, WantResting
from trader.strategies.bollinger import BollingerParams, bars_needed, judge

HALF_HOUR = 1_800_000
BELOW, ABOVE = ending(swinging(), 97.0), ending(swinging(), 103.0)
RISING = ending(swinging(drift=0.02), 113.0)  # the middle is near 109.4, the upper band near 111.4
FALLING = ending(swinging(drift=-0.02, price=120.0), 107.0)
MIDDLE = 99.8  # of the closes up to the one at 97


def asked(rows: list[Row], *, mark: float, **params: Any) -> Want:
    return answered(judged(candles_of(rows), facts_of(mark=mark), **params))


def stays(answer: Want) -> str:
    assert isinstance(answer, Stay), answer
    return answer.reason


def enters(answer: Want) -> WantEntry:
    assert isinstance(answer, WantEntry), answer
    return answer


def rests(answer: Want) -> RestingWant:
    assert isinstance(answer, WantResting), answer
    assert len(answer.orders) == 1
    return answer.orders[0]


def test_a_close_below_the_band_is_bought_back_to_the_middle() -> None:
    candles = candles_of(BELOW)
    entry = enters(asked(BELOW, mark=97.5))
    assert (entry.leg, entry.notional) == (Leg.LONG, 300.0)
    assert entry.stop == 97.5 * (1 - 0.02)
    assert entry.target == pytest.approx(MIDDLE, rel=1e-12)
    assert entry.signal_ms == candles.open_ms[-1]
    for part in (
        "close 97 below its bands 98 to 102",
        "regime range (",
        "97.5 is before the middle band 99.8",
    ):
        assert part in entry.reason


def test_a_close_above_the_band_is_sold() -> None:
    entry = enters(asked(ABOVE, mark=102.5))
    assert entry.leg is Leg.SHORT
    assert entry.stop == 102.5 * (1 + 0.02)
    assert entry.target == pytest.approx(100.1, rel=1e-12)


@pytest.mark.parametrize(("rows", "leg", "mark"), [(RISING, Leg.LONG, 112.0), (FALLING, Leg.SHORT, 108.0)])
def test_the_breakout_style_follows_what_left_the_band_with_the_trend(
    rows: list[Row], leg: Leg, mark: float
) -> None:
    entry = enters(asked(rows, mark=mark, style="breakout"))
    assert entry.leg is leg
    assert entry.stop == mark * (1 - 0.02 * leg.sign)
    assert entry.target == mark * (1 + 0.03 * leg.sign)
    assert ("trend rising" if leg is Leg.LONG else "trend falling") in entry.reason


def test_bands_are_made_of_the_closes_before_the_bar() -> None:
    assert stays(asked(ending(swinging(), 98.0), mark=98.0)).startswith("close 98 inside its bands 98 to 102")
    enters(asked(ending(swinging(), 97.999), mark=98.0))
    # A close far out widens the bands of the bar after it, not its own.
    assert "inside its bands 96.471281" in stays(asked(ending(swinging(), 94.0, 97.0), mark=97.0))


@pytest.mark.parametrize(
    ("rows", "mark", "params", "reason"),
    [
        (swinging(), 100.0, {}, "close 101 inside its bands 98 to 102"),
        (ending(swinging(drift=0.05), 70.0), 70.0, {}, "no long: regime trend ("),
        (ending(swinging(drift=0.02), 106.0), 106.0, {"style": "breakout"}, "no short: trend rising"),
        (ABOVE, 100.05, {}, "nothing to gain: 100.05 is at or beyond the middle band 100.1"),
        (BELOW, float("nan"), {}, "mark nan is not a price"),
        (quiet(step=0.0), 100.0, {}, "no bands: 20 closes stand still at 100"),
        (swinging(48), 100.0, {"regime_filter": False}, "warm-up: 48 bars of usual width needs more than"),
        (swinging(383), 100.0, {}, "warm-up: 8 days for the regime needs more than the 383 bars"),
        (swinging(295), 100.0, {"style": "breakout"}, "warm-up: 296 bars of trend needs more than the 295"),
        ([], 100.0, {}, "warm-up: there is no closed bar"),
    ],
)
def test_the_reason_for_staying_out(rows: list[Row], mark: float, params: Any, reason: str) -> None:
    assert reason in stays(asked(rows, mark=mark, **params))


def test_no_filter_no_days() -> None:
    far = ending(swinging(drift=0.05), 90.0)
    assert "regime" in stays(asked(far, mark=90.0))
    enters(asked(far, mark=90.0, regime_filter=False))
    enters(asked(BELOW[-60:], mark=97.0, regime_filter=False))


@pytest.mark.parametrize("gap", [1, 2, 20, 21, 47, 100])
def test_a_missing_bar_is_a_gap_where_a_window_needs_it(gap: int) -> None:
    candles = without(candles_of(BELOW), BARS - 1 - gap)
    answer = answered(judged(candles, facts_of(mark=97.0)))
    assert stays(answer).startswith("gap: a bar is missing in ")
    alone = answered(judged(candles, facts_of(mark=97.0), regime_filter=False))
    assert isinstance(alone, WantEntry) is (gap > 48)


def test_a_bar_too_wide_to_be_believed_enters_nothing() -> None:
    wild = [*BELOW[:-1], (100.0, 170.0, 90.0, 97.0, 1.0)]
    reason = stays(asked(wild, mark=97.0))
    assert reason.startswith("spike: the range of the bar cannot be believed (close 97 below")


def test_the_loss_cap_cuts_the_size() -> None:
    policy = policy_of(BollingerParams(), max_single_loss=3.0)
    entry = enters(answered(judge(candles_of(BELOW), facts_of(mark=97.0), policy)))
    assert entry.notional == 3.0 / 0.02
    assert entry.reason.endswith("; cut to max_single_loss")
    resting = policy_of(BollingerParams(entry="resting"), max_single_loss=3.0)
    want = answered(judge(candles_of(swinging()), facts_of(mark=100.0), resting))
    assert rests(want).notional == 3.0 / 0.02
    assert isinstance(want, WantResting) and want.reason.endswith("; cut to max_single_loss")


def test_bars_of_another_frame_are_a_bug() -> None:
    with pytest.raises(Broken, match=r"`bar: 30m` was expected"):
        judged(candles_of(BELOW, frame=3_600_000), facts_of())


@pytest.mark.parametrize(("bars", "leg"), [(BARS - 1, Leg.LONG), (BARS, Leg.SHORT)])
def test_a_limit_waits_at_the_band_nearer_to_the_close(bars: int, leg: Leg) -> None:
    rows = swinging(bars)  # ends one below the middle, or one above
    want = asked(rows, mark=100.0, entry="resting")
    order = rests(want)
    assert order.leg is leg
    assert (order.post_only, order.is_stop_entry, order.rung, order.size) == (True, False, 0, None)
    assert order.notional == 300.0
    assert order.stop == order.price * (1 - 0.02 * leg.sign)
    assert order.price == 100.0 - 2.0 * leg.sign
    assert isinstance(want, WantResting)
    last = candles_of(rows).open_ms[-1]
    assert (want.signal_ms, want.expires_ms) == (last, last + 2 * HALF_HOUR)


@pytest.mark.parametrize(("mark", "waits"), [(102.1, False), (102.0, False), (101.9, True), (90.0, True)])
def test_a_limit_that_would_not_wait_is_left_out_for_the_bar(mark: float, waits: bool) -> None:
    want = asked(swinging(), mark=mark, entry="resting")
    assert isinstance(want, WantResting) is waits
    if not waits:
        assert stays(want).startswith("left out for this bar: mark 102")


def test_a_stop_entry_waits_at_the_upper_band_while_rising() -> None:
    order = rests(asked(RISING[:-1], mark=109.0, style="breakout", entry="resting"))
    assert (order.leg, order.is_stop_entry, order.post_only) == (Leg.LONG, True, False)
    assert order.price == pytest.approx(111.4, abs=0.1)
    assert order.stop == order.price * (1 - 0.02)
    order = rests(asked(FALLING[:-1], mark=111.0, style="breakout", entry="resting"))
    assert (order.leg, order.is_stop_entry, order.stop) == (Leg.SHORT, True, order.price * (1 + 0.02))


def test_a_stop_entry_that_price_has_passed_is_entered_now() -> None:
    entry = enters(asked(RISING[:-1], mark=112.0, style="breakout", entry="resting"))
    assert (entry.leg, entry.stop, entry.target) == (Leg.LONG, 112.0 * (1 - 0.02), 112.0 * (1 + 0.03))
    assert "entered now" in entry.reason


def test_without_a_slope_nothing_waits() -> None:
    flat: dict[str, Any] = {"style": "breakout", "entry": "resting", "trend_period": 1}
    assert "trend flat" in stays(asked(swinging(), mark=100.0, **flat))
    rests(asked(swinging(), mark=100.0, **flat | {"trend_lag_bars": 7}))


def test_a_band_below_zero_is_no_price() -> None:
    rows = [(50.0, 90.0, 10.0, 10.0 if i % 2 else 90.0, 1.0) for i in range(BARS - 1)]
    answer = asked([*rows, (50.0, 90.0, 10.0, 10.0, 1.0)], mark=50.0, entry="resting")
    assert stays(answer).startswith("no order: -")


CONFIRM: dict[str, Any] = {"entry": "confirm", "regime_filter": False}


def test_two_closes_outside_the_same_band_rest_a_limit_beyond_the_last() -> None:
    rows = ending(swinging(), 95.0, 94.0)
    want = asked(rows, mark=94.5, **CONFIRM)
    order = rests(want)
    assert (order.leg, order.price) == (Leg.LONG, 94.0 * (1 + 0.001))
    assert (order.post_only, order.is_stop_entry, order.notional) == (False, False, 300.0)
    assert order.stop == order.price * (1 - 0.02)
    last = candles_of(rows).open_ms[-1]
    assert isinstance(want, WantResting)
    assert (want.signal_ms, want.expires_ms) == (last, last + 2 * HALF_HOUR)
    order = rests(asked(ending(swinging(), 105.0, 107.0), mark=106.0, **CONFIRM))
    assert (order.leg, order.price) == (Leg.SHORT, 107.0 * (1 - 0.001))
    trend = ending(swinging(drift=0.02), 113.0, 115.0)
    order = rests(asked(trend, mark=115.0, entry="confirm", style="breakout"))
    assert (order.leg, order.price) == (Leg.LONG, 115.0 * (1 + 0.001))


@pytest.mark.parametrize("closes", [(100.0, 97.0), (97.0, 100.0), (103.5, 95.0), (99.0, 101.0)])
def test_one_close_outside_or_two_on_different_sides_confirm_nothing(closes: tuple[float, float]) -> None:
    reason = stays(asked(ending(swinging(), *closes), mark=100.0, **CONFIRM))
    assert reason.startswith("not twice outside one band: close ")


def test_a_limit_beyond_the_middle_has_nothing_to_gain() -> None:
    rows = ending(swinging(), 97.0, 96.5)
    wide = {**CONFIRM, "entry_buffer": 0.04}
    assert stays(asked(rows, mark=96.5, **wide)).startswith("nothing to gain: 100.36 is at or beyond")


@pytest.mark.parametrize("params", [{}, {"entry": "resting"}, CONFIRM, {"style": "breakout"}])
def test_no_more_bars_are_needed_than_are_asked_for(params: dict[str, Any]) -> None:
    rows = ending(swinging(), 97.0)
    needed = bars_needed(replace(BollingerParams(), **params))
    answer = asked(rows[-needed:], mark=97.5, **params)
    assert "warm-up" not in answer.reason
