"""Public endpoints about prices: candles, tickers and the book."""

import json

from trader.exchange.orders import Level
from trader.exchange.prices import MINUTE_MS
from trader.exchange.rules import Market
from trader.sim.okx.calls import Call, Raw, Row
from trader.sim.okx.candles import NEWEST_MAX, day_open
from trader.sim.okx.contracts import contracts_of, inst_id_of, market_of, size_text
from trader.sim.okx.numbers import float_text, text
from trader.sim.okx.refusals import Refusal
from trader.sim.wire import json_bytes

_DAY_MINUTES = 1_440
_ROWS_MAX = 300
_MARK_ROWS_MAX = 100


def candles(call: Call) -> Raw:
    """The newest bars."""
    return _candles(call, bars_max=NEWEST_MAX)


def history_candles(call: Call) -> Raw:
    """Bars of any age."""
    return _candles(call, bars_max=None)


def mark_candles(call: Call) -> Raw:
    """The newest bars of mark, which is where the price is."""
    return _marks(_candles(call, bars_max=NEWEST_MAX, rows_max=_MARK_ROWS_MAX))


def history_mark_candles(call: Call) -> Raw:
    """Bars of mark of any age."""
    return _marks(_candles(call, bars_max=None, rows_max=_MARK_ROWS_MAX))


def _marks(candles: Raw) -> Raw:
    """The same without volumes: time, four prices, and whether the bar is closed."""
    rows = [json.loads(row) for row in candles.rows]
    return Raw([json_bytes([*row[:5], row[8]]) for row in rows])


def _candles(call: Call, *, bars_max: int | None, rows_max: int = _ROWS_MAX) -> Raw:
    params = call.params
    market = market_of(call.model, params.required("instId"))
    try:
        rows = call.venue.candles.rows(
            call.model,
            market,
            params.text("bar", "1m"),
            after_ms=params.integer("after"),
            before_ms=params.integer("before"),
            limit=params.limit(most=rows_max),
            bars_max=bars_max,
        )
    except KeyError as error:
        raise Refusal("51000", "bar") from error
    return Raw(rows)


def ticker(call: Call) -> list[Row]:
    return [_ticker(call, market_of(call.model, call.params.required("instId")))]


def tickers(call: Call) -> list[Row]:
    call.params.required("instType")
    return [_ticker(call, market) for market in call.model.markets]


def _ticker(call: Call, market: Market) -> Row:
    quote, coin = call.model.quote(market.coin), market.coin
    now = call.now_ms // MINUTE_MS
    day = call.venue.feed.span(coin, now - _DAY_MINUTES, _DAY_MINUTES)
    bids, asks = call.model.book(coin, 1)
    px = market.price_decimals
    return {
        "instType": "SWAP",
        "instId": inst_id_of(coin),
        "last": text(quote.last),
        "lastSz": size_text(market, market.size_step),
        "askPx": text(quote.ask) if asks else "",
        "askSz": size_text(market, asks[0].sz) if asks else "",
        "bidPx": text(quote.bid) if bids else "",
        "bidSz": size_text(market, bids[0].sz) if bids else "",
        "open24h": float_text(day.open, px),
        "high24h": float_text(day.high, px),
        "low24h": float_text(day.low, px),
        "volCcy24h": float_text(day.volume, 4),
        "vol24h": float_text(day.volume / float(market.contract), 2),
        "sodUtc0": float_text(day_open(call.venue.feed, coin, call.now_ms, east=False), px),
        "sodUtc8": float_text(day_open(call.venue.feed, coin, call.now_ms, east=True), px),
        "ts": str(call.now_ms),
    }


def index_tickers(call: Call) -> list[Row]:
    """The index that a swap follows, by the name of its pair."""
    pair = call.params.required("instId")
    market = market_of(call.model, f"{pair}-SWAP")
    row = _ticker(call, market)
    shared = ("open24h", "high24h", "low24h", "sodUtc0", "sodUtc8", "ts")
    index = text(call.model.quote(market.coin).oracle)
    return [{"instId": pair, "idxPx": index} | {key: row[key] for key in shared}]


def books(call: Call) -> list[Row]:
    """Levels of [price, contracts, "0", orders]."""
    market = market_of(call.model, call.params.required("instId"))
    depth = min(400, call.params.integer("sz") or 1)
    bids, asks = call.model.book(market.coin, depth)
    return [
        {
            "asks": [_level(market, level) for level in asks],
            "bids": [_level(market, level) for level in bids],
            "ts": str(call.now_ms),
            "seqId": call.now_ms,
        }
    ]


def _level(market: Market, level: Level) -> list[str]:
    return [text(level.px), text(contracts_of(market, level.sz)), "0", "1"]
