"""One account on a Hyperliquid and the adapter that trades it, wherever that exchange is.

Orders are built from the prices of the moment, so that the same behaviour is asked of an exchange that
stands still and of one that does not. What only an embedded exchange can be made to do goes through `sim`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from trader.core.actions import Action, Cancel, Close, Enter, PlaceExit
from trader.core.candles import MINUTE_MS
from trader.core.identity import Identity, Role, account_tag, encode
from trader.core.market import Leg, Market
from trader.core.orders import Accepted, Order, Outcome, Rejected, Unreadable
from trader.core.ports import CandleNeed, Clock, Scope
from trader.core.snapshot import Holdings, Quote, Snapshot
from trader.core.wire import Answer, Lost, Request, Transport
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault, Plan
from trader.sim.feed import ScriptedFeed
from trader.sim.hyperliquid.venue import Venue as Embedded
from trader.sim.line import Line
from trader.venues.hyperliquid.pen import CcxtPen, Pen
from trader.venues.hyperliquid.venue import HyperliquidVenue

HALF_HOUR_MS = 30 * MINUTE_MS
FILLS_BACK_MS = 86_400_000
NOTIONAL = Decimal(60)
LOOKS_MAX = 20
PAUSE_S = 0.5


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


@dataclass(slots=True)
class Sim:
    """The truth behind an embedded exchange, and its levers."""

    embedded: Embedded
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


@dataclass
class Bench:
    """The adapter under test. `sim` is None on the real test network."""

    wire: Watched
    clock: Clock
    address: str
    pen: Pen
    base_url: str
    coin: str
    sim_or_none: Sim | None
    venue: HyperliquidVenue = field(init=False)
    _signals: int = 0
    _attempts: dict[Role, int] = field(default_factory=dict)
    _seen: Snapshot | None = None

    def __post_init__(self) -> None:
        self.venue = self.restarted()

    @property
    def sim(self) -> Sim:
        if self.sim_or_none is None:
            raise LookupError("only an embedded exchange has levers")
        return self.sim_or_none

    def restarted(self, *, address: str | None = None, pen: Pen | None = None) -> HyperliquidVenue:
        """An adapter as a new process has it."""
        return HyperliquidVenue(
            self.wire,
            self.clock,
            account_address=address or self.address,
            pen=pen or self.pen,
            base_url=self.base_url,
            timeout=lambda cap_s: cap_s,
        )

    # What it shows

    def observe(self, *, bars: int = 50) -> Snapshot:
        self._seen = self.venue.observe(Scope((CandleNeed(self.coin, HALF_HOUR_MS, bars),)))
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

    def until(self, is_true: Callable[[Holdings], bool]) -> Holdings:
        """Inspect until it is so: the servers of the real venue trail its orders by a moment."""
        for _ in range(LOOKS_MAX):
            holdings = self.inspect()
            if is_true(holdings):
                return holdings
            self.clock.sleep(PAUSE_S)
        raise AssertionError(f"it never became so; last: {holdings}")

    def orders(self, holdings: Holdings | None = None) -> dict[str | None, Order]:
        """The live orders of the coin by our ids."""
        listed = (holdings or self.inspect()).orders
        if isinstance(listed, Unreadable):
            raise LookupError(str(listed))
        return {order.client_id: order for order in listed if order.coin == self.coin}

    def size(self, holdings: Holdings | None = None) -> Decimal:
        """The signed position in the coin."""
        position = (holdings or self.inspect()).position(self.coin)
        return Decimal(0) if position is None else position.size

    # What it does

    def do(self, action: Action) -> Outcome:
        return self.venue.perform([action])[0]

    def entered(self, entry: Enter | None = None) -> Enter:
        """A position that was just opened, with its exits."""
        sent = entry or self.entry()
        outcome = self.do(sent)
        if not isinstance(outcome, Accepted):
            raise AssertionError(f"the entry came to {outcome}")
        self.until(lambda holdings: self.size(holdings) != 0)
        return sent

    def leave_nothing(self) -> None:
        """Close the position and cancel the orders of the coin."""
        holdings = self.inspect()
        self.observe()
        size = self.size(holdings)
        if size:
            self.do(self.close(size=abs(size), leg=Leg.LONG if size > 0 else Leg.SHORT))
        for order in self.orders().values():
            self.do(Cancel(self.coin, order.order_id, order.client_id, "a test ends"))
        self.until(lambda now: self.size(now) == 0 and not self.orders(now))

    def id_of(self, role: Role, leg: Leg = Leg.LONG) -> str:
        """A fresh id of ours."""
        self._attempts[role] = self._attempts.get(role, 0) + 1
        minute = self.clock.now_ms() // MINUTE_MS
        return encode(
            Identity(
                account=account_tag(self.address),
                market=self.coin,
                strategy=1,
                leg=leg,
                role=role,
                bar_minute=minute,
                reference=minute,
                attempt=self._attempts[role],
            )
        )

    def entry(
        self,
        *,
        leg: Leg = Leg.LONG,
        notional: Decimal = NOTIONAL,
        slippage: str = "0.02",
        has_target: bool = True,
        stop: str = "0.05",
    ) -> Enter:
        """An entry at market, its exits attached, of a signal of its own; distances as fractions of mark."""
        self._signals += 1
        signal_close_ms = self.venue.venue_now_ms() // 2 * 2 - 1000 * self._signals
        sign = leg.sign
        stop_at = self.market.price(self.mark * (1 - sign * Decimal(stop)))
        target_at = self.market.price(self.mark * (1 + sign * Decimal("0.07")))
        return Enter(
            coin=self.coin,
            leg=leg,
            size=self.market.size_down(notional / self.mark),
            bound=self.market.price(self.mark * (1 + sign * Decimal(slippage))),
            stop=stop_at,
            stop_bound=self._beyond(stop_at, leg),
            target=target_at if has_target else None,
            target_bound=self._beyond(target_at, leg) if has_target else None,
            client_id=self.id_of(Role.ENTRY, leg),
            stop_id=self.id_of(Role.STOP, leg),
            target_id=self.id_of(Role.TARGET, leg) if has_target else None,
            signal_ms=signal_close_ms - HALF_HOUR_MS,
            signal_close_ms=signal_close_ms,
            mark=self.mark,
            reason="a test",
        )

    def exit(
        self,
        *,
        role: Role = Role.TRAIL,
        distance: str = "0.04",
        size: Decimal | None = None,
        leg: Leg = Leg.LONG,
    ) -> PlaceExit:
        """A stop (or a target) at a fraction of mark away from it; negative is on the wrong side."""
        sign = leg.sign if role is Role.TARGET else -leg.sign
        trigger = self.market.price(self.mark * (1 + sign * Decimal(distance)))
        return PlaceExit(
            coin=self.coin,
            leg=leg,
            role=role,
            size=size,
            trigger=trigger,
            bound=self._beyond(trigger, leg),
            client_id=self.id_of(role, leg),
            reason="a test",
        )

    def close(self, *, size: Decimal, leg: Leg = Leg.LONG) -> Close:
        return Close(
            coin=self.coin,
            leg=leg,
            role=Role.CLOSE_TIME,
            size=size,
            bound=self.market.price(self.mark * (1 - leg.sign * Decimal("0.03"))),
            client_id=self.id_of(Role.CLOSE_TIME, leg),
            reason="a test",
        )

    def _beyond(self, trigger: Decimal, leg: Leg) -> Decimal:
        return self.market.price(trigger * (1 - leg.sign * Decimal("0.1")))


def refused(outcome: Outcome) -> object:
    """The code of a refusal, or the outcome itself, so that a failure shows what it was."""
    return outcome.code if isinstance(outcome, Rejected) else outcome


def accepted(outcome: Outcome) -> Accepted:
    """The outcome, when it is an acceptance."""
    if not isinstance(outcome, Accepted):
        raise AssertionError(f"expected to be accepted: {outcome}")
    return outcome


def pen_of(private_key: str, *, source: str) -> CcxtPen:
    return CcxtPen(private_key, source=source)
