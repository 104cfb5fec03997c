"""Whatever wrote the bars, the same bars are read."""

import gzip
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bar_files import (
    BEGIN_MS,
    LAYOUTS,
    NAMES,
    NOW_MS,
    Row,
    a_csv,
    csv_text,
    some_rows,
    written,
)
from trader.backtest.data import BadData, read_bars
from trader.backtest.tape import Bars
from trader.core.candles import MINUTE_MS


def rows_of(bars: Bars) -> list[Row]:
    columns = (bars.open_ms, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return [tuple(row) for row in zip(*(column.tolist() for column in columns), strict=True)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_bars_that_were_written(tmp_path: Path, layout: str) -> None:
    rows = some_rows()
    bars = read_bars(LAYOUTS[layout](tmp_path, rows), now_ms=NOW_MS)
    assert (rows_of(bars), bars.frame_ms) == (rows, 30 * MINUTE_MS)
    with pytest.raises(ValueError, match="read-only"):
        bars.close[0] = 1.0


PRICES = st.floats(1e-8, 1e7, allow_nan=False)


@st.composite
def markets(draw: st.DrawFn) -> list[Row]:
    """Bars at random places of a random frame, to the last bit of a double."""
    frame_ms = draw(st.sampled_from([MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS]))
    count = draw(st.integers(2, 6))
    rows = []
    for number in range(count):
        low, opened, closed, high = sorted(draw(st.tuples(PRICES, PRICES, PRICES, PRICES)))
        volume = draw(st.floats(0.0, 1e9, allow_nan=False))
        rows.append((BEGIN_MS + number * frame_ms, opened, high, low, closed, volume))
    return rows


@settings(max_examples=20, deadline=None, derandomize=True)
@given(markets())
def test_no_layout_changes_a_digit(rows: list[Row]) -> None:
    for layout, write in LAYOUTS.items():
        with TemporaryDirectory() as folder:
            assert rows_of(read_bars(write(Path(folder), rows), now_ms=NOW_MS)) == rows, layout


def test_columns_may_stand_in_any_order_among_others(tmp_path: Path) -> None:
    rows = some_rows(3)
    mixed = [(row[5], "x", row[4], row[3], row[2], row[1], row[0]) for row in rows]
    path = a_csv(tmp_path, mixed, ("Volume", "note", "Close", "Low", "High", "Open", "Open Time"))
    assert rows_of(read_bars(path, now_ms=NOW_MS)) == rows


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    rows = [(*row, row[1]) for row in some_rows(3)]
    with pytest.raises(BadData, match="columns open and Open have one name"):
        read_bars(a_csv(tmp_path, rows, (*NAMES, "Open")), now_ms=NOW_MS)


def test_marks_need_no_volume(tmp_path: Path) -> None:
    path = a_csv(tmp_path, [row[:5] for row in some_rows(3)], NAMES[:5])
    assert read_bars(path, marks=True, now_ms=NOW_MS).volume.tolist() == [0.0, 0.0, 0.0]
    with pytest.raises(BadData, match="no column with volumes among: timestamp_ms, open"):
        read_bars(path, now_ms=NOW_MS)


def refusal(path: Path) -> str:
    with pytest.raises(BadData) as caught:
        read_bars(path, now_ms=NOW_MS)
    text = str(caught.value)
    assert text.startswith(f"{path}: ") and text.endswith(caught.value.fix)
    return text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bars.csv", b"", "has no rows"),
        ("bars.csv", b"timestamp_ms,open,high,low,close,volume\n", "has no rows"),
        ("bars.json", b"[]", "has no rows"),
        ("bars.xlsx", b"1", "has an ending that is not known"),
        ("bars.parquet", b"PAR1 no", "cannot be read: "),
        ("bars.feather", b"ARROW1", "cannot be read: "),
        ("bars.csv.gz", b"plain", "cannot be read: "),
        ("bars.csv.gz", gzip.compress(b"1,2,3,4,5,6\n" * 99)[:-12], "cannot be read: "),
        ("bars.zip", b"PK no", "cannot be read: "),
        ("bars.json", b"{", "cannot be read: "),
        ("bars.json", b'{"data": []}', "is no list of rows"),
        ("bars.json", b"[[1735700400000,1,2,1,1,3],[1735702200000,1]]", "row 2: has 2 values, expected 6"),
        ("bars.csv", b"\xff\xfe\n", "cannot be read: "),
        ("bars.csv", b"1,2,3,4\n", "line 1: has 4 columns and no header"),
        (
            "bars.csv",
            b"1,2,3,1,1,6\n2,2,3,1,1,6,7\n",
            "line 2: has 7 values, and line 1 has 6 columns. Write",
        ),
        ("bars.csv", b"time,open,open,low,close,volume\n1\n", "line 1: names column 'open' twice"),
        ("bars.csv", b"https://www.example.com\n1,2,3\n", "line 2: has 3 values, and line 1 has 1 column."),
        ("bars.csv", b"close_time,open,high,low,close,volume\n1,1,1,1,1,1\n", "no column with open times"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    assert said in refusal(written(tmp_path / name, content))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refusal(tmp_path / "absent.csv")


def test_an_archive_of_several_files_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("one.csv", "two.csv"):
            archive.writestr(name, csv_text(some_rows(3)))
    assert "holds 2 .csv files, expected one" in refusal(path)


@pytest.mark.parametrize("cell", ["", "1,5", "n/a", "0x10"])
def test_a_cell_that_is_no_number_is_named_with_its_line(tmp_path: Path, cell: str) -> None:
    rows: list[list[object]] = [list(row) for row in some_rows(4)]
    rows[2][3] = f'"{cell}"' if cell else ""
    text = refusal(a_csv(tmp_path, rows))
    assert f"line 4: low is {repr(cell) if cell else 'empty'}, expected a number" in text
