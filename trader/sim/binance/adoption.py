"""Orders that reached the model by another road than the wire: the venue's own website, as it were.

Rules: what is or was on the books and has no details gets them from the model's order, so that every answer
tells of it; what the model refused has none. History is read on from where it was last read.
"""

from trader.exchange.orders import Order
from trader.exchange.rows import HistoryRow
from trader.exchange.status import Tif, Trigger
from trader.sim.binance.decimals import fixed
from trader.sim.binance.details import RETENTION_MS, UNFILLED_RETENTION_MS, Details
from trader.sim.binance.positions import NAME_OF
from trader.sim.binance.rows import is_open
from trader.sim.binance.venue import Venue

_TIMES = {Tif.IOC: "IOC", Tif.FOK: "FOK", Tif.ALO: "GTX"}
_KINDS = {Trigger.STOP: "STOP", Trigger.TAKE: "TAKE_PROFIT"}


def adopt(venue: Venue) -> None:
    """Give details to whatever has none."""
    if venue.adopted_revision == venue.model.revision:
        return
    for user in venue.model.users:
        last = venue.adopted.get(user, -1)
        rows = venue.model.history(user)
        for row in reversed(rows):
            if row.seq <= last:
                break
            if venue.details.get(row.order.oid) is None and _was_taken(venue, row):
                venue.details.put(details_of(venue, row.order))
        if rows:
            venue.adopted[user] = rows[-1].seq
    venue.adopted_revision = venue.model.revision


def _was_taken(venue: Venue, row: HistoryRow) -> bool:
    """On the books once, and not so long ago that the venue has forgotten it."""
    if row.status.value.endswith("Rejected") and not row.order.fired:
        return False
    age_ms = venue.now_ms - row.order.placed_ms
    return age_ms <= (RETENTION_MS if is_open(row) or row.order.filled else UNFILLED_RETENTION_MS)


def details_of(venue: Venue, order: Order) -> Details:
    """What the order's client must have asked for."""
    rules, trigger = venue.symbols[order.coin], order.trigger
    kind = "MARKET" if order.tif is Tif.MARKET else "LIMIT"
    if trigger is not None:
        kind = _KINDS[trigger.kind] + ("_MARKET" if trigger.is_market else "")
    is_limit = not kind.endswith("MARKET")
    return Details(
        oid=order.oid,
        user=order.user,
        coin=order.coin,
        client_id=order.cloid or venue.next_client_id(),
        type=kind,
        time_in_force="GTE_GTC" if order.follows_position else _TIMES.get(order.tif or Tif.GTC, "GTC"),
        position_side=NAME_OF[order.leg],
        price=fixed(order.px, rules.price_precision) if is_limit else "",
        quantity=fixed(order.orig_sz, rules.quantity_precision) if order.orig_sz else "0",
        reduce_only=order.reduce_only or order.position_bound,
        placed_ms=order.placed_ms,
        is_algo=trigger is not None,
        trigger_price="" if trigger is None else fixed(trigger.px, rules.price_precision),
        working_type="CONTRACT_PRICE" if trigger is None or trigger.source == "last" else "MARK_PRICE",
        close_position=order.follows_position,
        good_till_ms=order.expires_ms or 0,
    )
