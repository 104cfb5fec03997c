"""Conditional orders: firing, and what would happen if one fired now."""

from decimal import Decimal

from trader.exchange.checks import is_crossed, needs_margin
from trader.exchange.engine import Engine
from trader.exchange.lifecycle import allot, end, must_reduce, reduces, resting_reduce_only
from trader.exchange.margin import free
from trader.exchange.matching import take, wait_for_refill
from trader.exchange.orders import ZERO, Order
from trader.exchange.quotes import touch_at
from trader.exchange.rules import ceil_tick, floor_tick
from trader.exchange.status import Kind, Status


def is_due(order: Order, mark: Decimal) -> bool:
    """Does an armed conditional order fire at this mark?"""
    return order.waiting and order.armed and is_crossed(order, mark)


def fire(engine: Engine, oid: int) -> None:
    """Turn a conditional order into an ordinary one: immediate within its price, or a resting limit."""
    waiting = engine.state.orders[oid]
    order = engine.edit(oid, fired=True, rank=engine.next_rank(), px=bound(engine, waiting))
    order = engine.note(order, Status.TRIGGERED)
    engine.put(order)
    engine.emit(Kind.ORDER_TRIGGERED, order.user, order.coin, order=order)
    refusal = refuses_fire(engine, order)
    if refusal is not None:
        end(engine, oid, refusal)
        return
    if must_reduce(order):
        order = engine.edit(oid, sz=closing_size(engine, order))
    take(engine, oid)
    rest = engine.state.orders.get(oid)
    if rest is None:
        return
    if order.trigger is not None and order.trigger.is_market and not engine.rules.market_trigger_rests:
        end(engine, oid, Status.CANCELED if rest.filled else Status.NO_LIQUIDITY_REJECTED)
    else:
        wait_for_refill(engine, oid)
        allot(engine, rest.user, rest.coin)


def bound(engine: Engine, order: Order) -> Decimal:
    """The worst price at which a fired order may trade: its own, or the engine's ten percent beyond it."""
    if engine.rules.market_trigger_bound == "price" or order.trigger is None or not order.trigger.is_market:
        return order.px
    market = engine.markets[order.coin]
    if order.is_buy:
        return ceil_tick(market, order.trigger.px * Decimal("1.1"))
    return floor_tick(market, order.trigger.px * Decimal("0.9"))


def refuses_fire(engine: Engine, order: Order) -> Status | None:
    """How a conditional order ends when it may not execute."""
    if not must_reduce(order):
        is_poor = needs_margin(engine, order) and free(engine, order.user) < 0
        return Status.MARGIN_CANCELED if is_poor else None
    if closing_size(engine, order) == 0:
        return Status.REDUCE_ONLY_CANCELED
    if exceeds_claims(engine, order):
        return Status.REDUCE_ONLY_REJECTED
    return None


def closing_size(engine: Engine, order: Order) -> Decimal:
    """What the order may take from the position now."""
    szi = engine.szi(order.user, order.coin)
    if not reduces(order, szi):
        return ZERO
    return abs(szi) if order.orig_sz == 0 else min(order.sz, abs(szi))


def exceeds_claims(engine: Engine, order: Order) -> bool:
    """Where the venue adds up reducing orders: is there too little left for this one?"""
    if engine.rules.reduce_only_sum != "reject" or order.follows_position:
        return False
    szi = abs(engine.szi(order.user, order.coin))
    claimed = resting_reduce_only(engine, order.user, order.coin, without=order.oid)
    return claimed + closing_size(engine, order) > szi


def closes(engine: Engine, user: str, order: Order) -> Decimal:
    """The size this stop would close if it fired now at its trigger price; 0 when it would be refused.

    Counted: it is live, armed, on the reducing side, within the claims of other orders, above the minimum,
    and its limit leg reaches the book that stands around the trigger price. Not counted: the book's depth.
    """
    live = engine.state.orders.get(order.oid)
    if live is None or live.user != user or live.trigger is None or not live.waiting or not live.armed:
        return ZERO
    if engine.markets[live.coin].is_delisted or not must_reduce(live):
        return ZERO
    size = closing_size(engine, live)
    if size == 0 or exceeds_claims(engine, live) or not leg_reaches_book(engine, live):
        return ZERO
    rules = engine.rules
    is_small = size * live.px < rules.min_notional and size < abs(engine.szi(user, live.coin))
    return ZERO if is_small and rules.min_notional_on_triggers else size


def leg_reaches_book(engine: Engine, order: Order) -> bool:
    """Would the fired order trade at once, were mark exactly at its trigger?"""
    if order.trigger is None:
        return False
    settings = engine.coin(order.coin)
    mid = order.trigger.px - settings.mark_offset + settings.mid_offset
    bid, ask = touch_at(engine, order.coin, mid)
    return order.px >= ask if order.is_buy else order.px <= bid
