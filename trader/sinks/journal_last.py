"""What the last recorded decision said had tripped, for a person who is about to resume.

Rules: only the newest day is looked at, from its end. What cannot be read is nothing: the record is no memory
of the program, and the next tick counts anew from the venue in any case.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trader.core.errors import ConfigError
from trader.sinks.journal_upkeep import PACKED, PLAIN, UNPACKING_ERRORS, day_files, whole_day
from trader.sinks.private_files import content_of, opened_folder


def last_tripped(folder: Path) -> Mapping[str, str]:
    """Rule to reason; empty where nothing had tripped or nothing is recorded."""
    try:
        with opened_folder(folder, create=False) as descriptor:
            day = max((day for _, day in day_files(descriptor)), default=None)
            if day is None:
                return {}
            packed, plain = content_of(descriptor, day + PACKED), content_of(descriptor, day + PLAIN)
            lines = whole_day(packed, plain).splitlines()
    except (ConfigError, *UNPACKING_ERRORS):
        return {}
    verdicts = (_verdict(line) for line in reversed(lines))
    last: Any = next((verdict for verdict in verdicts if isinstance(verdict, dict)), {})
    tripped = last.get("tripped")
    return {str(rule): str(why) for rule, why in tripped.items()} if isinstance(tripped, dict) else {}


def _verdict(line: bytes) -> Any:
    """The decision of a line; None for a run without one, or half a line."""
    try:
        return json.loads(line)["report"]["verdict"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
