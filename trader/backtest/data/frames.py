"""Lengths of bars, and longer bars put together from shorter ones on UTC borders.

Rules: a frame divides a day. A longer bar is made from complete groups only; sums run from left to right, so
that the same file gives the same numbers on every machine.
"""

import numpy as np

from trader.backtest.tape import Bars, Times
from trader.core.candles import DAY_MS, HOUR_MS, MINUTE_MS

_UNITS = (("d", DAY_MS), ("h", HOUR_MS), ("m", MINUTE_MS), ("s", 1_000))


def frame_name(frame_ms: int) -> str:
    """30m, 4h, 1d: as people and venues write it."""
    for letter, unit in _UNITS:
        if frame_ms >= unit and frame_ms % unit == 0:
            return f"{frame_ms // unit}{letter}"
    return f"{frame_ms} ms"


def divides_a_day(frame_ms: int) -> bool:
    return frame_ms > 0 and DAY_MS % frame_ms == 0


def taken(bars: Bars, rows: Times) -> Bars:
    """Some of the bars, by their places."""
    columns = (bars.open_ms, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return fixed_bars(bars.frame_ms, *(column[rows] for column in columns))


def fixed_bars(frame_ms: int, *columns: np.ndarray) -> Bars:
    """Bars whose columns nobody can change."""
    for column in columns:
        column.flags.writeable = False
    return Bars(frame_ms, *columns)


def whole_groups(bars: Bars, frame_ms: int) -> Times:
    """Where each complete group of a longer frame begins."""
    count = frame_ms // bars.frame_ms
    at_border = np.flatnonzero(bars.open_ms % frame_ms == 0)
    last = at_border + count - 1
    inside = last < len(bars)
    at_border, last = at_border[inside], last[inside]
    whole: Times = at_border[bars.open_ms[last] - bars.open_ms[at_border] == frame_ms - bars.frame_ms]
    return whole


def resampled(bars: Bars, frame_ms: int) -> Bars:
    """Longer bars, from complete groups."""
    count = frame_ms // bars.frame_ms
    first = whole_groups(bars, frame_ms)
    high, low, volume = bars.high[first], bars.low[first], bars.volume[first]
    for place in range(1, count):
        high = np.maximum(high, bars.high[first + place])
        low = np.minimum(low, bars.low[first + place])
        volume = volume + bars.volume[first + place]
    return fixed_bars(
        frame_ms, bars.open_ms[first], bars.open[first], high, low, bars.close[first + count - 1], volume
    )
