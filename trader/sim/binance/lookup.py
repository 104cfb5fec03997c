"""Finding an account's orders by either id, in the plain world and in that of conditional orders.

Rules: an order the venue refused is not there, nor is one past its retention: ended without a fill three
days after it was placed, anything after ninety. An order taken a moment ago may not be visible yet, where a
fault says so. A conditional order that became a plain one is found in both worlds.
"""

from collections.abc import Iterable, Mapping
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


def current(venue: Venue, details: Details, live: Mapping[int, Order]) -> HistoryRow | None:
    """The newest row of an order, with the order as it is now where it is live."""
    row = venue.model.order(details.user, details.oid)
    if row is None:
        return None
    order = live.get(details.oid)
    return row if order is None or order == row.order else replace(row, order=order)


def live_orders(venue: Venue, user: str) -> dict[int, Order]:
    return {order.oid: order for order in venue.model.open_orders(user)}


def told(venue: Venue, user: str, rows: Iterable[Details]) -> list[Found]:
    """Those of these orders that can be told, in their order."""
    live = live_orders(venue, user)
    found = []
    for details in rows:
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


def _is_plain(venue: Venue, found: Found) -> bool:
    """On the book now or once: placed so, or become so when it triggered."""
    return not found[1].is_algo or became_an_order(venue, *found)


def plain_orders(venue: Venue, user: str, coin: str | None = None) -> list[Found]:
    """Orders that are or were on the book, and triggered ones."""
    return [found for found in told(venue, user, venue.details.of(user, coin)) if _is_plain(venue, found)]


def algo_orders(venue: Venue, user: str, coin: str | None = None) -> list[Found]:
    return [found for found in told(venue, user, venue.details.of(user, coin)) if found[1].is_algo]


def _unsettled(venue: Venue, user: str, coin: str | None) -> list[Found]:
    """What may be open; what has ended for good is not looked at again."""
    rows = venue.details.unsettled(user, coin)
    live = live_orders(venue, user)
    for details in rows:
        row = current(venue, details, live)
        if details.oid not in live and row is not None and _is_final(venue, row, details):
            venue.details.settle(details.oid, is_filled=bool(row.order.filled))
    return told(venue, user, rows)


def _is_final(venue: Venue, row: HistoryRow, details: Details) -> bool:
    if details.is_doomed and not details.doomed_at_ms:
        return False
    return not details.is_algo or algo_status(venue, row, details) != "TRIGGERING"


def open_plain(venue: Venue, user: str, coin: str | None = None) -> list[Found]:
    return [found for found in _unsettled(venue, user, coin) if is_open(found[0]) and _is_plain(venue, found)]


def open_algo(venue: Venue, user: str, coin: str | None = None) -> list[Found]:
    return [
        (row, details)
        for row, details in _unsettled(venue, user, coin)
        if details.is_algo and algo_status(venue, row, details) in OPEN_ALGO
    ]


def _named(asked: Asked, *, oid: int | None, client_id: str | None) -> list[Found]:
    """By number, else by client id: the newest of that name last, or first where the switch says oldest."""
    venue = asked.venue
    if oid is not None:
        details = venue.details.get(oid)
        return [] if details is None or details.user != asked.user else told(venue, asked.user, [details])
    found = told(venue, asked.user, venue.details.named(asked.user, client_id or ""))
    return found if venue.switches.client_id_resolves == "newest" else found[::-1]


def named_plain(asked: Asked, *, only_open: bool) -> Found | None:
    """The order of the symbol that `orderId` or `origClientOrderId` names."""
    parameters, coin = asked.parameters, asked.coin()
    order_id, client_id = parameters.integer("orderId"), parameters.text("origClientOrderId")
    if order_id is None and client_id is None:
        raise Refused(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
    oid = None if order_id is None else oid_of_order_id(order_id)
    by_name_too = oid is not None or asked.venue.switches.triggered_by_client_id
    fitting = [
        found
        for found in _named(asked, oid=oid, client_id=client_id)
        if found[1].coin == coin
        and (by_name_too or not found[1].is_algo)
        and _is_plain(asked.venue, found)
        and (not only_open or is_open(found[0]))
    ]
    return fitting[-1] if fitting else None


def named_algo(asked: Asked) -> Found | None:
    """The conditional order that `algoId` or `clientAlgoId` names."""
    algo_id, client_id = asked.parameters.integer("algoId"), asked.parameters.text("clientAlgoId")
    if algo_id is None and client_id is None:
        raise Refused(-1102, "Param 'clientAlgoId' or 'algoId' must be sent, but both were empty/null!")
    oid = None if algo_id is None else oid_of_algo_id(algo_id)
    fitting = [found for found in _named(asked, oid=oid, client_id=client_id) if found[1].is_algo]
    return fitting[-1] if fitting else None
