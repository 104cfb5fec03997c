"""A look through files: every kind of fault and of thing to know, alone and against another file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.bar_files import BEGIN_MS, NAMES, NOW_MS, a_csv, csv_text, some_rows, written
from trader.backtest.data.compare import compare
from trader.backtest.data.findings import LISTED_MAX, Finding, Inspection, inspect
from trader.core.candles import HOUR_MS, MINUTE_MS

HALF_MS = 30 * MINUTE_MS
Rows = list[list[Any]]


def some_lists(count: int = 80, *, frame_ms: int = HALF_MS) -> Rows:
    """Prices that do not repeat themselves within a day, so that a shift shows."""
    rows: Rows = [list(row) for row in some_rows(count, frame_ms=frame_ms)]
    for number, row in enumerate(rows):
        row[1:5] = [price + number * number % 101 for price in row[1:5]]
    return rows


def seen(folder: Path, rows: Sequence[Sequence[object]], name: str = "bars") -> Inspection:
    return inspect(written(folder / f"{name}.csv", csv_text(rows, NAMES)), now_ms=NOW_MS)


def kinds(findings: Sequence[Finding]) -> list[tuple[str, bool, int]]:
    return [(each.kind, each.is_fault, each.count) for each in findings]


def test_sound_bars_have_nothing_to_tell(tmp_path: Path) -> None:
    one = seen(tmp_path, some_lists())
    assert (one.findings, one.is_usable, one.holds, one.rows) == ([], True, "candles", 80)
    assert (one.frame_ms, one.first_ms, one.last_ms) == (HALF_MS, BEGIN_MS, BEGIN_MS + 79 * HALF_MS)


def test_gaps_and_still_bars_are_notes_with_their_places(tmp_path: Path) -> None:
    rows = some_lists()
    for number in (10, 11, 12, 40):
        rows[number][5] = 0
    del rows[60:63], rows[50]
    one = seen(tmp_path, rows)
    assert one.is_usable and kinds(one.findings) == [("gap", False, 2), ("still", False, 2)]
    gap, still = one.findings
    assert gap.at_ms == (BEGIN_MS + 49 * HALF_MS, BEGIN_MS + 59 * HALF_MS)
    assert gap.text == "4 bars missing in 2 gaps; the longest has 3, after 2025-01-02 04:30:00 UTC"
    assert still.at_ms == (BEGIN_MS + 10 * HALF_MS, BEGIN_MS + 40 * HALF_MS)
    assert still.text == "4 bars without volume in 2 runs; the longest has 3, from 2025-01-01 04:00:00 UTC"


def test_every_fault_is_listed_not_the_first_alone(tmp_path: Path) -> None:
    rows = some_lists()
    rows[3][3], rows[4][2], rows[5][5], rows[6][1] = -1, 0.5, -3, "nan"
    rows.append(rows.pop(20))
    rows.append(rows[30])
    rows[8][0] += MINUTE_MS
    one = seen(tmp_path, rows)
    assert not one.is_usable and one.bars is None
    found = [(each.kind, each.text.split(",")[0]) for each in one.findings if each.is_fault]
    assert ("order", "line 81: opens at 2025-01-01 09:00:00 UTC") in found
    assert ("values", "line 8: open is nan") in found
    assert ("values", "line 5: low is -1.0") in found
    assert ("values", "line 7: volume is -3.0") in found
    assert ("values", "line 6: high is 0.5") in found


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (lambda rows: rows.append(rows[-1]), "order"),
        (lambda rows: rows.reverse(), "order"),
        (lambda rows: [row.__setitem__(0, row[0] + MINUTE_MS) for row in rows], "frame"),
        (lambda rows: rows[5].__setitem__(0, rows[5][0] + MINUTE_MS), "frame"),
        (lambda rows: rows[5].__setitem__(4, 0), "values"),
        (lambda rows: rows[5].__setitem__(4, "x"), "unreadable"),
        (lambda rows: [row.__setitem__(0, row[0] + 500 * 24 * HOUR_MS) for row in rows], "unfinished"),
    ],
    ids=["repeat", "reversed", "shifted", "one off the border", "zero", "no number", "future"],
)
def test_the_kind_of_a_fault(tmp_path: Path, damage: Callable[[Rows], object], kind: str) -> None:
    rows = some_lists()
    damage(rows)
    one = seen(tmp_path, rows)
    assert {each.kind for each in one.findings if each.is_fault} == {kind}


def test_places_are_listed_to_a_bound(tmp_path: Path) -> None:
    rows = some_lists(600)
    for row in rows[::2]:
        row[5] = 0
    (still,) = seen(tmp_path, rows).findings
    assert (still.count, len(still.at_ms)) == (300, LISTED_MAX)


def test_a_unit_that_was_told_is_a_note(tmp_path: Path) -> None:
    path = a_csv(tmp_path, [(row[0] // 1000, *row[1:]) for row in some_lists()], ("time", *NAMES[1:]))
    (told,) = inspect(path, now_ms=NOW_MS).findings
    assert told == Finding("told", False, "times are in seconds, told from the values of time")


def test_funding_is_known_by_its_columns(tmp_path: Path) -> None:
    rows = [(BEGIN_MS + hour * HOUR_MS, 0.0001) for hour in range(20) if hour != 7]
    one = inspect(a_csv(tmp_path, rows, ("timestamp_ms", "funding_rate")), now_ms=NOW_MS)
    assert (one.holds, one.rows, one.frame_ms, one.is_usable) == ("funding", 19, None, True)
    assert [each.text for each in one.findings] == [
        "1 payment of funding missing, due 2025-01-01 06:00:00 UTC"
    ]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    one = inspect(tmp_path / "absent.csv", now_ms=NOW_MS)
    assert kinds(one.findings) == [("unreadable", True, 1)]
    assert compare(one, one) == []


def quarters(rows: Rows) -> Rows:
    """Two finer bars in each."""
    finer = []
    for open_ms, opened, high, low, close, volume in rows:
        finer.append([open_ms, opened, high, low, low, volume / 2])
        finer.append([open_ms + HALF_MS // 2, low, close, low, close, volume / 2])
    return finer


def test_frames_that_agree_and_hours_in_which_they_do_not(tmp_path: Path) -> None:
    rows = some_lists(400)
    finer = quarters(rows)
    one, other = seen(tmp_path, rows), seen(tmp_path, finer, "finer")
    (agrees,) = compare(one, other)
    assert (agrees.kind, agrees.text) == ("agrees", "400 30m bars agree to 0.01% of price")
    assert compare(other, one) == [agrees]
    for number in (100, 101, 103):
        finer[2 * number][2] *= 1.001
    (apart,) = compare(one, seen(tmp_path, finer, "finer"))
    assert (apart.kind, apart.is_fault, apart.count) == ("disagreement", False, 3)
    assert apart.at_ms == tuple(BEGIN_MS + number * HALF_MS for number in (100, 101, 103))
    assert apart.text.startswith("3 of 400 30m bars disagree by more than 0.01% of price: 2025-01-03 01:00")


def test_another_market_is_a_fault(tmp_path: Path) -> None:
    rows = some_lists()
    other = [[row[0], *(price * 1.5 for price in row[1:5]), row[5]] for row in rows]
    (apart,) = compare(seen(tmp_path, rows), seen(tmp_path, other, "other"))
    assert (apart.kind, apart.is_fault, apart.count) == ("disagreement", True, 80)


@pytest.mark.parametrize(
    ("by_ms", "said"),
    [(8 * HOUR_MS, "8h earlier"), (-5 * HOUR_MS, "5h later"), (HALF_MS, "30m earlier")],
)
def test_a_shift_in_time_is_named(tmp_path: Path, by_ms: int, said: str) -> None:
    rows = some_lists()
    other = [[row[0] + by_ms, *row[1:]] for row in rows]
    (shift,) = compare(seen(tmp_path, rows), seen(tmp_path, other, "other"))
    assert (shift.kind, shift.is_fault) == ("shift", True)
    assert shift.text == f"the bars agree once the other file's times are {said}: one of the two is shifted"


def marks(rows: Rows) -> Rows:
    return [[*row[:5], 0] for row in rows]


def test_wicks_that_mark_never_saw(tmp_path: Path) -> None:
    rows = some_lists()
    other = seen(tmp_path, marks(rows), "marks")
    assert other.holds == "marks"
    (agrees,) = compare(seen(tmp_path, rows), other)
    assert agrees.text == "no last price of 80 30m bars is more than 1% beyond what mark saw"
    rows[30][2] *= 2.5
    rows[50][3] *= 0.98
    (wick,) = compare(seen(tmp_path, rows), other)
    assert (wick.kind, wick.is_fault, wick.count) == ("wick", False, 2)
    assert wick.at_ms == (BEGIN_MS + 30 * HALF_MS, BEGIN_MS + 50 * HALF_MS)
    assert "the furthest, 150.0%, at 2025-01-01 14:00:00 UTC" in wick.text
    assert compare(other, seen(tmp_path, rows)) == [wick]


def test_files_that_cannot_be_compared(tmp_path: Path) -> None:
    one = seen(tmp_path, some_lists())
    odd = seen(tmp_path, some_lists(frame_ms=20 * MINUTE_MS), "odd")
    (divide,) = compare(one, odd)
    assert divide.is_fault and "30m and 20m do not divide each other" in divide.text
    later = [[row[0] + 60 * 24 * HOUR_MS, *row[1:]] for row in some_lists()]
    for other in (later, marks(later)):
        (nothing,) = compare(one, seen(tmp_path, other, "later"))
        assert nothing.is_fault and "nothing to compare" in nothing.text
