"""What the venue refuses, each with its own code, and that a refused order leaves no trace."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded_binance import EmbeddedBinance
from tests.support.embedded_wire import EQUITY, NOW_MS
from trader.exchange.orders import Liquidity
from trader.sim.binance.switches import Switches

PLAIN: list[tuple[str, str, dict[str, Any], int]] = [
    ("BUY", "0.01", {"symbol": "NOPEUSDT"}, -1121),
    ("BUY", "0.01", {"symbol": None}, -1102),
    ("HOLD", "0.01", {}, -1117),
    ("BUY", "0.01", {"type": "WISH"}, -1116),
    ("BUY", "0.01", {"type": "STOP_MARKET", "stopPrice": "95000"}, -4120),
    ("BUY", "0.01", {"type": "TRAILING_STOP_MARKET"}, -4120),
    ("BUY", "0.01", {"price": "99000", "timeInForce": None}, -1102),
    ("BUY", "0.01", {"price": "99000", "timeInForce": "SOON"}, -1115),
    ("BUY", "0.01", {"timeInForce": "GTC"}, -1106),
    ("BUY", "0.01", {"type": "LIMIT", "timeInForce": "GTC"}, -1102),
    ("BUY", "0.01", {"quantity": None}, -1102),
    ("BUY", "1e-2", {}, -1100),
    ("BUY", "0.0001", {}, -1111),
    ("BUY", "0", {}, -4003),
    ("BUY", "-0.01", {}, -4003),
    ("BUY", "120.001", {}, -4005),
    ("BUY", "0.01", {"price": "99000.123"}, -1111),
    ("BUY", "0.01", {"price": "99000.05"}, -4014),
    ("BUY", "0.01", {"price": "500"}, -4013),
    ("BUY", "0.01", {"price": "105000.1"}, -4016),
    ("SELL", "0.01", {"price": "94999.9"}, -4024),
    ("BUY", "0.002", {"price": "20000"}, -4164),
    ("BUY", "0.01", {"symbol": "ETHUSDT", "quantity": "0.009"}, -4164),
    ("BUY", "0.01", {"positionSide": "LONG"}, -4061),
    ("BUY", "0.01", {"positionSide": "UP"}, -4060),
    ("SELL", "0.01", {"reduceOnly": True}, -2022),
    ("BUY", "0.01", {"reduceOnly": "maybe"}, -1130),
    ("BUY", "0.01", {"price": "101000", "timeInForce": "GTX"}, -5022),
    ("BUY", "0.01", {"price": "99000", "timeInForce": "FOK"}, -5021),
    ("BUY", "0.01", {"price": "99000", "timeInForce": "GTD"}, -1102),
    ("BUY", "0.01", {"price": "99000", "timeInForce": "GTD", "goodTillDate": NOW_MS + 600_000}, -5040),
    ("BUY", "0.01", {"newClientOrderId": "x" * 37}, -4015),
    ("BUY", "0.01", {"newClientOrderId": "white space"}, -1100),
    ("BUY", "0.01", {"newOrderRespType": "FULL"}, -1130),
    ("BUY", "10", {}, -2019),
]


@pytest.fixture
def exchange() -> EmbeddedBinance:
    return EmbeddedBinance()


@pytest.mark.parametrize(("side", "quantity", "fields", "code"), PLAIN)
def test_a_plain_order_is_refused(
    exchange: EmbeddedBinance, side: str, quantity: str, fields: dict[str, Any], code: int
) -> None:
    asked = {"newClientOrderId": "mine", "quantity": quantity} | fields
    size = asked.pop("quantity")
    assert exchange.order_refusal(side, size, **asked) == code
    assert exchange.ok("GET", "/fapi/v1/openOrders") == []
    assert exchange.ok("GET", "/fapi/v1/allOrders", symbol="BTCUSDT") == []
    lost = exchange.refusal("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="mine")
    assert lost == -2013


ALGO: list[tuple[str, dict[str, Any], int]] = [
    ("95000", {"quantity": "0.01", "algoType": "VP"}, -1130),
    ("95000", {"quantity": "0.01", "algoType": None}, -1102),
    ("95000", {"quantity": "0.01", "type": "LIMIT"}, -1116),
    ("95000", {"quantity": "0.01", "type": "TRAILING_STOP_MARKET", "callbackRate": "1"}, -1116),
    ("95000", {"quantity": "0.01", "workingType": "GUESS"}, -1130),
    ("95000", {}, -1102),
    ("95000", {"quantity": "0.01", "triggerPrice": None}, -1102),
    ("95000", {"quantity": "0.01", "type": "STOP"}, -1102),
    ("0", {"quantity": "0.01"}, -4013),
    ("100000", {"quantity": "0.01"}, -2021),
    ("101000", {"quantity": "0.01"}, -2021),
    ("99000", {"quantity": "0.01", "type": "TAKE_PROFIT_MARKET"}, -2021),
    ("95000", {"quantity": "0.0001", "reduceOnly": True}, -1111),
    ("20000", {"quantity": "0.002"}, -4164),
    ("95000", {"closePosition": True}, -4509),
    ("95000", {"closePosition": True, "quantity": "0.01"}, -4137),
    ("95000", {"closePosition": True, "reduceOnly": True}, -1106),
    ("95000", {"closePosition": True, "type": "STOP", "price": "94000"}, -4136),
    ("95000", {"quantity": "0.01", "positionSide": "SHORT"}, -4061),
    ("95000", {"quantity": "0.01", "clientAlgoId": "x" * 37}, -4015),
]


@pytest.mark.parametrize(("trigger", "fields", "code"), ALGO)
def test_a_conditional_order_is_refused(
    exchange: EmbeddedBinance, trigger: str, fields: dict[str, Any], code: int
) -> None:
    assert exchange.algo_refusal("SELL", trigger, **({"clientAlgoId": "mine"} | fields)) == code
    assert exchange.ok("GET", "/fapi/v1/openAlgoOrders") == []
    assert exchange.refusal("GET", "/fapi/v1/algoOrder", clientAlgoId="mine") == -2013


def test_a_price_without_opposition_is_refused_at_market(exchange: EmbeddedBinance) -> None:
    exchange.venue.model.set_offsets("BTC", mid=Decimal(6_000))
    assert exchange.order_refusal("BUY", "0.01") == -4131


def test_an_order_beyond_the_bracket_of_its_leverage_is_refused() -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=Decimal(10_000_000)))
    exchange.ok("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=125)
    assert exchange.order_refusal("BUY", "3.1") == -2027
    exchange.order("BUY", "2.9")


@pytest.mark.parametrize(("is_first", "code"), [(True, -1111), (False, -4014)])
def test_what_is_checked_first_is_a_switch(is_first: bool, code: int) -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, precision_before_tick=is_first))
    assert exchange.order_refusal("BUY", "0.01", price="99000.123") == code


def test_a_reducing_order_needs_no_minimum(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.001")
    exchange.move("BTC", 40_000.0)
    assert exchange.order_refusal("SELL", "0.001") == -4164
    exchange.order("SELL", "0.001", reduceOnly=True)


def test_a_trigger_between_ticks_is_a_switch(exchange: EmbeddedBinance) -> None:
    taken = exchange.algo("SELL", "95000.07", quantity="0.01", reduceOnly=True)
    assert taken["triggerPrice"] == "95000.07"
    strict = EmbeddedBinance(switches=Switches(equity=EQUITY, off_tick_trigger="reject"))
    assert strict.algo_refusal("SELL", "95000.07", quantity="0.01", reduceOnly=True) == -4014


def test_too_many_orders_are_refused(exchange: EmbeddedBinance) -> None:
    rules = exchange.venue.symbols["BTC"]
    exchange.venue.symbols["BTC"] = replace(rules, orders_max=2)
    for _ in range(2):
        exchange.order("BUY", "0.001", price="96000")
    assert exchange.order_refusal("BUY", "0.001", price="96000") == -2025


def test_too_many_conditional_orders_are_refused() -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, algo_orders_max=2))
    for coin, trigger in (("BTC", "95000"), ("ETH", "1900")):
        exchange.algo("SELL", trigger, symbol=f"{coin}USDT", quantity="0.1", reduceOnly=True)
    assert exchange.algo_refusal("SELL", "140", symbol="SOLUSDT", quantity="1", reduceOnly=True) == -4045


def test_sized_stops_may_have_a_limit() -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, sized_stops_max=1))
    exchange.algo("SELL", "95000", quantity="0.01", reduceOnly=True)
    assert exchange.algo_refusal("SELL", "96000", quantity="0.01", reduceOnly=True) == -4045
    exchange.algo("SELL", "110000", quantity="0.01", reduceOnly=True, type="TAKE_PROFIT_MARKET")


def test_a_refused_post_only_order_may_be_remembered() -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, refused_tif_recorded=True))
    fields = {"price": "101000", "timeInForce": "GTX", "newClientOrderId": "gtx"}
    assert exchange.order_refusal("BUY", "0.01", **fields) == -5022
    row = exchange.ok("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="gtx")
    assert (row["status"], row["executedQty"]) == ("EXPIRED", "0.000")


def test_an_order_that_must_fill_whole_fills_or_does_not_exist(exchange: EmbeddedBinance) -> None:
    exchange.venue.model.set_liquidity("BTC", Liquidity(size=Decimal("0.005")))
    assert exchange.order_refusal("BUY", "0.01", price="101000", timeInForce="FOK") == -5021
    assert exchange.position() == 0
    assert exchange.order("BUY", "0.005", price="101000", timeInForce="FOK")["status"] == "FILLED"
