"""Funding: from a file of rates, or one rate for ever.

Rules: a rate is a fraction of the position's value, paid by a long when it is above zero. Venues stamp a
payment some milliseconds late: a time up to ten seconds past a full minute is that minute, and that is said.
A payment that the rhythm around it expects and the file lacks is told; nothing stands in for it.
"""

import math
from pathlib import Path

import numpy as np

from trader.backtest.data.bad_data import BadData, Tell, unheard
from trader.backtest.data.bar_checks import check_order
from trader.backtest.data.columns import FUNDING_RATES, FUNDING_TIMES, found, needed, numbers_of
from trader.backtest.data.frames import frame_name
from trader.backtest.data.table import Table, read_table
from trader.backtest.data.times import Flags, times_of
from trader.backtest.tape import Numbers, Rates, Times
from trader.core.candles import HOUR_MS, MINUTE_MS
from trader.core.text import plural, utc

PERIOD_MS = 8 * HOUR_MS
RATE_MAX = 0.05  # the widest bound of any venue is 4 % an hour
_USUAL_MAX = 0.002  # half of all rates above it: these are per cent or basis points
_LATE_MS = 10_000
_AROUND = 4  # payments on each side that say what the rhythm is


def read_rates(
    source: str | Path | float,
    *,
    first_ms: int | None = None,
    end_ms: int | None = None,
    tell: Tell = unheard,
) -> Rates:
    """From a file; or, where `source` is a number or the text of one, that rate every 8 hours in the span."""
    rate = _number(source)
    if rate is None:
        return _from_file(Path(source), tell)  # type: ignore[arg-type]
    if first_ms is None or end_ms is None:
        raise ValueError("a constant rate needs the span it is due in")
    return constant_rate(rate, first_ms=first_ms, end_ms=end_ms)


def constant_rate(rate: float, *, first_ms: int, end_ms: int) -> Rates:
    """One rate at 00, 08 and 16 UTC within [first, end]."""
    if not math.isfinite(rate) or abs(rate) > RATE_MAX:
        what = f"a rate of {rate!r} per 8 h, expected a fraction between -{RATE_MAX} and {RATE_MAX}"
        raise BadData(Path("--funding"), what, fix="0.0001 is 0.01 %, what venues call the usual rate")
    start = -(-first_ms // PERIOD_MS) * PERIOD_MS
    at_ms = np.arange(start, end_ms + 1, PERIOD_MS, dtype=np.int64)
    return _frozen(at_ms, np.full(len(at_ms), rate))


def _number(source: str | Path | float) -> float | None:
    if isinstance(source, Path):
        return None
    try:
        return float(source)
    except ValueError:
        return None


def _frozen(at_ms: Times, rate: Numbers) -> Rates:
    at_ms.flags.writeable = rate.flags.writeable = False
    return Rates(at_ms, rate)


def _from_file(path: Path, tell: Tell) -> Rates:
    table = read_table(path)
    stamped = times_of(table, needed(table, "times of funding", FUNDING_TIMES), tell)
    check_order(table, stamped, row_is="rate is due")
    at_ms = _on_the_minute(table, stamped, tell)
    check_order(table, at_ms, row_is="rate is due")
    rate = numbers_of(table, _rate_column(table))
    _check_values(table, rate)
    _tell_holes(table, at_ms, tell)
    return _frozen(at_ms, rate)


def _rate_column(table: Table) -> str:
    """One bot keeps funding as candles whose open is the rate; its files say so by name."""
    column = found(table, FUNDING_RATES)
    if column is None and "funding" in table.path.name.lower():
        column = found(table, ("open",))
    return column or needed(table, "rates", FUNDING_RATES)


def _on_the_minute(table: Table, at_ms: Times, tell: Tell) -> Times:
    late = at_ms % MINUTE_MS
    off = late > _LATE_MS
    if off.any():
        row = int(np.argmax(off))
        what = f"funding at {utc(int(at_ms[row]))}, expected a full minute"
        raise BadData(table.path, what, fix="Write the time at which it was due", place=table.place(row))
    if late.any():
        count = plural(int((late > 0).sum()), "time")
        tell(f"{table.path}: {count} of funding, up to {int(late.max())} ms past a minute, are that minute")
    return at_ms - late


def _check_values(table: Table, rate: Numbers) -> None:
    broken: Flags = ~np.isfinite(rate) | (np.abs(rate) > RATE_MAX)
    if broken.any():
        row = int(np.argmax(broken))
        what = f"the rate is {float(rate[row])!r}, expected a fraction between -{RATE_MAX} and {RATE_MAX}"
        fix = "Write fractions: 0.0001 is 0.01 %"
        raise BadData(table.path, what, fix=fix, place=table.place(row))
    usual = float(np.median(np.abs(rate)))
    if usual > _USUAL_MAX:
        what = f"half of all rates are above {usual:g}, which no market pays for long"
        raise BadData(table.path, what, fix="Write fractions, not per cent or basis points")


def _tell_holes(table: Table, at_ms: Times, tell: Tell) -> None:
    """Payments that are missing by the rhythm of those around them, which may change once for all."""
    steps = np.diff(at_ms)
    if len(steps) == 0:
        return
    padded = np.concatenate((np.full(_AROUND, steps[0]), steps, np.full(_AROUND, steps[-1])))
    rhythm = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1), axis=1)
    holes = np.flatnonzero(steps > 1.5 * rhythm)
    changes = [int(row) for row in np.flatnonzero(np.diff(rhythm)) + 1]
    if len(holes):
        missing = int(np.rint(steps[holes] / rhythm[holes] - 1).sum())
        after = ", ".join(utc(int(at_ms[row]) + int(rhythm[row])) for row in holes[:3])
        more = ", ..." if len(holes) > 3 else ""
        tell(f"{table.path}: {plural(missing, 'payment')} of funding missing, due {after}{more}")
    for row in changes[:3]:
        was, now = frame_name(int(rhythm[row - 1])), frame_name(int(rhythm[row]))
        tell(f"{table.path}: funding every {was} becomes every {now} at {utc(int(at_ms[row]))}")
