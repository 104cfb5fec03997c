"""The finer bars inside the bars of a strategy, laid out for compiled code.

Rules: those of one bar are all there or none is walked. What they reach may differ by a little from what
their bar says it reached, and marks have wicks of their own, so each bar is given a reach of everything that
could set an exit off in it or end a position: where that does not come to a level, nothing else does.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from trader.backtest.fast.blocks import aligned, block_of, fires_of
from trader.backtest.tape import Bars, Tape

MISSING = -1


@dataclass(frozen=True, slots=True, eq=False)
class Inner:
    """`first`: the column of the first finer bar inside each bar, MISSING where it is taken whole; `parts`
    are in each. `fires` are what sets stops off, `marks` what liquidates."""

    bars: Bars
    fires: Bars
    marks: Bars
    first: Any
    parts: int

    def block(self, *, with_fires: bool) -> Any:
        """Their prices as rows, and those of what sets stops off under them."""
        own = block_of(self.bars)
        return np.concatenate([own, np.stack(fires_of(self.fires))]) if with_fires else own


def inner_of(tape: Tape, bars: Bars, *, on_mark: bool) -> Inner | None:
    """Those of a tape inside these bars; None where it has none."""
    if tape.inner is None:
        return None
    inner = tape.inner
    marks = inner if tape.inner_mark is None else aligned(tape.inner_mark, inner)
    first = np.searchsorted(inner.open_ms, bars.open_ms)
    end = np.searchsorted(inner.open_ms, bars.open_ms + bars.frame_ms)
    is_whole = (end - first) * inner.frame_ms == bars.frame_ms
    return Inner(
        bars=inner,
        fires=marks if on_mark else inner,
        marks=marks,
        first=np.where(is_whole, first, MISSING),
        parts=bars.frame_ms // inner.frame_ms,
    )


def firsts_of(inner: Inner | None, count: int, begin: int) -> Any:
    """For each of so many bars the column of its first finer bar, as a row of prices; those of the tape are
    columns from `begin` on."""
    if inner is None:
        return np.full(count, float(MISSING))
    return np.where(inner.first == MISSING, MISSING, inner.first + begin).astype(np.float64)


def reach_of(bars: Bars, others: list[Bars], inner: Inner | None) -> tuple[Any, Any]:
    """(high, low) of each bar, of others like it and of the finer ones in it."""
    high, low = bars.high.copy(), bars.low.copy()
    for other in others:
        np.maximum(high, other.high, out=high)
        np.minimum(low, other.low, out=low)
    if inner is not None:
        there = np.flatnonzero(inner.first != MISSING)
        for part in range(inner.parts if len(there) else 0):
            at = inner.first[there] + part
            for finer in (inner.fires, inner.marks):
                high[there] = np.maximum(high[there], finer.high[at])
                low[there] = np.minimum(low[there], finer.low[at])
    return high, low
