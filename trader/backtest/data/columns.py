"""Which column of a file is which, and its numbers.

Rules: names are compared without case, spaces and underscores. A column that has to be there and is not, or a
value that is no number, is refused by name; nothing stands in for it.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl

from trader.backtest.data.bad_data import BadData
from trader.backtest.data.table import Table
from trader.backtest.tape import Numbers
from trader.core.text import printable

OPEN_TIMES = (
    "timestampms",
    "opentime",
    "opentimems",
    "openms",
    "timestamp",
    "date",
    "datetime",
    "time",
    "ts",
    "t",
)
PRICES = {
    "open": ("open", "o"),
    "high": ("high", "h"),
    "low": ("low", "l"),
    "close": ("close", "c"),
}
VOLUMES = ("volume", "vol", "v", "basevolume")
CLOSE_TIMES = ("closetime", "closetimems")
FUNDING_TIMES = ("timestampms", "fundingtime", "calctime", *OPEN_TIMES)
FUNDING_RATES = ("fundingrate", "lastfundingrate", "rate")


def found(table: Table, names: Iterable[str]) -> str | None:
    """The column that has the first of these names that any has; two of one name are refused."""
    plain = [name.lower().replace(" ", "").replace("_", "") for name in table.frame.columns]
    name = next((name for name in names if name in plain), None)
    if name is None:
        return None
    if plain.count(name) > 1:
        twice = [column for column, each in zip(table.frame.columns, plain, strict=True) if each == name]
        what = f"columns {printable(' and '.join(twice))} have one name"
        raise BadData(table.path, what, fix="Leave one of them out")
    return table.frame.columns[plain.index(name)]


def needed(table: Table, what: str, names: tuple[str, ...]) -> str:
    """As `found`; a file without it is refused."""
    column = found(table, names)
    if column is None:
        has = printable(", ".join(table.frame.columns))
        fix = f"Name it one of: {', '.join(names)}"
        raise BadData(table.path, f"no column with {what} among: {has}", fix=fix)
    return column


def numbers_of(table: Table, column: str) -> Numbers:
    """The column as doubles; every row must hold a number (which may still be a senseless one)."""
    values = table.frame[column]
    if values.dtype == pl.String:
        numbers = values.str.strip_chars().cast(pl.Float64, strict=False)
    elif values.dtype.is_numeric():
        numbers = values.cast(pl.Float64)
    else:
        fix = "Write it as decimal numbers"
        raise BadData(table.path, f"{column} is of type {values.dtype}, expected numbers", fix=fix)
    if numbers.null_count():
        row = int(numbers.is_null().arg_true()[0])
        value = "empty" if values[row] is None else printable(repr(values[row]))
        fix = "Write a decimal number there, or fetch the row again"
        raise BadData(table.path, f"{column} is {value}, expected a number", fix=fix, place=table.place(row))
    return np.ascontiguousarray(numbers.to_numpy(), dtype=np.float64)
