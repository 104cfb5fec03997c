"""Prices of an instant: the path plus each coin's offsets, and the synthetic book around mid.

The book is the only counterparty: users never trade with each other. It is never crossed: ask is at least
one tick above bid.
"""

from decimal import Decimal

from trader.exchange.engine import Engine
from trader.exchange.orders import Level, Quote
from trader.exchange.rules import Market, ceil_tick, floor_lot, floor_tick, price_step_at
from trader.exchange.state import CoinState

BPS = Decimal(10_000)
UNLIMITED = Decimal(1_000_000)


def rounded(market: Market, raw: float) -> Decimal:
    """A path price as money: the market's decimals, never 0 or below."""
    return max(Decimal(f"{raw:.{market.price_decimals}f}"), market.price_step)


def quote_at(engine: Engine, coin: str, at_ms: int) -> Quote:
    """All prices of one coin at an instant that the walk has reached or is looking at. The last answer is
    kept while nothing changes: one instant is asked about many times."""
    seen = engine.quotes_seen.get(coin)
    if seen is not None and seen[0] == at_ms and seen[1] == engine.state.revision:
        return seen[2]
    quoted = _quoted(engine, coin, at_ms)
    engine.quotes_seen[coin] = (at_ms, engine.state.revision, quoted)
    return quoted


def _quoted(engine: Engine, coin: str, at_ms: int) -> Quote:
    market = engine.markets[coin]
    settings = engine.coin(coin)
    last = rounded(market, engine.path(coin, at_ms))
    mark = max(last + settings.mark_offset, market.price_step)
    mid = max(last + settings.mid_offset, market.price_step)
    oracle = max(last + settings.oracle_offset, market.price_step)
    bid, ask = touch_at(engine, coin, mid)
    return Quote(coin, at_ms, bid, ask, mid, mark, oracle, last)


def offset_of(settings: CoinState, source: str) -> Decimal:
    """How far the price that fires a trigger stands from the path; the last price is the path."""
    if source == "last":
        return Decimal(0)
    return settings.oracle_offset if source == "index" else settings.mark_offset


def source_price(quoted: Quote, source: str) -> Decimal:
    """The price that fires a trigger."""
    if source == "last":
        return quoted.last
    return quoted.oracle if source == "index" else quoted.mark


def worst_price(engine: Engine, coin: str, *, is_buy: bool) -> Decimal:
    """How far an order at market without a bound of its own may trade now."""
    market, now = engine.markets[coin], mark(engine, coin)
    if is_buy:
        return floor_tick(market, now * (1 + market.market_band))
    return max(ceil_tick(market, now * (1 - market.market_band)), market.price_step)


def touch_at(engine: Engine, coin: str, mid: Decimal) -> tuple[Decimal, Decimal]:
    """Best bid and ask around a mid price."""
    market = engine.markets[coin]
    half = mid * engine.coin(coin).spread_bps / (2 * BPS)
    bid = max(floor_tick(market, mid - half), market.price_step)
    ask = ceil_tick(market, mid + half)
    if ask <= bid:
        ask = bid + price_step_at(market, bid)
    return bid, ask


def quote(engine: Engine, coin: str) -> Quote:
    """All prices of one coin now."""
    return quote_at(engine, coin, engine.state.now_ms)


def mark_at(engine: Engine, coin: str, at_ms: int) -> Decimal:
    """The mark alone, for the many questions that need nothing else; the last answer is kept as well."""
    seen = engine.marks_seen.get(coin)
    if seen is not None and seen[0] == at_ms and seen[1] == engine.state.revision:
        return seen[2]
    market = engine.markets[coin]
    last = rounded(market, engine.path(coin, at_ms))
    found = max(last + engine.coin(coin).mark_offset, market.price_step)
    engine.marks_seen[coin] = (at_ms, engine.state.revision, found)
    return found


def mark(engine: Engine, coin: str) -> Decimal:
    """The mark now."""
    return mark_at(engine, coin, engine.state.now_ms)


def side_of_book(engine: Engine, quoted: Quote, *, is_ask: bool, levels_max: int = 20) -> list[Level]:
    """The levels an incoming order meets, best first; a level without limit shows as UNLIMITED."""
    market = engine.markets[quoted.coin]
    liquidity = engine.coin(quoted.coin).liquidity
    size = UNLIMITED if liquidity.size is None else floor_lot(market, liquidity.size)
    if size <= 0:
        return []
    best = quoted.ask if is_ask else quoted.bid
    levels: list[Level] = []
    for number in range(min(liquidity.levels, levels_max)):
        away = best * liquidity.step_bps * number / BPS
        px = ceil_tick(market, best + away) if is_ask else floor_tick(market, best - away)
        if px > 0:
            levels.append(Level(px, size))
    return levels
