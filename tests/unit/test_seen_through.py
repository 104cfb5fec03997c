"""An entry that was taken without a word of its fills: looked up where none is there in the end."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from tests.support.builders import NOW_MS, a_fill, a_stop, an_entry, dec, holdings
from trader.core.orders import (
    Absent,
    Accepted,
    Found,
    Lookup,
    Outcome,
    Refusal,
    Rejected,
    Status,
    Unknown,
    Unreadable,
)
from trader.core.ports import Env
from trader.core.report import Done
from trader.core.snapshot import Holdings
from trader.settle import seen_through

ENTRY = an_entry()
TAKEN = Accepted("1")
FLAT = holdings()
NOT_READ = Unreadable("order", "429")


class Said:
    """A venue that is asked about orders; the part of an Env that this needs."""

    def __init__(self, lookup: Lookup) -> None:
        self.venue, self.lookup, self.asked = self, lookup, 0

    def find(self, ids: Mapping[str, str]) -> Mapping[str, Lookup]:
        self.asked += 1
        return dict.fromkeys(ids, self.lookup)


def became(outcome: Outcome, reading: Holdings | None, lookup: Lookup = NOT_READ) -> tuple[Any, int]:
    said = Said(lookup)
    [done] = seen_through(cast(Env, said), [Done(ENTRY, outcome, NOW_MS, NOW_MS)], reading)
    return done.outcome, said.asked


def ended(status: Status, filled: str = "0") -> Found:
    return Found(a_stop(filled=dec(filled)), status, NOW_MS, detail="said so")


@pytest.mark.parametrize("lookup", [Absent(), NOT_READ, ended(Status.LIVE), ended(Status.CANCELLED, "0.001")])
def test_what_nothing_shows_is_unknown(lookup: Lookup) -> None:
    outcome, asked = became(TAKEN, FLAT, lookup)
    assert isinstance(outcome, Unknown) and asked == 1


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.REJECTED])
def test_what_ended_with_nothing_is_refused(status: Status) -> None:
    assert became(TAKEN, FLAT, ended(status)) == (
        Rejected(Refusal.OTHER, f"taken and then {status.value}: said so"),
        1,
    )


@pytest.mark.parametrize(
    ("outcome", "reading"),
    [
        (TAKEN, holdings(fills=[a_fill("0.003", client_id=ENTRY.client_id)])),
        (TAKEN, None),
        (TAKEN, holdings(fills=NOT_READ)),
        (Accepted("1", filled=dec(0)), FLAT),
        (Rejected(Refusal.OTHER, "no"), FLAT),
    ],
    ids=["its fill is there", "no reading", "no fills", "the venue said it", "refused"],
)
def test_nothing_is_asked_where_enough_is_known(outcome: Outcome, reading: Holdings | None) -> None:
    assert became(outcome, reading) == (outcome, 0)


def test_what_was_refused_in_words_that_nobody_knows_and_has_filled_was_taken() -> None:
    filled = holdings(fills=[a_fill("0.003", client_id=ENTRY.client_id, order_id="7")])
    odd = Rejected(Refusal.UNFAMILIAR, "Something new.")
    assert became(odd, filled) == (Accepted("7", filled=dec("0.003")), 0)
    assert became(odd, FLAT) == (odd, 0)
    refused = Rejected(Refusal.OTHER, "no")
    assert became(refused, filled) == (refused, 0)
