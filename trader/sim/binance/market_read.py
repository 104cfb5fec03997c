"""Prices and funding that anybody may read.

Rules: with a symbol the answer is one object, without it a list of all. Funding is settled by the model at
each interval of the UTC day; its past rates are the one that stands now, because a rate has no history here.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from trader.exchange.orders import Level
from trader.exchange.prices import MINUTE_MS
from trader.exchange.quotes import UNLIMITED
from trader.sim.binance.decimals import fixed, float_text, money
from trader.sim.binance.requests import Asked
from trader.sim.binance.symbols import QUOTE, places
from trader.sim.binance.venue import Venue

_DAY_MS = 86_400_000
_DEPTHS = (5, 10, 20, 50, 100, 500, 1000)


def ping(asked: Asked) -> Any:
    return {}


def server_time(asked: Asked) -> Any:
    return {"serverTime": asked.now_ms}


def _each(asked: Asked, row: Callable[[Venue, str], dict[str, Any]]) -> Any:
    rows = [row(asked.venue, coin) for coin in asked.coins()]
    return rows if asked.parameters.text("symbol") is None else rows[0]


def premium_index(asked: Asked) -> Any:
    return _each(asked, _premium)


def next_funding_ms(venue: Venue) -> int:
    interval = venue.model.rules.funding_interval_ms
    return venue.now_ms - venue.now_ms % interval + interval


def _premium(venue: Venue, coin: str) -> dict[str, Any]:
    quoted = venue.model.quote(coin)
    return {
        "symbol": coin + QUOTE,
        "markPrice": money(quoted.mark),
        "indexPrice": money(quoted.oracle),
        "estimatedSettlePrice": money(quoted.oracle),
        "lastFundingRate": money(venue.model.funding_rate(coin)),
        "interestRate": "0.00010000",
        "nextFundingTime": next_funding_ms(venue),
        "time": venue.now_ms,
    }


def funding_rate(asked: Asked) -> Any:
    """Settlements that have happened, ascending."""
    venue, parameters = asked.venue, asked.parameters
    start_ms, end_ms = parameters.integer("startTime"), parameters.integer("endTime")
    limit = parameters.limit(default=100, most=1000)
    interval = venue.model.rules.funding_interval_ms
    last = min(venue.now_ms, venue.now_ms if end_ms is None else end_ms) // interval * interval
    times: list[int] = []
    if start_ms is None:
        times = [last - interval * back for back in range(limit)][::-1]
    else:
        first = -(-start_ms // interval) * interval
        times = [first + interval * number for number in range(limit) if first + interval * number <= last]
    return [_settled(venue, coin, at_ms) for at_ms in times for coin in asked.coins()][:limit]


def _settled(venue: Venue, coin: str, at_ms: int) -> dict[str, Any]:
    price = venue.feed.span(coin, at_ms // MINUTE_MS, 1).open
    return {
        "symbol": coin + QUOTE,
        "fundingTime": at_ms,
        "fundingRate": money(venue.model.funding_rate(coin)),
        "markPrice": float_text(price, 8),
        "rateType": "Regular",
    }


def funding_info(asked: Asked) -> Any:
    """Symbols whose funding differs from the usual: none of eight hours."""
    venue = asked.venue
    hours = venue.model.rules.funding_interval_ms // 3_600_000
    rows = [
        {
            "symbol": coin + QUOTE,
            "adjustedFundingRateCap": "0.02000000",
            "adjustedFundingRateFloor": "-0.02000000",
            "fundingIntervalHours": hours,
            "disclaimer": False,
        }
        for coin in venue.symbols
    ]
    return [] if hours == 8 else rows


def ticker_price(asked: Asked) -> Any:
    return _each(asked, _price)


def _price(venue: Venue, coin: str) -> dict[str, Any]:
    tick = places(venue.market_of(coin).price_step)
    last = fixed(venue.model.quote(coin).last, max(tick, 2))
    return {"symbol": coin + QUOTE, "price": last, "time": venue.now_ms}


def _size(level: Level | None, unlimited: Decimal = UNLIMITED) -> Decimal:
    """A book without a limit shows as a thick one."""
    if level is None:
        return Decimal(0)
    return Decimal(1000) if level.sz == unlimited else level.sz


def book_ticker(asked: Asked) -> Any:
    return _each(asked, _touch)


def _touch(venue: Venue, coin: str) -> dict[str, Any]:
    market, quoted = venue.market_of(coin), venue.model.quote(coin)
    tick, step = places(market.price_step), places(market.size_step)
    bids, asks = venue.model.book(coin, 1)
    bid, ask = (side[0] if side else None for side in (bids, asks))
    return {
        "lastUpdateId": venue.now_ms,
        "symbol": coin + QUOTE,
        "bidPrice": fixed(quoted.bid if bid is None else bid.px, tick),
        "bidQty": fixed(_size(bid), step),
        "askPrice": fixed(quoted.ask if ask is None else ask.px, tick),
        "askQty": fixed(_size(ask), step),
        "time": venue.now_ms,
    }


def depth(asked: Asked) -> Any:
    venue, coin = asked.venue, asked.coin()
    limit = asked.parameters.limit(default=500, most=1000)
    market = venue.market_of(coin)
    tick, step = places(market.price_step), places(market.size_step)
    bids, asks = venue.model.book(coin, limit)

    def rows(levels: list[Level]) -> list[list[str]]:
        return [[fixed(level.px, tick), fixed(_size(level), step)] for level in levels]

    return {
        "lastUpdateId": venue.now_ms,
        "E": venue.now_ms,
        "T": venue.now_ms,
        "bids": rows(bids),
        "asks": rows(asks),
    }


def depth_weight(limit: int) -> int:
    return next((weight for most, weight in ((50, 2), (100, 5), (500, 10)) if limit <= most), 20)


def day_ticker(asked: Asked) -> Any:
    return _each(asked, _day)


def _day(venue: Venue, coin: str) -> dict[str, Any]:
    market = venue.market_of(coin)
    tick, step = places(market.price_step), places(market.size_step)
    now = venue.now_ms // MINUTE_MS
    bar = venue.feed.span(coin, now - 1_440, 1_440)
    last = float(venue.model.quote(coin).last)
    change = last - bar.open
    average = (bar.open + bar.high + bar.low + last) / 4
    return {
        "symbol": coin + QUOTE,
        "priceChange": float_text(change, max(tick, 2)),
        "priceChangePercent": float_text(change / bar.open * 100, 3),
        "weightedAvgPrice": float_text(average, max(tick, 2)),
        "lastPrice": float_text(last, max(tick, 2)),
        "lastQty": fixed(market.size_step, step),
        "openPrice": float_text(bar.open, max(tick, 2)),
        "highPrice": float_text(max(bar.high, last), max(tick, 2)),
        "lowPrice": float_text(min(bar.low, last), max(tick, 2)),
        "volume": float_text(bar.volume, step),
        "quoteVolume": float_text(bar.volume * average, 2),
        "openTime": venue.now_ms - _DAY_MS,
        "closeTime": venue.now_ms,
        "firstId": 1,
        "lastId": 2,
        "count": 1_440,
    }
