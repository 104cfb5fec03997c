"""The scripts of two machines: every pair of switches next to a write of each, on an account that both enter.

Rules: a switch stands before a write, or just behind it; only there can one machine change what the other
acts on. Then the first runs once more alone, and a check ends it: whoever was the second was told so by
then.
"""

from collections.abc import Iterator
from itertools import product

from trader.selftest.accounts import LEGAL
from trader.selftest.draws import Draws
from trader.selftest.processes.hosts import PAUSE
from trader.selftest.processes.places import mixed, requests_of
from trader.selftest.processes.play import MARK
from trader.selftest.script import Event, Script

STARTS = ("signal", "naked")
RUNS = 4
PAUSES_S = (5, 5, 70)


def scripts(venue: str, seed: int) -> Iterator[Script]:
    """All of one venue, in an order that the seed draws."""
    cells = [cell for cell in LEGAL if cell.venue == venue]
    pairs = mixed(Draws(seed, f"two hosts {venue}"), list(product(cells, STARTS)))
    rest = [iter(_of(Script(cell, start, seed, RUNS, pauses_s=PAUSES_S))) for cell, start in pairs]
    while rest:
        for one in list(rest):
            script = next(one, None)
            if script is None:
                rest.remove(one)
            else:
                yield script


def _of(script: Script) -> list[Script]:
    """All pairs of switches of one cell and start."""
    asked = requests_of(script.cell, script.start, script.seed, command="run")
    writes = [number for number, (_, is_write) in enumerate(asked, 1) if is_write]
    places = sorted({place for number in writes for place in (number, number + 1) if place <= len(asked)})
    draws = Draws(script.seed, f"switches {script.cell} {script.start}")
    return [
        Script(
            script.cell,
            script.start,
            script.seed,
            RUNS,
            (Event(1, 1, MARK), Event(1, one, PAUSE), Event(2, other, PAUSE)),
            pauses_s=PAUSES_S,
        )
        for one, other in mixed(draws, list(product(places, places)))
    ]
