"""Margin: tiers, maintenance, liquidation price, what is free, and the account as a client reads it.

Maintenance is half of the initial margin at the tier's highest leverage, less the deduction that makes it
continuous: `mm = notional * mmr - deduction`. Resting orders that would open reserve initial margin;
reduce-only and untriggered orders reserve none.
"""

from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal

from trader.exchange.engine import Engine
from trader.exchange.ledger import leverage_of
from trader.exchange.orders import ZERO, Order, Position
from trader.exchange.quotes import mark, mark_at
from trader.exchange.rules import Market, Tier
from trader.exchange.state import Account

TENTH = Decimal("0.1")


def tier_at(market: Market, notional: Decimal) -> tuple[Tier, Decimal, Decimal]:
    """(tier, its maintenance rate, its deduction) at a notional."""
    chosen, rate, deduction = market.tiers[0], ZERO, ZERO
    for tier in market.tiers:
        if tier.lower_bound > notional:
            break
        steeper = 1 / (2 * Decimal(tier.max_leverage))
        if tier is not market.tiers[0]:
            deduction += tier.lower_bound * (steeper - rate)
        chosen, rate = tier, steeper
    return chosen, rate, deduction


def maintenance(market: Market, notional: Decimal) -> Decimal:
    """The equity below which a position of this notional is liquidated."""
    _, rate, deduction = tier_at(market, notional)
    return notional * rate - deduction


def cross_value(engine: Engine, account: Account, at_ms: int | None = None) -> tuple[Decimal, Decimal]:
    """(account value, maintenance) of the cross part at an instant."""
    at = engine.now_ms if at_ms is None else at_ms
    value, need = account.cash, ZERO
    for coin, position in account.positions.items():
        if position.collateral is None:
            worth = position.szi * mark_at(engine, coin, at)
            value += worth - position.cost
            need += maintenance(engine.markets[coin], abs(worth))
    return value, need


def isolated_value(engine: Engine, position: Position, at_ms: int | None = None) -> tuple[Decimal, Decimal]:
    """(collateral with its profit, maintenance) of an isolated position at an instant."""
    at = engine.now_ms if at_ms is None else at_ms
    worth = position.szi * mark_at(engine, position.coin, at)
    value = (position.collateral or ZERO) + worth - position.cost
    return value, maintenance(engine.markets[position.coin], abs(worth))


def liquidation_px(engine: Engine, user: str, coin: str) -> Decimal | None:
    """Where mark liquidates the position, all else standing still; None when that is not above 0."""
    position = engine.position(user, coin)
    if position is None:
        return None
    if position.collateral is None:
        value, need = cross_value(engine, engine.account(user))
    else:
        value, need = isolated_value(engine, position)
    now = mark(engine, coin)
    _, rate, _ = tier_at(engine.markets[coin], abs(position.szi) * now)
    side = 1 if position.szi > 0 else -1
    px = now - side * (value - need) / abs(position.szi) / (1 - rate * side)
    return px if px > 0 else None


def is_liquidatable(engine: Engine, user: str, at_ms: int) -> bool:
    """Equity below maintenance, cross or in any isolated position."""
    account = engine.account(user)
    if not account.positions:
        return False
    value, need = cross_value(engine, account, at_ms)
    if need and value < need:
        return True
    isolated = (p for p in account.positions.values() if p.collateral is not None)
    for position in isolated:
        value, need = isolated_value(engine, position, at_ms)
        if value < need:
            return True
    return False


def reserves(order: Order) -> bool:
    """Does this live order set margin aside?"""
    return order.resting and not order.reduce_only and not order.position_bound


def opening_margin(engine: Engine, user: str, coin: str, orders: Iterable[Order]) -> Decimal:
    """Initial margin for what these orders would open beyond the position, the worse of both sides.

    A buy counts at its price but not above mark, a sell at its price but not below: what it would cost now.
    """
    now = mark(engine, coin)
    szi = engine.szi(user, coin)
    sizes, notionals = {True: ZERO, False: ZERO}, {True: ZERO, False: ZERO}
    for order in orders:
        px = min(order.px, now) if order.is_buy else max(order.px, now)
        sizes[order.is_buy] += order.sz
        notionals[order.is_buy] += order.sz * px
    worst = ZERO
    for is_buy in (True, False):
        offset = max(ZERO, -szi if is_buy else szi)
        if sizes[is_buy] > offset:
            opening = notionals[is_buy] * (sizes[is_buy] - offset) / sizes[is_buy]
            worst = max(worst, opening - offset * now if offset else opening)
    return max(ZERO, worst) / leverage_of(engine, user, coin).value


def reserved(engine: Engine, user: str, extra: Order | None = None, without: int | None = None) -> Decimal:
    """Margin set aside for resting orders that would open, with one more order imagined."""
    by_coin: dict[str, list[Order]] = {}
    for order in engine.state.orders.values():
        if order.user == user and order.oid != without and reserves(order):
            by_coin.setdefault(order.coin, []).append(order)
    if extra is not None:
        by_coin.setdefault(extra.coin, []).append(extra)
    return sum((opening_margin(engine, user, coin, by_coin[coin]) for coin in sorted(by_coin)), ZERO)


def cross_used(engine: Engine, user: str) -> tuple[Decimal, Decimal]:
    """(initial margin in use, notional) of the cross positions."""
    used, notional = ZERO, ZERO
    for coin, position in engine.account(user).positions.items():
        if position.collateral is None:
            value = abs(position.szi) * mark(engine, coin)
            notional += value
            used += value / leverage_of(engine, user, coin).value
    return used, notional


def free(engine: Engine, user: str, extra: Order | None = None, without: int | None = None) -> Decimal:
    """Cross equity less all initial margin, with one more order imagined; negative when it does not fit."""
    value, _ = cross_value(engine, engine.account(user))
    used, _ = cross_used(engine, user)
    return value - used - reserved(engine, user, extra, without)


def withdrawable(engine: Engine, user: str) -> Decimal:
    """What may leave the account: equity less initial margin, and at least a tenth of the notional stays."""
    value, _ = cross_value(engine, engine.account(user))
    used, notional = cross_used(engine, user)
    held = max(used + reserved(engine, user), TENTH * notional)
    left = value - held
    return max(ZERO, left).quantize(Decimal(1).scaleb(-engine.rules.cash_decimals), rounding=ROUND_DOWN)


def exceeds_tier(engine: Engine, order: Order) -> bool:
    """Would the position be larger than its tier allows at the leverage set?"""
    now = mark(engine, order.coin)
    szi = engine.szi(order.user, order.coin)
    after = abs(szi + (order.sz if order.is_buy else -order.sz))
    if after <= abs(szi):
        return False
    tier, _, _ = tier_at(engine.markets[order.coin], after * now)
    return leverage_of(engine, order.user, order.coin).value > tier.max_leverage
