"""How normal orders change and end: cancelled, amended, closed, timed out, expired."""

import pytest

from tests.support.embedded_okx import BTC, ETH, net


@pytest.mark.parametrize(
    ("ord_type", "px", "source"),
    [("ioc", "99000", "14"), ("fok", "99000", "13"), ("post_only", "100100", "31")],
)
def test_an_order_that_ends_at_once_was_taken(ord_type: str, px: str, source: str) -> None:
    exchange = net()
    exchange.order("buy", "1", ordType=ord_type, px=px, clOrdId="gone")
    row = exchange.order_row("gone")
    assert (row["state"], row["cancelSource"], row["accFillSz"], row["avgPx"]) == (
        "canceled",
        source,
        "0",
        "",
    )
    assert exchange.position() == 0


def test_cancelling() -> None:
    exchange = net()
    exchange.order("buy", "1", px="99000", clOrdId="mine")
    number = exchange.order_row("mine")["ordId"]
    assert exchange.refused("trade/cancel-order", instId=ETH, ordId=number) == "51400"
    assert exchange.refused("trade/cancel-order", instId=BTC) == "50015"
    row = exchange.done("trade/cancel-order", instId=BTC, ordId=number, clOrdId="another")
    assert (row["ordId"], row["clOrdId"]) == (number, "mine")
    assert exchange.refused("trade/cancel-order", instId=BTC, clOrdId="mine") == "51400"
    assert exchange.order_row("mine")["cancelSource"] == "1"
    _, body = exchange.write("trade/cancel-batch-orders", [{"instId": BTC, "clOrdId": "mine"}])
    assert body["code"] == "1"


def test_amending_keeps_the_id() -> None:
    exchange = net()
    number = exchange.order("buy", "1", px="99000", clOrdId="mine")["ordId"]
    row = exchange.done("trade/amend-order", instId=BTC, clOrdId="mine", newPx="98500", newSz="2", reqId="r1")
    assert (row["ordId"], row["reqId"]) == (number, "r1")
    order = exchange.order_row("mine")
    assert (order["ordId"], order["px"], order["sz"], order["state"]) == (number, "98500", "2", "live")
    assert exchange.refused("trade/amend-order", instId=BTC, clOrdId="mine", newPx="102000.1") == "51137"
    assert exchange.order_row("mine")["state"] == "live"
    fields = {"instId": BTC, "clOrdId": "mine", "newSz": "10000", "cxlOnFail": True}
    assert exchange.refused("trade/amend-order", **fields) == "51008"
    assert exchange.order_row("mine")["state"] == "canceled"
    assert exchange.refused("trade/amend-order", instId=BTC, clOrdId="mine", newPx="98500") == "51503"


def test_closing_a_position_at_market() -> None:
    exchange = net()
    assert exchange.refused("trade/close-position", instId=BTC, mgnMode="cross") == "51023"
    exchange.order("buy", "2")
    exchange.order("sell", "1", px="100500")
    status, body = exchange.write("trade/close-position", {"instId": BTC, "mgnMode": "cross"})
    assert (status, body["code"]) == (429, "51115")
    fields = {"instId": BTC, "mgnMode": "cross", "autoCxl": True, "clOrdId": "closing"}
    row = exchange.done("trade/close-position", **fields)
    assert row == {"instId": BTC, "posSide": "net", "clOrdId": "closing", "tag": ""}
    assert exchange.position() == 0
    assert exchange.order_row("closing")["state"] == "filled"
    assert exchange.rows("trade/orders-pending") == []


@pytest.mark.parametrize("algos_too", [True, False])
def test_a_timer_cancels_what_is_pending(algos_too: bool) -> None:
    exchange = net(timer_cancels_algos=algos_too)
    exchange.order("buy", "1")
    exchange.algo("sell", sz="1", slTriggerPx="95000", algoClOrdId="stop1")
    exchange.order("buy", "1", px="99000", clOrdId="rests")
    assert exchange.refused("trade/cancel-all-after", timeOut="9") == "51000"
    exchange.clock.advance(1_000)
    row = exchange.done("trade/cancel-all-after", timeOut=10)
    assert int(row["triggerTime"]) - int(row["ts"]) == 10_000
    exchange.clock.advance(9_000)
    assert exchange.order_row("rests")["state"] == "live"
    exchange.clock.advance(1_000)
    row = exchange.order_row("rests")
    assert (row["state"], row["cancelSource"]) == ("canceled", "20")
    assert exchange.waiting() == ([] if algos_too else ["stop1"])


def test_a_timer_that_is_ended_does_nothing() -> None:
    exchange = net()
    exchange.order("buy", "1", px="99000", clOrdId="rests")
    exchange.done("trade/cancel-all-after", timeOut="10")
    exchange.clock.advance(1_000)
    assert exchange.done("trade/cancel-all-after", timeOut="0")["triggerTime"] == "0"
    exchange.clock.advance(60_000)
    assert exchange.order_row("rests")["state"] == "live"


@pytest.mark.parametrize("code", ["50036", "50037"])
def test_an_order_does_not_outlive_its_expiry(code: str) -> None:
    exchange = net(expired_code=code)
    late = str(exchange.clock.now_ms() - 1)
    order = exchange.order_fields("buy", "1")
    _, body = exchange.write("trade/order", order, expTime=late)
    assert body["data"][0]["sCode"] == code
    assert exchange.position() == 0
    _, body = exchange.write("trade/batch-orders", [order, order], expTime=late)
    assert {row["sCode"] for row in body["data"]} == {code}
    # Other endpoints do not know the header.
    algo = exchange.algo_fields("sell", sz="1", slTriggerPx="95000")
    assert exchange.write("trade/order-algo", algo, expTime=late)[1]["code"] == "0"
    _, body = exchange.write("trade/order", order, expTime=str(exchange.clock.now_ms() + 1))
    assert body["code"] == "0"
