"""Binance's public candles and prices as a feed.

Rules: nothing but public reads is ever sent. The venue keeps every candle and gives 1,500 at a time, so
that long stretches are read page by page. A price that is no finite number above zero was not understood.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from trader.core.errors import Malformed
from trader.core.ports import Clock
from trader.core.wire import Request, Transport
from trader.exchange.prices import MINUTE_MS, Bar
from trader.sim.binance.klines import LIMIT_MAX, MINUTES_OF
from trader.sim.binance.symbols import QUOTE
from trader.sim.public_bars import PublicBars, public_answer, public_number

OFFICIAL_URL = "https://fapi.binance.com"
# Older minutes are told from longer candles: fifteen thousand minutes are ten pages.
MINUTES_KEPT = 15_000
_FIELDS = 12


class VenuePublicFeed(PublicBars):
    """Public prices of some coins."""

    def __init__(
        self, transport: Transport, clock: Clock, coins: Sequence[str], *, timeout_s: float = 10
    ) -> None:
        super().__init__(PublicReads(transport, timeout_s=timeout_s), clock, coins)


class PublicReads:
    """Asks for candles and mark prices; fulfils PublicSource."""

    # Weeks begin on a Monday here and are no whole multiple of their length: they are only asked for below.
    minutes_of: Mapping[str, int] = {name: length for name, length in MINUTES_OF.items() if name != "1w"}
    coarse = "2h"
    keeps = MINUTES_KEPT

    def __init__(self, transport: Transport, *, timeout_s: float) -> None:
        self._transport = transport
        self._timeout_s = timeout_s

    def candles(self, coin: str, interval: str, first: int, last: int) -> list[tuple[int, Bar]]:
        found: list[tuple[int, Bar]] = []
        page_ms = LIMIT_MAX * MINUTES_OF[interval] * MINUTE_MS
        start_ms, end_ms = first * MINUTE_MS, last * MINUTE_MS
        while start_ms <= end_ms:
            # The end of a page belongs to the next one.
            until_ms = min(end_ms, start_ms + page_ms - 1)
            window = {"startTime": start_ms, "endTime": until_ms, "limit": LIMIT_MAX}
            question = {"symbol": coin + QUOTE, "interval": interval, **window}
            found += [_bar(row) for row in _rows(self._ask("/fapi/v1/klines", question))]
            start_ms += page_ms
        return found

    def prices(self, coins: Sequence[str]) -> Mapping[str, float]:
        """One read for all; the mark is what stops act on and is never far from the last price."""
        rows = _rows(self._ask("/fapi/v1/premiumIndex", {}))
        marks = {row.get("symbol"): row.get("markPrice") for row in rows if isinstance(row, dict)}
        return {coin: public_number(marks.get(coin + QUOTE), "markPrice") for coin in coins}

    def begin(self, coin: str) -> int:
        question = {"symbol": coin + QUOTE, "interval": "1w", "startTime": 0, "limit": 1}
        rows = [_bar(row) for row in _rows(self._ask("/fapi/v1/klines", question))]
        return rows[0][0] if rows else 0

    def _ask(self, path: str, parameters: Mapping[str, Any]) -> Any:
        query = "?" + urlencode(parameters) if parameters else ""
        request = Request(OFFICIAL_URL + path + query, method="GET")
        return public_answer(self._transport, request, path, timeout_s=self._timeout_s)


def _rows(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed("public prices: expected a list")
    return value


def _bar(row: Any) -> tuple[int, Bar]:
    """Opening minute and bar of one candle."""
    if not isinstance(row, list) or len(row) != _FIELDS:
        raise Malformed(f"public candle: expected a list of {_FIELDS}")
    opened = row[0]
    if not isinstance(opened, int) or isinstance(opened, bool):
        raise Malformed(f"public candle: its opening is {opened!r}, expected an integer")
    names = ("open", "high", "low", "close", "volume")
    values = [
        public_number(row[place], name, is_volume=name == "volume")
        for place, name in enumerate(names, start=1)
    ]
    return opened // MINUTE_MS, Bar(*values)
