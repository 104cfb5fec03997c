"""The embedded exchange as a Transport inside the process: no socket, the same line and faults.

Rules: a round's requests are evaluated one after another, each at an instant of its own inside the
flight, in the order asked unless `order` says otherwise; the clock then stands at the round's end
when it is one that can be moved. Hooks may look, act as another party, or raise to end the run at
that boundary: requests before it have had their effect.
"""

from collections.abc import Callable, Sequence

from trader.core.ports import Clock
from trader.core.wire import Answer, Lost, Request
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.line import SLOW, UNREACHED, Delivery, Fate, Line

BeforeRequest = Callable[[int, Request], None]
AfterRequest = Callable[[int, Request, Answer | Lost], None]


class Mount:
    """A Transport that ends at an embedded exchange in this process."""

    def __init__(
        self,
        line: Line,
        clock: Clock,
        *,
        latency_ms: float = 0,
        client: str = "127.0.0.1",
        venue_time: VenueTime | None = None,
    ) -> None:
        self.line = line
        self.latency_ms = latency_ms
        self.venue_time = venue_time or VenueTime(clock)
        self.before_request: BeforeRequest | None = None
        self.after_request: AfterRequest | None = None
        self.order: Callable[[int], Sequence[int]] = range
        self.requests = 0
        self.rounds = 0
        self._clock = clock
        self._client = client

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        """One round; never raises but what a hook raises. Without time, nothing is sent."""
        if timeout_s <= 0:
            return [Lost(reached=False, reason="no time left to send it") for _ in requests]
        self.rounds += 1
        start_ms, began = self.venue_time.now_ms(), self._clock.elapsed_ms()
        answers: dict[int, Answer | Lost] = {}
        flight_ms = self.latency_ms
        for place, index in enumerate(self.order(len(requests))):
            instant = start_ms + int(self.latency_ms * (place + 1) / (len(requests) + 1))
            answers[index], took_ms = self._one(requests[index], instant, timeout_s)
            flight_ms = max(flight_ms, took_ms)
        self._pass(began, flight_ms)
        return [answers[index] for index in range(len(requests))]

    def end_run(self) -> None:
        """Tell the line that the process behind this transport has ended."""
        self.line.end_run(at_ms=self.venue_time.now_ms())

    def _one(self, request: Request, instant: int, timeout_s: float) -> tuple[Answer | Lost, float]:
        self.requests += 1
        number = self.requests
        if self.before_request is not None:
            self.before_request(number, request)
        # A hook may have let time pass inside the round.
        at_ms = max(instant, self.venue_time.now_ms())
        delivery = self.line.deliver(request, at_ms=at_ms, client=self._client)
        answer = _outcome(delivery)
        if self.after_request is not None:
            self.after_request(number, request, answer)
        return answer, _taken_ms(delivery, timeout_s, self.latency_ms)

    def _pass(self, began: int, flight_ms: float) -> None:
        if isinstance(self._clock, ManualClock):
            self._clock.advance(max(0.0, flight_ms - (self._clock.elapsed_ms() - began)))


def _outcome(delivery: Delivery) -> Answer | Lost:
    if delivery.fate is Fate.ANSWERED and delivery.answer is not None:
        return delivery.answer
    return Lost(reached=delivery.fate not in UNREACHED, reason=delivery.fate.value)


def _taken_ms(delivery: Delivery, timeout_s: float, latency_ms: float) -> float:
    """A slow fate costs the timeout; a hang may outlast it when the fault names a number of seconds."""
    if delivery.hang_s is not None:
        return timeout_s * 1000 if delivery.hang_s == float("inf") else delivery.hang_s * 1000
    return timeout_s * 1000 if delivery.fate in SLOW else latency_ms
