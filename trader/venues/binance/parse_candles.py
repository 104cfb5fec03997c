"""Rows of `klines` as columns of closed bars.

The venue gives no symbol and no interval in them: what can be judged is the shape and the times. The last row
is the bar now forming, and is dropped as every bar is that is not surely closed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trader.core.candles import Candles
from trader.core.errors import Malformed
from trader.core.ports import CandleNeed
from trader.venues import bars, strict

if TYPE_CHECKING:
    from trader.core.memo import Memo

CELLS = 12
# Nine cells are strings; in a list no key can be given twice.
_QUOTES_PER_ROW = 18


def candles(
    bodies: Sequence[bytes], need: CandleNeed, *, asked_ms: int, venue_ms: int, memo: "Memo | None" = None
) -> Candles:
    """The newest closed bars that were needed, from pages in the order of time.

    `asked_ms` is the venue's clock before the question left, `venue_ms` a later reading of it.
    """
    where = f"klines of {need.coin}"
    found = _bars(bodies, need, where) if memo is None else _remembered(memo, bodies, need, where)
    last = bars.closed(found.opens, need.frame_ms, asked_ms=asked_ms, venue_ms=venue_ms)
    return bars.newest(need, found, last, where=where, venue_ms=venue_ms)


def _remembered(memo: "Memo", bodies: Sequence[bytes], need: CandleNeed, where: str) -> bars.Bars:
    """The same, with all rows but the newest from the memo: only that one changes from run to run.

    Two lists that are whole, and of which each begins and ends with a row, are whole when they are joined.
    """
    older, cut, newer = bodies[-1].rpartition(b"],[")
    if not cut:
        return _bars(bodies, need, where)
    pages = [*bodies[:-1], older + b"]]"]
    try:
        before = memo.said((where, need.frame_ms), pages, lambda: _bars(pages, need, where))
        return bars.followed(where, before, _bars([b"[[" + newer], need, where))
    except Malformed:
        return _bars(bodies, need, where)  # which says what is wrong with the whole


def _bars(bodies: Sequence[bytes], need: CandleNeed, where: str) -> bars.Bars:
    """All that the bodies say, which no clock changes."""
    listed = [row for body in bodies for row in _page(body, where)]
    if not listed:
        raise Malformed(f"{where}: no bar at all, not even the one now forming")
    columns: list[tuple[Any, ...]] = list(zip(*listed, strict=True))
    opens, *cells, ends = columns[:7]
    bars.require_times(where, need.frame_ms, opens, ends)
    names = ("open", "high", "low", "close", "volume")
    prices = tuple(bars.numbers(column, f"{where}.{name}") for name, column in zip(names, cells, strict=True))
    bars.require_shape(where, *prices)
    return bars.Bars(opens, prices)


def _page(body: bytes, where: str) -> list[list[object]]:
    decoded = strict.decode_rows(body, where, quotes_per_row=_QUOTES_PER_ROW)
    return bars.page(decoded, where, cells=CELLS)
