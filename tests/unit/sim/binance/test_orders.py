"""Plain orders: their lives, their ids, and how long the venue remembers them."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded_binance import EmbeddedBinance
from tests.support.embedded_wire import EQUITY, NOW_MS
from trader.exchange.orders import Liquidity, OrderSpec, TriggerSpec
from trader.exchange.status import Grouping, Tif, Trigger
from trader.sim.binance.switches import Switches

DAY_MS = 86_400_000


@pytest.fixture
def exchange() -> EmbeddedBinance:
    return EmbeddedBinance()


def query(exchange: EmbeddedBinance, client_id: str) -> dict[str, Any]:
    row = exchange.ok("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId=client_id)
    assert isinstance(row, dict)
    return row


def test_an_acknowledgement_is_the_default_and_says_nothing_of_the_fill(exchange: EmbeddedBinance) -> None:
    taken = exchange.order("BUY", "0.01", newOrderRespType=None)
    assert (taken["status"], taken["executedQty"], taken["cumQty"]) == ("NEW", "0.000", "0.000")
    row = exchange.ok("GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=taken["orderId"])
    assert (row["status"], row["executedQty"], row["avgPrice"]) == ("FILLED", "0.010", "100005.00000")


@pytest.mark.parametrize("told", [False, True])
def test_the_answer_to_an_order_has_an_average_only_by_a_switch(told: bool) -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, post_average=told))
    assert ("avgPrice" in exchange.order("BUY", "0.01")) is told
    assert ("cumQuote" in exchange.order("BUY", "0.01")) is told


def test_an_immediate_order_that_finds_nothing_expired(exchange: EmbeddedBinance) -> None:
    taken = exchange.order("BUY", "0.01", price="99000", timeInForce="IOC", newClientOrderId="ioc")
    assert (taken["status"], taken["executedQty"]) == ("EXPIRED", "0.000")
    assert query(exchange, "ioc")["status"] == "EXPIRED"


@pytest.mark.parametrize("fields", [{"price": "101000", "timeInForce": "IOC"}, {}])
def test_an_immediate_order_that_fills_in_part_expired(
    exchange: EmbeddedBinance, fields: dict[str, str]
) -> None:
    exchange.venue.model.set_liquidity("BTC", Liquidity(size=Decimal("0.004")))
    taken = exchange.order("BUY", "0.01", **fields)
    assert (taken["status"], taken["executedQty"]) == ("EXPIRED", "0.004")
    assert exchange.position() == Decimal("0.004")


def test_a_resting_order_fills_in_parts(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.01", price="96000", newClientOrderId="rung")
    assert query(exchange, "rung")["status"] == "NEW"
    exchange.venue.model.set_liquidity("BTC", Liquidity(resting_size=Decimal("0.004")))
    exchange.move("BTC", 96_000.0, 95_990.0)
    row = query(exchange, "rung")
    assert row["status"] == "PARTIALLY_FILLED"
    assert row["executedQty"] in ("0.004", "0.008")
    ended = exchange.ok("DELETE", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="rung")
    assert (ended["status"], ended["executedQty"]) == ("CANCELED", row["executedQty"])
    code = exchange.refusal("DELETE", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="rung")
    assert code == -2011


def test_an_order_ends_at_its_date(exchange: EmbeddedBinance) -> None:
    ends_ms = NOW_MS + 700_500
    fields = {"price": "96000", "timeInForce": "GTD", "goodTillDate": ends_ms, "newClientOrderId": "gtd"}
    assert exchange.order("BUY", "0.01", **fields)["goodTillDate"] == ends_ms - 500
    exchange.clock.advance(690_000)
    assert query(exchange, "gtd")["status"] == "NEW"
    exchange.clock.advance(20_000)
    assert query(exchange, "gtd")["status"] == "EXPIRED"
    assert exchange.ok("GET", "/fapi/v1/openOrders") == []


def test_a_client_id_is_unique_among_open_orders_only(exchange: EmbeddedBinance) -> None:
    resting = exchange.order("BUY", "0.01", price="96000", newClientOrderId="same")
    assert exchange.order_refusal("BUY", "0.01", price="96000", newClientOrderId="same") == -4116
    exchange.ok("DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=resting["orderId"])
    for _ in range(2):
        assert exchange.order("BUY", "0.01", newClientOrderId="same")["status"] == "FILLED"
    assert exchange.position() == Decimal("0.02")


@pytest.mark.parametrize(("reading", "status"), [("newest", "FILLED"), ("oldest", "CANCELED")])
def test_which_order_a_repeated_id_finds_is_a_switch(reading: str, status: str) -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, client_id_resolves=reading))
    resting = exchange.order("BUY", "0.01", price="96000", newClientOrderId="same")
    exchange.ok("DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=resting["orderId"])
    exchange.order("BUY", "0.01", newClientOrderId="same")
    assert query(exchange, "same")["status"] == status


def test_an_order_without_an_id_gets_one_of_its_own(exchange: EmbeddedBinance) -> None:
    first, second = (exchange.order("BUY", "0.001", price="96000") for _ in range(2))
    assert first["clientOrderId"] != second["clientOrderId"]
    assert query(exchange, first["clientOrderId"])["orderId"] == first["orderId"]


def test_ended_orders_are_forgotten(exchange: EmbeddedBinance) -> None:
    """Without a fill after three days, with one after ninety."""
    cancelled = exchange.order("BUY", "0.01", price="96000", newClientOrderId="cancelled")
    exchange.ok("DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=cancelled["orderId"])
    exchange.order("BUY", "0.01", newClientOrderId="filled")
    exchange.order("BUY", "0.01", price="96000", newClientOrderId="resting")
    exchange.clock.advance(3 * DAY_MS)
    assert query(exchange, "cancelled")["status"] == "CANCELED"
    exchange.clock.advance(1)
    lost = exchange.refusal("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="cancelled")
    assert lost == -2013
    assert query(exchange, "resting")["status"] == "NEW"
    exchange.clock.advance(87 * DAY_MS - 1)
    assert query(exchange, "filled")["status"] == "FILLED"
    exchange.clock.advance(1)
    lost = exchange.refusal("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="filled")
    assert lost == -2013


def test_an_amended_order_keeps_its_ids(exchange: EmbeddedBinance) -> None:
    taken = exchange.order("BUY", "0.01", price="96000", newClientOrderId="rung")
    fields = {"symbol": "BTCUSDT", "side": "BUY", "origClientOrderId": "rung"}
    assert exchange.refusal("PUT", "/fapi/v1/order", **fields, quantity="0.02") == -1102
    same = exchange.refusal("PUT", "/fapi/v1/order", **fields, quantity="0.01", price="96000")
    assert same == -5027
    wrong = exchange.refusal("PUT", "/fapi/v1/order", **fields, quantity="0.01", price="96000.01")
    assert wrong == -4014
    changed = exchange.ok("PUT", "/fapi/v1/order", **fields, quantity="0.02", price="97000")
    assert (changed["orderId"], changed["price"], changed["origQty"]) == (
        taken["orderId"],
        "97000.00",
        "0.020",
    )
    assert query(exchange, "rung")["price"] == "97000.00"


def test_a_post_only_order_amended_into_the_book_is_cancelled(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.01", price="96000", timeInForce="GTX", newClientOrderId="maker")
    fields = {"symbol": "BTCUSDT", "side": "BUY", "origClientOrderId": "maker"}
    changed = exchange.ok("PUT", "/fapi/v1/order", **fields, quantity="0.01", price="101000")
    assert changed["status"] == "CANCELED"
    assert exchange.position() == 0


def test_history_is_told_by_id_and_by_window(exchange: EmbeddedBinance) -> None:
    taken = []
    for _ in range(3):
        taken.append(exchange.order("BUY", "0.001", price="96000")["orderId"])
        exchange.clock.advance(DAY_MS)
    path, symbol = "/fapi/v1/allOrders", {"symbol": "BTCUSDT"}
    assert [row["orderId"] for row in exchange.ok("GET", path, **symbol)] == taken
    assert [row["orderId"] for row in exchange.ok("GET", path, **symbol, orderId=taken[1])] == taken[1:]
    window = {"startTime": NOW_MS + 1, "endTime": NOW_MS + DAY_MS}
    assert [row["orderId"] for row in exchange.ok("GET", path, **symbol, **window)] == [taken[1]]
    assert [row["orderId"] for row in exchange.ok("GET", path, **symbol, limit=1)] == [taken[-1]]
    long = {"startTime": NOW_MS - 8 * DAY_MS, "endTime": NOW_MS}
    assert exchange.refusal("GET", path, **symbol, **long) == -4165


def test_executions_are_told_by_order_by_id_and_by_window(exchange: EmbeddedBinance) -> None:
    path, symbol = "/fapi/v1/userTrades", {"symbol": "BTCUSDT"}
    bought = exchange.order("BUY", "0.01")
    exchange.clock.advance(DAY_MS)
    sold = exchange.order("SELL", "0.004")
    rows = exchange.ok("GET", path, **symbol)
    assert [(row["orderId"], row["buyer"], row["maker"]) for row in rows] == [
        (bought["orderId"], True, False),
        (sold["orderId"], False, False),
    ]
    assert (rows[1]["realizedPnl"], rows[1]["commission"]) == ("-0.04000000", "0.19999000")
    assert exchange.ok("GET", path, **symbol, orderId=sold["orderId"]) == [rows[1]]
    assert exchange.ok("GET", path, **symbol, fromId=rows[1]["id"]) == [rows[1]]
    assert exchange.ok("GET", path, **symbol, startTime=NOW_MS, endTime=NOW_MS) == [rows[0]]
    assert exchange.ok("GET", path, symbol="ETHUSDT") == []
    exchange.clock.advance(7 * DAY_MS + 1)
    assert exchange.ok("GET", path, **symbol) == []


def test_a_countdown_can_be_stopped_and_spares_other_symbols(exchange: EmbeddedBinance) -> None:
    path = "/fapi/v1/countdownCancelAll"
    exchange.order("BUY", "0.01", price="96000", newClientOrderId="btc")
    exchange.order("BUY", "0.1", price="1950", symbol="ETHUSDT")
    exchange.algo("SELL", "95000", quantity="0.01", reduceOnly=True)
    exchange.ok("POST", path, symbol="BTCUSDT", countdownTime=1_000)
    exchange.ok("POST", path, symbol="BTCUSDT", countdownTime=0)
    exchange.clock.advance(2_000)
    assert query(exchange, "btc")["status"] == "NEW"
    exchange.ok("POST", path, symbol="BTCUSDT", countdownTime=1_000)
    exchange.clock.advance(2_000)
    row = query(exchange, "btc")
    assert (row["status"], row["updateTime"]) == ("CANCELED", NOW_MS + 3_000)
    assert [row["symbol"] for row in exchange.ok("GET", "/fapi/v1/openOrders")] == ["ETHUSDT"]
    assert len(exchange.ok("GET", "/fapi/v1/openAlgoOrders")) == 1


def test_a_countdown_may_cancel_conditional_orders_too() -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, countdown_cancels_algo=True))
    exchange.algo("SELL", "95000", quantity="0.01", reduceOnly=True)
    exchange.ok("POST", "/fapi/v1/countdownCancelAll", symbol="BTCUSDT", countdownTime=1_000)
    exchange.clock.advance(2_000)
    assert exchange.ok("GET", "/fapi/v1/openAlgoOrders") == []


def test_orders_that_came_by_another_road_are_told_too(exchange: EmbeddedBinance) -> None:
    """As if somebody had placed them on the venue's website."""
    model, user = exchange.venue.model, exchange.user
    stop = TriggerSpec(Decimal(95_000), Trigger.STOP, is_market=True)
    size = Decimal("0.01")
    entry = OrderSpec("BTC", True, Decimal(101_000), size, Tif.IOC, cloid="by-hand")
    model.place(user, [entry])
    model.place(user, [OrderSpec("BTC", True, Decimal(96_000), size)])
    model.place(user, [OrderSpec("BTC", False, Decimal(0), size, None, reduce_only=True, trigger=stop)])
    bound = OrderSpec("BTC", False, Decimal(0), Decimal(0), None, reduce_only=True, trigger=stop)
    model.place(user, [bound], Grouping.POSITION)
    model.place(user, [OrderSpec("BTC", True, Decimal(99_000), size, Tif.FOK, cloid="refused")])
    assert query(exchange, "by-hand")["status"] == "FILLED"
    (resting,) = exchange.ok("GET", "/fapi/v1/openOrders")
    assert (resting["price"], resting["origQty"], resting["timeInForce"]) == ("96000.00", "0.010", "GTC")
    sized, whole = exchange.ok("GET", "/fapi/v1/openAlgoOrders")
    assert (sized["quantity"], sized["closePosition"], sized["reduceOnly"]) == ("0.010", False, True)
    assert (whole["orderType"], whole["closePosition"], whole["workingType"]) == (
        "STOP_MARKET",
        True,
        "MARK_PRICE",
    )
    exchange.ok("DELETE", "/fapi/v1/algoOrder", algoId=sized["algoId"])
    lost = exchange.refusal("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="refused")
    assert lost == -2013
