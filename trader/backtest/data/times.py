"""Times of a file as UTC milliseconds: the unit is told from the values, and said.

Rules: a unit is believed only when every value lies between 2009 and 2100 in it; a column whose name says
another unit than its values is refused, and so is a column that changes its unit on the way, as archives do
that were joined across the end of 2024. A date without a zone is taken as UTC, and that is said.
"""

from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trader.backtest.data.bad_data import BadData, Tell
from trader.backtest.data.table import Table
from trader.backtest.tape import Times
from trader.core.text import printable

Flags: TypeAlias = NDArray[np.bool_]

_FIRST_S = 1_230_768_000  # 2009-01-01: no coin was traded before
_LAST_S = 4_102_444_800  # 2100-01-01
_PER_SECOND = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000, "nanoseconds": 1_000_000_000}
_SAID = {"_s": "seconds", "_ms": "milliseconds", "_us": "microseconds", "_ns": "nanoseconds"}
_ZONE = r"(?i)\s*(Z|UTC|[+-]\d\d:?\d\d)$"
_DATES = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d")
_FIX = "Write UTC times as milliseconds since 1970, or as dates like 2024-01-31T13:30:00Z"


def times_of(table: Table, column: str, tell: Tell, *, cut: bool = False) -> Times:
    """The column as UTC milliseconds; what is finer is refused, or cut as a bar's last moment is."""
    counts, per_second = _told(table, column, tell)
    if per_second <= 1_000:
        return np.ascontiguousarray(counts * (1_000 // per_second), dtype=np.int64)
    per_ms = per_second // 1_000
    part = counts % per_ms != 0
    if part.any() and not cut:
        row = int(np.argmax(part))
        raise _bad(table, row, column, f"{counts[row]}", "a whole millisecond")
    return np.ascontiguousarray(counts // per_ms, dtype=np.int64)


def _told(table: Table, column: str, tell: Tell) -> tuple[Times, int]:
    """What the column holds, and how many of it make a second."""
    values = table.frame[column]
    if values.null_count():
        row = int(values.is_null().arg_true()[0])
        raise _bad(table, row, column, "empty", "a time")
    kind = values.dtype
    if kind == pl.String:
        return _written(table, column, values.str.strip_chars(), tell)
    if isinstance(kind, pl.Datetime):
        if kind.time_zone is None:
            tell(f"{table.path}: {column} names no time zone and is taken as UTC")
        return values.to_physical().to_numpy(), _ticks(kind)
    if kind == pl.Date:
        return values.cast(pl.Datetime("ms")).to_physical().to_numpy(), 1_000
    if kind.is_integer() or kind.is_float():
        return _counted(table, column, values, tell)
    raise _bad(table, 0, column, f"of type {kind}", "times")


def _ticks(kind: pl.Datetime) -> int:
    return {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[kind.time_unit]


def _bad(table: Table, row: int, column: str, found: str, expected: str) -> BadData:
    what = f"{column} is {printable(found)}, expected {expected}"
    return BadData(table.path, what, fix=_FIX, place=table.place(row))


def _written(table: Table, column: str, text: pl.Series, tell: Tell) -> tuple[Times, int]:
    """Numbers or dates as text, the whole column alike."""
    number = text.cast(pl.Float64, strict=False)
    if number.null_count() == len(number):
        return _dated(table, column, text, tell)
    if number.null_count():
        row = int((number.is_null() != number.is_null()[0]).arg_true()[0])
        raise _bad(table, row, column, repr(text[row]), "a time written like those before")
    whole = text.cast(pl.Int64, strict=False)
    return _counted(table, column, number if whole.null_count() else whole, tell)


def _counted(table: Table, column: str, values: pl.Series, tell: Tell) -> tuple[Times, int]:
    """Numbers since 1970 in a unit that their size tells."""
    if values.dtype.is_float():
        numbers = values.cast(pl.Float64).to_numpy()
        broken = ~np.isfinite(numbers) | (np.floor(numbers) != numbers) | (np.abs(numbers) > 2.0**62)
        if broken.any():
            row = int(np.argmax(broken))
            raise _bad(table, row, column, f"{float(numbers[row])!r}", "a whole number")
    counts = values.cast(pl.Int64).to_numpy()
    unit = next((name for name in _PER_SECOND if _fits(counts[:1], name)[0]), None)
    if unit is None:
        raise _bad(table, 0, column, f"{counts[0]}", "a time between 2009 and 2100 in s, ms, us or ns")
    odd = ~_fits(counts, unit)
    if odd.any():
        row = int(np.argmax(odd))
        raise _bad(table, row, column, f"{counts[row]}", f"{unit}, as in the rows before")
    said = next((told for ending, told in _SAID.items() if column.lower().endswith(ending)), None)
    if said is not None and said != unit:
        raise _bad(table, 0, column, f"{counts[0]}", f"{said}, as its name says; these are {unit}")
    if said is None:
        tell(f"{table.path}: times are in {unit}, told from the values of {column}")
    return counts, _PER_SECOND[unit]


def _fits(counts: Times, unit: str) -> Flags:
    per_second = _PER_SECOND[unit]
    fits: Flags = (counts >= _FIRST_S * per_second) & (counts < _LAST_S * per_second)
    return fits


def _dated(table: Table, column: str, text: pl.Series, tell: Tell) -> tuple[Times, int]:
    """Dates as text, all of them with a zone or none."""
    zone = text.str.extract(_ZONE, 1)
    bare = text.str.replace(_ZONE, "").str.replace("T", " ", literal=True)
    if 0 < zone.null_count() < len(zone):
        row = int((zone.is_null() != zone.is_null()[0]).arg_true()[0])
        raise _bad(table, row, column, repr(text[row]), "a zone on every row or on none")
    if zone.null_count():
        tell(f"{table.path}: {column} names no time zone and is taken as UTC")
    for form in _DATES:
        dates = bare.str.to_datetime(form, time_unit="us", strict=False)
        if dates[0] is not None:
            break
    if dates.null_count():
        row = int(dates.is_null().arg_true()[0])
        raise _bad(table, row, column, repr(text[row]), "a time")
    counts = dates.to_physical().to_numpy()
    if not zone.null_count():
        counts = counts - _east_us(zone)
    return counts, 1_000_000


def _east_us(zone: pl.Series) -> Times:
    """By how much each row's clock is ahead of UTC."""
    digits = zone.str.replace(":", "", literal=True)
    hours = digits.str.slice(1, 2).cast(pl.Int64, strict=False).fill_null(0)
    minutes = digits.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0)
    sign = np.where(digits.str.starts_with("-").to_numpy(), -1, 1)
    east: Times = sign * (hours.to_numpy() * 60 + minutes.to_numpy()) * 60_000_000
    return east
