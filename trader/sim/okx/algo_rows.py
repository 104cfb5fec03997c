"""Algo orders as the venue's JSON rows.

Rules: `state` alone says what became of an algo. Sizes and trigger prices of a waiting algo come from the
model, where an amendment shows; after it has triggered `actualSz` and `actualPx` are its order's.
"""

from decimal import Decimal

from trader.exchange.model import Model
from trader.exchange.orders import Order
from trader.exchange.rules import Market
from trader.sim.okx.calls import Row
from trader.sim.okx.contracts import inst_id_of, size_text
from trader.sim.okx.numbers import derived
from trader.sim.okx.order_rows import attached_row
from trader.sim.okx.tickets import FAILED, AlgoTicket

_EMPTY = (
    *("ccy", "clOrdId", "tgtCcy", "advanceOrdType", "pxVar", "pxSpread", "szLimit", "pxLimit"),
    *("timeInterval", "callbackRatio", "callbackSpread", "activePx", "moveTriggerPx", "quickMgnType"),
    *("amendPxOnTriggerType", "chaseType", "chaseVal", "maxChaseType", "maxChaseVal", "tradeQuoteCcy"),
    "isTradeBorrowMode",
)


def algo_row(model: Model, market: Market, ticket: AlgoTicket) -> Row:
    """One algo as every endpoint shows it."""
    exits = ticket.exits
    fills = [fill for oid in ticket.oids for fill in model.fills_of(ticket.user, oid)]
    filled = sum((fill.sz for fill in fills), Decimal(0))
    notional = sum((fill.px * fill.sz for fill in fills), Decimal(0))
    ord_ids = [str(number) for number in ticket.ord_ids]
    return dict.fromkeys(_EMPTY, "") | {
        "instType": "SWAP",
        "instId": inst_id_of(ticket.coin),
        "ordId": ord_ids[0] if ord_ids else "",
        "ordIdList": ord_ids,
        "subAlgoIdList": [],
        "algoId": str(ticket.algo_id),
        "algoClOrdId": ticket.client_id,
        "sz": "" if ticket.close_fraction else size_now(model, market, ticket),
        "closeFraction": ticket.close_fraction,
        "ordType": ticket.ord_type,
        "side": "buy" if ticket.is_buy else "sell",
        "posSide": ticket.leg or "net",
        "tdMode": ticket.td_mode,
        "state": ticket.state,
        "lever": ticket.lever,
        "tpTriggerPx": exits.tp_trigger,
        "tpTriggerPxType": exits.tp_type,
        "tpOrdPx": exits.tp_px,
        "slTriggerPx": exits.sl_trigger,
        "slTriggerPxType": exits.sl_type,
        "slOrdPx": exits.sl_px,
        "triggerPx": ticket.trigger_px,
        "triggerPxType": ticket.trigger_type,
        "ordPx": ticket.order_px,
        "advChaseParams": [],
        "actualSz": size_text(market, filled) if ord_ids else "",
        "actualPx": derived(notional / filled) if filled else "",
        "tag": ticket.tag,
        "actualSide": ticket.actual_side,
        "triggerTime": str(ticket.triggered_ms) if ticket.triggered_ms else "",
        "reduceOnly": "true" if ticket.reduce_only else "false",
        "last": ticket.last,
        "failCode": ticket.fail_code if ticket.state == FAILED else "",
        "attachAlgoOrds": [] if ticket.attached is None else [attached_row(ticket.attached)],
        "linkedOrd": {"ordId": "" if ticket.parent_ord_id is None else str(ticket.parent_ord_id)},
        "cTime": str(ticket.created_ms),
        "uTime": str(ticket.updated_ms),
    }


def waiting_orders(model: Model, ticket: AlgoTicket) -> list[Order]:
    """The algo's orders that wait in the model."""
    live = model.open_orders(ticket.user, ticket.coin)
    return [order for order in live if order.oid in ticket.oids and order.waiting]


def size_now(model: Model, market: Market, ticket: AlgoTicket) -> str:
    """What it would trade: exits that grow with their parent change, the others keep what was asked."""
    waiting = waiting_orders(model, ticket)
    return size_text(market, waiting[0].sz) if waiting else ticket.sz
