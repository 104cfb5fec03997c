"""The line between a client and an embedded exchange, with everything that can go wrong on it.

Rules: the line decides what reaches the exchange, how often and when, and what comes back; the mount
turns its Delivery into answers and losses, the server into bytes and broken sockets, so that both
have the same faults. A request held back is delivered later as if the network had kept it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from trader.core.frozen import frozen
from trader.core.wire import Answer, Request
from trader.sim.app import App
from trader.sim.faults import Fault, FaultBox, Plan
from trader.sim.http_faults import SPOILING, is_applied, replaced, spoiled


class Fate(StrEnum):
    """How a request ended on the wire."""

    ANSWERED = "answered"
    DNS = "name resolution failed"
    REFUSED = "connection refused"
    CONNECT_TIMEOUT = "connect timed out"
    TLS = "TLS failed"
    RESET_EARLY = "connection reset before the request was sent"
    RESET = "connection reset before the answer"
    TIMEOUT = "no answer within the timeout"
    TRUNCATED = "answer shorter than its declared length"
    DRIP = "answer came too slowly"
    DEAD_CONNECTION = "kept connection was closed by the other side"


UNREACHED = frozenset({Fate.DNS, Fate.REFUSED, Fate.CONNECT_TIMEOUT, Fate.TLS, Fate.RESET_EARLY})
SLOW = frozenset({Fate.CONNECT_TIMEOUT, Fate.TIMEOUT, Fate.DRIP})
_FATES = {
    "T1": Fate.DNS,
    "T2": Fate.REFUSED,
    "T3": Fate.CONNECT_TIMEOUT,
    "T4": Fate.TLS,
    "T5": Fate.RESET_EARLY,
    "T6": Fate.RESET,
    "T7": Fate.RESET,
    "T8": Fate.TIMEOUT,
    "T9": Fate.TRUNCATED,
    "T10": Fate.DRIP,
    "T11": Fate.TIMEOUT,
    "T14": Fate.DEAD_CONNECTION,
    "T15": Fate.DNS,
    "T16": Fate.CONNECT_TIMEOUT,
    "T17": Fate.TLS,
}
_APPLIED = frozenset({"T6", "T8", "T9", "T10"})
_HANGS = frozenset({"T8", "T15", "T16", "T17"})


@frozen
class Delivery:
    """What became of a request: `answer` is what the venue sent, whether or not it arrives whole.

    `hang_s` is how long the client is kept waiting where the fault says so; None means until its timeout
    for the slow fates, and no time at all for the others.
    """

    fate: Fate
    answer: Answer | None = None
    hang_s: float | None = None


@dataclass(slots=True)
class _Held:
    request: Request
    client: str
    until: str
    count: int


class Line:
    """Carries requests to one exchange under a plan of faults."""

    def __init__(self, app: App, plan: Plan | None = None) -> None:
        self.app = app
        self.faults = FaultBox(plan)
        app.prepare(self.faults.plan)
        self._held: list[_Held] = []
        self._last: Answer | None = None
        self.carried = 0
        self.on_late: Callable[[Request, Answer], None] | None = None

    @property
    def undelivered(self) -> tuple[Request, ...]:
        """Requests the network still holds."""
        return tuple(held.request for held in self._held)

    def arm(self, plan: Plan) -> None:
        """Replace the plan of faults."""
        self.faults.arm(plan)
        self.app.prepare(plan)

    def end_run(self, *, at_ms: int) -> None:
        """Tell the line that the client's process has ended."""
        self._release(lambda held: held.until == "run_end", at_ms)
        for held in self._held:
            held.until = {"next_run": "requests", "next_run_write": "write"}.get(held.until, held.until)

    def deliver(self, request: Request, *, at_ms: int, client: str = "127.0.0.1") -> Delivery:
        """One request, with whatever the plan says about it."""
        self.carried += 1
        seen = self.app.describe(request)
        self._arrivals(is_write=seen.is_write, at_ms=at_ms)
        due = self.faults.due(seen)
        if not due:
            answer = self._last = self.app.answer(request, at_ms=at_ms, client=client)
            return Delivery(Fate.ANSWERED, answer)
        lies = [fault for fault in due if fault.group == "V"]
        wire = next((fault for fault in due if fault.group != "V"), None)

        def perform() -> Answer:
            return self.app.answer(request, at_ms=at_ms, client=client, lies=lies)

        if wire is None:
            delivery = Delivery(Fate.ANSWERED, perform())
        elif wire.group == "H":
            delivery = _http(wire, perform)
        else:
            delivery = self._transport(wire, request, client, perform)
        self._last = delivery.answer or self._last
        return delivery

    def _transport(
        self, fault: Fault, request: Request, client: str, perform: Callable[[], Answer]
    ) -> Delivery:
        hang = fault.params.get("seconds") if fault.kind in _HANGS else None
        hang_s = float(hang) if hang is not None else None
        if fault.kind == "T11":
            count = int(fault.params.get("n", 1))
            self._held.append(_Held(request, client, str(fault.params.get("until", "requests")), count))
        elif fault.kind == "T12":
            first = perform()
            perform()
            return Delivery(Fate.ANSWERED, first)
        elif fault.kind == "T13":
            before, own = self._last, perform()
            return Delivery(Fate.ANSWERED, before or own)
        fate = _FATES[fault.kind]
        if fault.kind in ("T15", "T16", "T17") and hang_s is None:
            return Delivery(fate, hang_s=float("inf"))
        return Delivery(fate, perform() if fault.kind in _APPLIED else None, hang_s)

    def _arrivals(self, *, is_write: bool, at_ms: int) -> None:
        """Let what was held back arrive before the request that is being made now."""
        if not self._held:
            return
        self._release(
            lambda held: (
                (held.until == "requests" and held.count <= 0) or (held.until == "write" and is_write)
            ),
            at_ms,
        )
        for held in self._held:
            held.count -= held.until == "requests"

    def _release(self, is_due: Callable[[_Held], bool], at_ms: int) -> None:
        for held in [held for held in self._held if is_due(held)]:
            self._held.remove(held)
            answer = self.app.answer(held.request, at_ms=at_ms, client=held.client)
            if self.on_late is not None:
                self.on_late(held.request, answer)


def _http(fault: Fault, perform: Callable[[], Answer]) -> Delivery:
    if fault.kind in SPOILING:
        return Delivery(Fate.ANSWERED, spoiled(fault, perform()))
    if is_applied(fault):
        perform()
    return Delivery(Fate.ANSWERED, replaced(fault))
