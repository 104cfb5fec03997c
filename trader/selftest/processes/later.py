"""The scripts of tier D in which a second run is killed, after something happened between the two.

Rules: the first run enters, undisturbed. Then the market or somebody acts, and the next run, which meets a
signal that may still be true, a position that is gone or a stop that was taken off, is killed at each
request that matters.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from trader.core.wire import Request
from trader.selftest.accounts import LEGAL
from trader.selftest.draws import Draws
from trader.selftest.moves import make
from trader.selftest.processes.places import IMPORTANT, important, mixed
from trader.selftest.processes.play import MARK
from trader.selftest.processes.striking import KILLS
from trader.selftest.script import Cell, Event, Move, Script
from trader.selftest.starts import build

START = "signal"
MOVES = ("stop_out", "gap", "target", "crash", "manual_close", "manual_flip", "manual_stop_cancel", "adl")
RUNS, SOON_S, PAUSES_S = 4, 5, (5, 5, 70)


def scripts(venue: str, seed: int) -> Iterator[Script]:
    """Each kill at each request that matters after each move, on accounts that take turns."""
    cells = mixed(Draws(seed, f"later {venue}"), [cell for cell in LEGAL if cell.venue == venue])
    kills = mixed(Draws(seed, f"kills {venue}"), list(product(MOVES, KILLS, range(IMPORTANT))))
    for number, (move, kill, place) in enumerate(kills):
        cell = cells[number % len(cells)]
        numbers = important(asked_after(cell, move, seed))
        if place < len(numbers):
            events = (Event(1, 1, MARK), Event(2, numbers[place], kill))
            yield Script(cell, START, seed, RUNS, events, (Move(1, move),), PAUSES_S)


@lru_cache(maxsize=512)
def asked_after(cell: Cell, move: str, seed: int) -> tuple[tuple[str, bool], ...]:
    """What the run after this move asks where nothing disturbs it."""
    draws = Draws(seed)
    stage = build(cell, START, draws.of("start"))
    asked: list[tuple[str, bool]] = []

    def note(_number: int, request: Request) -> None:
        asked.append((stage.line.app.describe(request).what, request.is_write))

    stage.host.run()
    make(stage, move, draws.of(f"move 1 {move}"))
    stage.pass_time(SOON_S)
    stage.host.mount.before_request = note
    stage.host.run()
    return tuple(asked)
