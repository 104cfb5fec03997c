"""Candles of any bar, put together from minutes and kept as the bytes that go on the wire.

Rules: newest first, the running bar included with confirm "0". Bars of six hours and longer begin by the
clock of UTC+8, unless their name ends in "utc". A closed candle never changes, so its JSON is made once, and
once for all exchanges that share the minutes it is made of.
Weeks begin on Monday, months on their first day.
"""

from collections.abc import Hashable, Sequence
from datetime import UTC, datetime, timedelta

from trader.exchange.model import Model
from trader.exchange.prices import MINUTE_MS, Bar
from trader.exchange.rules import Market
from trader.sim.bars import joined
from trader.sim.feed import Feed
from trader.sim.okx.numbers import float_text

_DAY = 1_440
_EAST = 8 * 60
_MONDAY = 3 * _DAY
MINUTES_OF = {
    "1m": 1,
    "3m": 3,
    "5m": 5,
    "15m": 15,
    "30m": 30,
    "1H": 60,
    "2H": 120,
    "4H": 240,
    "6H": 360,
    "12H": 720,
    "1D": _DAY,
    "2D": 2 * _DAY,
    "3D": 3 * _DAY,
    "5D": 5 * _DAY,
    "1W": 7 * _DAY,
}
_MONTHS = {"1M": 1, "3M": 3}
# How many bars `market/candles` reaches back; older ones are in `history-candles`.
NEWEST_MAX = 1_440


class CandleBook:
    """All candles of one exchange."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._closed: dict[tuple[str, str], dict[int, bytes]] = {}

    def rows(
        self,
        model: Model,
        market: Market,
        bar: str,
        *,
        after_ms: int | None,
        before_ms: int | None,
        limit: int,
        bars_max: int | None,
    ) -> list[bytes]:
        """Rows older than `after_ms` and newer than `before_ms`, newest first, each as JSON."""
        grid = Grid(bar)
        now = model.now_ms // MINUTE_MS
        opening = newest = grid.opening(now)
        oldest = 0 if bars_max is None else grid.back(newest, bars_max - 1)
        begun = self._feed.first_minute(market.coin)
        oldest = oldest if begun is None else max(oldest, grid.opening(begun))
        if after_ms is not None:
            # The newest bar that opened before that moment.
            opening = min(opening, grid.opening(max(0, (after_ms - 1) // MINUTE_MS)))
        if before_ms is not None:
            # The oldest bar that opened after that moment.
            oldest = max(oldest, before_ms // MINUTE_MS + 1)
        closed = self._closed_of(market, bar)
        openings = grid.openings(opening, oldest, limit)
        for place in openings:
            if place not in closed and place != newest:
                closed[place] = self._made(market, bar, place, grid.following(place) - place)
        if openings and openings[0] == newest:
            return [self._running(model, market, newest), *map(closed.__getitem__, openings[1:])]
        return list(map(closed.__getitem__, openings))

    def _closed_of(self, market: Market, bar: str) -> dict[int, bytes]:
        """The closed candles that are made already, from the first time on with those of the past."""
        closed = self._closed.get((market.coin, bar))
        if closed is None:
            past = self._feed.past(market.coin)
            made = {} if past is None else past.made(_kind(market, bar))
            closed = self._closed[market.coin, bar] = dict(made)
        return closed

    def _made(self, market: Market, bar: str, opening: int, count: int) -> bytes:
        """One closed candle, kept with the past where it lies there."""
        row = _encoded(market, opening, self._feed.span(market.coin, opening, count), is_closed=True)
        past = self._feed.past(market.coin)
        if past is not None and past.holds(opening, count):
            past.made(_kind(market, bar))[opening] = row
        return row

    def _running(self, model: Model, market: Market, opening: int) -> bytes:
        """The bar that has not closed, as far as time has come."""
        now, running = model.now_ms // MINUTE_MS, model.bar_so_far(market.coin)
        past = [self._feed.span(market.coin, opening, now - opening)] if now > opening else []
        return _encoded(market, opening, joined([*past, running]), is_closed=False)


class Grid:
    """Where the bars of one name begin and end, in minutes since 1970."""

    def __init__(self, bar: str) -> None:
        plain = bar.removesuffix("utc")
        if plain not in MINUTES_OF and plain not in _MONTHS:
            raise KeyError(bar)
        length = MINUTES_OF.get(plain)
        if plain != bar and length is not None and length < MINUTES_OF["6H"]:
            raise KeyError(bar)
        self.name = bar
        self._months = _MONTHS.get(plain, 0)
        self._length = length or 0
        is_long = self._months > 0 or self._length >= MINUTES_OF["6H"]
        self._shift = _EAST if is_long and plain == bar else 0
        self._origin = self._shift + (_MONDAY if plain == "1W" else 0)

    def opening(self, minute: int) -> int:
        """Where the bar begins that holds this minute."""
        if not self._months:
            return minute - (minute + self._origin) % self._length
        day = datetime.fromtimestamp((minute + self._shift) * 60, UTC)
        month = day.month - (day.month - 1) % self._months
        first = day.replace(month=month, day=1, hour=0, minute=0, second=0)
        return int(first.timestamp()) // 60 - self._shift

    def following(self, opening: int) -> int:
        """Where the next bar begins."""
        if not self._months:
            return opening + self._length
        return self.opening(opening + (self._months * 31 + 4) * _DAY)

    def openings(self, newest: int, oldest: int, limit: int) -> Sequence[int]:
        """Where bars begin from `newest`, which is such a minute, back to `oldest`."""
        if not self._months:
            return range(newest, oldest - 1, -self._length)[:limit]
        found: list[int] = []
        while len(found) < limit and newest >= oldest:
            found.append(newest)
            newest = self.back(newest, 1)
        return found

    def back(self, opening: int, count: int) -> int:
        """Where the bar begins that lies so many bars earlier."""
        if not self._months:
            return opening - count * self._length
        for _ in range(count):
            opening = self.opening(opening - 1)
            if opening <= 0:
                return 0
        return opening


def _kind(market: Market, bar: str) -> Hashable:
    """All that a closed candle follows from beside its minutes."""
    return __name__, market.coin, bar, market.price_decimals, market.size_decimals, market.contract


def _encoded(market: Market, opening: int, bar: Bar, *, is_closed: bool) -> bytes:
    px = market.price_decimals
    contracts = bar.volume / float(market.contract)
    values = [float_text(value, px) for value in (bar.open, bar.high, bar.low, bar.close)]
    volumes = [
        float_text(contracts, 2),
        float_text(bar.volume, max(4, market.size_decimals)),
        float_text(bar.volume * bar.close, 4),
    ]
    cells = [str(opening * MINUTE_MS), *values, *volumes, "1" if is_closed else "0"]
    return ('["' + '","'.join(cells) + '"]').encode()


def day_open(feed: Feed, coin: str, now_ms: int, *, east: bool) -> float:
    """The price at which the day began, by UTC or by UTC+8."""
    shift = timedelta(minutes=_EAST) if east else timedelta(0)
    moment = datetime.fromtimestamp(now_ms / 1000, UTC) + shift
    first = moment.replace(hour=0, minute=0, second=0, microsecond=0) - shift
    return feed.span(coin, int(first.timestamp()) // 60, 1).open
