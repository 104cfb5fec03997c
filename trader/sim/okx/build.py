"""Puts an embedded OKX together from a feed, switches and what it remembers, in memory or in a file.

Rules: the exchange lists the coins its feed has prices for, in the order of the shipped table.
"""

from trader.sim.blueprint import Blueprint
from trader.sim.feed import Feed, bundle_feed
from trader.sim.okx.app import OkxApp
from trader.sim.okx.contracts import okx_markets
from trader.sim.okx.switches import Switches
from trader.sim.okx.venue import Venue

# Rounded so that each bundled price is one that this venue could trade at.
BUNDLE_DECIMALS = {"BTC": 1, "ETH": 2, "SOL": 2}


def okx_bundle_feed() -> Feed:
    """The shipped prices, rounded to this venue's."""
    return bundle_feed(decimals=BUNDLE_DECIMALS)


_BLUEPRINT = Blueprint(Switches, okx_markets, Venue, OkxApp)
new_venue = _BLUEPRINT.new_venue
stored_app = _BLUEPRINT.stored_app
