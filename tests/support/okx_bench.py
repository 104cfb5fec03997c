"""One account on OKX and the adapter that trades it, in one of its two position modes.

What only an embedded exchange can be made to do goes through `Bench.sim`.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar

from tests.support.account_bench import COIN, FILLS_BACK_MS, HALF_HOUR_MS, AccountBench, Levers, accepted
from trader.core.actions import Cancel, Enter, PlaceExit, Rest
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Found
from trader.sim.okx.identity import PaperIdentity
from trader.sim.okx.venue import Venue as Embedded
from trader.venues.okx.signing import OkxKeys
from trader.venues.okx.venue import OkxVenue

NOTIONAL = Decimal(200)

Sim = Levers[Embedded]


@dataclass(kw_only=True)
class Account(AccountBench[OkxVenue]):
    """The adapter under test; `simulated` where the other end is the venue's demo trading."""

    OBSERVED_BACK_MS: ClassVar[int] = FILLS_BACK_MS

    identity: PaperIdentity
    base_url: str
    simulated: bool = False
    isolated: frozenset[str] = frozenset()

    @property
    def keys(self) -> OkxKeys:
        return OkxKeys(self.identity.api_key, self.identity.api_secret, self.identity.passphrase)

    def restarted(self, **changes: Any) -> OkxVenue:
        """An adapter as a new process has it."""
        given: dict[str, Any] = {
            "account_id": self.identity.account_id,
            "keys": self.keys,
            "base_url": self.base_url,
            "simulated_header": self.simulated,
            "isolated": self.isolated,
            "timeout": lambda cap_s: cap_s,
        }
        return OkxVenue(self.wire, self.clock, **given | changes)

    def found(self, client_id: str) -> Found:
        lookup = self.look_up(client_id)
        if not isinstance(lookup, Found):
            raise LookupError(str(lookup))
        return lookup

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
        stop_at = self.price_at(-sign * Decimal(stop))
        target_at = self.price_at(sign * Decimal("0.07"))
        return Enter(
            coin=COIN,
            leg=leg,
            size=market.size_down(notional / self.mark),
            bound=self.price_at(sign * Decimal(slippage)),
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

    def again(self, action: PlaceExit, **changes: Any) -> PlaceExit:
        """The same exit under a fresh id."""
        return replace(action, client_id=self.id_of(action.role, action.leg), **changes)


@dataclass(kw_only=True)
class Bench(Account):
    """The same on an embedded exchange, with its levers."""

    sim: Sim
