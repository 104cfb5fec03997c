"""Weights, order counts, and what becomes of a client that goes on asking."""

import json
from typing import Any

import pytest

from tests.support.embedded_binance import URL, EmbeddedBinance
from tests.support.embedded_wire import EQUITY, NOW_MS
from trader.core.wire import Answer, Request
from trader.sim.binance.switches import Switches

USED, RETRY = "X-MBX-USED-WEIGHT-1M", "Retry-After"
COUNTS = ("X-MBX-ORDER-COUNT-10S", "X-MBX-ORDER-COUNT-1M")


@pytest.fixture
def exchange() -> EmbeddedBinance:
    return EmbeddedBinance()


def answer_to(exchange: EmbeddedBinance, method: str, path: str, **fields: Any) -> Answer:
    return exchange.answered(exchange.request(method, path, **fields))


@pytest.mark.parametrize(
    ("method", "path", "fields", "weight"),
    [
        ("GET", "/fapi/v1/time", {}, 1),
        ("GET", "/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "1h", "limit": 99}, 1),
        ("GET", "/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "1h", "limit": 100}, 2),
        ("GET", "/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "1h"}, 5),
        ("GET", "/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "1h", "limit": 1001}, 10),
        ("GET", "/fapi/v1/premiumIndex", {"symbol": "BTCUSDT"}, 1),
        ("GET", "/fapi/v1/premiumIndex", {}, 10),
        ("GET", "/fapi/v1/depth", {"symbol": "BTCUSDT", "limit": 1000}, 20),
        ("GET", "/fapi/v1/openOrders", {"symbol": "BTCUSDT"}, 1),
        ("GET", "/fapi/v1/openOrders", {}, 40),
        ("GET", "/fapi/v1/openAlgoOrders", {}, 40),
        ("GET", "/fapi/v3/positionRisk", {}, 5),
        ("GET", "/fapi/v1/positionSide/dual", {}, 30),
        ("GET", "/fapi/v1/order", {"symbol": "BTCUSDT", "orderId": 1}, 1),
        ("POST", "/fapi/v1/order", {}, 0),
        ("POST", "/fapi/v1/batchOrders", {}, 5),
    ],
)
def test_what_a_request_costs(
    exchange: EmbeddedBinance, method: str, path: str, fields: dict[str, object], weight: int
) -> None:
    assert answer_to(exchange, method, path, **fields).headers[USED] == str(weight)
    assert answer_to(exchange, "GET", "/fapi/v1/time").headers[USED] == str(weight + 1)


def test_the_count_begins_anew_with_the_minute(exchange: EmbeddedBinance) -> None:
    exchange.clock.advance(59_999)
    assert answer_to(exchange, "GET", "/fapi/v1/openOrders").headers[USED] == "40"
    exchange.clock.advance(1)
    assert answer_to(exchange, "GET", "/fapi/v1/time").headers[USED] == "1"


def test_over_the_limit_nothing_is_performed_and_persistence_is_banned() -> None:
    switches = Switches(equity=EQUITY, weight_per_minute=50, refusals_to_ban=2)
    exchange = EmbeddedBinance(switches=switches)
    exchange.clock.advance(20_500)
    assert answer_to(exchange, "GET", "/fapi/v1/openOrders").status == 200
    for _ in range(2):
        limited = answer_to(exchange, "GET", "/fapi/v1/openOrders")
        assert (limited.status, limited.headers[RETRY]) == (429, "40")
        assert json.loads(limited.body)["code"] == -1003
    fields = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
    assert answer_to(exchange, "POST", "/fapi/v1/order", **fields).status == 418
    assert exchange.position() == 0
    banned = answer_to(exchange, "GET", "/fapi/v1/time")
    assert banned.status == 418
    assert f"banned until {NOW_MS + 20_500 + 120_000}" in json.loads(banned.body)["msg"]
    exchange.clock.advance(119_000)
    assert answer_to(exchange, "GET", "/fapi/v1/time").headers[RETRY] == "1"
    exchange.clock.advance(1_000)
    assert answer_to(exchange, "GET", "/fapi/v1/time").status == 200


def test_another_address_has_a_limit_of_its_own(exchange: EmbeddedBinance) -> None:
    exchange.venue.weights.ban("127.0.0.1", until_ms=NOW_MS + 1_000)
    request = Request(f"{URL}/fapi/v1/time", method="GET")
    assert exchange.line.app.answer(request, at_ms=NOW_MS, client="127.0.0.2").status == 200
    assert exchange.line.app.answer(request, at_ms=NOW_MS, client="127.0.0.1").status == 418


def test_orders_are_counted_for_the_account(exchange: EmbeddedBinance) -> None:
    fields = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
    first = answer_to(exchange, "POST", "/fapi/v1/order", **fields)
    assert [first.headers[name] for name in COUNTS] == ["1", "1"]
    exchange.clock.advance(10_000)
    second = answer_to(exchange, "POST", "/fapi/v1/order", **fields)
    assert [second.headers[name] for name in COUNTS] == ["1", "2"]
    batch = answer_to(exchange, "POST", "/fapi/v1/batchOrders", batchOrders=json.dumps([fields]))
    assert [batch.headers[name] for name in COUNTS] == ["6", "3"]
    assert COUNTS[0] not in answer_to(exchange, "GET", "/fapi/v1/time").headers


def test_too_many_orders_in_ten_seconds_wait() -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, orders_per_ten_seconds=1))
    exchange.order("BUY", "0.001")
    exchange.clock.advance(2_500)
    fields = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
    limited = answer_to(exchange, "POST", "/fapi/v1/order", **fields)
    assert (limited.status, limited.headers[RETRY]) == (429, "8")
    assert json.loads(limited.body)["code"] == -1015
    exchange.clock.advance(7_500)
    exchange.order("BUY", "0.001")
    told = exchange.ok("GET", "/fapi/v1/rateLimit/order")
    assert [row["limit"] for row in told] == [1, 1200]


def test_every_answer_says_that_it_is_json(exchange: EmbeddedBinance) -> None:
    for answer in (
        answer_to(exchange, "GET", "/fapi/v1/time"),
        answer_to(exchange, "GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=1),
        exchange.answered(exchange.request("GET", "/fapi/v3/account", headers=())),
    ):
        assert answer.headers["Content-Type"] == "application/json"


def test_funding_is_counted_apart_and_says_nothing_of_it(exchange: EmbeddedBinance) -> None:
    answer = answer_to(exchange, "GET", "/fapi/v1/fundingRate", symbol="BTCUSDT")
    assert (answer.status, USED in answer.headers) == (200, False)
    assert answer_to(exchange, "GET", "/fapi/v1/time").headers[USED] == "1"
