"""Changing a live order in place: the same oid, a new price, size or trigger.

Rules of this file: what the change breaks refuses it and leaves the order as it was. A new price or a larger
size loses the place in the queue. `sz` is the total, with what has filled.
"""

from dataclasses import replace
from decimal import Decimal

from trader.exchange.checks import refuses
from trader.exchange.engine import Engine
from trader.exchange.lifecycle import allot, end
from trader.exchange.matching import crosses, take, wait_for_refill
from trader.exchange.orders import ZERO, Order, Placed
from trader.exchange.quotes import quote
from trader.exchange.rules import floor_lot
from trader.exchange.status import Kind, Reason, Status, Tif


def amend(
    engine: Engine, user: str, oid: int, *, px: Decimal | None, sz: Decimal | None, trigger_px: Decimal | None
) -> Placed:
    """Change what is given; None leaves it."""
    old = engine.state.orders.get(oid)
    if old is None or old.user != user:
        return Placed("refused", None, reason=Reason.NOT_OPEN)
    new = amended(old, px=px, sz=sz, trigger_px=trigger_px)
    if new is None:
        return Placed("refused", oid, old.cloid, reason=Reason.NOT_OPEN)
    if new == old:
        return Placed("refused", oid, old.cloid, reason=Reason.NO_CHANGE)
    if new.sz <= 0 and not new.follows_position:
        is_fill = engine.rules.amend_below_filled == "fill" and old.filled > 0
        end(engine, oid, Status.FILLED if is_fill else Status.CANCELED)
        return Placed("filled" if is_fill else "canceled", oid, old.cloid, old.filled)
    reason = refuses_change(engine, old, new)
    if reason is not None:
        return Placed("refused", oid, old.cloid, reason=reason)
    scale_children(engine, old, new)
    if new.px == old.px and new.sz < old.sz:
        return settle(engine, new, moved=False)
    return settle(engine, replace(new, rank=engine.next_rank()), moved=new.px != old.px)


def amended(
    old: Order, *, px: Decimal | None, sz: Decimal | None, trigger_px: Decimal | None
) -> Order | None:
    """The order as it would be; None when it has no trigger to change (any more)."""
    trigger = old.trigger
    if trigger_px is not None:
        if trigger is None or old.fired:
            return None
        trigger = replace(trigger, px=trigger_px)
    new = replace(old, px=old.px if px is None else px, trigger=trigger)
    if sz is None:
        return new
    return replace(new, sz=sz - old.filled, orig_sz=sz)


def refuses_change(engine: Engine, old: Order, new: Order) -> Reason | None:
    """The first reason against the order as it would be."""
    parent = engine.state.orders.get(new.parent or 0) if not new.armed else None
    checked = replace(new, trigger=None) if new.fired else new
    reason = refuses(engine, checked, replacing=old.oid, parent=parent)
    if reason is None and new.tif is Tif.ALO and crosses(new, quote(engine, new.coin)):
        return Reason.ALO_CROSSES
    return reason


def scale_children(engine: Engine, old: Order, new: Order) -> None:
    """Children follow the size of a parent that has not filled."""
    if new.orig_sz == old.orig_sz or old.filled:
        return
    for oid in old.children:
        child = engine.state.orders.get(oid)
        if child is not None and child.orig_sz:
            sz = floor_lot(engine.markets[child.coin], child.orig_sz * new.orig_sz / old.orig_sz)
            engine.edit(oid, sz=sz, orig_sz=sz)


def settle(engine: Engine, order: Order, *, moved: bool) -> Placed:
    """Put the changed order in the place of the old one; a limit that now crosses trades."""
    oid = order.oid
    order = engine.note(order, order.status)
    engine.put(order)
    engine.emit(Kind.ORDER_AMENDED, order.user, order.coin, order=order)
    if order.waiting:
        allot(engine, order.user, order.coin, order.leg)
        kind = "resting" if order.armed else "waiting_for_fill"
        return Placed("waiting_for_trigger" if order.position_bound else kind, oid, order.cloid)
    total, notional = take(engine, oid) if moved else (ZERO, ZERO)
    average = notional / total if total else ZERO
    if oid not in engine.state.orders:
        return Placed("filled", oid, order.cloid, total, average)
    wait_for_refill(engine, oid)
    allot(engine, order.user, order.coin, order.leg)
    return Placed("resting", oid, order.cloid, total, average)
