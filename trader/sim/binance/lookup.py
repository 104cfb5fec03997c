"""Finding an account's orders by either id, in the plain world and in that of conditional orders.

Rules: an order the venue refused is not there, nor is one past its retention: ended without a fill three
days after it was placed, anything after ninety. An order taken a moment ago may not be visible yet, where a
fault says so. A conditional order that became a plain one is found in both worlds.
"""

from collections.abc import Iterable
from dataclasses import replace

from trader.exchange.orders import Order
from trader.exchange.rows import HistoryRow
from trader.sim.binance.details import (
    RETENTION_MS,
    UNFILLED_RETENTION_MS,
    Details,
    oid_of_algo_id,
    oid_of_order_id,
)
from trader.sim.binance.refusals import Refused
from trader.sim.binance.requests import Asked
from trader.sim.binance.rows import algo_status, became_an_order, is_open
from trader.sim.binance.venue import Venue

Found = tuple[HistoryRow, Details]
OPEN_ALGO = frozenset({"NEW", "TRIGGERING"})


def current(venue: Venue, details: Details, live: dict[int, Order]) -> HistoryRow | None:
    """The newest row of an order, with the order as it is now where it is live."""
    row = venue.model.order(details.user, details.oid)
    if row is None:
        return None
    order = live.get(details.oid)
    return row if order is None else replace(row, order=order)


def known(venue: Venue, user: str, coin: str | None = None) -> list[Found]:
    """All orders of an account that can be told, oldest first."""
    live = {order.oid: order for order in venue.model.open_orders(user, coin)}
    found = []
    for details in venue.details.of(user, coin):
        row = current(venue, details, live)
        if row is not None and _is_told(venue, row, details):
            found.append((row, details))
    return found


def _is_told(venue: Venue, row: HistoryRow, details: Details) -> bool:
    age_ms = venue.now_ms - details.placed_ms
    if venue.now_ms < details.visible_from_ms or details.oid in venue.erased:
        return False
    if age_ms > RETENTION_MS:
        return False
    is_waiting = is_open(row) or (details.is_doomed and not details.doomed_at_ms)
    return is_waiting or bool(row.order.filled) or age_ms <= UNFILLED_RETENTION_MS


def plain_orders(venue: Venue, user: str, coin: str | None = None) -> list[Found]:
    """Orders that are or were on the book, and triggered ones."""
    return [
        (row, details)
        for row, details in known(venue, user, coin)
        if not details.is_algo or became_an_order(venue, row, details)
    ]


def open_plain(venue: Venue, user: str, coin: str | None = None) -> list[Found]:
    return [found for found in plain_orders(venue, user, coin) if is_open(found[0])]


def algo_orders(venue: Venue, user: str, coin: str | None = None) -> list[Found]:
    return [(row, details) for row, details in known(venue, user, coin) if details.is_algo]


def open_algo(venue: Venue, user: str, coin: str | None = None) -> list[Found]:
    return [
        (row, details)
        for row, details in algo_orders(venue, user, coin)
        if algo_status(venue, row, details) in OPEN_ALGO
    ]


def _by(venue: Venue, candidates: Iterable[Found], *, oid: int | None, client_id: str | None) -> Found | None:
    """By number, else by client id: the newest or the oldest of that name."""
    if oid is not None:
        return next((found for found in candidates if found[1].oid == oid), None)
    named = [found for found in candidates if found[1].client_id == client_id]
    if not named:
        return None
    return named[-1] if venue.switches.client_id_resolves == "newest" else named[0]


def named_plain(asked: Asked, candidates: list[Found]) -> Found | None:
    """The one that `orderId` or `origClientOrderId` names."""
    parameters = asked.parameters
    order_id, client_id = parameters.integer("orderId"), parameters.text("origClientOrderId")
    if order_id is None and client_id is None:
        raise Refused(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
    if order_id is None and not asked.venue.switches.triggered_by_client_id:
        candidates = [found for found in candidates if not found[1].is_algo]
    oid = None if order_id is None else oid_of_order_id(order_id)
    return _by(asked.venue, candidates, oid=oid, client_id=client_id)


def named_algo(asked: Asked, candidates: list[Found]) -> Found | None:
    """The one that `algoId` or `clientAlgoId` names."""
    algo_id, client_id = asked.parameters.integer("algoId"), asked.parameters.text("clientAlgoId")
    if algo_id is None and client_id is None:
        raise Refused(-1102, "Param 'clientAlgoId' or 'algoId' must be sent, but both were empty/null!")
    oid = None if algo_id is None else oid_of_algo_id(algo_id)
    return _by(asked.venue, candidates, oid=oid, client_id=client_id)
