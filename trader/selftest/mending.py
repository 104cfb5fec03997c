"""Puts right after a run what a lasting fault has changed at the venue: keys, states, rules, its clock.

Rules: what the account holds stays as it is, and so does what its owner did. The venue is what it was before
the run for everything that would otherwise fail for ever, so that the next run can show that it heals.
"""

from collections.abc import Callable
from typing import Any

from trader.core.wire import Request
from trader.exchange.orders import Liquidity
from trader.rehearsal import Stage
from trader.sim.faults import Fault

Mend = Callable[[], None]
STANDING = frozenset(
    {"V15", "V19", "V20", "V21", "V22", "V23", "V24", "V27", "V28", "V30", "V31", "V32"}
)  # kinds that stay once they were due
_NOBODY = Request("https://embedded.invalid/none", method="GET")


def remembered(stage: Stage) -> Mend:
    """Look at the venue now; the result puts back what of it a standing fault may change."""
    of_venue = _OF[stage.settings.venue](stage.venue)
    markets = {market.coin: market for market in stage.model.markets}
    two_sided = stage.model.is_two_sided(stage.user)

    def mend() -> None:
        of_venue()
        for coin, market in markets.items():
            if stage.model.market(coin) != market:
                stage.model.set_market(market)
        if stage.model.is_two_sided(stage.user) != two_sided:
            stage.model.set_two_sided(stage.user, two_sided)
        # The line knows no other way to set the venue's clock right.
        told = [Fault("V21", params={"offset_ms": 0})]
        stage.line.app.answer(_NOBODY, at_ms=stage.venue_time.now_ms(), client="nobody", lies=told)

    return mend


def _hyperliquid(venue: Any) -> Mend:
    accounts, budget = venue.accounts.dump(), venue.address_budget.dump()
    abstraction, special, roles = venue.abstraction, venue.special_status, dict(venue.roles)

    def mend() -> None:
        venue.accounts.restore(accounts)
        venue.address_budget.restore(budget)
        venue.abstraction, venue.special_status, venue.roles = abstraction, special, dict(roles)

    return mend


def _okx(venue: Any) -> Mend:
    keys, maintenance, dry, switches = venue.keys.dump(), venue.maintenance, set(venue.dry), venue.switches

    def mend() -> None:
        venue.keys.restore(keys)
        venue.maintenance, venue.switches = maintenance, switches
        for coin in sorted(venue.dry - dry):
            venue.dry.discard(coin)
            venue.model.set_liquidity(coin, Liquidity())

    return mend


def _binance(venue: Any) -> Mend:
    keys, maintenance, shared = venue.keys.dump(), venue.maintenance, set(venue.multi_assets)

    def mend() -> None:
        venue.keys.restore(keys)
        venue.maintenance, venue.multi_assets = maintenance, set(shared)
        venue.overloaded_until_ms = 0

    return mend


_OF: dict[str, Callable[[Any], Mend]] = {"hyperliquid": _hyperliquid, "okx": _okx, "binance": _binance}
