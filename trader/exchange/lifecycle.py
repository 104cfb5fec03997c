"""What happens to other orders when one order ends or a position changes.

Children arm only when their parent filled completely; a parent that ends otherwise takes them along, except
that a parent partly filled and cancelled for margin arms them. A complete fill cancels its siblings. A
reduce-only order never outgrows the position: resting ones shrink, the newest keep their size first, and end
when the position does. Untriggered ones keep their size and end with the position that they reduce.
"""

from decimal import Decimal

from trader.exchange.engine import Engine
from trader.exchange.orders import Order
from trader.exchange.status import Kind, Status, Tif


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
    elif parent.tif in (Tif.IOC, Tif.MARKET) and not arms:
        arms = is_partial and engine.rules.ioc_partial_arms_children
    for oid in parent.children:
        child = engine.state.orders.get(oid)
        if child is None or child.armed:
            continue
        if arms:
            arm(engine, child)
        else:
            end(engine, oid, Status.CANCELED)


def arm(engine: Engine, child: Order) -> None:
    """Make a child live; one that has nothing to reduce ends at once."""
    armed = engine.edit(child.oid, armed=True)
    engine.emit(Kind.ORDER_ARMED, armed.user, armed.coin, order=armed)
    szi = engine.szi(armed.user, armed.coin)
    if armed.reduce_only and not reduces(armed, szi) and engine.rules.triggers_end_with_position:
        end(engine, armed.oid, Status.REDUCE_ONLY_CANCELED)


def reduces(order: Order, szi: Decimal) -> bool:
    """Is the order on the side that makes this position smaller?"""
    return szi != 0 and order.is_buy == (szi < 0)


def must_reduce(order: Order) -> bool:
    """May the order only ever reduce?"""
    return order.reduce_only or order.position_bound


def after_position(engine: Engine, user: str, coin: str, *, before: Decimal, executing: int | None) -> None:
    """Bring the user's reducing orders in line with a position that has just changed."""
    szi = engine.szi(user, coin)
    engine.emit(Kind.POSITION, user, coin)
    if before != 0 and before * szi <= 0:
        for order in engine.orders_of(user, coin):
            stays = not (order.position_bound or engine.rules.triggers_end_with_position)
            if order.waiting and order.armed and must_reduce(order) and reduces(order, before) and not stays:
                end(engine, order.oid, Status.REDUCE_ONLY_CANCELED)
    allot(engine, user, coin, executing=executing)


def counted(engine: Engine, order: Order) -> bool:
    """Does the order count in the sum that may not exceed the position?"""
    if not must_reduce(order) or order.follows_position:
        return False
    return order.resting or (engine.rules.triggers_count_in_sum and order.armed)


def allot(engine: Engine, user: str, coin: str, *, executing: int | None = None) -> None:
    """Share the position among resting reduce-only orders, newest first; shrink or cancel the rest."""
    szi = engine.szi(user, coin)
    left = abs(szi)
    orders = [o for o in engine.orders_of(user, coin) if counted(engine, o) and o.oid != executing]
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


def resting_reduce_only(engine: Engine, user: str, coin: str, *, without: int | None = None) -> Decimal:
    """The sum of sizes that count against the position."""
    orders = engine.orders_of(user, coin)
    return sum((o.sz for o in orders if o.oid != without and counted(engine, o)), Decimal(0))
