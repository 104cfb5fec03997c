"""Momentum breakout: enters when the last closed bar leaves its range on volume, with the trend.

The order of a tick: early validation, time stop, regime re-check, target, trailing (all in
`breakout_holding`), then entry (here). The candles end at the signal bar `k`; that `k` is the bar expected
now, that the signal is young, and that it was not entered before, is the caller's knowledge.
Every `Stay` has one stated cause.
"""

from dataclasses import dataclass

from trader.core.candles import Candles
from trader.core.errors import require
from trader.core.market import Leg
from trader.core.policy import MarketPolicy
from trader.core.target import CoinFacts, Stay, Want, WantEntry
from trader.strategies.breakout_holding import hold
from trader.strategies.breakout_params import (
    TREND_FRAME_MS,
    BreakoutParams,
    bars_needed,
    frame_ms,
    hold_ms_max,
    stop_fallback,
    trend_window_bars,
)
from trader.strategies.breakout_regime import Missing, Regime, missing, regime_at
from trader.strategies.indicators import (
    SPIKE_BARS,
    groups_first,
    highest,
    is_spike,
    lowest,
    traded_mean,
    window_first,
)
from trader.strategies.signals import break_sign, cross_is_up, has_volume, level, price_is_up
from trader.strategies.sizing import entry_notional
from trader.strategies.wording import is_price, price_text, ratio_text

__all__ = ["BreakoutParams", "bars_needed", "frame_ms", "hold_ms_max", "stop_fallback", "want"]


@dataclass(frozen=True, slots=True)
class _Windows:
    """Where the windows of an entry begin, all of them whole."""

    range_first: int
    volume_first: int
    trend_first: int


def want(candles: Candles, facts: CoinFacts, policy: MarketPolicy) -> Want:
    """What the strategy wants of one coin at the close of the last bar."""
    params: BreakoutParams = policy.params
    require(
        candles.frame_ms == frame_ms(params),
        f"{candles.coin}: bars of {candles.frame_ms} ms were handed in, `bar: {params.bar}` was expected",
    )
    if not candles.open_ms:
        return Stay("warm-up: there is no closed bar")
    if facts.holding is not None:
        return hold(candles, facts, facts.holding, params)
    return _entry(candles, facts, policy, params)


def _entry(candles: Candles, facts: CoinFacts, policy: MarketPolicy, params: BreakoutParams) -> Want:
    windows = _windows(candles, params)
    regime = regime_at(candles, len(candles) - 1, params)
    if isinstance(windows, Missing):
        return Stay(windows.why)
    if isinstance(regime, Missing):
        return Stay(regime.why)
    sign, broke = _break(candles, params, windows)
    if sign == 0:
        return Stay(broke)
    traded, volume = _volume(candles, params, windows)
    up, trend = _trend(candles, params, windows)
    if is_spike(candles.high, candles.low, len(candles) - 1):
        return Stay(f"spike: the range of the bar cannot be believed ({broke})")
    wanted = "long" if sign > 0 else "short"
    if not traded:
        return Stay(f"no {wanted}: {volume} ({broke})")
    if up != (sign > 0):
        return Stay(f"no {wanted}: {trend} ({broke})")
    return _sized(candles, facts, policy, sign, regime, f"{broke}; {volume}; {trend}; {regime.text}")


def _windows(candles: Candles, params: BreakoutParams) -> _Windows | Missing:
    times, k, frame = candles.open_ms, len(candles) - 1, candles.frame_ms
    trend_bars = trend_window_bars(params)
    range_first = window_first(times, k, params.range_bars + 1, frame)
    volume_first = window_first(times, k, params.lookback_bars + 1, frame)
    trend_first = groups_first(times, k, trend_bars, frame, TREND_FRAME_MS)
    usual_first = window_first(times, k, SPIKE_BARS + 1, frame)
    for first, window in (
        (range_first, f"{params.range_bars} bars of range"),
        (volume_first, f"{params.lookback_bars} bars of volume"),
        (trend_first, f"{trend_bars} four-hour bars of trend"),
        (usual_first, f"{SPIKE_BARS} bars of usual width"),
    ):
        if first < 0:
            return missing(first, window, candles)
    return _Windows(range_first, volume_first, trend_first)


def _break(candles: Candles, params: BreakoutParams, windows: _Windows) -> tuple[int, str]:
    k = len(candles) - 1
    range_high = highest(candles.high, windows.range_first, k - 1)
    range_low = lowest(candles.low, windows.range_first, k - 1)
    wick = params.trigger == "wick"
    top = candles.high[k] if wick else candles.close[k]
    bottom = candles.low[k] if wick else candles.close[k]
    top_name, bottom_name = ("high", "low") if wick else ("close", "close")
    above, below = ">" if top > range_high else "<=", "<" if bottom < range_low else ">="
    over = f"{top_name} {price_text(top)} {above} range {price_text(range_high)}"
    under = f"{bottom_name} {price_text(bottom)} {below} range {price_text(range_low)}"
    sign = break_sign(top, bottom, range_high, range_low)
    if sign == 0:
        both = top > range_high
        return 0, f"{'break on both sides' if both else 'no break'}: {over}, {under}"
    return sign, over if sign > 0 else under


def _volume(candles: Candles, params: BreakoutParams, windows: _Windows) -> tuple[bool, str]:
    k = len(candles) - 1
    traded = candles.volume[k] * candles.close[k]
    mean = traded_mean(candles.volume, candles.close, windows.volume_first, params.lookback_bars)
    times = ratio_text(traded / mean) if mean > 0.0 else "any"
    passes = has_volume(traded, mean, params.vol_threshold)
    return passes, f"volume {times} of the {ratio_text(params.vol_threshold)} wanted"


def _trend(candles: Candles, params: BreakoutParams, windows: _Windows) -> tuple[bool, str]:
    per, window, slow = TREND_FRAME_MS // candles.frame_ms, trend_window_bars(params), params.trend_slow
    if params.trend == "cross":
        up = cross_is_up(candles.close, windows.trend_first, per, window, params.trend_fast, slow)
        what = f"average {params.trend_fast} {'>' if up else '<='} {slow}"
    else:
        up = price_is_up(candles.close, windows.trend_first, per, window, slow)
        what = f"close {'>' if up else '<='} average {slow}"
    return up, f"trend {'up' if up else 'down'}, {what} of four-hour bars"


def _sized(
    candles: Candles, facts: CoinFacts, policy: MarketPolicy, sign: int, regime: Regime, why: str
) -> Want:
    if not is_price(facts.mark):
        return Stay(f"mark {facts.mark} is not a price ({why})")
    if not is_price(facts.equity):
        return Stay(f"equity {facts.equity} leaves nothing to trade with ({why})")
    sizing = policy.sizing
    cap = float("inf") if sizing.max_single_loss is None else sizing.max_single_loss
    notional = entry_notional(facts.equity, sizing.position_ratio, regime.stop, cap)
    leg = Leg.LONG if sign > 0 else Leg.SHORT
    capped = "; cut to max_single_loss" if notional < facts.equity * sizing.position_ratio else ""
    return WantEntry(
        leg=leg,
        notional=notional,
        stop=level(facts.mark, sign, -regime.stop),
        target=level(facts.mark, sign, regime.target),
        signal_ms=candles.open_ms[-1],
        reason=f"{why}{capped}",
    )
