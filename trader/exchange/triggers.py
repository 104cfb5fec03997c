"""Conditional orders: firing, and what would happen if one fired now."""

from decimal import Decimal

from trader.exchange.checks import is_crossed, needs_margin, outside_band
from trader.exchange.engine import Engine
from trader.exchange.lifecycle import allot, claimed, end, must_reduce, reduces
from trader.exchange.margin import exceeds_tier, free
from trader.exchange.matching import take, wait_for_refill
from trader.exchange.orders import ZERO, Order, Quote
from trader.exchange.quotes import mark, offset_of, touch_at, worst_price
from trader.exchange.rules import ceil_tick, floor_tick
from trader.exchange.status import Grouping, Kind, Reason, Status

# How a conditional order ends that may not execute when it triggers; the reason stands in its `failure`.
ENDED_AS = {
    Reason.MARGIN: Status.MARGIN_CANCELED,
    Reason.REDUCE_ONLY: Status.REDUCE_ONLY_CANCELED,
    Reason.REDUCE_ONLY_SIZE: Status.REDUCE_ONLY_REJECTED,
    Reason.POSITION_TIER: Status.POSITION_REJECTED,
}


def is_due(order: Order, price: Decimal) -> bool:
    """Does an armed conditional order fire at this value of the price that it watches?"""
    return order.waiting and order.armed and is_crossed(order, price)


def is_held_back(order: Order, quoted: Quote) -> bool:
    """Has the client asked that it does not act while mark and last differ as they do now?"""
    gap_max = None if order.trigger is None else order.trigger.gap_max
    return gap_max is not None and abs(quoted.mark - quoted.last) > gap_max * quoted.mark


def fire(engine: Engine, oid: int) -> None:
    """Turn a conditional order into an ordinary one: immediate within its price, or a resting limit."""
    waiting = engine.state.orders[oid]
    now, px = engine.now_ms, bound(engine, waiting)
    order = engine.edit(oid, fired=True, fired_ms=now, rank=engine.next_rank(), px=px)
    order = engine.note(order, Status.TRIGGERED)
    engine.put(order)
    engine.emit(Kind.ORDER_TRIGGERED, order.user, order.coin, order=order)
    if order.grouping is not Grouping.ATTACHED and engine.rules.pair_ends_at_trigger:
        for sibling in order.siblings:
            end(engine, sibling, Status.PAIR_CANCELED)
    refusal = refuses_fire(engine, order)
    if refusal is not None:
        engine.edit(oid, failure=refusal)
        end(engine, oid, ENDED_AS.get(refusal, Status.RULE_REJECTED))
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
        allot(engine, rest.user, rest.coin, rest.leg)


def bound(engine: Engine, order: Order) -> Decimal:
    """The worst price at which a fired order may trade: its own, or the engine's ten percent beyond it."""
    if order.px == 0:
        return worst_price(engine, order.coin, is_buy=order.is_buy)
    if engine.rules.market_trigger_bound == "price" or order.trigger is None or not order.trigger.is_market:
        return order.px
    market = engine.markets[order.coin]
    if order.is_buy:
        return ceil_tick(market, order.trigger.px * Decimal("1.1"))
    return floor_tick(market, order.trigger.px * Decimal("0.9"))


def refuses_fire(engine: Engine, order: Order) -> Reason | None:
    """Why a conditional order may not execute now that it has triggered."""
    if outside_band(engine.markets[order.coin], order, mark(engine, order.coin)):
        return Reason.PRICE_BAND
    if not must_reduce(order):
        if exceeds_tier(engine, order):
            return Reason.POSITION_TIER
        is_poor = needs_margin(engine, order) and free(engine, order.user) < 0
        return Reason.MARGIN if is_poor else None
    return refuses_close(engine, order)


def refuses_close(engine: Engine, order: Order) -> Reason | None:
    """Why a conditional exit would close nothing."""
    if not reduces(order, engine.szi_of(order)):
        return Reason.REDUCE_ONLY
    if is_oversized(engine, order) or exceeds_claims(engine, order):
        return Reason.REDUCE_ONLY_SIZE
    return None


def is_oversized(engine: Engine, order: Order) -> bool:
    """Larger than the position, where the venue does not trim."""
    if order.follows_position or not engine.rules.rejects_oversized(order.leg):
        return False
    return order.sz > abs(engine.szi_of(order))


def closing_size(engine: Engine, order: Order) -> Decimal:
    """What the order may take from the position now."""
    szi = engine.szi_of(order)
    if not reduces(order, szi):
        return ZERO
    return abs(szi) if order.orig_sz == 0 else min(order.sz, abs(szi))


def exceeds_claims(engine: Engine, order: Order) -> bool:
    """Where the venue adds up reducing orders: is there too little left for this one?"""
    if engine.rules.reduce_only_sum != "reject" or order.follows_position:
        return False
    return claimed(engine, order) + closing_size(engine, order) > abs(engine.szi_of(order))


def closes(engine: Engine, user: str, order: Order) -> Decimal:
    """The size this stop would close if it fired now at its trigger price; 0 when it would be refused.

    Counted: it is live, armed, on the reducing side, within the claims of other orders, above the minimum,
    and its limit leg reaches the book that stands around the trigger price. Not counted: the book's depth.
    """
    live = engine.state.orders.get(order.oid)
    if live is None or live.user != user or live.trigger is None or not live.waiting or not live.armed:
        return ZERO
    if engine.markets[live.coin].is_delisted or not (must_reduce(live) or is_own_child(engine, live)):
        return ZERO
    if refuses_close(engine, live) is not None or not leg_reaches_book(engine, live):
        return ZERO
    size = closing_size(engine, live)
    rules = engine.rules
    is_small = size * live.px < rules.min_notional and size < abs(engine.szi_of(live))
    return ZERO if is_small and rules.min_notional_on_triggers else size


def is_own_child(engine: Engine, order: Order) -> bool:
    """A child that its venue does not mark as reducing, but which is no larger than what it would close."""
    return order.parent is not None and order.sz <= abs(engine.szi_of(order))


def leg_reaches_book(engine: Engine, order: Order) -> bool:
    """Would the fired order trade at once, were mark exactly at its trigger?"""
    if order.trigger is None or order.px == 0:
        return order.trigger is not None
    settings = engine.coin(order.coin)
    mid = order.trigger.px - offset_of(settings, order.trigger.source) + settings.mid_offset
    bid, ask = touch_at(engine, order.coin, mid)
    return order.px >= ask if order.is_buy else order.px <= bid
