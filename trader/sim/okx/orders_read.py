"""Reading normal orders and executions: single, pending, history, archive, fills.

Rules: an order that was cancelled without any fill is gone after two hours; history is seven days, fills
three, the archives three months. All of it is counted on the exchange's own clock.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from trader.exchange.rows import Fill
from trader.sim.okx.calls import Call, Row
from trader.sim.okx.contracts import inst_id_of, market_of
from trader.sim.okx.fills import bill_id, fill_row
from trader.sim.okx.order_rows import FILLED, PARTIAL, STANDING, Facts, facts_of, order_row
from trader.sim.okx.parameters import Parameters
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.tickets import OrderTicket

HOUR_MS = 3_600_000
UNFILLED_KEPT_MS = 2 * HOUR_MS
HISTORY_MS = 7 * 24 * HOUR_MS
FILLS_MS = 3 * 24 * HOUR_MS
ARCHIVE_MS = 90 * 24 * HOUR_MS
_PAGE = 100


def find_ticket(call: Call, params: Parameters) -> OrderTicket | None:
    """The order that is meant: ordId wins; of several with one client id the newest."""
    said, client_id = params.text("ordId"), params.text("clOrdId")
    if not said and not client_id:
        raise Refusal("50015", "ordId", "clOrdId")
    inst_id = params.required("instId")
    if said:
        ticket = call.venue.book.orders.get(int(said)) if said.isdigit() else None
        found = [ticket] if ticket is not None and ticket.user == call.user else []
    else:
        mine = call.venue.book.orders.values()
        found = [t for t in mine if t.user == call.user and t.client_id == client_id]
    found = [t for t in found if inst_id_of(t.coin) == inst_id]
    return max(found, key=lambda ticket: ticket.ord_id, default=None)


def get_order(call: Call) -> list[Row]:
    """One order; what the venue no longer shows or does not show yet is unknown."""
    market = market_of(call.model, call.params.required("instId"))
    ticket = find_ticket(call, call.params)
    if ticket is None or call.now_ms - ticket.created_ms < call.switches.visible_after_ms:
        raise Refusal("51603")
    facts = facts_of(call.model, ticket)
    if is_purged(call, facts) and not call.switches.order_keeps_unfilled:
        raise Refusal("51603")
    return [order_row(call.model, market, ticket)]


def is_purged(call: Call, facts: Facts) -> bool:
    """Ended without any fill more than two hours ago."""
    return not facts.is_pending and not facts.fills and facts.updated_ms < call.now_ms - UNFILLED_KEPT_MS


def tickets(call: Call, known: Iterable[OrderTicket]) -> Iterator[tuple[OrderTicket, Facts]]:
    """The caller's orders that fit the filters, newest first, with what is true of them."""
    params = call.params
    if params.text("instType", "SWAP") != "SWAP":
        return
    inst_id, family = params.text("instId"), params.text("instFamily") or params.text("uly")
    after, before = params.integer("after"), params.integer("before")
    types = set(params.text("ordType").split(",")) if params.has("ordType") else None
    for ticket in sorted(known, key=lambda each: -each.ord_id):
        name, number = inst_id_of(ticket.coin), ticket.ord_id
        is_meant = inst_id in ("", name) and (not family or name.startswith(family + "-"))
        is_meant = is_meant and (after is None or number < after) and (before is None or number > before)
        if is_meant and ticket.user == call.user and (types is None or ticket.ord_type in types):
            yield ticket, facts_of(call.model, ticket)


def rows_of(call: Call, found: Iterable[OrderTicket]) -> list[Row]:
    """One page of orders; no more are looked at than are told."""
    page = islice(found, call.params.limit(most=_PAGE))
    return [order_row(call.model, market_of(call.model, inst_id_of(t.coin)), t) for t in page]


def pending(call: Call) -> list[Row]:
    state = call.params.word("state", (STANDING, PARTIAL), "") if call.params.has("state") else ""
    live = (call.venue.book.order_for(order.oid) for order in call.model.open_orders(call.user))
    known = [ticket for ticket in live if ticket is not None]
    return rows_of(
        call, (t for t, facts in tickets(call, known) if facts.is_pending and state in ("", facts.state))
    )


def history(call: Call) -> list[Row]:
    """Seven days of ended orders."""
    return _ended(call, since_ms=call.now_ms - HISTORY_MS, keeps_unfilled=False)


def archive(call: Call) -> list[Row]:
    """Three months of ended orders."""
    since_ms = call.now_ms - ARCHIVE_MS
    return _ended(call, since_ms=since_ms, keeps_unfilled=call.switches.archive_keeps_unfilled)


def _ended(call: Call, *, since_ms: int, keeps_unfilled: bool) -> list[Row]:
    params = call.params
    params.word("instType", ("SWAP", "SPOT", "MARGIN", "FUTURES", "OPTION"))
    state = params.word("state", (FILLED, "canceled", "mmp_canceled"), FILLED) if params.has("state") else ""
    begin, end = params.integer("begin"), params.integer("end")

    def is_told(ticket: OrderTicket, facts: Facts) -> bool:
        is_gone = is_purged(call, facts) and not keeps_unfilled
        if facts.is_pending or is_gone or facts.updated_ms < since_ms or state not in ("", facts.state):
            return False
        return (begin is None or ticket.created_ms >= begin) and (end is None or ticket.created_ms <= end)

    known = call.venue.book.orders.values()
    return rows_of(call, (ticket for ticket, facts in tickets(call, known) if is_told(ticket, facts)))


def fills(call: Call) -> list[Row]:
    """Three days of executions."""
    return _fills(call, since_ms=call.now_ms - FILLS_MS)


def fills_history(call: Call) -> list[Row]:
    """Three months of executions."""
    call.params.required("instType")
    return _fills(call, since_ms=call.now_ms - ARCHIVE_MS)


def _fills(call: Call, *, since_ms: int) -> list[Row]:
    params = call.params
    if params.text("instType", "SWAP") != "SWAP":
        return []
    begin, end = params.integer("begin"), params.integer("end")
    after, before = params.integer("after"), params.integer("before")
    limit = params.limit(most=_PAGE)
    found: list[Row] = []
    for fill in reversed(call.model.fills(call.user)):
        if fill.at_ms < since_ms or len(found) == limit:
            break
        number = bill_id(fill)
        is_in = (after is None or number < after) and (before is None or number > before)
        is_in = is_in and (begin is None or fill.at_ms >= begin) and (end is None or fill.at_ms <= end)
        if is_in and _fits(call, fill):
            found.append(fill_row(call.venue, fill))
    return found


def _fits(call: Call, fill: Fill) -> bool:
    params = call.params
    inst_id, ord_id, sub_type = params.text("instId"), params.text("ordId"), params.text("subType")
    if inst_id and inst_id != inst_id_of(fill.coin):
        return False
    ticket = call.venue.book.order_for(fill.oid)
    if ord_id and (ticket is None or str(ticket.ord_id) != ord_id):
        return False
    return not sub_type or sub_type == fill_row(call.venue, fill)["subType"]
