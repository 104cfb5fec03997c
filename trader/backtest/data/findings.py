"""Everything there is to know about a file of bars or rates before it is believed.

Rules: where a reader stops at the first fault, this goes on and lists each kind with how often and where. A
fault is what a backtest refuses; all else is a note. Order and repeats are put right only here, only to look
at what lies behind them, and never on disk.
"""

import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from trader.backtest.data.bad_data import BadData
from trader.backtest.data.bar_checks import frame_of, order_faults, step_faults, value_faults
from trader.backtest.data.bars import closed, prices_of, volumes_of
from trader.backtest.data.columns import FUNDING_RATES, OPEN_TIMES, PRICES, found, needed
from trader.backtest.data.frames import fixed_bars, taken
from trader.backtest.data.rates import read_rates
from trader.backtest.data.table import Table, read_table
from trader.backtest.data.times import Flags, times_of
from trader.backtest.tape import Bars, Times
from trader.core.frozen import frozen
from trader.core.text import plural, utc

LISTED_MAX = 100  # places of one kind that are told: enough to see a pattern, too few to flood a log


@frozen
class Finding:
    """One kind of thing that was found. `at_ms` are the first bars it was found at."""

    kind: str
    is_fault: bool
    text: str
    count: int = 1
    at_ms: tuple[int, ...] = ()


@dataclass(slots=True, eq=False)
class Inspection:
    """One file, what it holds, and what was found; `bars` only where they could be read."""

    path: Path
    holds: str = "nothing that could be read"
    rows: int = 0
    frame_ms: int | None = None
    first_ms: int | None = None
    last_ms: int | None = None
    findings: list[Finding] = field(default_factory=list)
    bars: Bars | None = None

    @property
    def is_usable(self) -> bool:
        return not any(finding.is_fault for finding in self.findings)

    def fault(self, kind: str, error: BadData) -> None:
        self.findings.append(Finding(kind, True, said_by(error)))

    def note(self, kind: str, text: str, at_ms: Times | None = None) -> None:
        times = () if at_ms is None else tuple(int(each) for each in at_ms[:LISTED_MAX])
        count = 1 if at_ms is None else len(at_ms)
        self.findings.append(Finding(kind, False, text, count, times))


def said_by(error: BadData) -> str:
    """What an error says, without the name of the file."""
    return str(error).removeprefix(f"{error.path}: ")


def inspect(path: Path, *, now_ms: int | None = None) -> Inspection:
    """Look through one file of candles, marks or funding."""
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    seen = Inspection(path)
    try:
        table = read_table(path)
        seen.rows = len(table)
        if _holds_rates(table):
            _inspect_rates(seen)
        else:
            _inspect_bars(seen, table, now_ms)
    except BadData as error:
        seen.fault("unreadable", error)
    return seen


def _holds_rates(table: Table) -> bool:
    is_named = "funding" in table.path.name.lower()
    return found(table, FUNDING_RATES) is not None or (is_named and found(table, PRICES["open"]) is not None)


def _inspect_rates(seen: Inspection) -> None:
    said: list[str] = []
    rates = read_rates(seen.path, tell=said.append)
    seen.holds = "funding"
    seen.first_ms, seen.last_ms = int(rates.at_ms[0]), int(rates.at_ms[-1])
    for text in said:
        seen.note("told", text.removeprefix(f"{seen.path}: "))


def _inspect_bars(seen: Inspection, table: Table, now_ms: int) -> None:
    said: list[str] = []
    open_ms = times_of(table, needed(table, "open times", OPEN_TIMES), said.append)
    for text in said:
        seen.note("told", text.removeprefix(f"{table.path}: "))
    for fault in order_faults(table, open_ms):
        seen.fault("order", fault)
    rows = np.unique(open_ms, return_index=True)[1]
    seen.first_ms, seen.last_ms = int(open_ms[rows[0]]), int(open_ms[rows[-1]])
    seen.frame_ms = frame_of(table, open_ms[rows])
    volume = volumes_of(table, marks=True)
    seen.holds = "candles" if volume.any() else "marks"
    bars = fixed_bars(seen.frame_ms, open_ms, *prices_of(table), volume)
    if seen.is_usable:
        for fault in step_faults(table, open_ms, seen.frame_ms):
            seen.fault("frame", fault)
    for fault in value_faults(table, bars):
        seen.fault("values", fault)
    bars = taken(bars, rows)
    try:
        closed(table, bars, now_ms, drop_unfinished=False, tell=said.append)
    except BadData as error:
        seen.fault("unfinished", error)
    _note_gaps(seen, bars)
    if seen.holds == "candles":
        _note_still(seen, bars)
    seen.bars = bars if seen.is_usable else None


def _note_gaps(seen: Inspection, bars: Bars) -> None:
    steps = np.diff(bars.open_ms)
    wide = np.flatnonzero(steps > bars.frame_ms)
    if len(wide) == 0:
        return
    missing = steps[wide] // bars.frame_ms - 1
    longest = int(np.argmax(missing))
    before = utc(int(bars.open_ms[wide[longest]]))
    text = f"{plural(int(missing.sum()), 'bar')} missing in {plural(len(wide), 'gap')}"
    seen.note("gap", f"{text}; the longest has {int(missing[longest])}, after {before}", bars.open_ms[wide])


def _note_still(seen: Inspection, bars: Bars) -> None:
    starts, lengths = stretches(bars.volume == 0.0)
    if len(starts) == 0:
        return
    longest = int(np.argmax(lengths))
    begin = utc(int(bars.open_ms[starts[longest]]))
    text = f"{plural(int(lengths.sum()), 'bar')} without volume in {plural(len(starts), 'run')}"
    seen.note("still", f"{text}; the longest has {int(lengths[longest])}, from {begin}", bars.open_ms[starts])


def stretches(flags: Flags) -> tuple[Times, Times]:
    """Where each run of true begins, and how long it is."""
    edges = np.diff(np.concatenate(([0], flags.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return starts, ends - starts
