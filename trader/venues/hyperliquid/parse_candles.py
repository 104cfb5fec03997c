"""Candle rows as columns of closed bars.

Thousands of rows pass here each tick, so they are judged a column at a time. A bar that is not surely
closed is dropped: one whose rows were read before its end is not final, whatever the clock said a moment
later. A gap is the strategy's to judge; a bar out of order, of another coin, frame or shape makes the
whole answer malformed.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from trader.core.candles import DAY_MS, HOUR_MS, MINUTE_MS, Candles
from trader.core.errors import Malformed
from trader.core.ports import CandleNeed
from trader.venues import bars, strict

if TYPE_CHECKING:
    from trader.core.memo import Memo

INTERVALS = {
    MINUTE_MS: "1m",
    3 * MINUTE_MS: "3m",
    5 * MINUTE_MS: "5m",
    15 * MINUTE_MS: "15m",
    30 * MINUTE_MS: "30m",
    HOUR_MS: "1h",
    2 * HOUR_MS: "2h",
    4 * HOUR_MS: "4h",
    8 * HOUR_MS: "8h",
    12 * HOUR_MS: "12h",
    DAY_MS: "1d",
}
_KEYS = ("t", "T", "s", "i", "o", "h", "l", "c", "v")
_COLUMNS: Callable[[Any], tuple[Any, ...]] = itemgetter(*_KEYS)
# The nine keys and `n`, and seven values that are strings, in two quotes each.
_QUOTES_PER_ROW = 34


def candles(
    body: bytes, need: CandleNeed, *, asked_ms: int, venue_ms: int, memo: "Memo | None" = None
) -> Candles:
    """The newest closed bars that were needed.

    `asked_ms` is the venue's clock before the question left, `venue_ms` a later reading of it. A bar is
    closed when it ended before the question, or when the answer already knows the bar after it.
    """
    where = f"candleSnapshot of {need.coin}"
    found = _bars(body, need, where) if memo is None else _remembered(memo, body, need, where)
    last = bars.closed(found.opens, need.frame_ms, asked_ms=asked_ms, venue_ms=venue_ms)
    return bars.newest(need, found, last, where=where, venue_ms=venue_ms)


def _remembered(memo: "Memo", body: bytes, need: CandleNeed, where: str) -> bars.Bars:
    """The same, with all rows but the newest from the memo: only that one changes from run to run.

    Two lists that are whole, and of which each begins and ends with a row, are whole when they are joined.
    """
    older, cut, newer = body.rpartition(b"},{")
    if not cut:
        return _bars(body, need, where)
    try:
        before = memo.said((where, need.frame_ms), (older,), lambda: _bars(older + b"}]", need, where))
        return bars.followed(where, before, _bars(b"[{" + newer, need, where))
    except Malformed:
        return _bars(body, need, where)  # which says what is wrong with the whole


def _bars(body: bytes, need: CandleNeed, where: str) -> bars.Bars:
    """All that the body says, which no clock changes."""
    listed = strict.as_list(strict.decode_rows(body, where, quotes_per_row=_QUOTES_PER_ROW), where)
    if not listed:
        raise Malformed(f"{where}: no bar at all, not even the one now forming")
    try:
        columns: list[tuple[Any, ...]] = list(zip(*[_COLUMNS(row) for row in listed], strict=True))
    except (KeyError, TypeError, IndexError) as error:
        raise Malformed(
            f"{where}: a row is not an object with {', '.join(_KEYS)}: {strict.shown(error)}"
        ) from error
    opens, closes_at, coins, intervals = columns[:4]
    _require_frame(where, need, coins=coins, intervals=intervals)
    bars.require_times(where, need.frame_ms, opens, closes_at)
    prices = tuple(
        bars.numbers(column, f"{where}.{key}") for key, column in zip(_KEYS[4:], columns[4:], strict=True)
    )
    bars.require_shape(where, *prices)
    return bars.Bars(opens, prices)


def _require_frame(
    where: str, need: CandleNeed, *, coins: Sequence[object], intervals: Sequence[object]
) -> None:
    for name, column, expected in (("s", coins, need.coin), ("i", intervals, INTERVALS[need.frame_ms])):
        if column.count(expected) != len(column):
            other = next(value for value in column if value != expected)
            strict.wrong(other, f"{where}.{name}", expected)
