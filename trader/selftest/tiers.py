"""The tiers that are played in process: which scripts each of them is made of, one after the other.

Rules: a tier is a function of its arguments alone. A rotated one goes through starts and cells of a venue so
that each pair of fault, start and cell occurs; a full one is a product, told in an order that is spread over
it, so that whatever is played of it is a sample. Nothing is built before it is asked for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from math import gcd, isqrt

from trader.core.frozen import frozen
from trader.selftest.accounts import LEGAL
from trader.selftest.boundaries import COUNT, boundaries
from trader.selftest.catalogue import CATALOGUE, of_venue
from trader.selftest.draws import Draws
from trader.selftest.events import HAPPENINGS
from trader.selftest.givens import GIVENS
from trader.selftest.moves import MOVES
from trader.selftest.script import Cell, Event, Move, Script
from trader.selftest.starts import STARTS

TIERS = ("A", "B", "C", "F")
PAUSES_S = ((5, 70), (70, 5), (300, 5), (70, 60))
ROTATED = ("stop_out", "gap", "manual_close", "manual_stop_cancel")  # those of a rotated tier
MOVE_EACH = 5  # episodes to one with a move
GIVEN_EACH = 7  # and to one that is given something
NEXT_RUN = frozenset({"T11-next_run", "T11-next_write"})
DAY_RUNS, EVERY_S = 288, 300

OUTCOMES = {
    "refused": "V1-entry",
    "applied, not told": "T6",
    "not applied, not told": "T7",
    "late": "T11-next_write",
    "stale": "V7b",
    "malformed": "H14-missing_field",
    "a lie": "V5-stop",
    "killed": "kill",
}
"""The eight classes of outcomes, each by one fault that brings it about."""


def families(venue: str) -> dict[str, tuple[str, ...]]:
    """Every fault and event that a venue can have, its variants together."""
    found: dict[str, tuple[str, ...]] = {}
    named = [(row.family, row.name) for row in of_venue(venue)]
    for family, name in (*named, *((row.family, row.name) for row in HAPPENINGS.values())):
        found[family] = (*found.get(family, ()), name)
    return found


@frozen
class Turn:
    """One episode of a rotation: which fault of which family strikes, at which boundary, and where."""

    family: str
    name: str
    boundary: int
    lasts: bool
    cell: Cell
    start: str
    number: int


def rotation(venue: str) -> Iterator[Turn]:
    """Each fault at each boundary, once and lasting, with starts, cells and variants taking turns."""
    cells = _cells(venue)
    for place, (family, names) in enumerate(families(venue).items()):
        for turn in range(2 * COUNT):
            yield Turn(
                family,
                names[turn % len(names)],
                turn % COUNT,
                turn >= COUNT,
                cells[(turn + turn // len(STARTS) + place + place // len(STARTS)) % len(cells)],
                STARTS[(turn + place) % len(STARTS)],
                turn + place,
            )


def tier_a(venue: str) -> Iterator[Script]:
    """The scripts of the rotation."""
    for one in rotation(venue):
        yield single(one.cell, one.start, one.name, one.boundary, lasts=one.lasts, turn=one.number)


def tier_a_full(venue: str) -> Iterator[Script]:
    """The full product of faults with their variants, boundaries, once and lasting, starts and cells."""
    names = [name for family in families(venue).values() for name in family]
    cells = _cells(venue)
    for number in _spread(len(names) * 2 * COUNT * len(cells) * len(STARTS)):
        number, cell = divmod(number, len(cells))
        number, start = divmod(number, len(STARTS))
        number, boundary = divmod(number, COUNT)
        name, lasts = divmod(number, 2)
        place = cell + start + boundary
        yield single(cells[cell], STARTS[start], names[name], boundary, lasts=bool(lasts), turn=place)


def tier_b(venue: str) -> Iterator[Script]:
    """Every pair of outcome classes at every pair of boundaries, from every start of every cell."""
    cells, outcomes = _cells(venue), tuple(OUTCOMES.values())
    one_of = len(outcomes) * COUNT
    for number in _spread(one_of * one_of * len(cells) * len(STARTS)):
        number, cell = divmod(number, len(cells))
        number, start = divmod(number, len(STARTS))
        one, other = divmod(number, one_of)
        if one > other:
            continue
        where = boundaries(cells[cell], STARTS[start], _seed(cells[cell], STARTS[start]))
        pair = [(where[each % COUNT], outcomes[each // COUNT]) for each in (one, other)]
        events = tuple(sorted({Event(b.run, b.request, what) for b, what in pair}, key=_place))
        yield _healing(cells[cell], STARTS[start], events, PAUSES_S[number % len(PAUSES_S)])


def single(cell: Cell, start: str, name: str, boundary: int, *, lasts: bool, turn: int) -> Script:
    """One fault at one boundary. What cannot last comes a run later instead."""
    at = boundaries(cell, start, _seed(cell, start))[boundary]
    row = CATALOGUE.get(name)
    stays = lasts and row is not None and row.lasts
    event = Event(at.run + (lasts and not stays), at.request, name, lasts=stays)
    moves = (Move(1, ROTATED[turn // MOVE_EACH % len(ROTATED)]),) if turn % MOVE_EACH == 0 else ()
    given = (GIVENS[turn // GIVEN_EACH % len(GIVENS)],) if turn % GIVEN_EACH == 0 else ()
    return replace(_healing(cell, start, (event,), PAUSES_S[turn % len(PAUSES_S)], moves), given=given)


def seeds(first: int, number: int, venues: Sequence[str]) -> Iterator[Script]:
    """Swarm: each seed draws which kinds exist in its episode, how many strike and where, and what else."""
    for seed in range(first, first + number):
        yield _drawn(seed, venues[seed % len(venues)])


def soak(seed: int, venue: str, *, days: int = 30) -> Script:
    """A run every five minutes for so long, with faults at one request of a hundred."""
    draws = Draws(seed, "soak")
    runs, names = days * DAY_RUNS, [row.name for row in of_venue(venue)]
    cell = draws.pick(_cells(venue))
    events = [
        Event(run, 1 + draws.below(20), draws.pick(names)) for run in range(1, runs - 1) if draws.chance(1, 4)
    ]
    return Script(cell, draws.pick(STARTS), seed, runs, tuple(events), (), (EVERY_S,))


def _drawn(seed: int, venue: str) -> Script:
    """The script of one seed of the swarm."""
    draws = Draws(seed, "swarm")
    every = [*(row.name for row in of_venue(venue)), *HAPPENINGS]
    kinds = [draws.of("kinds").pick(every) for _ in range(1 + draws.of("how many kinds").below(5))]
    runs = _few(draws.of("runs"), 5, 50)
    place = draws.of("places")
    events = {
        (
            1 + place.below(max(1, runs - 2)),
            1 + place.below(1 + place.below(50)),
            place.pick(kinds),
            place.chance(1, 4),
        )
        for _ in range(1 + draws.of("how many").below(6))
    }
    moved = draws.of("moves")
    moves = [Move(1 + moved.below(runs - 2), moved.pick(MOVES)) for _ in range(moved.below(4))]
    paused = draws.of("pauses")
    pauses = [paused.pick((5, 70, 70, 300, 300, 1_800, 7_200)) for _ in range(runs - 2)]
    cell = draws.of("cell").pick(_cells(venue))
    return Script(
        cell,
        draws.of("start").pick(STARTS),
        seed,
        runs,
        tuple(sorted((_event(*each) for each in events), key=_place)),
        tuple(sorted(moves, key=lambda move: move.after)),
        (*pauses, 5),
        (draws.of("given").pick(GIVENS),) if draws.of("is given").chance(1, 4) else (),
    )


def _event(run: int, request: int, what: str, lasts: bool) -> Event:
    row = CATALOGUE.get(what)
    return Event(run, request, what, lasts=lasts and row is not None and row.lasts)


def _few(draws: Draws, low: int, high: int) -> int:
    """Between the two, mostly near the lower one."""
    for value in count(low):
        if value == high or draws.chance(1, 6):
            return value
    raise AssertionError("a count ends")


def _healing(
    cell: Cell, start: str, events: tuple[Event, ...], pauses_s: tuple[int, ...], moves: tuple[Move, ...] = ()
) -> Script:
    """A script whose last two runs are clean."""
    last = max(event.run for event in events)
    late = any(event.what in NEXT_RUN and event.run == last for event in events)
    return Script(cell, start, _seed(cell, start), last + 2 + late, events, moves, pauses_s)


def _cells(venue: str) -> tuple[Cell, ...]:
    return tuple(cell for cell in LEGAL if cell.venue == venue)


def _seed(cell: Cell, start: str) -> int:
    """The same for all episodes of a cell and start, so that their first runs are one rehearsal."""
    return Draws(0, f"{cell} {start}").below(1 << 32)


def _place(event: Event) -> tuple[int, int, str]:
    return (event.run, event.request, event.what)


def _spread(total: int) -> Iterator[int]:
    """Every number below this one once, in an order of which any beginning is spread evenly."""
    stride = _stride(total)
    return (number * stride % total for number in range(total))


def _stride(total: int) -> int:
    """The golden section of so many, or the next number that shares no factor with it: steps of that size
    leave no gap that is much larger than another, and follow the length of no factor of a product."""
    stride = (isqrt(5 * total * total) - total) // 2
    while gcd(stride, total) != 1:
        stride += 1
    return stride
