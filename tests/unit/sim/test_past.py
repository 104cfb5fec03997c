"""A past that several exchanges have behind them: what is made of it is made once, and stays true."""

from decimal import Decimal

import pytest

from trader.core.wire import Answer, Request
from trader.exchange.prices import MINUTE_MS, Bar
from trader.parts import parts_of
from trader.parts.embedded import Exchange, in_memory
from trader.sim.bars import Past, ScriptedBars, joined
from trader.sim.feed import ScriptedFeed

START = 29_760_000  # where an hour begins
HOURS = 12
QUESTIONS = {
    "hyperliquid": (
        "https://api/info",
        b'{"type":"candleSnapshot","req":{"coin":"BTC","interval":"1h","startTime":%d}}'
        % (START * MINUTE_MS),
    ),
    "okx": ("https://api/api/v5/market/candles?instId=BTC-USDT-SWAP&bar=1H&limit=100", b""),
    "binance": ("https://api/fapi/v1/klines?symbol=BTCUSDT&interval=1h&limit=100", b""),
}


class Counting(Past):
    """Counts how often its minutes were put together."""

    asked = 0

    def span(self, first: int, count: int) -> Bar:
        self.asked += 1
        return super().span(first, count)


def bars_of(minutes: int) -> list[Bar]:
    return [Bar(100.0 + i, 103.0 + i, 98.0 + i, 101.0 + i, 2.0) for i in range(minutes)]


def exchange_on(venue: str, past: Past) -> Exchange:
    feed = ScriptedFeed({"BTC": past}, start_ms=START * MINUTE_MS)
    now_ms = (START + HOURS * 60) * MINUTE_MS + 15_000
    return in_memory(parts_of(venue).dialect(), feed, label="a", start_ms=now_ms, equity=Decimal(1000))


def told(exchange: Exchange, venue: str) -> Answer:
    url, body = QUESTIONS[venue]
    request = Request(url, body, method="POST" if body else "GET")
    return exchange.app.answer(request, at_ms=exchange.model.now_ms, client="a", lies=())


@pytest.mark.parametrize("venue", sorted(QUESTIONS))
def test_a_candle_of_the_past_is_made_once_for_all_exchanges(venue: str) -> None:
    past = Counting(START, bars_of(HOURS * 60))
    first = told(exchange_on(venue, past), venue)
    assert first.status == 200
    assert first.body.count(b"[" if venue != "hyperliquid" else b'"t"') > HOURS
    asked = past.asked
    assert asked >= HOURS
    again = told(exchange_on(venue, past), venue)
    assert again.body == first.body
    assert past.asked == asked


@pytest.mark.parametrize("venue", sorted(QUESTIONS))
def test_a_candle_that_goes_on_after_the_past_is_each_exchanges_own(venue: str) -> None:
    past = Past(START, bars_of(HOURS * 60 - 30))
    answers = []
    for price in (512.0, 934.0):
        exchange = exchange_on(venue, past)
        feed = exchange.venue.feed
        feed.move("BTC", *[price] * 40, from_ms=past.end_minute * MINUTE_MS)
        exchange.run_to(exchange.model.now_ms + 10 * MINUTE_MS)
        answers.append(told(exchange, venue).body)
    assert b"512" in answers[0]
    assert b"934" not in answers[0]
    assert b"934" in answers[1]
    assert b"512" not in answers[1]


def test_a_span_is_the_same_wherever_its_minutes_stand() -> None:
    script = ScriptedBars(Past(START, bars_of(5)))
    script.append(Bar(1.0, 9.0, 1.0, 9.0, 4.0), Bar(9.0, 9.5, 8.0, 8.5, 1.0))
    for first in range(START - 3, START + 10):
        for count in range(1, 12):
            single = [script.span(minute, 1) for minute in range(first, first + count)]
            assert script.span(first, count) == joined(single)
