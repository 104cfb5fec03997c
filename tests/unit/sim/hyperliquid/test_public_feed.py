"""Paper money on public prices: the embedded exchange reads another one as if that were the real venue."""

import json

import pytest

from tests.support.embedded import Embedded
from tests.support.public_exchange import HOUR_MS, START_MS, PublicExchange, Says, on_hyperliquid
from trader.core.errors import Malformed, Unavailable
from trader.core.wire import Answer, Request
from trader.exchange.prices import MINUTE_MS, Bar
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault, Plan
from trader.sim.hyperliquid.public_feed import VenuePublicFeed


@pytest.fixture
def real() -> PublicExchange:
    return on_hyperliquid()


def test_closed_minutes_are_read_once(real: PublicExchange) -> None:
    real.feed.minute("BTC", START_MS - 500 * MINUTE_MS)
    real.clock.advance(10 * MINUTE_MS)
    assert real.feed.minute("BTC", START_MS) == real.venue.feed.minute("BTC", START_MS)
    assert {request.url for request in real.asked} == {"https://api.hyperliquid.xyz/info"}
    assert json.loads(real.asked[-1].body)["req"]["startTime"] >= START_MS - MINUTE_MS


def test_a_bar_of_no_venues_length_is_put_together(real: PublicExchange) -> None:
    first = START_MS // MINUTE_MS // 60 * 60 - 120
    theirs = real.venue.feed.span("BTC", first, 123)
    assert real.near(real.feed.span("BTC", first, 123), theirs)
    day = real.feed.span("BTC", START_MS // MINUTE_MS - 1440, 1440)
    assert day.volume == pytest.approx(real.venue.feed.span("BTC", first - 1320, 1443).volume, rel=0.1)


def test_a_minute_without_a_candle_is_flat_at_the_close_before() -> None:
    start = START_MS - 3 * MINUTE_MS
    rows = [
        {"t": start, "o": "10.0", "h": "12.0", "l": "9.0", "c": "11.0", "v": "1.0"},
        {"t": start + 2 * MINUTE_MS, "o": "11.0", "h": "11.0", "l": "11.0", "c": "11.0", "v": "0.0"},
    ]
    feed = VenuePublicFeed(Says(Answer(200, json.dumps(rows).encode())), ManualClock(START_MS), ["BTC"])
    assert feed.minute("BTC", start + MINUTE_MS) == Bar(11.0, 11.0, 11.0, 11.0)
    assert feed.minute("BTC", start).high == 12.0
    with pytest.raises(Unavailable, match="no 1m candle"):
        feed.minute("BTC", start - 10 * MINUTE_MS)


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
def test_prices_that_are_none_are_never_used(real: PublicExchange, fault: Fault) -> None:
    real.line.arm(Plan.of(fault))
    with pytest.raises(Malformed):
        real.feed.minute("BTC", START_MS - 5 * MINUTE_MS)
    real.line.arm(Plan.of(fault))
    if fault.params.get("field") is None:
        with pytest.raises(Malformed):
            real.feed.minute("BTC", START_MS)


def test_paper_trading_on_public_prices(real: PublicExchange) -> None:
    paper = Embedded(feed=real.feed, start_ms=START_MS, clock=real.clock)
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
