"""What faults make of one placement in this dialect's words: refusals with codes, lateness, a doomed stop.

Rules: what is changed in the model is done by the lies that all dialects share; here only what this wire
says differently. `code` and `text` name a refusal. A doomed order is cancelled in the model at once and
told as live until its trigger is reached, because the truth is that it will never protect anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from trader.exchange.checks import is_crossed
from trader.exchange.model import Model
from trader.exchange.orders import Order, OrderSpec, Placed
from trader.exchange.quotes import source_price
from trader.sim import order_lies
from trader.sim.binance.refusals import TEXTS, Refused
from trader.sim.binance.venue import Venue
from trader.sim.faults import Fault

_IMMEDIATE_CODE = -2021
_REFUSAL_CODE = -2019


@dataclass(slots=True)
class Twist:
    """The placement as the faults will have it."""

    shared: order_lies.Twist
    refusals: list[Refused] = field(default_factory=list)
    visible_from_ms: int = 0
    is_doomed: bool = False

    @property
    def specs(self) -> list[OrderSpec]:
        return self.shared.specs

    def before(self, model: Model) -> None:
        self.shared.before(model)

    def after(self, venue: Venue, user: str, placed: Sequence[Placed]) -> None:
        self.shared.after(venue.model, user, placed)
        venue.erased |= self.shared.erased


def twisted(model: Model, specs: Sequence[OrderSpec], lies: Sequence[Fault]) -> Twist:
    """Faults of this dialect are taken out first; the shared ones change the specs."""
    doomed = [fault for fault in lies if is_dooming(fault)]
    late = [fault for fault in lies if fault.kind == "V9" and "seconds" in fault.params]
    twist = Twist(order_lies.twisted(model, specs, [fault for fault in lies if fault not in doomed]))
    for fault in lies:
        if twist.shared.refused and fault.kind in ("V1", "V6"):
            default = _REFUSAL_CODE if fault.kind == "V1" else _IMMEDIATE_CODE
            code = int(fault.params.get("code", default))
            text = str(fault.params.get("text", TEXTS.get(code, "Order rejected.")))
            twist.refusals.append(Refused(code, text))
    for fault in late:
        twist.visible_from_ms = model.now_ms + int(float(fault.params["seconds"]) * 1_000)
    twist.is_doomed = bool(doomed) and specs[0].trigger is not None
    return twist


def is_dooming(fault: Fault) -> bool:
    """V5 that strikes only when the order triggers."""
    return fault.kind == "V5" and fault.params.get("at") == "trigger"


def strike_doomed(venue: Venue) -> None:
    """Reject the doomed orders whose trigger has been reached."""
    for user in venue.model.users:
        for details in venue.details.unsettled(user):
            if details.is_doomed and not details.doomed_at_ms:
                row = venue.model.order(user, details.oid)
                if row is not None and _is_reached(venue, row.order):
                    venue.details.put(replace(details, doomed_at_ms=venue.now_ms))


def _is_reached(venue: Venue, order: Order) -> bool:
    if order.trigger is None:
        return False
    return is_crossed(order, source_price(venue.model.quote(order.coin), order.trigger.source))
