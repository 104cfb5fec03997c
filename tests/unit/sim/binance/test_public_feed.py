"""Paper money on public prices: the embedded exchange reads another one as if that were the real venue."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.embedded_binance import EmbeddedBinance
from trader.core.errors import Malformed, Unavailable
from trader.core.wire import Answer, Lost, Request
from trader.exchange.prices import MINUTE_MS, Bar
from trader.sim.binance.app import BinanceApp
from trader.sim.binance.build import binance_bundle_feed, new_venue
from trader.sim.binance.public_feed import MINUTES_KEPT, VenuePublicFeed
from trader.sim.binance.switches import Switches
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.faults import Fault, Plan
from trader.sim.line import Line
from trader.sim.mount import Mount
from trader.sim.public_bars import PRICE_AGE_MAX_MS

START_MS = 1_780_000_020_000
HOUR_MS = 3_600_000


def near(one: Bar, other: Bar) -> bool:
    """The same prices; volumes are rounded on the wire."""
    return astuple(one)[:4] == pytest.approx(astuple(other)[:4]) and one.volume == pytest.approx(
        other.volume, abs=0.01
    )


class Scripted:
    """Answers every question with the same rows."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        return [Answer(200, json.dumps(self._rows).encode()) for _ in requests]


class Real:
    """An exchange over the bundled prices in the part of the real one, noting what is asked of it."""

    def __init__(self) -> None:
        self.clock = ManualClock(START_MS)
        switches = Switches(weight_per_minute=10**9)
        self.venue = new_venue(binance_bundle_feed(), start_ms=START_MS, switches=switches)
        self.line = Line(BinanceApp(self.venue))
        self._mount = Mount(self.line, self.clock, venue_time=VenueTime(self.clock))
        self.asked: list[dict[str, str]] = []

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        for request in requests:
            assert request.url.startswith("https://fapi.binance.com/fapi/v1/")
            assert (request.method, request.is_write, request.headers) == ("GET", False, ())
            self.asked.append(dict(parse_qsl(urlsplit(request.url).query)))
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
    assert near(feed.minute("BTC", START_MS), real.venue.feed.minute("BTC", START_MS))
    assert len(real.asked) == 3


def test_a_long_stretch_is_read_page_by_page(real: Real, feed: VenuePublicFeed) -> None:
    first = START_MS - 4_000 * MINUTE_MS
    assert near(feed.minute("BTC", first), real.venue.feed.minute("BTC", first))
    assert len(real.asked) == 3
    windows = [(int(asked["startTime"]), int(asked["endTime"])) for asked in real.asked]
    assert [later[0] - before[1] for before, later in itertools.pairwise(windows)] == [1, 1]
    for back in range(3_990, 0, -190):
        start = START_MS - back * MINUTE_MS
        assert near(feed.minute("BTC", start), real.venue.feed.minute("BTC", start))
    assert len(real.asked) == 3


def test_minutes_too_far_back_keep_their_extremes(real: Real, feed: VenuePublicFeed) -> None:
    first = START_MS // MINUTE_MS - 2 * MINUTES_KEPT
    first -= first % 120
    whole = real.venue.feed.span("BTC", first, 120)
    assert near(feed.minute("BTC", first * MINUTE_MS), whole)
    flat = feed.minute("BTC", (first + 60) * MINUTE_MS)
    assert flat == Bar(whole.close, whole.close, whole.close, whole.close)


