"""Each defect of bars is refused by file, row and value; gaps are counted and told."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.bar_files import BEGIN_MS, NOW_MS, a_csv, a_row, archived, csv_text, some_rows, written
from trader.backtest.data import BadData, read_bars
from trader.core.candles import HOUR_MS, MINUTE_MS

FRAME_MS = 30 * MINUTE_MS
Rows = list[list[Any]]


def some_lists(count: int = 8) -> Rows:
    return [list(row) for row in some_rows(count)]


def changed(row: int, column: int, value: object) -> Callable[[Rows], object]:
    return lambda rows: rows[row].__setitem__(column, value)


def shifted(by_ms: int, first: int = 0) -> Callable[[Rows], object]:
    def shift(rows: Rows) -> None:
        for row in rows[first:]:
            row[0] += by_ms

    return shift


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda rows: rows.reverse(), "line 3: the newest row stands first. Sort"),
        (
            lambda rows: rows.insert(5, rows.pop(2)),
            "line 7: opens at 2025-01-01 00:00:00 UTC, before the row",
        ),
        (
            lambda rows: rows.insert(4, rows[3]),
            "line 6: a second bar opens at 2025-01-01 00:30:00 UTC (1 rep",
        ),
        (
            lambda rows: rows.extend(rows[-1:] * 2),
            "line 10: a second bar opens at 2025-01-01 02:30:00 UTC (2",
        ),
        (lambda rows: rows.__delitem__(slice(1, None)), "holds one bar, whose length cannot be told"),
        (shifted(10 * MINUTE_MS), "line 2: opens at 2024-12-31 23:10:00 UTC, 10m past a 30m border of UTC"),
        (
            shifted(10 * MINUTE_MS, 4),
            "line 6: opens 40m after the bar before it, and most bars are 30m apart",
        ),
        (changed(3, 1, "nan"), "line 5: open is nan, expected a finite number"),
        (changed(3, 2, "inf"), "line 5: high is inf, expected a finite number"),
        (changed(3, 4, "1e999"), "line 5: close is inf, expected a finite number"),
        (changed(3, 5, "NaN"), "line 5: volume is nan, expected a finite number"),
        (changed(3, 3, 0), "line 5: low is 0.0, expected a price above 0"),
        (changed(3, 4, -100), "line 5: close is -100.0, expected a price above 0"),
        (changed(3, 5, -1), "line 5: volume is -1.0, expected 0 or more"),
        (changed(3, 3, 106), "line 5: high is 105.5, below low, which is 106.0"),
        (changed(3, 1, 106), "line 5: open is 106.0, above high, which is 105.5"),
        (changed(3, 1, 101), "line 5: open is 101.0, below low, which is 101.75"),
        (changed(3, 4, 106), "line 5: close is 106.0, above high, which is 105.5"),
        (changed(3, 4, 101.5), "line 5: close is 101.5, below low, which is 101.75"),
        (
            lambda rows: [row.__setitem__(5, -1) for row in rows],
            "line 2: volume is -1.0, expected 0 or more (8",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_defect_is_named(tmp_path: Path, damage: Callable[[Rows], object], said: str) -> None:
    rows = some_lists()
    damage(rows)
    path = a_csv(tmp_path, rows)
    with pytest.raises(BadData) as caught:
        read_bars(path, now_ms=NOW_MS)
    assert str(caught.value).startswith(f"{path}: {said}")


def test_a_frame_must_divide_a_day(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="most bars are 7m apart, which does not divide a day"):
        read_bars(a_csv(tmp_path, some_rows(frame_ms=7 * MINUTE_MS)), now_ms=NOW_MS)


def test_two_frames_in_one_file_are_not_taken_for_gaps(tmp_path: Path) -> None:
    finer = some_rows(60, frame_ms=15 * MINUTE_MS)
    coarser = [(BEGIN_MS + 15 * HOUR_MS + number * HOUR_MS, *finer[0][1:]) for number in range(40)]
    with pytest.raises(BadData, match="line 62: from here 30 bars and more are 1h apart, and most are 15m"):
        read_bars(a_csv(tmp_path, [*finer, *coarser]), now_ms=NOW_MS)


def test_gaps_stay_and_are_told(tmp_path: Path) -> None:
    rows = some_rows(12)
    del rows[8:10], rows[3]
    said: list[str] = []
    path = a_csv(tmp_path, rows)
    bars = read_bars(path, now_ms=NOW_MS, tell=said.append)
    assert bars.open_ms.tolist() == [row[0] for row in rows]
    after = "2025-01-01 02:30:00 UTC"
    assert said == [f"{path}: 2 gaps, 3 bars missing; the longest is 2, after {after}"]


def test_sound_bars_say_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    read_bars(a_csv(tmp_path, some_rows()), now_ms=NOW_MS, tell=said.append)
    assert said == []


LAST_MS = a_row(7)[0]


@pytest.mark.parametrize(
    ("now_ms", "written_ms", "why"),
    [
        (LAST_MS + 1, NOW_MS, "it closes at 2025-01-01 03:00:00 UTC, and now is 2025-01-01 02:30:00 UTC"),
        (LAST_MS + FRAME_MS - 1, NOW_MS, "and now is 2025-01-01 02:59:59 UTC"),
        (NOW_MS, LAST_MS + FRAME_MS - 1000, "and the file was written at 2025-01-01 02:59:59 UTC"),
    ],
)
def test_a_last_bar_that_had_not_closed(tmp_path: Path, now_ms: int, written_ms: int, why: str) -> None:
    """By the clock, or by a file written in the middle of it: refused, or left out by name when asked."""
    path = a_csv(tmp_path, some_rows())
    os.utime(path, (written_ms / 1000, written_ms / 1000))
    with pytest.raises(BadData, match="line 9: the last bar is not finished: ") as caught:
        read_bars(path, now_ms=now_ms)
    assert why in str(caught.value)
    said: list[str] = []
    bars = read_bars(path, now_ms=now_ms, drop_unfinished=True, tell=said.append)
    assert bars.open_ms.tolist() == [row[0] for row in some_rows(7)]
    assert "line 9: the last bar (2025-01-01 02:30:00 UTC) is left out" in said[0] and why in said[0]


def test_a_bar_that_has_just_closed_is_read(tmp_path: Path) -> None:
    assert len(read_bars(a_csv(tmp_path, some_rows()), now_ms=LAST_MS + FRAME_MS)) == 8


def test_bars_of_the_future_are_refused_even_when_asked_to_drop(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="line 8: opens at 2025-01-01 02:00:00 UTC, after now"):
        read_bars(a_csv(tmp_path, some_rows()), now_ms=LAST_MS - FRAME_MS - 1, drop_unfinished=True)


def an_archive(folder: Path, lengths: list[int]) -> Path:
    rows = [archived(a_row(n), per_ms=1, frame_ms=length) for n, length in enumerate(lengths)]
    return written(folder / "archive.csv", csv_text(rows, None))


def test_a_close_time_says_that_the_last_bar_is_short(tmp_path: Path) -> None:
    path = an_archive(tmp_path, [FRAME_MS, FRAME_MS, FRAME_MS, 7 * MINUTE_MS])
    with pytest.raises(BadData, match="line 4: the last bar is not finished: it is 7m long by its close"):
        read_bars(path, now_ms=NOW_MS)
    assert len(read_bars(path, now_ms=NOW_MS, drop_unfinished=True)) == 3


def test_a_close_time_says_that_a_bar_is_of_another_frame(tmp_path: Path) -> None:
    path = an_archive(tmp_path, [FRAME_MS, HOUR_MS, FRAME_MS, FRAME_MS])
    with pytest.raises(BadData, match="line 2: is 1h long by its close time"):
        read_bars(path, now_ms=NOW_MS)
