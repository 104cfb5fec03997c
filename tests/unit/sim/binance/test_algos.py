"""Conditional orders: an id space of their own, their lives, and the plain order that one becomes."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded_binance import EmbeddedBinance
from tests.support.embedded_wire import EQUITY, NOW_MS
from trader.exchange.orders import Liquidity
from trader.sim.binance.switches import Switches

DAY_MS = 86_400_000
REDUCING = {"quantity": "0.01", "reduceOnly": True}


@pytest.fixture
def exchange() -> EmbeddedBinance:
    return EmbeddedBinance()


def names(exchange: EmbeddedBinance) -> list[str]:
    return [row["clientAlgoId"] for row in exchange.ok("GET", "/fapi/v1/openAlgoOrders")]


def test_a_sized_stop_may_stand_before_there_is_a_position(exchange: EmbeddedBinance) -> None:
    taken = exchange.algo("SELL", "95000", clientAlgoId="first", **REDUCING)
    assert (taken["algoStatus"], taken["quantity"], taken["reduceOnly"]) == ("NEW", "0.010", True)
    assert names(exchange) == ["first"]
    assert exchange.ok("GET", "/fapi/v1/openOrders") == []
    exchange.order("BUY", "0.01")
    exchange.order("SELL", "0.01")
    assert exchange.algo_status("first") == "NEW"


def test_the_two_worlds_do_not_see_each_others_orders(exchange: EmbeddedBinance) -> None:
    stop = exchange.algo("SELL", "95000", clientAlgoId="same", **REDUCING)
    resting = exchange.order("BUY", "0.01", price="96000", newClientOrderId="same")
    symbol = {"symbol": "BTCUSDT"}
    assert exchange.refusal("DELETE", "/fapi/v1/order", **symbol, orderId=stop["algoId"]) == -2011
    assert exchange.refusal("GET", "/fapi/v1/algoOrder", algoId=resting["orderId"]) == -2013
    exchange.ok("DELETE", "/fapi/v1/allOpenOrders", **symbol)
    assert names(exchange) == ["same"]
    exchange.ok("DELETE", "/fapi/v1/algoOpenOrders", **symbol)
    assert names(exchange) == []


def test_a_stop_fires_on_the_price_it_watches(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.02")
    exchange.algo("SELL", "95000", clientAlgoId="on-mark", workingType="MARK_PRICE", **REDUCING)
    exchange.algo("SELL", "95000", clientAlgoId="on-last", workingType=None, **REDUCING)
    exchange.venue.model.set_offsets("BTC", mark=Decimal(500))
    exchange.move("BTC", 94_900.0)
    assert exchange.algo_status("on-last") == "FINISHED"
    assert exchange.algo_status("on-mark") == "NEW"
    exchange.move("BTC", 94_400.0)
    assert exchange.algo_status("on-mark") == "FINISHED"


def test_a_stop_with_protection_of_prices_does_not_act_in_a_gap(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.02")
    for name, protects in (("guarded", True), ("plain", False)):
        exchange.algo("SELL", "95000", clientAlgoId=name, priceProtect=protects, **REDUCING)
    exchange.venue.model.set_offsets("BTC", mark=Decimal(-6_000))
    exchange.move("BTC", 100_000.0)
    assert (exchange.algo_status("guarded"), exchange.algo_status("plain")) == ("NEW", "FINISHED")
    exchange.venue.model.set_offsets("BTC", mark=Decimal(0))
    exchange.move("BTC", 94_900.0)
    assert exchange.algo_status("guarded") == "FINISHED"


def test_what_has_fired_is_a_plain_order_under_the_same_client_id(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.01")
    stop = exchange.algo("SELL", "95000", clientAlgoId="stop", **REDUCING)
    exchange.move("BTC", 94_900.0)
    told = exchange.ok("GET", "/fapi/v1/algoOrder", clientAlgoId="stop")
    assert (told["algoStatus"], told["actualType"], told["actualQty"]) == ("FINISHED", "MARKET", "0.010")
    plain = exchange.ok("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="stop")
    assert str(plain["orderId"]) == told["actualOrderId"]
    assert (plain["type"], plain["status"], plain["avgPrice"]) == ("MARKET", "FILLED", told["actualPrice"])
    assert plain["time"] == told["triggerTime"] > stop["createTime"]
    assert exchange.refusal("DELETE", "/fapi/v1/algoOrder", clientAlgoId="stop") == -2011


def test_a_triggered_order_may_be_found_by_its_number_alone() -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, triggered_by_client_id=False))
    exchange.order("BUY", "0.01")
    exchange.algo("SELL", "95000", clientAlgoId="stop", **REDUCING)
    exchange.move("BTC", 94_900.0)
    number = exchange.ok("GET", "/fapi/v1/algoOrder", clientAlgoId="stop")["actualOrderId"]
    symbol = {"symbol": "BTCUSDT"}
    assert exchange.refusal("GET", "/fapi/v1/order", **symbol, origClientOrderId="stop") == -2013
    assert exchange.ok("GET", "/fapi/v1/order", **symbol, orderId=number)["status"] == "FILLED"


def test_a_stop_limit_rests_after_it_has_fired(exchange: EmbeddedBinance) -> None:
    fields: dict[str, Any] = {"type": "STOP", "price": "97000", **REDUCING}
    exchange.order("BUY", "0.01")
    exchange.algo("SELL", "95000", clientAlgoId="limit", **fields)
    exchange.move("BTC", 96_000.0, 94_900.0)
    told = exchange.ok("GET", "/fapi/v1/algoOrder", clientAlgoId="limit")
    assert (told["algoStatus"], told["actualType"], told["actualQty"]) == ("TRIGGERED", "LIMIT", "0.000")
    rows = exchange.ok("GET", "/fapi/v1/openOrders")
    assert [(row["clientOrderId"], row["price"]) for row in rows] == [("limit", "97000.00")]
    assert names(exchange) == []
    exchange.ok("DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=rows[0]["orderId"])
    assert exchange.algo_status("limit") == "FINISHED"


def test_between_trigger_and_order_it_can_neither_be_cancelled_nor_found(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.01")
    exchange.algo("SELL", "95000", clientAlgoId="stop", **REDUCING)
    exchange.venue.model.set_offsets("BTC", mark=Decimal(-5_001))
    assert exchange.algo_status("stop") == "TRIGGERING"
    assert names(exchange) == ["stop"]
    assert exchange.refusal("DELETE", "/fapi/v1/algoOrder", clientAlgoId="stop") == -4117
    lost = exchange.refusal("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="stop")
    assert lost == -2013
    exchange.clock.advance(11)
    assert exchange.algo_status("stop") == "FINISHED"


def test_a_stop_entry_without_margin_is_rejected_when_it_triggers(exchange: EmbeddedBinance) -> None:
    """No margin is looked at before."""
    exchange.algo("BUY", "101000", clientAlgoId="entry", quantity="50")
    assert exchange.algo_status("entry") == "NEW"
    exchange.move("BTC", 101_500.0)
    assert exchange.algo_status("entry") == "REJECTED"
    assert exchange.position() == 0
    assert exchange.ok("GET", "/fapi/v1/algoOrder", clientAlgoId="entry")["actualOrderId"] == ""


def test_a_stop_with_nothing_left_to_reduce_is_rejected_when_it_triggers(exchange: EmbeddedBinance) -> None:
    exchange.algo("SELL", "95000", clientAlgoId="stop", **REDUCING)
    exchange.move("BTC", 94_900.0)
    assert exchange.algo_status("stop") == "REJECTED"
    assert exchange.position() == 0


def test_a_stop_that_finds_an_empty_book_is_finished_without_a_fill(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.01")
    exchange.algo("SELL", "95000", clientAlgoId="stop", **REDUCING)
    exchange.venue.model.set_liquidity("BTC", Liquidity(size=Decimal(0)))
    exchange.move("BTC", 94_900.0)
    told = exchange.ok("GET", "/fapi/v1/algoOrder", clientAlgoId="stop")
    assert (told["algoStatus"], told["actualQty"]) == ("FINISHED", "0.000")
    plain = exchange.ok("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="stop")
    assert (plain["status"], plain["executedQty"]) == ("EXPIRED", "0.000")
    assert exchange.position() == Decimal("0.01")


def test_one_stop_and_one_target_may_close_the_position(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.01")
    stop = exchange.algo("SELL", "95000", clientAlgoId="stop", closePosition=True)
    assert (stop["timeInForce"], stop["quantity"], stop["reduceOnly"]) == ("GTE_GTC", "0", True)
    exchange.algo("SELL", "110000", clientAlgoId="target", closePosition=True, type="TAKE_PROFIT_MARKET")
    assert exchange.algo_refusal("SELL", "96000", closePosition=True) == -4130
    second = {"closePosition": True, "type": "TAKE_PROFIT_MARKET"}
    assert exchange.algo_refusal("SELL", "120000", **second) == -4130
    exchange.order("BUY", "0.02")
    exchange.move("BTC", 94_900.0)
    assert exchange.position() == 0
    assert exchange.algo_status("stop") == "FINISHED"
    assert exchange.algo_status("target") == "EXPIRED"


def test_what_closes_the_position_ends_with_it_however_it_ends(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.01")
    exchange.algo("SELL", "95000", clientAlgoId="bound", closePosition=True)
    exchange.algo("SELL", "95000", clientAlgoId="sized", **REDUCING)
    exchange.algo("SELL", "95000", clientAlgoId="gte", timeInForce="GTE_GTC", **REDUCING)
    exchange.order("SELL", "0.01", reduceOnly=True)
    found = {name: exchange.algo_status(name) for name in ("bound", "sized", "gte")}
    assert found == {"bound": "EXPIRED", "sized": "NEW", "gte": "EXPIRED"}


@pytest.mark.parametrize("reading", ["accept", "reject"])
def test_closing_a_position_that_is_not_there_is_a_switch(reading: str) -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, bound_while_flat=reading))
    if reading == "reject":
        assert exchange.algo_refusal("SELL", "95000", closePosition=True) == -4509
        return
    exchange.algo("SELL", "95000", clientAlgoId="stop", closePosition=True)
    exchange.order("BUY", "0.01")
    exchange.move("BTC", 94_900.0)
    assert exchange.algo_status("stop") == "FINISHED"
    assert exchange.position() == 0


@pytest.mark.parametrize("code", [-4116, -4015])
def test_an_id_that_an_open_one_has_is_refused_as_the_switch_says(code: int) -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, duplicate_algo_code=code))
    exchange.algo("SELL", "95000", clientAlgoId="same", **REDUCING)
    assert exchange.algo_refusal("SELL", "94000", clientAlgoId="same", **REDUCING) == code


@pytest.mark.parametrize("may", [True, False])
def test_an_id_of_one_that_has_ended_is_a_switch(may: bool) -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, algo_id_reuse=may))
    exchange.algo("SELL", "95000", clientAlgoId="same", **REDUCING)
    exchange.ok("DELETE", "/fapi/v1/algoOrder", clientAlgoId="same")
    if may:
        exchange.algo("SELL", "94000", clientAlgoId="same", **REDUCING)
        assert exchange.algo_status("same") == "NEW"
    else:
        assert exchange.algo_refusal("SELL", "94000", clientAlgoId="same", **REDUCING) == -4116


def test_an_ended_one_is_forgotten_after_three_days(exchange: EmbeddedBinance) -> None:
    exchange.algo("SELL", "95000", clientAlgoId="stop", **REDUCING)
    exchange.ok("DELETE", "/fapi/v1/algoOrder", clientAlgoId="stop")
    exchange.clock.advance(3 * DAY_MS)
    assert exchange.algo_status("stop") == "CANCELED"
    history = exchange.ok("GET", "/fapi/v1/allAlgoOrders", symbol="BTCUSDT")
    assert [row["algoStatus"] for row in history] == ["CANCELED"]
    exchange.clock.advance(1)
    assert exchange.refusal("GET", "/fapi/v1/algoOrder", clientAlgoId="stop") == -2013


def test_one_ends_at_its_date(exchange: EmbeddedBinance) -> None:
    fields = {"timeInForce": "GTD", "goodTillDate": NOW_MS + 660_000, **REDUCING}
    exchange.algo("SELL", "95000", clientAlgoId="stop", **fields)
    exchange.clock.advance(661_000)
    assert exchange.algo_status("stop") == "EXPIRED"


@pytest.mark.parametrize(("reading", "status"), [("all_open", "REJECTED"), ("each_alone", "FINISHED")])
def test_a_resting_close_may_keep_a_sized_stop_from_closing(reading: str, status: str) -> None:
    """Both readings of -2022; what follows the position is spared by both."""
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, closing_sum=reading))
    exchange.order("BUY", "0.01")
    exchange.order("SELL", "0.01", price="104000", reduceOnly=True)
    exchange.algo("SELL", "95000", clientAlgoId="sized", **REDUCING)
    exchange.move("BTC", 94_900.0)
    assert exchange.algo_status("sized") == status
    assert exchange.position() == (Decimal("0.01") if status == "REJECTED" else 0)
