"""What the bars of a tape say to a grid at every close: where the market goes, and whether a bar is a spike.

Rules: compiled. The walk and the judgement of a bar are the functions that a tick of the grid asks.
"""

from typing import Any

import numpy as np

from trader.strategies.indicators import SPIKE_BARS, adx, ema_seeded, is_spike
from trader.strategies.signals import direction_walked, spread_bps

UNKNOWN = 2  # beside the directions 1, 0 and -1
ENTRIES = ("directions", "spikes")


def directions(
    high: Any,
    low: Any,
    close: Any,
    runs: Any,
    whole: int,
    window: int,
    begin: int,
    fast: int,
    slow: int,
    strength_bars: int,
    strength_min: float,
    spread_min_bps: float,
) -> Any:
    """At each bar at which `whole` bars end without a hole: the direction, walked over the last `window` of
    them, from place `begin` of these on, and the strength and the spread of the averages at its end."""
    found = np.full(len(close), UNKNOWN, np.int8)
    index = np.zeros(len(close))
    spread = np.zeros(len(close))
    for k in range(len(close)):
        if runs[k] < whole:
            continue
        first = k + 1 - window
        closes = close[first : k + 1]
        quick, slack = ema_seeded(closes, fast), ema_seeded(closes, slow)
        strength = adx(high[first : k + 1], low[first : k + 1], closes, strength_bars)
        found[k] = direction_walked(quick, slack, strength, begin, strength_min, spread_min_bps)
        index[k] = strength[-1]
        spread[k] = spread_bps(quick[-1], slack[-1])
    return found, index, spread


def spikes(high: Any, low: Any, runs: Any) -> Any:
    """Which bars are known to be too wide to be believed."""
    found = np.zeros(len(high), np.bool_)
    for k in range(len(high)):
        found[k] = runs[k] > SPIKE_BARS and is_spike(high, low, k)
    return found
