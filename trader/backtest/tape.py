"""What a backtest reads: bars, marks, finer bars and funding of each coin, as columns.

Rules: times are UTC milliseconds of a bar's open, ascending, without duplicates; a missing bar is missing and
nothing stands in for it. Nobody writes to a column; columns are shared between runs and never copied. What
holds columns is equal to itself alone (`eq=False`, which `core.frozen` does not know).
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Times: TypeAlias = NDArray[np.int64]
Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Closed bars of one coin and one frame."""

    frame_ms: int
    open_ms: Times
    open: Numbers
    high: Numbers
    low: Numbers
    close: Numbers
    volume: Numbers

    def __len__(self) -> int:
        return len(self.open_ms)


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Funding: when it was due and what a long paid then, as a fraction of its value."""

    at_ms: Times
    rate: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """One coin. `bars` have the strategy's frame; `inner` bars divide them; `mark` has the frame of `bars`
    (`inner_mark` that of `inner`), and where there is none the candles stand in for it."""

    coin: str
    bars: Bars
    inner: Bars | None = None
    mark: Bars | None = None
    inner_mark: Bars | None = None
    funding: Rates | None = None


def sealed(column: NDArray[Any]) -> NDArray[Any]:
    """The column in one piece that cannot be written to, so that what is compiled for columns is compiled
    once, whatever they were made from; that stays as it was."""
    found = np.ascontiguousarray(column).view()
    found.setflags(write=False)
    return found
