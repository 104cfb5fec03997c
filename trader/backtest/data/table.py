"""A file of rows as it is, whatever its layout: columns by their names in the file, nothing judged yet.

Rules: the layout is told from the name's ending. Text stays text (whoever wants a number casts it and can
name the row that is none). A file without a header is known by its number of columns.
"""

import csv
import gzip
import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from trader.backtest.data.bad_data import BadData
from trader.core.text import plural, printable

# What stands in a file without names: time and rate, the archives' funding, candles, the archives' candles.
WITHOUT_HEADER: dict[int, tuple[str, ...]] = {
    2: ("timestamp", "funding_rate"),
    3: ("calc_time", "funding_interval_hours", "last_funding_rate"),
    6: ("open_time", "open", "high", "low", "close", "volume"),
    12: (
        *("open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume"),
        *("count", "taker_buy_volume", "taker_buy_quote_volume", "ignore"),
    ),
}
LAYOUTS = ".parquet, .feather, .json, .json.gz, .csv, .csv.gz, .zip"
_DELIMITERS = ",;\t"
_NUMBER_WORDS = ("nan", "inf", "infinity", "null", "none")
# What a damaged file raises: readers panic at some, and a zip may be encrypted or packed in an odd way.
_UNREADABLE = (
    *(OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error),
    *(pl.exceptions.PolarsError, pl.exceptions.PanicException),
)
_READ_FIX = f"Expected one of {LAYOUTS}, whole; fetch or write it again"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of a file. `first` is where its first row stands, counted as `counted` says."""

    path: Path
    frame: pl.DataFrame
    counted: str = "row"
    first: int = 1

    def __len__(self) -> int:
        return self.frame.height

    def place(self, row: int) -> str:
        """Where a person finds this row."""
        return f"{self.counted} {self.first + row}"


def read_table(path: Path) -> Table:
    """All columns of a file, which must have rows."""
    try:
        table = _read(path)
    except _UNREADABLE as error:
        reason = getattr(error, "strerror", None) or str(error).split("\n", 1)[0]
        raise BadData(path, f"cannot be read: {printable(str(reason))}", fix=_READ_FIX) from error
    if len(table) == 0:
        raise BadData(path, "has no rows", fix="A backtest needs bars: fetch the file again")
    return table


def _read(path: Path) -> Table:
    name = path.name.lower()
    if name.endswith((".parquet", ".pq")):
        return Table(path, pl.read_parquet(io.BytesIO(path.read_bytes())))
    if name.endswith((".feather", ".arrow", ".ipc")):
        return Table(path, pl.read_ipc(io.BytesIO(path.read_bytes())))
    if name.endswith(".json"):
        return _json(path, path.read_bytes())
    if name.endswith(".json.gz"):
        return _json(path, gzip.decompress(path.read_bytes()))
    if name.endswith((".csv", ".txt")):
        return _csv(path, path.read_bytes())
    if name.endswith((".csv.gz", ".txt.gz")):
        return _csv(path, gzip.decompress(path.read_bytes()))
    if name.endswith(".zip"):
        return _csv(path, _only_member(path))
    raise BadData(path, "has an ending that is not known", fix=f"Expected one of {LAYOUTS}")


def _only_member(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith(".csv")]
        if len(names) != 1:
            fix = "Unpack it and name the one file that is meant"
            raise BadData(path, f"holds {len(names)} .csv files, expected one", fix=fix)
        return archive.read(names[0])


def _json(path: Path, data: bytes) -> Table:
    """A list of rows, each a list of six (time and candle) or two (time and rate)."""
    rows = json.loads(data)
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise BadData(
            path, "is no list of rows", fix="Expected [[time, open, high, low, close, volume], ...]"
        )
    widths = {len(row) for row in rows}
    if not rows:
        return Table(path, pl.DataFrame())
    if len(widths) != 1 or not widths <= set(WITHOUT_HEADER):
        odd = next(
            i for i, row in enumerate(rows) if len(row) != len(rows[0]) or len(row) not in WITHOUT_HEADER
        )
        what = f"has {len(rows[odd])} values, expected 6 (or 2 for funding) in each row"
        raise BadData(path, what, fix="Write all rows alike", place=f"row {odd + 1}")
    columns = WITHOUT_HEADER[len(rows[0])]
    text = [[None if value is None else str(value) for value in row] for row in rows]
    return Table(path, pl.DataFrame(text, schema=dict.fromkeys(columns, pl.String), orient="row"))


def _csv(path: Path, data: bytes) -> Table:
    data = data.removeprefix(b"\xef\xbb\xbf").rstrip()
    if not data:
        return Table(path, pl.DataFrame())
    head = data.split(b"\n", 1)[0].decode("utf-8")
    delimiter = max(_DELIMITERS, key=head.count)
    cells = [cell.strip().strip('"') for cell in head.split(delimiter)]
    named = any(cell[:1].isalpha() and cell.lower() not in _NUMBER_WORDS for cell in cells)
    if not named and len(cells) not in WITHOUT_HEADER:
        known = ", ".join(str(count) for count in WITHOUT_HEADER)
        what = f"has {len(cells)} columns and no header; without one {known} columns are understood"
        raise BadData(path, what, fix="Add a first line that names the columns", place="line 1")
    columns = cells if named else list(WITHOUT_HEADER[len(cells)])
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise BadData(path, f"names column {twice[0]!r} twice", fix="Name each column once", place="line 1")
    try:
        frame = pl.read_csv(
            io.BytesIO(data), has_header=named, separator=delimiter, infer_schema=False, new_columns=columns
        )
    except pl.exceptions.ComputeError as error:
        _refuse_wide_rows(path, data.decode("utf-8"), delimiter, len(columns))
        raise error
    return Table(path, frame, counted="line", first=2 if named else 1)


def _refuse_wide_rows(path: Path, text: str, delimiter: str, columns: int) -> None:
    """The reader says that a row has more values than the first, and not which one."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for row in rows:
        if len(row) > columns:
            what = f"has {plural(len(row), 'value')}, and line 1 has {plural(columns, 'column')}"
            fix = "Write all rows alike; the first line names the columns, with nothing above it"
            raise BadData(path, what, fix=fix, place=f"line {rows.line_num}")
