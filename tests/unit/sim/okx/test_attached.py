"""Exits attached to an order: when they come to be, what they lie beyond, how long they live."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded_okx import BTC, net, stop


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


@pytest.mark.parametrize(
    ("switches", "protected"),
    [({}, []), ({"attach": "pro_rata"}, ["s1"]), ({"attached_after_cut": True}, ["s1"])],
)
def test_a_part_of_a_parent(switches: dict[str, Any], protected: list[str]) -> None:
    from trader.exchange.orders import Liquidity

    exchange = net(**switches)
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


def test_a_target_that_fills_in_part_still_ends_the_stop() -> None:
    from trader.exchange.orders import Liquidity

    exchange = net()
    item = stop("98000", tpTriggerPx="102000", tpOrdPx="-1", tpTriggerPxType="mark", attachAlgoClOrdId="pair")
    exchange.order("buy", "1", attachAlgoOrds=item)
    exchange.venue.model.set_liquidity("BTC", Liquidity(size=Decimal("0.004")))
    exchange.move("BTC", 102_100.0)
    assert exchange.position() == Decimal("0.006")
    assert exchange.algo_row("pair")["state"] == "effective"
    exchange.move("BTC", 97_000.0)
    assert exchange.position() == Decimal("0.006")
