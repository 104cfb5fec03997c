"""Every bar of a tape at which breakout would enter, were nothing held: the answer of `breakout.want`.

Rules: compiled. A bar is asked in the order in which most bars fall out; each question is the function that
the tick asks, and all of them must pass, so the order changes no answer. Nothing here knows of a position.
"""

from typing import Any

import numpy as np

from trader.backtest.fast.layout import AT_MARKET, CLOSES, HIGHS, LOWS, VOLUMES
from trader.backtest.fast.series import closed_group
from trader.core.candles import DAY_MS
from trader.strategies.breakout_params import TREND_FRAME_MS
from trader.strategies.indicators import SPIKE_BARS, is_spike, traded_mean
from trader.strategies.signals import cross_is_up, has_volume, price_is_up

DOWN = 0
UP = 1
UNKNOWN = -1
ENTRIES = ("trends", "breakout_signals")


def trends(closes: Any, streaks: Any, window: int, fast: int, slow: int) -> Any:
    """The trend at the close of each higher bar; `fast` 0 compares the close itself with the slow average."""
    found = np.empty(len(streaks), np.int8)
    for g in range(len(streaks)):
        if streaks[g] < window:
            found[g] = UNKNOWN
        elif fast > 0:
            found[g] = UP if cross_is_up(closes, g - window + 1, 1, window, fast, slow) else DOWN
        else:
            found[g] = UP if price_is_up(closes, g - window + 1, 1, window, slow) else DOWN
    return found


def breakout_signals(
    open_ms: Any,
    prices: Any,
    runs: Any,
    breaks: Any,
    trend: Any,
    trend_0: int,
    regime: Any,
    day_0: int,
    frame_ms: int,
    begin: int,
    range_bars: int,
    lookback_bars: int,
    vol_threshold: float,
    found: Any,
) -> int:
    """Write each signal from bar `begin` on, and say how many there are; there is room for every break
    (series.breaks)."""
    count = 0
    high, low, closes, volumes = prices[HIGHS], prices[LOWS], prices[CLOSES], prices[VOLUMES]
    whole = max(range_bars, lookback_bars, SPIKE_BARS) + 1
    for k in range(begin, len(open_ms)):
        if breaks[k] == 0 or runs[k] < whole:
            continue
        g = closed_group(open_ms[k], frame_ms, TREND_FRAME_MS, trend_0)
        d = closed_group(open_ms[k], frame_ms, DAY_MS, day_0)
        if g < 0 or d < 0 or trend[g] == UNKNOWN or regime[d] == UNKNOWN:
            continue
        if (trend[g] == UP) != (breaks[k] > 0):
            continue
        usual = traded_mean(volumes, closes, k - lookback_bars, lookback_bars)
        if not has_volume(volumes[k] * closes[k], usual, vol_threshold) or is_spike(high, low, k):
            continue
        one = found[count]
        one["at"], one["sign"], one["kind"] = k, breaks[k], AT_MARKET
        one["regime"], one["price"] = regime[d], closes[k]
        count = count + 1
    return count
