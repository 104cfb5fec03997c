"""One account on an embedded Binance and the adapter that trades it, in this process or over HTTP.

Orders are built from the prices of the moment. An account has one side or two, and every behaviour is asked
of both where it can be.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from tests.support.hyperliquid_bench import Watched
from trader.core.actions import Action, Cancel, Close, Enter, PlaceExit, Rest
from trader.core.candles import MINUTE_MS
from trader.core.identity import Identity, Role, account_tag, encode
from trader.core.market import Leg, Market
from trader.core.orders import Accepted, Fill, Found, Lookup, Order, Outcome, Status, Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.core.snapshot import Holdings, Quote, Snapshot
from trader.exchange.model import Model
from trader.sim.binance.identity import PaperIdentity, paper_identity
from trader.sim.binance.venue import Venue as Embedded
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault, Plan
from trader.sim.feed import ScriptedFeed
from trader.sim.line import Line
from trader.venues.binance.signing import BinanceKeys
from trader.venues.binance.venue import BinanceVenue

OFFICIAL_URL = "https://fapi.binance.com"
HALF_HOUR_MS = 30 * MINUTE_MS
FILLS_BACK_MS = 86_400_000
NOTIONAL = Decimal(60)
# A border of half-hour bars and of the eight hours between fundings.
START_MS = 1_750_003_200_000
PRICES = {"BTC": 60_000.0, "ETH": 3_000.0, "SOL": 100.0}
HISTORY_MINUTES = 3 * 24 * 60
LABEL = "contract"


@dataclass
class BinanceBench:
    """The adapter under test, the exchange behind it, and its levers."""

    wire: Watched
    clock: ManualClock
    embedded: Embedded
    line: Line
    feed: ScriptedFeed
    coin: str = "SOL"
    venue: BinanceVenue = field(init=False)
    identity: PaperIdentity = field(default_factory=lambda: paper_identity(LABEL))
    _attempts: dict[Role, int] = field(default_factory=dict)
    _seen: Snapshot | None = None

    def __post_init__(self) -> None:
        self.venue = self.restarted()

    def restarted(
        self,
        *,
        account_id: str | None = None,
        secret: str | None = None,
        trigger: str = "mark",
        cap_s: float = 60.0,
    ) -> BinanceVenue:
        """An adapter as a new process has it."""
        return BinanceVenue(
            self.wire,
            self.clock,
            account_id=account_id or self.identity.account_id,
            keys=BinanceKeys(self.identity.api_key, secret or self.identity.api_secret),
            base_url=OFFICIAL_URL,
            trigger=trigger,
            timeout=lambda asked_s: min(asked_s, cap_s),
        )

    # What happens behind it

    @property
    def model(self) -> Model:
        return self.embedded.model

    @property
    def user(self) -> str:
        return self.identity.user

    @property
    def two_sided(self) -> bool:
        return self.model.is_two_sided(self.user)

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

    # What it shows

    def observe(self, *, bars: int = 50, lookups: dict[str, str] | None = None) -> Snapshot:
        needs = (CandleNeed(self.coin, HALF_HOUR_MS, bars),)
        self._seen = self.venue.observe(Scope(needs, lookups or {}))
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

    def size(self, leg: Leg = Leg.LONG, holdings: Holdings | None = None) -> Decimal:
        """The signed position in the coin, of this leg where the account has two."""
        position = (holdings or self.inspect()).position(self.coin, leg if self.two_sided else None)
        return Decimal(0) if position is None else position.size

    def fills_of(self, client_id: str | None) -> list[Fill]:
        fills = self.inspect().fills
        if isinstance(fills, Unreadable):
            raise LookupError(str(fills))
        return [fill for fill in fills if fill.client_id == client_id]

    def lookup(self, client_id: str) -> Lookup:
        return self.venue.find({client_id: self.coin})[client_id]

    def status(self, client_id: str) -> Status | None:
        """Where an order stands; None for one that is not known."""
        found = self.lookup(client_id)
        return found.status if isinstance(found, Found) else None

    # What it does

    def do(self, action: Action) -> Outcome:
        return self.venue.perform([action])[0]

    def entered(self, entry: Enter | None = None) -> Enter:
        """A position that was just opened."""
        sent = entry or self.entry()
        outcome = self.do(sent)
        if not isinstance(outcome, Accepted):
            raise AssertionError(f"the entry came to {outcome}")
        return sent

    def id_of(self, role: Role, leg: Leg = Leg.LONG) -> str:
        """A fresh id of ours."""
        self._attempts[role] = self._attempts.get(role, 0) + 1
        minute = self.clock.now_ms() // MINUTE_MS
        return encode(
            Identity(
                account=account_tag(self.identity.account_id),
                market=self.coin,
                strategy=1,
                leg=leg,
                role=role,
                bar_minute=minute,
                reference=minute,
                attempt=self._attempts[role],
            )
        )

    def price_at(self, fraction: str) -> Decimal:
        """Mark moved by a fraction of itself."""
        return self.market.price(self.mark * (1 + Decimal(fraction)))

    def entry(self, *, leg: Leg = Leg.LONG, notional: Decimal = NOTIONAL, slippage: str = "0.02") -> Enter:
        stop = self.market.price(self.mark * (1 - leg.sign * Decimal("0.05")))
        moment = self.venue.venue_now_ms()
        return Enter(
            coin=self.coin,
            leg=leg,
            size=self.market.size_down(notional / self.mark),
            bound=self.market.price(self.mark * (1 + leg.sign * Decimal(slippage))),
            stop=stop,
            stop_bound=stop,
            target=None,
            target_bound=None,
            client_id=self.id_of(Role.ENTRY, leg),
            stop_id=self.id_of(Role.STOP, leg),
            target_id=None,
            signal_ms=moment - HALF_HOUR_MS,
            signal_close_ms=moment,
            mark=self.mark,
            reason="a test",
        )

    def exit(
        self,
        *,
        role: Role = Role.STOP,
        distance: str = "0.04",
        size: Decimal | None = None,
        leg: Leg = Leg.LONG,
    ) -> PlaceExit:
        """A stop (or a target) at a fraction of mark away from it; negative is on the wrong side."""
        sign = leg.sign if role is Role.TARGET else -leg.sign
        trigger = self.market.price(self.mark * (1 + sign * Decimal(distance)))
        client_id = self.id_of(role, leg)
        return PlaceExit(self.coin, leg, role, size, trigger, trigger, client_id, "a test")

    def close(self, *, size: Decimal, leg: Leg = Leg.LONG, slippage: str = "0.03") -> Close:
        bound = self.market.price(self.mark * (1 - leg.sign * Decimal(slippage)))
        role = Role.CLOSE_TIME
        return Close(self.coin, leg, role, size, bound, self.id_of(role, leg), "a test")

    def rest(
        self,
        *,
        leg: Leg = Leg.LONG,
        distance: str = "0.02",
        trigger: str | None = None,
        post_only: bool = False,
        expires_ms: int | None = None,
    ) -> Rest:
        """An entry that waits so far on the better side of mark, or on the worse one with a trigger."""
        sign = -leg.sign if trigger is None else leg.sign
        stop = self.market.price(self.mark * (1 - leg.sign * Decimal("0.1")))
        return Rest(
            coin=self.coin,
            leg=leg,
            role=Role.RUNG,
            size=self.market.size_down(NOTIONAL / self.mark),
            price=self.market.price(self.mark * (1 + sign * Decimal(distance))),
            trigger=None if trigger is None else self.market.price(self.mark * (1 + sign * Decimal(trigger))),
            post_only=post_only,
            expires_ms=expires_ms,
            stop=stop,
            stop_bound=stop,
            client_id=self.id_of(Role.RUNG, leg),
            stop_id=None,
            signal_ms=self.venue.venue_now_ms(),
            mark=self.mark,
            reason="a test",
        )

    def cancel(self, order: Order) -> Cancel:
        return Cancel(order.coin, order.order_id, order.client_id, "a test", order.kind, order.leg)
