"""The breakout strategy without a position: which bar is entered, how, and the one reason why not."""

from dataclasses import replace

import pytest

from tests.support.breakout_scenes import (
    BARS,
    Row,
    breaking_down,
    breaking_up,
    candles_of,
    changed,
    facts_of,
    policy_of,
    quiet,
    wanted,
    without,
)
from trader.core.errors import Broken
from trader.core.market import Leg
from trader.core.target import Stay, Want, WantEntry
from trader.strategies.breakout import BreakoutParams, bars_needed, want


def stays(answer: Want) -> str:
    assert isinstance(answer, Stay)
    return answer.reason


def enters(answer: Want) -> WantEntry:
    assert isinstance(answer, WantEntry), answer
    return answer


def test_a_long_behind_the_levels_of_the_range_regime() -> None:
    candles = candles_of(breaking_up(quiet()))
    entry = enters(wanted(candles, facts_of(mark=128.0)))
    assert entry.leg is Leg.LONG
    assert entry.notional == 300.0
    assert entry.stop == 128.0 * (1 - 0.05)
    assert entry.target == 128.0 * (1 + 0.02)
    assert entry.signal_ms == candles.open_ms[-1]
    for part in (
        "high 104.918 > range 102.416",
        "volume 2.0",
        "trend up",
        "regime range (0.0",
    ):
        assert part in entry.reason


def test_a_short_behind_the_levels_of_the_trend_regime() -> None:
    candles = candles_of(breaking_down(quiet(step=-0.05, price=200.0)))
    entry = enters(wanted(candles, facts_of(mark=128.0)))
    assert entry.leg is Leg.SHORT
    assert entry.stop == 128.0 * (1 + 0.04)
    assert entry.target == 128.0 * (1 - 0.07)
    for part in ("low 149.05 < range", "trend down", "regime trend (0."):
        assert part in entry.reason


@pytest.mark.parametrize(("cap", "notional", "said"), [(20.0, 300.0, False), (5.0, 5.0 / 0.05, True)])
def test_the_loss_cap_cuts_the_size_and_says_so(cap: float, notional: float, said: bool) -> None:
    policy = policy_of(BreakoutParams(), max_single_loss=cap)
    entry = enters(want(candles_of(breaking_up(quiet())), facts_of(), policy))
    assert entry.notional == notional
    assert ("cut to max_single_loss" in entry.reason) is said


def last(rows: list[Row], **numbers: float) -> list[Row]:
    return [*rows[:-1], changed(rows[-1], **numbers)]


RANGE_HIGH = max(row[1] for row in quiet()[-49:-1])
RANGE_LOW = min(row[2] for row in quiet()[-49:-1])


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (quiet(step=0.0), "no break: high 100.5 <= range 100.5, low 99.5 >= range 99.5"),
        (last(breaking_up(quiet()), high=RANGE_HIGH), "no break: high 102.416 <= range 102.416, low 101.918"),
        (
            last(breaking_up(quiet()), low=RANGE_LOW - 0.5),
            "break on both sides: high 104.918 > range 102.416, low",
        ),
        (
            breaking_up(quiet(), volume=10.0),
            "no long: volume 1 of the 1.25 wanted (high 104.918 > range 102.416)",
        ),
        (breaking_up(quiet(step=-0.002)), "no long: trend down, average 8 <= 21 of four-hour bars (high"),
        (breaking_up(quiet(step=0.0)), "trend down"),  # equal averages are no uptrend
        (breaking_down(quiet()), "no short: trend up, average 8 > 21 of four-hour bars (low"),
        (breaking_up(quiet(), by=20.5), "spike: the range of the bar cannot be believed (high 122.418"),
    ],
)
def test_each_refusal_states_its_cause_with_numbers(rows: list[Row], reason: str) -> None:
    assert reason in stays(wanted(candles_of(rows), facts_of()))


def test_the_last_bar_is_not_part_of_its_own_range_and_mean() -> None:
    rows = breaking_up(quiet(), volume=12.6)  # against a mean of itself it would be 1.24
    enters(wanted(candles_of(rows), facts_of()))


def test_the_range_begins_exactly_range_bars_before_the_signal() -> None:
    rows = breaking_up(quiet())
    inside, outside = list(rows), list(rows)
    inside[-49] = changed(rows[-49], high=200.0)
    outside[-50] = changed(rows[-50], high=200.0)
    assert "no break" in stays(wanted(candles_of(inside), facts_of()))
    enters(wanted(candles_of(outside), facts_of()))


def test_the_mean_begins_exactly_lookback_bars_before_the_signal() -> None:
    rows = breaking_up(quiet())
    inside, outside = list(rows), list(rows)
    inside[-49] = changed(rows[-49], volume=5000.0)
    outside[-50] = changed(rows[-50], volume=5000.0)
    assert "volume 0." in stays(wanted(candles_of(inside), facts_of()))
    enters(wanted(candles_of(outside), facts_of()))


