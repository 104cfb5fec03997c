"""Faults of the wire at ticks that put a stop first, let exits follow, bridge them, or find them standing.

The faults rotate through the starts, at reads and at writes, once and from there on. What no client can
prevent where the same bytes act twice is a test of its own: an entry that the network delivers twice.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import pytest

from tests.simulation.test_fault_sweep import WIRE
from tests.support.episodes import play
from tests.support.way_cases import TICKS, WAYS, entered
from trader.rehearsal import Stage
from trader.sim.faults import Fault

LAST_REQUEST, LAST_WRITE = 80, 5
BUILDERS: Mapping[str, Callable[[str], Stage]] = {
    "entry": TICKS["entry"],
    "moves": TICKS["stop moves"],
    "held": entered,
}
STARTS = {f"{way}: {name}": partial(build, way) for way in WAYS for name, build in BUILDERS.items()}
DELIVERED_TWICE = "T12"


def rotated(start: str) -> Iterator[Fault]:
    """The faults of one start, by its place."""
    place = list(STARTS).index(start)
    kinds = [fault for fault in WIRE if fault.kind != DELIVERED_TWICE]
    for turn in range(2):
        number = place * 2 + turn
        wire = kinds[number % len(kinds)]
        yield Fault(wire.kind, call=1 + number * 7 % LAST_REQUEST, times=number % 2, params=wire.params)
    wire = kinds[-1 - place % len(kinds)]
    yield Fault(
        wire.kind, is_write=True, nth=1 + place % LAST_WRITE, times=place // 2 % 2, params=wire.params
    )


@pytest.mark.parametrize("start", STARTS)
def test_no_fault_leaves_a_position_bare_and_unreported(start: str) -> None:
    for fault in rotated(start):
        episode = play(start, [fault], STARTS)
        assert episode.found == [], f"{start}; {fault.to_json()}; exits {episode.codes}"


@pytest.mark.parametrize("way", WAYS)
def test_an_entry_that_the_network_delivers_twice_is_reported_and_covered_whole(way: str) -> None:
    fault = Fault(DELIVERED_TWICE, is_write=True, times=0)
    episode = play(f"{way}: entry", [fault], STARTS)
    entries = {fill.oid for fill in episode.stage.model.fills(episode.stage.user) if fill.closed_pnl == 0}
    assert episode.found == []
    assert episode.codes[0] == (24 if len(entries) > 1 else 0)
    assert episode.codes[1:] == [0, 0, 0, 0]
