"""Who sent an order with our ids: this machine by its own record, or somebody else, and how sure that is."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import TAG, a_policy, a_snapshot, a_stop, an_id
from trader.core.access import Access
from trader.core.candles import DAY_MS
from trader.core.identity import Role
from trader.core.orders import Found, Order, Status, Unreadable
from trader.doctor.findings import Finding, State
from trader.doctor.hosts import one_host
from trader.doctor.locks import Look
from trader.doctor.reading import Seen
from trader.lock_record import Holder, Quarantine
from trader.sinks.journal_sent import Recorded

SNAPSHOT = a_snapshot()
NOW_MS = SNAPSHOT.venue_ms
MINUTE_MS = 60_000


def sent(minutes_ago: float, role: Role = Role.ENTRY, **said: Any) -> Order:
    """An order with our id; what else it is does not matter here."""
    at_ms = NOW_MS - int(minutes_ago * MINUTE_MS)
    return a_stop(client_id=an_id(role, **said), placed_ms=at_ms)


def judged(
    *orders: Order,
    ids: tuple[str, ...] = (),
    runs: tuple[float, float] | None = (600, 1),
    holder: float | None = None,
    live: bool = False,
) -> Finding:
    """Orders of the record, the first and last recorded run and the last holder's start in minutes ago."""

    first, last = (None, None) if runs is None else (NOW_MS - int(m * MINUTE_MS) for m in runs)
    history = () if live else tuple(Found(o, Status.FILLED, o.placed_ms) for o in orders)
    snapshot = replace(SNAPSHOT, holdings=replace(SNAPSHOT.holdings, orders=orders if live else ()))
    seen = Seen(Access(), snapshot, None, history, 0, a_policy())
    began = None if holder is None else Holder(7, "run", NOW_MS - int(holder * MINUTE_MS))
    lock = None if began is None else Look(began, Quarantine(True, None), is_held=False)
    return one_host(seen, Recorded(frozenset(ids), first, last), lock, now_ms=NOW_MS, has_money=True)


def test_an_order_that_a_run_here_recorded_is_ours() -> None:
    order = sent(30)
    assert order.client_id is not None
    assert judged(order, ids=(order.client_id,)).state is State.OK


@pytest.mark.parametrize("live", [True, False])
def test_an_order_between_recorded_runs_that_none_recorded_is_another_host_s(live: bool) -> None:
    found = judged(sent(30), live=live)
    assert found.state is State.FAILED
    assert "1 order with our ids" in found.found and "this is sure" in found.found


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"runs": None}, "there is no record"),
        ({"runs": (20, 1)}, "the record begins only"),
        ({"runs": (600, 60), "holder": 30}, "written no record yet, or was killed"),
    ],
)
def test_what_the_record_does_not_reach_is_not_sure(said: dict[str, Any], why: str) -> None:
    found = judged(sent(30), **said)
    assert found.state is State.WARNING
    assert "not sure" in found.found and why in found.found


def test_an_order_before_a_command_that_wrote_no_record_is_sure_all_the_same() -> None:
    assert judged(sent(45), runs=(600, 60), holder=30).state is State.FAILED


@pytest.mark.parametrize(
    "order",
    [
        sent(30, Role.STOP),  # sent long before it fires
        sent(DAY_MS / MINUTE_MS + 5),
        replace(sent(30), client_id=None),
        replace(sent(30), client_id="somebody else's"),
    ],
)
def test_what_says_nothing_about_a_host_is_left_alone(order: Order) -> None:
    assert judged(order).state is State.OK


def test_another_account_s_order_is_not_ours() -> None:
    assert judged(sent(30, account=TAG ^ 1)).state is State.OK


def test_a_record_of_orders_that_cannot_be_read_is_no_proof() -> None:
    seen = Seen(Access(), SNAPSHOT, None, Unreadable("history", "no answer"), 0, a_policy())
    record = Recorded(frozenset(), None, None)
    assert one_host(seen, record, None, now_ms=NOW_MS, has_money=True).state is State.FAILED
    assert one_host(seen, record, None, now_ms=NOW_MS, has_money=False).state is State.WARNING
