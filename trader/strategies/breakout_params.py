"""The numbers of the breakout strategy, and what follows from them alone.

Each field is a parameter of `markets.<COIN>.params` with this name, default and bounds.
"""

from dataclasses import field
from typing import Literal

from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.frozen import frozen
from trader.strategies.indicators import SPIKE_BARS
from trader.strategies.parameters import Bar, count, frame_ms, share, share_or_zero

TREND_FRAME_MS = 4 * HOUR_MS
EMA_WINDOW_FACTOR = 5  # `trend: ema` looks back five times its period


@frozen
class BreakoutParams:
    """Every number of the strategy."""

    bar: Bar = "30m"
    range_bars: int = count(48)
    trigger: Literal["wick", "close"] = "wick"
    vol_threshold: float = field(default=1.25, metadata={"ge": 0.0})
    lookback_bars: int = count(48)
    trend: Literal["cross", "ema"] = "cross"
    trend_fast: int = count(8)
    trend_slow: int = count(21)
    trend_window: int = count(105)
    regime_days: int = count(7)
    regime_threshold: float = share_or_zero(0.25)
    trend_target: float = share(0.07)
    trend_stop: float = share(0.04)
    range_target: float = share(0.02)
    range_stop: float = share(0.05)
    early_bars: int = count(2)
    early_mfe: float = share_or_zero(0.008)
    max_hold_hours: int = count(60)
    regime_recheck_bars: int = count(48)
    trailing: Literal["none", "ratchet"] = "none"
    trail_activation: float = share_or_zero(0.03)
    trail_distance: float = share(0.05)
    trail_min_move: float = share_or_zero(0.001)


def trend_window_bars(params: BreakoutParams) -> int:
    """How many four-hour bars the trend is read from."""
    return params.trend_window if params.trend == "cross" else EMA_WINDOW_FACTOR * params.trend_slow


def hold_bars(params: BreakoutParams) -> int:
    """The time stop in bars, at least one; hours that fill no whole bar are dropped."""
    return max(1, params.max_hold_hours * HOUR_MS // frame_ms(params))


def hold_ms_max(params: BreakoutParams) -> int:
    """How long after its entry a position is still held by the strategy."""
    return hold_bars(params) * frame_ms(params)


def stop_fallback(params: BreakoutParams) -> float:
    """The stop for a position whose regime at entry can no longer be read: the tightest there is."""
    return min(params.trend_stop, params.range_stop)


def stop_widest(params: BreakoutParams) -> float:
    """The widest stop that an entry can get."""
    return max(params.trend_stop, params.range_stop)


def bars_needed(params: BreakoutParams) -> int:
    """How many closed bars decide everything: an entry, and a position until its time stop.

    A window of higher bars may end up to one base bar less than a whole group before `k`.
    """
    per_trend, per_day = TREND_FRAME_MS // frame_ms(params), DAY_MS // frame_ms(params)
    regime = (params.regime_days + 2) * per_day - 1
    return max(
        params.range_bars + 1,
        params.lookback_bars + 1,
        (trend_window_bars(params) + 1) * per_trend - 1,
        regime + hold_bars(params),
        SPIKE_BARS + 1 + hold_bars(params),
    )
