"""Every bar of a tape at which breakout would enter, were nothing held: the answer of `breakout.want`.

Rules: compiled. A bar is asked in the order in which most bars fall out; each question is the function that
the tick asks, and all of them must pass, so the order changes no answer. Nothing here knows of a position.
"""

from typing import Any

import numpy as np

from trader.backtest.fast.layout import AT_MARKET
from trader.backtest.fast.series import closed_group
from trader.strategies.indicators import SPIKE_BARS, highest, is_spike, lowest, traded_mean
from trader.strategies.signals import break_sign, cross_is_up, has_volume, price_is_up

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
    columns: Any,
    tops: Any,
    bottoms: Any,
    above: Any,
    below: Any,
    trend: Any,
    trend_0: int,
    trend_ms: int,
    regime: Any,
    regime_0: int,
    regime_ms: int,
    frame_ms: int,
    begin: int,
    range_bars: int,
    lookback_bars: int,
    vol_threshold: float,
) -> tuple[Any, Any, Any, Any, Any, int]:
    """(bar, sign, kind, price, regime) of each signal from bar `begin` on, and how many there are.

    `tops` and `bottoms` are what breaks a range: highs and lows, or closes; `above` and `below` how far back
    each reaches (series.reaches).
    """
    most = 1024
    at, signs, kinds = np.empty(most, np.int64), np.empty(most, np.int8), np.empty(most, np.int8)
    prices, regimes = np.empty(most), np.empty(most, np.int8)
    count = 0
    whole = max(range_bars, lookback_bars, SPIKE_BARS) + 1
    for k in range(begin, len(columns.open_ms)):
        if (above[k] > range_bars) == (below[k] > range_bars) or columns.run[k] < whole:
            continue
        g = closed_group(columns.open_ms[k], frame_ms, trend_ms, trend_0)
        d = closed_group(columns.open_ms[k], frame_ms, regime_ms, regime_0)
        if g < 0 or d < 0 or trend[g] == UNKNOWN or regime[d] == UNKNOWN:
            continue
        sign = break_sign(
            tops[k],
            bottoms[k],
            highest(columns.high, k - range_bars, k - 1),
            lowest(columns.low, k - range_bars, k - 1),
        )
        if sign == 0 or (trend[g] == UP) != (sign > 0):
            continue
        usual = traded_mean(columns.volume, columns.close, k - lookback_bars, lookback_bars)
        traded = columns.volume[k] * columns.close[k]
        if not has_volume(traded, usual, vol_threshold) or is_spike(columns.high, columns.low, k):
            continue
        if count == most:
            most = 2 * most
            at, signs, kinds = longer(at, most), longer(signs, most), longer(kinds, most)
            prices, regimes = longer(prices, most), longer(regimes, most)
        at[count], signs[count], kinds[count] = k, sign, AT_MARKET
        prices[count], regimes[count] = columns.close[k], regime[d]
        count = count + 1
    return at, signs, kinds, prices, regimes, count


def longer(values: Any, most: int) -> Any:
    """The same values with room for more."""
    grown = np.empty(most, values.dtype)
    grown[: len(values)] = values
    return grown
