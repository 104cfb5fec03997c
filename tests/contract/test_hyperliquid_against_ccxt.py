"""What our strict parsers read, against what ccxt reads from the same recorded answers, where ccxt can be
believed."""

from decimal import Decimal
from typing import Any

import eth_account
import pytest

from tests.support.hyperliquid_answers import ACCOUNT, a_fill, a_movement, recorded
from trader.core.market import Leg, Market
from trader.core.orders import Kind
from trader.venues.hyperliquid import parse_account, parse_fills, parse_ledger, parse_orders
from trader.venues.hyperliquid.ccxt_class import hyperliquid_class
from trader.venues.hyperliquid.pen import CcxtPen


@pytest.fixture(scope="module")
def ccxt() -> Any:
    """ccxt with the coins that the recorded answers name."""
    exchange = hyperliquid_class()({})
    rows = [{"name": name, "szDecimals": 2, "maxLeverage": 10} for name in ("HYPE", "INJ", "SOL", "SUI")]
    exchange.set_markets(
        [exchange.parse_market({**row, "baseId": str(i), "markPx": "1.0"}) for i, row in enumerate(rows)]
    )
    return exchange


def no_market(coin: str) -> Market | None:
    return None


def exactly(value: object) -> Decimal:
    return Decimal(str(value))


def test_a_position(ccxt: Any) -> None:
    answer = recorded("account_2025")
    (ours,) = parse_account.state(answer, no_market).positions
    theirs = ccxt.parse_position(answer["assetPositions"][0])
    assert theirs["symbol"].startswith(ours.coin)
    assert (theirs["side"], theirs["marginMode"]) == ("long", "isolated")
    assert (ours.leg, ours.cross) == (Leg.LONG, False)
    assert exactly(theirs["contracts"]) == ours.size
    assert exactly(theirs["entryPrice"]) == ours.entry_price
    assert exactly(theirs["liquidationPrice"]) == ours.liquidation
    assert exactly(theirs["unrealizedPnl"]) == ours.unrealised
    assert exactly(theirs["leverage"]) == ours.leverage
    assert exactly(theirs["notional"]) == ours.notional


def test_open_orders(ccxt: Any) -> None:
    answer = recorded("open_orders_2023")
    ours = {order.order_id: order for order in parse_orders.open_orders(answer)}
    theirs = {row["id"]: row for row in (ccxt.parse_order(row) for row in answer)}
    assert set(ours) == set(theirs)
    for order_id, order in ours.items():
        row = theirs[order_id]
        assert (row["side"], row["reduceOnly"]) == (order.side.value, order.reduce_only)
        assert exactly(row["price"]) == order.price
        assert exactly(row["remaining"]) == order.size
        assert row["timestamp"] == order.placed_ms
        if order.kind is not Kind.LIMIT:
            assert exactly(row["triggerPrice"]) == order.trigger


def test_a_fill(ccxt: Any) -> None:
    answer = a_fill()
    (ours,), _ = parse_fills.fills([answer], "")
    theirs = ccxt.parse_trade(answer)
    assert (theirs["side"], theirs["order"], theirs["timestamp"]) == (
        ours.side.value,
        ours.order_id,
        ours.at_ms,
    )
    assert (exactly(theirs["amount"]), exactly(theirs["price"])) == (ours.size, ours.price)
    assert exactly(theirs["fee"]["cost"]) == ours.fee


def test_money_that_came_and_went(ccxt: Any) -> None:
    rows = [
        a_movement("deposit", 1_750_000_000_000, usdc="1000.5"),
        a_movement("withdraw", 1_750_000_060_000, usdc="47.0", fee="1.0", nonce=1),
    ]
    ours, _ = parse_ledger.flows(rows, ACCOUNT)
    came, went = (ccxt.parse_transaction(row) for row in rows)
    assert [flow.at_ms for flow in ours] == [came["timestamp"], went["timestamp"]]
    assert exactly(came["amount"]) == ours[0].amount
    assert -exactly(went["amount"]) - exactly(went["fee"]["cost"]) == ours[1].amount


def test_the_address_of_a_key() -> None:
    key = "0x" + "5a" * 32
    assert CcxtPen(key, source="a").address() == eth_account.Account.from_key(key).address.lower()


@pytest.mark.parametrize(
    ("status", "theirs"),
    [("open", "open"), ("filled", "closed"), ("canceled", "canceled"), ("marginCanceled", "canceled")],
)
def test_statuses_that_ccxt_knows(ccxt: Any, status: str, theirs: str) -> None:
    ours = parse_orders.status_of(status)
    assert ours is not None
    assert ccxt.parse_order_status(status) == theirs
    assert {"open": "live", "closed": "filled", "canceled": "cancelled"}[theirs] == ours.value
