"""Bars and rates written the way others write them: one writer for each layout that is read."""

import gzip
import json
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import polars as pl

from trader.core.candles import HOUR_MS, MINUTE_MS

Row: TypeAlias = tuple[int, float, float, float, float, float]

BEGIN_MS = 1_735_686_000_000  # an hour before 2025, where one archive changes its unit
NOW_MS = BEGIN_MS + 10_000 * HOUR_MS
WRITTEN_S = NOW_MS / 1000
NAMES = ("timestamp_ms", "open", "high", "low", "close", "volume")


def a_row(number: int, *, frame_ms: int = 30 * MINUTE_MS, price: float = 100.0) -> Row:
    """One sound bar; the bars of different numbers differ."""
    opened = price + number % 7
    return (BEGIN_MS + number * frame_ms, opened, opened + 2.5, opened - 1.25, opened + 0.5, 10.0 + number)


def some_rows(count: int = 8, *, frame_ms: int = 30 * MINUTE_MS) -> list[Row]:
    return [a_row(number, frame_ms=frame_ms) for number in range(count)]


def written(path: Path, text: str | bytes) -> Path:
    """A file that was written when its bars had closed."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    os.utime(path, (WRITTEN_S, WRITTEN_S))
    return path


def csv_text(rows: Sequence[Sequence[object]], names: Sequence[str] | None = NAMES) -> str:
    lines = [] if names is None else [",".join(names)]
    return "\n".join([*lines, *(",".join(str(value) for value in row) for row in rows)]) + "\n"


def a_csv(folder: Path, rows: Sequence[Sequence[object]], names: Sequence[str] | None = NAMES) -> Path:
    return written(folder / "bars.csv", csv_text(rows, names))


def date_of(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def _frame(rows: Sequence[Row], first: str = "timestamp_ms") -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=[first, *NAMES[1:]], orient="row")


def _dated(rows: Sequence[Row], unit: str) -> pl.DataFrame:
    dates = pl.col("date").cast(pl.Datetime(unit, "UTC"))  # type: ignore[arg-type]
    return _frame(rows, "date").with_columns(pl.col("date").cast(pl.Datetime("ms"))).with_columns(dates)


def _parquet(folder: Path, rows: Sequence[Row]) -> Path:
    _frame(rows).write_parquet(folder / "bars.parquet")
    return folder / "bars.parquet"


def _parquet_dates(folder: Path, rows: Sequence[Row]) -> Path:
    _dated(rows, "ns").write_parquet(folder / "bars.parquet")
    return folder / "bars.parquet"


def _feather(folder: Path, rows: Sequence[Row]) -> Path:
    _dated(rows, "ms").write_ipc(folder / "BTC_USDT_USDT-30m-futures.feather", compression="lz4")
    return folder / "BTC_USDT_USDT-30m-futures.feather"


def _json(folder: Path, rows: Sequence[Row]) -> Path:
    return written(folder / "bars.json", json.dumps(rows))


def _json_gz(folder: Path, rows: Sequence[Row]) -> Path:
    return written(folder / "bars.json.gz", gzip.compress(json.dumps(rows).encode()))


def _csv_gz(folder: Path, rows: Sequence[Row]) -> Path:
    return written(folder / "bars.csv.gz", gzip.compress(csv_text(rows, None).encode()))


def _csv_dates(folder: Path, rows: Sequence[Row]) -> Path:
    spelled = [(date_of(row[0]).strftime("%Y-%m-%d %H:%M:%S+00:00"), *row[1:]) for row in rows]
    return a_csv(folder, spelled, ("Date", "Open", "High", "Low", "Close", "Volume"))


def _csv_east(folder: Path, rows: Sequence[Row]) -> Path:
    """By a clock five and a half hours ahead, which says so; and by semicolons."""
    east = 330 * MINUTE_MS
    spelled = [(date_of(row[0] + east).strftime("%Y-%m-%dT%H:%M:%S.000+0530"), *row[1:]) for row in rows]
    text = csv_text(spelled, ("time", "o", "h", "l", "c", "vol")).replace(",", ";")
    return written(folder / "bars.csv", "\ufeff" + text.replace("\n", "\r\n"))


def _csv_seconds(folder: Path, rows: Sequence[Row]) -> Path:
    return a_csv(folder, [(row[0] // 1000, *row[1:]) for row in rows], ("time", *NAMES[1:]))


def archived(row: Row, *, per_ms: int, frame_ms: int) -> tuple[object, ...]:
    """One row of a public archive."""
    closes = (row[0] + frame_ms) * per_ms - 1
    return (row[0] * per_ms, *row[1:], closes, row[5] * row[4], 60, row[5] / 2, row[5] * row[4] / 2, 0)


def _archive(folder: Path, rows: Sequence[Row], *, per_ms: int = 1) -> Path:
    frame_ms = rows[1][0] - rows[0][0]
    text = csv_text([archived(row, per_ms=per_ms, frame_ms=frame_ms) for row in rows], None)
    path = folder / "BTCUSDT-30m-2025-01.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("BTCUSDT-30m-2025-01.csv", text)
    return path


def _archive_microseconds(folder: Path, rows: Sequence[Row]) -> Path:
    return _archive(folder, rows, per_ms=1000)


LAYOUTS: Mapping[str, Callable[[Path, Sequence[Row]], Path]] = {
    "parquet": _parquet,
    "parquet of dates": _parquet_dates,
    "feather": _feather,
    "json": _json,
    "json.gz": _json_gz,
    "csv": a_csv,
    "csv of dates": _csv_dates,
    "csv of another zone": _csv_east,
    "csv of seconds": _csv_seconds,
    "csv.gz without names": _csv_gz,
    "archive": _archive,
    "archive of microseconds": _archive_microseconds,
}
