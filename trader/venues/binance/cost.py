"""What readings take of the weight that an address may use in a minute, known before they are made.

A quiet tick asks two rounds, in a process that knows nothing yet; its weight is that of its questions. Pages
beyond the first, of fills and of orders, are not known beforehand, and few accounts have any.
"""

from collections.abc import Collection, Iterator

from trader.core.access import Toll
from trader.core.ports import Scope
from trader.venues.binance import asking, finding
from trader.venues.binance.observation import bar_questions, price_questions
from trader.venues.binance.past import PastReader
from trader.venues.binance.signing import Question
from trader.venues.binance.trades import TradeReader, span_of
from trader.venues.binance.used_weight import RateLimits

_NOW_MS = 1_700_000_000_000  # any moment: the weights are those of every other


def weight_of_scope(scope: Scope, coins: Collection[str]) -> int:
    """Of the first observation of a process; `coins` are those of the file, whose fills are always read."""
    return sum(question.weight for question in _questions(scope, coins))


def weight_of_history(coins: Collection[str]) -> int:
    """Of one page of each coin's two lists."""
    both = (asking.all_orders, asking.all_algo_orders)
    return sum(ask(coin, since_ms=None).weight for coin in coins for ask in both)


def tolls(scope: Scope, coins: Collection[str]) -> tuple[Toll, ...]:
    """What an observation takes of the venue's limits."""
    return (Toll("points of weight", weight_of_scope(scope, coins), RateLimits().weight, 60),)


def _questions(scope: Scope, coins: Collection[str]) -> Iterator[Question]:
    yield from (asking.TIME, asking.open_orders(), asking.open_algo_orders(), asking.BALANCE)
    yield from (asking.COIN_SETTINGS, asking.ACCOUNT_SETTINGS, asking.RULES, asking.TIERS)
    if scope.candles:
        yield from (asking.FUNDING_INTERVALS, asking.fee_rates(scope.candles[0].coin))
        yield from price_questions(scope).values()
    for need in scope.candles:
        yield from bar_questions(need, _NOW_MS).values()
    yield from PastReader().questions(scope.past_ms, now_ms=_NOW_MS).values()
    yield from finding.questions(scope.lookups).values()
    yield from (asking.TIME, asking.ACCOUNT, asking.POSITIONS)
    span = span_of(coins, now_ms=_NOW_MS, back_ms=scope.fills_back_ms)
    yield from TradeReader(lambda _: [], 0).questions(span).values()
