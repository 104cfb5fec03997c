"""Puts an embedded Binance together from a feed, switches and what it remembers.

Rules: the exchange lists the coins its feed has prices for, in the table's order.
"""

from collections.abc import Sequence

from trader.exchange.rules import Market
from trader.sim.binance.app import BinanceApp
from trader.sim.binance.switches import Switches
from trader.sim.binance.symbols import all_symbols, market_of
from trader.sim.binance.venue import Venue
from trader.sim.blueprint import Blueprint
from trader.sim.feed import Feed, bundle_feed

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


_BLUEPRINT = Blueprint(Switches, binance_markets, Venue, BinanceApp)
new_venue = _BLUEPRINT.new_venue
stored_app = _BLUEPRINT.stored_app
