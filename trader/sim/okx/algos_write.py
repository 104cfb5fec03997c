"""Writing algo orders: place, cancel, amend.

Rules: a cancelled algo is cancelled at once here, and the client must still read it back. An algo that has
triggered cannot be cancelled or changed any more. Trigger price "0" takes a leg away.
"""

from decimal import Decimal

from trader.exchange.orders import Order
from trader.exchange.rules import Market
from trader.exchange.status import Reason, Trigger
from trader.sim.okx.algo_placing import failed_row, place_algo
from trader.sim.okx.algo_rows import waiting_orders
from trader.sim.okx.algos_read import find_algo
from trader.sim.okx.calls import Call, Reply, Row, each, item_success, reply_of
from trader.sim.okx.contracts import coins_of, market_of, size_text
from trader.sim.okx.exits import AT_MARKET, SOURCES, check_side, trigger_price
from trader.sim.okx.orders_write import require_size
from trader.sim.okx.parameters import Parameters
from trader.sim.okx.reasons import refusal_for
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.tickets import EFFECTIVE, AlgoTicket, Exits

_CANCELS_MAX = 10
_GONE = "0"


def order_algo(call: Call) -> Reply:
    return reply_of(each([call.params], lambda item: place_algo(call, item), failed_row), failed_text="")


def cancel_algos(call: Call) -> Reply:
    require_size(call, _CANCELS_MAX)
    return reply_of(each(call.items, lambda item: _cancelled(call, item), _id_row), failed_text="")


def _id_row(item: Parameters) -> Row:
    said = item.text("algoClOrdId")
    return {"algoId": item.text("algoId"), "algoClOrdId": said, "clOrdId": "", "tag": ""}


def _cancelled(call: Call, item: Parameters) -> Row:
    market_of(call.model, item.required("instId"))
    ticket = find_algo(call, item)
    if ticket is None:
        raise Refusal("51400")
    if ticket.state == EFFECTIVE:
        raise Refusal("51416")
    if not ticket.is_alive:
        raise Refusal("51400")
    for order in waiting_orders(call.model, ticket):
        call.model.cancel(call.user, order.oid)
    row = {"algoId": str(ticket.algo_id), "algoClOrdId": ticket.client_id, "clOrdId": "", "tag": ticket.tag}
    return row | item_success()


def amend_algos(call: Call) -> Reply:
    return reply_of(each([call.params], lambda item: _amended(call, item), _amend_row), failed_text="")


def _amend_row(item: Parameters) -> Row:
    return {
        "algoId": item.text("algoId"),
        "algoClOrdId": item.text("algoClOrdId"),
        "reqId": item.text("reqId"),
    }


def _amended(call: Call, item: Parameters) -> Row:
    market = market_of(call.model, item.required("instId"))
    ticket = find_algo(call, item)
    if ticket is None or not ticket.is_alive:
        raise Refusal("51527")
    try:
        _change(call, market, ticket, item)
    except Refusal:
        if item.flag("cxlOnFail"):
            for order in waiting_orders(call.model, ticket):
                call.model.cancel(call.user, order.oid)
        raise
    ticket.updated_ms = call.now_ms
    row = {"algoId": str(ticket.algo_id), "algoClOrdId": ticket.client_id, "reqId": item.text("reqId")}
    return row | item_success()


def _change(call: Call, market: Market, ticket: AlgoTicket, item: Parameters) -> None:
    """Everything that is asked for, checked before anything is changed."""
    size = coins_of(market, item.positive("newSz")) if item.has("newSz") else None
    if size is not None and ticket.close_fraction:
        raise Refusal("51523")
    wanted = _wanted(ticket, item, market)
    quote = call.model.quote(market.coin)
    moved = Exits()
    if wanted.sl_trigger != ticket.exits.sl_trigger:
        moved.sl_trigger, moved.sl_type = wanted.sl_trigger, wanted.sl_type
    if wanted.tp_trigger != ticket.exits.tp_trigger:
        moved.tp_trigger, moved.tp_type = wanted.tp_trigger, wanted.tp_type
    check_side(moved, quote, is_buy=ticket.is_buy)
    for order in waiting_orders(call.model, ticket):
        _change_leg(call, market, ticket, order, wanted, size, item)
    ticket.exits = wanted
    if size is not None:
        ticket.sz = size_text(market, size)


def _wanted(ticket: AlgoTicket, item: Parameters, market: Market) -> Exits:
    """The exits as they shall be."""
    old = ticket.exits
    sl, sl_px = _leg(item, "Sl", market, current=(old.sl_trigger, old.sl_px, old.sl_type))
    tp, tp_px = _leg(item, "Tp", market, current=(old.tp_trigger, old.tp_px, old.tp_type))
    if ticket.ord_type != "trigger" and not sl and not tp:
        raise Refusal("51526")
    if ticket.close_fraction and {sl_px, tp_px} - {"", AT_MARKET}:
        raise Refusal("51523")
    return Exits(sl, sl_px, old.sl_type if sl else "", tp, tp_px, old.tp_type if tp else "")


def _leg(item: Parameters, side: str, market: Market, *, current: tuple[str, str, str]) -> tuple[str, str]:
    """(trigger, limit) of one leg; both empty once it is taken away."""
    trigger, limit, kind = current
    name = f"new{side}TriggerPx"
    if item.has(name):
        if not trigger:
            raise Refusal("51526")
        if item.number(name) == 0:
            return "", ""
        trigger = trigger_price(item, name, market)
    if item.has(f"new{side}TriggerPxType") and item.word(f"new{side}TriggerPxType", SOURCES) != kind:
        raise Refusal("51528")
    if item.has(f"new{side}OrdPx"):
        said = item.text(f"new{side}OrdPx")
        limit = AT_MARKET if said == AT_MARKET else trigger_price(item, f"new{side}OrdPx", market)
        # Turning a market exit into a limit one, or back, is beyond what the model amends.
        if limit != current[1] and AT_MARKET in (limit, current[1]):
            raise Refusal("51000", f"new{side}OrdPx")
    return trigger, limit


def _change_leg(
    call: Call, market: Market, ticket: AlgoTicket, order: Order, wanted: Exits, size: Decimal | None,
    item: Parameters,
) -> None:  # fmt: skip
    """One order of the algo in the model."""
    trigger = order.trigger
    if trigger is None:
        return
    if ticket.ord_type == "trigger":
        new_px = (
            trigger_price(item, "newTriggerPx", market) if item.has("newTriggerPx") else ticket.trigger_px
        )
        ticket.trigger_px, limit = new_px, AT_MARKET
    elif trigger.kind is Trigger.STOP:
        new_px, limit = wanted.sl_trigger, wanted.sl_px
    else:
        new_px, limit = wanted.tp_trigger, wanted.tp_px
    if not new_px or new_px == _GONE:
        call.model.cancel(call.user, order.oid)
        ticket.state = "live"
        return
    px = None if limit == AT_MARKET else Decimal(limit)
    placed = call.model.amend(call.user, order.oid, px=px, sz=size, trigger_px=Decimal(new_px))
    if placed.reason is not None and placed.reason is not Reason.NO_CHANGE:
        raise refusal_for(placed.reason, call.model, market, is_buy=order.is_buy)
