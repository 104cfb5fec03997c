"""What the package knows of a venue without asking it: each coin's steps and minimums, and the usual fees.

Rules: the adapter reads them off the embedded exchange, through the same bytes as it reads the real one, so
a backtest rounds as a tick does. A coin that the shipped tables do not have is an error with its name.
"""

from collections.abc import Mapping
from decimal import Decimal

from trader.core.candles import MINUTE_MS
from trader.core.errors import ConfigError, require
from trader.core.frozen import frozen
from trader.core.market import Market
from trader.core.ports import CandleNeed, Scope
from trader.parts import Link, parts_of
from trader.parts.embedded import in_memory
from trader.sim.clock import ManualClock
from trader.sim.feed import flat_feed
from trader.sim.line import Line
from trader.sim.mount import Mount

_START_MS = 1_746_057_600_000  # a whole hour; the tables do not depend on it
_EQUITY = Decimal(1000)
_TIMEOUT_S = 10.0


@frozen
class Shipped:
    """The rules of some coins on one venue, and what its accounts usually pay."""

    markets: Mapping[str, Market]
    maker_rate: Decimal
    taker_rate: Decimal


def shipped(venue: str, prices: Mapping[str, float]) -> Shipped:
    """The tables of the package for the coins of `prices`. Raise ConfigError for a coin that is not in them.

    The prices are about what a coin is worth: where margin tiers go by coins, their notional depends on it.
    """
    parts = parts_of(venue)
    clock = ManualClock(_START_MS)
    feed = flat_feed(prices, start_ms=_START_MS, minutes=2)
    try:
        exchange = in_memory(parts.dialect(), feed, label="main", start_ms=_START_MS, equity=_EQUITY)
    except (KeyError, ValueError) as error:
        raise ConfigError(f"markets: the package's table of {venue} has {error.args[0]}") from error
    keys = parts.paper_keys("main")
    adapter = parts.adapter(
        Link(
            Mount(Line(exchange.app), clock),
            clock,
            account_id=keys.account_id,
            pen=parts.pen(keys, practice=False),
            base_url=parts.base_url(practice=False, region="global"),
            timeout=lambda asked_s: min(asked_s, _TIMEOUT_S),
            abilities=parts.abilities,
            coins=frozenset(prices),
        )
    )
    seen = adapter.observe(Scope(tuple(CandleNeed(coin, MINUTE_MS, 1) for coin in prices)))
    require(not seen.missing, f"the embedded {venue} lists no {', '.join(seen.missing)}")
    found = {coin: seen.markets[coin].market for coin in prices}
    return Shipped(found, seen.maker_fee, seen.taker_fee)
