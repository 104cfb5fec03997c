"""An equity curve as returns of days and months, on UTC borders."""

from dataclasses import dataclass

import numpy as np

from trader.backtest.study import Run
from trader.core.candles import DAY_MS
from trader.core.text import utc_day


@dataclass(frozen=True, slots=True)
class Return:
    """What a day or a month made of the equity that it began with; `name` is 2024-05-31 or 2024-05."""

    name: str
    fraction: float


def daily(run: Run, equity: float) -> list[Return]:
    """Each day that has a close, from the value at the last close before it. A close at midnight ends the
    day before."""
    if not len(run.at_ms):
        return []
    days = (run.at_ms - 1) // DAY_MS
    ends = np.flatnonzero(np.append(np.diff(days) != 0, True))
    values = np.concatenate(([equity], run.equity[ends]))
    fractions = np.divide(np.diff(values), values[:-1], out=np.zeros(len(ends)), where=values[:-1] != 0.0)
    names = [utc_day(int(day) * DAY_MS) for day in days[ends]]
    return [Return(name, float(fraction)) for name, fraction in zip(names, fractions, strict=True)]


def monthly(run: Run, equity: float) -> list[Return]:
    """Each month that has a close."""
    grown: dict[str, float] = {}
    for day in daily(run, equity):
        month = day.name[:7]
        grown[month] = grown.get(month, 1.0) * (1.0 + day.fraction)
    return [Return(month, factor - 1.0) for month, factor in grown.items()]
