"""Candles of any interval, put together from minutes and kept as the bytes that go on the wire.

Rules: a closed candle never changes, so its JSON is made once, and once for all exchanges that share the
minutes it is made of. The candle that holds `startTime` is
included, and so is the one still open, whose last minute is the model's path up to this moment.
Only the newest 5,000 candles of an interval exist. Weeks and three-day bars are counted from 1970-01-01,
months by the calendar.
"""

from collections.abc import Hashable, Sequence
from datetime import UTC, datetime

from trader.exchange.model import Model
from trader.exchange.prices import MINUTE_MS, Bar
from trader.exchange.rules import Market
from trader.sim.bars import joined
from trader.sim.feed import Feed
from trader.sim.hyperliquid.decimals import float_text

CANDLES_MAX = 5000
_DAY = 1_440
MINUTES_OF = {
    "1m": 1,
    "3m": 3,
    "5m": 5,
    "15m": 15,
    "30m": 30,
    "1h": 60,
    "2h": 120,
    "4h": 240,
    "8h": 480,
    "12h": 720,
    "1d": _DAY,
    "3d": 3 * _DAY,
    "1w": 7 * _DAY,
}
_MONTH = "1M"
INTERVALS = frozenset(MINUTES_OF) | {_MONTH}


class CandleBook:
    """All candles of one exchange."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._closed: dict[tuple[str, str], dict[int, bytes]] = {}

    def snapshot(
        self, model: Model, coin: str, interval: str, *, start_ms: int, end_ms: int | None
    ) -> list[bytes]:
        """The candles from the one that contains `start_ms` up to `end_ms`, oldest first, each as JSON."""
        now = model.now_ms // MINUTE_MS
        last = now if end_ms is None else min(now, end_ms // MINUTE_MS)
        current = _opening(now, interval)
        first = max(_opening(max(start_ms, 0) // MINUTE_MS, interval), self._oldest(coin, interval, current))
        closed = self._closed_of(model.market(coin), coin, interval)
        openings = _openings(first, min(last, current - 1), interval)
        for minute in openings:
            if minute not in closed:
                after = _next_opening(minute, interval)
                closed[minute] = self._made(model.market(coin), coin, interval, minute, after)
        found = list(map(closed.__getitem__, openings))
        if first <= current <= last:
            after = _next_opening(current, interval)
            bar = self._forming(model, coin, current, now)
            found.append(_encoded(model.market(coin), coin, interval, current, after, bar))
        return found

    def _closed_of(self, market: Market | None, coin: str, interval: str) -> dict[int, bytes]:
        """The closed candles that are made already, from the first time on with those of the past."""
        closed = self._closed.get((coin, interval))
        if closed is None:
            past = self._feed.past(coin)
            made = {} if past is None else past.made(_kind(market, coin, interval))
            closed = self._closed[coin, interval] = dict(made)
        return closed

    def _made(self, market: Market | None, coin: str, interval: str, minute: int, after: int) -> bytes:
        """One closed candle, kept with the past where it lies there."""
        row = _encoded(market, coin, interval, minute, after, self._feed.span(coin, minute, after - minute))
        past = self._feed.past(coin)
        if past is not None and past.holds(minute, after - minute):
            past.made(_kind(market, coin, interval))[minute] = row
        return row

    def _oldest(self, coin: str, interval: str, current: int) -> int:
        """The opening minute of the oldest candle that exists."""
        if interval == _MONTH:
            oldest = 0
        else:
            oldest = max(0, current - (CANDLES_MAX - 1) * MINUTES_OF[interval])
        begun = self._feed.first_minute(coin)
        return oldest if begun is None else max(oldest, _opening(begun, interval))

    def _forming(self, model: Model, coin: str, first: int, now: int) -> Bar:
        running = model.bar_so_far(coin)
        if now == first:
            return running
        return joined([self._feed.span(coin, first, now - first), running])


def _decimals(market: Market | None) -> tuple[int, int]:
    """Of prices and of sizes."""
    return (6, 6) if market is None else (market.price_decimals, market.size_decimals)


def _kind(market: Market | None, coin: str, interval: str) -> Hashable:
    """All that a closed candle follows from beside its minutes."""
    return __name__, coin, interval, _decimals(market)


def _encoded(market: Market | None, coin: str, interval: str, first: int, after: int, bar: Bar) -> bytes:
    prices, sizes = _decimals(market)
    trades = int(bar.volume**0.5) + 1 if bar.volume > 0 else 0
    return (
        f'{{"t":{first * MINUTE_MS},"T":{after * MINUTE_MS - 1},"s":"{coin}","i":"{interval}",'
        f'"o":"{float_text(bar.open, prices)}","c":"{float_text(bar.close, prices)}",'
        f'"h":"{float_text(bar.high, prices)}","l":"{float_text(bar.low, prices)}",'
        f'"v":"{float_text(bar.volume, sizes)}","n":{trades}}}'
    ).encode()


def _opening(minute: int, interval: str) -> int:
    """The minute at which the candle that contains `minute` opens."""
    if interval == _MONTH:
        moment = datetime.fromtimestamp(minute * 60, UTC)
        return int(moment.replace(day=1, hour=0, minute=0).timestamp()) // 60
    return minute - minute % MINUTES_OF[interval]


def _openings(first: int, last: int, interval: str) -> Sequence[int]:
    """Where candles open from `first`, which is such a minute, up to `last`."""
    if interval != _MONTH:
        return range(first, last + 1, MINUTES_OF[interval])
    found = []
    while first <= last:
        found.append(first)
        first = _next_opening(first, interval)
    return found


def _next_opening(opening: int, interval: str) -> int:
    if interval == _MONTH:
        return _opening(opening + 32 * _DAY, interval)
    return opening + MINUTES_OF[interval]
