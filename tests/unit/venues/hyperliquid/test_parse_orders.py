"""Order rows as values: recorded ones, the odd ones the venue is known for, and what must not pass."""

from decimal import Decimal

import pytest

from tests.support.hyperliquid_answers import NOW_MS, a_record, an_order_row, recorded
from trader.core.errors import Malformed
from trader.core.market import Side
from trader.core.orders import Absent, Found, Kind, Status
from trader.venues.hyperliquid import parse_orders
from trader.venues.hyperliquid.parse_orders import is_native, latest, lookup, open_orders, status_of

ID = "0c" * 16


def test_the_recorded_list_has_an_entry_and_its_two_waiting_children() -> None:
    orders = {order.order_id: order for order in open_orders(recorded("open_orders_2023"))}
    assert set(orders) == {"3184595905", "3184595906", "3184595907"}
    parent, stop, target = (orders[f"318459590{digit}"] for digit in "567")
    assert (parent.kind, parent.side, parent.trigger, parent.is_armed) == (Kind.LIMIT, Side.BUY, None, True)
    assert (stop.kind, stop.trigger, stop.price) == (Kind.STOP, Decimal("9.995"), Decimal("9.1954"))
    assert (target.kind, target.trigger) == (Kind.TARGET, Decimal("10.004"))
    assert [(o.is_armed, o.is_market, o.reduce_only) for o in (stop, target)] == [(False, True, True)] * 2


def test_a_child_that_is_listed_only_inside_its_parent_is_seen() -> None:
    rows = [recorded("open_orders_2023")[2]]
    assert [(o.order_id, o.is_armed) for o in open_orders(rows)] == [
        ("3184595905", True),
        ("3184595906", False),
        ("3184595907", False),
    ]


def test_a_stop_without_a_parent_is_armed() -> None:
    (order,) = open_orders([an_order_row()])
    assert order.is_armed
    assert (order.client_id, order.size, order.placed_ms) == (ID, Decimal("2.0"), NOW_MS - 60_000)


def test_a_stop_of_the_position_has_no_size_of_its_own() -> None:
    (order,) = open_orders([an_order_row(isPositionTpsl=True, sz="0.0", origSz="0.0")])
    assert (order.position_bound, order.size) == (True, Decimal(0))


def test_a_stop_of_the_position_with_a_fixed_size_does_not_follow_it() -> None:
    (order,) = open_orders([an_order_row(isPositionTpsl=True, sz="1.5", origSz="2.0")])
    assert (order.position_bound, order.size) == (False, Decimal("1.5"))


def test_a_reducing_order_shrunk_by_the_position_covers_only_what_remains() -> None:
    (order,) = open_orders([an_order_row(sz="0.5", origSz="2.0")])
    assert order.size == Decimal("0.5")


PLAIN = {"isTrigger": False, "triggerPx": "0.0", "orderType": "Limit", "tif": "Alo", "reduceOnly": False}


def test_an_entry_that_rests_tells_what_remains_and_what_has_filled() -> None:
    (order,) = open_orders([an_order_row(sz="1.5", origSz="2.0", **PLAIN)])
    assert (order.kind, order.size, order.filled) == (Kind.LIMIT, Decimal("1.5"), Decimal("0.5"))
    assert (order.opens, order.is_armed, order.trigger, order.client_id) == (True, True, None, ID)
    (whole,) = open_orders([an_order_row(sz="2.0", origSz="2.0", **PLAIN)])
    assert whole.filled == 0


def test_what_only_reduces_or_waits_for_a_price_has_no_fills_to_tell() -> None:
    """The venue makes them smaller without a fill."""
    shrunk = an_order_row(sz="0.5", origSz="2.0")
    reducing = an_order_row(sz="0.5", origSz="2.0", **{**PLAIN, "reduceOnly": True}) | {"oid": 9}
    assert [order.filled for order in open_orders([shrunk, reducing])] == [Decimal(0)] * 2


def test_an_entry_with_more_left_than_was_ordered_is_not_believed() -> None:
    with pytest.raises(Malformed, match=r"sz: expected at most the 2\.0 that were ordered"):
        open_orders([an_order_row(sz="2.5", origSz="2.0", **PLAIN)])


@pytest.mark.parametrize(
    ("order_type", "kind", "is_market"),
    [
        ("Stop Market", Kind.STOP, True),
        ("Stop Limit", Kind.STOP, False),
        ("Take Profit Market", Kind.TARGET, True),
        ("Take Profit Limit", Kind.TARGET, False),
    ],
)
def test_the_kinds_of_triggers(order_type: str, kind: Kind, is_market: bool) -> None:
    (order,) = open_orders([an_order_row(orderType=order_type)])
    assert (order.kind, order.is_market) == (kind, is_market)


@pytest.mark.parametrize("cloid", [None, "absent"])
def test_an_order_without_a_client_id_has_none(cloid: str | None) -> None:
    row = an_order_row(cloid=cloid)
    if cloid == "absent":
        del row["cloid"]
    assert open_orders([row])[0].client_id is None


