"""The wire between real processes and an embedded exchange: it counts, remembers, and strikes at a request.

Rules: requests are counted from 1 in each run, in the order in which they arrive. A strike happens while the
client waits for its answer: before the exchange works on the request (which it then never does, when the
client was killed), between that and the answer, or after the answer was sent. What a dead client had sent
besides never arrives; what the network holds back is the plan of faults' own affair.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from trader.core.wire import Request
from trader.oracle.seen import Asked
from trader.sim.app import App
from trader.sim.line import Delivery, Fate, Line

# A signature in a query or a body; one in a header goes by its name.
_SIGNED = re.compile(rb'signature=([0-9A-Za-z%+/=-]{20,})|"[rs]":"0x([0-9a-f]{32,})"')

Strike = Callable[[], None]


@dataclass(slots=True)
class Strikes:
    """By the number of a request, what is done to whoever sent it, and when."""

    before: Mapping[int, Strike] = field(default_factory=dict)
    between: Mapping[int, Strike] = field(default_factory=dict)
    after: Mapping[int, Strike] = field(default_factory=dict)


class WatchedLine(Line):
    """One for an episode and a machine; `begin` one run after the other. Lines that lead to one exchange
    share a gate, through which requests pass one by one; who is struck waits before it."""

    def __init__(self, app: App, gate: threading.Lock) -> None:
        super().__init__(app)
        self.gate = gate
        self.asked: list[Asked] = []
        self.signatures: set[bytes] = set()
        self._is_cut = False
        self.struck: list[int] = []
        self._strikes = Strikes()
        self._numbers: dict[int, int] = {}

    def begin(self, strikes: Strikes | None = None) -> None:
        """The next run: its requests count from 1."""
        self.asked, self.struck, self.signatures = [], [], set()
        self._is_cut = False
        self._strikes = strikes or Strikes()
        self._numbers = {}

    def cut(self) -> None:
        """The client is dead: nothing of it arrives any more."""
        self._is_cut = True

    def is_cut(self) -> bool:
        return self._is_cut

    def deliver(self, request: Request, *, at_ms: int, client: str = "127.0.0.1") -> Delivery:
        if self.is_cut():
            return Delivery(Fate.RESET)
        number = len(self.asked) + 1
        seen = self.app.describe(request)
        self.asked.append(Asked(number, at_ms, seen.what, seen.is_write, None))
        self.signatures.update(_signatures(request))
        self._strike(self._strikes.before, number)
        if self.is_cut():
            return Delivery(Fate.RESET)
        with self.gate:
            delivery = super().deliver(request, at_ms=at_ms, client=client)
        self._strike(self._strikes.between, number)
        if self.is_cut():
            return Delivery(Fate.RESET)
        if delivery.fate is Fate.ANSWERED and delivery.answer is not None:
            self.asked[number - 1] = Asked(number, at_ms, seen.what, seen.is_write, delivery.answer.status)
        self._numbers[id(request)] = number
        return delivery

    def answered(self, request: Request) -> None:
        """The answer has left."""
        number = self._numbers.pop(id(request), 0)
        if not self.is_cut():
            self._strike(self._strikes.after, number)

    def _strike(self, strikes: Mapping[int, Strike], number: int) -> None:
        strike = strikes.get(number)
        if strike is not None:
            self.struck.append(number)
            strike()


def _signatures(request: Request) -> list[bytes]:
    """What of a request proves whose it is: nobody but the venue may ever see it."""
    found = [
        one or other for one, other in _SIGNED.findall(request.url.encode() + b" " + bytes(request.body))
    ]
    return found + [text.encode() for name, text in request.headers if name.lower().endswith("-sign")]
