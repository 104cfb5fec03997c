"""Placing, cancelling and changing orders: the requests of a client, one answer for each."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from trader.exchange.checks import refuses
from trader.exchange.engine import Engine
from trader.exchange.lifecycle import allot, end
from trader.exchange.matching import available, crosses, take, wait_for_refill
from trader.exchange.orders import Order, OrderSpec, Placed
from trader.exchange.quotes import quote, side_of_book, worst_price
from trader.exchange.status import REJECTED_AS, Grouping, Kind, Reason, Status, Tif


def draft(engine: Engine, user: str, spec: OrderSpec, grouping: Grouping, *, oid: int) -> Order:
    """The order a spec asks for, not yet on the books."""
    now, px = engine.now_ms, spec.px
    tif = None if spec.trigger is not None else (spec.tif or Tif.GTC)
    if px == 0 and tif is Tif.MARKET and not engine.rules.market_needs_price:
        px = worst_price(engine, spec.coin, is_buy=spec.is_buy)
    reduce_only = spec.reduce_only if spec.leg is None else spec.closes_leg
    return Order(
        oid=oid, user=user, coin=spec.coin, is_buy=spec.is_buy, px=px, sz=spec.sz, orig_sz=spec.sz,
        tif=tif, reduce_only=reduce_only, trigger=spec.trigger, cloid=spec.cloid, grouping=grouping,
        placed_ms=now, status_ms=now, leg=spec.leg, expires_ms=spec.expires_ms,
        ends_with_position=spec.ends_with_position,
    )  # fmt: skip


def refuse(engine: Engine, order: Order, reason: Reason) -> Placed:
    """The answer to a refused order; a row of history where the venue writes one."""
    status = REJECTED_AS.get(reason)
    if status is None:
        engine.emit(Kind.ORDER_REFUSED, order.user, order.coin, order=order)
        return Placed("refused", None, order.cloid, reason=reason)
    noted = engine.note(replace(order, children=()), status)
    engine.emit(Kind.ORDER_REFUSED, order.user, order.coin, order=noted)
    return Placed("refused", order.oid, order.cloid, reason=reason)


def place(engine: Engine, user: str, specs: Sequence[OrderSpec], grouping: Grouping) -> list[Placed]:
    """Place in order; what one order does is seen by the next."""
    for spec in specs:
        if spec.coin not in engine.markets:
            return [Placed("refused", None, s.cloid, reason=Reason.UNKNOWN_COIN) for s in specs]
    if user not in engine.state.accounts:
        return [Placed("refused", None, s.cloid, reason=Reason.UNKNOWN_USER) for s in specs]
    if grouping is Grouping.ATTACHED:
        return place_attached(engine, user, specs)
    if grouping in (Grouping.POSITION, Grouping.PAIR):
        return place_pair(engine, user, specs, grouping)
    placed = []
    for spec in specs:
        order = draft(engine, user, spec, grouping, oid=engine.next_oid())
        placed.append(place_one(engine, order))
    return placed


def place_one(engine: Engine, order: Order, *, replacing: int | None = None) -> Placed:
    """Check one order and execute it or let it rest."""
    reason = refuses(engine, order, replacing=replacing)
    reason = reason or refuses_book(engine, order)
    if reason is not None:
        return refuse(engine, order, reason)
    if replacing is not None:
        end(engine, replacing, Status.CANCELED)
    order = replace(order, rank=engine.next_rank())
    if order.trigger is not None:
        return admit_trigger(engine, order)
    return execute(engine, capped(engine, order))


def refuses_book(engine: Engine, order: Order) -> Reason | None:
    """A post-only order that would take, or an all-or-nothing order that finds too little."""
    if order.tif is Tif.ALO and crosses(order, quote(engine, order.coin)):
        return Reason.ALO_CROSSES
    if order.tif is Tif.FOK and available(engine, order) < capped(engine, order).sz:
        return Reason.FOK_NO_MATCH
    return None


def capped(engine: Engine, order: Order) -> Order:
    """An order that may only reduce is never larger than the position."""
    if not order.reduce_only:
        return order
    return replace(order, sz=min(order.sz, abs(engine.szi_of(order))))


def admit_trigger(engine: Engine, order: Order) -> Placed:
    """A conditional order goes on the books; those of a position group have an answer of their own."""
    engine.put(engine.note(order, Status.OPEN))
    engine.emit(Kind.ORDER_PLACED, order.user, order.coin, order=order)
    allot(engine, order.user, order.coin, order.leg)
    kind = "waiting_for_trigger" if order.position_bound else "resting"
    return Placed(kind, order.oid, order.cloid)


def execute(engine: Engine, order: Order) -> Placed:
    """Trade what can trade at once; the rest of a GTC or ALO order rests, of an IOC is dropped."""
    oid = order.oid
    is_immediate = order.tif in (Tif.IOC, Tif.MARKET, Tif.FOK)
    engine.put(order)
    engine.emit(Kind.ORDER_PLACED, order.user, order.coin, order=order)
    total, notional = take(engine, oid)
    average = notional / total if total else Decimal(0)
    rest = engine.state.orders.get(oid)
    if rest is None:
        return Placed("filled", oid, order.cloid, total, average)
    if not is_immediate:
        engine.put(engine.note(rest, Status.OPEN))
        wait_for_refill(engine, oid)
        allot(engine, order.user, order.coin, order.leg)
        return Placed("resting", oid, order.cloid, total, average)
    if total:
        end(engine, oid, Status.CANCELED)
        return Placed("filled", oid, order.cloid, total, average)
    is_empty = not side_of_book(engine, quote(engine, order.coin), is_ask=order.is_buy)
    reason = Reason.NO_LIQUIDITY if is_empty and order.tif is Tif.MARKET else Reason.IOC_NO_MATCH
    end(engine, oid, REJECTED_AS[reason])
    return Placed("refused", oid, order.cloid, reason=reason)


def place_attached(engine: Engine, user: str, specs: Sequence[OrderSpec]) -> list[Placed]:
    """A parent and its children: refused children do not stop the parent, a refused parent stops them all."""
    oids = [engine.next_oid() for _ in specs]
    group = [draft(engine, user, s, Grouping.ATTACHED, oid=oid) for s, oid in zip(specs, oids, strict=True)]
    parent, children = group[0], group[1:]
    reasons = [refuses(engine, child, parent=parent) for child in children]
    good = tuple(c.oid for c, reason in zip(children, reasons, strict=True) if reason is None)
    blocked = refuses(engine, parent) or refuses_book(engine, parent)
    if blocked is None and len(good) < len(children) and engine.rules.refused_child_stops_parent:
        blocked = Reason.CHILD_REFUSED
    if blocked is not None:
        answers = [refuse(engine, parent, blocked)]
        whys = [reason or Reason.PARENT_REFUSED for reason in reasons]
        if blocked is not Reason.CHILD_REFUSED:
            whys = [Reason.PARENT_REFUSED] * len(children)
        return answers + [
            Placed("refused", None, c.cloid, reason=w) for c, w in zip(children, whys, strict=True)
        ]
    answers = []
    for child, reason in zip(children, reasons, strict=True):
        if reason is not None:
            answers.append(refuse(engine, child, reason))
            continue
        siblings = tuple(oid for oid in good if oid != child.oid)
        waits = replace(child, armed=False, parent=parent.oid, siblings=siblings, rank=engine.next_rank())
        engine.put(engine.note(waits, Status.OPEN))
        engine.emit(Kind.ORDER_PLACED, user, child.coin, order=waits)
        answers.append(Placed("waiting_for_fill", child.oid, child.cloid))
    first = execute_parent(engine, replace(parent, children=good))
    if first.kind == "refused":
        answers = [
            replace(each, kind="refused", reason=each.reason or Reason.PARENT_REFUSED) for each in answers
        ]
    return [first, *answers]


def execute_parent(engine: Engine, parent: Order) -> Placed:
    """The parent of a group, capped by the position when it may only reduce."""
    parent = replace(parent, rank=engine.next_rank())
    if parent.trigger is not None:
        return admit_trigger(engine, parent)
    return execute(engine, capped(engine, parent))


def place_pair(engine: Engine, user: str, specs: Sequence[OrderSpec], grouping: Grouping) -> list[Placed]:
    """One or two triggers that cancel each other on a complete fill; POSITION: they are the position's."""
    oids = [engine.next_oid() for _ in specs]
    group = [draft(engine, user, s, grouping, oid=oid) for s, oid in zip(specs, oids, strict=True)]
    reasons = [refuses(engine, order) for order in group]
    good = [o.oid for o, reason in zip(group, reasons, strict=True) if reason is None]
    answers = []
    for order, reason in zip(group, reasons, strict=True):
        if reason is not None:
            answers.append(refuse(engine, order, reason))
            continue
        siblings = tuple(oid for oid in good if oid != order.oid)
        answers.append(admit_trigger(engine, replace(order, siblings=siblings, rank=engine.next_rank())))
    return answers


