"""Which exits may go: not the stop of an entry that may still need it, as a look-up of that entry tells."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.support.builders import a_fill, a_position, a_stop, an_id, dec, holdings
from tests.support.scripted_venue import ScriptedVenue, env_of
from trader.core.first_stops import entry_id_of, stop_id_of
from trader.core.identity import Role
from trader.core.market import Side
from trader.core.orders import Absent, Fill, Found, Kind, Lookup, Order, Status, Unreadable
from trader.orphaned import unclaimed

ENTRY_ID = an_id()
STOP = a_stop(95_000, "0.003", client_id=stop_id_of(ENTRY_ID))
FILLED = a_fill("0.003", client_id=ENTRY_ID)
OTHERS = a_fill("0.003", client_id=None)


def told(status: Status, filled: str = "0") -> Found:
    entry = a_stop(kind=Kind.LIMIT, side=Side.BUY, reduce_only=False, client_id=ENTRY_ID, filled=dec(filled))
    return Found(entry, status, 0)


def goes(found: Lookup, *fills: Fill) -> bool:
    now = holdings([], [STOP], list(fills))
    return unclaimed(env_of(ScriptedVenue(found={ENTRY_ID: found})), [STOP], now) == [STOP]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Absent(), True),
        (Unreadable("order", "504"), False),
        (told(Status.LIVE), False),
        (told(Status.TRIGGERED), False),
        (told(Status.CANCELLED), True),
        (told(Status.REJECTED), True),
        (told(Status.CANCELLED, "0.001"), False),
        (told(Status.FILLED, "0.003"), False),
    ],
)
def test_without_a_fill_its_entry_has_to_be_over_with_nothing(found: Lookup, expected: bool) -> None:
    assert goes(found) is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (told(Status.LIVE, "0.001"), False),
        (told(Status.CANCELLED, "0.001"), True),
        (told(Status.FILLED), True),
    ],
)
def test_with_fills_that_tell_of_the_end_its_entry_has_to_be_over(found: Lookup, expected: bool) -> None:
    assert goes(found, OTHERS) is expected


def test_one_whose_entry_has_filled_whole_is_not_asked_for() -> None:
    assert goes(Unreadable("order", "not asked"), FILLED)
    assert not goes(Unreadable("order", "504"), replace(FILLED, size=dec("0.002")))


@pytest.mark.parametrize(
    "other",
    [a_stop(client_id=an_id(role=Role.PROTECT)), a_stop(client_id=None), replace(STOP, reduce_only=False)],
    ids=["of a repair", "of somebody else", "that could open"],
)
def test_what_belongs_to_no_entry_or_could_open_something_is_not_asked_for(other: Order) -> None:
    class Deaf(ScriptedVenue):
        def find(self, ids: Mapping[str, str]) -> Mapping[str, Lookup]:
            raise AssertionError(f"asked for {ids}")

    now = holdings([a_position("0.003")], [other], [])
    assert unclaimed(env_of(Deaf()), [other], now) == [other]


def test_the_id_of_an_entry_is_that_of_its_stop_but_for_the_role() -> None:
    rung = an_id(Role.RUNG, rung=2)
    assert entry_id_of(stop_id_of(ENTRY_ID)) == ENTRY_ID
    assert entry_id_of(stop_id_of(rung)) == rung
    assert entry_id_of(ENTRY_ID) is None
    assert entry_id_of(None) is None