def test_volume_at_the_threshold_passes() -> None:
    rows = [(100.0, 100.5, 99.5, 100.0, 8.0)] * BARS
    rows = [*rows[:-1], (100.0, 103.0, 99.5, 100.0, 10.0)]
    assert "trend" in stays(wanted(candles_of(rows), facts_of()))
    assert "volume 1.25 of the 1.26 wanted" in stays(wanted(candles_of(rows), facts_of(), vol_threshold=1.26))


def test_a_market_without_trades_has_any_volume() -> None:
    rows = [changed(row, volume=0.0) for row in breaking_up(quiet())]
    assert "volume any of the 1.25 wanted" in enters(wanted(candles_of(rows), facts_of())).reason


@pytest.mark.parametrize(("close", "enters_now"), [(102.416, False), (102.417, True)])
def test_trigger_close_looks_at_the_close(close: float, enters_now: bool) -> None:
    rows = last(quiet(), high=104.9, close=close, volume=20.0)
    answer = wanted(candles_of(rows), facts_of(), trigger="close")
    if enters_now:
        assert "close 102.417 > range 102.416" in enters(answer).reason
    else:
        assert stays(answer) == "no break: close 102.416 <= range 102.416, close 102.416 >= range 101.322"


def test_trigger_close_downwards() -> None:
    rows = last(quiet(step=-0.002), low=90.0, close=97.0, volume=20.0)
    assert "close 97 < range" in enters(wanted(candles_of(rows), facts_of(), trigger="close")).reason


@pytest.mark.parametrize("fewer", [0, 1, 2, 500, BARS - 1])
def test_history_is_needed_to_the_bar_and_its_lack_is_warm_up(fewer: int) -> None:
    # the last bar opens seven bars into a four-hour bar and 47 bars into a day: the worst case of all windows
    rows = breaking_up(quiet(BARS - 1))
    needed = bars_needed(BreakoutParams())
    assert needed == 847
    candles = candles_of(
        rows[len(rows) - needed + fewer :], start_ms=candles_of(rows).open_ms[-needed + fewer]
    )
    answer = wanted(candles, facts_of())
    if fewer == 0:
        enters(answer)
    else:
        assert stays(answer).startswith("warm-up: ")


@pytest.mark.parametrize(("bars", "warm"), [(48, True), (49, False)])
def test_the_usual_width_of_a_bar_must_be_known(bars: int, warm: bool) -> None:
    small = {"trend_window": 1, "regime_days": 1, "range_bars": 1, "lookback_bars": 1}
    answer = wanted(candles_of(quiet(bars, step=0.0), frame=14_400_000), facts_of(), bar="4h", **small)
    assert ("48 bars of usual width needs more than the 48 bars there are" in stays(answer)) is warm


def test_no_bar_at_all_is_warm_up() -> None:
    assert stays(wanted(candles_of([]), facts_of())) == "warm-up: there is no closed bar"


@pytest.mark.parametrize("back", [1, 2, 48, 49, 200, 431, 800, 839, 840])
def test_a_missing_bar_in_any_window_is_a_gap(back: int) -> None:
    candles = candles_of(breaking_up(quiet()))
    answer = wanted(without(candles, BARS - 1 - back), facts_of())
    if back == 840:  # the trend reads 105 whole groups, 840 bars with the last one
        enters(answer)
    else:
        assert stays(answer).startswith("gap: a bar is missing in ")


def test_a_gap_hides_a_signal_even_where_there_would_be_none() -> None:
    assert "gap" in stays(wanted(without(candles_of(quiet(step=0.0)), 900), facts_of()))


@pytest.mark.parametrize("mark", [0.0, -1.0, float("nan"), float("inf")])
def test_nothing_is_entered_on_a_mark_that_is_no_price(mark: float) -> None:
    assert "is not a price" in stays(wanted(candles_of(breaking_up(quiet())), facts_of(mark=mark)))


@pytest.mark.parametrize("equity", [0.0, -5.0, float("nan")])
def test_nothing_is_entered_without_equity(equity: float) -> None:
    assert stays(wanted(candles_of(breaking_up(quiet())), facts_of(equity=equity))).startswith("equity ")


def test_bars_of_another_frame_are_a_bug() -> None:
    with pytest.raises(Broken, match="3600000 ms were handed in, `bar: 30m` was expected"):
        wanted(candles_of(quiet(), frame=3_600_000), facts_of())


def test_a_forming_higher_bar_decides_nothing() -> None:
    # 13 half hours after midnight: five of the last four-hour bar, thirteen of the last day
    steady = breaking_up(quiet(BARS + 13))
    wild = [
        row if i < BARS + 8 or i == BARS + 12 else (50.0, 51.0, 49.0, 50.0, 10.0)
        for i, row in enumerate(steady)
    ]
    for rows in (steady, wild):
        entry = enters(wanted(candles_of(rows), facts_of(), vol_threshold=0.0))
        assert "trend up, average 8 > 21" in entry.reason
        assert entry.stop == 95.0


def test_the_same_inputs_give_the_same_answer() -> None:
    candles, facts = candles_of(breaking_up(quiet())), facts_of()
    policy = policy_of(BreakoutParams())
    assert want(candles, facts, policy) == want(replace(candles), replace(facts), replace(policy))
