"""One account on an embedded Hyperliquid, and the adapter that trades it, in this process.

The market is written by the test and stands still until it is moved; so does time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from trader.core.actions import Cancel, Close, Enter, PlaceExit
from trader.core.candles import MINUTE_MS
from trader.core.identity import Identity, Role, account_tag, encode
from trader.core.market import Leg
from trader.core.ports import CandleNeed, Scope
from trader.core.wire import Answer, Lost, Request, Transport
from trader.sim.clock import ManualClock
from trader.sim.faults import Plan
from trader.sim.feed import ScriptedFeed, flat_feed
from trader.sim.hyperliquid.app import HyperliquidApp
from trader.sim.hyperliquid.build import new_venue
from trader.sim.hyperliquid.identity import PaperIdentity, paper_identity
from trader.sim.hyperliquid.switches import Switches
from trader.sim.hyperliquid.venue import Venue as Embedded
from trader.sim.line import Line
from trader.sim.mount import Mount
from trader.venues.hyperliquid.pen import CcxtPen, Pen
from trader.venues.hyperliquid.venue import HyperliquidVenue

BASE_URL = "https://api.hyperliquid.xyz"
HALF_HOUR_MS = 30 * MINUTE_MS
# A border of half-hour bars and of funding hours.
START_MS = 1_750_003_200_000
PRICES = {"BTC": 60_000.0, "ETH": 3_000.0, "SOL": 100.0}
HISTORY_MINUTES = 3 * 24 * 60


@dataclass(slots=True)
class Watched:
    """A transport that remembers what left through it, round by round."""

    inner: Transport
    rounds: list[list[Request]] = field(default_factory=list)

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        self.rounds.append(list(requests))
        return self.inner.exchange(requests, timeout_s=timeout_s)


@dataclass(slots=True)
class TradedAccount:
    """The adapter, and behind it the truth."""

    venue: HyperliquidVenue
    embedded: Embedded
    line: Line
    clock: ManualClock
    feed: ScriptedFeed
    identity: PaperIdentity
    wire: Watched

    @property
    def address(self) -> str:
        return self.identity.account_address

    def observe(self, *coins: str, bars: int = 100, **more: object) -> object:
        scope = Scope(tuple(CandleNeed(coin, HALF_HOUR_MS, bars) for coin in coins or ("SOL",)))
        return self.venue.observe(scope)

    def arm(self, plan: Plan) -> None:
        self.line.arm(plan)

    def move(self, coin: str, *prices: float) -> None:
        """Let the market go through these prices, a minute each, from the next minute on."""
        start_ms = self.clock.now_ms() // MINUTE_MS * MINUTE_MS + MINUTE_MS
        self.feed.move(coin, *prices, from_ms=start_ms)
        self.clock.advance_to(start_ms + len(prices) * MINUTE_MS)
        self.embedded.run_to(self.clock.now_ms())


def traded_account(
    *,
    switches: Switches | None = None,
    latency_ms: float = 0,
    pen: Pen | None = None,
    label: str = "contract",
    is_declared: bool = True,
) -> TradedAccount:
    """A funded account with its agent's key, at a moment five seconds into a bar."""
    feed = flat_feed(PRICES, start_ms=START_MS - HISTORY_MINUTES * MINUTE_MS, minutes=HISTORY_MINUTES)
    embedded = new_venue(feed, start_ms=START_MS, switches=switches)
    identity = paper_identity(label)
    if is_declared:
        embedded.declare(identity)
    clock = ManualClock(START_MS + 5_000)
    line = Line(HyperliquidApp(embedded))
    wire = Watched(Mount(line, clock, latency_ms=latency_ms))
    venue = adapter(wire, clock, identity, pen=pen)
    return TradedAccount(venue, embedded, line, clock, feed, identity, wire)


def adapter(
    transport: Transport, clock: ManualClock, identity: PaperIdentity, *, pen: Pen | None = None
) -> HyperliquidVenue:
    """A fresh adapter, as a new process has it."""
    return HyperliquidVenue(
        transport,
        clock,
        account_address=identity.account_address,
        pen=pen or CcxtPen(identity.agent_private_key, source="a"),
        base_url=BASE_URL,
        timeout=lambda cap_s: cap_s,
    )


def an_id(address: str, role: Role, *, coin: str = "SOL", leg: Leg = Leg.LONG, attempt: int = 1) -> str:
    """An id of ours for an order at the bar before START_MS."""
    return encode(
        Identity(
            account=account_tag(address),
            market=coin,
            strategy=1,
            leg=leg,
            role=role,
            bar_minute=START_MS // MINUTE_MS,
            reference=START_MS // MINUTE_MS,
            attempt=attempt,
        )
    )


def an_entry(
    account: TradedAccount,
    *,
    size: str = "2",
    bound: str = "100.3",
    stop: str = "95",
    target: str | None = "107",
    leg: Leg = Leg.LONG,
    signal_ms: int = START_MS - HALF_HOUR_MS,
) -> Enter:
    """An entry into SOL, its stop and its target attached, of the signal that closed at START_MS."""

    def made(role: Role) -> str:
        return an_id(account.address, role, leg=leg)

    far = Decimal("0.9") if leg is Leg.LONG else Decimal("1.1")
    return Enter(
        coin="SOL",
        leg=leg,
        size=Decimal(size),
        bound=Decimal(bound),
        stop=Decimal(stop),
        stop_bound=(Decimal(stop) * far).quantize(Decimal("0.01")),
        target=None if target is None else Decimal(target),
        target_bound=None if target is None else (Decimal(target) * far).quantize(Decimal("0.01")),
        client_id=made(Role.ENTRY),
        stop_id=made(Role.STOP),
        target_id=None if target is None else made(Role.TARGET),
        signal_ms=signal_ms,
        signal_close_ms=signal_ms + HALF_HOUR_MS,
        mark=Decimal(100),
        reason="a test",
    )


def an_exit(
    account: TradedAccount,
    *,
    trigger: str = "96",
    size: str | None = None,
    role: Role = Role.TRAIL,
    attempt: int = 1,
    leg: Leg = Leg.LONG,
) -> PlaceExit:
    """A stop or a target behind the position in SOL."""
    far = Decimal("0.9") if leg is Leg.LONG else Decimal("1.1")
    return PlaceExit(
        coin="SOL",
        leg=leg,
        role=role,
        size=None if size is None else Decimal(size),
        trigger=Decimal(trigger),
        bound=(Decimal(trigger) * far).quantize(Decimal("0.01")),
        client_id=an_id(account.address, role, leg=leg, attempt=attempt),
        reason="a test",
    )


def a_close(
    account: TradedAccount,
    *,
    size: str = "2",
    bound: str = "95",
    role: Role = Role.CLOSE_TIME,
    attempt: int = 1,
) -> Close:
    return Close(
        coin="SOL",
        leg=Leg.LONG,
        role=role,
        size=Decimal(size),
        bound=Decimal(bound),
        client_id=an_id(account.address, role, attempt=attempt),
        reason="a test",
    )


def a_cancel(order_id: str) -> Cancel:
    return Cancel("SOL", order_id, None, "a test")
