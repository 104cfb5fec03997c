"""Rows of `klines` as columns of closed bars.

The venue gives no symbol and no interval in them: what can be judged is the shape and the times. The last row
is the bar now forming, and is dropped as every bar is that is not surely closed.
"""

from collections.abc import Sequence
from typing import Any

from trader.core.candles import Candles
from trader.core.errors import Malformed
from trader.core.ports import CandleNeed
from trader.venues import bars, strict

CELLS = 12
# Nine cells are strings; in a list no key can be given twice.
_QUOTES_PER_ROW = 18


def candles(bodies: Sequence[bytes], need: CandleNeed, *, asked_ms: int, venue_ms: int) -> Candles:
    """The newest closed bars that were needed, from pages in the order of time.

    `asked_ms` is the venue's clock before the question left, `venue_ms` a later reading of it.
    """
    where = f"klines of {need.coin}"
    listed = [row for body in bodies for row in _page(body, where)]
    if not listed:
        raise Malformed(f"{where}: no bar at all, not even the one now forming")
    columns: list[tuple[Any, ...]] = list(zip(*listed, strict=True))
    opens, *cells, ends = columns[:7]
    bars.require_times(where, need.frame_ms, opens, ends, venue_ms=venue_ms)
    names = ("open", "high", "low", "close", "volume")
    prices = [bars.numbers(column, f"{where}.{name}") for name, column in zip(names, cells, strict=True)]
    bars.require_shape(where, *prices)
    last = bars.closed(opens, need.frame_ms, asked_ms=asked_ms, venue_ms=venue_ms)
    first = max(0, last - need.bars)
    open_, high, low, close, volume = (column[first:last] for column in prices)
    return Candles(need.coin, need.frame_ms, opens[first:last], open_, high, low, close, volume)


def _page(body: bytes, where: str) -> list[list[object]]:
    decoded = strict.decode_rows(body, where, quotes_per_row=_QUOTES_PER_ROW)
    return bars.page(decoded, where, cells=CELLS)
