"""A venue's past as a test writes it, and the desk at which it is fetched."""

from pathlib import Path

import polars as pl

from tests.support.bar_files import BEGIN_MS, NOW_MS
from trader.backtest.data.fetching import SETTLED_MS, Fetched, Order, fetch
from trader.backtest.data.store import Row
from trader.core.candles import MINUTE_MS

FRAME_MS = 15 * MINUTE_MS
PAGE = 5


class Ended(BaseException):
    """The process dies here."""


class Shelf:
    """A venue that has bars from a time on, but for some; it can die before a page."""

    def __init__(self, *, holes: frozenset[int] = frozenset(), first: int = 0, count: int = 40) -> None:
        self.count, self.first, self.holes = count, first, holes
        self.frame_ms = FRAME_MS
        self.page_ms = PAGE * FRAME_MS
        self.asked: list[int] = []
        self.left: int | None = None
        self.price = 100.0
        self.is_bounded = True

    def now_ms(self) -> int:
        return BEGIN_MS + self.count * FRAME_MS + SETTLED_MS

    def at(self, number: int) -> Row:
        low = self.price + number % 3
        return (BEGIN_MS + number * FRAME_MS, low, low + 2.0, low, low + 1.0, 1.0 + number)

    def numbers(self) -> list[int]:
        # The running bar is told too, as venues do.
        return [n for n in range(self.first, self.count + 1) if n not in self.holes]

    def page(self, since_ms: int) -> list[Row]:
        if self.left is not None:
            if self.left == 0:
                raise Ended
            self.left -= 1
        self.asked.append((since_ms - BEGIN_MS) // FRAME_MS)
        rows = [self.at(n) for n in self.numbers() if self.at(n)[0] >= since_ms]
        until_ms = since_ms + self.page_ms if self.is_bounded else NOW_MS
        return [row for row in rows if row[0] < until_ms][:PAGE]


class Desk:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "out" / "bars.parquet"
        self.told: list[str] = []
        self.shares: list[float] = []

    def fetch(self, source: Shelf, *, first: int = 0, last: int = 40, frame_ms: int = FRAME_MS) -> Fetched:
        order = Order(self.path, frame_ms, BEGIN_MS + first * FRAME_MS, BEGIN_MS + last * FRAME_MS)
        self.shares.clear()
        self.told.clear()
        return fetch(order, source, tell=self.told.append, advance=self.shares.append)

    def numbers(self) -> list[int]:
        times: list[int] = pl.read_parquet(self.path)["timestamp_ms"].to_list()
        return [(at_ms - BEGIN_MS) // FRAME_MS for at_ms in times]
