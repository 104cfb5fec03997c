"""Whatever the venue answers: never taken for flat, and never an exception that is not ours."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.okx_answers import NOW_MS, Scripted, a_fill, an_algo_row
from tests.support.okx_money import a_bill, a_notice, a_standing_position, a_transfer, an_ended_position
from tests.unit.venues.hyperliquid.test_garbage import BODIES, SCALARS, lost_something, paths, replaced
from tests.unit.venues.okx.test_inspect import ENTRY_ID
from tests.unit.venues.okx.test_observe import SCOPE, STOP_ID
from tests.unit.venues.okx.test_writes import a_venue
from trader.core.candles import DAY_MS
from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.orders import Absent, Unreadable
from trader.core.past import Past
from trader.core.wire import Answer

EXITS = "trade/orders-algo-pending conditional,oco"
KINDS = ["account/config", "account/balance", "account/positions", "trade/fills", "trade/order-algo", EXITS]
KINDS += [
    "public/instruments",
    "public/mark-price",
    "public/price-limit",
    "public/position-tiers",
    "public/time",
]
KINDS += [
    "market/ticker",
    "market/candles",
    "account/leverage-info",
    "account/trade-fee",
    "trade/orders-pending",
]
RECORD = [
    *("account/positions-history", "account/bills day", "account/bills transfers", "account/bills-archive"),
    "system/status",
]
OURS = (Malformed, Unavailable, Denied)


def a_busy_account() -> Scripted:
    """A position, its stop, its fill and a look-up: whatever reads as nothing has lost something."""
    wire = Scripted()
    wire.answers |= {
        EXITS: [an_algo_row(algoClOrdId=STOP_ID)],
        "account/positions": [a_standing_position()],
        "account/positions-history": [an_ended_position(NOW_MS - 2 * DAY_MS)],
        "account/bills day": [a_bill(9)],
        "account/bills transfers": [a_transfer(8)],
        "account/bills-archive": [a_transfer(7, at_ms=NOW_MS - 20 * DAY_MS)],
        "system/status": [a_notice()],
        "trade/fills": [a_fill(clOrdId=ENTRY_ID)],
        "trade/order-algo": [an_algo_row(algoClOrdId=STOP_ID)],
    }
    return wire


def in_its_envelope(rows: object) -> object:
    listed = rows if isinstance(rows, list) else [rows]
    return {"code": "0", "msg": "", "data": listed}


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(KINDS), BODIES)
def test_a_body_of_garbage_is_never_flat(kind: str, body: bytes) -> None:
    wire = a_busy_account()
    wire.answers[kind] = Answer(200, body)
    try:
        snapshot = a_venue(wire, inspects=False).observe(SCOPE)
    except OURS:
        return
    assert lost_something(snapshot.holdings) == []
    assert not isinstance(snapshot.lookups[STOP_ID], Absent)


@settings(max_examples=180, deadline=None, derandomize=True)
@given(st.data())
def test_one_wrong_or_missing_value_anywhere_is_never_flat(data: st.DataObject) -> None:
    wire = a_busy_account()
    kind = data.draw(st.sampled_from(KINDS))
    whole = in_its_envelope(wire.answers[kind])
    path = data.draw(st.sampled_from(paths(whole)))
    is_removed = isinstance(path[-1], str) and data.draw(st.booleans())
    new = data.draw(SCALARS)
    wire.answers[kind] = Answer(200, json.dumps(replaced(whole, path, new, is_removed=is_removed)).encode())
    try:
        snapshot = a_venue(wire, inspects=False).observe(SCOPE)
    except OURS:
        return
    says_nothing = path == ("data",) and new == []
    is_other = path[-1] == "instId" or (path[-1] == "pos" and new == "0.0")
    if not (says_nothing or is_other):
        assert lost_something(snapshot.holdings) == []
        assert not isinstance(snapshot.lookups[STOP_ID], Absent)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(RECORD), BODIES)
def test_a_record_of_garbage_is_unread_and_spoils_nothing_else(kind: str, body: bytes) -> None:
    wire = a_busy_account()
    wire.answers[kind] = Answer(200, body)
    snapshot = a_venue(wire, inspects=False).observe(replace(SCOPE, past_ms=30 * DAY_MS))
    assert isinstance(snapshot.past, Unreadable) or (kind == "system/status" and snapshot.venue_problem)
    assert lost_something(snapshot.holdings) == []


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.data())
def test_one_wrong_or_missing_value_in_the_record_never_ends_an_observation(data: st.DataObject) -> None:
    wire = a_busy_account()
    kind = data.draw(st.sampled_from(RECORD))
    whole = in_its_envelope(wire.answers[kind])
    path = data.draw(st.sampled_from(paths(whole)))
    new = data.draw(SCALARS)
    is_removed = isinstance(path[-1], str) and data.draw(st.booleans())
    wire.answers[kind] = Answer(200, json.dumps(replaced(whole, path, new, is_removed=is_removed)).encode())
    snapshot = a_venue(wire, inspects=False).observe(replace(SCOPE, past_ms=30 * DAY_MS))
    assert isinstance(snapshot.past, Past | Unreadable)
    assert lost_something(snapshot.holdings) == []


@pytest.mark.parametrize(("kind", "lost"), [(EXITS, ["orders"]), ("trade/fills", ["fills"])])
def test_a_list_that_says_it_is_empty_is_empty(kind: str, lost: list[str]) -> None:
    wire = a_busy_account()
    wire.answers[kind] = []
    assert lost_something(a_venue(wire, inspects=False).observe(SCOPE).holdings) == lost


def test_an_empty_list_of_positions_is_believed_only_where_nothing_speaks_against_it() -> None:
    wire = a_busy_account()
    wire.answers["account/positions"] = []
    holdings = a_venue(wire, inspects=False).observe(SCOPE).holdings
    assert "an entry of ours" in str(holdings.fills)
