"""Where the exits of a trade stood while it lasted, from the venue's own record of our orders.

Rules: of several stops of a slot the newest placed so far is the one that counts, as a new one is live before
the old one goes. An order that was changed in place is known by its last level alone. A trade of which the
record tells no exit has no levels.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from trader.core.frozen import frozen
from trader.core.identity import Identity, Role, decode
from trader.core.orders import Kind, Order
from trader.report.trades import Trade


@frozen
class Stood:
    """From this moment on a trade's exits stood here."""

    at_ms: int
    stop: Decimal | None
    target: Decimal | None


def stood(trade: Trade, exits: Sequence[Order]) -> list[Stood]:
    """The levels of a trade over its time, oldest first; `exits` are orders of ours of any slot."""
    if trade.entry_ms is None:
        return []
    found = sorted(
        (order for order in exits if order.kind in (Kind.STOP, Kind.TARGET) and _belongs(order, trade)),
        key=lambda order: (order.placed_ms, order.order_id),
    )
    return list(_told(found, trade.entry_ms))


def _belongs(order: Order, trade: Trade) -> bool:
    """An exit names the signal of its entry; that of a grid, which has many, is told by its time."""
    identity = decode(order.client_id)
    if not isinstance(identity, Identity) or trade.opened is None or trade.entry_ms is None:
        return False
    same = order.coin == trade.coin and order.side is trade.leg.closing and identity.leg is trade.leg
    ended = trade.exit_ms is not None and order.placed_ms >= trade.exit_ms
    if not same or ended:
        return False
    if trade.opened.role is Role.ENTRY:
        return identity.reference == trade.opened.reference
    return order.placed_ms >= trade.entry_ms


def _told(orders: Sequence[Order], entry_ms: int) -> Iterator[Stood]:
    stop: Decimal | None = None
    target: Decimal | None = None
    told: Stood | None = None
    for order in orders:
        if order.kind is Kind.STOP:
            stop = order.level
        else:
            target = order.level
        now = Stood(max(order.placed_ms, entry_ms), stop, target)
        if told is not None and told.at_ms != now.at_ms:
            yield told
        told = now
    if told is not None:
        yield told
