"""What a backtest reads: bars, marks, finer bars and funding of each coin, as columns.

Rules: times are UTC milliseconds of a bar's open, ascending, without duplicates; a missing bar is missing and
nothing stands in for it. Columns are read-only arrays in one piece, shared between runs; whatever they were
made from, they are of one kind, so that what is compiled for them is compiled once.
"""

from dataclasses import dataclass, fields
from typing import TypeAlias

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

    def __post_init__(self) -> None:
        _seal(self)

    def __len__(self) -> int:
        return len(self.open_ms)


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Funding: when it was due and what a long paid then, as a fraction of its value."""

    at_ms: Times
    rate: Numbers

    def __post_init__(self) -> None:
        _seal(self)


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


def _seal(columns: Bars | Rates) -> None:
    """Make each column one piece that cannot be written to; what it was made from stays as it was."""
    for field in fields(columns):
        column = getattr(columns, field.name)
        if isinstance(column, np.ndarray):
            sealed = np.ascontiguousarray(column).view()
            sealed.setflags(write=False)
            object.__setattr__(columns, field.name, sealed)
