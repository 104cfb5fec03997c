"""What the order reads say: forms, groups, retention, and the questions that are switches."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded import BTC, ETH, SOL, Embedded, limit, order, orders, trigger
from trader.exchange.orders import Liquidity
from trader.sim.hyperliquid import info_orders
from trader.sim.hyperliquid.decimals import float_text, short, text
from trader.sim.hyperliquid.switches import Switches

CLOID = "0x" + "0a" * 16
STOP = order("sell", "85000", "0.001", trigger("95000"), reduce=True)
TARGET = order("sell", "99000", "0.001", trigger("110000", "tp"), reduce=True)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("5", "5.0"),
        ("0.0100", "0.01"),
        ("1E+3", "1000.0"),
        ("-0.000", "0.0"),
        ("-1.50", "-1.5"),
        ("1E-9", "0.000000001"),
    ],
)
def test_decimals_keep_one_place_and_no_exponent(value: str, said: str) -> None:
    assert text(Decimal(value)) == said


def test_display_and_feed_decimals() -> None:
    assert (short(Decimal("62000")), short(Decimal("10.0040"))) == ("62000", "10.004")
    assert (float_text(94230.0, 0), float_text(1.23456, 2), float_text(1e-7, 9)) == (
        "94230.0",
        "1.23",
        "0.0000001",
    )


def attach(exchange: Embedded, entry: dict[str, Any]) -> list[Any]:
    return exchange.statuses(entry, TARGET, STOP, grouping="normalTpsl")


def test_a_resting_parent_lists_its_children_inside_and_beside() -> None:
    exchange = Embedded()
    assert attach(exchange, order("buy", "99000", "0.001", cloid=CLOID)) == [
        {"resting": {"oid": 1, "cloid": CLOID}},
        "waitingForFill",
        "waitingForFill",
    ]
    rows = exchange.open_rows()
    assert [row["oid"] for row in rows] == [3, 2, 1]
    assert [child["oid"] for child in rows[2]["children"]] == [2, 3]
    assert rows[2]["children"] == [rows[1], rows[0]]
    assert (rows[0]["triggerCondition"], rows[1]["triggerCondition"]) == (
        "Price below 95000",
        "Price above 110000",
    )
    assert (rows[0]["orderType"], rows[1]["orderType"]) == ("Stop Market", "Take Profit Market")
    assert rows[0]["tif"] is None


def test_cancelling_the_parent_cancels_its_children_at_the_same_moment() -> None:
    exchange = Embedded()
    attach(exchange, order("buy", "99000", "0.001"))
    exchange.act({"type": "cancel", "cancels": [{"a": BTC, "o": 1}]})
    rows = exchange.read("historicalOrders", user=exchange.user)[:3]
    assert {row["status"] for row in rows} == {"canceled"}
    assert {row["order"]["oid"] for row in rows} == {1, 2, 3}
    assert len({row["statusTimestamp"] for row in rows}) == 1


def test_a_parent_that_fills_at_once_has_its_children_placed_at_once() -> None:
    exchange = Embedded()
    first, *_ = attach(exchange, order("buy", "101000", "0.001", limit("Ioc")))
    assert first == {"filled": {"totalSz": "0.001", "avgPx": "100005.0", "oid": 1}}
    assert [row["oid"] for row in exchange.open_rows()] == [3, 2]
    parent = exchange.read("orderStatus", user=exchange.user, oid=1)["order"]
    assert (parent["status"], parent["order"]["children"]) == ("filled", [])
    plain = exchange.read("openOrders", user=exchange.user)
    assert plain[0] == {
        "coin": "BTC",
        "side": "A",
        "limitPx": "85000.0",
        "sz": "0.001",
        "oid": 3,
        "timestamp": plain[0]["timestamp"],
        "origSz": "0.001",
        "reduceOnly": True,
    }


def test_a_stop_that_fires_takes_its_sibling_with_it() -> None:
    exchange = Embedded()
    attach(exchange, order("buy", "101000", "0.001", limit("Ioc")))
    exchange.script.move("BTC", 94_000, from_ms=exchange.clock.now_ms() + 60_000)
    exchange.clock.advance(180_000)
    status = exchange.read("orderStatus", user=exchange.user, oid=3)["order"]
    assert (status["status"], status["order"]["triggerCondition"]) == ("filled", "Triggered")
    rows = exchange.read("historicalOrders", user=exchange.user)
    of_stop = [row["status"] for row in reversed(rows) if row["order"]["oid"] == 3]
    assert of_stop == ["open", "triggered", "filled"]
    assert exchange.read("orderStatus", user=exchange.user, oid=2)["order"]["status"] == (
        "siblingFilledCanceled"
    )
    assert exchange.position() == 0


def test_a_position_bound_stop_has_no_size_of_its_own() -> None:
    exchange = Embedded()
    exchange.buy("0.001")
    bound = order("sell", "85000", "0", trigger("95000"), reduce=True)
    assert exchange.statuses(bound, grouping="positionTpsl") == ["waitingForTrigger"]
    row = exchange.open_rows()[0]
    assert (row["isPositionTpsl"], row["sz"], row["origSz"]) == (True, "0.0", "0.0")


def test_the_kinds_and_terms_are_named_as_displayed() -> None:
    exchange = Embedded()
    exchange.buy("0.002")
    exchange.statuses(
        order("sell", "94000", "0.001", trigger("95000", is_market=False), reduce=True),
        order("sell", "111000", "0.001", trigger("110000", "tp", is_market=False), reduce=True),
        order("buy", "90000", "0.001", limit("Alo")),
    )
    exchange.statuses(order("buy", "101000", "0.001", limit("FrontendMarket")))
    named = {(row["orderType"], row["tif"]) for row in exchange.open_rows()}
    assert named == {("Stop Limit", None), ("Take Profit Limit", None), ("Limit", "Alo")}
    newest = exchange.read("historicalOrders", user=exchange.user)[0]
    assert (newest["order"]["orderType"], newest["order"]["tif"]) == ("Market", "FrontendMarket")


def test_status_is_found_by_either_id_and_is_scoped_to_the_user() -> None:
    exchange = Embedded()
    exchange.statuses(order("buy", "90000", "0.001", cloid=CLOID))
    by_oid = exchange.read("orderStatus", user=exchange.user, oid=1)
    assert by_oid == exchange.read("orderStatus", user=exchange.user, oid=CLOID.upper().replace("0X", "0x"))
    assert (by_oid["status"], by_oid["order"]["status"]) == ("order", "open")
    for user, oid in ((exchange.me.agent_address, 1), (exchange.user, 2), (exchange.user, "0x" + "0b" * 16)):
        assert exchange.read("orderStatus", user=user, oid=oid) == {"status": "unknownOid"}


@pytest.mark.parametrize(("which", "oid"), [("oldest", 1), ("newest", 2)])
def test_which_of_two_records_a_client_id_finds_is_a_switch(which: str, oid: int) -> None:
    exchange = Embedded(Switches(cloid_status=which))
    for _ in range(2):
        exchange.statuses(order("buy", "90000", "0.001", cloid=CLOID))
    assert exchange.read("orderStatus", user=exchange.user, oid=CLOID)["order"]["order"]["oid"] == oid


def test_a_record_lives_for_so_many_orders_and_its_fill_outlives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(info_orders, "RECORDS_MAX", 3)
    exchange = Embedded()
    exchange.statuses(order("buy", "101000", "0.001", limit("Ioc"), cloid=CLOID))
    for _ in range(3):
        exchange.statuses(order("buy", "90000", "0.001"))
    for wanted in (1, CLOID):
        assert exchange.read("orderStatus", user=exchange.user, oid=wanted) == {"status": "unknownOid"}
    assert exchange.read("orderStatus", user=exchange.user, oid=2)["status"] == "order"
    assert exchange.read("userFills", user=exchange.user)[0]["cloid"] == CLOID
    assert len(exchange.read("historicalOrders", user=exchange.user)) == 3


def test_fills_tell_where_the_position_stood() -> None:
    exchange = Embedded()
    exchange.buy("1", asset=SOL)
    exchange.clock.advance(1_000)
    exchange.statuses(order("sell", "148", "0.4", limit("Ioc"), asset=SOL, reduce=True))
    newest, oldest = exchange.read("userFills", user=exchange.user)
    assert (oldest["dir"], oldest["startPosition"], oldest["side"], oldest["crossed"]) == (
        "Open Long",
        "0.0",
        "B",
        True,
    )
    assert (newest["dir"], newest["startPosition"], newest["closedPnl"]) == ("Close Long", "1.0", "-0.008")
    assert newest["fee"] == "0.026999"
    assert oldest["hash"] != newest["hash"]


def test_fills_by_time_are_oldest_first_with_both_ends_included() -> None:
    exchange = Embedded()
    moments = []
    for _ in range(3):
        exchange.buy("0.1", asset=SOL)
        moments.append(exchange.clock.now_ms())
        exchange.clock.advance(1_000)

    def times(**window: Any) -> list[int]:
        return [row["time"] for row in exchange.read("userFillsByTime", user=exchange.user, **window)]

    assert times(startTime=moments[0]) == moments
    assert times(startTime=moments[0], reversed=True) == moments[::-1]
    assert times(startTime=moments[1], endTime=moments[1]) == moments[1:2]


def test_executions_of_one_order_can_be_joined() -> None:
    exchange = Embedded()
    exchange.venue.model.set_liquidity("ETH", Liquidity(size=Decimal("0.05"), levels=2))
    exchange.statuses(order("buy", "2020", "0.1", limit("Ioc"), asset=ETH))
    single = exchange.read("userFills", user=exchange.user)
    joined = exchange.read("userFills", user=exchange.user, aggregateByTime=True)
    assert len(single) == 2
    assert len(joined) == 1
    assert joined[0]["sz"] == "0.1"
    assert Decimal(joined[0]["fee"]) == sum(Decimal(row["fee"]) for row in single)


def test_liquidated_fills_say_so() -> None:
    exchange = Embedded()
    exchange.act({"type": "updateLeverage", "asset": BTC, "isCross": True, "leverage": 40})
    exchange.statuses(order("buy", "101000", "0.3", limit("Ioc")))
    exchange.script.move("BTC", 97_000, from_ms=exchange.clock.now_ms() + 60_000)
    exchange.clock.advance(180_000)
    newest = exchange.read("userFills", user=exchange.user)[0]
    assert newest["liquidation"]["liquidatedUser"] == exchange.user
    assert newest["liquidation"]["method"] in ("market", "backstop")
    assert exchange.position() == 0


def test_an_unknown_user_has_empty_lists_and_an_agent_too() -> None:
    exchange = Embedded()
    exchange.buy("0.001")
    exchange.statuses(STOP)
    for user in ("0x" + "12" * 20, exchange.me.agent_address):
        for kind in ("openOrders", "frontendOpenOrders", "historicalOrders", "userFills"):
            assert exchange.read(kind, user=user) == []
        assert exchange.read("userFillsByTime", user=user, startTime=0) == []
        assert exchange.read("clearinghouseState", user=user)["assetPositions"] == []
    assert exchange.read("userRole", user="0x" + "12" * 20) == {"role": "missing"}
    assert exchange.read("userTwapSliceFills", user=exchange.user) == []


def test_orders_of_one_action_get_rising_oids() -> None:
    exchange = Embedded()
    wires = [order("buy", str(90_000 + place), "0.001") for place in range(3)]
    reply = exchange.act(orders(*wires))
    statuses = reply["response"]["data"]["statuses"]
    assert [status["resting"]["oid"] for status in statuses] == [1, 2, 3]
