"""Hyperliquid's public candles and mids as a feed; the venue keeps only 5,000 candles of each interval.

Rules: nothing but reads is ever sent. A price that is no finite number above zero was not understood.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from trader.core.errors import Malformed
from trader.core.ports import Clock
from trader.core.wire import Request, Transport
from trader.exchange.prices import MINUTE_MS, Bar
from trader.sim.hyperliquid.candles import CANDLES_MAX, MINUTES_OF
from trader.sim.public_bars import PublicBars, public_answer, public_number

OFFICIAL_URL = "https://api.hyperliquid.xyz"
_HEADERS = (("Content-Type", "application/json"),)


class VenuePublicFeed(PublicBars):
    """Public prices of some coins."""

    def __init__(
        self, transport: Transport, clock: Clock, coins: Sequence[str], *, timeout_s: float = 10
    ) -> None:
        super().__init__(PublicReads(transport, clock, timeout_s=timeout_s), clock, coins)


class PublicReads:
    """Asks for candles and mids; fulfils PublicSource."""

    minutes_of: Mapping[str, int] = MINUTES_OF
    # 5,000 of these are 416 days.
    coarse = "2h"
    keeps = CANDLES_MAX

    def __init__(self, transport: Transport, clock: Clock, *, timeout_s: float) -> None:
        self._transport = transport
        self._clock = clock
        self._timeout_s = timeout_s

    def candles(self, coin: str, interval: str, first: int, last: int) -> list[tuple[int, Bar]]:
        rows = _rows(self._ask(_candle_request(coin, interval, first * MINUTE_MS, last * MINUTE_MS)))
        return [
            (_integer(row, "t") // MINUTE_MS, Bar(*(_number(row, name) for name in "ohlcv"))) for row in rows
        ]

    def prices(self, coins: Sequence[str]) -> Mapping[str, float]:
        mids = self._ask({"type": "allMids"})
        if not isinstance(mids, dict):
            raise Malformed("allMids: expected an object of prices by coin")
        return {name: _number(mids, name) for name in coins}

    def begin(self, coin: str) -> int:
        rows = self._ask(_candle_request(coin, "1w", 0, self._clock.now_ms()))
        return min((_integer(row, "t") for row in _rows(rows)), default=0) // MINUTE_MS

    def _ask(self, body: dict[str, Any]) -> Any:
        request = Request(OFFICIAL_URL + "/info", json.dumps(body).encode(), headers=_HEADERS)
        return public_answer(self._transport, request, body["type"], timeout_s=self._timeout_s)


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
    return public_number(value, name, is_volume=name == "v")
