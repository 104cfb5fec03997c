"""What the exchange says and does when a fault makes it lie, and the failures of its backend."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded_binance import EmbeddedBinance
from trader.core.wire import Answer, Lost
from trader.sim.faults import Fault

REDUCING = {"quantity": "0.01", "reduceOnly": True}
SYMBOL = {"symbol": "BTCUSDT"}


@pytest.fixture
def exchange() -> EmbeddedBinance:
    return EmbeddedBinance()


def names(exchange: EmbeddedBinance) -> list[str]:
    return [row["clientAlgoId"] for row in exchange.ok("GET", "/fapi/v1/openAlgoOrders")]


def open_ids(exchange: EmbeddedBinance) -> list[str]:
    return [row["clientOrderId"] for row in exchange.ok("GET", "/fapi/v1/openOrders")]


def test_one_of_a_batch_is_refused(exchange: EmbeddedBinance) -> None:
    rows = [
        {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        | {"quantity": "0.01", "price": "96000", "newClientOrderId": name}
        for name in ("one", "two")
    ]
    exchange.arm(Fault("V1", what="POST batchOrders", params={"item": 1, "code": -2019}))
    found = exchange.ok("POST", "/fapi/v1/batchOrders", batchOrders=json.dumps(rows))
    assert [row.get("code") for row in found] == [None, -2019]
    assert open_ids(exchange) == ["one"]


def test_an_order_is_refused_as_the_fault_says(exchange: EmbeddedBinance) -> None:
    exchange.arm(Fault("V1", is_write=True, params={"code": -4400, "text": "Only reduce."}))
    status, body = exchange.ask(
        "POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01"
    )
    assert (status, body) == (400, {"code": -4400, "msg": "Only reduce."})
    exchange.arm(Fault("V6", what="POST algoOrder"))
    assert exchange.algo_refusal("SELL", "95000", **REDUCING) == -2021


def test_a_cancel_loses_its_race(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.01", price="96000", newClientOrderId="rung")
    exchange.arm(Fault("V1", what="DELETE order", params={"code": -2011}))
    assert exchange.refusal("DELETE", "/fapi/v1/order", origClientOrderId="rung", **SYMBOL) == -2011
    assert open_ids(exchange) == ["rung"]


def test_a_stop_is_taken_and_then_gone_without_a_trace(exchange: EmbeddedBinance) -> None:
    exchange.arm(Fault("V2", what="POST algoOrder"))
    exchange.algo("SELL", "95000", clientAlgoId="stop", **REDUCING)
    assert names(exchange) == []
    assert exchange.refusal("GET", "/fapi/v1/algoOrder", clientAlgoId="stop") == -2013
    assert exchange.venue.model.open_orders(exchange.user) == ()


def test_a_stop_is_taken_at_half_its_size_or_too_far_away(exchange: EmbeddedBinance) -> None:
    exchange.arm(Fault("V3", what="POST algoOrder"))
    assert exchange.algo("SELL", "95000", **REDUCING)["quantity"] == "0.005"
    exchange.arm(Fault("V4", what="POST algoOrder", params={"factor": "0.3"}))
    assert exchange.algo("SELL", "95000", **REDUCING)["triggerPrice"] == "28500.00"


@pytest.mark.parametrize(("status", "word"), [("rejected", "REJECTED"), ("expired", "EXPIRED")])
def test_a_stop_is_taken_and_then_ended(exchange: EmbeddedBinance, status: str, word: str) -> None:
    exchange.arm(Fault("V5", what="POST algoOrder", params={"status": status}))
    exchange.algo("SELL", "95000", clientAlgoId="stop", **REDUCING)
    assert names(exchange) == []
    assert exchange.algo_status("stop") == word


def test_a_stop_that_shows_as_live_is_rejected_when_it_should_save(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.01")
    exchange.arm(Fault("V5", what="POST algoOrder", params={"at": "trigger"}))
    exchange.algo("SELL", "95000", clientAlgoId="stop", **REDUCING)
    assert names(exchange) == ["stop"]
    assert exchange.venue.model.open_orders(exchange.user) == ()
    exchange.move("BTC", 94_900.0)
    assert exchange.algo_status("stop") == "REJECTED"
    assert exchange.position() == Decimal("0.01")


def test_a_stop_that_would_be_rejected_can_be_cancelled(exchange: EmbeddedBinance) -> None:
    exchange.arm(Fault("V5", what="POST algoOrder", params={"at": "trigger"}))
    exchange.algo("SELL", "95000", clientAlgoId="stop", **REDUCING)
    exchange.ok("DELETE", "/fapi/v1/algoOrder", clientAlgoId="stop")
    assert (names(exchange), exchange.algo_status("stop")) == ([], "CANCELED")


def test_what_was_taken_is_visible_only_later(exchange: EmbeddedBinance) -> None:
    exchange.arm(Fault("V9", what="POST algoOrder", params={"seconds": 20}))
    exchange.algo("SELL", "95000", clientAlgoId="stop", **REDUCING)
    exchange.clock.advance(19_999)
    assert names(exchange) == []
    assert exchange.refusal("GET", "/fapi/v1/algoOrder", clientAlgoId="stop") == -2013
    assert exchange.refusal("DELETE", "/fapi/v1/algoOrder", clientAlgoId="stop") == -2011
    exchange.clock.advance(1)
    assert names(exchange) == ["stop"]


def test_a_read_of_one_order_finds_nothing(exchange: EmbeddedBinance) -> None:
    exchange.algo("SELL", "95000", clientAlgoId="stop", **REDUCING)
    exchange.arm(Fault("V9", what="GET algoOrder", times=2))
    for _ in range(2):
        assert exchange.refusal("GET", "/fapi/v1/algoOrder", clientAlgoId="stop") == -2013
    assert exchange.algo_status("stop") == "NEW"


def test_reads_that_are_stale(exchange: EmbeddedBinance) -> None:
    path = "/fapi/v3/positionRisk"
    assert exchange.ok("GET", path) == []
    exchange.order("BUY", "0.01")
    exchange.arm(Fault("V7", what="GET positionRisk"))
    assert exchange.ok("GET", path) == []
    assert len(exchange.ok("GET", path)) == 1
    exchange.arm(Fault("V7b", what="GET positionRisk", times=2))
    exchange.order("BUY", "0.02")
    assert [row["positionAmt"] for row in exchange.ok("GET", path)] == ["0.010"]
    exchange.clock.advance(60_000)
    assert [row["positionAmt"] for row in exchange.ok("GET", path)] == ["0.010"]
    assert [row["positionAmt"] for row in exchange.ok("GET", path)] == ["0.030"]


def test_lists_that_are_empty_cut_or_told_twice(exchange: EmbeddedBinance) -> None:
    for trigger in ("95000", "94000"):
        exchange.algo("SELL", trigger, clientAlgoId=trigger, **REDUCING)
    exchange.order("BUY", "0.01")
    exchange.arm(Fault("V8", what="GET openAlgoOrders"))
    assert names(exchange) == []
    exchange.arm(Fault("V11", what="GET openAlgoOrders", params={"keep": 1}))
    assert names(exchange) == ["95000"]
    exchange.arm(Fault("V25", what="GET userTrades"))
    ids = [row["id"] for row in exchange.ok("GET", "/fapi/v1/userTrades", **SYMBOL)]
    assert ids == [1, 1]
    exchange.arm(Fault("V8", what="GET account"))
    told = exchange.ok("GET", "/fapi/v3/account")
    assert (told["positions"], told["totalPositionInitialMargin"]) == ([], "50.00000000")


def test_an_entry_fills_in_part_or_absurdly(exchange: EmbeddedBinance) -> None:
    fields = {"price": "101000", "timeInForce": "IOC"}
    exchange.arm(Fault("V12", what="POST order", params={"fraction": "0.4"}))
    assert exchange.order("BUY", "0.01", **fields)["executedQty"] == "0.004"
    exchange.arm(Fault("V13", what="POST order", params={"factor": "1.5"}))
    exchange.order("BUY", "0.01", **fields)
    rows = exchange.ok("GET", "/fapi/v1/userTrades", **SYMBOL)
    assert float(rows[-1]["price"]) == pytest.approx(150_000, rel=0.01)


@pytest.mark.parametrize(
    ("variant", "price"), [("zero", "0.0"), ("nan", "NaN"), ("negative", "-1.0"), ("missing", "")]
)
def test_prices_that_cannot_be(exchange: EmbeddedBinance, variant: str, price: str) -> None:
    exchange.arm(Fault("V14", times=0, params={"variant": variant, "coin": "BTC"}))
    rows = exchange.public("/fapi/v1/premiumIndex")
    assert [row["markPrice"] for row in rows][:2] == [price, "2000.00000000"]
    candles = exchange.public("/fapi/v1/klines", symbol="BTCUSDT", interval="1h", limit=3)
    assert [row[4] == price for row in candles] == [False, True, False]
    assert exchange.public("/fapi/v1/ticker/bookTicker", symbol="BTCUSDT")["bidPrice"] == price


def test_a_crossed_book(exchange: EmbeddedBinance) -> None:
    exchange.arm(Fault("V14", times=0, params={"variant": "crossed"}))
    touch = exchange.public("/fapi/v1/ticker/bookTicker", symbol="BTCUSDT")
    assert float(touch["bidPrice"]) > float(touch["askPrice"])
    book = exchange.public("/fapi/v1/depth", symbol="BTCUSDT", limit=5)
    assert float(book["bids"][0][0]) > float(book["asks"][0][0])


def test_rules_change_everywhere_at_once(exchange: EmbeddedBinance) -> None:
    exchange.arm(Fault("V15", params={"coin": "BTC", "price_decimals": 0, "size_decimals": 2}))
    exchange.public("/fapi/v1/time")
    listed = exchange.public("/fapi/v1/exchangeInfo")["symbols"][0]["filters"]
    assert (listed[0]["tickSize"], listed[1]["stepSize"]) == ("1", "0.01")
    assert exchange.order_refusal("BUY", "0.01", price="96000.1") == -4014
    assert exchange.order_refusal("BUY", "0.015") == -1111


def test_a_setting_is_refused_and_an_endpoint_retired(exchange: EmbeddedBinance) -> None:
    exchange.arm(Fault("V16", params={"code": -4028}))
    assert exchange.refusal("POST", "/fapi/v1/leverage", leverage=5, **SYMBOL) == -4028
    exchange.arm(Fault("V18", what="GET openAlgoOrders", params={"status": 403}))
    answer = exchange.answered(exchange.request("GET", "/fapi/v1/openAlgoOrders"))
    assert (answer.status, answer.headers["Content-Type"]) == (403, "text/html")


def test_a_key_is_revoked_from_one_request_on(exchange: EmbeddedBinance) -> None:
    exchange.ok("GET", "/fapi/v3/balance")
    exchange.arm(Fault("V20"))
    for _ in range(2):
        assert exchange.refusal("GET", "/fapi/v3/balance") == -2015


def test_the_venues_clock_goes_wrong(exchange: EmbeddedBinance) -> None:
    exchange.arm(Fault("V21", params={"offset_ms": 10_000}))
    for _ in range(2):
        assert exchange.refusal("GET", "/fapi/v3/balance") == -1021
    exchange.ok("GET", "/fapi/v3/balance", recvWindow=20_000)


def test_somebody_else_changes_the_account(exchange: EmbeddedBinance) -> None:
    params: dict[str, Any] = {"coin": "BTC", "leverage": 50, "cross": False, "two_sided": True}
    exchange.arm(Fault("V23", params=params))
    assert exchange.ok("GET", "/fapi/v1/accountConfig")["dualSidePosition"] is True
    setting = exchange.ok("GET", "/fapi/v1/symbolConfig", **SYMBOL)[0]
    assert (setting["leverage"], setting["marginType"]) == (50, "ISOLATED")
    exchange.arm(Fault("V22"))
    assert exchange.ok("GET", "/fapi/v1/accountConfig")["multiAssetsMargin"] is True


def test_overloaded_only_what_adds_risk_is_refused(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.02")
    exchange.arm(Fault("V24", params={"seconds": 30}))
    status, body = exchange.ask(
        "POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01"
    )
    assert (status, body["code"]) == (503, -1008)
    assert exchange.algo_refusal("BUY", "105000", quantity="0.01") == -1008
    exchange.order("SELL", "0.01", reduceOnly=True)
    exchange.algo("SELL", "95000", closePosition=True)
    exchange.clock.advance(30_000)
    exchange.order("BUY", "0.01")


SURE: list[tuple[str, dict[str, Any], int, int | None, bool]] = [
    ("H5", {}, 503, -1000, True),
    ("H5", {"applied": False}, 503, -1000, False),
    ("H5", {"code": False}, 503, None, True),
    ("H6", {}, 503, None, False),
    ("H7", {}, 503, -1001, False),
    ("H8", {}, 503, -1008, False),
    ("H16", {}, 408, -1007, True),
    ("H16", {"applied": False}, 408, -1007, False),
]


@pytest.mark.parametrize(("kind", "params", "status", "code", "is_applied"), SURE)
def test_the_failures_of_a_backend(
    exchange: EmbeddedBinance,
    kind: str,
    params: dict[str, Any],
    status: int,
    code: int | None,
    is_applied: bool,
) -> None:
    exchange.arm(Fault(kind, what="POST order", params=params))
    fields: dict[str, Any] = {"side": "BUY", "type": "MARKET", "quantity": "0.01", **SYMBOL}
    found, body = exchange.ask("POST", "/fapi/v1/order", **fields)
    assert (found, body.get("code")) == (status, code)
    assert exchange.position() == (Decimal("0.01") if is_applied else 0)


@pytest.mark.parametrize(("kind", "status"), [("H1", 429), ("H3", 418)])
def test_a_limit_may_say_how_long_to_wait(exchange: EmbeddedBinance, kind: str, status: int) -> None:
    exchange.arm(Fault(kind, times=2, params={"retry_after": 17}))
    answer = exchange.answered(exchange.request("GET", "/fapi/v3/balance"))
    assert (answer.status, answer.headers["Retry-After"]) == (status, "17")
    exchange.arm(Fault(kind))
    assert "Retry-After" not in exchange.answered(exchange.request("GET", "/fapi/v3/balance")).headers


def test_an_order_that_the_network_kept_is_executed_later(exchange: EmbeddedBinance) -> None:
    exchange.arm(Fault("T11", what="POST order", params={"until": "requests", "n": 1}))
    fields: dict[str, Any] = {
        "side": "BUY",
        "type": "MARKET",
        "quantity": "0.01",
        "newClientOrderId": "late",
        **SYMBOL,
    }
    fields |= {"recvWindow": 30_000}
    assert isinstance(exchange.send(exchange.request("POST", "/fapi/v1/order", **fields)), Lost)
    found = {"origClientOrderId": "late", **SYMBOL}
    assert exchange.refusal("GET", "/fapi/v1/order", **found) == -2013
    assert exchange.ok("GET", "/fapi/v1/order", **found)["status"] == "FILLED"


def test_an_order_that_comes_after_its_window_is_refused(exchange: EmbeddedBinance) -> None:
    exchange.arm(Fault("T11", what="POST order", params={"until": "requests", "n": 0}))
    fields: dict[str, Any] = {"side": "BUY", "type": "MARKET", "quantity": "0.01", **SYMBOL}
    exchange.send(exchange.request("POST", "/fapi/v1/order", **fields))
    heard: list[Answer] = []
    exchange.line.on_late = lambda request, answer: heard.append(answer)
    exchange.clock.advance(5_001)
    exchange.public("/fapi/v1/time")
    assert [answer.status for answer in heard] == [400]
    assert exchange.position() == 0
