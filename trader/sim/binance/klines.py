"""Candles: of trades, of mark, of index and of the premium, put together from minutes.

Rules: rows are arrays of twelve; the last one is the candle still open. `startTime` alone counts upwards
from the first candle that opens at or after it, else the newest `limit` candles are told. A mark, index or
premium candle has no volume. Closed rows are kept with their JSON, because they never change, and with the
past where they lie there, for all exchanges that share it.
"""

from collections.abc import Hashable, Sequence
from datetime import UTC, datetime
from typing import Any

from trader.exchange.prices import MINUTE_MS, Bar
from trader.sim.bars import joined
from trader.sim.binance.decimals import float_text
from trader.sim.binance.refusals import Refused, refused
from trader.sim.binance.requests import Asked
from trader.sim.binance.symbols import places
from trader.sim.binance.venue import Venue
from trader.sim.wire import json_bytes

LIMIT_MAX = 1500
LIMIT_DEFAULT = 500
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
    "6h": 360,
    "8h": 480,
    "12h": 720,
    "1d": _DAY,
    "3d": 3 * _DAY,
    "1w": 7 * _DAY,
}
_MONTH = "1M"
Row = tuple[list[Any], bytes]
_ENDS = 6  # the cell that says when a candle ends
# Weeks begin on Monday; minute 0 was a Thursday.
_MONDAY = 4 * _DAY


class Written(list[list[Any]]):
    """Rows that know how they are written; what a lie makes of them is a plain list again."""

    def __init__(self, rows: Sequence[Row]) -> None:
        cells, texts = zip(*rows, strict=True) if rows else ((), ())
        super().__init__(cells)
        self._texts = texts

    def json(self) -> bytes:
        return b"[" + b",".join(self._texts) + b"]"


def weight_of(limit: int) -> int:
    """What a read of so many candles costs."""
    if limit < 100:
        return 1
    if limit < 500:
        return 2
    return 5 if limit <= 1000 else 10


def klines(asked: Asked) -> Any:
    """Candles of trades."""
    return _rows(asked, asked.coin(), with_volume=True)


def continuous_klines(asked: Asked) -> Any:
    """The same by pair; only the perpetual is listed here."""
    if asked.parameters.required("contractType") != "PERPETUAL":
        raise Refused(-1100, "Illegal characters found in parameter 'contractType'.")
    return _rows(asked, _coin_of_pair(asked), with_volume=True)


def mark_price_klines(asked: Asked) -> Any:
    return _rows(asked, asked.coin(), with_volume=False)


def index_price_klines(asked: Asked) -> Any:
    return _rows(asked, _coin_of_pair(asked), with_volume=False)


def premium_index_klines(asked: Asked) -> Any:
    """The premium of a market whose mark is its index: nothing."""
    rows = _rows(asked, asked.coin(), with_volume=False)
    zero = "0.00000000"
    return [[row[0], zero, zero, zero, zero, *row[5:]] for row in rows]


def _coin_of_pair(asked: Asked) -> str:
    return asked.venue.rules_of(asked.parameters.required("pair")).coin


def _rows(asked: Asked, coin: str, *, with_volume: bool) -> Written:
    parameters = asked.parameters
    interval = parameters.required("interval")
    if interval not in MINUTES_OF and interval != _MONTH:
        raise refused(-1120)
    limit = parameters.limit(default=LIMIT_DEFAULT, most=LIMIT_MAX)
    start_ms, end_ms = parameters.integer("startTime"), parameters.integer("endTime")
    openings = _openings(asked.venue, coin, interval, start_ms=start_ms, end_ms=end_ms, limit=limit)
    closed = _closed_of(asked.venue, coin, interval, with_volume=with_volume)
    rows = dict(zip(openings, map(closed.get, openings), strict=True))
    for minute in [minute for minute in openings if minute not in closed]:
        rows[minute] = row = _row(asked.venue, coin, interval, minute, with_volume=with_volume)
        if row[0][_ENDS] < asked.venue.now_ms:
            closed[minute] = row
            _keep(asked.venue, coin, interval, minute, row, with_volume=with_volume)
    return Written([row for row in rows.values() if row is not None])


