"""An equity curve as returns of days and months, on UTC borders."""

import numpy as np
from numpy.typing import NDArray

from trader.backtest.study import Run
from trader.backtest.tape import Numbers, Times
from trader.core.candles import DAY_MS
from trader.core.frozen import frozen
from trader.core.text import utc_day


@frozen
class Return:
    """What a day or a month made of the equity that it began with; `name` is 2024-05-31 or 2024-05."""

    name: str
    fraction: float


def day_ends(at_ms: Times) -> NDArray[np.intp]:
    """The places of the last close of each day that has one. A close at midnight ends the day before."""
    if not len(at_ms):
        return np.empty(0, np.intp)
    return np.flatnonzero(np.append(np.diff((at_ms - 1) // DAY_MS) != 0, True))


def fractions(values: Numbers, ends: NDArray[np.intp], equity: float) -> Numbers:
    """What each stretch made of the equity at the end of the one before."""
    kept = np.concatenate(([equity], values[ends]))
    return np.divide(np.diff(kept), kept[:-1], out=np.zeros(len(ends)), where=kept[:-1] != 0.0)


def daily(run: Run, equity: float) -> list[Return]:
    """Each day that has a close, from the value at the last close before it."""
    ends = day_ends(run.at_ms)
    names = [utc_day(int(at_ms - 1)) for at_ms in run.at_ms[ends]]
    grown = fractions(run.equity, ends, equity)
    return [Return(name, float(fraction)) for name, fraction in zip(names, grown, strict=True)]


def monthly(run: Run, equity: float) -> list[Return]:
    """Each month that has a close."""
    grown: dict[str, float] = {}
    for day in daily(run, equity):
        month = day.name[:7]
        grown[month] = grown.get(month, 1.0) * (1.0 + day.fraction)
    return [Return(month, factor - 1.0) for month, factor in grown.items()]
