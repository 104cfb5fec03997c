"""Two caps on the book as a whole, of the account and of each strategy: what it loses, and how it swings.

Pure. The loss is that of everything filled and then stopped (stopped.py). The swing is gross exposure times
the volatility of one day times 2.33, as a fraction of equity: what a day exceeds once in a hundred, were it
normal and all coins one. The volatility is that of closed days in the candles already read, each day weighing
0.94 of the next. A strategy answers for what its ids opened and for the coin it is about to enter.

A coin of the file needs seven daily returns, or nothing is entered. One that is held or rests beside the file
has no candles: it counts with the highest volatility of those that have, and the refusal says so. Refusing
for it would let any position by hand switch the strategies off.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from math import log, sqrt

from trader.core.actions import Enter, Rest
from trader.core.candles import DAY_MS, Candles
from trader.core.orders import Unreadable
from trader.core.policy import VOLATILITY_RETURNS
from trader.core.text import percent, plural
from trader.rules.book import Book
from trader.rules.stopped import Part, part_of, parts_of

DECAY = 0.94
ONE_IN_A_HUNDRED = 2.33


def account_loss(entry: Enter | Rest, book: Book) -> str | None:
    limit = book.policy.limits.book.loss_at_stops_max
    return None if limit is None else _loss(_with(entry, book), limit, "limits.loss_at_stops_max")


def strategy_loss(entry: Enter | Rest, book: Book) -> str | None:
    limit = book.policy.limits.strategy_book.loss_at_stops_max
    name = "limits.strategy_loss_at_stops_max"
    return None if limit is None else _loss(_of_its_strategy(entry, book), limit, name)


def account_volatility(entry: Enter | Rest, book: Book) -> str | None:
    limit = book.policy.limits.book.risk_volatility_max
    return None if limit is None else _swing(_with(entry, book), book, limit, "limits.risk_volatility_max")


def strategy_volatility(entry: Enter | Rest, book: Book) -> str | None:
    limit = book.policy.limits.strategy_book.risk_volatility_max
    name = "limits.strategy_risk_volatility_max"
    return None if limit is None else _swing(_of_its_strategy(entry, book), book, limit, name)


def _with(entry: Enter | Rest, book: Book) -> list[Part]:
    return [*parts_of(book), part_of(entry, book)]


def _of_its_strategy(entry: Enter | Rest, book: Book) -> list[Part]:
    number = book.policy.markets[entry.coin].strategy_number
    return [part for part in _with(entry, book) if part.strategy == number]


def _loss(parts: Sequence[Part], limit: Decimal, name: str) -> str | None:
    lost = sum((p.loss for p in parts), Decimal(0))
    if lost <= limit:
        return None
    return f"if everything fills and then stops, {lost:.2f} USD are lost, above {name} {limit}"


def _swing(parts: Sequence[Part], book: Book, limit: float, name: str) -> str | None:
    equity, known = float(book.snapshot.holdings.account.equity), _volatilities(book)
    if isinstance(known, str):
        return known
    if equity <= 0:
        return f"an equity of {equity:.2f} USD bears no swing"
    highest = max(known.values())
    swing = sum(float(p.notional) * known.get(p.coin, highest) for p in parts) * ONE_IN_A_HUNDRED / equity
    if swing <= limit:
        return None
    guessed = sorted({p.coin for p in parts} - known.keys())
    counted = f" ({', '.join(guessed)} counted with the highest volatility known)" if guessed else ""
    return f"a bad day would swing equity by {percent(swing)}{counted}, above {name} {percent(limit)}"


def _volatilities(book: Book) -> dict[str, float] | str:
    """The volatility of a day of each coin of the file, or why one is not known."""
    found: dict[str, float] = {}
    for coin in sorted(book.policy.markets):
        view = book.snapshot.markets.get(coin)
        if view is None:
            continue
        if isinstance(view.candles, Unreadable):
            return f"{coin}: its volatility is not known: {view.candles.what}: {view.candles.why}"
        returns = daily_returns(view.candles)
        lacking = VOLATILITY_RETURNS - len(returns)
        if lacking > 0:
            return (
                f"{coin}: its volatility is not known: {plural(lacking, 'closed day')} more of candles "
                "needed; wait so long, or take it out of the file"
            )
        found[coin] = volatility(returns)
    return found


def daily_returns(candles: Candles) -> list[float]:
    """Returns between the closes of days (00:00 UTC) that follow each other, oldest first."""
    closes = [
        (open_ms + candles.frame_ms, close)
        for open_ms, close in zip(candles.open_ms, candles.close, strict=True)
        if (open_ms + candles.frame_ms) % DAY_MS == 0 and close > 0
    ]
    pairs = pairwise(closes)
    return [log(after / before) for (then, before), (at, after) in pairs if at - then == DAY_MS]


def volatility(returns: Sequence[float]) -> float:
    """Of one day: the root of the mean of squares in which the newest weighs most."""
    weights = [DECAY**age for age in range(len(returns))][::-1]
    squares = sum(weight * found * found for weight, found in zip(weights, returns, strict=True))
    return sqrt(squares / sum(weights))
