"""Stops and targets: placement rules, the life of an algo, its child order, whole positions, amending."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded_okx import BTC, EmbeddedOkx, net, two_sided


def held(exchange: EmbeddedOkx) -> EmbeddedOkx:
    """With a long position of two contracts."""
    exchange.order("buy", "2")
    return exchange


def test_a_stop_waits_fires_and_has_a_child() -> None:
    exchange = held(net())
    row = exchange.algo("sell", sz="2", slTriggerPx="98000", algoClOrdId="stop1", reduceOnly=True, tag="t1")
    assert (row["algoClOrdId"], row["clOrdId"], row["tag"], row["sCode"]) == ("stop1", "", "t1", "0")
    algo = exchange.algo_row("stop1")
    assert [algo[name] for name in ("state", "ordId", "ordIdList", "failCode")] == ["live", "", [], ""]
    assert [algo[name] for name in ("sz", "slOrdPx", "slTriggerPxType", "last")] == [
        "2",
        "-1",
        "mark",
        "100000",
    ]
    exchange.move("BTC", 97_900.0)
    algo = exchange.algo_row("stop1")
    assert (algo["state"], algo["actualSide"], algo["actualSz"]) == ("effective", "sl", "2")
    assert int(algo["triggerTime"]) > int(algo["cTime"])
    child = exchange.one("trade/order", instId=BTC, ordId=algo["ordIdList"][0])
    assert (child["source"], child["algoId"], child["algoClOrdId"]) == ("7", algo["algoId"], "stop1")
    assert (child["ordType"], child["state"], child["clOrdId"], child["reduceOnly"]) == (
        "market",
        "filled",
        "",
        "true",
    )
    assert exchange.position() == 0
    fill = exchange.rows("trade/fills")[0]
    assert (fill["ordId"], fill["clOrdId"]) == (child["ordId"], "")
    assert Decimal(fill["fillPnl"]) < 0
    listed = exchange.rows("trade/orders-algo-history", ordType="conditional", state="effective")
    assert [row["algoClOrdId"] for row in listed] == ["stop1"]
    assert exchange.waiting() == []


@pytest.mark.parametrize(
    ("side", "name", "source", "px", "code"),
    [
        ("sell", "sl", "last", "100000", "51280"),
        ("sell", "sl", "mark", "100000", "51304"),
        ("sell", "sl", "index", "100000", "51308"),
        ("sell", "tp", "last", "100000", "51279"),
        ("sell", "tp", "mark", "99000", "51303"),
        ("sell", "tp", "index", "99000", "51307"),
        ("buy", "sl", "last", "100000", "51278"),
        ("buy", "sl", "mark", "99000", "51302"),
        ("buy", "sl", "index", "99000", "51306"),
        ("buy", "tp", "last", "100000", "51277"),
        ("buy", "tp", "mark", "101000", "51300"),
        ("buy", "tp", "index", "101000", "51305"),
    ],
)
def test_a_trigger_that_was_passed_is_refused(side: str, name: str, source: str, px: str, code: str) -> None:
    fields = {f"{name}TriggerPx": px, f"{name}OrdPx": "-1", f"{name}TriggerPxType": source}
    exchange = net()
    exchange.order("buy" if side == "sell" else "sell", "1")
    assert exchange.algo_refused(side, sz="1", **fields) == code
    assert exchange.waiting() == []


@pytest.mark.parametrize("source", ["last", "mark", "index"])
def test_each_source_fires_by_itself(source: str) -> None:
    exchange = held(net())
    exchange.algo("sell", sz="1", slTriggerPx="99000", slTriggerPxType=source, algoClOrdId="stop1")
    others = {
        "mark": {"oracle": -2_000},
        "index": {"mark": -2_000},
        "last": {"mark": -2_000, "oracle": -2_000},
    }
    moved = {name: Decimal(amount) for name, amount in others[source].items()}
    exchange.venue.model.set_offsets("BTC", **moved)
    exchange.clock.advance(1_000)
    assert exchange.algo_row("stop1")["state"] == "live"
    exchange.venue.model.set_offsets("BTC", mark=Decimal(0), oracle=Decimal(0))
    exchange.move("BTC", 98_900.0)
    assert exchange.algo_row("stop1")["state"] == "effective"


def test_the_default_source_is_the_last_price() -> None:
    exchange = held(net())
    exchange.algo("sell", sz="1", slTriggerPx="99000", slTriggerPxType=None, algoClOrdId="stop1")
    assert exchange.algo_row("stop1")["slTriggerPxType"] == "last"


def test_accepted_is_not_protected() -> None:
    """Size, margin and position are looked at when it triggers."""
    exchange = held(net())
    exchange.algo("sell", sz="2", slTriggerPx="98000", algoClOrdId="stop1", reduceOnly=True)
    exchange.algo("sell", sz="5", slTriggerPx="98500", algoClOrdId="large", reduceOnly=True)
    exchange.order("sell", "2")
    assert set(exchange.waiting()) == {"stop1", "large"}
    exchange.move("BTC", 97_900.0)
    algo = exchange.algo_row("stop1")
    assert (algo["state"], algo["failCode"], algo["ordIdList"], algo["actualSz"]) == (
        "order_failed",
        "51169",
        [],
        "",
    )
    listed = exchange.rows("trade/orders-algo-history", ordType="conditional,oco", state="order_failed")
    assert {row["algoClOrdId"] for row in listed} == {"stop1", "large"}
    assert exchange.position() == 0


def test_a_stop_that_may_open_does_so_on_a_flat_account() -> None:
    exchange = held(net())
    exchange.algo("sell", sz="2", slTriggerPx="98000", algoClOrdId="stop1")
    exchange.order("sell", "2")
    exchange.move("BTC", 97_900.0)
    assert exchange.position() == Decimal("-0.02")


def test_an_exit_that_ends_with_its_position() -> None:
    exchange = held(net())
    assert exchange.algo_refused("sell", sz="2", tpTriggerPx="110000", cxlOnClosePos=True) == "51000"
    fields: dict[str, Any] = {"sz": "2", "tpTriggerPx": "110000", "reduceOnly": True}
    exchange.algo("sell", cxlOnClosePos=True, algoClOrdId="goes", **fields)
    exchange.algo("sell", algoClOrdId="stays", **fields)
    exchange.order("sell", "1")
    assert set(exchange.waiting()) == {"goes", "stays"}
    exchange.order("sell", "1")
    assert exchange.waiting() == ["stays"]
    assert exchange.algo_row("goes")["state"] == "canceled"


def test_closing_a_whole_position() -> None:
    exchange = held(net())
    whole: dict[str, Any] = {"closeFraction": "1", "slTriggerPx": "98000"}
    assert exchange.algo_refused("sell", **whole) == "51328"
    assert exchange.algo_refused("sell", reduceOnly=True, slOrdPx="97000", **whole) == "51330"
    assert exchange.algo_refused("sell", reduceOnly=True, sz="1", **whole) == "51000"
    half = {**whole, "closeFraction": "0.5"}
    assert exchange.algo_refused("sell", reduceOnly=True, **half) == "51000"
    exchange.algo("sell", reduceOnly=True, algoClOrdId="whole1", **whole)
    assert exchange.algo_refused("sell", reduceOnly=True, **whole) == "51088"
    target = {"closeFraction": "1", "tpTriggerPx": "110000"}
    assert exchange.algo_refused("sell", reduceOnly=True, **target) == "51088"
    row = exchange.algo_row("whole1")
    assert (row["sz"], row["closeFraction"]) == ("", "1")
    shown = exchange.one("account/positions")["closeOrderAlgo"]
    assert [(item["algoId"], item["slTriggerPx"]) for item in shown] == [(row["algoId"], "98000")]
    exchange.order("buy", "3")
    exchange.move("BTC", 97_900.0)
    assert exchange.position() == 0
    row = exchange.algo_row("whole1")
    assert (row["state"], row["actualSz"]) == ("effective", "5")


def test_a_whole_exit_ends_with_its_position() -> None:
    exchange = held(net())
    exchange.algo("sell", closeFraction="1", reduceOnly=True, slTriggerPx="98000", algoClOrdId="whole1")
    exchange.order("sell", "2")
    assert exchange.algo_row("whole1")["state"] == "canceled"


def test_each_side_has_a_whole_exit_of_its_own() -> None:
    exchange = two_sided()
    exchange.order("buy", "2")
    exchange.order("sell", "1", posSide="short")
    exchange.algo("sell", closeFraction="1", slTriggerPx="98000", algoClOrdId="longs")
    assert exchange.algo_refused("sell", closeFraction="1", slTriggerPx="98000") == "51088"
    side = {"posSide": "short"}
    assert exchange.algo_refused("sell", closeFraction="1", slTriggerPx="98000", **side) == "51331"
    exchange.algo("buy", closeFraction="1", slTriggerPx="102000", algoClOrdId="shorts", **side)
    exchange.move("BTC", 97_900.0)
    assert [exchange.position(leg=leg) for leg in ("long", "short")] == [0, Decimal("-0.01")]
    assert exchange.algo_row("shorts")["state"] == "live"


def test_two_exits_in_one_algo() -> None:
    exchange = held(net())
    both = {"slTriggerPx": "98000", "tpTriggerPx": "102000", "sz": "2", "reduceOnly": True}
    assert exchange.algo_refused("sell", ordType="oco", sz="2", slTriggerPx="98000") == "50014"
    exchange.algo("sell", ordType="oco", algoClOrdId="pair", **both)
    exchange.move("BTC", 102_100.0)
    row = exchange.algo_row("pair")
    assert (row["state"], row["actualSide"], row["ordType"]) == ("effective", "tp", "oco")
    assert exchange.position() == 0
    exchange.move("BTC", 97_000.0)
    assert exchange.position() == 0


def test_of_two_exits_in_a_conditional_order_the_target_is_ignored() -> None:
    exchange = held(net())
    exchange.algo("sell", sz="2", slTriggerPx="98000", tpTriggerPx="102000", algoClOrdId="both")
    row = exchange.algo_row("both")
    assert (row["slTriggerPx"], row["tpTriggerPx"]) == ("98000", "")


def test_a_stop_whose_limit_lies_within() -> None:
    exchange = held(net())
    exchange.algo(
        "sell", sz="2", slTriggerPx="98000", slOrdPx="97950", algoClOrdId="limited", reduceOnly=True
    )
    exchange.move("BTC", 97_900.0)
    row = exchange.algo_row("limited")
    child = exchange.one("trade/order", instId=BTC, ordId=row["ordIdList"][0])
    assert (row["slOrdPx"], child["ordType"], child["px"]) == ("97950", "limit", "97950")
