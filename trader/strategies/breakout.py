"""Momentum breakout: enters when the last closed bar leaves its range on volume, with the trend.

The order of a tick: early validation, time stop, regime re-check, target, trailing (all in
`breakout_holding`), then entry (here). The candles end at the signal bar `k`; that `k` is the bar expected
now, that the signal is young, and that it was not entered before, is the caller's knowledge.
Every `Stay` has one stated cause. Every condition is put into words whether or not an earlier one failed.
"""

from trader.core.candles import Candles
from trader.core.frozen import frozen
from trader.core.policy import MarketPolicy
from trader.core.target import CoinFacts, Condition, Judged, Stay, Want, WantEntry
from trader.strategies.breakout_holding import hold
from trader.strategies.breakout_params import (
    TREND_FRAME_MS,
    BreakoutParams,
    bars_needed,
    hold_ms_max,
    stop_fallback,
    trend_window_bars,
)
from trader.strategies.breakout_regime import Regime, regime_at
from trader.strategies.indicators import (
    SPIKE_BARS,
    groups_first,
    highest,
    lowest,
    traded_mean,
    window_first,
)
from trader.strategies.judging import judged
from trader.strategies.opening import leg_towards, sized, unread, width_of
from trader.strategies.parameters import frame_ms
from trader.strategies.readings import Missing, missing
from trader.strategies.signals import break_sign, cross_is_up, has_volume, level, price_is_up
from trader.strategies.wording import price_text, ratio_text

__all__ = [
    "BreakoutParams",
    "bars_needed",
    "frame_ms",
    "hold_ms_max",
    "judge",
    "needs",
    "stop_fallback",
    "want",
]


@frozen
class _Windows:
    """Where the windows of an entry begin, all of them whole."""

    range_first: int
    volume_first: int
    trend_first: int


def needs(params: BreakoutParams) -> frozenset[str]:
    """The venue's abilities without which the strategy cannot be traded."""
    return frozenset()


def want(candles: Candles, facts: CoinFacts, policy: MarketPolicy) -> Want:
    """What the strategy wants of one coin at the close of the last bar."""
    return judge(candles, facts, policy).want


def judge(candles: Candles, facts: CoinFacts, policy: MarketPolicy) -> Judged:
    """What the strategy wants, with every condition that it asked on the way."""
    params: BreakoutParams = policy.params
    return judged(
        candles,
        facts,
        params,
        hold=lambda holding, asked: hold(candles, facts, holding, params, asked),
        enter=lambda asked: _entry(candles, facts, policy, params, asked),
    )


def _entry(
    candles: Candles, facts: CoinFacts, policy: MarketPolicy, params: BreakoutParams, asked: list[Condition]
) -> Want:
    windows = _windows(candles, params)
    regime = regime_at(candles, len(candles) - 1, params)
    if isinstance(windows, Missing):
        return unread(windows, asked)
    if isinstance(regime, Missing):
        return unread(regime, asked)
    asked.append(Condition("history", "every bar of every window is there", True))
    sign, broke = _break(candles, params, windows)
    traded, volume = _volume(candles, params, windows)
    up, trend = _trend(candles, params, windows)
    width = width_of(candles)
    asked += (
        Condition("break", broke, sign != 0),
        width,
        Condition("volume", volume, traded),
        Condition("trend", trend, sign == 0 or up == (sign > 0)),
        Condition("regime", regime.text, True),
    )
    if sign == 0:
        return Stay(broke)
    if not width.passed:
        return Stay(f"spike: {width.told} ({broke})")
    for told, passed in ((volume, traded), (trend, up == (sign > 0))):
        if not passed:
            return Stay(f"no {leg_towards(sign).value}: {told} ({broke})")
    why = f"{broke}; {volume}; {trend}; {regime.text}"
    return _sized(candles, facts, policy, sign, regime, why, asked)


def _sized(
    candles: Candles,
    facts: CoinFacts,
    policy: MarketPolicy,
    sign: int,
    regime: Regime,
    why: str,
    asked: list[Condition],
) -> Want:
    size = sized(facts, policy, regime.stop, asked)
    if size is None:
        return Stay(f"{asked[-1].told} ({why})")
    return WantEntry(
        leg=leg_towards(sign),
        notional=size.notional,
        stop=level(facts.mark, sign, -regime.stop),
        target=level(facts.mark, sign, regime.target),
        signal_ms=candles.open_ms[-1],
        reason=f"{why}{size.cut}",
    )


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
