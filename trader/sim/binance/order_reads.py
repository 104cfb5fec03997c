"""Reading plain and conditional orders, executions and forced orders.

Rules: lists are oldest first. History needs a window of at most seven days; without one it is the last
seven. Executions are kept for three months.
"""

from collections.abc import Sequence
from typing import Any

from trader.exchange.rows import Fill
from trader.sim.binance.decimals import fixed, money, plain
from trader.sim.binance.details import DAY_MS, order_id_of
from trader.sim.binance.lookup import (
    Found,
    algo_orders,
    named_algo,
    named_plain,
    open_algo,
    open_plain,
    plain_orders,
)
from trader.sim.binance.positions import NAME_OF
from trader.sim.binance.refusals import Refused, refused
from trader.sim.binance.requests import Asked
from trader.sim.binance.rows import algo_row, order_row
from trader.sim.binance.symbols import QUOTE, places
from trader.sim.binance.venue import Venue

WEEK_MS = 7 * DAY_MS
TRADES_KEPT_MS = 90 * DAY_MS
_SETTLED = "SETTLEMENT"
_FORCED = {"Auto-Deleveraging": "ADL", "Settlement": _SETTLED}


def query_order(asked: Asked) -> Any:
    return _one(asked, named_plain(asked, only_open=False))


def query_open_order(asked: Asked) -> Any:
    return _one(asked, named_plain(asked, only_open=True))


def _one(asked: Asked, found: Found | None) -> Any:
    if found is None:
        raise refused(-2013)
    return order_row(asked.venue, *found, is_query=True)


def open_orders(asked: Asked) -> Any:
    coins = asked.coins()
    found = open_plain(asked.venue, asked.user, coins[0] if len(coins) == 1 else None)
    return [order_row(asked.venue, *each, is_query=True) for each in found]


def all_orders(asked: Asked) -> Any:
    """From an order id upwards, else a window of time."""
    coins = asked.coins()
    found = plain_orders(asked.venue, asked.user, coins[0] if len(coins) == 1 else None)
    from_id = asked.parameters.integer("orderId")
    limit = asked.parameters.limit(default=500, most=1000)
    if from_id is not None:
        chosen = [each for each in found if order_id_of(each[1].oid) >= from_id][:limit]
    else:
        chosen = _in_window(asked, found, limit)
    return [order_row(asked.venue, *each, is_query=True) for each in chosen]


def window(asked: Asked) -> tuple[int, int]:
    """Start and end, at most seven days apart."""
    parameters, now = asked.parameters, asked.now_ms
    start_ms, end_ms = parameters.integer("startTime"), parameters.integer("endTime")
    if start_ms is None:
        last = now if end_ms is None else end_ms
        return last - WEEK_MS, last
    if end_ms is None:
        return start_ms, min(now, start_ms + WEEK_MS)
    if end_ms < start_ms:
        raise Refused(-1127, "More than allowed hours between startTime and endTime.")
    if end_ms - start_ms > WEEK_MS:
        raise Refused(-4165, "Search window is restricted to recent 7 days only.")
    return start_ms, end_ms


def _in_window(asked: Asked, found: Sequence[Found], limit: int) -> list[Found]:
    start_ms, end_ms = window(asked)
    chosen = [each for each in found if start_ms <= each[1].placed_ms <= end_ms]
    return chosen[:limit] if asked.parameters.integer("startTime") is not None else chosen[-limit:]


def query_algo(asked: Asked) -> Any:
    found = named_algo(asked)
    if found is None:
        raise refused(-2013)
    return algo_row(asked.venue, *found, shape="query")


def open_algo_orders(asked: Asked) -> Any:
    coins = asked.coins()
    found = open_algo(asked.venue, asked.user, coins[0] if len(coins) == 1 else None)
    if asked.parameters.integer("algoId") is not None:
        one = named_algo(asked)
        found = [each for each in found if one is not None and each[1].oid == one[1].oid]
    return [algo_row(asked.venue, *each, shape="list") for each in found]


def all_algo_orders(asked: Asked) -> Any:
    found = algo_orders(asked.venue, asked.user, asked.coin())
    limit = asked.parameters.limit(default=500, most=1000)
    return [algo_row(asked.venue, *each, shape="list") for each in _in_window(asked, found, limit)]


