"""Rows of both books as values."""

from decimal import Decimal

import pytest

from tests.support.okx_answers import NOW_MS, Row, an_algo_row, an_order_row, sample
from trader.core.errors import Malformed
from trader.core.market import Leg, Side
from trader.core.orders import Found, Kind, Order, Status
from trader.venues.okx import parse_orders
from trader.venues.okx.parse_orders import algo_orders, normal_orders

CONTRACTS = {"SOL": Decimal(1), "BTC": Decimal("0.01")}


def contract_of(coin: str) -> Decimal | None:
    return CONTRACTS.get(coin)


def algo(**changes: object) -> Order:
    (order,) = algo_orders([an_algo_row(**changes)], contract_of)
    return order


def normal(**changes: object) -> Order:
    (order,) = normal_orders([an_order_row(**changes)], contract_of)
    return order


def found_algo(**changes: object) -> Found:
    return parse_orders.found_algo(an_algo_row(**changes), "here", contract_of)


def found_normal(**changes: object) -> Found:
    return parse_orders.found_normal(an_order_row(**changes), "here", contract_of)


def test_a_limit_that_waits() -> None:
    order = normal(accFillSz="0.5", instId="BTC-USDT-SWAP")
    assert (order.coin, order.side, order.kind) == ("BTC", Side.BUY, Kind.LIMIT)
    assert (order.size, order.filled) == (Decimal("0.015"), Decimal("0.005"))
    assert (order.price, order.trigger, order.is_market) == (Decimal("99.5"), None, False)
    assert (order.order_id, order.client_id, order.placed_ms) == ("31", "0d" * 16, NOW_MS - 60_000)
    assert (order.leg, order.opens) == (None, True)


def test_a_stop_at_market() -> None:
    order = algo()
    assert (order.kind, order.side, order.size) == (Kind.STOP, Side.SELL, Decimal(2))
    assert (order.trigger, order.price, order.is_market) == (Decimal(95), None, True)
    assert (order.trigger_source, order.reduce_only, order.is_armed) == ("mark", True, True)
    assert (order.order_id, order.client_id) == ("7", "0c" * 16)


def test_a_stop_that_becomes_a_limit_says_so() -> None:
    order = algo(slOrdPx="94.5")
    assert (order.price, order.is_market) == (Decimal("94.5"), False)


def test_a_stop_of_the_whole_position_has_no_size_of_its_own() -> None:
    order = algo(closeFraction="1", sz="")
    assert (order.position_bound, order.size) == (True, Decimal(0))


def test_a_target() -> None:
    order = algo(
        slTriggerPx="",
        slOrdPx="",
        slTriggerPxType="",
        tpTriggerPx="120",
        tpOrdPx="-1",
        tpTriggerPxType="last",
    )
    assert (order.kind, order.trigger, order.trigger_source) == (Kind.TARGET, Decimal(120), "last")


BOTH = {"tpTriggerPx": "120", "tpOrdPx": "-1", "tpTriggerPxType": "mark"}


def test_an_oco_is_a_stop_and_a_target() -> None:
    stop, target = algo_orders([an_algo_row(ordType="oco", **BOTH)], contract_of)
    assert (stop.kind, stop.trigger) == (Kind.STOP, Decimal(95))
    assert (target.kind, target.trigger) == (Kind.TARGET, Decimal(120))


def test_of_a_conditional_with_both_the_venue_ignores_the_target() -> None:
    assert algo(**BOTH).kind is Kind.STOP


TRIGGER = {
    "ordType": "trigger",
    "side": "buy",
    "reduceOnly": "false",
    "triggerPx": "110",
    "triggerPxType": "mark",
    "ordPx": "111",
    "slTriggerPx": "",
    "slOrdPx": "",
    "slTriggerPxType": "",
}


def test_a_trigger_is_an_entry_that_a_price_sets_off() -> None:
    order = algo(**TRIGGER)
    assert (order.kind, order.trigger, order.price) == (Kind.STOP_ENTRY, Decimal(110), Decimal(111))
    assert (order.opens, order.is_market) == (True, False)
    at_market = algo(**TRIGGER | {"ordPx": "-1"})
    assert (at_market.price, at_market.is_market, at_market.level) == (None, True, Decimal(110))


@pytest.mark.parametrize(
    ("leg", "side", "reduces"),
    [("long", "sell", True), ("long", "buy", False), ("short", "buy", True), ("short", "sell", False)],
)
def test_in_a_two_sided_account_the_side_decides_what_an_order_can_do(
    leg: str, side: str, reduces: bool
) -> None:
    """`reduceOnly` is of one-way accounts: there it says false whatever the order does."""
    for order in (normal(posSide=leg, side=side), algo(posSide=leg, side=side, reduceOnly="false")):
        assert (order.leg, order.reduce_only, order.opens) == (Leg(leg), reduces, not reduces)
    entry = algo(**TRIGGER | {"posSide": leg, "side": side})
    assert entry.kind is (Kind.STOP if reduces else Kind.STOP_ENTRY)


def test_in_a_one_way_account_an_attached_stop_that_may_open_is_shown_as_one() -> None:
    assert algo(reduceOnly="false").opens


def test_a_stop_that_is_suspended_protects_nothing_and_is_not_dead() -> None:
    assert not algo(state="pause").is_armed
    found = found_algo(state="pause")
    assert (found.status, found.is_dead, found.detail) == (Status.LIVE, False, "pause")


