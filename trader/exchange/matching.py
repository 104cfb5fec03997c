"""Executions: an incoming order against the synthetic book, and a resting order that the path reaches.

Incoming orders pay bid or ask as taker, level by level, within their price. Resting orders fill at their own
price as maker, also when the path gaps past them. An own resting order that would be met is cancelled first.
"""

from decimal import Decimal

from trader.exchange.engine import Engine
from trader.exchange.ledger import book, execution_of, sample
from trader.exchange.lifecycle import after_position, close, end, grow_children, settle_children
from trader.exchange.margin import free
from trader.exchange.orders import Order, Quote
from trader.exchange.prices import MINUTE_MS
from trader.exchange.quotes import quote, side_of_book
from trader.exchange.rules import floor_lot
from trader.exchange.status import Kind, Status


def crosses(order: Order, quoted: Quote) -> bool:
    """Would a limit order at this price trade at once?"""
    return order.px >= quoted.ask if order.is_buy else order.px <= quoted.bid


def fill(engine: Engine, oid: int, *, px: Decimal, sz: Decimal, crossed: bool) -> None:
    """Execute part or all of a live order, with everything that follows."""
    order = engine.state.orders[oid]
    before = engine.szi_of(order)
    booked = book(engine, execution_of(engine, order, px=px, sz=sz, crossed=crossed))
    order = engine.edit(oid, sz=order.sz - sz, filled=order.filled + sz)
    engine.emit(Kind.ORDER_FILLED, order.user, order.coin, order=order, fill=booked)
    ended = close(engine, oid, Status.FILLED) if order.sz == 0 else None
    after_position(engine, order.user, order.coin, order.leg, before=before, executing=oid)
    if order.children and engine.rules.attach == "pro_rata":
        grow_children(engine, order, part=sz)
    if ended is not None:
        settle_children(engine, ended)
    sample(engine, order.user)


def take(engine: Engine, oid: int) -> tuple[Decimal, Decimal]:
    """Trade a live order against the book within its price: (size, notional) executed."""
    order = engine.state.orders[oid]
    liquidity = engine.coin(order.coin).liquidity
    left = order.sz
    if liquidity.fraction is not None:
        left = floor_lot(engine.markets[order.coin], left * liquidity.fraction)
    total, notional = Decimal(0), Decimal(0)
    for level in side_of_book(engine, quote(engine, order.coin), is_ask=order.is_buy):
        if left <= 0 or (level.px > order.px if order.is_buy else level.px < order.px):
            break
        cancel_met_orders(engine, order, level.px)
        size = left if liquidity.size is None else min(left, level.sz)
        fill(engine, oid, px=level.px, sz=size, crossed=True)
        left -= size
        total += size
        notional += size * level.px
    return total, notional


def available(engine: Engine, order: Order) -> Decimal:
    """How much of an order the book within its price would fill at once."""
    liquidity = engine.coin(order.coin).liquidity
    total = Decimal(0)
    for level in side_of_book(engine, quote(engine, order.coin), is_ask=order.is_buy):
        if level.px > order.px if order.is_buy else level.px < order.px:
            break
        total += order.sz if liquidity.size is None else level.sz
    if liquidity.fraction is not None:
        return min(total, floor_lot(engine.markets[order.coin], order.sz * liquidity.fraction))
    return total


def wait_for_refill(engine: Engine, oid: int) -> None:
    """What rests although it crosses has emptied the book within its price: it waits for the next minute."""
    order = engine.state.orders[oid]
    if crosses(order, quote(engine, order.coin)):
        engine.edit(oid, rested_minute_ms=engine.now_ms - engine.now_ms % MINUTE_MS)


def cancel_met_orders(engine: Engine, incoming: Order, px: Decimal) -> None:
    """Cancel the user's own resting orders that the incoming one would meet at or before this level."""
    for own in engine.orders_of(incoming.user, incoming.coin):
        if own.oid == incoming.oid or own.waiting or own.is_buy == incoming.is_buy:
            continue
        if own.px <= px if incoming.is_buy else own.px >= px:
            end(engine, own.oid, Status.SELF_TRADE_CANCELED)


def is_reached(engine: Engine, order: Order, quoted: Quote) -> bool:
    """Does a resting order trade at these prices?"""
    if order.rested_minute_ms == quoted.at_ms - quoted.at_ms % MINUTE_MS:
        return False
    best = quoted.ask if order.is_buy else quoted.bid
    if engine.rules.limit_fill == "through":
        return best < order.px if order.is_buy else best > order.px
    return best <= order.px if order.is_buy else best >= order.px


def fill_resting(engine: Engine, oid: int) -> None:
    """The path has reached a resting order."""
    order = engine.state.orders[oid]
    if lacks_margin(engine, order):
        end(engine, oid, Status.MARGIN_CANCELED)
        return
    limit = engine.coin(order.coin).liquidity.resting_size
    size = order.sz if limit is None else min(order.sz, floor_lot(engine.markets[order.coin], limit))
    minute = engine.now_ms - engine.now_ms % MINUTE_MS
    if size < order.sz:
        engine.edit(oid, rested_minute_ms=minute)
    if size > 0:
        fill(engine, oid, px=order.px, sz=size, crossed=False)


def lacks_margin(engine: Engine, order: Order) -> bool:
    """Would the fill open more than the account can carry? Orders that only reduce always may."""
    if order.reduce_only or order.position_bound:
        return False
    szi = engine.szi_of(order)
    opens = szi == 0 or order.is_buy == (szi > 0) or order.sz > abs(szi)
    return opens and free(engine, order.user) < 0
