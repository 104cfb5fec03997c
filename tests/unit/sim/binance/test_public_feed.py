"""Paper money on public prices: the embedded exchange reads another one as if that were the real venue."""

import itertools
import json
from dataclasses import astuple
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.embedded_binance import EmbeddedBinance
from tests.support.public_exchange import HOUR_MS, START_MS, PublicExchange, Says, on_binance
from trader.core.errors import Malformed
from trader.core.wire import Answer
from trader.exchange.prices import MINUTE_MS
from trader.sim.binance.public_feed import VenuePublicFeed
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault, Plan
from trader.sim.mount import Mount


@pytest.fixture
def real() -> PublicExchange:
    return on_binance()


def test_a_long_stretch_is_read_page_by_page(real: PublicExchange) -> None:
    first = START_MS - 4_000 * MINUTE_MS
    assert real.is_true(first)
    assert len(real.asked) == 3
    asked = [dict(parse_qsl(urlsplit(request.url).query)) for request in real.asked]
    windows = [(int(window["startTime"]), int(window["endTime"])) for window in asked]
    assert [later[0] - before[1] for before, later in itertools.pairwise(windows)] == [1, 1]
    for request in real.asked:
        assert request.url.startswith("https://fapi.binance.com/fapi/v1/")
        assert (request.method, request.headers) == ("GET", ())
    for back in range(3_990, 0, -190):
        assert real.is_true(START_MS - back * MINUTE_MS)
    assert len(real.asked) == 3


def test_a_week_is_put_together_because_it_begins_on_a_monday(real: PublicExchange) -> None:
    first = START_MS // MINUTE_MS // 10_080 * 10_080 - 10_080
    ours, theirs = real.feed.span("BTC", first, 10_080), real.venue.feed.span("BTC", first, 10_080)
    assert astuple(ours)[:4] == pytest.approx(astuple(theirs)[:4])


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
def test_prices_that_are_none_are_never_used(real: PublicExchange, fault: Fault) -> None:
    real.line.arm(Plan.of(fault))
    with pytest.raises(Malformed):
        real.feed.minute("BTC", START_MS - 5 * MINUTE_MS)
    real.line.arm(Plan.of(fault))
    with pytest.raises(Malformed):
        real.feed.minute("BTC", START_MS)


@pytest.mark.parametrize(
    "row", [[START_MS - 2 * MINUTE_MS, "1"], ["x", *["1"] * 11], [True, *["1"] * 11], {"a": 1}, 7]
)
def test_a_candle_of_another_shape_is_not_understood(row: Any) -> None:
    feed = VenuePublicFeed(Says(Answer(200, json.dumps([row]).encode())), ManualClock(START_MS), ["BTC"])
    with pytest.raises(Malformed):
        feed.minute("BTC", START_MS - 2 * MINUTE_MS)


def test_paper_trading_on_public_prices(real: PublicExchange) -> None:
    paper = EmbeddedBinance(feed=real.feed)
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
