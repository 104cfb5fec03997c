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
_DIGITS_MAX = 14
_COIN_VOLUME = 6
_CONFIRMED = 8


def candles(pages: Sequence[object], need: CandleNeed, *, venue_ms: int) -> Candles:
    """The newest closed bars that were needed, from pages that begin with the newest."""
    return newest(bars_of(pages, need), need, venue_ms=venue_ms)


def newest(found: bars.Bars, need: CandleNeed, *, venue_ms: int) -> Candles:
    """As many closed ones as were needed."""
    return bars.newest(need, found, found.confirmed, where=where_of(need), venue_ms=venue_ms)


def bars_of(pages: Sequence[object], need: CandleNeed) -> bars.Bars:
    """All that the pages say, which no clock changes."""
    where = where_of(need)
    opens, rows = _joined(pages, where)
    if not rows:
        raise Malformed(f"{where}: no bar at all, not even the one now forming")
    columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True))
    ends = tuple([t + need.frame_ms - 1 for t in opens])
    bars.require_times(where, need.frame_ms, opens, ends)
    prices = tuple(bars.numbers(columns[i], f"{where}[{i}]") for i in (1, 2, 3, 4, _COIN_VOLUME))
    bars.require_shape(where, *prices)
    return bars.Bars(opens, prices, _closed(columns[_CONFIRMED], where))


def where_of(need: CandleNeed) -> str:
    return f"candles of {need.coin}"


def _joined(pages: Sequence[object], where: str) -> tuple[tuple[int, ...], list[list[object]]]:
    """The times of all rows and the rows, each once, oldest first."""
    opens: list[int] = []
    found: list[list[object]] = []
    for value in reversed(pages):
        rows = bars.page(value, where, cells=_CELLS)[::-1]
        if not rows:
            continue
        times = _moments([row[0] for row in rows], where)
        step = times[1] - times[0] if len(times) > 1 else 0
        if found and opens[-1] < times[0] - step:
            raise Malformed(f"{where}: two pages of bars do not meet before {times[0]}")
        before = [i for i, moment in enumerate(opens) if moment < times[0]]
        opens = [*(opens[i] for i in before), *times]
        found = [*(found[i] for i in before), *rows]
    return tuple(opens), found


def _moments(column: Sequence[object], where: str) -> list[int]:
    """Times in milliseconds, which the venue writes as strings of digits."""
    for cell in column if _is_odd(column) else ():
        if not isinstance(cell, str) or not (cell.isascii() and cell.isdigit() and len(cell) <= _DIGITS_MAX):
            strict.wrong(cell, where, "a time in milliseconds as a string")
    return list(map(int, column))  # type: ignore[arg-type]  # each is a string of digits


def _is_odd(column: Sequence[object]) -> bool:
    """True when one of the cells may be something else than a short string of digits."""
    if set(map(type, column)) != {str}:
        return True
    lengths, joined = set(map(len, column)), "".join(column)  # type: ignore[arg-type]  # all are strings
    return not (joined.isascii() and joined.isdigit()) or 0 in lengths or max(lengths) > _DIGITS_MAX


def _closed(marks: Sequence[object], where: str) -> int:
    """How many bars, from the oldest, are confirmed without a break."""
    if marks.count("0") + marks.count("1") != len(marks):
        odd = next(mark for mark in marks if mark not in ("0", "1"))
        strict.wrong(odd, where, "a bar that is confirmed (1) or not (0)")
    return marks.index("0") if "0" in marks else len(marks)
