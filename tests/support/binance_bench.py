"""One account on Binance and the adapter that trades it: embedded, in this process or over HTTP, or its own.

An account has one side or two, and every behaviour is asked of both where it can be.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

from tests.support.account_bench import HALF_HOUR_MS, AccountBench, Levers, accepted
from trader.core.actions import Cancel, Enter, Rest
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Found, Order, Status
from trader.exchange.model import Model
from trader.sim.binance.identity import PaperIdentity, paper_identity
from trader.sim.binance.venue import Venue as Embedded
from trader.sim.clock import ManualClock
from trader.venues.binance.signing import BinanceKeys
from trader.venues.binance.venue import BinanceVenue

OFFICIAL_URL = "https://fapi.binance.com"
WALLET_URL = "https://api.binance.com"
NOTIONAL = Decimal(60)
# A border of half-hour bars and of the eight hours between fundings.
START_MS = 1_750_003_200_000
PRICES = {"BTC": 60_000.0, "ETH": 3_000.0, "SOL": 100.0}
HISTORY_MINUTES = 3 * 24 * 60
LABEL = "contract"


@dataclass(kw_only=True)
class BinanceAccount(AccountBench[BinanceVenue]):
    """The adapter under test."""

    EXIT_ROLE: ClassVar[Role] = Role.STOP

    identity: PaperIdentity = field(default_factory=lambda: paper_identity(LABEL))
    base_url: str = OFFICIAL_URL
    wallet_url: str | None = WALLET_URL

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
            base_url=self.base_url,
            wallet_url=self.wallet_url,
            trigger=trigger,
            timeout=lambda asked_s: min(asked_s, cap_s),
        )

    def status(self, client_id: str) -> Status | None:
        """Where an order stands; None for one that is not known."""
        found = self.look_up(client_id)
        return found.status if isinstance(found, Found) else None

    def entered(self, entry: Enter | None = None) -> Enter:
        """A position that was just opened."""
        sent = entry or self.entry()
        accepted(self.do(sent))
        return sent

    def entry(self, *, leg: Leg = Leg.LONG, notional: Decimal = NOTIONAL, slippage: str = "0.02") -> Enter:
        stop = self.price_at(-leg.sign * Decimal("0.05"))
        moment = self.venue.venue_now_ms()
        return Enter(
            coin=self.coin,
            leg=leg,
            size=self.market.size_down(notional / self.mark),
            bound=self.price_at(leg.sign * Decimal(slippage)),
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
        stop = self.price_at(-leg.sign * Decimal("0.1"))
        return Rest(
            coin=self.coin,
            leg=leg,
            role=Role.RUNG,
            size=self.market.size_down(NOTIONAL / self.mark),
            price=self.price_at(sign * Decimal(distance)),
            trigger=None if trigger is None else self.price_at(sign * Decimal(trigger)),
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


@dataclass(kw_only=True)
class BinanceBench(BinanceAccount, Levers[Embedded]):
    """The same on an embedded exchange, with the exchange behind it and its levers."""

    clock: ManualClock

    @property
    def model(self) -> Model:
        return self.embedded.model

    @property
    def user(self) -> str:
        return self.identity.user

    @property
    def two_sided(self) -> bool:
        return self.model.is_two_sided(self.user)
