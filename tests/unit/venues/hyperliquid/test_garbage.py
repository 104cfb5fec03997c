"""Whatever the venue answers: never taken for flat, and never an exception that is not ours."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.hyperliquid_answers import (
    NOW_MS,
    Scripted,
    a_fill,
    a_movement,
    a_payment,
    a_position,
    a_record,
    a_state,
    an_order_row,
)
from tests.unit.venues.hyperliquid.test_observe import ID, SCOPE, a_venue
from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.orders import Absent, Unreadable
from trader.core.past import Past
from trader.core.ports import Scope
from trader.core.snapshot import Holdings
from trader.core.wire import Answer

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(allow_nan=True),
    st.text(max_size=6),
    st.sampled_from(["NaN", "1e400", "-1", "0.0", "", "Infinity", "9" * 60]),
    st.just([]),
    st.just({}),
)
BODIES = st.one_of(
    st.binary(max_size=80),
    st.sampled_from([b"", b"null", b"<html></html>", b"[]", b"{}", b"0", b'""', b"[null]", b"[[]]", b"[{}]"]),
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ).map(lambda value: json.dumps(value).encode()),
)
KINDS = ["frontendOpenOrders", "clearinghouseState", "userFillsByTime", "orderStatus", "metaAndAssetCtxs"]
KINDS += ["userAbstraction", "userFees", "activeAssetData", "candleSnapshot"]


MONEY = ["portfolio", "userNonFundingLedgerUpdates", "userFunding", "userRateLimit", "exchangeStatus"]
WITH_PAST = Scope(SCOPE.candles, SCOPE.lookups, SCOPE.fills_back_ms, 30 * 86_400_000)


def a_busy_account() -> Scripted:
    """A position, its stop, its fill and a look-up: whatever reads as nothing has lost something."""
    wire = Scripted()
    wire.answers |= {
        "frontendOpenOrders": [an_order_row()],
        "clearinghouseState": a_state(a_position()),
        "userFillsByTime": [a_fill()],
        "orderStatus": {"status": "order", "order": a_record()},
    }
    return wire


def paths(value: object, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a JSON value."""
    found = [here] if here else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += paths(inner, (*here, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            found += paths(inner, (*here, i))
    return found


def replaced(value: Any, path: tuple[str | int, ...], new: object, *, is_removed: bool) -> Any:
    changed = copy.deepcopy(value)
    place = changed
    for step in path[:-1]:
        place = place[step]
    if is_removed:
        del place[path[-1]]
    else:
        place[path[-1]] = new
    return changed


def lost_something(holdings: Holdings) -> list[str]:
    """What an account that holds a position and a stop was taken not to have."""
    found = []
    if not holdings.positions:
        found.append("position")
    if not isinstance(holdings.orders, Unreadable) and not holdings.orders:
        found.append("orders")
    if not isinstance(holdings.fills, Unreadable) and not holdings.fills:
        found.append("fills")
    return found


@settings(max_examples=300)
@given(st.sampled_from(KINDS), BODIES)
def test_a_body_of_garbage_is_never_flat(kind: str, body: bytes) -> None:
    wire = a_busy_account()
    wire.answers[kind] = Answer(200, body)
    try:
        snapshot = a_venue(wire).observe(SCOPE)
    except (Malformed, Unavailable, Denied):
        return
    empty = {"frontendOpenOrders": ["orders"], "userFillsByTime": ["fills"]}
    said_empty = body.strip() == b"[]"
    assert lost_something(snapshot.holdings) == (empty.get(kind, []) if said_empty else [])
    assert not isinstance(snapshot.lookups[ID], Absent)


@settings(max_examples=400)
@given(st.data())
def test_one_wrong_or_missing_value_anywhere_is_never_flat(data: st.DataObject) -> None:
    wire = a_busy_account()
    kind = data.draw(st.sampled_from(KINDS))
    path = data.draw(st.sampled_from(paths(wire.answers[kind]) or [()]))
    if not path:
        return
    is_removed = isinstance(path[-1], str) and data.draw(st.booleans())
    new = data.draw(SCALARS)
    wire.answers[kind] = replaced(wire.answers[kind], path, new, is_removed=is_removed)
    try:
        snapshot = a_venue(wire).observe(SCOPE)
    except (Malformed, Unavailable, Denied):
        return
    is_other_product = path[-1] == "coin" and not is_removed
    if not is_other_product:
        assert lost_something(snapshot.holdings) == []
    assert not isinstance(snapshot.lookups[ID], Absent)


@pytest.mark.parametrize("kind", ["frontendOpenOrders", "userFillsByTime"])
def test_a_list_that_says_it_is_empty_is_empty(kind: str) -> None:
    wire = a_busy_account()
    wire.answers[kind] = []
    assert lost_something(a_venue(wire).observe(SCOPE).holdings) == [
        {"frontendOpenOrders": "orders", "userFillsByTime": "fills"}[kind]
    ]


def an_account_with_a_past() -> Scripted:
    wire = a_busy_account()
    wire.answers["userNonFundingLedgerUpdates"] = [a_movement("deposit", usdc="1000.0")]
    wire.answers["userFunding"] = [a_payment(NOW_MS - 60_000)]
    return wire


@settings(max_examples=200)
@given(st.sampled_from(MONEY), BODIES)
def test_a_body_of_garbage_is_never_a_record_of_money(kind: str, body: bytes) -> None:
    wire = an_account_with_a_past()
    wire.answers[kind] = Answer(200, body)
    snapshot = a_venue(wire).observe(WITH_PAST)
    said_empty = body.strip() == b"[]" and kind in ("userNonFundingLedgerUpdates", "userFunding")
    assert isinstance(snapshot.past, Past) == (said_empty or kind not in MONEY[:3])
    assert isinstance(snapshot.budgets, Unreadable) == (kind == "userRateLimit")
    assert (snapshot.venue_problem is None) == (kind != "exchangeStatus")


@settings(max_examples=300)
@given(st.data())
def test_one_missing_value_never_makes_another_record_of_money(data: st.DataObject) -> None:
    wire = an_account_with_a_past()
    whole = a_venue(wire).observe(WITH_PAST)
    kind = data.draw(st.sampled_from(MONEY))
    path = data.draw(st.sampled_from([p for p in paths(wire.answers[kind]) if isinstance(p[-1], str)]))
    wire.answers[kind] = replaced(wire.answers[kind], path, None, is_removed=True)
    seen = a_venue(wire).observe(WITH_PAST)
    assert isinstance(seen.past, Unreadable) or seen.past == whole.past
    assert isinstance(seen.budgets, Unreadable) or seen.budgets == whole.budgets
    assert (seen.venue_problem is not None) == (kind == "exchangeStatus")
