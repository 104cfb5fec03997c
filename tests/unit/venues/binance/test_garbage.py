"""Whatever the venue answers: never taken for flat, and never an exception that is not ours."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.binance_answers import CLIENT_ID, HALF_HOUR_MS, Scripted, a_venue, an_algo_order, an_order
from tests.unit.venues.hyperliquid.test_garbage import BODIES, SCALARS, lost_something, paths, replaced
from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.orders import Absent, Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.core.snapshot import Snapshot
from trader.core.wire import Answer

SCOPE = Scope((CandleNeed("SOL", HALF_HOUR_MS, 3),), {CLIENT_ID: "SOL"}, 86_400_000, past_ms=86_400_000)
WALLET = "https://api.binance.com"
RIGHTS = "sapi/v1/account/apiRestrictions"
KINDS = sorted(set(Scripted().answers) - {"allAlgoOrders", "algoOrder"})
LISTS = {"openOrders": "orders", "userTrades": "fills"}


def a_busy_account() -> Scripted:
    """A position, its stop, its fill and a look-up: whatever reads as nothing has lost something."""
    wire = Scripted()
    wire.answers |= {
        "order": an_order(orderId=25851813, clientOrderId=CLIENT_ID, status="FILLED", executedQty="0.40"),
        "openOrders": [],
    }
    return wire


def observed(wire: Scripted) -> Snapshot | None:
    try:
        return a_venue(wire, wallet_url=WALLET).observe(SCOPE)
    except (Malformed, Unavailable, Denied):
        return None


def test_the_busy_account_is_whole() -> None:
    snapshot = observed(a_busy_account())
    assert snapshot is not None
    assert lost_something(snapshot.holdings) == []
    assert not isinstance(snapshot.holdings.orders, Unreadable)
    assert not isinstance(snapshot.holdings.fills, Unreadable)
    assert snapshot.account_problem is None
    assert list(snapshot.markets) == ["SOL"]


@settings(max_examples=120)
@given(st.sampled_from(KINDS), BODIES)
def test_a_body_of_garbage_is_never_flat(kind: str, body: bytes) -> None:
    wire = a_busy_account()
    wire.answers[kind] = Answer(200, body)
    a_venue(wire, wallet_url=WALLET).access()
    snapshot = observed(wire)
    if snapshot is None:
        return
    empty = {"openAlgoOrders": ["orders"], "userTrades": ["fills"]}
    said_empty = body.strip() == b"[]"
    assert lost_something(snapshot.holdings) == (empty.get(kind, []) if said_empty else [])
    assert not isinstance(snapshot.lookups[CLIENT_ID], Absent)
    assert kind != RIGHTS or snapshot.account_problem is not None
    assert kind != "income" or said_empty or isinstance(snapshot.past, Unreadable)


@settings(max_examples=200)
@given(st.data())
def test_one_wrong_or_missing_value_anywhere_is_never_flat(data: st.DataObject) -> None:
    wire = a_busy_account()
    wire.answers["openOrders"] = [an_order()]
    kind = data.draw(st.sampled_from([k for k in KINDS if not isinstance(wire.answers[k], Answer)]))
    path = data.draw(st.sampled_from(paths(wire.answers[kind])))
    is_removed = isinstance(path[-1], str) and data.draw(st.booleans())
    wire.answers[kind] = replaced(wire.answers[kind], path, data.draw(SCALARS), is_removed=is_removed)
    a_venue(wire, wallet_url=WALLET).access()
    snapshot = observed(wire)
    if snapshot is None:
        return
    assert lost_something(snapshot.holdings) == []
    assert not isinstance(snapshot.lookups[CLIENT_ID], Absent)
    past = snapshot.past
    assert isinstance(past, Unreadable) or (past is not None and len(past.flows) + len(past.gains) <= 1)


@pytest.mark.parametrize("kind", ["openAlgoOrders", "userTrades"])
def test_a_list_that_says_it_is_empty_is_empty(kind: str) -> None:
    wire = a_busy_account()
    wire.answers[kind] = []
    snapshot = observed(wire)
    assert snapshot is not None
    assert lost_something(snapshot.holdings) == [{"openAlgoOrders": "orders", "userTrades": "fills"}[kind]]


def test_an_algo_order_of_ours_is_the_stop_of_the_busy_account() -> None:
    wire = a_busy_account()
    wire.answers["openAlgoOrders"] = [an_algo_order(algoStatus="TRIGGERED", actualOrderId="5")]
    snapshot = observed(wire)
    assert snapshot is not None
    assert lost_something(snapshot.holdings) == ["orders"]
