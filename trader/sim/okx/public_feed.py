"""OKX's public candles and mark prices as a feed.

Rules: nothing but public reads is ever sent. Only candles that the venue confirms as closed count. The newest
1,440 of a bar come from one endpoint, older ones from another, at most 300 at a time and newest first. Bars
of six hours and longer are asked for by UTC, because the venue's plain ones begin by the clock of UTC+8.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from trader.core.errors import Malformed
from trader.core.ports import Clock
from trader.core.wire import Request, Transport
from trader.exchange.prices import MINUTE_MS, Bar
from trader.sim.okx.candles import NEWEST_MAX
from trader.sim.okx.contracts import inst_id_of
from trader.sim.public_bars import PublicBars, public_answer, public_number

OFFICIAL_URL = "https://www.okx.com"
MINUTES_KEPT = 7_200
_PAGE = 300
_FIELDS = 9
_HOUR = 60
_DAY = 24 * _HOUR
_NAMES = {
    "1m": "1m",
    "3m": "3m",
    "5m": "5m",
    "15m": "15m",
    "30m": "30m",
    "1h": "1H",
    "2h": "2H",
    "4h": "4H",
    "6h": "6Hutc",
    "12h": "12Hutc",
    "1d": "1Dutc",
}
_LENGTHS = (1, 3, 5, 15, 30, _HOUR, 2 * _HOUR, 4 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY)


class VenuePublicFeed(PublicBars):
    """Public prices of some coins."""

    def __init__(
        self, transport: Transport, clock: Clock, coins: Sequence[str], *, timeout_s: float = 10
    ) -> None:
        super().__init__(PublicReads(transport, clock, timeout_s=timeout_s), clock, coins)


class PublicReads:
    """Asks for candles and mark prices; fulfils PublicSource."""

    minutes_of: Mapping[str, int] = dict(zip(_NAMES, _LENGTHS, strict=True))
    coarse = "2h"
    keeps = MINUTES_KEPT

    def __init__(self, transport: Transport, clock: Clock, *, timeout_s: float) -> None:
        self._transport = transport
        self._clock = clock
        self._timeout_s = timeout_s

    def candles(self, coin: str, interval: str, first: int, last: int) -> list[tuple[int, Bar]]:
        length = self.minutes_of[interval]
        now = self._clock.now_ms() // MINUTE_MS
        is_recent = first > now - (NEWEST_MAX - 1) * length
        path = "/api/v5/market/candles" if is_recent else "/api/v5/market/history-candles"
        found: list[tuple[int, Bar]] = []
        until = last + 1
        while until > first:
            # Both ends are left out of a window.
            window = {"after": until * MINUTE_MS, "before": first * MINUTE_MS - 1, "limit": _PAGE}
            question = {"instId": inst_id_of(coin), "bar": _NAMES[interval], **window}
            rows = self._ask(path, question)
            page = [_bar(row) for row in rows]
            found += [(opening, bar) for opening, bar, is_closed in page if is_closed]
            if len(page) < _PAGE:
                break
            until = min(opening for opening, _, _ in page)
        return found

    def prices(self, coins: Sequence[str]) -> Mapping[str, float]:
        """One read for all; the mark is what stops act on and is never far from the last price."""
        rows = self._ask("/api/v5/public/mark-price", {"instType": "SWAP"})
        marks = {row.get("instId"): row.get("markPx") for row in rows if isinstance(row, dict)}
        return {coin: public_number(marks.get(inst_id_of(coin)), "markPx") for coin in coins}

    def begin(self, coin: str) -> int:
        question = {"instId": inst_id_of(coin), "bar": "1Wutc", "limit": _PAGE}
        rows = self._ask("/api/v5/market/history-candles", question)
        return min((_bar(row)[0] for row in rows), default=0)

    def _ask(self, path: str, parameters: Mapping[str, Any]) -> list[Any]:
        request = Request(OFFICIAL_URL + path + "?" + urlencode(parameters), method="GET")
        body = public_answer(self._transport, request, path, timeout_s=self._timeout_s)
        if not isinstance(body, dict) or body.get("code") != "0" or not isinstance(body.get("data"), list):
            raise Malformed(f"public prices ({path}): expected code 0 and a list, got {str(body)[:120]}")
        rows: list[Any] = body["data"]
        return rows


def _bar(row: Any) -> tuple[int, Bar, bool]:
    """Opening minute, bar, and whether it is closed."""
    if not isinstance(row, list) or len(row) != _FIELDS:
        raise Malformed(f"public candle: expected a list of {_FIELDS}")
    opened, confirm = row[0], row[-1]
    if not isinstance(opened, str) or not opened.isdigit() or confirm not in ("0", "1"):
        raise Malformed(f"public candle: opening {opened!r}, confirm {confirm!r}; expected digits and 0 or 1")
    values = [public_number(row[place], name) for place, name in enumerate(("o", "h", "l", "c"), start=1)]
    values.append(public_number(row[6], "volCcy", is_volume=True))
    return int(opened) // MINUTE_MS, Bar(*values), confirm == "1"
