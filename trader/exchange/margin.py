"""Margin: tiers, maintenance, liquidation price, what is free, and the account as a client reads it.

Maintenance is the tier's rate (or half of the initial margin at its highest leverage), less the deduction
that makes it continuous: `mm = notional * mmr - deduction`; where tiers go by size there is no deduction.
Resting orders that would open reserve initial margin; reduce-only and untriggered orders reserve none. Both
legs of a coin are positions of their own with one leverage.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, Decimal

from trader.exchange.engine import Engine
from trader.exchange.ledger import leverage_of
from trader.exchange.orders import ZERO, Order, Position, slot_key
from trader.exchange.quotes import mark, mark_at
from trader.exchange.rules import Market, Tier
from trader.exchange.state import Account

TENTH = Decimal("0.1")


def tier_at(market: Market, notional: Decimal, size: Decimal = ZERO) -> tuple[Tier, Decimal, Decimal]:
    """(tier, its maintenance rate, its deduction) at a notional; `size` in coins where tiers go by it."""
    measure = size if market.tiers_by_size else notional
    chosen, rate, deduction = market.tiers[0], ZERO, ZERO
    for tier in market.tiers:
        if tier.lower_bound > measure:
            break
        steeper = tier.rate
        if tier is not market.tiers[0] and not market.tiers_by_size:
            deduction += tier.lower_bound * (steeper - rate)
        chosen, rate = tier, steeper
    return chosen, rate, deduction


def maintenance(
    market: Market, notional: Decimal, size: Decimal = ZERO, *, closing_fee: Decimal = ZERO
) -> Decimal:
    """The equity below which a position of this notional is liquidated."""
    _, rate, deduction = tier_at(market, notional, size)
    return notional * (rate + closing_fee) - deduction


def closing_fee(engine: Engine, account: Account) -> Decimal:
    """The rate of the fee that maintenance includes, 0 where it includes none."""
    return account.taker_rate if engine.rules.liquidation_fee_in_maintenance else ZERO


def cross_value(engine: Engine, account: Account, at_ms: int | None = None) -> tuple[Decimal, Decimal]:
    """(account value, maintenance) of the cross part at an instant."""
    at = engine.now_ms if at_ms is None else at_ms
    value, need = account.cash, ZERO
    fee = closing_fee(engine, account)
    for position in account.positions.values():
        if position.collateral is None:
            worth = position.szi * mark_at(engine, position.coin, at)
            value += worth - position.cost
            need += position_need(engine, position, worth, fee)
    return value, need


def position_need(engine: Engine, position: Position, worth: Decimal, fee: Decimal) -> Decimal:
    """Maintenance of one position that is worth this much."""
    return maintenance(engine.markets[position.coin], abs(worth), abs(position.szi), closing_fee=fee)


def isolated_value(
    engine: Engine, account: Account, position: Position, at_ms: int | None = None
) -> tuple[Decimal, Decimal]:
    """(collateral with its profit, maintenance) of an isolated position at an instant."""
    at = engine.now_ms if at_ms is None else at_ms
    worth = position.szi * mark_at(engine, position.coin, at)
    value = (position.collateral or ZERO) + worth - position.cost
    return value, position_need(engine, position, worth, closing_fee(engine, account))


def liquidation_px(engine: Engine, user: str, coin: str, leg: str | None = None) -> Decimal | None:
    """Where mark liquidates the position, all else standing still; None when that is not above 0.

    On cross margin both legs of a coin move together and have one price; it may lie on either side of mark,
    and where the legs are nearly equal there is none that means anything.
    """
    position = engine.position(user, coin, leg)
    if position is None:
        return None
    account = engine.account(user)
    moving = [position]
    if position.collateral is None:
        value, need = cross_value(engine, account)
        if leg is not None:
            held = account.positions.values()
            moving = [p for p in held if p.coin == coin and p.collateral is None]
    else:
        value, need = isolated_value(engine, account, position)
    market, fee = engine.markets[coin], closing_fee(engine, account)
    return edge(market, [each.szi for each in moving], now=mark(engine, coin), slack=value - need, fee=fee)


def edge(
    market: Market, sizes: Sequence[Decimal], *, now: Decimal, slack: Decimal, fee: Decimal
) -> Decimal | None:
    """The mark at which these signed sizes have used up the slack that they have now.

    Slack is a straight line within a tier: follow it, and again from there while the tier is another one.
    """
    held, net = [abs(size) for size in sizes], sum(sizes, ZERO)
    first, slope = need_at(market, held, now, fee)
    px, left = now, slack
    for _ in range(2 * len(market.tiers) + 1):
        if slope == net:
            return None
        after = px - left / (net - slope)
        if len(market.tiers) == 1 or market.tiers_by_size or after == px:
            break
        need, slope_after = need_at(market, held, max(after, market.price_step), fee)
        if slope_after == slope:
            break
        px, slope = max(after, market.price_step), slope_after
        left = slack + net * (px - now) - (need - first)
    return after if after > 0 else None


def need_at(market: Market, sizes: Sequence[Decimal], px: Decimal, fee: Decimal) -> tuple[Decimal, Decimal]:
    """(maintenance of these sizes at a mark, how it grows with mark)."""
    need, slope = ZERO, ZERO
    for size in sizes:
        _, rate, deduction = tier_at(market, size * px, size)
        need += size * px * (rate + fee) - deduction
        slope += size * (rate + fee)
    return need, slope


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
        value, need = isolated_value(engine, account, position, at_ms)
        if value < need:
            return True
    return False


def reserves(order: Order) -> bool:
    """Does this live order set margin aside?"""
    return order.resting and not order.reduce_only and not order.position_bound


def opening_margin(engine: Engine, user: str, coin: str, leg: str | None, orders: Iterable[Order]) -> Decimal:
    """Initial margin for what these orders would open beyond the position, the worse of both sides.

    A buy counts at its price but not above mark, a sell at its price but not below: what it would cost now.
    """
    now = mark(engine, coin)
    szi = engine.szi(user, coin, leg)
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
    by_slot: dict[str, list[Order]] = {}
    for order in engine.state.orders.values():
        if order.user == user and order.oid != without and reserves(order):
            by_slot.setdefault(slot_key(order.coin, order.leg), []).append(order)
    if extra is not None:
        by_slot.setdefault(slot_key(extra.coin, extra.leg), []).append(extra)
    total = ZERO
    for slot in sorted(by_slot):
        first = by_slot[slot][0]
        total += opening_margin(engine, user, first.coin, first.leg, by_slot[slot])
    return total


def cross_used(engine: Engine, user: str) -> tuple[Decimal, Decimal]:
    """(initial margin in use, notional) of the cross positions."""
    used, notional = ZERO, ZERO
    for position in engine.account(user).positions.values():
        if position.collateral is None:
            value = abs(position.szi) * mark(engine, position.coin)
            notional += value
            used += value / leverage_of(engine, user, position.coin).value
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
    szi = engine.szi_of(order)
    after = abs(szi + (order.sz if order.is_buy else -order.sz))
    if after <= abs(szi):
        return False
    tier, _, _ = tier_at(engine.markets[order.coin], after * now, after)
    return leverage_of(engine, order.user, order.coin).value > tier.max_leverage
