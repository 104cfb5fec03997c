"""Puts an embedded Hyperliquid together from a feed, switches and what it remembers, in memory or in a file.

Rules: the exchange lists the coins its feed has prices for, in the real venue's order, so asset numbers
here are not mainnet's, and a client must take them from `meta` as it must on the test network.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from trader import exchange
from trader.exchange.market_tables import parse_markets
from trader.exchange.rules import Market
from trader.sim.blueprint import Blueprint
from trader.sim.feed import Feed, bundle_feed
from trader.sim.hyperliquid.app import HyperliquidApp
from trader.sim.hyperliquid.switches import Switches
from trader.sim.hyperliquid.venue import Venue

_RULES = Path(exchange.__file__).parent / "markets" / "hyperliquid.json"
# Rounded so that each bundled price is one that this venue could trade at.
BUNDLE_DECIMALS = {"BTC": 0, "ETH": 1, "SOL": 2}


def hyperliquid_markets(coins: Sequence[str]) -> tuple[Market, ...]:
    """The venue's rules for these coins, numbered in the venue's order."""
    table = json.loads(_RULES.read_text())
    known = parse_markets(table)
    missing = set(coins) - {market.coin for market in known}
    if missing:
        raise KeyError(f"no rules for {', '.join(sorted(missing))}: expected coins of the venue's table")
    listed = [market for market in known if market.coin in set(coins)]
    return tuple(replace(market, index=index) for index, market in enumerate(listed))


def hyperliquid_bundle_feed() -> Feed:
    """The shipped prices, rounded to this venue's."""
    return bundle_feed(decimals=BUNDLE_DECIMALS)


_BLUEPRINT = Blueprint(Switches, hyperliquid_markets, Venue, HyperliquidApp)
new_venue = _BLUEPRINT.new_venue
stored_app = _BLUEPRINT.stored_app
