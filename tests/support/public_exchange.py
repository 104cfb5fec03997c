"""An exchange over the bundled prices in the part of a real venue, and a feed of prices that reads it."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

import pytest

from trader.core.wire import Answer, Lost, Request
from trader.exchange.prices import Bar
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.line import Line
from trader.sim.mount import Mount
from trader.sim.public_bars import PublicBars

START_MS = 1_780_000_020_000
HOUR_MS = 3_600_000


@dataclass
class Says:
    """A transport that gives one answer to everything."""

    answer: Answer | Lost

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        return [self.answer for _ in requests]


@dataclass
class PublicExchange:
    """What is asked of it is noted; `price` is the name of the quote's field that its feed stands at."""

    venue: Any
    line: Line
    clock: ManualClock
    price: str
    keeps: int
    volume_error: float = 0.0
    asked: list[Request] = field(default_factory=list)
    feed: PublicBars = field(init=False)

    def __post_init__(self) -> None:
        self._mount = Mount(self.line, self.clock, venue_time=VenueTime(self.clock))

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        assert not any(request.is_write for request in requests)
        self.asked += requests
        return self._mount.exchange(requests, timeout_s=timeout_s)

    def near(self, one: Bar, other: Bar) -> bool:
        """The same prices; volumes as far as the wire tells them."""
        same = astuple(one)[:4] == pytest.approx(astuple(other)[:4])
        return same and one.volume == pytest.approx(other.volume, rel=1e-6, abs=self.volume_error)

    def is_true(self, minute_start_ms: int) -> bool:
        """The feed tells this minute as the exchange has it."""
        told = self.feed.minute("BTC", minute_start_ms)
        return self.near(told, self.venue.feed.minute("BTC", minute_start_ms))


def on_hyperliquid() -> PublicExchange:
    from trader.sim.hyperliquid.app import HyperliquidApp
    from trader.sim.hyperliquid.build import hyperliquid_bundle_feed, new_venue
    from trader.sim.hyperliquid.candles import CANDLES_MAX
    from trader.sim.hyperliquid.public_feed import VenuePublicFeed

    venue = new_venue(hyperliquid_bundle_feed(), start_ms=START_MS)
    venue.ip_budget.limit = 10**9
    made = PublicExchange(
        venue, Line(HyperliquidApp(venue)), ManualClock(START_MS), price="mid", keeps=CANDLES_MAX
    )
    made.feed = VenuePublicFeed(made, made.clock, ["BTC", "ETH"])
    return made


def on_binance() -> PublicExchange:
    from trader.sim.binance.app import BinanceApp
    from trader.sim.binance.build import binance_bundle_feed, new_venue
    from trader.sim.binance.public_feed import MINUTES_KEPT, VenuePublicFeed
    from trader.sim.binance.switches import Switches

    venue = new_venue(binance_bundle_feed(), start_ms=START_MS, switches=Switches(weight_per_minute=10**9))
    made = PublicExchange(
        venue,
        Line(BinanceApp(venue)),
        ManualClock(START_MS),
        price="mark",
        keeps=MINUTES_KEPT,
        volume_error=0.01,
    )
    made.feed = VenuePublicFeed(made, made.clock, ["BTC", "ETH"])
    return made
