"""Reads the journal: ticks between two moments, or one line with all that its decision was made from.

Rules: only a whole line of a schema that this version knows is believed; anything else is `Skipped`, with its
place and the reason, never silently. A reader takes no lock unless it meets half a line at the end, which it
waits for.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trader.core.codec import from_json, to_json
from trader.core.errors import ConfigError, Malformed
from trader.core.frozen import frozen
from trader.core.orders import Unreadable
from trader.core.report import Report, Verdict
from trader.core.snapshot import Snapshot
from trader.core.text import utc_day
from trader.sinks.bar_store import BarsReference, load
from trader.sinks.journal import BARS_TAG, SCHEMA
from trader.sinks.journal_upkeep import PACKED, PLAIN, UNPACKING_ERRORS, day_files, whole_day
from trader.sinks.private_files import alone_in, content_of, opened_folder

_FIELDS = {"schema", "report", "settings", "entries_for", "halted", "resumed_ms"}
LAST_MS = 253_402_300_799_000
"""The last second that a file name of ours can hold."""


@frozen
class Tick:
    """One recorded run, without its bars."""

    file: str
    number: int
    report: Report


@frozen
class Skipped:
    """A line or file that is not believed, and why."""

    file: str
    number: int
    why: str


@frozen
class Recorded:
    """A decision as it was made: what was seen, what it depended on, what was said."""

    snapshot: Snapshot
    settings: Any
    entries_for: frozenset[str] | None
    halted: str | None
    resumed_ms: int | None
    verdict: Verdict
    number: int


def read_ticks(folder: Path, *, since_ms: int, until_ms: int) -> Iterator[Tick | Skipped]:
    """Every run that started in [since, until), oldest first."""
    first, last = utc_day(max(since_ms, 0)), utc_day(min(until_ms, LAST_MS))
    with opened_folder(folder, create=False) as descriptor:
        for day in sorted({day for _, day in day_files(descriptor)}):
            if first <= day <= last:
                for found in _ticks_of_day(descriptor, folder, day):
                    if isinstance(found, Skipped) or since_ms <= found.report.started_ms < until_ms:
                        yield found


def load_tick(file: Path, number: int | None = None) -> Recorded:
    """The decision on this line of a journal file, or without a number the last decision in it."""
    day = file.name.removesuffix(PACKED).removesuffix(PLAIN)
    try:
        with opened_folder(file.parent, create=False) as folder:
            found = _decisions(_day_content(folder, day), number)
            for line_number, line in found:
                return _recorded(folder, line, line_number)
    except UNPACKING_ERRORS as error:
        raise ConfigError(f"the journal file {file} cannot be read: {error}") from error
    place = f"line {number} of {file}" if number else f"{file}"
    raise ConfigError(f"{place} holds no decision; `trader log` shows which lines do")


def _decisions(content: bytes, number: int | None) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = list(enumerate(content.splitlines(), start=1))
    for line_number, text in reversed(lines):
        if number is not None and line_number != number:
            continue
        line = _parsed(text)
        if isinstance(line, str) and number is not None:
            raise Malformed(f"line {number}: {line}")
        if isinstance(line, dict) and line["report"].get("snapshot") and line["report"].get("verdict"):
            yield line_number, line


def _ticks_of_day(folder: int, path: Path, day: str) -> Iterator[Tick | Skipped]:
    name = str(path / f"{day}{PLAIN}")
    try:
        content = _day_content(folder, day)
    except UNPACKING_ERRORS as error:
        yield Skipped(name, 0, f"the day cannot be read: {error}")
        return
    for number, text in enumerate(content.splitlines(), start=1):
        line = _parsed(text)
        if isinstance(line, str):
            yield Skipped(name, number, line)
            continue
        try:
            yield Tick(name, number, _report(line["report"], None))
        except Malformed as error:
            yield Skipped(name, number, f"written by another version: {error}")


def _day_content(folder: int, day: str) -> bytes:
    """The lines of a day; a day that is compressed while we look is looked for once more."""
    for _ in range(2):
        packed, plain = content_of(folder, day + PACKED), content_of(folder, day + PLAIN)
        if plain and not plain.endswith(b"\n"):
            # Its writer may be in the middle of it: a long line is not seen whole at once.
            with alone_in(folder):
                plain = content_of(folder, day + PLAIN)
        if packed is not None or plain is not None:
            return whole_day(packed, plain)
    raise FileNotFoundError(2, "there is no such day in the journal", day)


def _parsed(text: bytes) -> dict[str, Any] | str:
    """The line, or why it is not believed."""
    try:
        line = json.loads(text, parse_constant=_no_such_number)
    except (ValueError, RecursionError):
        return "half a line: its writer was ended or its disk was full"
    if not isinstance(line, dict) or line.get("schema") != SCHEMA:
        return f"not a line of {SCHEMA}"
    if set(line) != _FIELDS or not isinstance(line["report"], dict):
        return f"a line of {SCHEMA} with other fields than this version knows"
    return line


def _no_such_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _recorded(folder: int, line: dict[str, Any], number: int) -> Recorded:
    report = _report(line["report"], folder)
    if report.snapshot is None or report.verdict is None:
        raise Malformed(f"line {number} holds no decision")
    return Recorded(
        snapshot=report.snapshot,
        settings=line["settings"],
        entries_for=from_json(frozenset[str] | None, line["entries_for"]),
        halted=from_json(str | None, line["halted"]),
        resumed_ms=from_json(int | None, line["resumed_ms"]),
        verdict=report.verdict,
        number=number,
    )


def _report(written: dict[str, Any], folder: int | None) -> Report:
    """The report with its bars, or without a folder with a note in their place."""
    snapshot = written.get("snapshot")
    views = snapshot.get("markets") if isinstance(snapshot, dict) else None
    for view in views.values() if isinstance(views, dict) else ():
        bars = view.get("candles") if isinstance(view, dict) else None
        if isinstance(bars, dict) and bars.get("is") == BARS_TAG:
            view["candles"] = _bars(bars, folder)
    return from_json(Report, written)


def _bars(bars: dict[str, Any], folder: int | None) -> dict[str, Any]:
    if folder is None:
        return {"is": "Unreadable", **to_json(Unreadable("candles", "left in the bar store"))}
    reference = from_json(BarsReference, {k: v for k, v in bars.items() if k != "is"})
    return {"is": "Candles", **to_json(load(folder, reference))}
