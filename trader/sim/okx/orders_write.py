"""Writing normal orders: place, cancel and amend, one or many; close a position; the heartbeat.

Rules: a success means that the request was taken; what became of it is read afterwards. Every item of a batch
stands by itself, in the order it came.
"""

from dataclasses import replace
from decimal import Decimal
from functools import partial

from trader.exchange.orders import Order
from trader.exchange.rules import Market
from trader.exchange.status import Reason
from trader.sim.okx.calls import Call, Reply, Row, each, item_success, reply_of
from trader.sim.okx.contracts import coins_of, inst_id_of, market_of, size_text
from trader.sim.okx.exits import limit_price, trigger_price
from trader.sim.okx.orders_read import find_ticket
from trader.sim.okx.parameters import Parameters
from trader.sim.okx.placing import failed_row, place
from trader.sim.okx.reasons import refusal_for
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.tickets import OrderTicket
from trader.sim.okx.venue import CROSS, ISOLATED

_BATCH_MAX = 20
_TIMER_S = range(10, 121)


def place_order(call: Call) -> Reply:
    return reply_of(each([call.params], lambda item: _placed(call, item), failed_row))


def batch_orders(call: Call) -> Reply:
    require_size(call)
    rows = []
    for number, item in enumerate(call.items):
        # A lie may be about one item of the batch alone.
        lies = [fault for fault in call.lies if fault.params.get("item", number) == number]
        rows += each([item], partial(_placed, replace(call, lies=lies)), failed_row)
    return reply_of(rows)


def require_size(call: Call, most: int = _BATCH_MAX) -> None:
    """A batch of at least one and at most so many."""
    if not 1 <= len(call.items) <= most:
        raise Refusal("51000", "batch size")


def _placed(call: Call, item: Parameters) -> Row:
    require_in_time(call)
    return place(call, item)


def require_in_time(call: Call) -> None:
    """A request that came after its own expTime does nothing."""
    if call.expires_ms is not None and call.now_ms > call.expires_ms:
        raise Refusal(call.switches.expired_code)


def cancel_order(call: Call) -> Reply:
    return reply_of(each([call.params], lambda item: _cancelled(call, item), _id_row))


def cancel_batch_orders(call: Call) -> Reply:
    require_size(call)
    return reply_of(each(call.items, lambda item: _cancelled(call, item), _id_row))


def _id_row(item: Parameters) -> Row:
    return {"clOrdId": item.text("clOrdId"), "ordId": item.text("ordId"), "ts": ""}


def _cancelled(call: Call, item: Parameters) -> Row:
    market_of(call.model, item.required("instId"))
    ticket = find_ticket(call, item)
    if ticket is None or not _is_cancelled(call, ticket):
        raise Refusal("51400")
    return _done(call, ticket)


def _is_cancelled(call: Call, ticket: OrderTicket) -> bool:
    order = resting_order(call, ticket)
    return order is not None and call.model.cancel(call.user, order.oid)


def resting_order(call: Call, ticket: OrderTicket) -> Order | None:
    """The order in the model, while it is on the book."""
    live = call.model.open_orders(call.user, ticket.coin)
    return next((order for order in live if order.oid == ticket.oid and order.resting), None)


def _done(call: Call, ticket: OrderTicket) -> Row:
    row = {"clOrdId": ticket.client_id, "ordId": str(ticket.ord_id), "ts": str(call.now_ms)}
    return row | item_success()


def amend_order(call: Call) -> Reply:
    return reply_of(each([call.params], lambda item: _amended(call, item), _amend_row))


def amend_batch_orders(call: Call) -> Reply:
    require_size(call)
    return reply_of(each(call.items, lambda item: _amended(call, item), _amend_row))


def _amend_row(item: Parameters) -> Row:
    return _id_row(item) | {"reqId": item.text("reqId")}


def _amended(call: Call, item: Parameters) -> Row:
    require_in_time(call)
    market = market_of(call.model, item.required("instId"))
    ticket = find_ticket(call, item)
    order = None if ticket is None else resting_order(call, ticket)
    if ticket is None or order is None:
        raise Refusal("51503")
    try:
        _change(call, market, ticket, order, item)
    except Refusal:
        if item.flag("cxlOnFail"):
            call.model.cancel(call.user, order.oid)
        raise
    return _done(call, ticket) | {"reqId": item.text("reqId")}


