"""The V group on orders in this dialect's words: refusals with codes, and what becomes of tickets and algos.

Rules: what is changed in the model alone is done by the lies that all dialects share; here only what this
wire says differently and what its book must know, so that the truth is a lie come true and never only a false
report. Legs are "entry" (no trigger), "stop" and "target"; a fault without a leg means all of them. An
attached exit cannot be refused alone on this wire: its algo is then never created, and the parent says why in
its failCode.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from trader.exchange.orders import OrderSpec, Placed
from trader.exchange.status import Status, Trigger
from trader.sim import order_lies
from trader.sim.faults import Fault
from trader.sim.okx.exits import SIDE_CODES
from trader.sim.okx.numbers import text
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.tickets import CANCELED, FAILED, AlgoTicket, OrderTicket
from trader.sim.okx.venue import Venue

Ticket = OrderTicket | AlgoTicket
After = Callable[[Venue, Ticket], None]
_SHARED = frozenset({"V3", "V4", "V12", "V13"})


@dataclass(slots=True)
class Twist:
    """What the faults make of one placement; the first order is the one that the request is about."""

    shared: order_lies.Twist
    afters: list[After] = field(default_factory=list)

    @property
    def specs(self) -> list[OrderSpec]:
        return self.shared.specs

    def before(self, venue: Venue) -> None:
        self.shared.before(venue.model)

    def after(self, venue: Venue, ticket: Ticket, placed: Sequence[Placed]) -> None:
        self.shared.after(venue.model, ticket.user, placed)
        for act in self.afters:
            act(venue, ticket)


def twisted(venue: Venue, specs: Sequence[OrderSpec], lies: Sequence[Fault]) -> Twist:
    """The placement as these faults will have it; a refusal is raised."""
    shared = [fault for fault in lies if fault.kind in _SHARED]
    twist = Twist(order_lies.twisted(venue.model, specs, shared))
    for fault in lies:
        apply = _ORDER_LIES.get(fault.kind)
        if apply is not None:
            apply(twist, fault)
    return twist


def _hits(twist: Twist, fault: Fault) -> list[int]:
    return order_lies.hits(twist.shared, fault)


def _refuse(twist: Twist, fault: Fault) -> None:
    """V1: the order, with this code; or its attached exits, which then never come to be."""
    hits, code = _hits(twist, fault), str(fault.params.get("code", "51008"))
    if 0 in hits:
        raise Refusal(code)
    if hits:
        twist.afters.append(partial(_drop_attached, code=code))


def _refuse_triggers(twist: Twist, fault: Fault) -> None:
    """V6: the price has passed the trigger just now."""
    for index in _hits(twist, fault):
        spec = twist.specs[index]
        if spec.trigger is None:
            continue
        if index:
            raise Refusal("51053" if spec.is_buy else "51051")
        is_target = spec.trigger.kind is Trigger.TAKE
        raise Refusal(SIDE_CODES[spec.is_buy, is_target][spec.trigger.source])


def _tell_trigger(twist: Twist, fault: Fault) -> None:
    """V4: the record says where the stop really is."""
    for spec in twist.specs:
        if spec.trigger is not None and spec.trigger.kind is Trigger.STOP:
            twist.afters.append(partial(_reword_stop, px=text(spec.trigger.px)))


def _reword_stop(venue: Venue, ticket: Ticket, *, px: str) -> None:
    for algo in _algos_of(venue, ticket):
        if algo.exits.sl_trigger:
            algo.exits.sl_trigger = px


def _algos_of(venue: Venue, ticket: Ticket) -> list[AlgoTicket]:
    """The algo itself, or those that came out of an order."""
    if isinstance(ticket, AlgoTicket):
        return [ticket]
    return [algo for algo in venue.book.algos.values() if algo.parent_ord_id == ticket.ord_id]


def _lose(twist: Twist, fault: Fault) -> None:
    """V2: acknowledged, then gone without a trace; what has filled keeps its record."""
    hits = _hits(twist, fault)

    def erase(venue: Venue, ticket: Ticket) -> None:
        if isinstance(ticket, OrderTicket) and 0 in hits:
            venue.model.cancel(ticket.user, ticket.oid)
            if all(fill.oid != ticket.oid for fill in venue.model.fills(ticket.user)):
                venue.book.forget_order(ticket.ord_id)
        elif hits:
            for algo in _algos_of(venue, ticket):
                _end_algo(venue, algo, CANCELED, "")
                venue.book.forget_algo(algo.algo_id)

    twist.afters.append(erase)


def _end(twist: Twist, fault: Fault) -> None:
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


def _tell_cut(twist: Twist, fault: Fault) -> None:
    """V12: the rest of an entry was cancelled by the venue, not by its owner."""

    def tell(venue: Venue, ticket: Ticket) -> None:
        if not isinstance(ticket, OrderTicket) or ticket.cancel_source:
            return
        row = venue.model.order(ticket.user, ticket.oid)
        if row is not None and row.status is Status.CANCELED:
            ticket.cancel_source = "0"

    twist.afters.append(tell)


_ORDER_LIES: dict[str, Callable[[Twist, Fault], None]] = {
    "V1": _refuse,
    "V2": _lose,
    "V4": _tell_trigger,
    "V5": _end,
    "V6": _refuse_triggers,
    "V12": _tell_cut,
}
