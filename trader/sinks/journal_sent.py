"""What this machine sent, read off the journal: the ids in the records of runs since a moment, and no more.

Rules: lines are read as plain JSON, because a whole report of each run of a day costs seconds. What cannot be
read adds nothing, so an id that is missing here proves little on its own; `first_ms` and `last_ms` say from
when to when there are records at all.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.text import utc_day
from trader.sinks.journal_upkeep import PACKED, PLAIN, UNPACKING_ERRORS, day_files, whole_day
from trader.sinks.private_files import content_of, opened_folder

_IDS = ("client_id", "stop_id", "target_id", "first_stop_id")


@frozen
class Recorded:
    """The ids that were sent, and when the first and the last run began that the records hold."""

    ids: frozenset[str]
    first_ms: int | None
    last_ms: int | None


def recorded_since(folder: Path, since_ms: int) -> Recorded:
    """The records of all runs that began since; a journal that cannot be read holds none."""
    ids: set[str] = set()
    moments: list[int] = []
    try:
        for line in _lines(folder, utc_day(max(0, since_ms))):
            report: Any = line.get("report")
            started_ms = report.get("started_ms") if isinstance(report, dict) else None
            if isinstance(started_ms, int) and started_ms >= since_ms:
                moments.append(started_ms)
                ids.update(_sent(report))
    except (ConfigError, *UNPACKING_ERRORS):
        return Recorded(frozenset(ids), None, None)
    return Recorded(frozenset(ids), min(moments, default=None), max(moments, default=None))


def _lines(folder: Path, first_day: str) -> Iterator[dict[str, Any]]:
    with opened_folder(folder, create=False) as descriptor:
        for day in sorted({day for _, day in day_files(descriptor) if day >= first_day}):
            packed, plain = content_of(descriptor, day + PACKED), content_of(descriptor, day + PLAIN)
            for text in whole_day(packed, plain).splitlines():
                line = _parsed(text)
                if isinstance(line, dict):
                    yield line


def _parsed(text: bytes) -> Any:
    """The line; None for half a one, whose writer was ended or whose disk was full."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _sent(report: dict[str, Any]) -> Iterator[str]:
    """The ids in everything that the run and its verify did."""
    verified: Any = report.get("verified")
    for done in (report.get("done"), verified.get("done") if isinstance(verified, dict) else None):
        for one in done if isinstance(done, list) else ():
            action: Any = one.get("action") if isinstance(one, dict) else None
            if isinstance(action, dict):
                yield from (action[name] for name in _IDS if isinstance(action.get(name), str))
