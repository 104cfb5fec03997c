"""What became of our recent orders, from the lists of both books: a stop that was rejected when it was
triggered, that expired with its position or that somebody cancelled stands in them as such.

The venue keeps an order that ended without a fill for three days, others for ninety; the lists are served by
coin and reach back seven days.
"""

from trader.core.orders import Found, Unreadable
from trader.venues import strict
from trader.venues.binance import asking, parse_orders
from trader.venues.binance.failures import is_no_such_symbol, read
from trader.venues.binance.lookups import latest
from trader.venues.binance.parse_orders import Algo
from trader.venues.binance.rounds import Rounds


def history(rounds: Rounds) -> tuple[Found, ...] | Unreadable:
    """The latest known state of each order of the coins that are known, newest first."""
    coins = sorted(rounds.coins)
    asked = [
        question for coin in coins for question in (asking.all_orders(coin), asking.all_algo_orders(coin))
    ]
    answers = rounds.exchange(asked)
    plain: list[Found] = []
    algo: list[Algo] = []
    for i, coin in enumerate(coins):
        if is_no_such_symbol(answers[2 * i]):
            continue
        plains = read(answers[2 * i], f"allOrders of {coin}", _plains)
        algos = read(answers[2 * i + 1], f"allAlgoOrders of {coin}", _algos)
        if isinstance(plains, Unreadable):
            return plains
        if isinstance(algos, Unreadable):
            return algos
        plain, algo = [*plain, *plains], [*algo, *algos]
    return latest(plain, algo)


def _plains(value: object) -> list[Found]:
    return [parse_orders.plain(row, place) for row, place in strict.rows(value, "allOrders")]


def _algos(value: object) -> list[Algo]:
    return [parse_orders.algo(row, place) for row, place in strict.rows(value, "allAlgoOrders")]