def _closed_of(venue: Venue, coin: str, interval: str, *, with_volume: bool) -> dict[int, Row]:
    """The closed rows that are made already, from the first time on with those of the past."""
    closed = venue.candles.get((coin, interval, with_volume))
    if closed is None:
        past = venue.feed.past(coin)
        made = {} if past is None else past.made(_kind(venue, coin, interval, with_volume=with_volume))
        closed = venue.candles[coin, interval, with_volume] = dict(made)
    return closed


def _keep(venue: Venue, coin: str, interval: str, minute: int, row: Row, *, with_volume: bool) -> None:
    past = venue.feed.past(coin)
    if past is not None and past.holds(minute, next_opening(minute, interval) - minute):
        past.made(_kind(venue, coin, interval, with_volume=with_volume))[minute] = row


def _kind(venue: Venue, coin: str, interval: str, *, with_volume: bool) -> Hashable:
    """All that a closed row follows from beside its minutes."""
    market = venue.market_of(coin)
    return __name__, coin, interval, with_volume, market.price_step, market.size_step


def _openings(
    venue: Venue, coin: str, interval: str, *, start_ms: int | None, end_ms: int | None, limit: int
) -> Sequence[int]:
    """The opening minutes that are asked for, oldest first."""
    now = venue.now_ms // MINUTE_MS
    last = opening(now if end_ms is None else min(now, max(end_ms, 0) // MINUTE_MS), interval)
    begun = venue.feed.first_minute(coin)
    oldest = 0 if begun is None else opening(begun, interval)
    found: list[int] = []
    if start_ms is not None:
        first = opening(max(start_ms, 0) // MINUTE_MS, interval)
        if first * MINUTE_MS < start_ms:
            first = next_opening(first, interval)
        minute = max(first, oldest)
        if interval != _MONTH:
            return range(minute, last + 1, MINUTES_OF[interval])[:limit]
        while minute <= last and len(found) < limit:
            found.append(minute)
            minute = next_opening(minute, interval)
        return found
    if interval != _MONTH:
        return range(last, oldest - 1, -MINUTES_OF[interval])[:limit][::-1]
    minute = last
    while minute >= oldest and len(found) < limit:
        found.append(minute)
        minute = opening(minute - 1, interval)
    return found[::-1]


def _row(venue: Venue, coin: str, interval: str, minute: int, *, with_volume: bool) -> Row:
    """One candle and its JSON."""
    after = next_opening(minute, interval)
    is_closed = after * MINUTE_MS <= venue.now_ms
    bar = venue.feed.span(coin, minute, after - minute) if is_closed else _forming(venue, coin, minute)
    cells = _cells(venue, coin, minute, after, bar, with_volume=with_volume)
    return cells, json_bytes(cells)


def _forming(venue: Venue, coin: str, first: int) -> Bar:
    """The candle that runs, as far as time has come."""
    now = venue.now_ms // MINUTE_MS
    running = venue.model.bar_so_far(coin)
    return running if now == first else joined([venue.feed.span(coin, first, now - first), running])


def _cells(venue: Venue, coin: str, minute: int, after: int, bar: Bar, *, with_volume: bool) -> list[Any]:
    market = venue.market_of(coin)
    tick, step = places(market.price_step), places(market.size_step)
    decimals = tick if with_volume else 8
    prices = [float_text(price, decimals) for price in (bar.open, bar.high, bar.low, bar.close)]
    times = (minute * MINUTE_MS, after * MINUTE_MS - 1)
    if not with_volume:
        return [times[0], *prices, "0", times[1], "0", 60, "0", "0", "0"]
    traded = bar.volume * (bar.open + bar.close) / 2
    trades = int(bar.volume**0.5) + 1 if bar.volume > 0 else 0
    volume, quote = float_text(bar.volume, step), float_text(traded, 5)
    taker, taker_quote = float_text(bar.volume / 2, step), float_text(traded / 2, 5)
    return [times[0], *prices, volume, times[1], quote, trades, taker, taker_quote, "0"]


def opening(minute: int, interval: str) -> int:
    """The minute at which the candle that contains `minute` opens."""
    if interval == _MONTH:
        moment = datetime.fromtimestamp(minute * 60, UTC)
        return int(moment.replace(day=1, hour=0, minute=0).timestamp()) // 60
    length = MINUTES_OF[interval]
    shift = _MONDAY if interval == "1w" else 0
    return minute - (minute - shift) % length


def next_opening(minute: int, interval: str) -> int:
    if interval == _MONTH:
        return opening(minute + 32 * _DAY, interval)
    return minute + MINUTES_OF[interval]
