"""Paper money on public prices: the embedded exchange reads another one as if that were the real venue."""

import json
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import pytest

from tests.support.embedded import Embedded
from trader.core.errors import Malformed, Unavailable
from trader.core.wire import Answer, Lost, Request
from trader.exchange.prices import MINUTE_MS, Bar
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.faults import Fault, Plan
from trader.sim.hyperliquid.app import HyperliquidApp
from trader.sim.hyperliquid.build import hyperliquid_bundle_feed, new_venue
from trader.sim.hyperliquid.candles import CANDLES_MAX
from trader.sim.hyperliquid.public_feed import MID_AGE_MAX_MS, VenuePublicFeed
from trader.sim.line import Line
from trader.sim.mount import Mount

START_MS = 1_780_000_020_000
HOUR_MS = 3_600_000


def near(one: Bar, other: Bar) -> bool:
    """The same prices; volumes are sums of floats."""
    return astuple(one) == pytest.approx(astuple(other))


class Scripted:
    """Answers every question with the same rows."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        return [Answer(200, json.dumps(self._rows).encode()) for _ in requests]


class Real:
    """An exchange over the bundled prices in the part of the real one, counting what is asked of it."""

    def __init__(self) -> None:
        self.clock = ManualClock(START_MS)
        self.venue = new_venue(hyperliquid_bundle_feed(), start_ms=START_MS)
        self.venue.ip_budget.limit = 10**9
        self.line = Line(HyperliquidApp(self.venue))
        self._mount = Mount(self.line, self.clock, venue_time=VenueTime(self.clock))
        self.asked: list[dict[str, Any]] = []

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        for request in requests:
            assert request.url == "https://api.hyperliquid.xyz/info"
            assert not request.is_write
            self.asked.append(json.loads(request.body))
        return self._mount.exchange(requests, timeout_s=timeout_s)


@pytest.fixture
def real() -> Real:
    return Real()


@pytest.fixture
def feed(real: Real) -> VenuePublicFeed:
    return VenuePublicFeed(real, real.clock, ["BTC", "ETH"])


def test_closed_minutes_are_the_venues_own(real: Real, feed: VenuePublicFeed) -> None:
    for back in (1, 2, 500):
        start = START_MS - back * MINUTE_MS
        assert near(feed.minute("BTC", start), real.venue.feed.minute("BTC", start))
    assert len(real.asked) == 2
    real.clock.advance(10 * MINUTE_MS)
    assert feed.minute("BTC", START_MS) == real.venue.feed.minute("BTC", START_MS)
    assert real.asked[-1]["req"]["startTime"] >= START_MS - MINUTE_MS
    assert len(real.asked) == 3


def test_the_running_minute_stands_at_a_fresh_mid(real: Real, feed: VenuePublicFeed) -> None:
    def mid() -> float:
        return feed.minute("ETH", real.clock.now_ms() // MINUTE_MS * MINUTE_MS).close

    first = mid()
    assert first == float(real.venue.model.quote("ETH").mid)
    real.clock.advance(MID_AGE_MAX_MS)
    mid()
    assert len(real.asked) == 1
    real.clock.advance(10 * MINUTE_MS)
    assert mid() == float(real.venue.model.quote("ETH").mid) != first
    assert len(real.asked) == 2


def test_longer_bars_are_the_venues_own_candles(real: Real, feed: VenuePublicFeed) -> None:
    first = START_MS // MINUTE_MS // 30 * 30 - 900 * 30
    for place in range(900):
        theirs = real.venue.feed.span("BTC", first + 30 * place, 30)
        assert near(feed.span("BTC", first + 30 * place, 30), theirs)
    assert len(real.asked) == 1


def test_a_candle_that_was_running_is_read_when_it_has_closed(real: Real, feed: VenuePublicFeed) -> None:
    first = START_MS // MINUTE_MS // 30 * 30
    feed.span("BTC", first - 30, 30)
    real.clock.advance(40 * MINUTE_MS)
    assert near(feed.span("BTC", first, 30), real.venue.feed.span("BTC", first, 30))


def test_a_bar_of_no_venues_length_is_put_together(real: Real, feed: VenuePublicFeed) -> None:
    first = START_MS // MINUTE_MS // 60 * 60 - 120
    theirs = real.venue.feed.span("BTC", first, 123)
    assert near(feed.span("BTC", first, 123), theirs)
    day = feed.span("BTC", START_MS // MINUTE_MS - 1440, 1440)
    assert day.volume == pytest.approx(real.venue.feed.span("BTC", first - 1320, 1443).volume, rel=0.1)


def test_minutes_the_venue_forgot_keep_their_extremes(real: Real, feed: VenuePublicFeed) -> None:
    first = START_MS // MINUTE_MS - 2 * CANDLES_MAX
    first -= first % 120
    whole = real.venue.feed.span("BTC", first, 120)
    assert near(feed.minute("BTC", first * MINUTE_MS), whole)
    flat = feed.minute("BTC", (first + 60) * MINUTE_MS)
    assert flat == Bar(whole.close, whole.close, whole.close, whole.close)


def test_a_minute_without_a_candle_is_flat_at_the_close_before() -> None:
    start = START_MS - 3 * MINUTE_MS
    rows = [
        {"t": start, "o": "10.0", "h": "12.0", "l": "9.0", "c": "11.0", "v": "1.0"},
        {"t": start + 2 * MINUTE_MS, "o": "11.0", "h": "11.0", "l": "11.0", "c": "11.0", "v": "0.0"},
    ]
    feed = VenuePublicFeed(Scripted(rows), ManualClock(START_MS), ["BTC"])
    assert feed.minute("BTC", start + MINUTE_MS) == Bar(11.0, 11.0, 11.0, 11.0)
    assert feed.minute("BTC", start).high == 12.0
    with pytest.raises(Unavailable, match="no 1m candle"):
        feed.minute("BTC", start - 10 * MINUTE_MS)


def test_history_begins_with_the_first_week(real: Real, feed: VenuePublicFeed) -> None:
    first = feed.first_minute("BTC")
    assert first is not None
    assert first >= 0
    asked = len(real.asked)
    assert feed.first_minute("BTC") == first
    assert len(real.asked) == asked
    assert feed.coins == ("BTC", "ETH")


@pytest.mark.parametrize("kind", ["T1", "T8", "H1", "H9", "H4"])
def test_prices_that_cannot_be_had_end_the_request(real: Real, feed: VenuePublicFeed, kind: str) -> None:
    real.line.arm(Plan.of(Fault(kind)))
    with pytest.raises(Unavailable):
        feed.minute("BTC", START_MS - MINUTE_MS)


DAMAGES = [
    Fault("H11"),
    Fault("H15", params={"body": "null"}),
    Fault("H14", params={"variant": "cut"}),
    Fault("H14", params={"variant": "missing_field", "field": "c"}),
    Fault("H14", params={"variant": "nan_text", "field": "o"}),
    Fault("H14", params={"variant": "number_type", "field": "h"}),
    Fault("V14", params={"variant": "zero"}),
    Fault("V14", params={"variant": "negative"}),
    Fault("V14", params={"variant": "infinite"}),
]


@pytest.mark.parametrize("fault", DAMAGES)
def test_prices_that_are_none_are_never_used(real: Real, feed: VenuePublicFeed, fault: Fault) -> None:
    real.line.arm(Plan.of(fault))
    with pytest.raises(Malformed):
        feed.minute("BTC", START_MS - 5 * MINUTE_MS)
    real.line.arm(Plan.of(fault))
    if fault.params.get("field") is None:
        with pytest.raises(Malformed):
            feed.minute("BTC", START_MS)


def test_paper_trading_on_public_prices(real: Real, feed: VenuePublicFeed) -> None:
    paper = Embedded(feed=feed, start_ms=START_MS, clock=real.clock)
    theirs = json.loads(real.exchange([_all_mids()], timeout_s=5)[0].body)  # type: ignore[union-attr]
    assert paper.read("allMids")["BTC"] == theirs["BTC"]
    window = {"coin": "BTC", "interval": "30m", "startTime": START_MS - 900 * 1_800_000}
    rows = paper.read("candleSnapshot", req=window)
    assert len(rows) == 901
    limit_px = str(int(float(theirs["BTC"]) * 1.01))
    wire = {"a": 0, "b": True, "p": limit_px, "s": "0.001", "r": False, "t": {"limit": {"tif": "Ioc"}}}
    assert "filled" in paper.statuses(wire)[0]
    real.clock.advance(4 * HOUR_MS)
    assert (
        paper.read("clearinghouseState", user=paper.user)["assetPositions"][0]["position"]["szi"] == "0.001"
    )
    assert len(paper.read("userFunding", user=paper.user, startTime=0)) == 4


def _all_mids() -> Request:
    return Request("https://api.hyperliquid.xyz/info", b'{"type":"allMids"}')
