"""What belongs to one coin is fitted together, and what does not fit is refused or told."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bar_files import BEGIN_MS, NAMES, NOW_MS, Row, csv_text, some_rows, written
from trader.backtest.data import BadData, tape_of
from trader.backtest.data.frames import fixed_bars, frame_name, resampled, whole_groups
from trader.backtest.tape import Bars, Tape
from trader.core.candles import DAY_MS, HOUR_MS, MINUTE_MS

HALF_MS = 30 * MINUTE_MS
QUARTER_MS = 15 * MINUTE_MS


def bars_from(rows: Sequence[Sequence[float]], frame_ms: int) -> Bars:
    columns = list(zip(*rows, strict=True))
    times = np.array(columns[0], dtype=np.int64)
    return fixed_bars(frame_ms, times, *(np.array(column, dtype=np.float64) for column in columns[1:]))


def joined(rows: Sequence[Row]) -> Row:
    """One bar of several, the plain way."""
    volume = 0.0
    for row in rows:
        volume = volume + row[5]
    return (rows[0][0], rows[0][1], max(r[2] for r in rows), min(r[3] for r in rows), rows[-1][4], volume)


def grouped(rows: Sequence[Row], frame_ms: int, count: int) -> list[Row]:
    """Complete groups only, the plain way."""
    starts = sorted({row[0] - row[0] % frame_ms for row in rows})
    groups = [[row for row in rows if row[0] - row[0] % frame_ms == start] for start in starts]
    return [joined(group) for group in groups if len(group) == count]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sets(st.integers(0, 40), min_size=2), st.sampled_from([2, 4, 8]))
def test_longer_bars_are_made_of_complete_groups_only(places: set[int], count: int) -> None:
    rows = [row for n, row in enumerate(some_rows(41, frame_ms=QUARTER_MS)) if n in places]
    made = resampled(bars_from(rows, QUARTER_MS), count * QUARTER_MS)
    columns = (made.open_ms, made.open, made.high, made.low, made.close, made.volume)
    plain = grouped(rows, count * QUARTER_MS, count)
    assert [tuple(row) for row in zip(*(c.tolist() for c in columns), strict=True)] == plain
    assert len(whole_groups(bars_from(rows, QUARTER_MS), count * QUARTER_MS)) == len(plain)


@pytest.mark.parametrize(
    ("frame_ms", "name"),
    [(MINUTE_MS, "1m"), (HALF_MS, "30m"), (4 * HOUR_MS, "4h"), (DAY_MS, "1d"), (90_000, "90s"), (7, "7 ms")],
)
def test_a_frame_has_a_name(frame_ms: int, name: str) -> None:
    assert frame_name(frame_ms) == name


class Desk:
    """Files of one coin, and the tape that comes of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.quarters: list[Row] = some_rows(16, frame_ms=QUARTER_MS)
        self.halves: list[Row] = grouped(self.quarters, HALF_MS, 2)

    def file(self, name: str, rows: Sequence[Sequence[object]]) -> Path:
        return written(self.folder / f"{name}.csv", csv_text(rows, NAMES))

    def tape(self, frame_ms: int = HALF_MS, **more: Any) -> Tape:
        self.said.clear()
        candles = self.file("candles", self.halves)
        return tape_of(
            "BTC", frame_ms=frame_ms, candles=candles, now_ms=NOW_MS, tell=self.said.append, **more
        )

    def refusal(self, frame_ms: int = HALF_MS, **more: Any) -> str:
        with pytest.raises(BadData) as caught:
            self.tape(frame_ms, **more)
        return str(caught.value)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_candles_alone(desk: Desk) -> None:
    tape = desk.tape()
    assert (tape.coin, len(tape.bars), tape.inner, tape.mark, tape.funding) == ("BTC", 8, None, None, None)
    assert desk.said == []


def test_a_finer_file_is_put_together_and_that_is_said(desk: Desk) -> None:
    tape = desk.tape(HOUR_MS)
    assert (tape.bars.frame_ms, tape.bars.close.tolist()) == (HOUR_MS, [row[4] for row in desk.halves[1::2]])
    assert "4 1h bars put together from 30m candles" in desk.said[0]
    del desk.halves[2]
    assert len(desk.tape(HOUR_MS).bars) == 3
    assert desk.said[-1].endswith("; 1 bar of incomplete groups left out")


@pytest.mark.parametrize(
    ("frame_ms", "said"),
    [
        (QUARTER_MS, "candles of 30m cannot make 15m bars"),
        (45 * MINUTE_MS, "candles of 30m cannot make 45m bars"),
        (DAY_MS, "no complete 1d bar in it"),
    ],
)
def test_a_frame_that_cannot_be_made(desk: Desk, frame_ms: int, said: str) -> None:
    assert said in desk.refusal(frame_ms)


def test_fewer_bars_than_the_windows_need(desk: Desk) -> None:
    assert len(desk.tape(bars_needed=8).bars) == 8
    assert "8 bars of 30m, and BTC needs 9 to begin" in desk.refusal(bars_needed=9)


def test_inner_bars_are_there_for_a_whole_bar_or_not_at_all(desk: Desk) -> None:
    inner = desk.quarters[2:9] + desk.quarters[10:]
    tape = desk.tape(inner=desk.file("inner", inner))
    assert tape.inner is not None
    kept = [row[0] for row in desk.quarters[2:8] + desk.quarters[10:]]
    assert tape.inner.open_ms.tolist() == kept
    assert "15m bars inside 6 30m bars of 8" in desk.said[-1]


