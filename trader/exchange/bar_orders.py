"""Placing and changing the orders of an exchange that goes by whole bars; the checks are the model's.

Rules: nothing here trades. An entry waits with its exits attached to it, a close waits for the next open, and
when each of them may act stands in `BarEngine.due`. Refusals are values.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from trader.core.frozen import changed
from trader.exchange.bar_engine import BarEngine, Due
from trader.exchange.checks import refuses
from trader.exchange.lifecycle import end
from trader.exchange.orders import Order, OrderSpec, Placed
from trader.exchange.placing import admit_trigger, draft, place_pair, refuse
from trader.exchange.status import Grouping, Kind, Status, Trigger


def admit(
    engine: BarEngine, user: str, parent: OrderSpec, children: Sequence[OrderSpec], due: Due
) -> list[Placed]:
    """An entry waits, or is refused. Its exits wait with it, wherever they lie: they are put right when it
    fills."""
    specs = (parent, *children)
    oids = [engine.next_oid() for _ in specs]
    group = [draft(engine, user, s, Grouping.ATTACHED, oid=oid) for s, oid in zip(specs, oids, strict=True)]
    entry, exits = group[0], group[1:]
    reason = refuses(engine, entry)
    if reason is not None:
        return [refuse(engine, order, reason) for order in group]
    kin = tuple(child.oid for child in exits)
    entry = changed(entry, children=kin, rank=engine.next_rank())
    engine.put(engine.note(entry, Status.OPEN))
    engine.due[entry.oid] = due
    for child in exits:
        siblings = tuple(oid for oid in kin if oid != child.oid)
        waits = changed(child, armed=False, parent=entry.oid, siblings=siblings, rank=engine.next_rank())
        engine.put(engine.note(waits, Status.OPEN))
        engine.emit(Kind.ORDER_PLACED, user, child.coin, order=waits)
    engine.emit(Kind.ORDER_PLACED, user, entry.coin, order=entry)
    return [
        Placed("resting", entry.oid, entry.cloid),
        *(Placed("waiting_for_fill", child.oid, child.cloid) for child in exits),
    ]


def admit_close(engine: BarEngine, user: str, spec: OrderSpec) -> Placed:
    """An order that leaves a position at the next open."""
    order = draft(engine, user, spec, Grouping.NONE, oid=engine.next_oid())
    reason = refuses(engine, order)
    if reason is not None:
        return refuse(engine, order, reason)
    engine.put(engine.note(changed(order, rank=engine.next_rank()), Status.OPEN))
    engine.emit(Kind.ORDER_PLACED, user, order.coin, order=order)
    engine.due[order.oid] = Due(at_market=True)
    return Placed("resting", order.oid, order.cloid)


def put_exit(engine: BarEngine, user: str, spec: OrderSpec) -> None:
    """A stop or a target that comes with a fill: nobody asks where price was before."""
    order = draft(engine, user, spec, Grouping.POSITION, oid=engine.next_oid())
    admit_trigger(engine, changed(order, rank=engine.next_rank()))


def admit_exit(engine: BarEngine, user: str, spec: OrderSpec) -> Placed:
    """A stop or a target behind a position; size 0 binds it to the whole of it."""
    return place_pair(engine, user, [spec], Grouping.POSITION)[0]


def withdraw(engine: BarEngine, oid: int) -> bool:
    """Take a live order off, with the exits that wait for it; False when it is not live."""
    engine.due.pop(oid, None)
    if oid not in engine.state.orders:
        return False
    end(engine, oid, Status.CANCELED)
    return True


def move(engine: BarEngine, oid: int, *, level: Decimal, bound: Decimal) -> None:
    """Put a live exit at another level, under the id that it has."""
    order = engine.state.orders[oid]
    if order.trigger is not None:
        engine.edit(oid, trigger=replace(order.trigger, px=level), px=bound)


def exits(engine: BarEngine, user: str, coin: str, leg: str | None, kind: Trigger) -> list[Order]:
    """The live stops, or targets, of a slot, oldest first."""
    return [
        order
        for order in engine.slot_orders(user, coin, leg)
        if order.waiting
        and order.armed
        and (order.reduce_only or order.position_bound)
        and order.trigger is not None
        and order.trigger.kind is kind
    ]


def entries(engine: BarEngine, user: str, coin: str) -> list[Order]:
    """The orders of a coin that could open a position, oldest first."""
    return [o for o in engine.orders_of(user, coin) if o.oid in engine.due and not o.reduce_only]


def closes(engine: BarEngine, user: str, coin: str) -> list[Order]:
    """The orders of a coin that leave a position at the next open, oldest first."""
    return [o for o in engine.orders_of(user, coin) if o.oid in engine.due and o.reduce_only]
