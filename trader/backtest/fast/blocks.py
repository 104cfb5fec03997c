"""Bars as the rows of one block, and marks laid beside them.

Rules: columns are those of the tape wherever possible, never copies; where a mark is missing the candle
stands in for it.
"""

from typing import Any

import numpy as np

from trader.backtest.tape import Bars, sealed

OWN = ("open", "high", "low", "close", "volume")  # the rows of a block, as layout numbers them


def block_of(bars: Bars) -> Any:
    """Opens, highs, lows, closes and volumes as the rows of one block; where they stand so, in place."""
    rows = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    base = bars.open.base
    if isinstance(base, np.ndarray) and base.shape == (len(rows), len(bars)):
        starts = [base[r].ctypes.data for r in range(len(rows))]
        if starts == [row.ctypes.data for row in rows]:
            return base
    return np.stack(rows)


def fires_of(bars: Bars) -> list[Any]:
    """The rows of what sets stops off, beside prices that do not."""
    return [getattr(bars, name) for name in OWN[:4]]


def up_to(bars: Bars, count: int) -> Bars:
    """The first so many bars."""
    columns = (bars.open_ms, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return Bars(bars.frame_ms, *(sealed(column[:count]) for column in columns))


def aligned(mark: Bars, bars: Bars) -> Bars:
    """The bars of marks beside those of prices."""
    count = len(bars)
    if len(mark) >= count and np.array_equal(mark.open_ms[:count], bars.open_ms):
        return up_to(mark, count)
    if not len(mark):
        return bars
    at = np.minimum(np.searchsorted(mark.open_ms, bars.open_ms), len(mark) - 1)
    there = mark.open_ms[at] == bars.open_ms
    columns = (
        np.where(there, ours[at], theirs)
        for ours, theirs in (
            (mark.open, bars.open),
            (mark.high, bars.high),
            (mark.low, bars.low),
            (mark.close, bars.close),
            (mark.volume, bars.volume),
        )
    )
    return Bars(bars.frame_ms, bars.open_ms, *columns)
