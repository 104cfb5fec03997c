"""One fetched series on disk: a Parquet file, and beside it the rows that were fetched since it was written.

Rules: each page is appended to the side file and synced before the next one is asked for, so that a kill
loses at most the page on its way. A row that was cut off by a kill is not a row. The Parquet file is replaced
whole or not at all, and only then is the side file taken away. The side file is locked: one process writes.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

import polars as pl

from trader.backtest.data.bad_data import BadData
from trader.core.errors import ConfigError

Row: TypeAlias = tuple[int, *tuple[float, ...]]


@dataclass(slots=True)
class Store:
    """Rows by their time, as far as they are on disk."""

    path: Path
    names: tuple[str, ...]
    rows: dict[int, Row]
    side: IO[bytes]

    def add(self, rows: Sequence[Row]) -> int:
        """Keep new rows for good; how many of them were new."""
        fresh = [row for row in rows if row[0] not in self.rows]
        text = "".join(",".join(repr(value) for value in row) + "\n" for row in fresh)
        self.side.write(text.encode())
        self.side.flush()
        os.fsync(self.side.fileno())
        self.rows.update((row[0], row) for row in fresh)
        return len(fresh)

    def finish(self) -> None:
        """Everything into one file."""
        if not self.rows:
            return
        beside = self.path.with_name(f".{self.path.name}.new")
        types = dict.fromkeys(self.names, pl.Float64()) | {self.names[0]: pl.Int64()}
        ordered = [self.rows[at_ms] for at_ms in sorted(self.rows)]
        pl.DataFrame(ordered, schema=types, orient="row").write_parquet(beside)
        with beside.open("rb+") as written:
            os.fsync(written.fileno())
        beside.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        side_of(self.path).unlink()


def side_of(path: Path) -> Path:
    """Where rows wait until the file is written."""
    return path.with_suffix(".part")


@contextmanager
def opened(path: Path, names: tuple[str, ...]) -> Iterator[Store]:
    """What is there of a series, and a place for more."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        side = _locked(side_of(path))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}; choose another --out") from error
    with side:
        side.seek(0)
        rows = _kept(path, names) | _waiting(side, names)
        side.seek(0, os.SEEK_END)
        try:
            yield Store(path, names, rows, side)
        finally:
            if os.fstat(side.fileno()).st_size == 0:
                side_of(path).unlink(missing_ok=True)


def _locked(path: Path) -> IO[bytes]:
    """The side file, ours alone; one that was taken away while we waited for it is made anew."""
    while True:
        side = path.open("ab+")
        try:
            fcntl.flock(side, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            side.close()
            raise ConfigError(f"{path}: another fetch writes this series; wait for it to end") from error
        if os.fstat(side.fileno()).st_nlink:
            return side
        side.close()


def _kept(path: Path, names: tuple[str, ...]) -> dict[int, Row]:
    if not path.exists():
        return {}
    try:
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise BadData(path, f"cannot be read: {error}", fix="Move it away and fetch again") from error
    if tuple(frame.columns) != names:
        what = f"has columns {', '.join(frame.columns)}, expected {', '.join(names)}"
        raise BadData(path, what, fix="Move it away and fetch again")
    return {row[0]: row for row in frame.iter_rows()}


def _waiting(side: IO[bytes], names: tuple[str, ...]) -> dict[int, Row]:
    """Rows of a fetch that did not end. What a kill left half written is cut off, for the next to follow."""
    rows: dict[int, Row] = {}
    whole = 0
    for line in side:
        row = _row(line, len(names))
        if row is None:
            break
        rows[row[0]] = row
        whole += len(line)
    side.truncate(whole)
    return rows


def _row(line: bytes, width: int) -> Row | None:
    """A whole line as a row."""
    cells = line.decode("ascii", "replace").split(",")
    if not line.endswith(b"\n") or len(cells) != width:
        return None
    try:
        return (int(cells[0]), *(float(cell) for cell in cells[1:]))
    except ValueError:
        return None
