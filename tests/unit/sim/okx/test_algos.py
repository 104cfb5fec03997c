"""Stops and targets: placement rules, the life of an algo, its child order, whole positions, amending."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded_okx import BTC, EmbeddedOkx, net, stop, two_sided


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


def test_a_trigger_order_opens() -> None:
    exchange = net()
    fields = {"ordType": "trigger", "triggerPx": "101000", "orderPx": "-1", "triggerPxType": "mark"}
    exchange.algo(
        "buy", sz="1", reduceOnly=True, algoClOrdId="break1", attachAlgoOrds=stop("99000"), **fields
    )
    row = exchange.algo_row("break1")
    assert (row["reduceOnly"], row["ordPx"], row["triggerPx"]) == ("false", "-1", "101000")
    exchange.move("BTC", 101_100.0)
    assert exchange.position() == Decimal("0.01")
    row = exchange.algo_row("break1")
    child = exchange.one("trade/order", instId=BTC, ordId=row["ordIdList"][0])
    assert (row["state"], child["source"]) == ("effective", "6")
    born = exchange.one("trade/orders-algo-pending", ordType="conditional")
    assert (born["slTriggerPx"], born["sz"]) == ("99000", "1")
    assert net(triggers_in_net=False).algo_refused("buy", sz="1", **fields) == "51298"


def test_attached_exits_come_to_be_when_the_parent_filled() -> None:
    exchange = net()
    row = exchange.order("buy", "2", px="99000", clOrdId="entry", attachAlgoOrds=stop(attachAlgoClOrdId="s1"))
    assert "algoId" not in row
    assert exchange.waiting() == []
    parent = exchange.order_row("entry")["attachAlgoOrds"][0]
    assert (parent["attachAlgoClOrdId"], parent["failCode"]) == ("s1", "")
    exchange.move("BTC", 98_900.0)
    algo = exchange.algo_row("s1")
    assert (algo["state"], algo["sz"], algo["side"], algo["reduceOnly"]) == ("live", "2", "sell", "false")
    assert algo["algoId"] != parent["attachAlgoId"]
    assert algo["linkedOrd"]["ordId"] == exchange.order_row("entry")["ordId"]


@pytest.mark.parametrize(
    ("side", "attached", "code"),
    [
        ("buy", {"tpTriggerPx": "99000"}, "51046"),
        ("buy", {"slTriggerPx": "99000"}, "51047"),
        ("sell", {"tpTriggerPx": "101000"}, "51048"),
        ("sell", {"slTriggerPx": "101000"}, "51049"),
    ],
)
def test_attached_exits_lie_beyond_the_order(side: str, attached: dict[str, str], code: str) -> None:
    item = {name.replace("TriggerPx", "OrdPx"): "-1" for name in attached} | attached
    px = "99000" if side == "buy" else "101000"
    assert net().order_refused(side, "1", px=px, attachAlgoOrds=[item]) == code
    at_market = {name: "100000" if name.endswith("TriggerPx") else value for name, value in item.items()}
    # At market the best price of the other side counts, half a spread further.
    wanted = {"51046": "51050", "51048": "51052"}.get(code)
    if wanted is None:
        assert net().order(side, "1", attachAlgoOrds=[at_market])["sCode"] == "0"
    else:
        assert net().order_refused(side, "1", attachAlgoOrds=[at_market]) == wanted


def test_a_parent_cancelled_before_any_fill_leaves_nothing() -> None:
    exchange = net()
    exchange.order("buy", "2", px="99000", clOrdId="entry", attachAlgoOrds=stop(attachAlgoClOrdId="s1"))
    exchange.done("trade/cancel-order", instId=BTC, clOrdId="entry")
    assert exchange.read_refused("trade/order-algo", algoClOrdId="s1") == "51603"


@pytest.mark.parametrize(("pro_rata", "protected"), [(False, []), (True, ["s1"])])
def test_a_part_of_a_parent(pro_rata: bool, protected: list[str]) -> None:
    from trader.exchange.orders import Liquidity

    exchange = net(attach="pro_rata" if pro_rata else "whole")
    exchange.venue.model.set_liquidity("BTC", Liquidity(size=Decimal("0.005")))
    entry = {"ordType": "ioc", "px": "100100", "clOrdId": "entry"}
    exchange.order("buy", "2", attachAlgoOrds=stop(attachAlgoClOrdId="s1"), **entry)
    row = exchange.order_row("entry")
    assert (row["state"], row["accFillSz"], row["cancelSource"]) == ("canceled", "0.5", "14")
    assert exchange.waiting() == protected
    if protected:
        assert exchange.algo_row("s1")["sz"] == "0.5"


def test_attached_exits_outlive_a_net_position() -> None:
    exchange = net()
    exchange.order("buy", "1", attachAlgoOrds=stop("98000", attachAlgoClOrdId="s1"))
    exchange.order("sell", "1")
    assert exchange.waiting() == ["s1"]
    exchange.move("BTC", 97_900.0)
    assert exchange.position() == Decimal("-0.01")
    bound = net(attached_reduces=True)
    bound.order("buy", "1", attachAlgoOrds=stop("98000", attachAlgoClOrdId="s1"))
    bound.order("sell", "1")
    bound.move("BTC", 97_900.0)
    assert bound.position() == 0
    assert bound.algo_row("s1")["state"] == "order_failed"


def test_attached_stop_and_target_exclude_each_other() -> None:
    exchange = net()
    item = stop("98000", tpTriggerPx="102000", tpOrdPx="-1", tpTriggerPxType="mark", attachAlgoClOrdId="pair")
    exchange.order("buy", "1", attachAlgoOrds=item)
    assert exchange.algo_row("pair")["ordType"] == "oco"
    exchange.move("BTC", 102_100.0, 97_000.0)
    assert exchange.position() == 0


def test_one_name_space_for_ids() -> None:
    exchange = held(net())
    fields: dict[str, Any] = {"sz": "1", "slTriggerPx": "98000"}
    exchange.algo("sell", algoClOrdId="one", **fields)
    assert exchange.algo_refused("sell", algoClOrdId="one", **fields) == "51065"
    exchange.order("buy", "1", px="99000", attachAlgoOrds=stop(attachAlgoClOrdId="two"))
    assert exchange.algo_refused("sell", algoClOrdId="two", **fields) == "51068"
    assert exchange.order_refused("buy", "1", attachAlgoOrds=stop(attachAlgoClOrdId="one")) == "51065"
    exchange.write("trade/cancel-algos", [{"instId": BTC, "algoClOrdId": "one"}])
    assert exchange.algo_refused("sell", algoClOrdId="one", **fields) == "51065"
    reuse = held(net(algo_id_reuse=True))
    reuse.algo("sell", algoClOrdId="one", **fields)
    reuse.write("trade/cancel-algos", [{"instId": BTC, "algoClOrdId": "one"}])
    reuse.algo("sell", algoClOrdId="one", **fields)


def test_the_deprecated_id() -> None:
    fields: dict[str, Any] = {"sz": "1", "slTriggerPx": "98000", "clOrdId": "old"}
    assert held(net()).algo("sell", **fields)["algoClOrdId"] == ""
    assert held(net(algo_takes_cl_ord_id=True)).algo("sell", **fields)["algoClOrdId"] == "old"


def test_cancelling_algos() -> None:
    exchange = held(net())
    exchange.algo("sell", sz="1", slTriggerPx="98000", algoClOrdId="one")
    exchange.algo("sell", sz="1", slTriggerPx="97000", algoClOrdId="two")
    items = [{"instId": BTC, "algoClOrdId": "two"}, {"instId": BTC, "algoId": "1"}]
    _, body = exchange.write("trade/cancel-algos", items)
    assert (body["code"], [row["sCode"] for row in body["data"]]) == ("2", ["0", "51400"])
    assert exchange.algo_row("two")["state"] == "canceled"
    exchange.move("BTC", 97_900.0)
    _, body = exchange.write("trade/cancel-algos", [{"instId": BTC, "algoClOrdId": "one"}])
    assert (body["code"], body["data"][0]["sCode"]) == ("1", "51416")
    # A cancel of a normal order does not find an algo.
    assert (
        exchange.refused("trade/cancel-order", instId=BTC, ordId=exchange.algo_row("two")["algoId"])
        == "51400"
    )


def test_amending_an_algo_in_place() -> None:
    exchange = held(net())
    exchange.algo("sell", closeFraction="1", reduceOnly=True, slTriggerPx="95000", algoClOrdId="one")
    number = exchange.algo_row("one")["algoId"]
    amend: dict[str, Any] = {"instId": BTC, "algoClOrdId": "one"}
    row = exchange.done("trade/amend-algos", newSlTriggerPx="98000", reqId="r", **amend)
    assert (row["algoId"], row["reqId"]) == (number, "r")
    assert exchange.algo_row("one")["slTriggerPx"] == "98000"
    assert exchange.refused("trade/amend-algos", newSlTriggerPx="100500", **amend) == "51304"
    assert exchange.refused("trade/amend-algos", newSz="1", **amend) == "51523"
    assert exchange.refused("trade/amend-algos", newTpTriggerPx="110000", **amend) == "51526"
    assert exchange.refused("trade/amend-algos", newSlTriggerPxType="last", **amend) == "51528"
    assert exchange.refused("trade/amend-algos", newSlTriggerPx="0", **amend) == "51526"
    assert exchange.refused("trade/amend-algos", instId=BTC, algoClOrdId="no", newSlTriggerPx="1") == "51527"
    assert exchange.algo_row("one")["slTriggerPx"] == "98000"
    exchange.move("BTC", 97_900.0)
    assert exchange.position() == 0
    assert exchange.refused("trade/amend-algos", newSlTriggerPx="96000", **amend) == "51527"


def test_amending_takes_a_leg_away_or_changes_the_size() -> None:
    exchange = held(net())
    both = {"slTriggerPx": "98000", "tpTriggerPx": "102000", "sz": "2", "reduceOnly": True}
    exchange.algo("sell", ordType="oco", algoClOrdId="pair", **both)
    exchange.done("trade/amend-algos", instId=BTC, algoClOrdId="pair", newTpTriggerPx="0", newSz="1")
    row = exchange.algo_row("pair")
    assert (row["tpTriggerPx"], row["sz"], row["state"]) == ("", "1", "live")
    exchange.move("BTC", 102_100.0)
    assert exchange.position() == Decimal("0.02")
    exchange.move("BTC", 97_900.0)
    assert exchange.position() == Decimal("0.01")


def test_flat_accounts_and_conditional_orders() -> None:
    fields: dict[str, Any] = {"sz": "1", "slTriggerPx": "98000", "reduceOnly": True}
    net().algo("sell", **fields)
    assert net(conditional_while_flat=False).algo_refused("sell", **fields) == "51058"
    exchange = net()
    exchange.order("sell", "1")
    assert exchange.algo_refused("sell", **fields) == "51205"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ordType": "conditional,trigger"}, "51000"),
        ({}, "50014"),
        ({"ordType": "market"}, "51000"),
    ],
)
def test_lists_of_algos_want_a_type(fields: dict[str, str], code: str) -> None:
    assert net().read_refused("trade/orders-algo-pending", **fields) == code


def test_history_wants_a_state_and_an_unknown_algo_has_a_code() -> None:
    assert net().read_refused("trade/orders-algo-history", ordType="conditional") == "51602"
    assert net().read_refused("trade/order-algo", algoClOrdId="none") == "51603"
    assert net().read_refused("trade/order-algo") == "50015"
    assert net(algo_missing_code="").rows("trade/order-algo", algoClOrdId="none") == []


def test_a_stop_whose_limit_lies_within() -> None:
    exchange = held(net())
    exchange.algo(
        "sell", sz="2", slTriggerPx="98000", slOrdPx="97950", algoClOrdId="limited", reduceOnly=True
    )
    exchange.move("BTC", 97_900.0)
    row = exchange.algo_row("limited")
    child = exchange.one("trade/order", instId=BTC, ordId=row["ordIdList"][0])
    assert (row["slOrdPx"], child["ordType"], child["px"]) == ("97950", "limit", "97950")