def _change(call: Call, market: Market, ticket: OrderTicket, order: Order, item: Parameters) -> None:
    """A new price, a new total size, or new attached exits."""
    changes = item.objects("attachAlgoOrds")
    if not changes and not item.has("newPx") and not item.has("newSz"):
        raise Refusal("50015", "newSz", "newPx")
    for change in changes:
        _change_attached(call, market, ticket, order, change)
    if not item.has("newPx") and not item.has("newSz"):
        return
    px = item.positive("newPx") if item.has("newPx") else None
    sz = coins_of(market, item.positive("newSz")) if item.has("newSz") else None
    placed = call.model.amend(call.user, order.oid, px=px, sz=sz)
    if placed.reason is not None and placed.reason is not Reason.NO_CHANGE:
        raise refusal_for(placed.reason, call.model, market, is_buy=order.is_buy)
    if sz is not None:
        ticket.sz = size_text(market, sz)


def _change_attached(
    call: Call, market: Market, ticket: OrderTicket, order: Order, change: Parameters
) -> None:
    """New trigger prices of exits that wait for their parent."""
    attached = ticket.attached
    named = (change.text("attachAlgoId"), change.text("attachAlgoClOrdId"))
    if attached is None or not ({str(attached.attach_id), attached.client_id} & (set(named) - {""})):
        raise Refusal("51527")
    exits = attached.exits
    for side, current in (("Sl", exits.sl_trigger), ("Tp", exits.tp_trigger)):
        if not change.has(f"new{side}TriggerPx"):
            continue
        if not current:
            raise Refusal("51526")
        px = trigger_price(change, f"new{side}TriggerPx", market)
        has_both = bool(exits.sl_trigger and exits.tp_trigger)
        oid = attached.oids[1 if side == "Tp" and has_both else 0]
        placed = call.model.amend(call.user, oid, trigger_px=Decimal(px))
        if placed.reason is not None and placed.reason is not Reason.NO_CHANGE:
            raise Refusal("51527")
        if side == "Sl":
            exits.sl_trigger = px
        else:
            exits.tp_trigger = px
        if change.has(f"new{side}OrdPx"):
            limit_price(change, f"new{side}OrdPx", market)


def close_position(call: Call) -> Reply:
    """Close all of one position at market; the order is found by its client id alone."""
    params = call.params
    market = market_of(call.model, params.required("instId"))
    margin = params.word("mgnMode", (CROSS, ISOLATED))
    leg = None
    if call.is_two_sided:
        leg = params.word("posSide", ("long", "short"), "none")
    client_id = params.client_id("clOrdId")
    position = call.model.position(call.user, market.coin, leg)
    if position is None or (position.collateral is None) != (margin == CROSS):
        raise Refusal("51023")
    _clear_the_way(call, market.coin, leg, position.szi, is_allowed=params.flag("autoCxl"))
    asked = {
        "instId": inst_id_of(market.coin),
        "tdMode": margin,
        "side": "sell" if position.szi > 0 else "buy",
        "posSide": leg or "net",
        "ordType": "market",
        "sz": size_text(market, abs(position.szi)),
        "reduceOnly": leg is None,
        "clOrdId": client_id,
        "tag": params.tag(),
    }
    place(call, Parameters(asked))
    row = {"instId": asked["instId"], "posSide": leg or "net", "clOrdId": client_id, "tag": params.tag()}
    return Reply([row])


def _clear_the_way(call: Call, coin: str, leg: str | None, szi: Decimal, *, is_allowed: bool) -> None:
    """Resting orders that would close the position stop it, or are cancelled."""
    for order in call.model.open_orders(call.user, coin):
        if order.leg == leg and order.resting and order.is_buy == (szi < 0):
            if not is_allowed:
                raise Refusal("51115")
            call.model.cancel(call.user, order.oid)


def cancel_all_after(call: Call) -> list[Row]:
    """Cancel everything that is pending unless the client says again in time that it lives; 0 ends it."""
    seconds = call.params.integer("timeOut")
    call.params.required("timeOut")
    if seconds is None or (seconds != 0 and seconds not in _TIMER_S):
        raise Refusal("51000", "timeOut")
    if seconds == 0:
        call.venue.timers.pop(call.user, None)
    else:
        call.venue.timers[call.user] = call.now_ms + seconds * 1000
    due = str(call.now_ms + seconds * 1000) if seconds else "0"
    return [{"triggerTime": due, "tag": call.params.text("tag"), "ts": str(call.now_ms)}]
