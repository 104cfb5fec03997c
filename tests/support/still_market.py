"""A market that stands still for ever, in as many coins as wanted; bars cost nothing to make."""

from collections.abc import Mapping, Sequence

from tests.support.memory import memory
from trader import config
from trader.exchange.prices import Bar
from trader.rehearsal import Stage
from trader.sim.feed import Feed

MINUTE_MS = 60_000
NOW_MS = 992_000 * 30 * MINUTE_MS + 15_000
PRICES: Mapping[str, float] = {"BTC": 100_000.0, "ETH": 2_000.0, "SOL": 150.0}
OTHER_PRICE = 20.0
_SEVEN = ("BTC", "ETH", "SOL", "BNB", "DOGE", "AVAX", "LTC")


def ten_coins(venue: str) -> tuple[str, ...]:
    """Ten that the embedded exchange of this venue has."""
    return (*_SEVEN, *(("ATOM", "OP", "ARB") if venue == "hyperliquid" else ("XRP", "ADA", "LINK")))


GRID = "base_qty: 0.002, side_notional_max: 900000, gross_notional_max: 900000, net_notional_max: 900000"


class _Still:
    """One coin; its range is always the same and no bar is louder than another."""

    def __init__(self, price: float) -> None:
        self._price = price

    @property
    def first_minute(self) -> int | None:
        return None

    def span(self, first_minute: int, count: int) -> Bar:
        price = self._price
        return Bar(price, price * 1.001, price * 0.999, price, float(count))


def still_feed(coins: Sequence[str]) -> Feed:
    return Feed({coin: _Still(PRICES.get(coin, OTHER_PRICE)) for coin in coins})


def still_stage(venue: str, coins: Sequence[str], strategy: str, *overrides: str) -> Stage:
    """A stage a few seconds after a bar has closed."""
    params = GRID if strategy == "hedge_grid" else ""
    markets = ", ".join(f"{coin}: {{strategy: {strategy}, params: {{{params}}}}}" for coin in coins)
    settings = config.load(None, (f"venue={venue}", f"markets={{{markets}}}", *overrides)).settings
    return Stage(
        settings,
        still_feed(coins),
        now_ms=NOW_MS,
        two_sided=strategy == "hedge_grid",
        memo=memory(),
        signs_quickly=True,
    )


class _Of:
    """One coin of another feed."""

    def __init__(self, feed: Feed, coin: str) -> None:
        self._feed = feed
        self._coin = coin

    @property
    def first_minute(self) -> int | None:
        return self._feed.first_minute(self._coin)

    def span(self, first_minute: int, count: int) -> Bar:
        return self._feed.span(self._coin, first_minute, count)


def among_ten(venue: str, feed: Feed) -> Feed:
    """What a feed has of ten coins, and the others standing still."""
    still = (coin for coin in ten_coins(venue) if coin not in feed.coins)
    return Feed(
        {coin: _Of(feed, coin) for coin in feed.coins} | {coin: _Still(OTHER_PRICE) for coin in still}
    )
