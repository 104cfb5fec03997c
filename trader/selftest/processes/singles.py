"""The scripts of tier D: one thing goes wrong in a first run, at one request; a run and a check must heal.

Rules: every kill and every request to stop at every request of a run; every fault, once and lasting, at the
twelve requests that matter; every peril of the machine. Starts and cells are rotated over them; which come
first is drawn from the seed, so that a campaign that is cut short has seen something of everything.
"""

from collections.abc import Iterator
from itertools import zip_longest

from trader.core.frozen import frozen
from trader.selftest.accounts import LEGAL
from trader.selftest.catalogue import of_venue
from trader.selftest.draws import Draws
from trader.selftest.processes.perils import PERILS
from trader.selftest.processes.places import IMPORTANT, important, mixed, requests_of
from trader.selftest.processes.play import CHECK, MARK
from trader.selftest.processes.process import BOMBS
from trader.selftest.processes.striking import KILLS, SIGNALS, SUSPEND
from trader.selftest.script import Cell, Event, Script
from trader.selftest.starts import STARTS

LATE, DEAF = "T11-next_write", "T3-deaf"
KILL_TURNS = 4
"""Each kill is tried on so many accounts, whose runs have unlike numbers of requests."""
PLACES = 120
"""More than a run has requests; a place beyond its last one is left out."""
HANGS = frozenset({"T3", "T8", "T10", "T15", "T16", "T17", "T11-request", "T11-end", "T11-next_run", LATE})
"""They cost a client's whole patience, in real seconds, and are tried where it writes alone."""


@frozen
class Single:
    """One thing that goes wrong; `place` counts the requests of the run, or those that matter."""

    whats: tuple[str, ...]
    place: int
    lasts: bool = False
    everywhere: bool = False


def singles(venue: str) -> list[Single]:
    """All of them for one venue."""
    kills = [Single((kill,), place, everywhere=True) for kill in KILLS for place in range(PLACES)]
    found = kills * KILL_TURNS
    found += [Single((LATE, "kill-between"), place) for place in range(IMPORTANT)]
    told = (*SIGNALS, SUSPEND)
    found += [Single((signal,), place, everywhere=True) for signal in told for place in range(PLACES)]
    for row in of_venue(venue):
        for lasts in (False, True) if row.lasts and row.name not in HANGS else (False,):
            found += [Single((row.name,), place, lasts) for place in range(IMPORTANT)]
    found += [Single((bomb,), place) for bomb in BOMBS for place in range(IMPORTANT)]
    found += [Single((peril,), place) for peril in PERILS for place in range(1 if peril == DEAF else 3)]
    return found


def scripts(venue: str, seed: int) -> Iterator[Script]:
    """Each of them with a cell, a start and a command of its own."""
    cells = [cell for cell in LEGAL if cell.venue == venue]
    pairs = mixed(Draws(seed, "pairs"), [(cell, start) for cell in cells for start in STARTS])
    for number, single in enumerate(_in_turn(singles(venue), Draws(seed, f"singles {venue}"))):
        cell, start = pairs[number % len(pairs)]
        command = CHECK if start not in ("flat", "signal") and number // len(pairs) % 3 == 2 else "run"
        script = _script(single, cell, start, seed, command)
        if script is not None:
            yield script


def _in_turn(found: list[Single], draws: Draws) -> Iterator[Single]:
    """One that strikes the process, one that strikes its requests, and so on."""
    struck = mixed(draws.of("process"), [one for one in found if one.everywhere])
    others = mixed(draws.of("requests"), [one for one in found if not one.everywhere])
    for pair in zip_longest(struck, others):
        yield from (one for one in pair if one is not None)


def _script(single: Single, cell: Cell, start: str, seed: int, command: str) -> Script | None:
    """None where the run has no such request."""
    asked = requests_of(cell, start, seed, command=command)
    numbers = range(1, len(asked) + 1) if single.everywhere else important(asked)
    if single.place >= len(numbers):
        return None
    request = numbers[single.place]
    if not asked[request - 1][1] and any(what in HANGS for what in single.whats):
        return None
    events = [Event(1, 1, MARK)] + ([Event(1, 1, CHECK)] if command == CHECK else [])
    events += [Event(1, request, what, lasts=single.lasts) for what in single.whats]
    return Script(cell, start, seed, events=tuple(events))
