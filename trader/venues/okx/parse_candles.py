"""Candle pages as columns of closed bars.

The venue lists the newest first and marks each bar confirmed or not: what follows the first bar that is not
is dropped, whatever the clock says. Pages overlap or meet; a hole between them makes all of it malformed.
A gap in the market is the strategy's to judge. Days and longer frames are asked for in UTC.
"""

from collections.abc import Sequence
from typing import Any

from trader.core.candles import DAY_MS, HOUR_MS, MINUTE_MS, Candles
from trader.core.errors import Malformed
from trader.core.ports import CandleNeed
from trader.venues import bars, strict

BARS = {
    MINUTE_MS: "1m",
    3 * MINUTE_MS: "3m",
    5 * MINUTE_MS: "5m",
    15 * MINUTE_MS: "15m",
    30 * MINUTE_MS: "30m",
    HOUR_MS: "1H",
    2 * HOUR_MS: "2H",
    4 * HOUR_MS: "4H",
    6 * HOUR_MS: "6Hutc",
    12 * HOUR_MS: "12Hutc",
    DAY_MS: "1Dutc",
}
_CELLS = 9
_COIN_VOLUME = 6
_CONFIRMED = 8


def candles(pages: Sequence[object], need: CandleNeed, *, venue_ms: int) -> Candles:
    """The newest closed bars that were needed, from pages that begin with the newest."""
    where = f"candles of {need.coin}"
    rows = _joined(pages, where)
    if not rows:
        raise Malformed(f"{where}: no bar at all, not even the one now forming")
    columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True))
    opens = tuple(_moment(cell, where) for cell in columns[0])
    bars.require_times(
        where, need.frame_ms, opens, tuple(t + need.frame_ms - 1 for t in opens), venue_ms=venue_ms
    )
    prices = [bars.numbers(columns[i], f"{where}[{i}]") for i in (1, 2, 3, 4, _COIN_VOLUME)]
    bars.require_shape(where, *prices)
    last = _closed(columns[_CONFIRMED], where)
    first = max(0, last - need.bars)
    open_, high, low, close, volume = (column[first:last] for column in prices)
    return Candles(need.coin, need.frame_ms, opens[first:last], open_, high, low, close, volume)


def _joined(pages: Sequence[object], where: str) -> list[list[object]]:
    """All rows once, oldest first."""
    found: list[list[object]] = []
    for page in reversed(pages):
        rows = [_row(value, where) for value in reversed(strict.as_list(page, where))]
        if not rows:
            continue
        start = _moment(rows[0][0], where)
        if found and _moment(found[-1][0], where) < start - _step(rows, where):
            raise Malformed(f"{where}: two pages of bars do not meet before {start}")
        found = [row for row in found if _moment(row[0], where) < start] + rows
    return found


def _step(rows: list[list[object]], where: str) -> int:
    if len(rows) < 2:
        return 0
    return _moment(rows[1][0], where) - _moment(rows[0][0], where)


def _row(value: object, where: str) -> list[object]:
    row = strict.as_list(value, where)
    if len(row) != _CELLS:
        strict.wrong(value, where, f"a bar of {_CELLS} values")
    return row


def _moment(cell: object, where: str) -> int:
    if not isinstance(cell, str) or not (cell.isascii() and cell.isdigit() and len(cell) <= 14):
        strict.wrong(cell, where, "a time in milliseconds as a string")
    return int(cell)


def _closed(marks: Sequence[object], where: str) -> int:
    """How many bars, from the oldest, are confirmed without a break."""
    for i, mark in enumerate(marks):
        if mark not in ("0", "1"):
            strict.wrong(mark, where, "a bar that is confirmed (1) or not (0)")
        if mark == "0":
            return i
    return len(marks)