def cancel(engine: Engine, user: str, oid: int, status: Status = Status.CANCELED) -> bool:
    """Cancel a live order of this user, and the children that wait for it."""
    order = engine.state.orders.get(oid)
    if order is None or order.user != user:
        return False
    end(engine, oid, status)
    return True


def modify(engine: Engine, user: str, oid: int, spec: OrderSpec, *, always_place: bool) -> Placed:
    """Cancel and place anew under a new oid; the client id, the group and the kin are kept.

    Refused: the old order stays. A new immediate order that finds nothing has already replaced the old one.
    """
    old = engine.state.orders.get(oid)
    if old is None or old.user != user or (spec.coin, spec.leg) != (old.coin, old.leg):
        return Placed("refused", None, spec.cloid, reason=Reason.NOT_OPEN)
    if engine.rules.modify_needs_always_place and not always_place and not is_plain(engine, spec):
        return Placed("refused", None, spec.cloid, reason=Reason.MODIFY_KIND)
    asked = replace(spec, cloid=spec.cloid or old.cloid)
    new = draft(engine, user, asked, old.grouping, oid=engine.next_oid())
    if not old.armed:
        return replace_child(engine, old, new)
    new = replace(new, parent=old.parent, siblings=old.siblings, children=old.children)
    children = [engine.state.orders[c] for c in old.children if c in engine.state.orders]
    engine.edit(oid, children=())
    placed = place_one(engine, new, replacing=oid)
    if oid in engine.state.orders:
        engine.edit(oid, children=old.children)
        return placed
    rewire(engine, old.oid, new.oid, children)
    return placed


