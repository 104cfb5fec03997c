"""Whether a script can be played: every name in it is one that this program knows, on that venue.

Rules: a script comes from a person's line or from an old file, so whatever is wrong with it is said in one
sentence, before anything is built.
"""

from collections.abc import Collection

from trader.parts import NAMES
from trader.selftest.accounts import LEGAL
from trader.selftest.catalogue import of_venue
from trader.selftest.events import HAPPENINGS
from trader.selftest.givens import GIVENS
from trader.selftest.moves import MOVES
from trader.selftest.processes.play import EVENTS, is_of_processes
from trader.selftest.script import Cell, Script
from trader.selftest.starts import STARTS


def require_known(script: Script) -> None:
    """Raise ValueError where something of it is not known."""
    cell = script.cell
    _require("venue", cell.venue, NAMES)
    if cell not in LEGAL:
        possible = "; ".join(_words(one) for one in LEGAL if one.venue == cell.venue)
        raise ValueError(f"{_words(cell)}: {cell.venue} has no such account; expected one of {possible}")
    _require("start", script.start, STARTS)
    for given in script.given:
        _require("given", given, GIVENS)
    events = events_known(script)
    for event in script.events:
        _require("plan", event.what, events)
    for move in script.moves:
        _require("moves", move.what, MOVES)


def events_known(script: Script) -> tuple[str, ...]:
    """The names of whatever can happen in a run of this script."""
    faults = tuple(row.name for row in of_venue(script.cell.venue))
    if is_of_processes(script):
        return (*faults, *EVENTS)
    return (*faults, *HAPPENINGS)


def _require(field: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise ValueError(f"{field}={name}: expected one of {', '.join(known)}")


def _words(cell: Cell) -> str:
    return f"{cell.sides} {cell.margin} {cell.strategy}"
