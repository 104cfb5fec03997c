"""Puts an embedded OKX together from a feed, switches and what it remembers, in memory or in a file.

Rules: the exchange lists the coins its feed has prices for, in the order of the shipped table.
"""

from collections.abc import Callable
from pathlib import Path

from trader.exchange.model import Model
from trader.sim.app import App
from trader.sim.feed import Feed, bundle_feed
from trader.sim.okx.app import OkxApp
from trader.sim.okx.contracts import okx_markets
from trader.sim.okx.switches import Switches
from trader.sim.okx.venue import Venue
from trader.sim.store import World
from trader.sim.stored import StoredApp

OFFICIAL_URL = "https://www.okx.com"
# Rounded so that each bundled price is one that this venue could trade at.
BUNDLE_DECIMALS = {"BTC": 1, "ETH": 2, "SOL": 2}


def okx_bundle_feed() -> Feed:
    """The shipped prices, rounded to this venue's."""
    return bundle_feed(decimals=BUNDLE_DECIMALS)


def new_venue(feed: Feed, *, start_ms: int, switches: Switches | None = None) -> Venue:
    """An exchange without accounts whose history begins now; its prices are as old as the feed."""
    chosen = switches or Switches()
    model = Model(okx_markets(feed.coins), feed, start_ms=start_ms, rules=chosen.model_rules())
    return Venue(model, feed, chosen)


def stored_app(
    path: Path,
    feed: Feed,
    *,
    start_ms: int,
    switches: Switches | None = None,
    watch: Callable[[Model], None] | None = None,
) -> StoredApp[Venue]:
    """The exchange in a file; a new one begins at `start_ms`."""
    chosen = switches or Switches()
    world = World(okx_markets(feed.coins), feed, chosen.model_rules(), start_ms)

    def build(model: Model) -> tuple[App, Venue]:
        venue = Venue(model, feed, chosen)
        return OkxApp(venue), venue

    return StoredApp(path, world, build, watch=watch)
