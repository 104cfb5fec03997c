"""`/info` about orders and executions.

Rules: lists are newest first unless they start at a time, and cut at 2,000 rows. A record of an order lives
for the account's last 2,000 orders, whatever their age; after that it is `unknownOid` by either id,
while its fills are still there. An unknown user has empty lists, never an error.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from trader.exchange.rows import Fill, HistoryRow
from trader.sim.hyperliquid.info_market import ROWS_MAX, Body
from trader.sim.hyperliquid.parsing import Unparsable, address_of, cloid_text, member, optional
from trader.sim.hyperliquid.rows import fill_row, frontend_order, funding_row, plain_order, status_row
from trader.sim.hyperliquid.venue import Venue

RECORDS_MAX = 2000
UNKNOWN = {"status": "unknownOid"}


def open_orders(venue: Venue, body: Body) -> Any:
    return [plain_order(order) for order in reversed(venue.model.open_orders(address_of(body)))]


def frontend_open_orders(venue: Venue, body: Body) -> Any:
    orders = venue.model.open_orders(address_of(body))
    return [frontend_order(venue.model, order) for order in reversed(orders)]


def order_status(venue: Venue, body: Body) -> Any:
    user, wanted = address_of(body), member(body, "oid", (int, str))
    row = _by_cloid(venue, user, wanted) if isinstance(wanted, str) else venue.model.order(user, wanted)
    if row is None or not _is_kept(venue, user, row):
        return UNKNOWN
    live = next((order for order in venue.model.open_orders(user) if order.oid == row.order.oid), None)
    return {"status": "order", "order": status_row(venue.model, row, live)}


def _by_cloid(venue: Venue, user: str, wanted: str) -> HistoryRow | None:
    """One record of possibly many with this client id; which one is a switch."""
    if wanted.isdigit():
        return venue.model.order(user, int(wanted))
    rows = venue.model.orders_by_cloid(user, cloid_text(wanted))
    kept = [row for row in rows if _is_kept(venue, user, row)]
    if not kept:
        return None
    return kept[0] if venue.switches.cloid_status == "oldest" else kept[-1]


def _is_kept(venue: Venue, user: str, row: HistoryRow) -> bool:
    """Is there still a record of this order, and was there ever one to be seen?"""
    oid = row.order.oid
    return oid not in venue.erased and oid >= _oldest_kept(venue.model.history(user))


def _oldest_kept(history: Sequence[HistoryRow]) -> int:
    """The lowest oid of which a record still exists."""
    if len(history) <= RECORDS_MAX:
        return 0
    oids = sorted({row.order.oid for row in history})
    return oids[-RECORDS_MAX] if len(oids) > RECORDS_MAX else 0


def historical_orders(venue: Venue, body: Body) -> Any:
    rows = [row for row in venue.model.history(address_of(body)) if row.order.oid not in venue.erased]
    return [status_row(venue.model, row) for row in reversed(rows[-RECORDS_MAX:])]


def user_fills(venue: Venue, body: Body) -> Any:
    fills = _aggregated(venue.model.fills(address_of(body)), body)
    return [fill_row(fill) for fill in reversed(fills[-RECORDS_MAX:])]


def user_fills_by_time(venue: Venue, body: Body) -> Any:
    """Oldest first from `startTime`; `reversed` turns it to newest first."""
    start_ms, end_ms = member(body, "startTime", int), optional(body, "endTime", int)
    fills = [fill for fill in venue.model.fills(address_of(body)) if _within(fill.at_ms, start_ms, end_ms)]
    fills = list(_aggregated(fills, body))
    if optional(body, "reversed", bool):
        fills.reverse()
    return [fill_row(fill) for fill in fills[:RECORDS_MAX]]


def _within(at_ms: int, start_ms: int, end_ms: int | None) -> bool:
    return start_ms <= at_ms and (end_ms is None or at_ms <= end_ms)


def _aggregated(fills: Sequence[Fill], body: Body) -> Sequence[Fill]:
    """Executions of one order at one moment as one row, where asked for."""
    if not optional(body, "aggregateByTime", bool):
        return fills
    merged: list[Fill] = []
    for fill in fills:
        before = merged[-1] if merged else None
        if before is not None and (before.oid, before.at_ms) == (fill.oid, fill.at_ms):
            merged[-1] = _joined(before, fill)
        else:
            merged.append(fill)
    return merged


def _joined(first: Fill, second: Fill) -> Fill:
    size = first.sz + second.sz
    px = (first.px * first.sz + second.px * second.sz) / size
    return replace(
        first,
        px=px.quantize(Decimal("0.000001")),
        sz=size,
        fee=first.fee + second.fee,
        closed_pnl=first.closed_pnl + second.closed_pnl,
    )


def user_funding(venue: Venue, body: Body) -> Any:
    start_ms, end_ms = member(body, "startTime", int), optional(body, "endTime", int)
    rows = [row for row in venue.model.funding(address_of(body)) if _within(row.at_ms, start_ms, end_ms)]
    return [funding_row(row) for row in rows[:ROWS_MAX]]


def twap_slice_fills(venue: Venue, body: Body) -> Any:
    if "user" not in body:
        raise Unparsable("missing field `user`")
    return []
