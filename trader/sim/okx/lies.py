"""The V group on orders: a venue that refuses one of many, shrinks, loses, ends or half-fills what it took.

Rules: a Twist changes the orders before they are placed and what became of them after, in the model and the
book themselves, so that the truth is a lie come true and never only a false report. Legs are "entry" (no
trigger), "stop" and "target"; a fault without a leg means all of them. An attached exit cannot be refused
alone on this wire: its algo is then never created, and the parent says why in its failCode.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial

from trader.exchange.model import Model
from trader.exchange.orders import Liquidity, OrderSpec, TriggerSpec
from trader.exchange.rules import Market, ceil_tick, floor_lot, floor_tick
from trader.exchange.status import Status, Trigger
from trader.sim.faults import Fault
from trader.sim.okx.exits import SIDE_CODES
from trader.sim.okx.numbers import text
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.tickets import CANCELED, FAILED, AlgoTicket, OrderTicket
from trader.sim.okx.venue import Venue

Ticket = OrderTicket | AlgoTicket
Before = Callable[[Venue], None]
After = Callable[[Venue, Ticket], None]


def leg_of(spec: OrderSpec) -> str:
    """Which part of a trade this order is."""
    if spec.trigger is None:
        return "entry"
    return "stop" if spec.trigger.kind is Trigger.STOP else "target"


@dataclass(slots=True)
class Twist:
    """What the faults make of one placement; the first order is the one that the request is about."""

    specs: list[OrderSpec]
    befores: list[Before] = field(default_factory=list)
    afters: list[After] = field(default_factory=list)

    def before(self, venue: Venue) -> None:
        for act in self.befores:
            act(venue)

    def after(self, venue: Venue, ticket: Ticket) -> None:
        for act in self.afters:
            act(venue, ticket)


def twisted(venue: Venue, specs: Sequence[OrderSpec], lies: Sequence[Fault]) -> Twist:
    """The placement as these faults will have it; a refusal is raised."""
    twist = Twist(list(specs))
    for fault in lies:
        apply = _ORDER_LIES.get(fault.kind)
        if apply is not None:
            apply(twist, fault, venue.model)
    return twist


def _hits(twist: Twist, fault: Fault) -> list[int]:
    leg = fault.params.get("leg")
    return [index for index, spec in enumerate(twist.specs) if leg is None or leg_of(spec) == leg]


def _market(model: Model, coin: str) -> Market:
    market = model.market(coin)
    if market is None:
        raise KeyError(f"no market {coin}")
    return market


def _refuse(twist: Twist, fault: Fault, model: Model) -> None:
    """V1: the order, with this code; or its attached exits, which then never come to be."""
    hits, code = _hits(twist, fault), str(fault.params.get("code", "51008"))
    if 0 in hits:
        raise Refusal(code)
    if hits:
        twist.afters.append(partial(_drop_attached, code=code))


def _refuse_triggers(twist: Twist, fault: Fault, model: Model) -> None:
    """V6: the price has passed the trigger just now."""
    for index in _hits(twist, fault):
        spec = twist.specs[index]
        if spec.trigger is None:
            continue
        if index:
            raise Refusal("51053" if spec.is_buy else "51051")
        is_target = spec.trigger.kind is Trigger.TAKE
        raise Refusal(SIDE_CODES[spec.is_buy, is_target][spec.trigger.source])


def _halve(twist: Twist, fault: Fault, model: Model) -> None:
    """V3: placed at half the size asked, rounded down to a lot."""
    for index in _hits(twist, fault):
        spec = twist.specs[index]
        market = _market(model, spec.coin)
        size = max(floor_lot(market, spec.sz / 2), market.size_step) if spec.sz else spec.sz
        twist.specs[index] = replace(spec, sz=size)


def _move_trigger(twist: Twist, fault: Fault, model: Model) -> None:
    """V4: a stop so far away that liquidation comes first."""
    far = Decimal(str(fault.params.get("factor", "0.3")))
    for index, spec in enumerate(twist.specs):
        if spec.trigger is None or spec.trigger.kind is not Trigger.STOP:
            continue
        market = _market(model, spec.coin)
        if spec.is_buy:
            px = ceil_tick(market, spec.trigger.px / far)
        else:
            px = floor_tick(market, spec.trigger.px * far)
        trigger = TriggerSpec(px, Trigger.STOP, spec.trigger.is_market, spec.trigger.source)
        twist.specs[index] = replace(spec, trigger=trigger, px=Decimal(0) if trigger.is_market else px)
        twist.afters.append(partial(_reword_stop, px=px))


def _reword_stop(venue: Venue, ticket: Ticket, *, px: Decimal) -> None:
    """The record says where the stop really is."""
    for algo in _algos_of(venue, ticket):
        if algo.exits.sl_trigger:
            algo.exits.sl_trigger = text(px)


def _algos_of(venue: Venue, ticket: Ticket) -> list[AlgoTicket]:
    """The algo itself, or those that came out of an order."""
    if isinstance(ticket, AlgoTicket):
        return [ticket]
    return [algo for algo in venue.book.algos.values() if algo.parent_ord_id == ticket.ord_id]


def _lose(twist: Twist, fault: Fault, model: Model) -> None:
    """V2: acknowledged, then gone without a trace."""
    hits = _hits(twist, fault)

    def erase(venue: Venue, ticket: Ticket) -> None:
        if isinstance(ticket, OrderTicket) and 0 in hits:
            venue.model.cancel(ticket.user, ticket.oid)
            venue.book.forget_order(ticket.ord_id)
        elif hits:
            for algo in _algos_of(venue, ticket):
                _end_algo(venue, algo, CANCELED, "")
                venue.book.forget_algo(algo.algo_id)

    twist.afters.append(erase)


def _end(twist: Twist, fault: Fault, model: Model) -> None:
    """V5: accepted, then ended by the venue: an algo fails with this failCode, an order is cancelled."""
    hits = _hits(twist, fault)
    is_failure = str(fault.params.get("status", Status.REJECTED.value)) != Status.CANCELED.value
    code = str(fault.params.get("fail_code", "1000")) if is_failure else ""

    def end(venue: Venue, ticket: Ticket) -> None:
        if isinstance(ticket, OrderTicket) and 0 in hits:
            if venue.model.cancel(ticket.user, ticket.oid):
                ticket.cancel_source = "0"
        elif hits:
            for algo in _algos_of(venue, ticket):
                _end_algo(venue, algo, FAILED if is_failure else CANCELED, code)

    twist.afters.append(end)


def _end_algo(venue: Venue, algo: AlgoTicket, state: str, code: str) -> None:
    for oid in algo.oids:
        venue.model.cancel(algo.user, oid)
    algo.state, algo.fail_code = state, code


def _drop_attached(venue: Venue, ticket: Ticket, *, code: str) -> None:
    """The exits were never created; the parent's record says why."""
    for algo in _algos_of(venue, ticket):
        _end_algo(venue, algo, CANCELED, "")
        venue.book.forget_algo(algo.algo_id)
    if ticket.attached is not None:
        refusal = Refusal(code)
        ticket.attached.fail_code, ticket.attached.fail_reason = code, refusal.text


