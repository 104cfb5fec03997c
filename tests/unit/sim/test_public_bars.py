"""Public prices as a feed, whatever the venue that they are read from."""

from collections.abc import Callable

import pytest

from tests.support.public_exchange import START_MS, PublicExchange, on_binance, on_hyperliquid
from trader.core.errors import Unavailable
from trader.exchange.prices import MINUTE_MS, Bar
from trader.sim.faults import Fault, Plan
from trader.sim.public_bars import PRICE_AGE_MAX_MS


@pytest.fixture(params=[on_hyperliquid, on_binance])
def real(request: pytest.FixtureRequest) -> PublicExchange:
    make: Callable[[], PublicExchange] = request.param
    return make()


def test_closed_minutes_are_the_venues_own(real: PublicExchange) -> None:
    for back in (1, 2, 500):
        assert real.is_true(START_MS - back * MINUTE_MS)
    assert len(real.asked) == 2
    real.clock.advance(10 * MINUTE_MS)
    assert real.is_true(START_MS)
    assert len(real.asked) == 3


def test_the_running_minute_stands_at_a_fresh_price(real: PublicExchange) -> None:
    def told() -> float:
        return real.feed.minute("ETH", real.clock.now_ms() // MINUTE_MS * MINUTE_MS).close

    def truth() -> float:
        return float(getattr(real.venue.model.quote("ETH"), real.price))

    first = told()
    assert first == truth()
    real.clock.advance(PRICE_AGE_MAX_MS)
    told()
    assert len(real.asked) == 1
    real.clock.advance(10 * MINUTE_MS)
    assert told() == truth() != first
    assert len(real.asked) == 2


def test_minutes_too_far_back_keep_their_extremes(real: PublicExchange) -> None:
    first = START_MS // MINUTE_MS - 2 * real.keeps
    first -= first % 120
    whole = real.venue.feed.span("BTC", first, 120)
    assert real.near(real.feed.minute("BTC", first * MINUTE_MS), whole)
    flat = real.feed.minute("BTC", (first + 60) * MINUTE_MS)
    assert flat == Bar(whole.close, whole.close, whole.close, whole.close)


@pytest.mark.parametrize(("length", "count"), [(30, 900), (60, 20), (1_440, 20)])
def test_longer_bars_are_the_venues_own_candles(real: PublicExchange, length: int, count: int) -> None:
    first = START_MS // MINUTE_MS // length * length - count * length
    for place in range(count):
        theirs = real.venue.feed.span("BTC", first + length * place, length)
        assert real.near(real.feed.span("BTC", first + length * place, length), theirs)
    assert len(real.asked) == 1


def test_a_candle_that_was_running_is_read_when_it_has_closed(real: PublicExchange) -> None:
    first = START_MS // MINUTE_MS // 30 * 30
    real.feed.span("BTC", first - 30, 30)
    real.clock.advance(40 * MINUTE_MS)
    assert real.near(real.feed.span("BTC", first, 30), real.venue.feed.span("BTC", first, 30))


def test_history_begins_with_the_first_candle(real: PublicExchange) -> None:
    first = real.feed.first_minute("BTC")
    assert first is not None
    assert 0 <= first < 10_080
    asked = len(real.asked)
    assert real.feed.first_minute("BTC") == first
    assert len(real.asked) == asked
    assert real.feed.coins == ("BTC", "ETH")


@pytest.mark.parametrize("kind", ["T1", "T8", "H1", "H9", "H4", "H5"])
def test_prices_that_cannot_be_had_end_the_request(real: PublicExchange, kind: str) -> None:
    real.line.arm(Plan.of(Fault(kind)))
    with pytest.raises(Unavailable):
        real.feed.minute("BTC", START_MS - MINUTE_MS)
