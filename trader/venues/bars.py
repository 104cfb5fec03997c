"""Columns of bars as a venue lists them: judged a column at a time, and which of them are final.

Thousands of rows pass here each tick. A bar that is not surely closed does not count: one whose rows were
read before its end is not final, whatever the clock said a moment later. A gap is the strategy's to judge.
"""

from collections.abc import Sequence
from itertools import repeat
from operator import lt, mod

from trader.core.candles import Candles
from trader.core.errors import Malformed
from trader.core.frozen import frozen
from trader.core.ports import CandleNeed
from trader.venues import strict

_OF_AMOUNTS = b"0123456789."


@frozen
class Bars:
    """All bars of an answer, whether closed or not: open, high, low, close, volume.

    `confirmed`: how many of them the venue itself calls closed, where it says so.
    """

    opens: tuple[int, ...]
    columns: tuple[tuple[float, ...], ...]
    confirmed: int = 0


def closed(opens: Sequence[int], frame_ms: int, *, asked_ms: int, venue_ms: int) -> int:
    """How many bars, from the first, are surely final."""
    last = len(opens)
    while last:
        end_ms = opens[last - 1] + frame_ms
        is_followed = last < len(opens)
        if end_ms <= asked_ms or (is_followed and end_ms <= venue_ms):
            break
        last -= 1
    return last


def followed(where: str, older: Bars, newer: Bars) -> Bars:
    """Two stretches of one answer that were read apart."""
    if older.opens[-1] >= newer.opens[0]:
        raise Malformed(f"{where}: its bars are not in the order of time, each once")
    confirmed = older.confirmed + (newer.confirmed if older.confirmed == len(older.opens) else 0)
    columns = tuple(before + after for before, after in zip(older.columns, newer.columns, strict=True))
    return Bars(older.opens + newer.opens, columns, confirmed)


def newest(need: CandleNeed, bars: Bars, last: int, *, where: str, venue_ms: int) -> Candles:
    """As many of the first `last` bars as are needed, if the venue can have them by its clock."""
    # The reading of the clock may trail the candles a little, never by a whole bar.
    if bars.opens[-1] > venue_ms + need.frame_ms:
        raise Malformed(
            f"{where}: its bars span {bars.opens[0]} to {bars.opens[-1]}, the venue's clock says {venue_ms}"
        )
    first = max(0, last - need.bars)
    open_, high, low, close, volume = (column[first:last] for column in bars.columns)
    return Candles(need.coin, need.frame_ms, bars.opens[first:last], open_, high, low, close, volume)


def require_times(where: str, frame_ms: int, opens: Sequence[int], ends: Sequence[int]) -> None:
    if set(map(type, opens)) != {int}:
        raise Malformed(f"{where}: expected the time of each bar in milliseconds")
    if not all(map(lt, opens, opens[1:])):
        raise Malformed(f"{where}: its bars are not in the order of time, each once")
    if any(map(mod, opens, repeat(frame_ms))) or ends != tuple([t + frame_ms - 1 for t in opens]):
        raise Malformed(f"{where}: a bar does not begin and end where a bar of {frame_ms} ms does")
    if opens[0] < strict.MOMENT_MIN:
        raise Malformed(f"{where}: its bars begin at {opens[0]}, which is no time in milliseconds")


def page(value: object, where: str, *, cells: int) -> list[list[object]]:
    """The rows of one page, each a list of so many cells."""
    listed = strict.as_list(value, where)
    if set(map(type, listed)) - {list} or set(map(len, listed)) - {cells}:  # type: ignore[arg-type]
        odd = next(row for row in listed if not isinstance(row, list) or len(row) != cells)
        strict.wrong(odd, where, f"a bar of {cells} cells")
    return listed  # type: ignore[return-value]  # each was just found to be a list


def numbers(column: Sequence[object], where: str) -> tuple[float, ...]:
    """Amounts as floats; `float` also takes `nan`, `1_0` and ` 1`, so what looks odd is read slowly."""
    try:
        joined = "".join(column)  # type: ignore[arg-type]  # a cell that is no string ends in the handler
    except TypeError as error:
        raise Malformed(f"{where}: expected amounts in digits as strings: {strict.shown(error)}") from error
    if not joined.isascii() or joined.encode().translate(None, _OF_AMOUNTS):
        for cell in column:
            strict.as_amount(cell, where)
    try:
        return tuple(map(float, column))  # type: ignore[arg-type]
    except ValueError as error:
        raise Malformed(f"{where}: {strict.shown(error)}") from error


def require_shape(
    where: str,
    opens: Sequence[float],
    highs: Sequence[float],
    lows: Sequence[float],
    closes: Sequence[float],
    volumes: Sequence[float],
) -> None:
    if min(lows) <= 0 or min(volumes) < 0 or max(max(highs), max(volumes)) > 1e20:
        raise Malformed(f"{where}: a price is not above zero, or a number is absurdly large")
    inside = (map(lt, highs, opens), map(lt, highs, closes), map(lt, opens, lows), map(lt, closes, lows))
    if any(map(any, inside)):
        raise Malformed(f"{where}: a bar's open or close is outside its high and low")
