"""The unit and the zone of times are told from the values, and said; what contradicts itself is refused."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.support.bar_files import BEGIN_MS, NAMES, NOW_MS, Row, a_csv, date_of, some_rows
from trader.backtest.data import BadData, read_bars


def timed(folder: Path, name: str, spell: Callable[[Row], object]) -> Path:
    return a_csv(folder, [(spell(row), *row[1:]) for row in some_rows()], (name, *NAMES[1:]))


@pytest.mark.parametrize(
    ("unit", "spell"),
    [
        ("seconds", lambda row: row[0] // 1000),
        ("seconds", lambda row: f"{row[0] // 1000}.0"),
        ("milliseconds", lambda row: row[0]),
        ("milliseconds", lambda row: f"{row[0]}.000"),
        ("microseconds", lambda row: row[0] * 1000),
        ("nanoseconds", lambda row: row[0] * 1_000_000),
    ],
)
def test_the_unit_is_told_from_the_values_and_said(
    tmp_path: Path, unit: str, spell: Callable[[Row], object]
) -> None:
    said: list[str] = []
    path = timed(tmp_path, "time", spell)
    bars = read_bars(path, now_ms=NOW_MS, tell=said.append)
    assert bars.open_ms.tolist() == [row[0] for row in some_rows()]
    assert said == [f"{path}: times are in {unit}, told from the values of time"]


@pytest.mark.parametrize(
    "spell",
    [
        lambda row: date_of(row[0]).strftime("%Y-%m-%d %H:%M:%S"),
        lambda row: date_of(row[0]).strftime("%Y-%m-%dT%H:%M:%S.000"),
        lambda row: date_of(row[0]).strftime("%Y-%m-%d %H:%M"),
    ],
)
def test_a_date_without_a_zone_is_utc_and_that_is_said(
    tmp_path: Path, spell: Callable[[Row], object]
) -> None:
    said: list[str] = []
    bars = read_bars(timed(tmp_path, "date", spell), now_ms=NOW_MS, tell=said.append)
    assert bars.open_ms.tolist() == [row[0] for row in some_rows()]
    assert [text.split(": ")[1] for text in said] == ["date names no time zone and is taken as UTC"]


def test_whole_days_are_read_as_dates(tmp_path: Path) -> None:
    rows = [(f"2024-02-{day}", *some_rows(1)[0][1:]) for day in (27, 28, 29)]
    bars = read_bars(a_csv(tmp_path, rows, ("date", *NAMES[1:])), now_ms=NOW_MS)
    assert [str(date_of(at_ms))[:10] for at_ms in bars.open_ms.tolist()] == [row[0] for row in rows]
    frame = pl.DataFrame(rows, schema=["date", *NAMES[1:]], orient="row")
    frame.with_columns(pl.col("date").str.to_date()).write_parquet(tmp_path / "days.parquet")
    assert read_bars(tmp_path / "days.parquet", now_ms=NOW_MS).open_ms.tolist() == bars.open_ms.tolist()


def test_a_table_of_dates_without_a_zone_is_utc(tmp_path: Path) -> None:
    said: list[str] = []
    frame = pl.DataFrame(some_rows(), schema=["date", *NAMES[1:]], orient="row")
    path = tmp_path / "bars.parquet"
    frame.with_columns(pl.col("date").cast(pl.Datetime("ms"))).write_parquet(path)
    assert read_bars(path, now_ms=NOW_MS, tell=said.append).open_ms[0] == BEGIN_MS
    assert said == [f"{path}: date names no time zone and is taken as UTC"]


@pytest.mark.parametrize(
    ("name", "spell", "said"),
    [
        (
            "timestamp_ms",
            lambda row: row[0] // 1000,
            "expected milliseconds, as its name says; these are sec",
        ),
        ("timestamp_ms", lambda row: row[0] * 1000, "as its name says; these are microseconds"),
        ("open_time", lambda row: row[0] // 60_000, "expected a time between 2009 and 2100"),
        ("open_time", lambda row: "20250101", "expected a time between 2009 and 2100"),
        (
            "open_time",
            lambda row: row[0] * (1000 if row[0] > BEGIN_MS + 6_000_000 else 1),
            "line 6: open_time",
        ),
        (
            "open_time",
            lambda row: row[0] * 1000 + 7,
            "line 2: open_time is 1735686000000007, expected a whole",
        ),
        ("open_time", lambda row: f"{row[0] / 1000 + 0.5}", "expected a whole number"),
        ("open_time", lambda row: "nan", "expected a whole number"),
        ("date", lambda row: "31.12.2024 12:00", "line 2: date is '31.12.2024 12:00', expected a time"),
        ("date", lambda row: "" if row[0] == BEGIN_MS else row[0], "line 2: date is empty, expected a time"),
        ("date", lambda row: f"2025-01-01 0{row[1]:.0f}:00" + "Z" * (row[1] != 102), "line 4: date is"),
        ("date", lambda row: row[0] if row[1] < 103 else "2025-01-01", "line 5: date is '2025-01-01', exp"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_times_that_contradict_themselves_are_refused(
    tmp_path: Path, name: str, spell: Callable[[Row], object], said: str
) -> None:
    with pytest.raises(BadData) as caught:
        read_bars(timed(tmp_path, name, spell), now_ms=NOW_MS)
    assert said in str(caught.value)
