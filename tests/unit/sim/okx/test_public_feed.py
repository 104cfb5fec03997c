"""Paper money on the real venue's prices, read from an exchange that speaks as the venue does."""

import json
from collections.abc import Sequence

import pytest

from tests.support.embedded_okx import HOUR_MS, URL
from tests.support.embedded_wire import MINUTE_MS, NOW_MS
from tests.support.public_exchange import Says
from trader.core.errors import Malformed, Unavailable
from trader.core.wire import Answer, Lost, Request
from trader.exchange.prices import Bar
from trader.sim.clock import ManualClock
from trader.sim.feed import ScriptedFeed
from trader.sim.line import Line
from trader.sim.mount import Mount
from trader.sim.okx.app import OkxApp
from trader.sim.okx.build import new_venue
from trader.sim.okx.public_feed import OFFICIAL_URL, PublicReads, VenuePublicFeed

NOW_MINUTE = NOW_MS // MINUTE_MS
COUNT = 20 * 1440


def wave(minute: int) -> Bar:
    """A price of its own for each minute."""
    base = 90_000.0 + minute % 1_000
    return Bar(base, base + 2.0, base - 3.0, base + 1.0, 2.0)


class Telephone:
    """A transport to an exchange in this process that writes down what was asked."""

    def __init__(self, clock: ManualClock) -> None:
        first = NOW_MINUTE - COUNT
        bars = {"BTC": [wave(first + number) for number in range(COUNT + 600)]}
        feed = ScriptedFeed(bars, start_ms=first * MINUTE_MS)
        self.mount = Mount(Line(OkxApp(new_venue(feed, start_ms=NOW_MS))), clock)
        self.clock = clock
        self.asked: list[str] = []

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        self.clock.advance(250)
        self.asked += [request.url for request in requests]
        assert all(request.method == "GET" and not request.headers for request in requests)
        return self.mount.exchange(requests, timeout_s=timeout_s)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_MS)


def test_closed_minutes_are_the_venues_own(clock: ManualClock) -> None:
    line = Telephone(clock)
    feed = VenuePublicFeed(line, clock, ["BTC"])
    for back in (1, 2, 299, 700, 1_500, 5_000):
        minute = NOW_MINUTE - back
        assert feed.minute("BTC", minute * MINUTE_MS) == wave(minute)
    assert {url.split("?")[0] for url in line.asked} == {
        f"{URL}/api/v5/market/candles",
        f"{URL}/api/v5/market/history-candles",
    }
    before = len(line.asked)
    feed.minute("BTC", (NOW_MINUTE - 4_000) * MINUTE_MS)
    assert len(line.asked) == before


def test_the_running_minute_is_the_mark_of_now(clock: ManualClock) -> None:
    feed = VenuePublicFeed(Telephone(clock), clock, ["BTC"])
    bar = feed.minute("BTC", NOW_MS)
    assert bar.open == bar.high == bar.low == bar.close
    assert wave(NOW_MINUTE).low <= bar.close <= wave(NOW_MINUTE).high


def test_longer_bars_are_the_venues_own_and_add_up(clock: ManualClock) -> None:
    line = Telephone(clock)
    feed = VenuePublicFeed(line, clock, ["BTC"])
    for length in (30, 60, 240, 1_440):
        first = NOW_MINUTE - NOW_MINUTE % length - length
        minutes = [wave(first + number) for number in range(length)]
        bar = feed.span("BTC", first, length)
        assert (bar.open, bar.close) == (minutes[0].open, minutes[-1].close)
        assert (bar.high, bar.low) == (max(m.high for m in minutes), min(m.low for m in minutes))
        assert bar.volume == pytest.approx(2.0 * length)
    # Days by UTC, or they would begin at another hour.
    assert any("bar=1Dutc" in url for url in line.asked)


def test_a_candle_that_is_not_confirmed_does_not_count(clock: ManualClock) -> None:
    feed = VenuePublicFeed(Telephone(clock), clock, ["BTC"])
    running = NOW_MINUTE - NOW_MINUTE % 60
    seen = feed.span("BTC", running, NOW_MINUTE - running)
    assert seen.close == wave(NOW_MINUTE - 1).close
    clock.advance(HOUR_MS)
    bar = feed.span("BTC", running, 60)
    assert bar.close == wave(running + 59).close


def test_what_is_not_confirmed_is_not_told(clock: ManualClock) -> None:
    reads = PublicReads(Telephone(clock), clock, timeout_s=1)
    running = NOW_MINUTE - NOW_MINUTE % 60
    told = [opening for opening, _ in reads.candles("BTC", "1h", running - 120, NOW_MINUTE)]
    assert sorted(told) == [running - 120, running - 60]


def test_history_has_a_beginning(clock: ManualClock) -> None:
    feed = VenuePublicFeed(Telephone(clock), clock, ["BTC"])
    begun = feed.first_minute("BTC")
    assert begun is not None
    assert NOW_MINUTE - COUNT - 7 * 1440 <= begun <= NOW_MINUTE - COUNT


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Lost(reached=False, reason="no route"), Unavailable),
        (Answer(503, b""), Unavailable),
        (Answer(200, b"<html>"), Malformed),
        (Answer(200, b"null"), Malformed),
        (Answer(200, b'{"code":"50011","data":[]}'), Malformed),
        (Answer(200, b'{"code":"0","data":[{"instId":"BTC-USDT-SWAP","markPx":"NaN"}]}'), Malformed),
        (Answer(200, b'{"code":"0","data":[{"instId":"BTC-USDT-SWAP","markPx":""}]}'), Malformed),
        (Answer(200, b'{"code":"0","data":[]}'), Malformed),
    ],
)
def test_no_price_is_made_up(answer: Answer | Lost, error: type[Exception], clock: ManualClock) -> None:
    with pytest.raises(error):
        VenuePublicFeed(Says(answer), clock, ["BTC"]).minute("BTC", NOW_MS)


@pytest.mark.parametrize(
    "row",
    [
        ["1", "2"],
        [1779999900000, "1", "1", "1", "1", "1", "1", "1", "1"],
        ["1779999900000", "1", "1", "1", "1", "1", "1", "1", "2"],
        ["1779999900000", "0", "1", "1", "1", "1", "1", "1", "1"],
        ["1779999900000", "1", "1", "1", "x", "1", "1", "1", "1"],
    ],
)
def test_a_candle_of_another_shape_is_not_understood(row: list[object], clock: ManualClock) -> None:
    answer = Answer(200, json.dumps({"code": "0", "data": [row]}).encode())
    with pytest.raises(Malformed):
        VenuePublicFeed(Says(answer), clock, ["BTC"]).minute("BTC", NOW_MS - 5 * MINUTE_MS)


def test_it_asks_the_official_host() -> None:
    assert OFFICIAL_URL == URL
