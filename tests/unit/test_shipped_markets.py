"""The package's tables of markets are what an adapter reads, and a coin without one is an error."""

import pytest

from trader import config
from trader.core.errors import ConfigError
from trader.parts import NAMES, parts_of
from trader.parts.markets import shipped
from trader.rehearsal import Stage
from trader.sim.bundle import BUNDLE_START_MINUTE

PRICES = {"BTC": 100_000.0, "ETH": 2_500.0}
START_MS = BUNDLE_START_MINUTE * 60_000


@pytest.mark.parametrize("venue", NAMES)
def test_a_backtest_rounds_as_a_tick_does(venue: str) -> None:
    markets = "{BTC: {strategy: breakout}, ETH: {strategy: breakout}}"
    settings = config.load(None, (f"venue={venue}", f"markets={markets}")).settings
    stage = Stage(settings, parts_of(venue).bundle_feed(), now_ms=START_MS)
    ran = stage.host.run()
    assert ran is not None and ran.snapshot is not None
    seen = ran.snapshot.markets["ETH"].market
    found = shipped(venue, PRICES)
    assert (found.markets["ETH"].lot, found.markets["ETH"].tick) == (seen.lot, seen.tick)
    assert found.markets["ETH"].tiers[0] == seen.tiers[0]
    assert (found.maker_rate, found.taker_rate) == (ran.snapshot.maker_fee, ran.snapshot.taker_fee)


def test_tiers_by_coins_are_worth_what_the_coins_are() -> None:
    assert shipped("okx", PRICES).markets["BTC"].tiers[1].notional_min == 30 * 100_000


def test_a_coin_without_a_table_is_named() -> None:
    with pytest.raises(ConfigError, match="the package's table of okx has no rules for NONESUCH"):
        shipped("okx", {"NONESUCH": 1.0})
