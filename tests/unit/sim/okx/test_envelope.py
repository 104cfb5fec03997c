"""What stands around the rows: codes, times, budgets, paths that are not there, and what counts as absent."""

import json

import pytest

from tests.support.embedded_okx import API, BTC, ETH, EmbeddedOkx, net
from trader.core.wire import Answer
from trader.sim.faults import Fault


def test_an_unknown_path_is_json_too() -> None:
    status, body = net().read("account/no-such-thing")
    assert (status, body["code"], body["data"]) == (404, "404", [])
    assert net().read("trade/cancel-order")[0] == 404


def test_writes_of_orders_carry_the_gateways_times_in_microseconds() -> None:
    exchange = net()
    _, body = exchange.write("trade/order", exchange.order_fields("buy", "1"))
    assert body["msg"] == ""
    assert len(body["inTime"]) == len(body["outTime"]) == 16
    assert int(body["inTime"]) // 1000 <= int(body["data"][0]["ts"]) + 1 <= int(body["outTime"]) // 1000 + 1
    _, algo = exchange.write("trade/order-algo", exchange.algo_fields("sell", sz="1", slTriggerPx="95000"))
    assert "inTime" not in algo


def test_everything_failed_is_code_1_and_part_of_it_code_2() -> None:
    exchange = net()
    good, bad = exchange.order_fields("buy", "1"), exchange.order_fields("buy", "1", instId="NO-USDT-SWAP")
    status, body = exchange.write("trade/batch-orders", [bad, bad])
    assert (status, body["code"], body["msg"]) == (200, "1", "All operations failed")
    assert [row["sCode"] for row in body["data"]] == ["51001", "51001"]
    status, body = exchange.write("trade/batch-orders", [good, bad, good])
    assert (status, body["code"]) == (200, "2")
    assert [row["sCode"] for row in body["data"]] == ["0", "51001", "0"]
    assert exchange.position() == 2 * exchange.venue.model.markets[0].contract
    _, algo = exchange.write("trade/order-algo", exchange.algo_fields("sell", instId="NO-USDT-SWAP", sz="1"))
    assert (algo["code"], algo["msg"], algo["data"][0]["sCode"]) == ("1", "", "51001")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [("", 400, "50000"), ("{", 400, "50002"), ("[]", 400, "50002"), ('"a"', 400, "50002")],
)
def test_a_body_that_is_no_object(body: str, status: int, code: str) -> None:
    exchange = net()
    answer = exchange.told(exchange.request("POST", API + "trade/order", body))
    assert (answer[0], answer[1]["code"]) == (status, code)


def test_arrays_are_wanted_where_arrays_are_wanted() -> None:
    exchange = net()
    for path in ("trade/batch-orders", "trade/cancel-batch-orders", "trade/cancel-algos"):
        assert exchange.write(path, {"instId": BTC})[1]["code"] == "50002"
        assert exchange.write(path, [])[1]["code"] == "51000"
    assert exchange.write("trade/cancel-algos", [{"instId": BTC, "algoId": "1"}] * 11)[1]["code"] == "51000"
    assert (
        exchange.write("trade/batch-orders", [exchange.order_fields("buy", "1")] * 21)[1]["code"] == "51000"
    )


def test_empty_null_and_empty_list_are_nothing() -> None:
    exchange = net()
    padding = {"ccy": "", "px": "", "posSide": "", "clOrdId": "", "attachAlgoOrds": None, "stpMode": ""}
    exchange.order("buy", "1", ordType="market", **padding)
    exchange.order("sell", "1", reduceOnly="true", ordType="market", attachAlgoOrds=[])
    assert exchange.position() == 0
    assert exchange.done("account/set-leverage", instId=BTC, lever=5, mgnMode="cross")["lever"] == "5"
    assert exchange.done("account/set-leverage", instId=BTC, lever="7", mgnMode="cross")["lever"] == "7"


def test_a_missing_parameter_is_named() -> None:
    exchange = net()
    _, body = exchange.write("trade/order", {"instId": BTC})
    assert body["data"][0]["sCode"] == "50014"
    assert "tdMode" in body["data"][0]["sMsg"]
    status, body = exchange.read("market/candles")
    assert (status, body["code"]) == (400, "50014")


def spend(exchange: EmbeddedOkx, path: str, count: int) -> list[tuple[int, str]]:
    """The answers to so many reads in one instant."""
    found = []
    for _ in range(count):
        answer = exchange.send(exchange.request("GET", API + path))
        assert isinstance(answer, Answer)
        found.append((answer.status, json.loads(answer.body)["code"]))
    return found


def test_a_budget_is_so_many_requests_in_two_seconds() -> None:
    exchange = net()
    found = spend(exchange, "account/balance", 11)
    assert found == [(200, "0")] * 10 + [(429, "50011")]
    assert spend(exchange, "account/config", 1) == [(200, "0")]
    exchange.clock.advance(2_000)
    assert spend(exchange, "account/balance", 1) == [(200, "0")]
    assert spend(net(rate_limit_status=200), "account/config", 6)[-1] == (200, "50011")


def test_orders_have_a_budget_for_each_instrument_and_kind() -> None:
    exchange = net()

    def codes(path: str, body: object, count: int) -> set[str]:
        found = set()
        for _ in range(count):
            answer = exchange.send(exchange.request("POST", API + path, json.dumps(body)))
            assert isinstance(answer, Answer)
            found.add(json.loads(answer.body)["code"])
        return found

    bad = {"instId": BTC, "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "0"}
    assert codes("trade/order", bad, 60) == {"1"}
    assert codes("trade/order", bad, 1) == {"50011"}
    # A batch of one counts as the single request, a larger one has a budget of its own.
    assert codes("trade/batch-orders", [bad], 1) == {"50011"}
    assert codes("trade/batch-orders", [bad, bad], 1) == {"1"}
    assert codes("trade/order", bad | {"instId": ETH}, 1) == {"1"}
    assert codes("trade/cancel-order", {"instId": BTC, "ordId": "1"}, 1) == {"1"}
    assert codes("trade/batch-orders", [bad] * 20, 15) == {"1", "50011"}


@pytest.mark.parametrize(
    ("code", "status"),
    [("51054", 500), ("51149", 500), ("50026", 500), ("50004", 400), ("50013", 429), ("50001", 503)],
)
@pytest.mark.parametrize("applied", [True, False])
def test_an_error_of_the_venue_with_and_without_effect(code: str, status: int, applied: bool) -> None:
    exchange = net()
    exchange.arm(Fault("V26", what="trade/order", is_write=True, params={"code": code, "applied": applied}))
    answer = exchange.write("trade/order", exchange.order_fields("buy", "1"))
    assert (answer[0], answer[1]["code"], answer[1]["data"]) == (status, code, [])
    assert (exchange.position() != 0) is applied


def test_maintenance_closes_everything_but_its_own_page() -> None:
    exchange = net()
    assert exchange.rows("system/status") == []
    exchange.arm(Fault("V28"))
    status, body = exchange.read("account/balance")
    assert (status, body["code"]) == (503, "50001")
    exchange.clock.advance(5_000)
    assert exchange.one("system/status")["state"] == "ongoing"
    exchange.arm(Fault("V28", params={"state": ""}))
    exchange.clock.advance(5_000)
    assert exchange.rows("system/status") == []
    assert exchange.rows("account/balance")
