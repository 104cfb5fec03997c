"""A file of candles as columns, checked.

Rules: a bar that was not closed when it was written is refused, or left out by name when the caller asks for
that. It is known by the clock, by a file written in the middle of it, and by a close time that the row names.
"""

import time
from pathlib import Path

import numpy as np

from trader.backtest.data.bad_data import BadData, Tell, unheard
from trader.backtest.data.bar_checks import check_order, check_steps, check_values, frame_of, tell_gaps
from trader.backtest.data.columns import CLOSE_TIMES, OPEN_TIMES, PRICES, VOLUMES, found, needed, numbers_of
from trader.backtest.data.frames import fixed_bars, frame_name, taken
from trader.backtest.data.table import Table, read_table
from trader.backtest.data.times import times_of
from trader.backtest.tape import Bars, Numbers, Times
from trader.core.text import utc


def read_bars(
    path: str | Path,
    *,
    marks: bool = False,
    drop_unfinished: bool = False,
    now_ms: int | None = None,
    tell: Tell = unheard,
) -> Bars:
    """The closed bars of one file; marks need no volume. What a reader has to know is told."""
    table = read_table(Path(path))
    open_ms = times_of(table, needed(table, "open times", OPEN_TIMES), tell)
    check_order(table, open_ms)
    frame_ms = frame_of(table, open_ms)
    check_steps(table, open_ms, frame_ms)
    bars = fixed_bars(frame_ms, open_ms, *prices_of(table), volumes_of(table, marks=marks))
    check_values(table, bars)
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    bars = closed(table, bars, now_ms, drop_unfinished=drop_unfinished, tell=tell)
    tell_gaps(table, bars, tell)
    return bars


def prices_of(table: Table) -> list[Numbers]:
    """Open, high, low and close."""
    return [numbers_of(table, needed(table, f"{name} prices", names)) for name, names in PRICES.items()]


def volumes_of(table: Table, *, marks: bool) -> Numbers:
    """What was traded; mark prices are not traded, so without a column they have none."""
    column = found(table, VOLUMES) if marks else needed(table, "volumes", VOLUMES)
    return np.zeros(len(table)) if column is None else numbers_of(table, column)


def closed(table: Table, bars: Bars, now_ms: int, *, drop_unfinished: bool, tell: Tell) -> Bars:
    """Without the last bar where that one was not closed, if the caller allows; else refused."""
    last = int(bars.open_ms[-1])
    late = bars.open_ms > now_ms
    if late.any():
        row = int(np.argmax(late))
        what = f"opens at {utc(int(bars.open_ms[row]))}, after now ({utc(now_ms)})"
        fix = "The times are shifted or of another unit, or this machine's clock is behind"
        raise BadData(table.path, what, fix=fix, place=table.place(row))
    why = _unfinished(table, bars, now_ms)
    if why is None:
        return bars
    place = table.place(len(bars) - 1)
    if not drop_unfinished:
        fix = "Leave the row out, or read the file with --drop-unfinished"
        raise BadData(table.path, f"the last bar is not finished: {why}", fix=fix, place=place)
    tell(f"{table.path}: {place}: the last bar ({utc(last)}) is left out: {why}")
    return taken(bars, np.arange(len(bars) - 1))


def _unfinished(table: Table, bars: Bars, now_ms: int) -> str | None:
    """Why the last bar cannot be whole; None when nothing speaks against it."""
    last = int(bars.open_ms[-1])
    close_ms = last + bars.frame_ms
    if close_ms > now_ms:
        return f"it closes at {utc(close_ms)}, and now is {utc(now_ms)}"
    written_ms = table.path.stat().st_mtime_ns // 1_000_000
    if last <= written_ms < close_ms:
        return f"it closes at {utc(close_ms)}, and the file was written at {utc(written_ms)}"
    length_ms = _named_lengths(table, bars)
    if length_ms < bars.frame_ms:
        return f"it is {frame_name(length_ms)} long by its close time, expected {frame_name(bars.frame_ms)}"
    return None


def _named_lengths(table: Table, bars: Bars) -> int:
    """The last bar's length by the file's own close times; the other rows must have the frame's."""
    column = found(table, CLOSE_TIMES)
    if column is None:
        return bars.frame_ms
    closes: Times = times_of(table, column, unheard, cut=True)
    # Most name the last millisecond of the bar, some the first after it.
    lengths = closes + (closes % 1_000 == 999) - bars.open_ms
    odd = lengths != bars.frame_ms
    if odd[:-1].any():
        row = int(np.argmax(odd[:-1]))
        what = f"is {frame_name(int(lengths[row]))} long by its close time"
        fix = f"Expected {frame_name(bars.frame_ms)}: keep each frame in a file of its own"
        raise BadData(table.path, what, fix=fix, place=table.place(row))
    return int(lengths[-1]) if odd[-1] else bars.frame_ms
