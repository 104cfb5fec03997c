"""What is true on an embedded exchange, whatever it says: for tests, never on a venue's wire."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trader.exchange.model import Model
from trader.exchange.orders import Order
from trader.exchange.rows import Fill


def truth_of(model: Model) -> Mapping[str, Any]:
    """Every account's positions, live orders, executions and value at this moment."""
    return {"now_ms": model.now_ms, "accounts": {user: _account(model, user) for user in model.users}}


def _account(model: Model, user: str) -> dict[str, Any]:
    return {
        "equity": _text(model.account(user).total.account_value),
        "positions": {
            " ".join(filter(None, (held.coin, held.leg))): _text(held.szi) for held in model.positions(user)
        },
        "orders": [_order(model, user, order) for order in model.open_orders(user)],
        "fills": [_fill(fill) for fill in model.fills(user)],
    }


def _order(model: Model, user: str, order: Order) -> dict[str, Any]:
    trigger = order.trigger
    return {
        "oid": order.oid,
        "coin": order.coin,
        "leg": order.leg,
        "side": "buy" if order.is_buy else "sell",
        "size": _text(order.sz),
        "price": _text(order.px),
        "trigger": None if trigger is None else _text(trigger.px),
        "reduce_only": order.reduce_only,
        "position_bound": order.position_bound,
        "client_id": order.cloid,
        "armed": order.armed,
        "closes": None if trigger is None else _text(model.closes(user, order)),
    }


def _fill(fill: Fill) -> dict[str, Any]:
    return {
        "coin": fill.coin,
        "leg": fill.leg,
        "side": "buy" if fill.is_buy else "sell",
        "size": _text(fill.sz),
        "price": _text(fill.px),
        "at_ms": fill.at_ms,
        "client_id": fill.cloid,
    }


def _text(value: Decimal) -> str:
    """Plain digits, as short as they can be written."""
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") or "0" if "." in plain else plain