def is_plain(engine: Engine, spec: OrderSpec) -> bool:
    """A limit order that would rest."""
    if spec.trigger is not None or spec.tif not in (Tif.GTC, Tif.ALO):
        return False
    quoted = quote(engine, spec.coin)
    return spec.px < quoted.ask if spec.is_buy else spec.px > quoted.bid


def replace_child(engine: Engine, old: Order, new: Order) -> Placed:
    """A child that still waits is replaced by one that waits for the same parent."""
    parent = engine.state.orders.get(old.parent or 0)
    reason = Reason.NOT_OPEN if parent is None else refuses(engine, new, replacing=old.oid, parent=parent)
    if parent is None or reason is not None:
        return refuse(engine, new, reason or Reason.NOT_OPEN)
    waits = replace(new, armed=False, parent=old.parent, siblings=old.siblings, rank=engine.next_rank())
    engine.put(engine.note(waits, Status.OPEN))
    engine.emit(Kind.ORDER_PLACED, new.user, new.coin, order=waits)
    kin = tuple(new.oid if child == old.oid else child for child in parent.children)
    engine.edit(parent.oid, children=kin)
    rewire(engine, old.oid, new.oid, [])
    end(engine, old.oid, Status.CANCELED)
    return Placed("waiting_for_fill", new.oid, new.cloid)


def rewire(engine: Engine, old: int, new: int, children: Sequence[Order]) -> None:
    """Point the kin of a replaced order at its successor."""
    for child in children:
        if child.oid in engine.state.orders:
            engine.edit(child.oid, parent=new)
    for order in list(engine.state.orders.values()):
        if old in order.siblings:
            kin = tuple(new if sibling == old else sibling for sibling in order.siblings)
            engine.edit(order.oid, siblings=kin)
