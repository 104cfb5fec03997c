"""Which bars a replay need not look at, one condition at a time, on a few bars made for it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.support.random_studies import study_of
from trader.backtest.replay import waiting
from trader.backtest.replay.screens import may_enter
from trader.backtest.replay.waiting import LeftOut, MarginCouldBind, rests_in_vain
from trader.backtest.study import Study
from trader.backtest.tape import Bars, Tape
from trader.core.candles import HOUR_MS
from trader.core.policy import MarketPolicy

CALM = [100.5 if n % 2 else 99.5 for n in range(24)]
JUMP = 16


def policy_of(name: str, **params: Any) -> MarketPolicy:
    """The strategy with these numbers, of a question that has it."""
    found = (p for number in range(100) for p in study_of(number, many=10).policy.markets.values())
    policy = next(p for p in found if p.strategy_name == name)
    return replace(policy, coin="BTC", frame_ms=HOUR_MS, params=replace(policy.params, **params))


def bars_of(closes: Sequence[float], *, missing: int | None = None) -> Bars:
    """Narrow hourly bars around these closes."""
    close = np.array(closes)
    rows = [close, close + 0.1, close - 0.1, close, np.full(len(close), 5.0)]
    there = np.arange(len(close)) != (-1 if missing is None else missing)
    times = np.arange(len(close), dtype=np.int64) * HOUR_MS
    return Bars(HOUR_MS, times[there], *(row[there] for row in rows))


def bands(entry: str, style: str = "breakout") -> MarketPolicy:
    return policy_of("bollinger", entry=entry, style=style, period=8, mult=1.0)


def with_closes(*jumps: float) -> list[float]:
    """The calm ones with these in place of some."""
    return [*CALM[:JUMP], *jumps, *CALM[JUMP + len(jumps) :]]


@pytest.mark.parametrize("far", [130.0, 70.0])
def test_a_confirmed_signal_takes_two_closes_outside_the_bands(far: float) -> None:
    bars = bars_of(with_closes(far, far + (far - 100.0) / 10.0))
    assert may_enter(bars, bands("close"))[JUMP : JUMP + 2] == [True, True]
    assert may_enter(bars, bands("confirm"))[JUMP : JUMP + 2] == [False, True]


@pytest.mark.parametrize("far", [130.0, 70.0])
def test_closes_that_never_moved_have_no_bands(far: float) -> None:
    still = [100.0] * 12
    assert may_enter(bars_of([*still, far]), bands("close"))[-1] is False


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_range_is_broken_by_what_the_file_says_and_on_volume(sign: float) -> None:
    policy = policy_of("breakout", range_bars=8, lookback_bars=4, vol_threshold=0.5, trigger="close")
    wick = replace(policy, params=replace(policy.params, trigger="wick"))
    bars = bars_of(CALM)
    side = bars.high if sign > 0.0 else bars.low
    side[JUMP] += 30.0 * sign
    assert (may_enter(bars, wick)[JUMP], may_enter(bars, policy)[JUMP]) == (True, False)
    bars.close[JUMP] = side[JUMP]
    assert (may_enter(bars, wick)[JUMP], may_enter(bars, policy)[JUMP]) == (True, True)
    bars.volume[JUMP] = 0.0
    assert (may_enter(bars, wick)[JUMP], may_enter(bars, policy)[JUMP]) == (False, False)


@pytest.mark.parametrize("name", ["breakout", "bollinger"])
def test_of_a_strategy_that_is_not_the_programs_own_nothing_is_held_back(name: str) -> None:
    policy = bands("close") if name == "bollinger" else policy_of("breakout", range_bars=8)
    assert not any(may_enter(bars_of(CALM), policy)[9:])
    other = replace(policy, strategy=lambda *asked: policy.strategy(*asked))
    assert all(may_enter(bars_of(CALM), other))
    assert all(may_enter(bars_of(CALM), replace(policy, strategy_name="another")))


def vain(
    policy: MarketPolicy, bars: Bars, *, mark: Bars | None = None, trigger: str = "last", delay_bars: int = 0
) -> Sequence[bool]:
    base = study_of(0, many=10)
    study: Study = replace(
        base,
        policy=replace(base.policy, markets={"BTC": policy}),
        markets={"BTC": next(iter(base.markets.values()))},
        tapes={"BTC": Tape("BTC", bars, mark=mark)},
        model=replace(base.model, delay_bars=delay_bars),
    )
    return rests_in_vain(study, "BTC", trigger=trigger)


# Far bands after a close that lies far off, twenty bars before: nothing after it comes near them.
WIDE = [*CALM[:8], 130.0, 70.0, *CALM[10:]]


@pytest.mark.parametrize("style", ["reversion", "breakout"])
def test_an_order_for_a_bar_that_is_not_there_is_seen_by_others_until_the_next(style: str) -> None:
    policy = bands("resting", style)
    assert vain(policy, bars_of(WIDE))[11:15] == [True] * 4
    assert vain(policy, bars_of(WIDE, missing=13))[11:14] == [True, False, True]
    assert vain(policy, bars_of(WIDE[:14]))[11:] == [True, True, False]


@pytest.mark.parametrize("style", ["reversion", "breakout"])
def test_a_delayed_order_whose_bar_is_not_there_never_fills(style: str) -> None:
    """The last bar, which reaches everything, has nothing to do with it."""
    bars = bars_of(WIDE, missing=13)
    bars.high[-1], bars.low[-1] = 500.0, 1.0
    assert vain(bands("resting", style), bars, delay_bars=1)[11] is True


@pytest.mark.parametrize(
    ("style", "trigger", "is_vain"),
    [("breakout", "mark", False), ("breakout", "last", True), ("reversion", "mark", True)],
)
def test_a_stop_entry_is_met_by_what_fires_it_and_a_limit_by_last_prices(
    style: str, trigger: str, is_vain: bool
) -> None:
    mark = bars_of(WIDE)
    mark.high[13] = 500.0
    policy = bands("resting", style)
    assert vain(policy, bars_of(WIDE), mark=bars_of(WIDE), trigger=trigger)[12] is True
    assert vain(policy, bars_of(WIDE), mark=mark, trigger=trigger)[12] is is_vain


@pytest.mark.parametrize("far", [130.0, 70.0])
def test_a_stop_entry_that_its_close_has_passed_is_made_at_once(far: float) -> None:
    assert vain(bands("resting"), bars_of(with_closes(far)))[JUMP] is False


@pytest.mark.parametrize("entry", ["close", "confirm"])
def test_what_does_not_rest_at_a_band_is_never_in_vain(entry: str) -> None:
    assert not any(vain(bands(entry), bars_of(WIDE)))


@pytest.mark.parametrize(("delay_bars", "at_hour", "is_felt"), [(1, 2, True), (1, 3, False), (0, 1, False)])
def test_margin_of_what_was_left_out_is_asked_for_while_it_would_have_waited(
    delay_bars: int, at_hour: int, is_felt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine: Any = SimpleNamespace(price={"BTC": 100.0})
    monkeypatch.setattr(waiting, "free", lambda *_: Decimal(100))
    monkeypatch.setattr(waiting, "leverage_of", lambda *_: SimpleNamespace(value=1))
    left_out = LeftOut(engine, "account", delay_bars=delay_bars)
    policy = bands("resting")
    left_out.add(replace(policy, sizing=replace(policy.sizing, position_ratio=0.1)), 0, 1_000.0)
    if not is_felt:
        left_out.require_room(at_hour * HOUR_MS)
        return
    with pytest.raises(MarginCouldBind):
        left_out.require_room(at_hour * HOUR_MS)
