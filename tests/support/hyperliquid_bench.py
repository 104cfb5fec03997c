"""One account on a Hyperliquid and the adapter that trades it, wherever that exchange is.

What only an embedded exchange can be made to do goes through `sim`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tests.support.account_bench import HALF_HOUR_MS, AccountBench, Levers, accepted
from trader.core.actions import Cancel, Enter
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.snapshot import Holdings
from trader.sim.hyperliquid.venue import Venue as Embedded
from trader.venues.hyperliquid.pen import Pen
from trader.venues.hyperliquid.venue import HyperliquidVenue

NOTIONAL = Decimal(60)
LOOKS_MAX = 20
PAUSE_S = 0.5

Sim = Levers[Embedded]


@dataclass(kw_only=True)
class Bench(AccountBench[HyperliquidVenue]):
    """The adapter under test. `sim` is None on the real test network."""

    address: str
    pen: Pen
    base_url: str
    sim_or_none: Sim | None
    _signals: int = 0

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

    @property
    def two_sided(self) -> bool:
        return False

    def until(self, is_true: Callable[[Holdings], bool]) -> Holdings:
        """Inspect until it is so: the servers of the real venue trail its orders by a moment."""
        for _ in range(LOOKS_MAX):
            holdings = self.inspect()
            if is_true(holdings):
                return holdings
            self.clock.sleep(PAUSE_S)
        raise AssertionError(f"it never became so; last: {holdings}")

    def entered(self, entry: Enter | None = None) -> Enter:
        """A position that was just opened, with its exits."""
        sent = entry or self.entry()
        accepted(self.do(sent))
        self.until(lambda holdings: self.size(holdings=holdings) != 0)
        return sent

    def leave_nothing(self) -> None:
        """Close the position and cancel the orders of the coin."""
        holdings = self.inspect()
        self.observe()
        size = self.size(holdings=holdings)
        if size:
            self.do(self.close(size=abs(size), leg=Leg.LONG if size > 0 else Leg.SHORT))
        for order in self.orders().values():
            self.do(Cancel(self.coin, order.order_id, order.client_id, "a test ends"))
        self.until(lambda now: self.size(holdings=now) == 0 and not self.orders(now))

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
        stop_at = self.price_at(-sign * Decimal(stop))
        target_at = self.price_at(sign * Decimal("0.07"))
        return Enter(
            coin=self.coin,
            leg=leg,
            size=self.market.size_down(notional / self.mark),
            bound=self.price_at(sign * Decimal(slippage)),
            stop=stop_at,
            stop_bound=self.bound_of(stop_at, leg),
            target=target_at if has_target else None,
            target_bound=self.bound_of(target_at, leg) if has_target else None,
            client_id=self.id_of(Role.ENTRY, leg),
            stop_id=self.id_of(Role.STOP, leg),
            target_id=self.id_of(Role.TARGET, leg) if has_target else None,
            signal_ms=signal_close_ms - HALF_HOUR_MS,
            signal_close_ms=signal_close_ms,
            mark=self.mark,
            reason="a test",
        )

    def bound_of(self, trigger: Decimal, leg: Leg) -> Decimal:
        return self.market.price(trigger * (1 - leg.sign * Decimal("0.1")))
