"""A real venue's public prices as a feed: paper money on the market of now, without a key.

Rules: closed minutes are the venue's own one-minute candles, longer bars its own longer candles. The running
minute stands still at the price of this moment, which is read anew when it is older than a few seconds.
Minutes further back than `keeps` candles are told from coarser ones: the whole bar in its first minute, then
flat, so that no extreme is lost. What cannot be read is Unavailable or Malformed and ends the request; no
price is made up. How one venue is asked stands in its dialect's `public_feed`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from trader.core.errors import Malformed, Unavailable
from trader.core.ports import Clock
from trader.core.wire import Answer, Request, Transport
from trader.exchange.prices import MINUTE_MS, Bar
from trader.sim.bars import joined
from trader.sim.feed import Feed

PRICE_AGE_MAX_MS = 3_000
_HOUR = 60
_LONG = 4 * _HOUR


class PublicSource(Protocol):
    """How one venue's public candles and prices are read. Intervals are named as the venue names them."""

    minutes_of: Mapping[str, int]
    """Minutes of each interval; "1m" and "1h" must be there."""

    coarse: str
    """The interval that stands in for minutes too far back."""

    keeps: int
    """How many candles of one interval may be asked for."""

    def candles(self, coin: str, interval: str, first: int, last: int) -> list[tuple[int, Bar]]:
        """Opening minute and bar of each candle between two minutes, as far as the venue has them."""
        ...

    def prices(self, coins: Sequence[str]) -> Mapping[str, float]:
        """What each coin costs now."""
        ...

    def begin(self, coin: str) -> int:
        """The minute of the venue's first candle, to the week."""
        ...


class PublicBars(Feed):
    """Public candles and prices of some coins; fulfils what the model and a candle reader ask of a feed."""

    def __init__(self, source: PublicSource, clock: Clock, coins: Sequence[str]) -> None:
        super().__init__({})
        self._source = source
        self._clock = clock
        self._names = tuple(coins)
        self._bars: dict[tuple[str, str], dict[int, Bar]] = {}
        self._read: dict[tuple[str, str], tuple[int, int]] = {}
        self._first: dict[str, int] = {}
        self._prices: Mapping[str, float] = {}
        self._prices_at_ms: int | None = None

    @property
    def coins(self) -> tuple[str, ...]:
        return self._names

    def minute(self, coin: str, minute_start_ms: int) -> Bar:
        """A closed minute as the venue has it, or the running one at the price of now."""
        minute = minute_start_ms // MINUTE_MS
        now = self._now_minute()
        if minute >= now:
            price = self._price(coin)
            return Bar(price, price, price, price)
        if minute <= now - self._source.keeps:
            return self._from_coarse(coin, minute)
        return self._candle(coin, "1m", minute)

    def span(self, coin: str, first_minute: int, count: int) -> Bar:
        """A longer bar: the venue's own where it has one of that length, else put together from minutes."""
        for interval, length in self._source.minutes_of.items():
            is_whole = count == length and first_minute % length == 0
            if is_whole and interval != "1m" and first_minute + count <= self._now_minute():
                return self._candle(coin, interval, first_minute)
        return joined(self._pieces(coin, first_minute, count))

    def first_minute(self, coin: str) -> int | None:
        """Where the coin's history begins, to the week."""
        if coin not in self._first:
            self._first[coin] = self._source.begin(coin)
        return self._first[coin]

    def _pieces(self, coin: str, first: int, count: int) -> list[Bar]:
        """Whole hours where they fit, minutes elsewhere; a long span begins at the hour, to spare minutes."""
        bars: list[Bar] = []
        end = first + count
        minute = first - first % _HOUR if count >= _LONG else first
        while minute < end:
            if minute % _HOUR == 0 and end - minute >= _HOUR:
                bars.append(self._candle(coin, "1h", minute))
                minute += _HOUR
            else:
                bars.append(self.minute(coin, minute * MINUTE_MS))
                minute += 1
        return bars

    def _now_minute(self) -> int:
        return self._clock.now_ms() // MINUTE_MS

    def _from_coarse(self, coin: str, minute: int) -> Bar:
        length = self._source.minutes_of[self._source.coarse]
        first = minute - minute % length
        bar = self._candle(coin, self._source.coarse, first)
        return bar if minute == first else Bar(bar.close, bar.close, bar.close, bar.close)

    def _candle(self, coin: str, interval: str, first: int) -> Bar:
        """One closed candle; a stretch without trades is flat at the close before it."""
        key, length = (coin, interval), self._source.minutes_of[interval]
        known = self._bars.setdefault(key, {})
        if first not in known:
            self._read_around(key, first)
        for back in range(self._source.keeps):
            found = known.get(first - back * length)
            if found is not None:
                return found if back == 0 else Bar(found.close, found.close, found.close, found.close)
        raise Unavailable(f"{coin}: the venue has no {interval} candle at or before {first * MINUTE_MS}")

    def _read_around(self, key: tuple[str, str], first: int) -> None:
        """Widen what was read of one series so far until it holds `first` and reaches to now."""
        length = self._source.minutes_of[key[1]]
        now = self._now_minute()
        # The candle that runs now is not closed: it is read again once it is.
        running = now - now % length
        begin, end = self._read.get(key, (running, running))
        wanted = max(first - length, now - self._source.keeps * length)
        if wanted < begin:
            self._read_candles(key, wanted, begin)
            begin = wanted
        if first >= end:
            self._read_candles(key, end, now)
            end = running
        self._read[key] = (begin, end)

    def _read_candles(self, key: tuple[str, str], first: int, last: int) -> None:
        """Keep the closed candles between two minutes."""
        now, length = self._now_minute(), self._source.minutes_of[key[1]]
        for opening, bar in self._source.candles(*key, first, last):
            if opening + length <= now:
                self._bars[key][opening] = bar

    def _price(self, coin: str) -> float:
        age = None if self._prices_at_ms is None else self._clock.elapsed_ms() - self._prices_at_ms
        if age is None or age > PRICE_AGE_MAX_MS:
            self._prices = self._source.prices(self._names)
            self._prices_at_ms = self._clock.elapsed_ms()
        return self._prices[coin]


def public_answer(transport: Transport, request: Request, what: str, *, timeout_s: float) -> Any:
    """The JSON that answers one public read; `what` names it where it cannot be read."""
    answer = transport.exchange([request], timeout_s=timeout_s)[0]
    if not isinstance(answer, Answer):
        raise Unavailable(f"public prices ({what}): {answer.reason}")
    if answer.status != 200:
        raise Unavailable(f"public prices ({what}): HTTP {answer.status}")
    try:
        return json.loads(answer.body)
    except ValueError as error:
        raise Malformed(f"public prices ({what}): {error}") from error


def public_number(value: object, name: str, *, is_volume: bool = False) -> float:
    """A price or a volume as a decimal text; what is not a finite number from zero up was not understood."""
    try:
        number = float(value) if isinstance(value, str) else -1.0
    except ValueError as error:
        raise Malformed(f"public prices: {name} is {value!r}, expected a decimal") from error
    if not 0 <= number < float("inf") or (number == 0 and not is_volume):
        raise Malformed(f"public prices: {name} is {value!r}, expected a decimal above zero")
    return number
