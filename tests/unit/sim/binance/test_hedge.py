"""An account that holds both sides: what each order must say, and what may be closed."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.embedded_binance import EmbeddedBinance
from tests.support.embedded_wire import EQUITY
from trader.sim.binance.switches import Switches

LONG, SHORT = {"positionSide": "LONG"}, {"positionSide": "SHORT"}


@pytest.fixture
def exchange() -> EmbeddedBinance:
    return EmbeddedBinance(two_sided=True)


def test_the_mode_is_set_once_and_only_while_there_is_nothing() -> None:
    exchange = EmbeddedBinance()
    path = "/fapi/v1/positionSide/dual"
    assert exchange.refusal("POST", path, dualSidePosition="false") == -4059
    assert exchange.ok("POST", path, dualSidePosition="TRUE") == {"code": 200, "msg": "success"}
    assert exchange.ok("GET", path) == {"dualSidePosition": True}
    assert exchange.ok("GET", "/fapi/v1/accountConfig")["dualSidePosition"] is True
    resting = exchange.order("BUY", "0.01", price="96000", **LONG)
    assert exchange.refusal("POST", path, dualSidePosition=False) == -4067
    exchange.ok("DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=resting["orderId"])
    exchange.order("BUY", "0.01", **LONG)
    assert exchange.refusal("POST", path, dualSidePosition=False) == -4068


def test_each_order_names_its_side(exchange: EmbeddedBinance) -> None:
    assert exchange.order_refusal("BUY", "0.01") == -4061
    assert exchange.order_refusal("BUY", "0.01", positionSide="BOTH") == -4061
    assert exchange.algo_refusal("SELL", "95000", quantity="0.01") == -4061
    assert exchange.order("BUY", "0.01", **LONG)["positionSide"] == "LONG"


@pytest.mark.parametrize("value", [True, False, "FALSE"])
def test_reduce_only_may_not_be_said(exchange: EmbeddedBinance, value: bool | str) -> None:
    assert exchange.order_refusal("BUY", "0.01", reduceOnly=value, **LONG) == -1106
    assert exchange.algo_refusal("SELL", "95000", quantity="0.01", reduceOnly=value, **LONG) == -1106


def test_saying_that_it_need_not_reduce_is_a_switch() -> None:
    switches = Switches(equity=EQUITY, hedge_reduce_only_false=False)
    exchange = EmbeddedBinance(switches=switches, two_sided=True)
    exchange.order("BUY", "0.01", reduceOnly="FALSE", **LONG)
    assert exchange.order_refusal("SELL", "0.01", reduceOnly=True, **LONG) == -1106


def test_both_sides_are_held_and_told_apart(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.03", **LONG)
    exchange.order("SELL", "0.02", **SHORT)
    rows = exchange.ok("GET", "/fapi/v3/positionRisk", symbol="BTCUSDT")
    assert [(row["positionSide"], row["positionAmt"]) for row in rows] == [
        ("LONG", "0.030"),
        ("SHORT", "-0.020"),
    ]
    assert [row["notional"][0] for row in rows] == ["3", "-"]
    listed = exchange.ok("GET", "/fapi/v2/positionRisk")
    assert [(row["symbol"], row["positionSide"]) for row in listed][:4] == [
        ("BTCUSDT", "LONG"),
        ("BTCUSDT", "SHORT"),
        ("ETHUSDT", "LONG"),
        ("ETHUSDT", "SHORT"),
    ]
    trades = exchange.ok("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")
    assert [row["positionSide"] for row in trades] == ["LONG", "SHORT"]


def test_a_close_is_never_larger_than_its_side(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.03", **LONG)
    exchange.order("SELL", "0.05", **SHORT)
    assert exchange.order_refusal("SELL", "0.031", **LONG) == -2022
    assert exchange.order_refusal("BUY", "0.051", **SHORT) == -2022
    exchange.order("SELL", "0.03", **LONG)
    assert exchange.order_refusal("SELL", "0.001", **LONG) == -2022
    assert exchange.position(leg="long") == 0
    assert exchange.position(leg="short") == Decimal("-0.05")


@pytest.mark.parametrize(("reading", "refuses"), [("all_open", True), ("each_alone", False)])
def test_what_open_closing_orders_take_away_is_a_switch(reading: str, refuses: bool) -> None:
    switches = Switches(equity=EQUITY, closing_sum=reading)
    exchange = EmbeddedBinance(switches=switches, two_sided=True)
    exchange.order("BUY", "0.03", **LONG)
    exchange.order("SELL", "0.02", price="104000", **LONG)
    if refuses:
        assert exchange.order_refusal("SELL", "0.02", **LONG) == -2022
        exchange.order("SELL", "0.01", **LONG)
    else:
        exchange.order("SELL", "0.02", **LONG)


@pytest.mark.parametrize(("spared", "code"), [(True, None), (False, -4164)])
def test_whether_a_close_needs_a_minimum_is_a_switch(spared: bool, code: int | None) -> None:
    switches = Switches(equity=EQUITY, closing_below_minimum=spared)
    exchange = EmbeddedBinance(switches=switches, two_sided=True)
    exchange.order("BUY", "0.001", **LONG)
    exchange.move("BTC", 40_000.0)
    if code is None:
        exchange.order("SELL", "0.001", **LONG)
    else:
        assert exchange.order_refusal("SELL", "0.001", **LONG) == code


@pytest.mark.parametrize("told", [True, False])
def test_what_a_closing_order_reads_is_a_switch(told: bool) -> None:
    switches = Switches(equity=EQUITY, closing_reads_reduce_only=told)
    exchange = EmbeddedBinance(switches=switches, two_sided=True)
    assert exchange.algo("SELL", "95000", quantity="0.01", **LONG)["reduceOnly"] is told
    assert exchange.algo("BUY", "105000", quantity="0.01", **LONG)["reduceOnly"] is False


def test_a_stop_stands_before_its_side_is_held_and_closes_that_side_alone(exchange: EmbeddedBinance) -> None:
    exchange.algo("SELL", "95000", clientAlgoId="long", quantity="0.03", **LONG)
    exchange.order("BUY", "0.03", **LONG)
    exchange.order("SELL", "0.02", **SHORT)
    exchange.algo("BUY", "105000", clientAlgoId="short", closePosition=True, **SHORT)
    exchange.move("BTC", 94_900.0)
    assert exchange.algo_status("long") == "FINISHED"
    assert exchange.algo_status("short") == "NEW"
    assert (exchange.position(leg="long"), exchange.position(leg="short")) == (Decimal(0), Decimal("-0.02"))


def test_a_stop_larger_than_its_side_is_rejected_when_it_triggers(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.03", **LONG)
    exchange.algo("SELL", "95000", clientAlgoId="stop", quantity="0.031", **LONG)
    exchange.move("BTC", 94_900.0)
    assert exchange.algo_status("stop") == "REJECTED"
    assert exchange.position(leg="long") == Decimal("0.03")


def test_each_side_may_have_a_stop_of_its_own_for_all_of_it(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.03", **LONG)
    exchange.order("SELL", "0.02", **SHORT)
    exchange.algo("SELL", "95000", closePosition=True, **LONG)
    exchange.algo("BUY", "105000", closePosition=True, **SHORT)
    assert exchange.algo_refusal("SELL", "96000", closePosition=True, **LONG) == -4130
    assert exchange.algo_refusal("BUY", "104000", closePosition=True, **LONG) == -4136


def test_leverage_is_shared_by_both_sides(exchange: EmbeddedBinance) -> None:
    exchange.ok("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=5)
    exchange.order("BUY", "0.01", **LONG)
    exchange.order("SELL", "0.01", **SHORT)
    rows = exchange.ok("GET", "/fapi/v2/positionRisk", symbol="BTCUSDT")
    assert {row["leverage"] for row in rows} == {"5"}
    assert exchange.refusal("POST", "/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED") == -4048


def test_forced_orders_are_told_with_their_side(exchange: EmbeddedBinance) -> None:
    exchange.order("SELL", "0.02", **SHORT)
    exchange.venue.model.adl(exchange.user, "BTC", Decimal("0.5"), leg="short")
    row = exchange.ok("GET", "/fapi/v1/forceOrders")[0]
    assert (row["clientOrderId"], row["positionSide"], row["executedQty"]) == (
        "adl_autoclose",
        "SHORT",
        "0.010",
    )
    assert exchange.ok("GET", "/fapi/v1/forceOrders", autoCloseType="LIQUIDATION") == []


def test_the_end_of_a_coin_is_told_as_an_order_of_the_venue(exchange: EmbeddedBinance) -> None:
    exchange.order("SELL", "0.02", **SHORT)
    market = exchange.venue.market_of("BTC")
    exchange.venue.model.set_market(replace(market, is_delisted=True))
    (row,) = exchange.ok("GET", "/fapi/v1/forceOrders")
    (*_, trade) = exchange.ok("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")
    assert row["clientOrderId"].startswith("settlement_autoclose-")
    assert (row["orderId"], row["executedQty"]) == (trade["orderId"], "0.020")
    assert exchange.ok("GET", "/fapi/v1/forceOrders", autoCloseType="ADL") == []