def _fill_in_part(twist: Twist, fault: Fault, model: Model) -> None:
    """V12: the entry meets a book that holds only a part, and its rest is cancelled."""
    entry = twist.specs[0]
    if entry.trigger is not None:
        return
    market = _market(model, entry.coin)
    filled = str(fault.params.get("filled", "fraction"))
    fraction = Decimal(str(fault.params.get("fraction", "0.4")))
    sizes = {
        "lot": market.size_step,
        "all_but_lot": entry.sz - market.size_step,
        "fraction": floor_lot(market, entry.sz * fraction),
    }
    limited = Liquidity(size=sizes[filled])
    twist.befores.append(lambda venue: venue.model.set_liquidity(entry.coin, limited))

    def cancel_rest(venue: Venue, ticket: Ticket) -> None:
        venue.model.set_liquidity(entry.coin, Liquidity())
        if isinstance(ticket, OrderTicket) and venue.model.cancel(ticket.user, ticket.oid):
            ticket.cancel_source = "0"

    twist.afters.append(cancel_rest)


def _fill_absurdly(twist: Twist, fault: Fault, model: Model) -> None:
    """V13: the book stands elsewhere for this one placement, and the entry's limit with it."""
    entry = twist.specs[0]
    if entry.trigger is not None:
        return
    factor = Decimal(str(fault.params.get("factor", "1.5")))
    market, mid = _market(model, entry.coin), model.quote(entry.coin).mid
    bound = floor_tick(market, mid * factor * (Decimal("1.01") if entry.is_buy else Decimal("0.99")))
    twist.specs[0] = replace(entry, px=bound)
    wide = replace(market, limit_band=None)

    def shift(venue: Venue) -> None:
        venue.model.set_market(wide)
        venue.model.set_offsets(entry.coin, mid=mid * factor - mid)

    def unshift(venue: Venue, ticket: Ticket) -> None:
        venue.model.set_offsets(entry.coin, mid=Decimal(0))
        venue.model.set_market(market)

    twist.befores.append(shift)
    twist.afters.append(unshift)


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
