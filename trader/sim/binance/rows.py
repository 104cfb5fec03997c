"""Orders as the venue writes them: plain ones, and conditional ones with the order they became.

Rules: everything is derived from the model's newest row of an order and from what was asked for. A plain
order's answer to POST, PUT or DELETE and its row in a query have different fields, as at the venue.
"""

from decimal import Decimal
from typing import Any

from trader.exchange.orders import Order
from trader.exchange.rows import HistoryRow
from trader.exchange.status import LIVE, Status
from trader.sim.binance.decimals import fixed
from trader.sim.binance.details import Details, algo_id_of, order_id_of
from trader.sim.binance.symbols import QUOTE, places
from trader.sim.binance.venue import Venue

_ENDED = {
    Status.FILLED: "FILLED",
    Status.CANCELED: "CANCELED",
    Status.SCHEDULED_CANCEL: "CANCELED",
    Status.SELF_TRADE_CANCELED: "EXPIRED_IN_MATCH",
    Status.REJECTED: "REJECTED",
}
# How a conditional order ends that never fired.
_ALGO_ENDED = {
    Status.CANCELED: "CANCELED",
    Status.SCHEDULED_CANCEL: "CANCELED",
    Status.REJECTED: "REJECTED",
}
_IMMEDIATE = frozenset({"IOC", "FOK"})


def is_open(row: HistoryRow) -> bool:
    """On the books: resting, or waiting for its trigger."""
    return row.status in LIVE


def plain_status(row: HistoryRow, details: Details) -> str:
    """The status word of a plain order, or of the order that a triggered one became."""
    if details.expired_as:
        return details.expired_as
    if is_open(row):
        return "PARTIALLY_FILLED" if row.order.filled else "NEW"
    is_immediate = details.type == "MARKET" or details.time_in_force in _IMMEDIATE or row.order.fired
    if row.status is Status.CANCELED and is_immediate:
        return "EXPIRED"
    return _ENDED.get(row.status, "EXPIRED")


def is_fired(row: HistoryRow) -> bool:
    """Did the condition come true?"""
    return row.order.fired


def fired_ms(row: HistoryRow) -> int:
    """When the condition came true."""
    return row.order.fired_ms or row.at_ms


def algo_status(venue: Venue, row: HistoryRow, details: Details) -> str:
    """The word of a conditional order's life."""
    if details.expired_as:
        return details.expired_as
    if details.is_doomed:
        return "REJECTED" if details.doomed_at_ms else "NEW"
    if not is_fired(row):
        return "NEW" if is_open(row) else _ALGO_ENDED.get(row.status, "EXPIRED")
    if venue.now_ms < fired_ms(row) + venue.switches.triggering_ms:
        return "TRIGGERING"
    if is_open(row):
        return "TRIGGERED"
    if row.order.failure is not None and not row.order.filled:
        return "REJECTED"
    return "FINISHED"


def became_an_order(venue: Venue, row: HistoryRow, details: Details) -> bool:
    """Is there a plain order behind this conditional one?"""
    return algo_status(venue, row, details) in ("TRIGGERED", "FINISHED")


def side_of(order: Order) -> str:
    return "BUY" if order.is_buy else "SELL"


def actual_type(details: Details) -> str:
    """What a conditional order becomes."""
    return "MARKET" if details.type.endswith("_MARKET") else "LIMIT"


