"""Normal orders as the venue's JSON rows, put together from the ticket, the model's order and its fills.

Rules: state, sizes and prices come from the model; words come from the ticket. What does not apply is the
empty string, and numbers are strings.
"""

from decimal import Decimal

from trader.core.frozen import frozen
from trader.exchange.model import Model
from trader.exchange.orders import Order
from trader.exchange.rows import Fill
from trader.exchange.rules import Market
from trader.exchange.status import LIVE, Status
from trader.sim.okx.calls import Row
from trader.sim.okx.contracts import inst_id_of, size_text
from trader.sim.okx.numbers import derived, text
from trader.sim.okx.tickets import Attached, OrderTicket

STANDING, PARTIAL, FILLED, ENDED = "live", "partially_filled", "filled", "canceled"
_CANCEL_SOURCES = {
    Status.CANCELED: "1",
    Status.MARGIN_CANCELED: "2",
    Status.REDUCE_ONLY_CANCELED: "2",
    Status.REDUCE_ONLY_REJECTED: "2",
    Status.LIQUIDATED_CANCELED: "3",
    Status.FOK_REJECTED: "13",
    Status.IOC_REJECTED: "14",
    Status.NO_LIQUIDITY_REJECTED: "15",
    Status.SCHEDULED_CANCEL: "20",
    Status.ALO_REJECTED: "31",
    Status.SELF_TRADE_CANCELED: "32",
    Status.DELISTED_CANCELED: "7",
}
_EMPTY = (
    *("ccy", "pxUsd", "pxVol", "pxType", "stpId", "tpTriggerPx", "tpTriggerPxType", "tpOrdPx"),
    *("slTriggerPx", "slTriggerPxType", "slOrdPx", "quickMgnType", "tgtCcy", "tradeQuoteCcy", "outcome"),
    *("cancelSourceReason", "attachAlgoClOrdId"),
)


@frozen
class Facts:
    """What is true of one order now."""

    state: str
    filled: Decimal
    fills: tuple[Fill, ...]
    updated_ms: int
    size: Decimal
    status: Status | None

    @property
    def is_pending(self) -> bool:
        return self.state in (STANDING, PARTIAL)


def facts_of(model: Model, ticket: OrderTicket) -> Facts:
    """An order's state; one that the model has forgotten or never had is known by its fills."""
    fills = model.fills_of(ticket.user, ticket.oid)
    filled = sum((fill.sz for fill in fills), Decimal(0))
    row = model.order(ticket.user, ticket.oid)
    if row is None:
        updated = fills[-1].at_ms if fills else ticket.created_ms
        return Facts(FILLED if fills else ENDED, filled, fills, updated, filled, None)
    size = _size(row.order, filled)
    updated = max(row.at_ms, fills[-1].at_ms if fills else 0)
    if row.status in LIVE:
        return Facts(PARTIAL if filled else STANDING, filled, fills, updated, size, row.status)
    state = FILLED if row.status is Status.FILLED else ENDED
    return Facts(state, filled, fills, updated, size, row.status)


def _size(order: Order, filled: Decimal) -> Decimal:
    """What was asked; an order that closes whatever there is asked for what it found."""
    return order.orig_sz or order.sz + filled


def order_row(model: Model, market: Market, ticket: OrderTicket) -> Row:
    """One order as every endpoint shows it."""
    facts = facts_of(model, ticket)
    last = facts.fills[-1] if facts.fills else None
    notional = sum((fill.px * fill.sz for fill in facts.fills), Decimal(0))
    fee = sum((fill.fee for fill in facts.fills), Decimal(0))
    return dict.fromkeys(_EMPTY, "") | {
        "instType": "SWAP",
        "instId": inst_id_of(ticket.coin),
        "ordId": str(ticket.ord_id),
        "clOrdId": ticket.client_id,
        "tag": ticket.tag,
        "px": _px(model, ticket),
        "sz": size_text(market, facts.size),
        "pnl": text(sum((fill.closed_pnl for fill in facts.fills), Decimal(0))),
        "ordType": ticket.ord_type,
        "side": "buy" if ticket.is_buy else "sell",
        "posSide": ticket.leg or "net",
        "tdMode": ticket.td_mode,
        "accFillSz": size_text(market, facts.filled),
        "fillPx": "" if last is None else text(last.px),
        "tradeId": "" if last is None else str(last.tid),
        "fillSz": "0" if last is None else size_text(market, last.sz),
        "fillTime": "" if last is None else str(last.at_ms),
        "avgPx": derived(notional / facts.filled) if facts.filled else "",
        "state": facts.state,
        "stpMode": "cancel_maker",
        "lever": ticket.lever,
        "attachAlgoOrds": [] if ticket.attached is None else [attached_row(ticket.attached)],
        "linkedAlgoOrd": {"algoId": ""},
        "feeCcy": "USDT",
        "fee": text(-fee),
        "rebateCcy": "USDT",
        "rebate": "0",
        "source": ticket.source,
        "category": ticket.category,
        "reduceOnly": "true" if ticket.reduce_only else "false",
        "isTpLimit": "false",
        "cancelSource": cancel_source(ticket, facts),
        "algoClOrdId": ticket.algo_client_id,
        "algoId": "" if ticket.algo_id is None else str(ticket.algo_id),
        "uTime": str(facts.updated_ms),
        "cTime": str(ticket.created_ms),
    }


def _px(model: Model, ticket: OrderTicket) -> str:
    """The limit of now: an amended order has another than it was placed with."""
    row = model.order(ticket.user, ticket.oid)
    if not ticket.px or row is None or not row.order.px or ticket.ord_type == "market":
        return "" if ticket.category == "normal" and ticket.ord_type == "market" else ticket.px
    return text(row.order.px)


def cancel_source(ticket: OrderTicket, facts: Facts) -> str:
    """Why it ended unfilled, in the venue's numbers."""
    if facts.state != ENDED:
        return ""
    if ticket.cancel_source or facts.status is None:
        return ticket.cancel_source
    return _CANCEL_SOURCES.get(facts.status, "0")


def attached_row(attached: Attached) -> Row:
    """Attached exits on their parent's record; the id here is not the algo's later one."""
    exits = attached.exits
    return {
        "attachAlgoId": str(attached.attach_id),
        "attachAlgoClOrdId": attached.client_id,
        "tpOrdKind": "condition" if exits.tp_trigger else "",
        "tpTriggerPx": exits.tp_trigger,
        "tpTriggerPxType": exits.tp_type,
        "tpTriggerRatio": "",
        "tpOrdPx": exits.tp_px,
        "slTriggerPx": exits.sl_trigger,
        "slTriggerPxType": exits.sl_type,
        "slTriggerRatio": "",
        "slOrdPx": exits.sl_px,
        "sz": "",
        "amendPxOnTriggerType": "0",
        "callbackRatio": "",
        "callbackSpread": "",
        "activePx": "",
        "failCode": attached.fail_code,
        "failReason": attached.fail_reason,
    }
