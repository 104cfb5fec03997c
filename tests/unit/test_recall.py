"""A position without any fill is foreign only where no order of ours that filled speaks against it."""

from dataclasses import dataclass
from typing import Any, cast

import pytest

from tests.support.builders import NOW_MS, a_position, a_stop, an_id, holdings
from tests.support.scripted_venue import ScriptedVenue
from trader.core.identity import Role
from trader.core.market import Side
from trader.core.orders import Found, Kind, Status, Unreadable
from trader.core.ports import Venue
from trader.recall import recalled

BARE = holdings([a_position()])


@dataclass
class Remembers(ScriptedVenue):
    """A venue with a history of orders."""

    past: tuple[Found, ...] | Unreadable = ()

    def history(self) -> Any:
        return self.past


def an_entry_of(coin: str, status: Status, role: Role = Role.ENTRY, at_ms: int = NOW_MS) -> Found:
    client_id = an_id(role, coin=coin)
    order = a_stop(coin=coin, kind=Kind.LIMIT, side=Side.BUY, reduce_only=False, client_id=client_id)
    return Found(order, status, at_ms)


BEFORE = BARE.fills_since_ms


@pytest.mark.parametrize(
    ("past", "is_read"),
    [
        ((), True),
        ((an_entry_of("BTC", Status.FILLED),), False),
        ((an_entry_of("BTC", Status.CANCELLED),), False),
        ((an_entry_of("BTC", Status.REJECTED),), True),
        ((an_entry_of("ETH", Status.FILLED),), True),
        ((an_entry_of("BTC", Status.REJECTED), an_entry_of("BTC", Status.FILLED)), False),
        ((an_entry_of("BTC", Status.FILLED, at_ms=BEFORE),), False),
        ((an_entry_of("BTC", Status.FILLED, Role.STOP), an_entry_of("BTC", Status.FILLED)), False),
        ((an_entry_of("BTC", Status.FILLED, Role.STOP, BEFORE + 1),), False),
        ((an_entry_of("BTC", Status.FILLED, Role.STOP, BEFORE), an_entry_of("BTC", Status.FILLED)), True),
        (Unreadable("history", "no answer"), False),
    ],
)
def test_the_last_order_of_ours_that_traded_in_the_slot_decides(past: Any, is_read: bool) -> None:
    venue = Remembers(readings=(BARE,), past=past)
    found = recalled(cast(Venue, venue), BARE)
    assert isinstance(found.fills, Unreadable) is not is_read
    assert venue.reads == 1