def order_row(venue: Venue, row: HistoryRow, details: Details, *, is_query: bool) -> dict[str, Any]:
    """A plain order: the answer to a write, or a row of a query."""
    order, sizes = row.order, venue.rules_of(details.coin + QUOTE).quantity_precision
    ticks = places(venue.market_of(details.coin).price_step)
    done = venue.executed(row.user, order.oid)
    quantity = fixed(order.orig_sz or done.size + order.sz, sizes)
    kind = actual_type(details) if details.is_algo else details.type
    found: dict[str, Any] = {
        "orderId": order_id_of(order.oid),
        "symbol": details.coin + QUOTE,
        "status": plain_status(row, details),
        "clientOrderId": details.client_id,
        "price": details.price or fixed(Decimal(0), max(ticks, 2)),
        "avgPrice": fixed(done.average, 5),
        "origQty": quantity,
        "executedQty": fixed(done.size, sizes),
        "cumQty": fixed(done.size, sizes),
        "cumQuote": fixed(done.notional, 5),
        "timeInForce": "GTC" if details.time_in_force == "GTE_GTC" else details.time_in_force,
        "type": kind,
        "reduceOnly": details.reduce_only,
        "closePosition": details.close_position,
        "side": side_of(order),
        "positionSide": details.position_side,
        "stopPrice": fixed(Decimal(0), max(ticks, 2)),
        "workingType": details.working_type,
        "priceProtect": details.price_protect,
        "origType": kind,
        "priceMatch": "NONE",
        "selfTradePreventionMode": details.stp,
        "goodTillDate": details.good_till_ms,
    }
    if is_query:
        began_ms = fired_ms(row) if details.is_algo else details.placed_ms
        found |= {"time": began_ms, "updateTime": row.at_ms}
        del found["cumQty"]
        return found
    if not venue.switches.post_average:
        del found["avgPrice"], found["cumQuote"]
    return found | {"updateTime": row.at_ms}


def acknowledged(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer of a client that asked for no result: the order as it was taken."""
    zero = format(Decimal(answer["executedQty"]) * 0, "f")
    return answer | {"status": "NEW", "executedQty": zero, "cumQty": zero}


def algo_row(venue: Venue, row: HistoryRow, details: Details, *, shape: str) -> dict[str, Any]:
    """A conditional order; `shape` is "placed", "query" or "list", which differ at the venue."""
    order, status = row.order, algo_status(venue, row, details)
    fired = is_fired(row) and not details.is_doomed
    ticks = places(venue.market_of(details.coin).price_step)
    found: dict[str, Any] = {
        "algoId": algo_id_of(order.oid),
        "clientAlgoId": details.client_id,
        "algoType": "CONDITIONAL",
        "orderType": details.type,
        "symbol": details.coin + QUOTE,
        "side": side_of(order),
        "positionSide": details.position_side,
        "timeInForce": details.time_in_force,
        "quantity": details.quantity or "0",
        "algoStatus": status,
        "triggerPrice": details.trigger_price,
        "price": details.price or fixed(Decimal(0), max(ticks, 2)),
        "icebergQuantity": None,
        "selfTradePreventionMode": details.stp,
        "workingType": details.working_type,
        "priceMatch": "NONE",
        "closePosition": details.close_position,
        "priceProtect": details.price_protect,
        "reduceOnly": details.reduce_only,
        "createTime": details.placed_ms,
        "updateTime": details.doomed_at_ms or row.at_ms,
        "triggerTime": fired_ms(row) if fired else details.doomed_at_ms,
        "goodTillDate": details.good_till_ms,
    }
    if shape == "placed":
        return found | {"activatePrice": "", "callbackRate": ""}
    found |= _actual(venue, row, details)
    if shape == "query":
        return found | {"tpOrderType": ""}
    del found["actualType"], found["actualQty"]
    names = ("tpTriggerPrice", "tpPrice", "slTriggerPrice", "slPrice")
    return found | dict.fromkeys(names, "0.000") | {"tpOrderType": ""}


def _actual(venue: Venue, row: HistoryRow, details: Details) -> dict[str, Any]:
    """The order that a conditional one became, where it did."""
    if not became_an_order(venue, row, details):
        return {"actualOrderId": "", "actualPrice": "0.00000", "actualType": "", "actualQty": ""}
    done = venue.executed(row.user, row.order.oid)
    sizes = venue.rules_of(details.coin + QUOTE).quantity_precision
    return {
        "actualOrderId": str(order_id_of(row.order.oid)),
        "actualPrice": fixed(done.average, 5),
        "actualType": actual_type(details),
        "actualQty": fixed(done.size, sizes),
    }
