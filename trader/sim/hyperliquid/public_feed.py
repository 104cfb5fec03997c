"""The real venue's public prices as a feed: paper money on the market of now, without a key.

Rules: closed minutes are the venue's own one-minute candles, longer bars its own longer candles, because it
keeps only 5,000 of each. The running minute stands still at the mid of this moment, which is read anew when
it is older than a few seconds. Minutes older than the venue keeps are told from its longer candles: the whole
bar in its first minute, then flat, so that no extreme is lost. Nothing but reads is ever sent. What cannot
be read is Unavailable or Malformed and ends the request; no price is made up.
"""

import json
from collections.abc import Sequence
from typing import Any

from trader.core.errors import Malformed, Unavailable
from trader.core.ports import Clock
from trader.core.wire import Answer, Request, Transport
from trader.exchange.prices import MINUTE_MS, Bar
from trader.sim.bars import joined
from trader.sim.feed import Feed
from trader.sim.hyperliquid.candles import CANDLES_MAX, MINUTES_OF

OFFICIAL_URL = "https://api.hyperliquid.xyz"
MID_AGE_MAX_MS = 3_000
# Longer candles that stand in for minutes the venue no longer keeps: 5,000 of these are 416 days.
_COARSE = "2h"
_HOUR = 60
_LONG = 4 * _HOUR


class VenuePublicFeed(Feed):
    """Public candles and mids of some coins; fulfils what the model and the candle reader ask of a feed."""

    def __init__(
        self, transport: Transport, clock: Clock, coins: Sequence[str], *, timeout_s: float = 10
    ) -> None:
        super().__init__({})
        self._transport = transport
        self._clock = clock
        self._names = tuple(coins)
        self._timeout_s = timeout_s
        self._bars: dict[tuple[str, str], dict[int, Bar]] = {}
        self._read: dict[tuple[str, str], tuple[int, int]] = {}
        self._first: dict[str, int] = {}
        self._mids: dict[str, float] = {}
        self._mids_at_ms: int | None = None

    @property
    def coins(self) -> tuple[str, ...]:
        return self._names

    def minute(self, coin: str, minute_start_ms: int) -> Bar:
        """A closed minute as the venue has it, or the running one at its mid."""
        minute = minute_start_ms // MINUTE_MS
        now = self._now_minute()
        if minute >= now:
            mid = self._mid(coin)
            return Bar(mid, mid, mid, mid)
        if minute <= now - CANDLES_MAX:
            return self._from_coarse(coin, minute)
        return self._candle(coin, "1m", minute)

    def span(self, coin: str, first_minute: int, count: int) -> Bar:
        """A longer bar: the venue's own where it has one of that length, else put together from minutes."""
        for interval, length in MINUTES_OF.items():
            is_whole = count == length and first_minute % length == 0
            if is_whole and interval != "1m" and first_minute + count <= self._now_minute():
                return self._candle(coin, interval, first_minute)
        return joined(self._pieces(coin, first_minute, count))

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

    def first_minute(self, coin: str) -> int | None:
        """Where the coin's history begins, to the week."""
        if coin not in self._first:
            rows = self._ask(_candle_request(coin, "1w", 0, self._clock.now_ms()))
            self._first[coin] = min((_integer(row, "t") for row in _rows(rows)), default=0) // MINUTE_MS
        return self._first[coin]

    def _now_minute(self) -> int:
        return self._clock.now_ms() // MINUTE_MS

    def _from_coarse(self, coin: str, minute: int) -> Bar:
        length = MINUTES_OF[_COARSE]
        first = minute - minute % length
        bar = self._candle(coin, _COARSE, first)
        return bar if minute == first else Bar(bar.close, bar.close, bar.close, bar.close)

    def _candle(self, coin: str, interval: str, first: int) -> Bar:
        """One closed candle; a stretch without trades is flat at the close before it."""
        key, length = (coin, interval), MINUTES_OF[interval]
        known = self._bars.setdefault(key, {})
        if first not in known:
            self._read_around(key, first)
        for back in range(CANDLES_MAX):
            found = known.get(first - back * length)
            if found is not None:
                return found if back == 0 else Bar(found.close, found.close, found.close, found.close)
        raise Unavailable(f"{coin}: the venue has no {interval} candle at or before {first * MINUTE_MS}")

    def _read_around(self, key: tuple[str, str], first: int) -> None:
        """Widen what was read of one series so far until it holds `first` and reaches to now."""
        length = MINUTES_OF[key[1]]
        now = self._now_minute()
        # The candle that runs now is not closed: it is read again once it is.
        running = now - now % length
        begin, end = self._read.get(key, (running, running))
        wanted = max(first - length, now - CANDLES_MAX * length)
        if wanted < begin:
            self._read_candles(key, wanted, begin)
            begin = wanted
        if first >= end:
            self._read_candles(key, end, now)
            end = running
        self._read[key] = (begin, end)

    def _read_candles(self, key: tuple[str, str], first: int, last: int) -> None:
        """Keep the closed candles between two minutes."""
        coin, interval = key
        now, length = self._now_minute(), MINUTES_OF[interval]
        for row in _rows(self._ask(_candle_request(coin, interval, first * MINUTE_MS, last * MINUTE_MS))):
            opening = _integer(row, "t") // MINUTE_MS
            if opening + length <= now:
                self._bars[key][opening] = Bar(*(_number(row, name) for name in "ohlcv"))

    def _mid(self, coin: str) -> float:
        age = None if self._mids_at_ms is None else self._clock.elapsed_ms() - self._mids_at_ms
        if age is None or age > MID_AGE_MAX_MS:
            mids = self._ask({"type": "allMids"})
            if not isinstance(mids, dict):
                raise Malformed("allMids: expected an object of prices by coin")
            self._mids = {name: _number(mids, name) for name in self._names}
            self._mids_at_ms = self._clock.elapsed_ms()
        return self._mids[coin]

    def _ask(self, body: dict[str, Any]) -> Any:
        request = Request(OFFICIAL_URL + "/info", json.dumps(body).encode(), headers=_HEADERS)
        answer = self._transport.exchange([request], timeout_s=self._timeout_s)[0]
        if not isinstance(answer, Answer):
            raise Unavailable(f"public prices ({body['type']}): {answer.reason}")
        if answer.status != 200:
            raise Unavailable(f"public prices ({body['type']}): HTTP {answer.status}")
        try:
            return json.loads(answer.body)
        except ValueError as error:
            raise Malformed(f"public prices ({body['type']}): {error}") from error


_HEADERS = (("Content-Type", "application/json"),)


def _candle_request(coin: str, interval: str, start_ms: int, end_ms: int) -> dict[str, Any]:
    window = {"coin": coin, "interval": interval, "startTime": start_ms, "endTime": end_ms}
    return {"type": "candleSnapshot", "req": window}


def _rows(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed("candleSnapshot: expected a list of candles")
    return value


def _integer(row: Any, name: str) -> int:
    value = row.get(name) if isinstance(row, dict) else None
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f"public candle: {name} is {value!r}, expected an integer")
    return value


def _number(row: Any, name: str) -> float:
    """A price or a volume; what is not a finite number from zero up was not understood."""
    value = row.get(name) if isinstance(row, dict) else None
    try:
        number = float(value) if isinstance(value, str) else -1.0
    except ValueError as error:
        raise Malformed(f"public prices: {name} is {value!r}, expected a decimal") from error
    if not 0 <= number < float("inf") or (number == 0 and name != "v"):
        raise Malformed(f"public prices: {name} is {value!r}, expected a decimal above zero")
    return number
