"""Puts an embedded Binance together from a feed, switches and what it remembers.

Rules: the exchange lists the coins its feed has prices for, in the table's order.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from trader.exchange.model import Model
from trader.exchange.rules import Market
from trader.sim.app import App
from trader.sim.binance.app import BinanceApp
from trader.sim.binance.switches import Switches
from trader.sim.binance.symbols import all_symbols, market_of
from trader.sim.binance.venue import Venue
from trader.sim.feed import Feed, bundle_feed
from trader.sim.store import World
from trader.sim.stored import StoredApp

# Rounded so that each bundled price is one that this venue could trade at.
BUNDLE_DECIMALS = {"BTC": 1, "ETH": 2, "SOL": 2}


def binance_markets(coins: Sequence[str]) -> tuple[Market, ...]:
    """The venue's rules for these coins, numbered in the table's order."""
    wanted = set(coins)
    listed = [rules for rules in all_symbols() if rules.coin in wanted]
    missing = wanted - {rules.coin for rules in listed}
    if missing:
        raise KeyError(f"no rules for {', '.join(sorted(missing))}: expected coins of the venue's table")
    return tuple(market_of(rules, index) for index, rules in enumerate(listed))


def binance_bundle_feed() -> Feed:
    """The shipped prices, rounded to this venue's."""
    return bundle_feed(decimals=BUNDLE_DECIMALS)


def new_venue(feed: Feed, *, start_ms: int, switches: Switches | None = None) -> Venue:
    """An exchange without accounts whose history begins now; its prices are as old as the feed."""
    chosen = switches or Switches()
    markets = binance_markets(feed.coins)
    model = Model(markets, feed, start_ms=start_ms, rules=chosen.model_rules())
    return Venue(model, feed, chosen)


def stored_app(
    path: Path,
    feed: Feed,
    *,
    start_ms: int,
    switches: Switches | None = None,
    watch: Callable[[Model], None] | None = None,
) -> StoredApp[Venue]:
    """The same with a file for a memory; one that exists goes on where it stood."""
    chosen = switches or Switches()

    def around(model: Model) -> tuple[App, Venue]:
        venue = Venue(model, feed, chosen)
        return BinanceApp(venue), venue

    world = World(binance_markets(feed.coins), feed, chosen.model_rules(), start_ms)
    return StoredApp(path, world, around, watch=watch)
