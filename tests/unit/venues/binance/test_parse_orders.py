"""Rows of both books, as documented and as they never should be."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.binance_answers import NOW_MS, an_algo_order, an_order, sample
from tests.support.builders import a_policy, a_position
from trader.core.errors import Malformed
from trader.core.market import Leg, Side
from trader.core.orders import Absent, Found, Kind, Lookup, Status, Unreadable
from trader.cover import flaw
from trader.venues.binance.lookups import joined, latest
from trader.venues.binance.parse_orders import Algo, algo, open_algo_orders, open_orders, plain

D = Decimal
WHERE = "row"


def test_documented_plain_orders() -> None:
    for name in ("GetOpenOrders", "GetOrder", "GetOrders", "PlaceOrder", "CancelOrder"):
        value = sample(name)
        found = plain(value[0] if isinstance(value, list) else value, name)
        assert (found.order.coin, found.order.leg, found.order.side) == ("BTC", Leg.SHORT, Side.BUY)
        assert found.order.trigger_source == "trailing" or found.order.kind is Kind.STOP
        assert found.order.reduce_only


def test_documented_conditional_orders() -> None:
    (order,) = open_algo_orders(sample("GetOpenConditionalOrders"))
    assert (order.coin, order.kind, order.side) == ("BNB", Kind.STOP_ENTRY, Side.SELL)
    assert (order.trigger, order.price, order.size) == (D(750), D(750), D("0.01"))
    assert (order.trigger_source, order.opens, order.expires_ms) == ("last", True, None)
    done = algo(sample("GetConditionalOrder"), WHERE)
    assert (done.word, done.actual, done.actual_filled) == ("FINISHED", "974828356187", D("0.002"))
    assert (done.found.order.kind, done.found.order.is_market) == (Kind.STOP, True)
    placed = algo(sample("PlaceConditionalOrder"), WHERE)
    assert placed.found.status is Status.LIVE


def test_a_plain_limit() -> None:
    (order,) = open_orders([an_order(goodTillDate=NOW_MS)])
    assert (order.kind, order.price, order.size, order.filled) == (Kind.LIMIT, D(90), D("0.30"), D("0.10"))
    assert (order.order_id, order.client_id, order.placed_ms) == ("1917641", "web_abc", NOW_MS - 60_000)
    assert (order.trigger, order.leg, order.opens, order.expires_ms) == (None, None, True, NOW_MS)


@pytest.mark.parametrize(
    ("status", "is_live"),
    [("NEW", True), ("PARTIALLY_FILLED", True), ("FILLED", False), ("CANCELED", False), ("EXPIRED", False)],
)
def test_only_live_orders_are_open(status: str, is_live: bool) -> None:
    assert bool(open_orders([an_order(status=status)])) is is_live


@pytest.mark.parametrize(
    ("status", "is_live"),
    [("NEW", True), ("TRIGGERING", True), ("TRIGGERED", False), ("FINISHED", False), ("REJECTED", False)],
)
def test_a_conditional_order_is_open_until_the_other_book_has_it(status: str, is_live: bool) -> None:
    assert bool(open_algo_orders([an_algo_order(algoStatus=status)])) is is_live


@pytest.mark.parametrize(
    ("side", "position_side", "leg", "reduces"),
    [
        ("BUY", "LONG", Leg.LONG, False),
        ("SELL", "LONG", Leg.LONG, True),
        ("SELL", "SHORT", Leg.SHORT, False),
        ("BUY", "SHORT", Leg.SHORT, True),
        ("BUY", "BOTH", None, False),
    ],
)
@pytest.mark.parametrize("kind", ["plain", "conditional"])
def test_with_two_sides_the_side_of_an_order_says_whether_it_reduces(
    side: str, position_side: str, leg: Leg | None, reduces: bool, kind: str
) -> None:
    changes = {"side": side, "positionSide": position_side, "reduceOnly": False, "closePosition": False}
    row = an_order(**changes) if kind == "plain" else an_algo_order(quantity="1", **changes)
    order = plain(row, WHERE).order if kind == "plain" else algo(row, WHERE).found.order
    assert (order.leg, order.reduce_only, order.opens) == (leg, reduces, not reduces)
    if kind == "conditional":
        assert order.kind is (Kind.STOP if reduces else Kind.STOP_ENTRY)


def test_a_trailing_stop_of_a_stranger_is_read_and_covers_nothing() -> None:
    row = an_algo_order(
        orderType="TRAILING_STOP_MARKET",
        triggerPrice="0",
        activatePrice="",
        callbackRate="1.0",
        closePosition=False,
        quantity="2",
    )
    (order,) = open_algo_orders([row])
    assert (order.kind, order.trigger, order.trigger_source) == (Kind.STOP, D(0), "trailing")


@pytest.mark.parametrize(("protects", "source"), [(False, "mark"), (True, "mark with priceProtect")])
def test_a_stop_that_a_gap_holds_back_is_read_and_covers_nothing(protects: bool, source: str) -> None:
    (order,) = open_algo_orders([an_algo_order(priceProtect=protects)])
    assert order.trigger_source == source
    behind = a_position(coin=order.coin, mark=order.level * 2)
    assert (flaw(order, behind, a_policy().stops) is None) is not protects


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "SOMETHING"},
        {"side": "buy"},
        {"positionSide": "UP"},
        {"type": "ICEBERG"},
        {"executedQty": "0.50"},
        {"executedQty": "-1"},
        {"origQty": None},
        {"orderId": "17"},
        {"updateTime": 17},
        {"reduceOnly": "false"},
        {"workingType": "INDEX"},
    ],
)
def test_a_plain_order_that_cannot_be_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        open_orders([an_order(), an_order(**changes)])


@pytest.mark.parametrize(
    "changes",
    [
        {"algoStatus": "WORKING"},
        {"algoType": "VP"},
        {"orderType": "LIMIT", "triggerPrice": "0"},
        {"orderType": "ICEBERG"},
        {"triggerPrice": "0"},
        {"triggerPrice": ""},
        {"closePosition": "true"},
        {"quantity": None, "closePosition": False},
        {"algoId": 1.5},
        {"workingType": "INDEX_PRICE"},
    ],
)
def test_a_conditional_order_that_cannot_be_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        open_algo_orders([an_algo_order(), an_algo_order(**changes)])


def in_algo(status: str, **more: Any) -> Algo:
    return algo(an_algo_order(algoStatus=status, closePosition=False, quantity="2.00", **more), WHERE)


def in_plain(status: str, filled: str) -> Found:
    return plain(an_order(clientOrderId="stop-1", status=status, origQty="2.00", executedQty=filled), WHERE)


LOST = Unreadable("x", "y")


@pytest.mark.parametrize(
    ("in_one", "in_other", "status", "size"),
    [
        (in_algo("NEW"), Absent(), Status.LIVE, "2"),
        (in_algo("NEW"), LOST, Status.LIVE, "2"),
        (in_algo("TRIGGERING"), Absent(), Status.TRIGGERED, "2"),
        (in_algo("TRIGGERED"), Absent(), Status.TRIGGERED, "2"),
        (in_algo("TRIGGERED"), in_plain("NEW", "0"), Status.LIVE, "2"),
        (in_algo("TRIGGERED"), in_plain("PARTIALLY_FILLED", "1"), Status.LIVE, "1"),
        (in_algo("FINISHED"), in_plain("FILLED", "2"), Status.FILLED, "0"),
        (in_algo("FINISHED"), in_plain("EXPIRED", "0.5"), Status.CANCELLED, "1.5"),
        (in_algo("FINISHED", actualQty="2.00"), Absent(), Status.FILLED, "0"),
        (in_algo("FINISHED", actualQty="0.00"), Absent(), Status.CANCELLED, "2"),
        (in_algo("FINISHED", actualQty=""), LOST, Status.TRIGGERED, "2"),
        (in_algo("CANCELED"), Absent(), Status.CANCELLED, "2"),
        (in_algo("EXPIRED"), Absent(), Status.CANCELLED, "2"),
        (in_algo("REJECTED"), Absent(), Status.REJECTED, "2"),
        (Absent(), in_plain("FILLED", "2"), Status.FILLED, "0"),
        (LOST, in_plain("FILLED", "2"), Status.FILLED, "0"),
    ],
)
def test_both_books_together_tell_where_an_order_stands(
    in_one: Algo | Absent | Unreadable, in_other: Lookup, status: Status, size: str
) -> None:
    found = joined(in_one, in_other)
    assert isinstance(found, Found)
    assert (found.status, found.order.size) == (status, D(size))
    if isinstance(in_one, Algo):
        assert (found.order.kind, found.order.trigger) == (Kind.STOP, D(95))


@pytest.mark.parametrize(("in_one", "in_other"), [(Absent(), LOST), (LOST, Absent()), (LOST, LOST)])
def test_absent_needs_both_books(in_one: Absent | Unreadable, in_other: Absent | Unreadable) -> None:
    assert joined(in_one, in_other) == LOST
    assert joined(Absent(), Absent()) == Absent()


def test_history_tells_each_order_once_newest_first() -> None:
    old = in_algo("CANCELED", updateTime=NOW_MS - 90_000)
    fired, became = in_algo("FINISHED"), in_plain("FILLED", "2")
    entry = plain(an_order(status="FILLED", executedQty="0.40", updateTime=NOW_MS - 100_000), WHERE)
    told = latest([became, entry], [old, fired])
    assert [(one.status, one.at_ms) for one in told] == [
        (Status.FILLED, NOW_MS - 50_000),
        (Status.CANCELLED, NOW_MS - 90_000),
        (Status.FILLED, NOW_MS - 100_000),
    ]
