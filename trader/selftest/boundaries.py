"""Where in a run something can happen: eighteen of its requests, every write and reads spread over it.

Rules: they are found by a clean rehearsal of the same cell, start and seed, and named by what is asked and
how often before in that run. A rehearsal is kept for the process, because thousands of episodes ask for it.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from trader.core.frozen import frozen
from trader.selftest.draws import Draws
from trader.selftest.hearing import Ear
from trader.selftest.script import Cell
from trader.selftest.starts import build

COUNT = 18
PAUSE_S = 70
_KEPT_MAX = 4_096


@frozen
class Boundary:
    """One request: of which run and which number in it, both from 1, and its name."""

    run: int
    request: int
    name: str
    is_write: bool


@lru_cache(maxsize=_KEPT_MAX)
def boundaries(cell: Cell, start: str, seed: int) -> tuple[Boundary, ...]:
    """Eighteen of them, in the order in which they come; those that the first run is too short for are of
    the second."""
    stage = build(cell, start, Draws(seed).of("start"))
    ear = Ear()
    stage.line.faults = ear
    found: list[Boundary] = []
    for run in (1, 2):
        ear.begin()
        stage.host.run()
        found += _spread(_named(run, ear), COUNT - len(found))
        if len(found) == COUNT:
            break
        stage.pass_time(PAUSE_S)
    return tuple(found)


def _named(run: int, ear: Ear) -> list[Boundary]:
    counts: Counter[str] = Counter()
    found = []
    for number, seen in enumerate(ear.heard, 1):
        counts[seen.what] += 1
        found.append(Boundary(run, number, f"{seen.what}#{counts[seen.what]}", seen.is_write))
    return found


def _spread(all_of: Sequence[Boundary], count: int) -> list[Boundary]:
    """Every write, and as many reads as there is room for, the first and the last among them."""
    writes = [b for b in all_of if b.is_write][:count]
    reads = [b for b in all_of if not b.is_write]
    room = min(count - len(writes), len(reads))
    places = [place * (len(reads) - 1) // max(1, room - 1) for place in range(room)]
    return sorted([*writes, *(reads[place] for place in places)], key=lambda b: b.request)