def test_a_row_of_another_product_may_look_as_it_likes() -> None:
    """One order for spot of a kind that nobody knows must not hide the stops of the account."""
    strange = an_order_row(coin="@107", orderType="Trailing", isTrigger=True, oid=9)
    assert [order.order_id for order in open_orders([strange, an_order_row()])] == ["7"]


@pytest.mark.parametrize("coin", ["@107", "PURR/USDC", "xyz:GOLD", "#12", "+3"])
def test_orders_of_other_products_are_left_out(coin: str) -> None:
    assert not is_native(coin)
    assert open_orders([an_order_row(coin=coin)]) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"coin": None},
        {"side": "X"},
        {"side": "buy"},
        {"limitPx": 85.5},
        {"limitPx": "NaN"},
        {"sz": "-1.0"},
        {"sz": None},
        {"oid": "7"},
        {"oid": -7},
        {"timestamp": 0},
        {"isTrigger": "true"},
        {"triggerPx": "0.0"},
        {"triggerPx": "1e400"},
        {"orderType": "Limit"},
        {"orderType": "Whatever Market"},
        {"children": None},
        {"children": [{}]},
        {"isPositionTpsl": None},
        {"reduceOnly": 1},
        {"origSz": ""},
        {"cloid": 7},
    ],
)
def test_a_field_of_the_wrong_kind_spoils_the_list(changes: dict[str, object]) -> None:
    with pytest.raises(Malformed, match=r"frontendOpenOrders\[1\]"):
        open_orders([an_order_row(), an_order_row(**changes)])


@pytest.mark.parametrize(
    "name", [name for name in an_order_row() if name not in ("cloid", "tif", "triggerCondition")]
)
def test_a_missing_field_spoils_the_list(name: str) -> None:
    row = an_order_row()
    del row[name]
    with pytest.raises(Malformed, match=f"the field {name} is missing"):
        open_orders([row])


@pytest.mark.parametrize("value", [None, {}, "", 0, {"orders": []}])
def test_what_is_not_a_list_is_not_an_empty_list(value: object) -> None:
    with pytest.raises(Malformed):
        open_orders(value)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("open", Status.LIVE),
        ("triggered", Status.TRIGGERED),
        ("filled", Status.FILLED),
        ("canceled", Status.CANCELLED),
        ("marginCanceled", Status.CANCELLED),
        ("siblingFilledCanceled", Status.CANCELLED),
        ("reduceOnlyCanceled", Status.CANCELLED),
        ("scheduledCancel", Status.CANCELLED),
        ("internalCancel", Status.CANCELLED),
        ("somethingNewCanceled", Status.CANCELLED),
        ("rejected", Status.REJECTED),
        ("iocCancelRejected", Status.REJECTED),
        ("perpMarginRejected", Status.REJECTED),
        ("somethingNewRejected", Status.REJECTED),
        ("somethingNew", None),
        ("openish", None),
        ("", None),
    ],
)
def test_statuses_are_told_by_their_end(name: str, status: Status | None) -> None:
    assert status_of(name) is status


def test_a_look_up_that_the_venue_knows() -> None:
    found = lookup({"status": "order", "order": a_record("reduceOnlyCanceled")}, ID)
    assert isinstance(found, Found)
    assert (found.status, found.detail, found.is_dead) == (Status.CANCELLED, "reduceOnlyCanceled", True)


def test_a_look_up_that_the_venue_does_not_know() -> None:
    assert lookup({"status": "unknownOid"}, ID) == Absent()


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        [],
        {"status": "order"},
        {"status": "whatever"},
        {"status": "order", "order": a_record("notAWordOfTheVenue")},
        {"status": "order", "order": a_record(cloid="0x" + "0e" * 16)},
        {"status": "order", "order": a_record(cloid=None)},
        {"status": "order", "order": a_record() | {"statusTimestamp": None}},
    ],
)
def test_a_look_up_that_says_nothing_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        lookup(value, ID)


def test_the_recorded_history_is_folded_newest_first() -> None:
    orders = latest(recorded("history_2025"))
    assert [o.at_ms for o in orders] == [1755863118217] * 5
    assert {o.detail for o in orders} == {"iocCancelRejected", "canceled"}


def test_of_several_changes_of_an_order_the_newest_counts_and_on_a_tie_the_first() -> None:
    rows = [
        a_record("filled", NOW_MS - 10),
        a_record("triggered", NOW_MS - 10),
        a_record("open", NOW_MS - 50),
        a_record("open", NOW_MS - 5, oid=8),
    ]
    assert [(o.order.order_id, o.detail) for o in latest(rows)] == [("8", "open"), ("7", "filled")]


def test_history_of_other_products_is_left_out() -> None:
    assert parse_orders.latest([a_record(coin="@107"), a_record()])[0].order.coin == "SOL"
    assert len(parse_orders.latest([a_record(coin="@107"), a_record()])) == 1
