"""A venue that lies: each lie as the client sees it, and what is true behind it."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded import BTC, Embedded, limit, order, orders, trigger
from tests.support.embedded_wire import NOW_MS
from trader.sim.faults import Fault

CLOID = "0x" + "0a" * 16
ENTRY = order("buy", "101000", "0.005", limit("Ioc"), cloid=CLOID)
STOP = order("sell", "85000", "0.005", trigger("95000"), reduce=True)
TARGET = order("sell", "99000", "0.005", trigger("110000", "tp"), reduce=True)


def lied_to(*faults: Fault) -> Embedded:
    exchange = Embedded()
    exchange.arm(*faults)
    return exchange


def whole(exchange: Embedded) -> list[Any]:
    return exchange.statuses(ENTRY, TARGET, STOP, grouping="normalTpsl")


def legs(exchange: Embedded) -> set[str]:
    return {row["orderType"] for row in exchange.open_rows()}


def test_the_entry_fills_and_its_stop_alone_is_refused() -> None:
    exchange = lied_to(Fault("V1", params={"leg": "stop", "text": "Insufficient margin to place order."}))
    first, second, third = whole(exchange)
    assert "filled" in first
    assert second == "waitingForFill"
    assert third == {"error": "Insufficient margin to place order. asset=0"}
    assert legs(exchange) == {"Take Profit Market"}


def test_all_orders_of_a_batch_may_be_refused_one_by_one() -> None:
    exchange = lied_to(Fault("V1"))
    assert all("error" in status for status in whole(exchange))
    assert exchange.position() == 0


def test_acknowledged_then_gone() -> None:
    exchange = lied_to(Fault("V2", params={"leg": "stop"}))
    assert whole(exchange)[2] == "waitingForFill"
    assert legs(exchange) == {"Take Profit Market"}
    assert exchange.read("orderStatus", user=exchange.user, oid=3) == {"status": "unknownOid"}
    history = exchange.read("historicalOrders", user=exchange.user)
    assert 3 not in {row["order"]["oid"] for row in history}


def test_half_the_size() -> None:
    exchange = lied_to(Fault("V3", params={"leg": "stop"}))
    whole(exchange)
    sizes = {row["orderType"]: row["sz"] for row in exchange.open_rows()}
    assert sizes == {"Take Profit Market": "0.005", "Stop Market": "0.0025"}


@pytest.mark.parametrize(("side", "beyond"), [("sell", "28500.0"), ("buy", "350000.0")])
def test_a_trigger_beyond_liquidation(side: str, beyond: str) -> None:
    exchange = lied_to(Fault("V4", what="order", nth=2))
    entry, stop = ("101000", "95000") if side == "sell" else ("99000", "105000")
    exchange.statuses(order("buy" if side == "sell" else "sell", entry, "0.005", limit("Ioc")))
    bound = "85000" if side == "sell" else "120000"
    exchange.statuses(order(side, bound, "0.005", trigger(stop), reduce=True))
    assert exchange.open_rows()[0]["triggerPx"] == beyond


@pytest.mark.parametrize("status", ["rejected", "canceled", "scheduledCancel"])
def test_accepted_then_ended_by_the_venue(status: str) -> None:
    exchange = lied_to(Fault("V5", params={"leg": "stop", "status": status}))
    whole(exchange)
    assert legs(exchange) == {"Take Profit Market"}
    said = exchange.read("orderStatus", user=exchange.user, oid=3)
    assert said["order"]["status"] == status


def test_triggers_refused_as_immediate() -> None:
    exchange = lied_to(Fault("V6"))
    first, *triggers = whole(exchange)
    assert "filled" in first
    assert triggers == [{"error": "Invalid TP/SL price. asset=0"}] * 2
    assert exchange.open_rows() == []


def test_a_stale_answer_is_the_one_given_before() -> None:
    exchange = Embedded()
    assert exchange.open_rows() == []
    exchange.statuses(order("buy", "90000", "0.001"))
    exchange.arm(Fault("V7", what="frontendOpenOrders", times=3))
    for _ in range(3):
        assert exchange.open_rows() == []
    assert len(exchange.open_rows()) == 1


def test_a_read_may_be_stale_by_the_last_own_write_alone() -> None:
    exchange = lied_to(Fault("V7b", what="frontendOpenOrders", times=2))
    exchange.statuses(order("buy", "90000", "0.001"))
    exchange.clock.advance(1_000)
    exchange.statuses(order("buy", "91000", "0.001"))
    assert [row["limitPx"] for row in exchange.open_rows()] == ["90000.0"]
    assert exchange.read("clearinghouseState", user=exchange.user)["time"] == NOW_MS + 1_000
    assert len(exchange.open_rows()) == 1
    assert len(exchange.open_rows()) == 2


def test_positions_may_read_empty_while_orders_are_true() -> None:
    exchange = Embedded()
    whole(exchange)
    exchange.arm(Fault("V8", what="clearinghouseState", times=2))
    for expected in (0, 0, 1):
        said = exchange.read("clearinghouseState", user=exchange.user)
        assert len(said["assetPositions"]) == expected
        assert Decimal(said["marginSummary"]["totalNtlPos"]) > 0
        assert len(exchange.open_rows()) == 2


def test_lists_may_read_empty_or_cut_short() -> None:
    exchange = Embedded()
    whole(exchange)
    exchange.arm(Fault("V8"), Fault("V11", nth=2), Fault("V8", what="candleSnapshot"))
    assert exchange.open_rows() == []
    assert len(exchange.open_rows()) == 1
    window = {"coin": "BTC", "interval": "1h", "startTime": 0}
    assert exchange.read("candleSnapshot", req=window) == []
    assert len(exchange.open_rows()) == 2


def test_an_order_just_listed_may_be_unknown() -> None:
    exchange = Embedded()
    exchange.statuses(order("buy", "90000", "0.001"))
    exchange.arm(Fault("V9"))
    assert exchange.read("orderStatus", user=exchange.user, oid=1) == {"status": "unknownOid"}
    assert exchange.read("orderStatus", user=exchange.user, oid=1)["status"] == "order"


@pytest.mark.parametrize(
    ("params", "filled"),
    [
        ({"filled": "lot"}, "0.00001"),
        ({"filled": "fraction", "fraction": "0.4"}, "0.002"),
        ({"filled": "all_but_lot"}, "0.00499"),
    ],
)
def test_a_partial_fill_whose_rest_is_cancelled(params: dict[str, str], filled: str) -> None:
    exchange = lied_to(Fault("V12", params=params))
    first, *_ = whole(exchange)
    assert first["filled"]["totalSz"] == filled
    assert exchange.position() == Decimal(filled)
    assert exchange.open_rows() == []
    exchange.arm()
    assert exchange.buy("0.001")["totalSz"] == "0.001"


def test_a_resting_entry_that_filled_in_part_is_cancelled_with_its_children() -> None:
    exchange = lied_to(Fault("V12"))
    exchange.statuses(order("buy", "101000", "0.005"), STOP, grouping="normalTpsl")
    assert exchange.position() == Decimal("0.002")
    assert exchange.open_rows() == []


def test_a_fill_at_an_absurd_price() -> None:
    exchange = lied_to(Fault("V13", params={"factor": "1.5"}))
    said = exchange.statuses(ENTRY)[0]["filled"]
    assert Decimal(said["avgPx"]) > 149_000
    assert exchange.read("userFills", user=exchange.user)[0]["px"] == said["avgPx"]
    assert exchange.read("allMids")["BTC"] == "100000.0"


PRICE_LIES = [
    ("zero", "0.0"),
    ("nan", "NaN"),
    ("negative", "-1.0"),
]


@pytest.mark.parametrize(("variant", "value"), PRICE_LIES)
def test_prices_that_cannot_be(variant: str, value: str) -> None:
    exchange = lied_to(Fault("V14", times=0, params={"variant": variant, "coin": "BTC"}))
    btc, eth, _ = exchange.read("metaAndAssetCtxs")[1]
    assert (btc["markPx"], btc["midPx"], btc["impactPxs"]) == (value, value, [value, value])
    assert eth["markPx"] == "2000.0"
    assert exchange.read("allMids") == {"BTC": value, "ETH": "2000.0", "SOL": "150.0"}
    window = {"coin": "BTC", "interval": "1h", "startTime": 0}
    rows = exchange.read("candleSnapshot", req=window)
    assert (rows[-2]["c"], rows[-1]["c"]) == (value, "100000.0")


def test_crossed_and_missing_prices() -> None:
    exchange = lied_to(Fault("V14", times=2, params={"variant": "crossed"}))
    bid, ask = exchange.read("metaAndAssetCtxs")[1][0]["impactPxs"]
    assert Decimal(bid) > Decimal(ask)
    bids, asks = exchange.read("l2Book", coin="BTC")["levels"]
    assert Decimal(bids[0]["px"]) > Decimal(asks[0]["px"])
    exchange.arm(Fault("V14", times=2, params={"variant": "missing"}))
    assert exchange.read("metaAndAssetCtxs")[1][0]["impactPxs"] is None
    assert exchange.read("l2Book", coin="BTC")["levels"] == [[], []]


def test_stale_prices_are_those_of_before() -> None:
    exchange = Embedded()
    before = exchange.read("allMids")
    exchange.script.move("BTC", 90_000, from_ms=NOW_MS + 60_000)
    exchange.clock.advance(300_000)
    exchange.arm(Fault("V14", params={"variant": "stale"}))
    assert exchange.read("allMids") == before
    assert exchange.read("allMids")["BTC"] == "90000.0"


def test_the_rules_of_a_coin_may_change_between_reading_them_and_the_order() -> None:
    exchange = lied_to(
        Fault(
            "V15",
            what="order",
            params={"coin": "BTC", "size_decimals": 2},
        )
    )
    assert exchange.statuses(ENTRY)[0] == {"error": "Order has invalid size. asset=0"}
    assert exchange.read("meta")["universe"][0]["szDecimals"] == 2


@pytest.mark.parametrize("kind", ["updateLeverage", "updateIsolatedMargin"])
def test_a_margin_change_may_be_refused(kind: str) -> None:
    exchange = lied_to(Fault("V16", what=kind, params={"text": "Not now."}))
    action: dict[str, Any] = {"type": kind, "asset": BTC}
    action |= {"isCross": True, "leverage": 5} if kind == "updateLeverage" else {"isBuy": True, "ntli": 1}
    assert exchange.refusal(action) == "Not now."


@pytest.mark.parametrize(("rule", "reads", "writes"), [({"is_write": True}, 200, 404), ({}, 404, 404)])
def test_an_endpoint_may_be_retired(rule: dict[str, Any], reads: int, writes: int) -> None:
    exchange = lied_to(Fault("V18", times=0, **rule))
    assert exchange.answered(exchange.info_request("meta")).status == reads
    assert exchange.answered(exchange.request({"type": "noop"})).status == writes


def test_an_agent_may_be_revoked_in_the_middle() -> None:
    exchange = lied_to(Fault("V20", call=2))
    assert exchange.act({"type": "noop"})["status"] == "ok"
    exchange.read("meta")
    assert "does not exist" in exchange.refusal({"type": "noop"})
    named = Embedded()
    named.arm(Fault("V20", params={"agent": named.me.agent_address.upper().replace("0X", "0x")}))
    assert "does not exist" in named.refusal({"type": "noop"})


@pytest.mark.parametrize("offset", [-3_600_000, -20_000, 2_000, 3_600_000])
def test_the_venues_clock_may_be_off(offset: int) -> None:
    exchange = lied_to(Fault("V21", params={"offset_ms": offset}))
    said = exchange.read("exchangeStatus")["time"]
    assert said == NOW_MS + max(0, offset)
    exchange.clock.advance(7_200_000)
    assert exchange.read("exchangeStatus")["time"] == NOW_MS + 7_200_000 + offset


def test_the_account_may_turn_unified() -> None:
    exchange = lied_to(Fault("V22", nth=2))
    assert exchange.read("userAbstraction", user=exchange.user) == "default"
    assert exchange.read("userAbstraction", user=exchange.user) == "unifiedAccount"


def test_a_lie_about_orders_leaves_a_refused_batch_alone() -> None:
    exchange = lied_to(Fault("V2"), Fault("V12"), Fault("V13"))
    assert "error" in exchange.statuses(order("sell", "90000", "0.001", trigger("95000")))[0]
    reply = exchange.answered(exchange.request(orders(STOP)))
    assert json.loads(reply.body)["status"] == "ok"
