"""What is wrong with rows that say they are bars: the first fault is named with its row, value and fix.

Rules: nothing is mended. A gap is no fault: it is counted and told. Order and distance of times come first,
because they say whether the rest means anything.
"""

from collections.abc import Iterator

import numpy as np

from trader.backtest.data.bad_data import BadData, Tell
from trader.backtest.data.frames import divides_a_day, frame_name
from trader.backtest.data.table import Table
from trader.backtest.data.times import Flags
from trader.backtest.tape import Bars, Numbers, Times
from trader.core.text import plural, utc

_RUN = 30  # so many equal longer steps in a row are another frame, not gaps


def check_order(table: Table, at_ms: Times, *, row_is: str = "bar opens") -> None:
    """Times must ascend, each once. `row_is`: what a row says of its time."""
    for fault in order_faults(table, at_ms, row_is):
        raise fault


def order_faults(table: Table, open_ms: Times, row_is: str = "bar opens") -> Iterator[BadData]:
    """Rows that stand where no row can: repeated, or before the one above."""
    steps = np.diff(open_ms)
    if len(steps) > 0 and int(steps.max()) < 0:
        fix = "Sort the file by time, oldest first"
        yield BadData(table.path, "the newest row stands first", fix=fix, place=table.place(1))
        return
    if (steps == 0).any():
        row, count = int(np.argmax(steps == 0)) + 1, int((steps == 0).sum())
        what = f"a second {row_is} at {utc(int(open_ms[row]))} ({plural(count, 'repeated row')} in all)"
        fix = "Keep the one that is right: a backtest cannot know which"
        yield BadData(table.path, what, fix=fix, place=table.place(row))
    if (steps < 0).any():
        row = int(np.argmax(steps < 0)) + 1
        what = f"opens at {utc(int(open_ms[row]))}, before the row above it ({utc(int(open_ms[row - 1]))})"
        fix = "Sort the file by time, and see that it holds one coin and one frame"
        yield BadData(table.path, what, fix=fix, place=table.place(row))


def frame_of(table: Table, open_ms: Times) -> int:
    """The distance of the bars, which must divide a day."""
    if len(open_ms) < 2:
        raise BadData(table.path, "holds one bar, whose length cannot be told", fix="Fetch more bars")
    steps = np.diff(open_ms)
    values, counts = np.unique(steps, return_counts=True)
    frame_ms = int(values[np.argmax(counts)])
    if not divides_a_day(frame_ms):
        what = f"most bars are {frame_name(frame_ms)} apart, which does not divide a day"
        raise BadData(table.path, what, fix="Expected a frame such as 1m, 15m, 30m, 1h or 1d")
    return frame_ms


def check_steps(table: Table, open_ms: Times, frame_ms: int) -> None:
    """Bars must stand on the frame's borders of UTC and be of that frame."""
    for fault in step_faults(table, open_ms, frame_ms):
        raise fault


def step_faults(table: Table, open_ms: Times, frame_ms: int) -> Iterator[BadData]:
    """Bars off the frame's borders, and long runs of another distance."""
    steps = np.diff(open_ms)
    odd = steps % frame_ms != 0
    if odd.any():
        row = int(np.argmax(odd)) + 1
        step = frame_name(int(steps[row - 1]))
        what = f"opens {step} after the bar before it, and most bars are {frame_name(frame_ms)} apart"
        fix = "Two frames or a shifted part in one file: keep them in files of their own"
        yield BadData(table.path, what, fix=fix, place=table.place(row))
    border = open_ms % frame_ms != 0
    if border.any():
        row = int(np.argmax(border))
        ahead = frame_name(int(open_ms[row] % frame_ms))
        what = f"opens at {utc(int(open_ms[row]))}, {ahead} past a {frame_name(frame_ms)} border of UTC"
        fix = "The times are of another zone or shifted: write UTC times of each bar's open"
        yield BadData(table.path, what, fix=fix, place=table.place(row))
    for row in _runs(steps, frame_ms):
        step = frame_name(int(steps[row]))
        what = f"from here {_RUN} bars and more are {step} apart, and most are {frame_name(frame_ms)}"
        fix = "Two frames in one file: keep them in files of their own"
        yield BadData(table.path, what, fix=fix, place=table.place(row))


def _runs(steps: Times, frame_ms: int) -> list[int]:
    """Where a long run of equal steps begins that are not the frame's."""
    changes = np.flatnonzero(np.diff(steps)) + 1
    starts = np.concatenate(([0], changes))
    lengths = np.diff(np.concatenate((starts, [len(steps)])))
    return [int(start) for start in starts[(lengths >= _RUN) & (steps[starts] != frame_ms)]]


def check_values(table: Table, bars: Bars) -> None:
    """Prices and volumes must be what a market can have had."""
    for fault in value_faults(table, bars):
        raise fault


def value_faults(table: Table, bars: Bars) -> Iterator[BadData]:
    """One for each way in which rows are wrong."""
    prices = {"open": bars.open, "high": bars.high, "low": bars.low, "close": bars.close}
    for name, column in (*prices.items(), ("volume", bars.volume)):
        yield from _wrong(table, ~np.isfinite(column), f"{name} is {{}}, expected a finite number", column)
    for name, column in prices.items():
        yield from _wrong(table, column <= 0.0, f"{name} is {{}}, expected a price above 0", column)
    yield from _wrong(table, bars.volume < 0.0, "volume is {}, expected 0 or more", bars.volume)
    yield from _wrong(table, bars.high < bars.low, "high is {}, below low, which is {}", bars.high, bars.low)
    for name in ("open", "close"):
        column = prices[name]
        above, below = (
            f"{name} is {{}}, above high, which is {{}}",
            f"{name} is {{}}, below low, which is {{}}",
        )
        yield from _wrong(table, column > bars.high, above, column, bars.high)
        yield from _wrong(table, column < bars.low, below, column, bars.low)


def _wrong(table: Table, wrong: Flags, what: str, *shown: Numbers) -> Iterator[BadData]:
    if not wrong.any():
        return
    row, count = int(np.argmax(wrong)), int(wrong.sum())
    more = f" ({count} such rows)" if count > 1 else ""
    fix = "Fetch the row again, or see that the columns are what their names say"
    text = what.format(*(f"{float(column[row])!r}" for column in shown)) + more
    yield BadData(table.path, text, fix=fix, place=table.place(row))


def tell_gaps(table: Table, bars: Bars, tell: Tell) -> None:
    """Missing bars stay missing, and are told."""
    steps = np.diff(bars.open_ms)
    wide = steps > bars.frame_ms
    if not wide.any():
        return
    missing = int((steps[wide] // bars.frame_ms - 1).sum())
    longest = int(np.argmax(steps))
    after = utc(int(bars.open_ms[longest]))
    gaps = plural(int(wide.sum()), "gap")
    count = int(steps[longest]) // bars.frame_ms - 1
    tell(f"{table.path}: {gaps}, {plural(missing, 'bar')} missing; the longest is {count}, after {after}")
