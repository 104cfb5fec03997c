"""Every sentence the venue refuses with, provoked on the wire."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded import BTC, ETH, SOL, Embedded, limit, order, trigger
from trader.exchange.orders import Liquidity
from trader.exchange.status import Reason
from trader.sim.hyperliquid.switches import Switches
from trader.sim.hyperliquid.texts import refusal_text

Setup = Callable[[Embedded], Any]


def nothing(exchange: Embedded) -> None:
    return None


def long_position(exchange: Embedded) -> None:
    exchange.buy("0.001")


def no_book(exchange: Embedded) -> None:
    exchange.venue.model.set_liquidity("BTC", Liquidity(size=Decimal(0)))


def rich(exchange: Embedded) -> None:
    exchange.venue.model.deposit(exchange.user, Decimal(10_000_000_000))
    exchange.act({"type": "updateLeverage", "asset": BTC, "isCross": True, "leverage": 40})


def many_orders(exchange: Embedded) -> None:
    exchange.venue.model.deposit(exchange.user, Decimal(10_000_000))
    long_position(exchange)
    for _ in range(10):
        exchange.statuses(*[order("buy", "90000", "0.001")] * 100)
        exchange.clock.advance(60_000)


def delisted(exchange: Embedded) -> None:
    market = exchange.venue.model.market("BTC")
    assert market is not None
    exchange.venue.model.set_market(replace(market, is_delisted=True))


ORDER_REFUSALS: list[tuple[Setup, dict[str, Any], str]] = [
    (nothing, order("buy", "90000.5", "0.001"), "Price must be divisible by tick size."),
    (nothing, order("buy", "2000.12", "0.1", asset=ETH), "Price must be divisible by tick size."),
    (nothing, order("buy", "90000", "0.0001"), "Order must have minimum value of $10."),
    (nothing, order("buy", "100000", "0.5"), "Insufficient margin to place order."),
    (nothing, order("sell", "90000", "0.001", reduce=True), "Reduce only order would increase position."),
    (
        long_position,
        order("buy", "101000", "0.001", reduce=True),
        "Reduce only order would increase position.",
    ),
    (
        nothing,
        order("buy", "101000", "0.001", limit("Alo")),
        "Post only order would have immediately matched, bbo was 99995@100005.",
    ),
    (
        nothing,
        order("buy", "90000", "0.001", limit("Ioc")),
        "Order could not immediately match against any resting orders.",
    ),
    (
        long_position,
        order("sell", "90000", "0.001", trigger("101000"), reduce=True),
        "Invalid TP/SL price.",
    ),
    (
        no_book,
        order("buy", "101000", "0.001", limit("FrontendMarket")),
        "No liquidity available for market order.",
    ),
    (
        rich,
        order("buy", "100000", "2000"),
        "Order would cause position to exceed margin tier limit at current leverage",
    ),
    (many_orders, order("sell", "90000", "0.001", trigger("95000"), reduce=True), "Too many open orders"),
    (delisted, order("buy", "90000", "0.001"), "Trading is halted for this asset."),
    (nothing, order("buy", "90000", "0.000001"), "Order has invalid size."),
    (nothing, order("buy", "90000", "0"), "Order has zero size."),
    (nothing, order("buy", "0", "0.001"), "Order has invalid price."),
]


@pytest.mark.parametrize(("setup", "wire", "words"), ORDER_REFUSALS)
def test_an_order_is_refused_in_these_words(setup: Setup, wire: dict[str, Any], words: str) -> None:
    exchange = Embedded()
    setup(exchange)
    assert exchange.statuses(wire) == [{"error": f"{words} asset={wire['a']}"}]


def test_the_suffix_can_be_left_out_as_the_documentation_does() -> None:
    exchange = Embedded(Switches(error_asset_suffix=False))
    assert exchange.statuses(order("buy", "90000.5", "0.001")) == [
        {"error": "Price must be divisible by tick size."}
    ]


def test_the_oracle_band_is_a_switch() -> None:
    exchange = Embedded(Switches(oracle_band=Decimal("0.5")))
    assert exchange.statuses(order("buy", "40000", "0.001")) == [
        {"error": "Price too far from oracle asset=0"}
    ]


BATCH_REFUSALS = [
    ([], "Order list is empty."),
    ([order("sell", "90000", "0.001", trigger("95000"))], "Trigger order is not reduce only. asset=0"),
    (
        [order("buy", "10000", "0.001"), order("buy", "90000", "0.001")],
        "Order price cannot be more than 80% away from the reference price asset=0",
    ),
]


@pytest.mark.parametrize(("wires", "words"), BATCH_REFUSALS)
def test_what_is_refused_before_any_order_exists_is_one_error(wires: list[Any], words: str) -> None:
    exchange = Embedded()
    assert exchange.statuses(*wires) == [{"error": words}]
    assert exchange.open_rows() == []


def test_one_refused_order_leaves_the_others_of_its_batch() -> None:
    statuses = Embedded().statuses(order("buy", "90000", "0.001"), order("buy", "90000.5", "0.001"))
    assert statuses == [
        {"resting": {"oid": 1}},
        {"error": "Price must be divisible by tick size. asset=0"},
    ]


def test_a_child_on_its_parents_side_is_refused_alone() -> None:
    statuses = Embedded().statuses(
        order("buy", "90000", "0.001"),
        order("buy", "105000", "0.001", trigger("99000"), reduce=True),
        grouping="normalTpsl",
    )
    assert statuses == [
        {"resting": {"oid": 1}},
        {"error": "Trigger order has unexpected side. asset=0"},
    ]


def test_a_rejected_immediate_order_has_an_oid_and_a_row_of_history() -> None:
    exchange = Embedded()
    exchange.statuses(order("buy", "90000", "0.001", limit("Ioc")))
    row = exchange.read("historicalOrders", user=exchange.user)[0]
    assert (row["status"], row["order"]["oid"], row["order"]["tif"]) == ("iocCancelRejected", 1, "Ioc")


@pytest.mark.parametrize("kind", ["cancel", "cancelByCloid"])
def test_a_cancel_of_nothing_says_so_in_its_own_place(kind: str) -> None:
    exchange = Embedded()
    cloid = "0x" + "0a" * 16
    exchange.statuses(order("buy", "90000", "0.001", cloid=cloid))
    known: dict[str, int | str] = {"a": BTC, "o": 1}
    unknown: dict[str, int | str] = {"a": SOL, "o": 99}
    if kind == "cancelByCloid":
        known, unknown = {"asset": BTC, "cloid": cloid}, {"asset": SOL, "cloid": cloid}
    reply = exchange.act({"type": kind, "cancels": [unknown, known, known]})
    gone = "Order was never placed, already canceled, or filled."
    assert reply["response"] == {
        "type": "cancel",
        "data": {"statuses": [{"error": f"{gone} asset=2"}, "success", {"error": f"{gone} asset=0"}]},
    }


def modify_wire(oid: int | str) -> dict[str, Any]:
    return {"oid": oid, "order": order("buy", "90001", "0.001")}


def cross_margin(exchange: Embedded) -> None:
    exchange.act({"type": "updateLeverage", "asset": BTC, "isCross": True, "leverage": 20})
    long_position(exchange)


def isolated(exchange: Embedded) -> None:
    exchange.act({"type": "updateLeverage", "asset": BTC, "isCross": False, "leverage": 20})
    long_position(exchange)


def heavy(exchange: Embedded) -> None:
    exchange.act({"type": "updateLeverage", "asset": BTC, "isCross": True, "leverage": 40})
    exchange.buy("0.3")


def heavy_isolated(exchange: Embedded) -> None:
    exchange.act({"type": "updateLeverage", "asset": BTC, "isCross": False, "leverage": 40})
    exchange.buy("0.3")


def only_isolated(exchange: Embedded) -> None:
    market = exchange.venue.model.market("BTC")
    assert market is not None
    exchange.venue.model.set_market(replace(market, only_isolated=True))


def leverage(value: int, *, cross: bool) -> dict[str, Any]:
    return {"type": "updateLeverage", "asset": BTC, "isCross": cross, "leverage": value}


NEEDS_MARGIN = (
    " position does not have sufficient margin available to decrease leverage. "
    "To decrease leverage, add margin to the position."
)
ACTION_REFUSALS: list[tuple[Setup, dict[str, Any], str]] = [
    (nothing, {"type": "modify"} | modify_wire(5), "Cannot modify canceled or filled order"),
    (nothing, leverage(99, cross=True), "Invalid leverage value."),
    (cross_margin, leverage(20, cross=False), "Cannot switch leverage type with open position."),
    (heavy, leverage(2, cross=True), "Cross" + NEEDS_MARGIN),
    (heavy_isolated, leverage(2, cross=False), "Isolated" + NEEDS_MARGIN),
    (only_isolated, leverage(5, cross=True), "Cross margin is not allowed for this asset."),
    (
        cross_margin,
        {"type": "updateIsolatedMargin", "asset": BTC, "isBuy": True, "ntli": 1},
        "Position does not use isolated margin.",
    ),
    (
        nothing,
        {"type": "cancel", "cancels": [{"a": 0, "o": 1}] * 201},
        "Signed action over weight limit of 200.",
    ),
    (nothing, {"type": "cancel", "cancels": [{"a": 77, "o": 1}]}, "Invalid asset 77"),
]


@pytest.mark.parametrize(("setup", "action", "words"), ACTION_REFUSALS)
def test_an_action_is_refused_in_these_words(setup: Setup, action: dict[str, Any], words: str) -> None:
    exchange = Embedded()
    setup(exchange)
    assert exchange.refusal(action) == words


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_of_the_model_has_its_words(reason: Reason) -> None:
    assert len(refusal_text(reason)) > 10
