"""Faults from every start, each followed by clean runs that must heal everything; the exchange's books judge.

Kinds, requests and starts are rotated through one another, so that each start meets faults of every group at
requests spread over its run, once and from there on. What a venue can hide for good is left out: lists that
lie in every answer of a run, about things that no answer of the same run contradicts.
"""

from collections.abc import Iterator

import pytest

from tests.support.episodes import play
from tests.support.starts import STARTS
from trader.sim.faults import KINDS, Fault

WIRE_A_START = 3
LAST_REQUEST = 24

WIRE = (
    *(Fault(kind) for kind in ("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T12", "T14")),
    Fault("T11", params={"until": "requests", "n": 2}),
    Fault("T11", params={"until": "run_end"}),
    Fault("T11", params={"until": "next_run", "n": 5}),
    Fault("T11", params={"until": "next_run_write"}),
    Fault("T15", params={"seconds": 6}),
    *(Fault(kind) for kind in ("T16", "T17", "H1", "H3", "H4", "H5", "H6", "H7", "H8", "H10", "H11", "H12")),
    Fault("H2", params={"status": 403}),
    Fault("H9", params={"status": 502, "applied": True}),
    Fault("H9", params={"status": 504}),
    Fault("H16"),
    Fault("H14", params={"variant": "missing_field"}),
    Fault("H14", params={"variant": "null_field"}),
    Fault("H14", params={"variant": "nan"}),
    Fault("H15", params={"body": "null"}),
    Fault("V18", params={"status": 404}),
    Fault("V20"),
    Fault("V21", params={"offset_ms": -3_600_000}),
    Fault("V21", params={"offset_ms": 30_000}),
    Fault("V22"),
)
ON_ORDERS = (
    Fault("V1", params={"leg": "stop"}),
    Fault("V1", params={"leg": "stop", "text": "Too many cumulative requests sent (2 > 1)"}),
    Fault("V2", params={"leg": "stop"}),
    Fault("V3", params={"leg": "stop"}),
    Fault("V3", params={"leg": "entry"}),
    Fault("V4"),
    Fault("V5", params={"leg": "stop"}),
    Fault("V6"),
    Fault("V12", params={"filled": "lot"}),
    Fault("V12", params={"filled": "fraction"}),
    Fault("V12", params={"filled": "all_but_lot"}),
    Fault("V13"),
    Fault("V16", params={"text": "Invalid leverage value."}),
)
ON_READS = (
    Fault("V7b", what="frontendOpenOrders"),
    Fault("V7b", what="clearinghouseState"),
    Fault("V7b", what="userFillsByTime"),
    Fault("V8", what="frontendOpenOrders"),
    Fault("V8", what="clearinghouseState"),
    Fault("V8", what="userFillsByTime"),
    Fault("V8", what="historicalOrders"),
    Fault("V9"),
    Fault("V11", what="frontendOpenOrders"),
    Fault("V11", what="userFillsByTime"),
    Fault("V14", what="metaAndAssetCtxs"),
    Fault("V14", what="metaAndAssetCtxs", params={"variant": "crossed"}),
)
# Replayed answers, bombs and rules have tests of their own; the others are told by other venues' dialects.
ELSEWHERE = frozenset(
    {
        *("T13", "H13", "V7", "V15", "V19", "V23", "V24", "V25", "V26", "V27", "V28"),
        *("V29", "V30", "V31", "V32"),
    }
)


def rotated(start: str) -> Iterator[Fault]:
    """The faults of one start: its place decides which kinds it meets, and at which of its requests."""
    place = list(STARTS).index(start)
    for turn in range(WIRE_A_START):
        number = place * WIRE_A_START + turn
        wire = WIRE[number % len(WIRE)]
        yield Fault(wire.kind, call=1 + number * 7 % LAST_REQUEST, times=number % 2, params=wire.params)
    lie = ON_ORDERS[place % len(ON_ORDERS)]
    yield Fault(lie.kind, is_write=True, nth=1 + place % 2, times=place // 2 % 2, params=lie.params)
    lie = ON_READS[place % len(ON_READS)]
    yield Fault(lie.kind, what=lie.what, nth=1 + place % 3, times=place // 3 % 2, params=lie.params)


@pytest.mark.parametrize("start", STARTS)
def test_no_fault_leaves_a_position_bare_and_unreported(start: str) -> None:
    fired = 0
    for fault in rotated(start):
        episode = play(start, [fault])
        fired += episode.fired
        assert episode.found == [], f"{start}; {fault.to_json()}; exits {episode.codes}"
    assert fired, "none of these faults met a request"


def test_the_rotation_leaves_no_kind_out() -> None:
    met = {fault.kind for start in STARTS for fault in rotated(start)}
    assert met | ELSEWHERE == set(KINDS)


@pytest.mark.parametrize("fault", WIRE, ids=lambda fault: f"{fault.kind} {dict(fault.params)}")
def test_an_entry_survives_anything_on_its_own_way(fault: Fault) -> None:
    """The one request that must not be repeated and whose answer says whether there is a position."""
    for times in (0, 1):
        one = Fault(fault.kind, what="order", times=times, params=fault.params)
        episode = play("signal", [one])
        assert episode.fired
        assert episode.found == [], f"{one.to_json()}; exits {episode.codes}"
