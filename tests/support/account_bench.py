"""One account on an exchange and the adapter that trades it: what is alike on every venue.

Orders are built from the prices of the moment, so that the same behaviour is asked of an exchange that
stands still and of one that does not. How an entry is dressed is each venue's own.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar, Generic, Protocol, TypeVar

from trader.core.actions import Action, Cancel, Close, PlaceExit
from trader.core.candles import MINUTE_MS
from trader.core.identity import Identity, Role, account_tag, encode
from trader.core.market import Leg, Market
from trader.core.orders import Accepted, Fill, Lookup, Order, Outcome, Rejected, Unreadable
from trader.core.ports import CandleNeed, Clock, Scope, Venue
from trader.core.snapshot import Holdings, Position, Quote, Snapshot
from trader.core.wire import Answer, Lost, Request, Transport
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault, Plan
from trader.sim.feed import ScriptedFeed
from trader.sim.line import Line

COIN = "SOL"
HALF_HOUR_MS = 30 * MINUTE_MS
FILLS_BACK_MS = 86_400_000


@dataclass(slots=True)
class Watched:
    """A transport that remembers what left through it, round by round."""

    inner: Transport
    rounds: list[list[Request]] = field(default_factory=list)

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        self.rounds.append(list(requests))
        return self.inner.exchange(requests, timeout_s=timeout_s)

    @property
    def requests(self) -> list[Request]:
        return [request for asked in self.rounds for request in asked]


class Runs(Protocol):
    """An embedded exchange."""

    def run_to(self, at_ms: int) -> None: ...


E = TypeVar("E", bound=Runs)
V = TypeVar("V", bound=Venue)


@dataclass
class Levers(Generic[E]):
    """The truth behind an embedded exchange, and what moves it."""

    embedded: E
    line: Line
    clock: ManualClock
    feed: ScriptedFeed

    def arm(self, *faults: Fault) -> None:
        """Faults from the next request on."""
        self.line.arm(Plan(faults))

    def move(self, coin: str, *prices: float) -> None:
        """Let the market go through these prices, a minute each, from the next minute on."""
        start_ms = self.clock.now_ms() // MINUTE_MS * MINUTE_MS + MINUTE_MS
        self.feed.move(coin, *prices, from_ms=start_ms)
        self.pass_to(start_ms + len(prices) * MINUTE_MS)

    def pass_to(self, moment_ms: int) -> None:
        self.clock.advance_to(moment_ms)
        self.embedded.run_to(self.clock.now_ms())


@dataclass(kw_only=True)
class AccountBench(ABC, Generic[V]):
    """The adapter under test."""

    EXIT_ROLE: ClassVar[Role] = Role.TRAIL
    OBSERVED_BACK_MS: ClassVar[int] = Scope().fills_back_ms

    wire: Watched
    clock: Clock
    coin: str = COIN
    venue: V = field(init=False)
    _attempts: dict[tuple[Role, int], int] = field(default_factory=dict)
    _seen: Snapshot | None = None

    def __post_init__(self) -> None:
        self.venue = self.restarted()

    @abstractmethod
    def restarted(self) -> V:
        """An adapter as a new process has it."""

    @property
    def two_sided(self) -> bool:
        return self.seen.two_sided

    # What it shows

    def observe(self, *, bars: int = 50, lookups: Mapping[str, str] | None = None) -> Snapshot:
        needs = (CandleNeed(self.coin, HALF_HOUR_MS, bars),)
        self._seen = self.venue.observe(Scope(needs, lookups or {}, self.OBSERVED_BACK_MS))
        return self._seen

    @property
    def seen(self) -> Snapshot:
        return self._seen or self.observe()

    @property
    def market(self) -> Market:
        return self.seen.markets[self.coin].market

    @property
    def mark(self) -> Decimal:
        quote = self.seen.markets[self.coin].quote
        if not isinstance(quote, Quote):
            raise LookupError(str(quote))
        return quote.mark

    def inspect(self) -> Holdings:
        return self.venue.inspect(FILLS_BACK_MS)

    def orders(self, holdings: Holdings | None = None) -> dict[str | None, Order]:
        """The live orders of the coin by our ids."""
        listed = (holdings or self.inspect()).orders
        if isinstance(listed, Unreadable):
            raise LookupError(str(listed))
        return {order.client_id: order for order in listed if order.coin == self.coin}

    def fills(self, client_id: str | None = None) -> list[Fill]:
        """All fills, or those of one id."""
        fills = self.inspect().fills
        if isinstance(fills, Unreadable):
            raise LookupError(str(fills))
        return [fill for fill in fills if client_id in (None, fill.client_id)]

    def position(self, leg: Leg = Leg.LONG, holdings: Holdings | None = None) -> Position | None:
        """The position in the coin, of this leg where the account has two."""
        return (holdings or self.inspect()).position(self.coin, leg if self.two_sided else None)

    def size(self, leg: Leg = Leg.LONG, holdings: Holdings | None = None) -> Decimal:
        """The signed position."""
        found = self.position(leg, holdings)
        return Decimal(0) if found is None else found.size

    def leave_nothing(self) -> None:
        """Close what is held in the coin, and take off what is live."""
        self.observe()
        for position in self.inspect().positions_of(self.coin):
            self.do(self.close(size=abs(position.size), leg=position.leg))
        for order in self.orders().values():
            self.do(Cancel.of(order, "a test ends"))

    def look_up(self, client_id: str) -> Lookup:
        return self.venue.find({client_id: self.coin})[client_id]

    # What it does

    def do(self, action: Action) -> Outcome:
        return self.venue.perform([action])[0]

    def id_of(self, role: Role, leg: Leg = Leg.LONG) -> str:
        """A fresh id of ours."""
        minute, tag = self.clock.now_ms() // MINUTE_MS, account_tag(self.venue.account_id)
        attempt = self._attempts[role, minute] = self._attempts.get((role, minute), 0) + 1
        return encode(Identity(tag, self.coin, 1, leg, role, minute, reference=minute, attempt=attempt))

    def price_at(self, fraction: Decimal | str) -> Decimal:
        """Mark moved by a fraction of itself."""
        return self.market.price(self.mark * (1 + Decimal(fraction)))

    def exit(
        self,
        *,
        role: Role | None = None,
        distance: str = "0.04",
        size: Decimal | None = None,
        leg: Leg = Leg.LONG,
    ) -> PlaceExit:
        """A stop (or a target) at a fraction of mark away from it; negative is on the wrong side."""
        role = role or self.EXIT_ROLE
        sign = leg.sign if role is Role.TARGET else -leg.sign
        trigger = self.price_at(sign * Decimal(distance))
        bound, client_id = self.bound_of(trigger, leg), self.id_of(role, leg)
        return PlaceExit(self.coin, leg, role, size, trigger, bound, client_id, "a test")

    def bound_of(self, trigger: Decimal, leg: Leg) -> Decimal:
        """The limit of a triggered exit; most venues trade it at market."""
        return trigger

    def close(self, *, size: Decimal, leg: Leg = Leg.LONG, slippage: str = "0.03") -> Close:
        bound, role = self.price_at(-leg.sign * Decimal(slippage)), Role.CLOSE_TIME
        return Close(self.coin, leg, role, size, bound, self.id_of(role, leg), "a test")


def refused(outcome: Outcome) -> object:
    """The code of a refusal, or the outcome itself, so that a failure shows what it was."""
    return outcome.code if isinstance(outcome, Rejected) else outcome


def accepted(outcome: Outcome) -> Accepted:
    """The outcome, when it is an acceptance."""
    if not isinstance(outcome, Accepted):
        raise AssertionError(f"expected to be accepted: {outcome}")
    return outcome