@pytest.mark.parametrize(
    "inst_id", ["BTC-USD-SWAP", "BTC-USDT", "BTC-USDT-260327", "-USDT-SWAP", "A-B-USDT-SWAP"]
)
def test_other_products_are_left_out(inst_id: str) -> None:
    assert normal_orders([an_order_row(instId=inst_id)], contract_of) == ()
    assert algo_orders([an_algo_row(instId=inst_id)], contract_of) == ()


def test_a_size_in_contracts_that_nobody_can_convert_is_malformed() -> None:
    with pytest.raises(Malformed, match="how large a contract is"):
        normal(instId="DOGE-USDT-SWAP")
    with pytest.raises(Malformed, match="how large a contract is"):
        algo(instId="DOGE-USDT-SWAP")


@pytest.mark.parametrize(
    ("changes", "status", "detail"),
    [
        ({"state": "live"}, Status.LIVE, "live"),
        ({"state": "partially_filled", "accFillSz": "1"}, Status.LIVE, "partially_filled"),
        ({"state": "filled", "accFillSz": "2"}, Status.FILLED, "filled"),
        ({"state": "canceled", "cancelSource": "1"}, Status.CANCELLED, "canceled, cancelSource 1"),
        ({"state": "mmp_canceled"}, Status.CANCELLED, "mmp_canceled, cancelSource not said"),
        (
            {"state": "canceled", "ordType": "ioc", "cancelSource": "14"},
            Status.REJECTED,
            "canceled, cancelSource 14",
        ),
        ({"state": "canceled", "ordType": "post_only", "cancelSource": "31"}, Status.REJECTED, None),
        ({"state": "canceled", "ordType": "ioc", "accFillSz": "1"}, Status.CANCELLED, None),
    ],
)
def test_where_a_normal_order_stands(changes: Row, status: Status, detail: str | None) -> None:
    found = found_normal(**changes)
    assert found.status is status
    assert detail is None or found.detail == detail
    assert found.order.filled == Decimal(str(changes.get("accFillSz", "0")))


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("live", Status.LIVE),
        ("effective", Status.TRIGGERED),
        ("partially_effective", Status.TRIGGERED),
        ("canceled", Status.CANCELLED),
        ("order_failed", Status.REJECTED),
        ("partially_failed", Status.REJECTED),
    ],
)
def test_where_a_conditional_order_stands(state: str, status: Status) -> None:
    assert found_algo(state=state).status is status


@pytest.mark.parametrize(
    ("code", "told"), [("1000", ", failCode 1000"), ("51008", ", failCode 51008"), ("0", ""), ("", "")]
)
def test_a_stop_that_failed_says_why(code: str, told: str) -> None:
    found = found_algo(state="order_failed", failCode=code)
    assert (found.is_dead, found.detail) == (True, f"order_failed{told}")


def test_a_code_on_a_stop_that_worked_does_not_make_it_dead() -> None:
    assert not found_algo(state="effective", failCode="1").is_dead


@pytest.mark.parametrize(
    "changes",
    [
        {"sz": ""},
        {"sz": "0"},
        {"side": "both"},
        {"posSide": ""},
        {"cTime": ""},
        {"cTime": "12"},
        {"algoId": ""},
        {"slTriggerPx": "0"},
        {"slTriggerPx": ""},
        {"slTriggerPxType": ""},
        {"slTriggerPxType": "mid"},
        {"slOrdPx": ""},
        {"slOrdPx": "-2"},
        {"reduceOnly": ""},
        {"reduceOnly": True},
        {"closeFraction": "0.5"},
        {"ordType": "twap"},
        {"state": 1},
        {"instId": None},
        {"sz": 2},
    ],
)
def test_a_conditional_row_that_lacks_something_is_malformed(changes: Row) -> None:
    with pytest.raises(Malformed):
        algo(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"sz": ""},
        {"accFillSz": ""},
        {"accFillSz": "3"},
        {"side": ""},
        {"posSide": "both"},
        {"ordId": "x"},
        {"px": "0"},
        {"px": "NaN"},
        {"reduceOnly": "yes"},
        {"cTime": None},
        {"ordType": None},
    ],
)
def test_a_normal_row_that_lacks_something_is_malformed(changes: Row) -> None:
    with pytest.raises(Malformed):
        normal(**changes)


@pytest.mark.parametrize(
    "key", ["instId", "side", "posSide", "sz", "ordType", "state", "algoId", "slTriggerPx", "cTime"]
)
def test_a_missing_field_is_never_filled_in(key: str) -> None:
    row = an_algo_row()
    del row[key]
    with pytest.raises(Malformed):
        algo_orders([row], contract_of)


@pytest.mark.parametrize("state", ["", "unknown", "done"])
def test_a_state_that_nobody_knows_is_malformed(state: str) -> None:
    with pytest.raises(Malformed):
        found_algo(state=state)
    with pytest.raises(Malformed):
        found_normal(state=state)


def test_documented_rows_can_be_read_once_they_are_of_a_swap() -> None:
    for name, parse in (("GetOrders", normal_orders), ("GetAlgoOrderList", algo_orders)):
        (row,) = sample(name)["data"]
        assert parse([row], contract_of) == ()
        (order,) = parse([row | {"instId": "SOL-USDT-SWAP"}], contract_of)
        assert order.client_id is None
    (details,) = sample("GetOrderDetails")["data"]
    found = parse_orders.found_normal(details | {"instId": "SOL-USDT-SWAP"}, "here", contract_of)
    assert (found.status, found.order.price, found.order.is_market) == (Status.FILLED, None, True)