def test_the_running_minute_stands_at_a_fresh_mark(real: Real, feed: VenuePublicFeed) -> None:
    def price() -> float:
        return feed.minute("ETH", real.clock.now_ms() // MINUTE_MS * MINUTE_MS).close

    first = price()
    assert first == float(real.venue.model.quote("ETH").mark)
    real.clock.advance(PRICE_AGE_MAX_MS)
    price()
    assert len(real.asked) == 1
    real.clock.advance(10 * MINUTE_MS)
    assert price() == float(real.venue.model.quote("ETH").mark) != first
    assert len(real.asked) == 2


@pytest.mark.parametrize("length", [30, 60, 1_440])
def test_longer_bars_are_the_venues_own_candles(real: Real, feed: VenuePublicFeed, length: int) -> None:
    first = START_MS // MINUTE_MS // length * length - 20 * length
    for place in range(20):
        theirs = real.venue.feed.span("BTC", first + length * place, length)
        assert near(feed.span("BTC", first + length * place, length), theirs)
    assert len(real.asked) == 1


def test_a_week_is_put_together_because_it_begins_on_a_monday(real: Real, feed: VenuePublicFeed) -> None:
    first = START_MS // MINUTE_MS // 10_080 * 10_080 - 10_080
    ours, theirs = feed.span("BTC", first, 10_080), real.venue.feed.span("BTC", first, 10_080)
    assert astuple(ours)[:4] == pytest.approx(astuple(theirs)[:4])


def test_history_begins_with_the_first_candle(real: Real, feed: VenuePublicFeed) -> None:
    first = feed.first_minute("BTC")
    assert first is not None
    assert 0 <= first < 10_080
    asked = len(real.asked)
    assert feed.first_minute("BTC") == first
    assert len(real.asked) == asked
    assert feed.coins == ("BTC", "ETH")


@pytest.mark.parametrize("kind", ["T1", "T8", "H1", "H9", "H4", "H5"])
def test_prices_that_cannot_be_had_end_the_request(real: Real, feed: VenuePublicFeed, kind: str) -> None:
    real.line.arm(Plan.of(Fault(kind)))
    with pytest.raises(Unavailable):
        feed.minute("BTC", START_MS - MINUTE_MS)


DAMAGES = [
    Fault("H11"),
    Fault("H15", params={"body": "null"}),
    Fault("H14", params={"variant": "cut"}),
    Fault("V14", params={"variant": "zero"}),
    Fault("V14", params={"variant": "nan"}),
    Fault("V14", params={"variant": "negative"}),
    Fault("V14", params={"variant": "infinite"}),
    Fault("V14", params={"variant": "missing"}),
]


@pytest.mark.parametrize("fault", DAMAGES)
def test_prices_that_are_none_are_never_used(real: Real, feed: VenuePublicFeed, fault: Fault) -> None:
    real.line.arm(Plan.of(fault))
    with pytest.raises(Malformed):
        feed.minute("BTC", START_MS - 5 * MINUTE_MS)
    real.line.arm(Plan.of(fault))
    with pytest.raises(Malformed):
        feed.minute("BTC", START_MS)


@pytest.mark.parametrize(
    "row", [[START_MS - 2 * MINUTE_MS, "1"], ["x", *["1"] * 11], [True, *["1"] * 11], {"a": 1}, 7]
)
def test_a_candle_of_another_shape_is_not_understood(row: Any) -> None:
    feed = VenuePublicFeed(Scripted([row]), ManualClock(START_MS), ["BTC"])
    with pytest.raises(Malformed):
        feed.minute("BTC", START_MS - 2 * MINUTE_MS)


def test_paper_trading_on_public_prices(real: Real, feed: VenuePublicFeed) -> None:
    paper = EmbeddedBinance(feed=feed)
    paper.clock = real.clock
    paper.mount = Mount(paper.line, paper.clock)
    price = real.venue.model.quote("BTC").mark
    assert float(paper.public("/fapi/v2/ticker/price", symbol="BTCUSDT")["price"]) == float(price)
    rows = paper.public("/fapi/v1/klines", symbol="BTCUSDT", interval="30m", limit=900)
    assert len(rows) == 900
    paper.order("BUY", "0.01")
    real.clock.advance(9 * HOUR_MS)
    income = [row["incomeType"] for row in paper.ok("GET", "/fapi/v1/income")]
    assert income == ["TRANSFER", "COMMISSION", "FUNDING_FEE"]
