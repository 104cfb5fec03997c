"""The scripts of tier E: a process is killed at one system call, or one such call fails; the next heals.

Rules: how often a process makes each call is counted first, in a run of its own that nothing disturbs.
Every call is struck that it makes once it holds its lock; before, it has done nothing that anybody could
see. A kill that found no such call any more is the end of its series and proves nothing.
"""

from collections.abc import Iterator
from itertools import zip_longest

from trader.selftest.draws import Draws
from trader.selftest.processes.ground import Ground
from trader.selftest.processes.places import mixed
from trader.selftest.processes.play import MARK
from trader.selftest.processes.syscalls import ERRORS, KILL, KILLED, Counted, counted, counting
from trader.selftest.script import Cell, Event, Script
from trader.selftest.starts import build

STARTS = ("signal", "naked", "undersized")
FAILING = 12
"""So many calls of a kind fail in turn, evenly chosen: most of them open a file of the program itself."""


def scripts(venue: str, seed: int, ground: Ground) -> Iterator[Script]:
    """Start after start, each call of its first run in an order that the seed draws."""
    cells = (Cell(venue), Cell(venue, strategy="bollinger"))
    for start in STARTS:
        for cell in cells:
            calls = count(cell, start, seed, ground)
            for event in _in_turn([*_kills(calls), *_errors(calls)], Draws(seed, f"{venue} {start}")):
                yield Script(cell, start, seed, events=(Event(1, 1, MARK), event))


def _in_turn(found: list[Event], draws: Draws) -> Iterator[Event]:
    """One of each kind of call and end, then the next of each: most calls of all open a module."""
    kinds = dict.fromkeys(event.what for event in found)
    lists = [mixed(draws.of(kind), [event for event in found if event.what == kind]) for kind in kinds]
    for turn in zip_longest(*lists):
        yield from (event for event in turn if event is not None)


def count(cell: Cell, start: str, seed: int, ground: Ground) -> Counted:
    """How often the first run makes each call."""
    scene = ground.set(build(cell, start, Draws(seed).of("start")))
    log = ground.machine.home.parent / "strace.log"
    scene.line.begin()
    ground.machine.start(
        ("run", "--json"), ahead_ns=scene.clock.ahead_ns(), circumstances=counting(log)
    ).left()
    scene.wait_until_left()
    return counted(log)


def _kills(calls: Counted) -> Iterator[Event]:
    for call in KILLED:
        for number in calls.numbers(call):
            yield Event(1, number, f"{call}-{KILL}")


def _errors(calls: Counted) -> Iterator[Event]:
    for call, errors in ERRORS.items():
        for error in errors:
            numbers = calls.numbers(call)
            for number in numbers[:: max(1, len(numbers) // FAILING)]:
                yield Event(1, number, f"{call}-{error}")
            first = calls.before_lock[call] + 1
            yield Event(1, first, f"{call}-{error}", lasts=True)
