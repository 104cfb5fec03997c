"""The V group on orders: a venue that refuses one of many, shrinks, loses or half-fills what it took.

Rules: it serves every dialect. A Twist changes the orders before they are placed and what became of them
after, in the model itself, so that the truth is a lie come true and never only a false report. Legs are
named "entry" (no trigger), "stop" and "target"; a fault without a leg means all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial

from trader.exchange.model import Model
from trader.exchange.orders import Liquidity, OrderSpec, Placed
from trader.exchange.rules import Market, ceil_tick, floor_lot, floor_tick
from trader.exchange.status import Status, Trigger
from trader.sim.faults import Fault

Before = Callable[[Model], None]
After = Callable[[Model, str, Sequence[tuple[OrderSpec, Placed]]], None]


def leg_of(spec: OrderSpec) -> str:
    """Which part of a trade this order is."""
    if spec.trigger is None:
        return "entry"
    return "stop" if spec.trigger.kind is Trigger.STOP else "target"


@dataclass(slots=True)
class Twist:
    """What the faults make of one placement; `erased` are orders that no answer may tell of."""

    specs: list[OrderSpec]
    refused: dict[int, str] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)
    befores: list[Before] = field(default_factory=list)
    afters: list[After] = field(default_factory=list)

    def before(self, model: Model) -> None:
        for act in self.befores:
            act(model)

    def after(self, model: Model, user: str, placed: Sequence[Placed]) -> None:
        taken = [spec for index, spec in enumerate(self.specs) if index not in self.refused]
        pairs = list(zip(taken, placed, strict=True))
        for act in self.afters:
            act(model, user, pairs)


def twisted(model: Model, specs: Sequence[OrderSpec], lies: Sequence[Fault]) -> Twist:
    """The placement as these faults will have it."""
    twist = Twist(list(specs))
    for fault in lies:
        apply = _ORDER_LIES.get(fault.kind)
        if apply is not None:
            apply(twist, fault, model)
    return twist


def hits(twist: Twist, fault: Fault) -> list[int]:
    """The places of the orders that a fault is about."""
    leg = fault.params.get("leg")
    return [index for index, spec in enumerate(twist.specs) if leg is None or leg_of(spec) == leg]


def _market(model: Model, coin: str) -> Market:
    market = model.market(coin)
    if market is None:
        raise KeyError(f"no market {coin}")
    return market


def _refuse(twist: Twist, fault: Fault, model: Model) -> None:
    """V1: each order of the leg, with this sentence."""
    words = str(fault.params.get("text", "Insufficient margin to place order."))
    twist.refused |= dict.fromkeys(hits(twist, fault), words)


def _refuse_triggers(twist: Twist, fault: Fault, model: Model) -> None:
    """V6: triggers would fire at once."""
    triggers = [index for index in hits(twist, fault) if twist.specs[index].trigger is not None]
    twist.refused |= dict.fromkeys(triggers, "Invalid TP/SL price.")


def _halve(twist: Twist, fault: Fault, model: Model) -> None:
    """V3: placed at half the size asked, rounded down to a lot."""
    for index in hits(twist, fault):
        spec = twist.specs[index]
        if not spec.sz:
            # Bound to a position: it has no size of its own.
            continue
        market = _market(model, spec.coin)
        twist.specs[index] = replace(spec, sz=max(floor_lot(market, spec.sz / 2), market.size_step))


def _move_trigger(twist: Twist, fault: Fault, model: Model) -> None:
    """V4: a stop so far away that liquidation comes first."""
    for index, spec in enumerate(twist.specs):
        if spec.trigger is None or spec.trigger.kind is not Trigger.STOP:
            continue
        market, far = _market(model, spec.coin), Decimal(str(fault.params.get("factor", "0.3")))
        if spec.is_buy:
            px = ceil_tick(market, spec.trigger.px / far)
        else:
            px = floor_tick(market, spec.trigger.px * far)
        # Without a limit leg of its own it has none to move.
        limit = px if spec.px else spec.px
        twist.specs[index] = replace(spec, px=limit, trigger=replace(spec.trigger, px=px))


def _lose(twist: Twist, fault: Fault, model: Model) -> None:
    """V2: acknowledged, then gone without a trace."""

    def erase(model: Model, user: str, pairs: Sequence[tuple[OrderSpec, Placed]]) -> None:
        for oid in _live(pairs, fault):
            if model.cancel(user, oid):
                twist.erased.add(oid)

    twist.afters.append(erase)


def _end(twist: Twist, fault: Fault, model: Model) -> None:
    """V5: accepted, then ended by the venue."""
    status = Status(str(fault.params.get("status", Status.REJECTED.value)))

    def end(model: Model, user: str, pairs: Sequence[tuple[OrderSpec, Placed]]) -> None:
        for oid in _live(pairs, fault):
            model.cancel(user, oid, status=status)

    twist.afters.append(end)


def _live(pairs: Sequence[tuple[OrderSpec, Placed]], fault: Fault) -> list[int]:
    leg = fault.params.get("leg")
    return [
        placed.oid
        for spec, placed in pairs
        if placed.oid is not None and placed.reason is None and (leg is None or leg_of(spec) == leg)
    ]


def _fill_in_part(twist: Twist, fault: Fault, model: Model) -> None:
    """V12: the entry meets a book that holds only a part, and its rest is cancelled."""
    entry = next((spec for spec in twist.specs if spec.trigger is None), None)
    if entry is None:
        return
    market = _market(model, entry.coin)
    filled = str(fault.params.get("filled", "fraction"))
    fraction = Decimal(str(fault.params.get("fraction", "0.4")))
    sizes = {
        "lot": market.size_step,
        "all_but_lot": entry.sz - market.size_step,
        "fraction": floor_lot(market, entry.sz * fraction),
    }
    twist.befores.append(lambda model: model.set_liquidity(entry.coin, Liquidity(size=sizes[filled])))

    def cancel_rest(model: Model, user: str, pairs: Sequence[tuple[OrderSpec, Placed]]) -> None:
        model.set_liquidity(entry.coin, Liquidity())
        for spec, placed in pairs:
            if spec.trigger is None and placed.oid is not None and placed.reason is None:
                model.cancel(user, placed.oid)

    twist.afters.append(cancel_rest)


def _fill_absurdly(twist: Twist, fault: Fault, model: Model) -> None:
    """V13: the book stands elsewhere for this one placement, and the entry's limit with it."""
    factor = Decimal(str(fault.params.get("factor", "1.5")))
    for index, spec in enumerate(twist.specs):
        if spec.trigger is not None:
            continue
        market, mid = _market(model, spec.coin), model.quote(spec.coin).mid
        bound = mid * factor * (Decimal("1.01") if spec.is_buy else Decimal("0.99"))
        twist.specs[index] = replace(spec, px=floor_tick(market, bound))
        twist.befores.append(partial(_shift, market=market, amount=mid * factor - mid))
        twist.afters.append(partial(_unshift, market=market))


def _shift(model: Model, *, market: Market, amount: Decimal) -> None:
    # No limit may be too far from the mark for as long as the book is elsewhere.
    model.set_market(replace(market, limit_band=None))
    model.set_offsets(market.coin, mid=amount)


def _unshift(model: Model, user: str, pairs: Sequence[tuple[OrderSpec, Placed]], *, market: Market) -> None:
    model.set_offsets(market.coin, mid=Decimal(0))
    model.set_market(market)


_ORDER_LIES: dict[str, Callable[[Twist, Fault, Model], None]] = {
    "V1": _refuse,
    "V2": _lose,
    "V3": _halve,
    "V4": _move_trigger,
    "V5": _end,
    "V6": _refuse_triggers,
    "V12": _fill_in_part,
    "V13": _fill_absurdly,
}
