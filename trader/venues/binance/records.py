"""What became of our recent orders, from the lists of both books: a stop that was rejected when it was
triggered, that expired with its position or that somebody cancelled stands in them as such.

* The venue keeps an order that ended without a fill for three days, others for ninety; the lists are served
  by coin and reach back seven days.
* A full page is read on from its newest order, whichever end of the list the venue began with.
"""

from collections.abc import Callable, Sequence

from trader.core.frozen import frozen
from trader.core.orders import Found, Unreadable
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.binance import asking, parse_orders
from trader.venues.binance.failures import is_no_such_symbol, read
from trader.venues.binance.lookups import latest
from trader.venues.binance.parse_orders import Algo
from trader.venues.binance.rounds import Rounds
from trader.venues.binance.signing import Question

PAGES_MAX = 5

Record = Found | Algo


@frozen
class _Book:
    """One of the two, of one coin: how it is asked, and what its list is called."""

    coin: str
    what: str
    ask: Callable[[str, int | None], Question]
    parse: Callable[[object], Sequence[Record]]


def history(rounds: Rounds) -> tuple[Found, ...] | Unreadable:
    """The latest known state of each order of the coins that are known, newest first."""
    waiting: list[tuple[_Book, int | None]] = [
        (book, None) for coin in sorted(rounds.coins) for book in _books(coin)
    ]
    found: dict[tuple[str, str, str], Record] = {}
    for _ in range(PAGES_MAX):
        answers = rounds.exchange([book.ask(book.coin, since_ms) for book, since_ms in waiting])
        more: list[tuple[_Book, int | None]] = []
        for (book, since_ms), answer in zip(waiting, answers, strict=True):
            page = _page(book, answer)
            if isinstance(page, Unreadable):
                return page
            found |= {(book.what, book.coin, _order_id(one)): one for one in page}
            newest_ms = max((_placed_ms(one) for one in page), default=0)
            if len(page) >= asking.ROWS_A_PAGE and newest_ms != since_ms:
                more.append((book, newest_ms))
        if not more:
            plain = [one for one in found.values() if isinstance(one, Found)]
            return latest(plain, [one for one in found.values() if isinstance(one, Algo)])
        waiting = more
    return Unreadable("history of orders", f"{waiting[0][0].what} has more than {PAGES_MAX} pages")


def _books(coin: str) -> tuple[_Book, _Book]:
    return (
        _Book(coin, f"allOrders of {coin}", _ask_plain, _plains),
        _Book(coin, f"allAlgoOrders of {coin}", _ask_algo, _algos),
    )


def _ask_plain(coin: str, since_ms: int | None) -> Question:
    return asking.all_orders(coin, since_ms=since_ms)


def _ask_algo(coin: str, since_ms: int | None) -> Question:
    return asking.all_algo_orders(coin, since_ms=since_ms)


def _page(book: _Book, answer: Answer | Lost) -> Sequence[Record] | Unreadable:
    return () if is_no_such_symbol(answer) else read(answer, book.what, book.parse)


def _plains(value: object) -> Sequence[Record]:
    return [parse_orders.plain(row, place) for row, place in strict.rows(value, "allOrders")]


def _algos(value: object) -> Sequence[Record]:
    return [parse_orders.algo(row, place) for row, place in strict.rows(value, "allAlgoOrders")]


def _order_id(record: Record) -> str:
    return (record if isinstance(record, Found) else record.found).order.order_id


def _placed_ms(record: Record) -> int:
    return (record if isinstance(record, Found) else record.found).order.placed_ms