def test_inner_bars_that_contradict_their_bar_are_left_out_by_name(desk: Desk) -> None:
    open_ms, opened, high, low, close, volume = desk.quarters[5]
    desk.quarters[5] = (open_ms, opened, high * 1.00009, low, close, volume)
    tape = desk.tape(inner=desk.file("inner", desk.quarters))
    assert tape.inner is not None and len(tape.inner) == 16
    assert desk.said[-1].endswith(": 15m bars inside each 30m bar")
    desk.quarters[5] = (open_ms, opened, high * 1.0002, low, close, volume)
    tape = desk.tape(inner=desk.file("inner", desk.quarters))
    assert tape.inner is not None and tape.inner.open_ms.tolist() == [
        row[0] for n, row in enumerate(desk.quarters) if n not in (4, 5)
    ]
    assert "disagree with 1 of 8 30m bars by more than 0.01% of price: 2025-01-01 00:00:00" in desk.said[0]


@pytest.mark.parametrize("column", [1, 2, 3, 4])
def test_inner_bars_of_another_market_are_refused(desk: Desk, column: int) -> None:
    for place in (0, 1, 4, 5):
        row: list[Any] = list(desk.quarters[place])
        row[column] += {1: 0.3, 2: 3.0, 3: -3.0, 4: 0.3}[column]
        desk.quarters[place] = (row[0], row[1], row[2], row[3], row[4], row[5])
    text = desk.refusal(inner=desk.file("inner", desk.quarters))
    assert "inner bars disagree with 2 of 8 30m bars" in text and "Are both files of one market" in text


def test_inner_bars_must_divide_and_meet_the_bars(desk: Desk) -> None:
    same = desk.file("inner", desk.halves)
    assert "inner bars of 30m do not divide 30m bars" in desk.refusal(inner=same)
    later = [(row[0] + DAY_MS, *row[1:]) for row in desk.quarters]
    assert "has all inner bars of no 30m bar" in desk.refusal(inner=desk.file("inner", later))


def marks_of(rows: Sequence[Row], *, away: float = 1.001) -> list[tuple[float, ...]]:
    return [(row[0], *(price * away for price in row[1:5]), 0.0) for row in rows]


def test_every_bar_has_a_mark_bar(desk: Desk) -> None:
    marks = marks_of(desk.halves)
    del marks[3]
    tape = desk.tape(mark=desk.file("marks", marks))
    assert tape.mark is not None and tape.mark.open_ms.tolist() == tape.bars.open_ms.tolist()
    expected = [row[2] * (1.0 if n == 3 else 1.001) for n, row in enumerate(desk.halves)]
    assert tape.mark.high.tolist() == expected
    assert "no mark for 1 of 8 bars, first 2025-01-01 00:30:00 UTC: the candles stand in" in desk.said[-1]


def test_finer_marks_serve_bars_and_inner_bars(desk: Desk) -> None:
    inner, marks = desk.file("inner", desk.quarters), desk.file("marks", marks_of(desk.quarters))
    tape = desk.tape(inner=inner, mark=marks)
    assert tape.mark is not None and tape.inner_mark is not None and tape.inner is not None
    assert tape.mark.frame_ms == HALF_MS and tape.inner_mark.frame_ms == QUARTER_MS
    assert tape.inner_mark.open_ms.tolist() == tape.inner.open_ms.tolist()
    coarser = desk.tape(inner=inner, mark=desk.file("marks", marks_of(desk.halves)))
    assert coarser.mark is not None and coarser.inner_mark is None


def test_marks_that_cannot_be_meant(desk: Desk) -> None:
    hourly = grouped(desk.halves, HOUR_MS, 2)
    assert "marks of 1h for 30m bars" in desk.refusal(mark=desk.file("marks", marks_of(hourly)))
    other = marks_of(desk.halves, away=1.03)
    assert "half of all marks are more than 3.0% away" in desk.refusal(mark=desk.file("marks", other))
    later = [(row[0] + DAY_MS, *row[1:]) for row in desk.halves]
    assert "has a mark for none of the bars" in desk.refusal(mark=desk.file("marks", later))


def test_candles_without_any_volume_are_told(desk: Desk) -> None:
    desk.tape()
    assert not desk.said
    desk.halves = [(*row[:5], 0.0) for row in desk.halves]
    desk.tape()
    assert "no bar has any volume: are these marks?" in desk.said[0]


def test_funding_beside_the_bars(desk: Desk) -> None:
    tape = desk.tape(funding=0.0001)
    assert tape.funding is not None and tape.funding.at_ms.tolist() == [BEGIN_MS + HOUR_MS]
    tape = desk.tape(funding="0.0002")
    assert tape.funding is not None and tape.funding.rate.tolist() == [0.0002]
    rows = [(BEGIN_MS - 7 * HOUR_MS, 0.0001), (BEGIN_MS + HOUR_MS, 0.0003)]
    path = written(desk.folder / "funding.csv", csv_text(rows, ("timestamp_ms", "funding_rate")))
    tape = desk.tape(funding=path)
    assert tape.funding is not None and tape.funding.rate.tolist() == [0.0001, 0.0003]
    path = written(path, csv_text(rows[:1], ("timestamp_ms", "funding_rate")))
    assert "has no payment between" in desk.refusal(funding=path)
