"""Watches what is not the trader's to touch (I5), and what of its own arrives when nobody runs (I9).

The exchange does not say who cancels an order. Nobody but the trader acts on the account unless the world
says so: a foreign order that is cancelled or changed while it runs, it cancelled or changed. In the same way
an order of ours that comes, goes or changes while nobody runs is a write that the network had kept.
"""

from trader.exchange.orders import Order
from trader.exchange.rows import Event
from trader.exchange.status import Kind, Status
from trader.oracle.books import SOMEBODY, Books
from trader.oracle.stops import told


def see(books: Books, event: Event) -> None:
    """One event of this account."""
    order = event.order
    if event.kind is Kind.MARGIN:
        _setting(books, event.coin)
    if order is None or not _is_written(event.kind, order):
        return
    slot = (order.coin, order.leg)
    if books.whose(order) is None:
        if books.running and event.kind is not Kind.ORDER_PLACED:
            text = f"order {order.oid} of {told(slot)} is not ours and was cancelled or changed"
            books.report("I5", text, SOMEBODY)
    elif books.running:
        books.arrived_ms.append(event.at_ms)
    elif books.left_well:
        text = f"a write about order {order.oid} of {told(slot)} arrived after its run had left with 0"
        books.report("I9", text, SOMEBODY)


def _is_written(kind: Kind, order: Order) -> bool:
    """Somebody's request did this: children go with their parents, and what fired ends by itself."""
    if kind in (Kind.ORDER_PLACED, Kind.ORDER_AMENDED):
        return True
    is_cancel = kind is Kind.ORDER_ENDED and order.status is Status.CANCELED
    return is_cancel and order.parent is None and not order.fired


def _setting(books: Books, coin: str) -> None:
    """Leverage, margin mode or collateral changed while a position that is not ours stood there."""
    if not books.running or coin in books.terms.adopted:
        return
    for slot, part in books.parts.items():
        if slot[0] == coin and part.foreign != 0:
            text = f"leverage or margin of {told(slot)} was changed, and {part.foreign} of it is not ours"
            books.report("I5", text, SOMEBODY)
