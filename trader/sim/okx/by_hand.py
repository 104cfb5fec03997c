"""Tickets for orders that did not come over this wire: placed by a person, or by a test, in the model itself.

Rules: a person at the venue's own pages makes orders like any other; the wire shows them, without a client's
words where there are none.
"""

from decimal import Decimal

from trader.exchange.orders import Order
from trader.exchange.status import Tif, Trigger
from trader.sim.okx.numbers import text
from trader.sim.okx.tickets import AlgoTicket, Exits, OrderTicket

_TYPES = {Tif.MARKET: "market", Tif.IOC: "ioc", Tif.FOK: "fok", Tif.ALO: "post_only"}


def order_ticket(order: Order, *, number: int, contract: Decimal, at_ms: int) -> OrderTicket:
    """A normal order."""
    ord_type = _TYPES.get(order.tif or Tif.GTC, "limit")
    return OrderTicket(
        ord_id=number, oid=order.oid, user=order.user, coin=order.coin, is_buy=order.is_buy,
        ord_type=ord_type, td_mode="cross", leg=order.leg, created_ms=at_ms,
        px="" if ord_type == "market" else text(order.px), sz=text(order.orig_sz / contract),
        client_id=order.cloid or "", reduce_only=order.reduce_only,
    )  # fmt: skip


def algo_ticket(order: Order, *, number: int, contract: Decimal, at_ms: int) -> AlgoTicket:
    """A stop or a target."""
    trigger = order.trigger
    if trigger is None:
        raise ValueError(f"order {order.oid} has no trigger: not an algo")
    limit = "-1" if trigger.is_market else text(order.px)
    words = (text(trigger.px), limit, trigger.source)
    is_stop = trigger.kind is Trigger.STOP
    exits = Exits(*words) if is_stop else Exits("", "", "", *words)
    return AlgoTicket(
        algo_id=number, user=order.user, coin=order.coin, is_buy=order.is_buy, ord_type="conditional",
        td_mode="cross", leg=order.leg, created_ms=at_ms, updated_ms=at_ms, client_id=order.cloid or "",
        sz=text(order.orig_sz / contract) if order.orig_sz else "",
        close_fraction="1" if order.follows_position else "", reduce_only=order.reduce_only,
        ends_with_position=order.ends_with_position, exits=exits,
        stop_oid=order.oid if is_stop else None, take_oid=None if is_stop else order.oid,
    )  # fmt: skip
