"""`/info` about markets: rules, prices, books, candles, funding rates, and the venue's own state.

Rules: each function takes the venue and the parsed body and returns JSON, or Raw bytes where encoding
again would cost too much. A coin nobody knows is `null` where the venue says so, else HTTP 500.
"""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from trader.core.frozen import frozen
from trader.exchange.orders import Level
from trader.exchange.prices import MINUTE_MS
from trader.exchange.rules import Market
from trader.sim.hyperliquid.candles import INTERVALS
from trader.sim.hyperliquid.decimals import float_text, text
from trader.sim.hyperliquid.parsing import Unparsable, member, optional
from trader.sim.hyperliquid.venue import Venue

Body = Mapping[str, Any]
HOUR_MS = 3_600_000
ROWS_MAX = 500
_DAY_MINUTES = 1_440
_USDC = {
    "name": "USDC",
    "szDecimals": 8,
    "weiDecimals": 8,
    "index": 0,
    "tokenId": "0x6d1e7cde53ba9467b783cb7c530ce054",
    "isCanonical": True,
    "evmContract": None,
    "fullName": None,
    "deployerTradingFeeShare": "0.0",
}


@frozen
class Raw:
    """A body that is encoded already, and how many rows it has."""

    body: bytes
    rows: int


class ServerFault(Exception):
    """The venue answers HTTP 500 with the body `null`."""


def market_named(venue: Venue, coin: str) -> Market:
    market = venue.model.market(coin)
    if market is None:
        raise ServerFault(coin)
    return market


def _universe_row(market: Market) -> dict[str, Any]:
    row: dict[str, Any] = {
        "szDecimals": market.size_decimals,
        "name": market.coin,
        "maxLeverage": market.max_leverage,
        "marginTableId": market.margin_table,
    }
    if market.only_isolated:
        row["onlyIsolated"] = True
    if market.is_delisted:
        row["isDelisted"] = True
    return row


def _margin_tables(venue: Venue) -> list[Any]:
    tables = {}
    for market in venue.model.markets:
        tiers = [{"lowerBound": text(t.lower_bound), "maxLeverage": t.max_leverage} for t in market.tiers]
        name = "" if len(tiers) == 1 else f"tiered {market.max_leverage}x"
        tables[market.margin_table] = {"description": name, "marginTiers": tiers}
    return [[number, table] for number, table in sorted(tables.items())]


def meta(venue: Venue, body: Body) -> Any:
    return {
        "universe": [_universe_row(market) for market in venue.model.markets],
        "marginTables": _margin_tables(venue),
        "collateralToken": 0,
    }


def meta_and_asset_ctxs(venue: Venue, body: Body) -> Any:
    return [meta(venue, body), [_asset_ctx(venue, market) for market in venue.model.markets]]


def _asset_ctx(venue: Venue, market: Market) -> dict[str, Any]:
    quote = venue.model.quote(market.coin)
    now = venue.now_ms // MINUTE_MS
    day = venue.feed.span(market.coin, now - _DAY_MINUTES, _DAY_MINUTES)
    volume = Decimal(f"{day.volume:.{market.size_decimals}f}")
    prices = market.price_decimals
    is_listed = not market.is_delisted
    return {
        "funding": text(venue.model.funding_rate(market.coin)),
        "openInterest": text(volume / 10),
        "prevDayPx": float_text(day.open, prices),
        "dayNtlVlm": text((volume * quote.oracle).quantize(Decimal("0.000001"))),
        "premium": text(_premium(quote.mid, quote.oracle)) if is_listed else None,
        "oraclePx": text(quote.oracle),
        "markPx": text(quote.mark),
        "midPx": text(quote.mid) if is_listed else None,
        "impactPxs": [text(quote.bid), text(quote.ask)] if is_listed else None,
        "dayBaseVlm": text(volume),
    }


def _premium(mid: Decimal, oracle: Decimal) -> Decimal:
    return ((mid - oracle) / oracle).quantize(Decimal("0.0000000001")) if oracle else Decimal(0)


def all_mids(venue: Venue, body: Body) -> Any:
    return {market.coin: text(venue.model.quote(market.coin).mid) for market in venue.model.markets}


def l2_book(venue: Venue, body: Body) -> Any:
    coin = member(body, "coin", str)
    figures, mantissa = optional(body, "nSigFigs", int), optional(body, "mantissa", int)
    if (figures is not None and figures not in (2, 3, 4, 5)) or (mantissa is not None and figures != 5):
        raise ServerFault("nSigFigs")
    if venue.model.market(coin) is None:
        return None
    bids, asks = venue.model.book(coin)
    if figures is not None:
        bids = _coarse(bids, figures, mantissa or 1, ROUND_FLOOR)
        asks = _coarse(asks, figures, mantissa or 1, ROUND_CEILING)
    return {"coin": coin, "time": venue.now_ms, "levels": [_levels(bids), _levels(asks)]}


def _levels(levels: list[Level]) -> list[dict[str, Any]]:
    return [{"px": text(level.px), "sz": text(level.sz), "n": 1} for level in levels]


def _coarse(levels: list[Level], figures: int, mantissa: int, rounding: str) -> list[Level]:
    """Levels merged at so many significant figures; bids rounded down, asks up."""
    merged: dict[Decimal, Decimal] = {}
    for level in levels:
        step = Decimal(1).scaleb(level.px.adjusted() + 1 - figures) * mantissa
        px = (level.px / step).to_integral_value(rounding=rounding) * step
        merged[px] = merged.get(px, Decimal(0)) + level.sz
    return [Level(px, sz) for px, sz in merged.items()]


def candle_snapshot(venue: Venue, body: Body) -> Raw:
    request = member(body, "req", Mapping)
    coin, interval = member(request, "coin", str), member(request, "interval", str)
    start_ms, end_ms = member(request, "startTime", int), optional(request, "endTime", int)
    if interval not in INTERVALS:
        raise Unparsable(f"unknown variant `{interval}` for field `interval`")
    market_named(venue, coin)
    rows = venue.candles.snapshot(venue.model, coin, interval, start_ms=start_ms, end_ms=end_ms)
    return Raw(b"[" + b",".join(rows) + b"]", len(rows))


def funding_history(venue: Venue, body: Body) -> Any:
    """Hourly rates; the model keeps the rate of now, which stands for the past as well."""
    coin = member(body, "coin", str)
    start_ms, end_ms = member(body, "startTime", int), optional(body, "endTime", int)
    market_named(venue, coin)
    last = min(venue.now_ms, end_ms) if end_ms is not None else venue.now_ms
    first = -(-max(start_ms, 0) // HOUR_MS) * HOUR_MS
    rate = text(venue.model.funding_rate(coin))
    hours = range(first, last + 1, HOUR_MS)[:ROWS_MAX]
    return [{"coin": coin, "fundingRate": rate, "premium": "0.0", "time": hour} for hour in hours]


def exchange_status(venue: Venue, body: Body) -> Any:
    return {"time": venue.now_ms, "specialStatuses": venue.special_status}


def perp_dexs(venue: Venue, body: Body) -> Any:
    return [None]


def spot_meta(venue: Venue, body: Body) -> Any:
    return {"universe": [], "tokens": [_USDC]}


def spot_meta_and_asset_ctxs(venue: Venue, body: Body) -> Any:
    return [spot_meta(venue, body), []]


def max_market_order_ntls(venue: Venue, body: Body) -> Any:
    return [[25, "30000000.0"], [20, "5000000.0"], [10, "2000000.0"], [1, "500000.0"]]


def perps_at_open_interest_cap(venue: Venue, body: Body) -> Any:
    return []
