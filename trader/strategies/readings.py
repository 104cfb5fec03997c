"""What a window of bars says, or why it cannot be read; shared by the strategies.

What cannot be read is `Missing`, never one of the values that it could have been.
"""

from trader.core.candles import DAY_MS, Candles
from trader.core.frozen import frozen
from trader.strategies.indicators import (
    GAP,
    SPIKE_BARS,
    directional_efficiency,
    groups_first,
    is_spike,
    window_first,
)


@frozen
class Missing:
    """A window that cannot be read, and why."""

    why: str


def missing(first: int, window: str, candles: Candles) -> Missing:
    """Says which of the two reasons a negative window start stands for."""
    if first == GAP:
        return Missing(f"gap: a bar is missing in {window}")
    return Missing(f"warm-up: {window} needs more than the {len(candles)} bars there are")


def efficiency_at(candles: Candles, index: int, days: int) -> float | Missing:
    """How straight price went over so many days, from the daily bars closed with the bar at `index`."""
    first = groups_first(candles.open_ms, index, days + 1, candles.frame_ms, DAY_MS)
    if first < 0:
        return missing(first, f"{days + 1} days for the regime", candles)
    return directional_efficiency(
        candles.high, candles.low, candles.close, first, days, DAY_MS // candles.frame_ms
    )


def last_bar_is_spike(candles: Candles) -> bool:
    """True when the last bar is known to be too wide to be believed."""
    k = len(candles) - 1
    whole = window_first(candles.open_ms, k, SPIKE_BARS + 1, candles.frame_ms) >= 0
    return whole and is_spike(candles.high, candles.low, k)
