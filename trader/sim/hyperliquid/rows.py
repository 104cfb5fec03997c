"""Orders, fills and payments as the venue's JSON rows, field for field and in its key order."""

import hashlib
from typing import Any

from trader.exchange.model import Model
from trader.exchange.orders import Order
from trader.exchange.rows import Fill, FundingRow, HistoryRow
from trader.exchange.status import Tif, Trigger
from trader.sim.hyperliquid.decimals import short, text

TIF_TEXT = {
    Tif.GTC: "Gtc",
    Tif.IOC: "Ioc",
    Tif.ALO: "Alo",
    Tif.MARKET: "FrontendMarket",
    Tif.LIQUIDATION: "LiquidationMarket",
}
NO_HASH = "0x" + "0" * 64


def side_text(is_buy: bool) -> str:
    return "B" if is_buy else "A"


def order_type(order: Order) -> str:
    """The display name: a trigger keeps its name after it fired."""
    if order.trigger is not None:
        kind = "Stop" if order.trigger.kind is Trigger.STOP else "Take Profit"
        return f"{kind} {'Market' if order.trigger.is_market else 'Limit'}"
    return "Market" if order.tif in (Tif.MARKET, Tif.LIQUIDATION) else "Limit"


def trigger_condition(order: Order) -> str:
    """ "Price above 10.004" as the venue displays it; a stop fires against the side it closes."""
    if order.trigger is None:
        return "N/A"
    if order.fired:
        return "Triggered"
    above = order.is_buy == (order.trigger.kind is Trigger.STOP)
    return f"Price {'above' if above else 'below'} {short(order.trigger.px)}"


def frontend_order(model: Model, order: Order) -> dict[str, Any]:
    """The long form of an order; children that still wait for it are listed inside and by themselves."""
    children: list[Order] = []
    if order.children:
        live = model.open_orders(order.user, order.coin)
        children = [child for child in live if child.oid in order.children and not child.armed]
    return {
        "coin": order.coin,
        "side": side_text(order.is_buy),
        "limitPx": text(order.px),
        "sz": text(order.sz),
        "oid": order.oid,
        "timestamp": order.placed_ms,
        "triggerCondition": trigger_condition(order),
        "isTrigger": order.trigger is not None,
        "triggerPx": "0.0" if order.trigger is None else text(order.trigger.px),
        "children": [frontend_order(model, child) for child in children],
        "isPositionTpsl": order.position_bound,
        "reduceOnly": order.reduce_only,
        "orderType": order_type(order),
        "origSz": text(order.orig_sz),
        "tif": None if order.trigger is not None or order.tif is None else TIF_TEXT[order.tif],
        "cloid": order.cloid,
    }


def plain_order(order: Order) -> dict[str, Any]:
    """The short form, in which a trigger looks like a limit order."""
    row: dict[str, Any] = {
        "coin": order.coin,
        "side": side_text(order.is_buy),
        "limitPx": text(order.px),
        "sz": text(order.sz),
        "oid": order.oid,
        "timestamp": order.placed_ms,
        "origSz": text(order.orig_sz),
    }
    if order.cloid is not None:
        row["cloid"] = order.cloid
    if order.reduce_only:
        row["reduceOnly"] = True
    return row


def status_row(model: Model, row: HistoryRow, order: Order | None = None) -> dict[str, Any]:
    """One status change of an order, shown as it was then or as `order` is now."""
    return {
        "order": frontend_order(model, order or row.order),
        "status": row.status.value,
        "statusTimestamp": row.at_ms,
    }


def _hash(*parts: object) -> str:
    """A transaction hash: one for all that one transaction did."""
    return "0x" + hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()


def fill_row(fill: Fill) -> dict[str, Any]:
    """One execution; `fee` is what was charged for it, `closedPnl` is before fees."""
    row: dict[str, Any] = {
        "coin": fill.coin,
        "px": text(fill.px),
        "sz": text(fill.sz),
        "side": side_text(fill.is_buy),
        "time": fill.at_ms,
        "startPosition": text(fill.start_position),
        "dir": fill.direction,
        "closedPnl": text(fill.closed_pnl),
        "hash": _hash(fill.user, fill.at_ms, fill.coin),
        "oid": fill.oid,
        "crossed": fill.crossed,
        "fee": text(fill.fee),
        "tid": fill.tid,
        "feeToken": fill.fee_asset,
        "twapId": None,
    }
    if fill.cloid is not None:
        row["cloid"] = fill.cloid
    if fill.liquidation is not None:
        mark = fill.liquidation
        row["liquidation"] = {
            "liquidatedUser": mark.user,
            "markPx": text(mark.mark_px),
            "method": mark.method,
        }
    return row


def funding_row(row: FundingRow) -> dict[str, Any]:
    """One hourly payment; negative means paid."""
    return {
        "time": row.at_ms,
        "hash": NO_HASH,
        "delta": {
            "type": "funding",
            "coin": row.coin,
            "usdc": text(row.usdc),
            "szi": text(row.szi),
            "fundingRate": text(row.rate),
            "nSamples": None,
        },
    }
