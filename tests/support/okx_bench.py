"""One account on an embedded OKX and the adapter that trades it, in one of its two position modes.

Orders are built from the prices of the moment. What only an embedded exchange can be made to do goes through
`sim`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from tests.support.hyperliquid_bench import Watched, accepted
from trader.core.actions import Action, Cancel, Close, Enter, PlaceExit, Rest
from trader.core.candles import MINUTE_MS
from trader.core.identity import Identity, Role, account_tag, encode
from trader.core.market import Leg, Market
from trader.core.orders import Fill, Found, Lookup, Order, Outcome, Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.core.snapshot import Holdings, Position, Quote, Snapshot
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault, Plan
from trader.sim.feed import ScriptedFeed
from trader.sim.line import Line
from trader.sim.okx.identity import PaperIdentity
from trader.sim.okx.venue import Venue as Embedded
from trader.venues.okx.signing import OkxKeys
from trader.venues.okx.venue import OkxVenue

COIN = "SOL"
HALF_HOUR_MS = 30 * MINUTE_MS
FILLS_BACK_MS = 86_400_000
NOTIONAL = Decimal(200)


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

    def move(self, *prices: float) -> None:
        """Let the market go through these prices, a minute each, from the next minute on."""
        start_ms = self.clock.now_ms() // MINUTE_MS * MINUTE_MS + MINUTE_MS
        self.feed.move(COIN, *prices, from_ms=start_ms)
        self.pass_to(start_ms + len(prices) * MINUTE_MS)

    def pass_to(self, moment_ms: int) -> None:
        self.clock.advance_to(moment_ms)
        self.embedded.run_to(self.clock.now_ms())


@dataclass
class Bench:
    """The adapter under test."""

    wire: Watched
    clock: ManualClock
    identity: PaperIdentity
    base_url: str
    sim: Sim
    isolated: frozenset[str] = frozenset()
    venue: OkxVenue = field(init=False)
    _attempts: dict[tuple[Role, int], int] = field(default_factory=dict)
    _seen: Snapshot | None = None

    def __post_init__(self) -> None:
        self.venue = self.restarted()

    @property
    def keys(self) -> OkxKeys:
        return OkxKeys(self.identity.api_key, self.identity.api_secret, self.identity.passphrase)

    @property
    def two_sided(self) -> bool:
        return self.seen.two_sided

    def restarted(self, **changes: Any) -> OkxVenue:
        """An adapter as a new process has it."""
        given: dict[str, Any] = {
            "account_id": self.identity.account_id,
            "keys": self.keys,
            "base_url": self.base_url,
            "isolated": self.isolated,
            "timeout": lambda cap_s: cap_s,
        }
        return OkxVenue(self.wire, self.clock, **given | changes)

    # What it shows

    def observe(self, *, bars: int = 50, lookups: Mapping[str, str] | None = None) -> Snapshot:
        scope = Scope((CandleNeed(COIN, HALF_HOUR_MS, bars),), lookups or {}, FILLS_BACK_MS)
        self._seen = self.venue.observe(scope)
        return self._seen

    @property
    def seen(self) -> Snapshot:
        return self._seen or self.observe()

    @property
    def market(self) -> Market:
        return self.seen.markets[COIN].market

    @property
    def mark(self) -> Decimal:
        quote = self.seen.markets[COIN].quote
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
        return {order.client_id: order for order in listed if order.coin == COIN}

    def fills(self, client_id: str | None = None) -> list[Fill]:
        """All fills, or those of one id."""
        fills = self.inspect().fills
        if isinstance(fills, Unreadable):
            raise LookupError(str(fills))
        return [fill for fill in fills if client_id in (None, fill.client_id)]

    def position(self, leg: Leg = Leg.LONG, holdings: Holdings | None = None) -> Position | None:
        return (holdings or self.inspect()).position(COIN, leg if self.two_sided else None)

    def size(self, leg: Leg = Leg.LONG, holdings: Holdings | None = None) -> Decimal:
        """The signed position."""
        found = self.position(leg, holdings)
        return Decimal(0) if found is None else found.size

    def look_up(self, client_id: str) -> Lookup:
        return self.venue.find({client_id: COIN})[client_id]

    def found(self, client_id: str) -> Found:
        lookup = self.look_up(client_id)
        if not isinstance(lookup, Found):
            raise LookupError(str(lookup))
        return lookup

    # What it does

    def do(self, action: Action) -> Outcome:
        return self.venue.perform([action])[0]

    def entered(self, entry: Enter | None = None) -> Enter:
        """A position that was just opened, with its attached stop."""
        sent = entry or self.entry()
        accepted(self.do(sent))
        if not self.size(sent.leg):
            raise LookupError(f"the entry did not fill: {self.look_up(sent.client_id)}")
        return sent

    def guarded(self, entry: Enter | None = None) -> tuple[Enter, PlaceExit]:
        """A position behind the stop that follows it, the attached one taken off."""
        sent = self.entered(entry)
        stop = self.exit(leg=sent.leg)
        accepted(self.do(stop))
        attached = self.orders()[sent.stop_id]
        accepted(
            self.do(Cancel(COIN, attached.order_id, sent.stop_id, "replaced", attached.kind, attached.leg))
        )
        return sent, stop

    def id_of(self, role: Role, leg: Leg = Leg.LONG) -> str:
        """A fresh id of ours."""
        minute = self.clock.now_ms() // MINUTE_MS
        attempt = self._attempts[role, minute] = self._attempts.get((role, minute), 0) + 1
        tag = account_tag(self.identity.account_id)
        return encode(Identity(tag, COIN, 1, leg, role, minute, reference=minute, attempt=attempt))

    def entry(
        self,
        *,
        leg: Leg = Leg.LONG,
        notional: Decimal = NOTIONAL,
        slippage: str = "0.02",
        stop: str = "0.05",
    ) -> Enter:
        """An entry at market, its stop attached; distances as fractions of mark."""
        sign, market = leg.sign, self.market
        stop_at = market.price(self.mark * (1 - sign * Decimal(stop)))
        target_at = market.price(self.mark * (1 + sign * Decimal("0.07")))
        return Enter(
            coin=COIN,
            leg=leg,
            size=market.size_down(notional / self.mark),
            bound=market.price(self.mark * (1 + sign * Decimal(slippage))),
            stop=stop_at,
            stop_bound=market.price(stop_at * (1 - sign * Decimal("0.1"))),
            target=target_at,
            target_bound=target_at,
            client_id=self.id_of(Role.ENTRY, leg),
            stop_id=self.id_of(Role.STOP, leg),
            target_id=None,
            signal_ms=self.clock.now_ms() - HALF_HOUR_MS,
            signal_close_ms=self.clock.now_ms(),
            mark=self.mark,
            reason="a test",
        )

    def rest(
        self,
        *,
        leg: Leg = Leg.LONG,
        distance: str = "0.02",
        trigger: str | None = None,
        post_only: bool = True,
    ) -> Rest:
        """A limit behind mark, or with `trigger` one beyond it that the market sets off."""
        like, sign = self.entry(leg=leg), leg.sign
        price = self.mark * (1 - sign * Decimal(distance))
        level = None if trigger is None else self.market.price(self.mark * (1 + sign * Decimal(trigger)))
        return Rest(
            coin=COIN,
            leg=leg,
            role=Role.RUNG,
            size=like.size,
            price=self.market.price(price if level is None else level * (1 + sign * Decimal("0.01"))),
            trigger=level,
            post_only=post_only,
            expires_ms=None,
            stop=like.stop,
            stop_bound=like.stop_bound,
            client_id=self.id_of(Role.RUNG, leg),
            stop_id=like.stop_id,
            signal_ms=like.signal_ms,
            mark=like.mark,
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
        return PlaceExit(COIN, leg, role, size, trigger, trigger, self.id_of(role, leg), "a test")

    def close(self, *, size: Decimal, leg: Leg = Leg.LONG) -> Close:
        bound = self.market.price(self.mark * (1 - leg.sign * Decimal("0.03")))
        return Close(COIN, leg, Role.CLOSE_TIME, size, bound, self.id_of(Role.CLOSE_TIME, leg), "a test")

    def again(self, action: PlaceExit, **changes: Any) -> PlaceExit:
        """The same exit under a fresh id."""
        return replace(action, client_id=self.id_of(action.role, action.leg), **changes)
