"""Prices of a coin from two answers: mark, index and funding in the one, the best bid and ask in the other.

A price that is zero, missing or not a number makes the quote malformed, and so does a best bid above the best
ask, or a mark that is older than a minute: the venue makes a new one every second. An empty side of the book
is told as a zero and is none.
"""

from decimal import Decimal

from trader.core.candles import HOUR_MS, MINUTE_MS
from trader.core.errors import Malformed
from trader.core.snapshot import Quote
from trader.venues import strict
from trader.venues.strict import Row

MARK_AGE_MAX_MS = MINUTE_MS


def quote(marks: object, books: object, *, symbol: str, venue_ms: int, funding_hours: int | None) -> Quote:
    mark = _row_of(marks, symbol, "premiumIndex")
    book = _row_of(books, symbol, "bookTicker")
    where = f"premiumIndex of {symbol}"
    at_ms = strict.moment(mark, "time", where)
    if venue_ms - at_ms > MARK_AGE_MAX_MS:
        raise Malformed(f"{where}: its mark is of {at_ms}, {(venue_ms - at_ms) / 1000:.0f} s ago")
    bid, ask = _side(book, "bidPrice", symbol), _side(book, "askPrice", symbol)
    if bid is not None and ask is not None and bid > ask:
        raise Malformed(f"bookTicker of {symbol}: the bid {bid} is above the ask {ask}")
    return Quote(
        mark=strict.positive(mark, "markPrice", where),
        oracle=strict.positive(mark, "indexPrice", where),
        bid=bid,
        ask=ask,
        funding_rate=strict.amount(mark, "lastFundingRate", where),
        funding_next_ms=_next_funding(mark, where),
        funding_interval_ms=None if funding_hours is None else funding_hours * HOUR_MS,
    )


def _row_of(value: object, symbol: str, what: str) -> Row:
    """The symbol's row, of an answer about it or about all of them."""
    for row, place in strict.rows(value if isinstance(value, list) else [value], what):
        if strict.text(row, "symbol", place) == symbol:
            return row
    raise Malformed(f"{what}: the answer is not about {symbol}")


def _side(row: Row, key: str, symbol: str) -> Decimal | None:
    return strict.not_negative(row, key, f"bookTicker of {symbol}") or None


def _next_funding(row: Row, where: str) -> int | None:
    """When the rate is due; 0 where there is no funding."""
    return (
        strict.moment(row, "nextFundingTime", where) if strict.field(row, "nextFundingTime", where) else None
    )
