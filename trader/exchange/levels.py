"""Between which path prices nothing can happen, so that quiet minutes cost next to nothing.

For each coin that matters: the highest level that a fall would meet and the lowest that a rise would meet.
A liquidation is bounded by how far all of an account's coins may move together before equity could reach
maintenance; the bound is drawn around the prices of now and drawn anew when a minute leaves it.
"""

from collections.abc import Iterable
from decimal import Decimal

from trader.exchange.engine import Engine
from trader.exchange.margin import closing_fee, cross_value, isolated_value
from trader.exchange.orders import Order, Position
from trader.exchange.quotes import mark, offset_of
from trader.exchange.status import Trigger

INFINITY = float("inf")
# The part of the safe distance that is used: the rest covers rounding of prices.
SAFE_PART = 0.9


def levels(engine: Engine) -> dict[str, tuple[float, float]]:
    """(low, high) in path prices for each coin with an order or a position."""
    found: dict[str, tuple[float, float]] = {}
    for order in engine.state.orders.values():
        if order.waiting and not order.armed:
            continue
        low, high = found.get(order.coin, (-INFINITY, INFINITY))
        level, falls = order_level(engine, order)
        found[order.coin] = (max(low, level), high) if falls else (low, min(high, level))
    for account in engine.state.accounts.values():
        fee = closing_fee(engine, account)
        crossed = [p for p in account.positions.values() if p.collateral is None]
        if crossed:
            value, need = cross_value(engine, account)
            narrow(engine, found, crossed, slack=value - need, fee=fee)
        for position in account.positions.values():
            if position.collateral is not None:
                value, need = isolated_value(engine, account, position)
                narrow(engine, found, [position], slack=value - need, fee=fee)
    return found


def order_level(engine: Engine, order: Order) -> tuple[float, bool]:
    """(path price, met by falling) where an order may act, a tick early."""
    settings = engine.coin(order.coin)
    step = float(engine.markets[order.coin].price_step)
    if order.waiting and order.trigger is not None:
        level = float(order.trigger.px - offset_of(settings, order.trigger.source))
        falls = order.is_buy == (order.trigger.kind is Trigger.TAKE)
    else:
        level = float(order.px - settings.mid_offset)
        falls = order.is_buy
    return (level + step, True) if falls else (level - step, False)


def narrow(
    engine: Engine,
    found: dict[str, tuple[float, float]],
    positions: Iterable[Position],
    *,
    slack: Decimal,
    fee: Decimal,
) -> None:
    """Tighten the levels of these coins to what `slack` can bear if all move against the account."""
    held = list(positions)
    weight = Decimal(0)
    for position in held:
        steepest = max(tier.rate for tier in engine.markets[position.coin].tiers) + fee
        weight += abs(position.szi) * mark(engine, position.coin) * (1 + steepest)
    part = float(slack / weight) * SAFE_PART if weight else 0.0
    for position in held:
        now = float(mark(engine, position.coin))
        offset = float(engine.coin(position.coin).mark_offset)
        step = float(engine.markets[position.coin].price_step)
        low, high = found.get(position.coin, (-INFINITY, INFINITY))
        if position.szi > 0:
            low = max(low, now * (1 - part) - offset + step)
        else:
            high = min(high, now * (1 + part) - offset - step)
        found[position.coin] = (low, high)
