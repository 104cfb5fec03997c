"""No entry on prices that cannot be right, are old, or would make it dear to fill or to hold.

Each rule answers None or why not; want.py asks `doubt_in` before a strategy sees a price at all.
"""

from decimal import Decimal

from trader.core.actions import Enter, Rest
from trader.core.candles import DAY_MS, last_closed_ms
from trader.core.market import exact
from trader.core.orders import Unreadable
from trader.core.snapshot import Quote
from trader.core.text import percent, utc
from trader.rules.book import Book, worst_price

PRICE_GAP_MAX = Decimal("0.1")  # beyond this mark and oracle, or mark and book, cannot both be right


def doubt_in(quote: Quote) -> str | None:
    """Why no decision may rest on these prices."""
    if quote.mark <= 0 or quote.oracle <= 0:
        return f"mark {quote.mark} and oracle {quote.oracle} are not both prices"
    if quote.bid is None or quote.ask is None:
        return "one side of the book is empty"
    if quote.bid <= 0:
        return f"bid {quote.bid} is no price"
    if quote.bid >= quote.ask:
        return f"bid {quote.bid} is not below ask {quote.ask}"
    if abs(quote.mark - quote.oracle) > PRICE_GAP_MAX * quote.oracle:
        return f"mark {quote.mark} and oracle {quote.oracle} are too far apart"
    if quote.mark < quote.bid * (1 - PRICE_GAP_MAX) or quote.mark > quote.ask * (1 + PRICE_GAP_MAX):
        return f"mark {quote.mark} is too far from bid {quote.bid} and ask {quote.ask}"
    return None


def prices(entry: Enter | Rest, book: Book) -> str | None:
    quote = book.view(entry.coin).quote
    if isinstance(quote, Unreadable):
        return f"prices could not be read: {quote.why}"
    return doubt_in(quote)


def stale(entry: Enter | Rest, book: Book) -> str | None:
    """The last closed bar is the one that must be there by now, and funding that was due has been paid."""
    view, now_ms = book.view(entry.coin), book.snapshot.venue_ms
    if isinstance(view.candles, Unreadable):
        return f"bars could not be read: {view.candles.why}"
    expected_ms = last_closed_ms(now_ms, book.policy.markets[entry.coin].frame_ms)
    if view.candles.open_ms[-1:] != (expected_ms,):
        found = utc(view.candles.open_ms[-1]) if view.candles.open_ms else "none"
        return f"the last closed bar is that of {found}, expected is that of {utc(expected_ms)}"
    due_ms = None if isinstance(view.quote, Unreadable) else view.quote.funding_next_ms
    age_ms = 0 if due_ms is None else now_ms - due_ms
    limit_ms = book.policy.limits.data_age_max_ms
    if age_ms <= limit_ms:
        return None
    return (
        f"prices are older than the funding due {age_ms / 1000:.0f} s ago, limits.data_age_max_s is "
        f"{limit_ms / 1000:g}"
    )


def market_deviation(entry: Enter | Rest, book: Book) -> str | None:
    """How far from mark an entry at once may fill."""
    return _deviation(entry, book, book.policy.limits.market_deviation_max, "limits.market_deviation_max")


def limit_deviation(entry: Enter | Rest, book: Book) -> str | None:
    """How far from mark an entry may wait."""
    return _deviation(entry, book, book.policy.limits.limit_deviation_max, "limits.limit_deviation_max")


def _deviation(entry: Enter | Rest, book: Book, limit: float | None, name: str) -> str | None:
    quote, price = book.view(entry.coin).quote, worst_price(entry)
    if limit is None or isinstance(quote, Unreadable) or abs(price - quote.mark) <= exact(limit) * quote.mark:
        return None
    off = percent(abs(price - quote.mark) / quote.mark)
    return f"its price {price} is {off} from mark {quote.mark}, {name} is {limit}"


def funding_day(entry: Enter | Rest, book: Book) -> str | None:
    """What this side pays a day at the present rate; a rate that is not known is too high."""
    limit, quote = book.policy.limits.funding_day_max, book.view(entry.coin).quote
    if limit is None:
        return None
    if isinstance(quote, Unreadable) or not quote.funding_interval_ms:
        return "the funding rate and its interval were not told, and limits.funding_day_max is set"
    paid = quote.funding_rate * entry.leg.sign * DAY_MS / quote.funding_interval_ms
    if paid <= exact(limit):
        return None
    return (
        f"a {entry.leg.value} pays {percent(paid)} of itself a day at the present funding rate "
        f"{quote.funding_rate}, limits.funding_day_max is {limit}"
    )
