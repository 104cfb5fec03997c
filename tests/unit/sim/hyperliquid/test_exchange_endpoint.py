"""The envelope of an action: its shape, its expiry, its nonce, what it weighs, and modifications."""

from typing import Any

import pytest

from tests.support.embedded import URL, Embedded, order, orders
from tests.support.embedded_wire import NOW_MS
from trader.core.wire import Request
from trader.sim.hyperliquid.switches import Switches


def modify_wire(oid: int | str) -> dict[str, Any]:
    return {"oid": oid, "order": order("buy", "90001", "0.001")}


def test_two_hundred_cancels_are_one_action() -> None:
    reply = Embedded().act({"type": "cancel", "cancels": [{"a": 0, "o": 1}] * 200})
    assert len(reply["response"]["data"]["statuses"]) == 200


def test_a_modification_is_a_new_order_under_the_same_client_id() -> None:
    exchange = Embedded()
    cloid = "0x" + "0A" * 16
    exchange.statuses(order("buy", "90000", "0.001", cloid=cloid))
    assert exchange.act({"type": "modify"} | modify_wire(cloid))["response"] == {"type": "default"}
    reply = exchange.act({"type": "batchModify", "modifies": [modify_wire(2), modify_wire(2)]})
    statuses = reply["response"]["data"]["statuses"]
    assert statuses[0]["resting"]["oid"] == 3
    assert statuses[1] == {"error": "Cannot modify canceled or filled order"}
    assert [row["cloid"] for row in exchange.open_rows()] == [cloid.lower()]


def test_an_action_past_its_expiry_is_refused_and_costs_five() -> None:
    exchange = Embedded()
    action = orders(order("buy", "90000", "0.001"))
    assert exchange.act(action, expires_ms=NOW_MS)["status"] == "ok"
    exchange.clock.advance(1)
    assert exchange.refusal(action, expires_ms=NOW_MS) == "Action already expired"
    assert exchange.read("userRateLimit", user=exchange.user)["nRequestsUsed"] == 6


def test_the_same_bytes_count_once_and_expire_at_last() -> None:
    exchange = Embedded()
    sent = exchange.request(orders(order("buy", "90000", "0.001")), nonce=NOW_MS, expires_ms=NOW_MS + 10)
    assert b'"status":"ok"' in exchange.answered(sent).body
    assert f"duplicate nonce {NOW_MS}".encode() in exchange.answered(sent).body
    exchange.clock.advance(11)
    assert b"Action already expired" in exchange.answered(sent).body
    assert len(exchange.open_rows()) == 1


def test_a_noop_with_the_nonce_of_a_lost_order_kills_it() -> None:
    exchange = Embedded()
    lost = exchange.request(orders(order("buy", "90000", "0.001")), nonce=NOW_MS)
    assert exchange.act({"type": "noop"}, nonce=NOW_MS)["status"] == "ok"
    assert b"duplicate nonce" in exchange.answered(lost).body
    assert exchange.open_rows() == []


@pytest.mark.parametrize(("policy", "second"), [("accept", "resting"), ("reject_open", "error")])
def test_the_policy_on_duplicate_client_ids_is_a_switch(policy: str, second: str) -> None:
    exchange = Embedded(Switches(duplicate_cloid=policy))
    wire = order("buy", "90000", "0.001", cloid="0x" + "0a" * 16)
    assert "resting" in exchange.statuses(wire)[0]
    assert second in exchange.statuses(wire)[0]


UNDECODABLE: list[bytes] = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b'{"type":"order"}',
    b'{"action":{"type":"order"},"nonce":"1","signature":{}}',
    b'{"action":{"type":"order"},"nonce":true,"signature":{}}',
    b'{"action":{"type":"launch"},"nonce":1,"signature":{}}',
    b'{"action":[],"nonce":1,"signature":{}}',
]


@pytest.mark.parametrize("body", UNDECODABLE)
def test_a_body_of_another_shape_is_a_422_with_text(body: bytes) -> None:
    answer = Embedded().answered(Request(URL + "/exchange", body))
    assert answer.status == 422
    assert answer.body.startswith(b"Failed to deserialize the JSON body into the target type")


BAD_WIRES: list[dict[str, Any]] = [
    {"p": 90000},
    {"p": "9e4"},
    {"p": "abc"},
    {"s": 1},
    {"b": "true"},
    {"a": "0"},
    {"r": 0},
    {"a": False},
    {"t": {}},
    {"t": {"limit": {"tif": "Day"}}},
    {"t": {"trigger": {"isMarket": True, "triggerPx": "1", "tpsl": "xx"}}},
    {"t": {"trigger": {"isMarket": "yes", "triggerPx": "1", "tpsl": "sl"}}},
    {"c": "0x12"},
]


@pytest.mark.parametrize("change", BAD_WIRES)
def test_an_order_field_of_another_type_is_a_422(change: dict[str, Any]) -> None:
    exchange = Embedded()
    sent = exchange.request(orders(order("buy", "90000", "0.001") | change))
    assert exchange.answered(sent).status == 422


def test_an_unknown_grouping_is_a_422_and_a_priority_fee_is_ignored() -> None:
    exchange = Embedded()
    wire = order("buy", "90000", "0.001")
    assert exchange.answered(exchange.request(orders(wire, grouping="pairs"))).status == 422
    assert exchange.act(orders(wire) | {"grouping": {"p": 10}})["status"] == "ok"


def test_only_two_routes_and_one_method_exist() -> None:
    exchange = Embedded()
    assert exchange.answered(Request(URL + "/orders", b"{}")).status == 404
    assert exchange.answered(Request(URL + "/info", b"", method="GET")).status == 405


def test_the_weight_of_a_minute_ends_in_the_real_429() -> None:
    exchange = Embedded()
    for _ in range(60):
        exchange.read("frontendOpenOrders", user=exchange.user)
    answer = exchange.answered(exchange.info_request("allMids"))
    assert (answer.status, answer.body) == (429, b"null")
    assert answer.headers["X-Cache"] == "Error from cloudfront"
    assert exchange.answered(exchange.request({"type": "noop"})).status == 429
    exchange.clock.advance(60_000)
    assert exchange.act({"type": "noop"})["status"] == "ok"


def test_forty_items_and_a_look_at_roles_weigh_more() -> None:
    exchange = Embedded()

    def used() -> int:
        return exchange.venue.ip_budget.used("127.0.0.1", at_ms=NOW_MS)

    exchange.act({"type": "cancel", "cancels": [{"a": 0, "o": 1}] * 39})
    assert used() == 1
    exchange.act({"type": "cancel", "cancels": [{"a": 0, "o": 1}] * 80})
    assert used() == 4
    exchange.read("userRole", user=exchange.user)
    assert used() == 64


def test_rows_weigh_too() -> None:
    exchange = Embedded()
    exchange.clock.advance(60_000)
    start = exchange.clock.now_ms() - 86_400_000
    rows = exchange.read("candleSnapshot", req={"coin": "BTC", "interval": "1m", "startTime": start})
    used = exchange.venue.ip_budget.used("127.0.0.1", at_ms=exchange.clock.now_ms())
    assert used == 20 + len(rows) // 60
    assert len(rows) == 1_441
