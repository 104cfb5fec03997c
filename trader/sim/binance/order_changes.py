"""Cancelling and changing orders, one at a time, in batches, all of them, or by a countdown.

Rules: a plain order is cancelled by its own endpoint and a conditional one by another; neither sees the
other's ids. What is not open is -2011, a conditional order between trigger and order -4117. A batch is
performed in order; each element has an answer or an error of its own.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from trader.exchange.status import Reason
from trader.sim.binance.details import Details, algo_id_of
from trader.sim.binance.filters import check_band, check_price, check_quantity
from trader.sim.binance.lookup import (
    Found,
    current,
    live_orders,
    named_algo,
    named_plain,
    open_algo,
    open_plain,
)
from trader.sim.binance.parameters import Parameters, from_item
from trader.sim.binance.placing import place, price_text
from trader.sim.binance.refusals import Refused, from_model, illegal, missing, refused
from trader.sim.binance.requests import Asked
from trader.sim.binance.rows import algo_status, order_row
from trader.sim.faults import Fault

BATCH_MAX = 5
CANCEL_BATCH_MAX = 10
_ALL_DONE = {"code": 200, "msg": "The operation of cancel all open order is done."}


def cancel_order(asked: Asked) -> Any:
    """DELETE order."""
    found = named_plain(asked, only_open=True)
    if found is None:
        raise refused(-2011)
    return _cancelled(asked, found)


def _cancelled(asked: Asked, found: Found) -> dict[str, Any]:
    details = found[1]
    asked.venue.model.cancel(asked.user, details.oid)
    row = current(asked.venue, details, {})
    if row is None:
        raise refused(-2011)
    return order_row(asked.venue, row, details, is_query=False)


def cancel_all_orders(asked: Asked) -> Any:
    """DELETE allOpenOrders: plain ones of a symbol."""
    for _, details in open_plain(asked.venue, asked.user, asked.coin()):
        asked.venue.model.cancel(asked.user, details.oid)
    return dict(_ALL_DONE)


def cancel_algo(asked: Asked) -> Any:
    """DELETE algoOrder."""
    venue = asked.venue
    found = named_algo(asked)
    if found is None:
        raise refused(-2011)
    row, details = found
    status = algo_status(venue, row, details)
    if status == "TRIGGERING":
        raise refused(-4117)
    if status != "NEW":
        raise refused(-2011)
    _end_algo(asked, details)
    return {
        "algoId": algo_id_of(details.oid),
        "clientAlgoId": details.client_id,
        "code": "200",
        "msg": "success",
    }


def _end_algo(asked: Asked, details: Details) -> None:
    """Cancel it in the model, or what is only told of it."""
    if details.is_doomed:
        asked.venue.details.put(replace(details, is_doomed=False, expired_as="CANCELED"))
    asked.venue.model.cancel(asked.user, details.oid)


def cancel_all_algo(asked: Asked) -> Any:
    """DELETE algoOpenOrders of a symbol."""
    venue, coin = asked.venue, asked.coin()
    for row, details in open_algo(venue, asked.user, coin):
        if algo_status(venue, row, details) == "NEW":
            _end_algo(asked, details)
    return dict(_ALL_DONE)


def batch_place(asked: Asked) -> Any:
    """POST batchOrders."""
    items = asked.parameters.json_list("batchOrders")
    if items is None:
        raise missing("batchOrders")
    if not 1 <= len(items) <= BATCH_MAX:
        raise Refused(-4082, "Invalid number of batch place orders.")
    return [
        _each(place, replace(asked, lies=_lies_of(asked, index)), from_item(item))
        for index, item in enumerate(items)
    ]


def _lies_of(asked: Asked, index: int) -> list[Fault]:
    """The faults about one element of a batch: those that name it by number, or none."""
    return [fault for fault in asked.lies if fault.params.get("item", index) == index]


def batch_cancel(asked: Asked) -> Any:
    """DELETE batchOrders by either list of ids."""
    coin = asked.coin()
    for name, key in (("orderIdList", "orderId"), ("origClientOrderIdList", "origClientOrderId")):
        ids = asked.parameters.json_list(name)
        if ids is None:
            continue
        if not 1 <= len(ids) <= CANCEL_BATCH_MAX:
            raise illegal(name)
        symbol = asked.parameters.required("symbol")
        rows = [Parameters({"symbol": symbol, key: str(each)}) for each in ids]
        return [_each(_cancel_one, asked, row) for row in rows]
    raise Refused(
        -1102, f"Param 'orderIdList' or 'origClientOrderIdList' must be sent for {coin}, both were empty!"
    )


def _cancel_one(asked: Asked, parameters: Parameters) -> dict[str, Any]:
    one = replace(asked, parameters=parameters)
    found = named_plain(one, only_open=True)
    if found is None:
        raise refused(-2011)
    return _cancelled(one, found)


def _each(
    act: Callable[[Asked, Parameters], dict[str, Any]], asked: Asked, parameters: Parameters
) -> dict[str, Any]:
    """One element's answer, or its error in its place."""
    try:
        return act(asked, parameters)
    except Refused as error:
        return {"code": error.code, "msg": error.message}


def amend_order(asked: Asked) -> Any:
    """PUT order: price and quantity of a limit order; it keeps its ids and loses its place."""
    venue, parameters = asked.venue, asked.parameters
    found = named_plain(asked, only_open=True)
    if found is None:
        raise refused(-2013)
    row, details = found
    quantity, price = parameters.decimal("quantity"), parameters.decimal("price")
    side = parameters.required("side")
    if quantity is None:
        raise missing("quantity")
    if price is None:
        raise missing("price")
    if (side == "BUY") != row.order.is_buy:
        raise refused(-1117)
    check_quantity(venue, details.coin, quantity, at_market=False)
    check_price(venue, details.coin, price)
    check_band(venue, details.coin, price, is_buy=row.order.is_buy)
    placed = venue.model.amend(asked.user, details.oid, sz=quantity, px=price)
    if placed.reason is Reason.NO_CHANGE:
        raise refused(-5027)
    if placed.reason is Reason.ALO_CROSSES:
        # A post-only order that would take after its change is cancelled, not refused.
        venue.model.cancel(asked.user, details.oid)
    elif placed.reason is not None:
        raise from_model(placed.reason)
    changed = replace(details, price=price_text(venue, details.coin, price))
    venue.details.put(changed)
    newest = current(venue, changed, live_orders(venue, asked.user))
    if newest is None:
        raise refused(-2013)
    answer = order_row(venue, newest, changed, is_query=False)
    return answer | {"pair": answer["symbol"], "modifyId": parameters.integer("modifyId") or 0}


def countdown(asked: Asked) -> Any:
    """POST countdownCancelAll."""
    coin = asked.coin()
    milliseconds = asked.parameters.required_integer("countdownTime")
    if milliseconds < 0:
        raise illegal("countdownTime")
    if milliseconds:
        asked.venue.countdowns.set(asked.user, coin, asked.now_ms + milliseconds)
    else:
        asked.venue.countdowns.stop(asked.user, coin)
    return {"symbol": asked.parameters.required("symbol"), "countdownTime": str(milliseconds)}
