"""Where each venue keeps its past, and how gently it is asked.

Rules: a quarter of a venue's request limit at most, because a trader may work behind the same address. What a
venue does not keep is refused here with the reason, before anything is asked.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from trader.core.candles import DAY_MS, HOUR_MS, MINUTE_MS
from trader.core.errors import ConfigError
from trader.core.ports import Clock
from trader.parts import parts_of
from trader.venues.history import Archive, History, Kind, Shelf
from trader.venues.transport import HttpTransport

FRAMES: Mapping[str, int] = MappingProxyType(
    {
        **{f"{count}m": count * MINUTE_MS for count in (1, 3, 5, 15, 30)},
        **{f"{count}h": count * HOUR_MS for count in (1, 2, 4, 12)},
        "1d": DAY_MS,
    }
)
KINDS: tuple[Kind, ...] = ("candles", "mark", "funding")
_SWAPS: Mapping[str, Any] = MappingProxyType({"fetchMarkets": {"types": ["swap"]}, "fetchCurrencies": False})
_MARK = MappingProxyType({"price": "mark"})
# A page of funding is measured in hours: where it is paid each hour, one row is an hour.
ARCHIVES: Mapping[str, Archive] = MappingProxyType(
    {
        # 2,400 weight a minute; a page of 1,000 candles weighs 5. Funding: 500 requests in 5 minutes.
        "binance": Archive(
            "binanceusdm",
            "{coin}/USDT:USDT",
            MappingProxyType({"fetchCurrencies": False, "fetchMargins": False}),
            MappingProxyType(
                {
                    "candles": Shelf(1_000, 0.5, is_bounded=False),
                    "mark": Shelf(1_000, 0.5, _MARK, is_bounded=False),
                    "funding": Shelf(1_000, 2.4, is_bounded=False),
                }
            ),
        ),
        # 20 requests in 2 seconds for old candles, 10 for old marks and funding.
        "okx": Archive(
            "okx",
            "{coin}/USDT:USDT",
            _SWAPS,
            MappingProxyType(
                {
                    "candles": Shelf(100, 0.4),
                    "mark": Shelf(100, 0.8, _MARK),
                    "funding": Shelf(100, 0.8, MappingProxyType({"after": ""})),
                }
            ),
        ),
        # 1,200 weight a minute; a page weighs 20, and 1 for each 60 candles or 20 payments.
        "hyperliquid": Archive(
            "hyperliquid",
            "{coin}/USDC:USDC",
            _SWAPS,
            MappingProxyType({"candles": Shelf(500, 6.0), "funding": Shelf(500, 9.0)}),
        ),
    }
)


def history_of(venue: str, clock: Clock, *, coin: str, kind: Kind, frame: str, url: str | None) -> History:
    """The series; `url` leads to an embedded exchange on this machine instead."""
    archive = ARCHIVES[venue]
    if kind not in archive.shelves:
        has = ", ".join(archive.shelves)
        raise ConfigError(f"{venue} keeps no {kind} of the past; it has {has}: take it from another venue")
    official = parts_of(venue).base_url(practice=False, region="global")
    host = urlsplit(official).netloc
    reroute = {} if url is None else {official: url}
    transport = HttpTransport((host,), reroute=reroute, body_bytes_max=64 * 1024 * 1024)
    page_ms = archive.shelves[kind].rows * (HOUR_MS if kind == "funding" else FRAMES[frame])
    return History(archive, transport, clock, coin=coin, kind=kind, frame=frame, page_ms=page_ms)
