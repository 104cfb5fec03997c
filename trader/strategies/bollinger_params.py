"""The numbers of the bollinger strategy, and what follows from them alone.

Each field is a parameter of `markets.<COIN>.params` with this name, default and bounds.
"""

from dataclasses import field
from typing import Literal

from trader.core.candles import DAY_MS
from trader.core.frozen import frozen
from trader.strategies.indicators import SPIKE_BARS
from trader.strategies.parameters import Bar, count, frame_ms, share, share_or_zero


@frozen
class BollingerParams:
    """Every number of the strategy.

    Reversion alone reads `regime_filter`, `regime_days`, `regime_threshold` and `target_min_move`; breakout
    alone reads the trend's, and `target`, which stands in for a middle band that cannot be read;
    `entry: confirm` alone reads `entry_buffer`.
    """

    bar: Bar = "30m"
    style: Literal["reversion", "breakout"] = "reversion"
    entry: Literal["close", "resting", "confirm"] = "close"
    period: int = field(default=20, metadata={"ge": 2, "le": 5000})
    mult: float = field(default=2.0, metadata={"gt": 0.0, "le": 20.0})
    regime_filter: bool = True
    regime_days: int = count(7)
    regime_threshold: float = share_or_zero(0.25)
    target_min_move: float = share_or_zero(0.001)
    target: float = share(0.03)
    stop: float = share(0.02)
    max_hold_bars: int = count(120)
    trend_period: int = count(96)
    trend_window: int = count(288)
    trend_lag_bars: int = count(8)
    entry_buffer: float = field(default=0.001, metadata={"ge": 0.0, "le": 0.1})


def hold_ms_max(params: BollingerParams) -> int:
    """How long after its entry a position is still held by the strategy."""
    return params.max_hold_bars * frame_ms(params)


def stop_fallback(params: BollingerParams) -> float:
    """The stop for a position about which nothing else is known."""
    return params.stop


def is_reversion(params: BollingerParams) -> bool:
    return params.style == "reversion"


def reads_regime(params: BollingerParams) -> bool:
    """True when entries depend on daily bars."""
    return is_reversion(params) and params.regime_filter


def band_window_bars(params: BollingerParams) -> int:
    """How many closed bars the bands of an entry are read from, the bars that they judge among them."""
    return params.period + {"close": 1, "resting": 0, "confirm": 2}[params.entry]


def trend_window_bars(params: BollingerParams) -> int:
    """How many bars the trend now and the one before it are read from."""
    return params.trend_window + params.trend_lag_bars


def bars_needed(params: BollingerParams) -> int:
    """How many closed bars decide everything; a held position needs no more than an entry.

    A window of daily bars may end up to one base bar less than a whole day before `k`.
    """
    needed = max(band_window_bars(params), params.period, SPIKE_BARS + 1)
    if not is_reversion(params):
        needed = max(needed, trend_window_bars(params))
    if reads_regime(params):
        needed = max(needed, (params.regime_days + 2) * (DAY_MS // frame_ms(params)) - 1)
    return needed


def needs(params: BollingerParams) -> frozenset[str]:
    """The venue's abilities without which these parameters cannot be traded."""
    stop_entry = params.entry == "resting" and not is_reversion(params)
    return frozenset({"stop_entry"} if stop_entry else ())
