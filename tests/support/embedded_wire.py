"""What is alike in the embedded exchanges that tests of the wire speak to: a manual clock, a line, a feed."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, TypeVar

from trader.core.wire import Answer, Lost, Request
from trader.sim.app import App
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault, Plan
from trader.sim.feed import Feed, ScriptedFeed, flat_feed
from trader.sim.line import Line
from trader.sim.mount import Mount
from trader.sim.reading_lies import Exchange

NOW_MS = 1_780_000_020_000
MINUTE_MS = 60_000
PRICES = {"BTC": 100_000.0, "ETH": 2_000.0, "SOL": 150.0}
EQUITY = Decimal(10_000)

V = TypeVar("V", bound=Exchange)


@dataclass(kw_only=True)
class EmbeddedWire(Generic[V]):
    """The exchange and its line; a dialect's own says who speaks, and how."""

    feed: Feed = field(default_factory=lambda: flat_feed(PRICES, start_ms=NOW_MS - 86_400_000, minutes=1))
    plan: Plan = field(default_factory=Plan)
    latency_ms: float = 0

    def stand(self, venue: V, app: App, clock: ManualClock) -> None:
        """Put the exchange at the end of a line."""
        self.venue, self.clock = venue, clock
        self.line = Line(app, self.plan)
        self.mount = Mount(self.line, clock, latency_ms=self.latency_ms)

    @property
    def script(self) -> ScriptedFeed:
        """The feed, where the test writes it."""
        assert isinstance(self.feed, ScriptedFeed)
        return self.feed

    def arm(self, *faults: Fault) -> None:
        self.line.arm(Plan(faults))

    def move(self, coin: str, *prices: float) -> None:
        """Let the price walk, a minute each, and be there when it has arrived."""
        begin = self.clock.now_ms() // MINUTE_MS * MINUTE_MS + MINUTE_MS
        self.script.move(coin, *prices, from_ms=begin)
        self.clock.advance_to(begin + MINUTE_MS * len(prices))
        self.venue.run_to(self.clock.now_ms())

    def send(self, request: Request) -> Answer | Lost:
        return self.mount.exchange([request], timeout_s=10)[0]

    def answered(self, request: Request) -> Answer:
        """The answer, which must come."""
        answer = self.send(request)
        assert isinstance(answer, Answer), answer
        return answer

    def held(self, user: str, coin: str, leg: str | None = None) -> Decimal:
        """What the exchange really holds, in coins."""
        position = self.venue.model.position(user, coin, leg)
        return Decimal(0) if position is None else position.szi