def user_trades(asked: Asked) -> Any:
    """Executions of a symbol: of one order, from an id on, or of a window."""
    venue, parameters, coin = asked.venue, asked.parameters, asked.coin()
    limit = parameters.limit(default=500, most=1000)
    oldest = venue.now_ms - TRADES_KEPT_MS
    fills = [f for f in venue.model.fills(asked.user) if f.coin == coin and f.at_ms >= oldest]
    order_id, from_id = parameters.integer("orderId"), parameters.integer("fromId")
    if order_id is not None:
        fills = [fill for fill in fills if order_id_of(fill.oid) == order_id]
    if from_id is not None:
        chosen = [fill for fill in fills if fill.tid >= from_id][:limit]
        return [trade_row(venue, fill) for fill in chosen]
    if order_id is None or parameters.integer("startTime") is not None:
        start_ms, end_ms = window(asked)
        fills = [fill for fill in fills if start_ms <= fill.at_ms <= end_ms]
    ascending = parameters.integer("startTime") is not None
    return [trade_row(venue, fill) for fill in (fills[:limit] if ascending else fills[-limit:])]


def trade_row(venue: Venue, fill: Fill) -> dict[str, Any]:
    market = venue.market_of(fill.coin)
    tick, step = places(market.price_step), places(market.size_step)
    return {
        "symbol": fill.coin + QUOTE,
        "id": fill.tid,
        "orderId": order_id_of(fill.oid),
        "side": "BUY" if fill.is_buy else "SELL",
        "price": fixed(fill.px, max(tick, 2)),
        "qty": fixed(fill.sz, step),
        "realizedPnl": money(fill.closed_pnl),
        "quoteQty": plain(fill.px * fill.sz),
        "commission": money(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.at_ms,
        "positionSide": NAME_OF[fill.leg],
        "maker": not fill.crossed,
        "buyer": fill.is_buy,
        "marginAsset": QUOTE,
        "baseQty": "0",
        "pair": fill.coin + QUOTE,
    }


def forced_orders(asked: Asked) -> Any:
    """Orders with which the venue closed positions of this account."""
    venue = asked.venue
    kind = asked.parameters.text("autoCloseType")
    start_ms, end_ms = window(asked)
    coins = asked.coins()
    limit = asked.parameters.limit(default=50, most=100)
    found = []
    for fill in venue.model.fills(asked.user):
        forced = forced_kind(fill)
        if forced is None or fill.coin not in coins or not start_ms <= fill.at_ms <= end_ms:
            continue
        if kind in (None, forced):
            found.append(_forced_row(venue, fill, forced))
    return found[-limit:]


def forced_kind(fill: Fill) -> str | None:
    """LIQUIDATION, ADL, the end of a coin (which has no word to ask for it), or none of them."""
    if fill.liquidation is not None:
        return "LIQUIDATION"
    return _FORCED.get(fill.direction)


def _forced_row(venue: Venue, fill: Fill, kind: str) -> dict[str, Any]:
    market = venue.market_of(fill.coin)
    tick, step = places(market.price_step), places(market.size_step)
    price = fixed(fill.px, max(tick, 2))
    number = f"{fill.at_ms}{fill.tid:06d}"
    named = {"ADL": "adl_autoclose", _SETTLED: f"settlement_autoclose-{number}"}
    return {
        "orderId": order_id_of(fill.oid),
        "symbol": fill.coin + QUOTE,
        "pair": fill.coin + QUOTE,
        "status": "FILLED",
        "clientOrderId": named.get(kind, f"autoclose-{number}"),
        "price": price,
        "avgPrice": fixed(fill.px, 5),
        "origQty": fixed(fill.sz, step),
        "executedQty": fixed(fill.sz, step),
        "cumQuote": fixed(fill.px * fill.sz, 5),
        "timeInForce": "GTC" if kind == "ADL" else "IOC",
        "type": "LIMIT",
        "reduceOnly": False,
        "closePosition": False,
        "side": "BUY" if fill.is_buy else "SELL",
        "positionSide": NAME_OF[fill.leg],
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "origType": "LIMIT",
        "time": fill.at_ms,
        "updateTime": fill.at_ms,
    }
