"""Every line of the fault table has a fault, an event or a move in process, or is of real processes alone."""

import re

import pytest

from trader.selftest.catalogue import CATALOGUE, PROCESS_ONLY, READS, of_venue
from trader.selftest.events import HAPPENINGS
from trader.selftest.moves import MOVES
from trader.selftest.tiers import families
from trader.sim.faults import KINDS, Fault, Seen

VENUES = ("hyperliquid", "okx", "binance")
NAME = re.compile(r"[A-Za-z0-9_+-]+")

TABLE = (
    *(f"T{n}" for n in range(1, 15)),
    *(f"H{n}" for n in range(1, 15)),
    *("V1", "V2", "V3", "V4", "V5", "V6", "V7", "V7b", "V8", "V9", "V10", "V11", "V12", "V13", "V14", "V15"),
    *("V16", "V17", "V18", "V19", "V20"),
    *(f"M{n}" for n in range(1, 8)),
    *(f"U{n}" for n in range(1, 5)),
    *(f"P{n}" for n in range(1, 13)),
)
"""The faults that the campaign is to have, by their numbers."""

BY_MOVES = {"M5": "funding", "M1": "gap", "M2": "liquidation", "M3": "adl"}
BY_ANOTHER_NAME = {
    "V10": "V8-positions",  # positions and orders disagree when one of the two is empty
    "V17": "V23-sides",
    "M6": "V28",
    "U3": "second-slow",
}


def in_process() -> set[str]:
    kinds = {row.kind for row in CATALOGUE.values()}
    return kinds | {row.family.partition("-")[0] for row in HAPPENINGS.values()}


@pytest.mark.parametrize("number", TABLE)
def test_every_fault_of_the_table_can_be_had(number: str) -> None:
    named = BY_ANOTHER_NAME.get(number)
    assert (
        number in in_process()
        or (named is not None and named in {*CATALOGUE, *HAPPENINGS})
        or BY_MOVES.get(number) in MOVES
        or number in PROCESS_ONLY
    )


@pytest.mark.parametrize("name", [*CATALOGUE, *HAPPENINGS])
def test_a_name_can_stand_in_a_script(name: str) -> None:
    assert NAME.fullmatch(name)


def test_what_is_of_processes_alone_is_of_the_table_and_not_had_here() -> None:
    assert set(PROCESS_ONLY) <= set(TABLE) - in_process()


def test_a_fault_and_an_event_have_no_name_in_common() -> None:
    assert not set(CATALOGUE) & set(HAPPENINGS)


@pytest.mark.parametrize("venue", VENUES)
def test_a_fault_is_one_that_the_line_knows(venue: str) -> None:
    for row in of_venue(venue):
        fault = row.at(venue, since=7, lasts=True)
        assert row.kind in KINDS
        assert row.reads is None or fault.what == READS[row.reads][venue]
        assert (fault.since, fault.times) == (7, 0 if row.lasts else 1)


def test_a_fault_strikes_at_the_first_request_that_it_is_about() -> None:
    fault = CATALOGUE["V8-stops"].at("okx", since=3, lasts=False)
    stops, orders = Seen("trade/orders-algo-pending", False), Seen("trade/orders-pending", False)
    assert [fault.fits(call, seen) for call, seen in [(2, stops), (3, orders), (4, stops)]] == [0, 0, 1]
    assert isinstance(fault, Fault)


@pytest.mark.parametrize("venue", VENUES)
def test_a_venue_has_about_seventy_families(venue: str) -> None:
    found = families(venue)
    assert 65 <= len(found) <= 75
    assert sorted(name for names in found.values() for name in names) == sorted(
        [*(row.name for row in of_venue(venue)), *HAPPENINGS]
    )
