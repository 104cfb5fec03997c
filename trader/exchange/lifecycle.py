"""What happens to other orders when one order ends or a position changes.

Children arm only when their parent filled completely; a parent that ends otherwise takes them along, except
that a parent partly filled and cancelled for margin arms them. Where the venue attaches pro rata they arm
with the first part and grow with each. A complete fill cancels its siblings.

A reduce-only order never outgrows the position of its slot: resting ones shrink, the newest keep their size
first, and end when the position does. Untriggered ones keep their size; whether they end with the position
that they reduce is the venue's rule, or asked for order by order.
"""

from dataclasses import replace
from decimal import Decimal

from trader.exchange.engine import Engine
from trader.exchange.orders import Order
from trader.exchange.rules import floor_lot
from trader.exchange.status import Kind, Status, Tif

# How an exit ends that its owner or its own time took away.
BY_HAND = (Status.CANCELED, Status.SCHEDULED_CANCEL, Status.EXPIRED)


def close(engine: Engine, oid: int, status: Status) -> Order | None:
    """Take an order off the books and cancel what its complete fill makes pointless; children stay."""
    order = engine.state.orders.pop(oid, None)
    if order is None:
        return None
    ended = engine.note(order, status)
    engine.emit(Kind.ORDER_ENDED, order.user, order.coin, order=ended)
    if status is Status.FILLED:
        for sibling in order.siblings:
            end(engine, sibling, Status.SIBLING_FILLED_CANCELED)
    return ended


def end(engine: Engine, oid: int, status: Status) -> None:
    """Take an order off the books with all that follows for its children."""
    ended = close(engine, oid, status)
    if ended is not None:
        settle_children(engine, ended)


def settle_children(engine: Engine, parent: Order) -> None:
    """Arm the children of an ended parent, or cancel them."""
    is_partial = parent.filled > 0
    arms = parent.status is Status.FILLED
    if parent.status is Status.MARGIN_CANCELED:
        arms = is_partial
    elif (parent.tif in (Tif.IOC, Tif.MARKET) or parent.at_market) and not arms:
        arms = is_partial and engine.rules.ioc_partial_arms_children
    for oid in parent.children:
        child = engine.state.orders.get(oid)
        if child is None or child.armed:
            continue
        if arms:
            arm(engine, child)
        else:
            end(engine, oid, Status.CANCELED)


def grow_children(engine: Engine, parent: Order, *, part: Decimal) -> None:
    """Where children follow their parent part by part: each grows by its share of what has just filled."""
    fresh = []
    for oid in parent.children:
        child = engine.state.orders.get(oid)
        if child is None or child.fired:
            fresh += follow_up(engine, parent, oid, part=part)
            continue
        if child.orig_sz:
            share = share_of(engine, child, parent, part)
            child = engine.edit(oid, sz=child.sz + share if child.armed else share)
        if child.armed:
            engine.emit(Kind.ORDER_RESIZED, child.user, child.coin, order=child)
        else:
            arm(engine, child)
    for oid in fresh if len(fresh) > 1 else ():
        engine.edit(oid, siblings=tuple(other for other in fresh if other != oid))


def share_of(engine: Engine, child: Order, parent: Order, part: Decimal) -> Decimal:
    """How much of a child belongs to this part of its parent."""
    return floor_lot(engine.markets[child.coin], part * child.orig_sz / parent.orig_sz)


def follow_up(engine: Engine, parent: Order, oid: int, *, part: Decimal) -> list[int]:
    """A child that is over (but not by hand) leaves later parts of its parent to an order of its own."""
    row = engine.newest_row(oid)
    if row is None or (row.status in BY_HAND and not row.order.fired):
        return []
    share = share_of(engine, row.order, parent, part)
    again = replace(
        row.order, oid=engine.next_oid(), sz=share, orig_sz=share, filled=Decimal(0), fired=False,
        fired_ms=None, failure=None, armed=True, siblings=(), placed_ms=engine.now_ms,
        rank=engine.next_rank(), rested_minute_ms=-1,
    )  # fmt: skip
    engine.put(engine.note(again, Status.OPEN))
    engine.emit(Kind.ORDER_ARMED, again.user, again.coin, order=again)
    return [again.oid]


def arm(engine: Engine, child: Order) -> None:
    """Make a child live; one that has nothing to reduce ends at once."""
    armed = engine.edit(child.oid, armed=True)
    engine.emit(Kind.ORDER_ARMED, armed.user, armed.coin, order=armed)
    if armed.reduce_only and not reduces(armed, engine.szi_of(armed)) and ends_when_flat(engine, armed):
        end(engine, armed.oid, Status.REDUCE_ONLY_CANCELED)


def reduces(order: Order, szi: Decimal) -> bool:
    """Is the order on the side that makes this position smaller?"""
    return szi != 0 and order.is_buy == (szi < 0)


def must_reduce(order: Order) -> bool:
    """May the order only ever reduce?"""
    return order.reduce_only or order.position_bound


def ends_when_flat(engine: Engine, order: Order) -> bool:
    """Does an untriggered exit end together with the position?"""
    if order.position_bound:
        return engine.rules.bound_ends_with_position
    return order.ends_with_position or engine.rules.triggers_end_with_position


def after_position(
    engine: Engine, user: str, coin: str, leg: str | None, *, before: Decimal, executing: int | None
) -> None:
    """Bring the user's reducing orders in line with a position that has just changed."""
    szi = engine.szi(user, coin, leg)
    engine.emit(Kind.POSITION, user, coin)
    if before != 0 and before * szi <= 0:
        for order in engine.slot_orders(user, coin, leg):
            is_exit = order.waiting and order.armed and must_reduce(order) and reduces(order, before)
            if is_exit and ends_when_flat(engine, order):
                end(engine, order.oid, Status.REDUCE_ONLY_CANCELED)
    allot(engine, user, coin, leg, executing=executing)


def counted(engine: Engine, order: Order) -> bool:
    """Does the order count in the sum that may not exceed the position?"""
    if not must_reduce(order) or order.follows_position:
        return False
    return order.resting or (engine.rules.triggers_count_in_sum and order.armed)


def allot(
    engine: Engine, user: str, coin: str, leg: str | None = None, *, executing: int | None = None
) -> None:
    """Share the position among the orders that count, newest first; shrink or cancel the rest.

    Where the sum refuses, untriggered orders are left alone: they are judged when they trigger.
    """
    szi = engine.szi(user, coin, leg)
    left = abs(szi)
    refuses = engine.rules.reduce_only_sum == "reject"
    held = (o for o in engine.slot_orders(user, coin, leg) if o.oid != executing)
    orders = [o for o in held if counted(engine, o) and not (refuses and o.waiting)]
    for order in sorted(orders, key=lambda each: -each.rank):
        if order.oid not in engine.state.orders:
            continue
        size = min(order.sz, left) if reduces(order, szi) else Decimal(0)
        left -= size
        if size == 0:
            end(engine, order.oid, Status.REDUCE_ONLY_CANCELED)
        elif size < order.sz:
            smaller = engine.edit(order.oid, sz=size)
            engine.emit(Kind.ORDER_RESIZED, user, coin, order=smaller)


def claimed(engine: Engine, order: Order, *, without: int | None = None) -> Decimal:
    """The sum of the other sizes that count against the position of this order's slot."""
    others = engine.slot_orders(order.user, order.coin, order.leg)
    return sum((o.sz for o in others if o.oid not in (order.oid, without) and counted(engine, o)), Decimal(0))
