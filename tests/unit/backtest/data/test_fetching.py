"""A fetch completes what is on disk, whatever is there and wherever it was ended."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.support.bar_files import BEGIN_MS, NOW_MS
from tests.support.past_shelf import FRAME_MS, PAGE, Desk, Ended, Shelf
from trader.backtest.data import BadData, read_bars, read_rates
from trader.backtest.data.fetching import (
    BAR_NAMES,
    FUNDING_STEP_MS,
    RATE_NAMES,
    Order,
    missing,
    said,
)
from trader.backtest.data.store import Row, opened, side_of
from trader.core.candles import HOUR_MS
from trader.core.errors import ConfigError


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_fetch_is_read_by_a_backtest(desk: Desk) -> None:
    source = Shelf()
    done = desk.fetch(source)
    bars = read_bars(desk.path, now_ms=NOW_MS)
    assert [tuple(row) for row in pl.read_parquet(desk.path).rows()] == [source.at(n) for n in range(40)]
    assert (len(bars), bars.frame_ms, desk.told) == (40, FRAME_MS, [])
    assert said(done) == f"{desk.path}: 40 new rows, 40 in all"
    assert sum(desk.shares) == pytest.approx(1.0)
    assert not side_of(desk.path).exists()


def test_the_running_bar_is_left_out_by_the_venue_s_clock(desk: Desk) -> None:
    source = Shelf(count=12)
    desk.fetch(source, last=40)
    assert desk.numbers() == list(range(12))
    source.count = 13
    desk.fetch(source, last=40)
    assert desk.numbers() == list(range(13))


def test_a_bar_is_taken_some_seconds_after_its_close_only(desk: Desk) -> None:
    class Early(Shelf):
        def now_ms(self) -> int:
            return super().now_ms() - 1

    desk.fetch(Early(count=12), last=40)
    assert desk.numbers() == list(range(11))


def test_what_is_on_disk_is_not_asked_for_again(desk: Desk) -> None:
    desk.fetch(Shelf(), first=10, last=20)
    again = Shelf()
    assert desk.fetch(again, first=10, last=20).new == 0
    assert again.asked == []
    assert desk.fetch(again, first=5, last=25).new == 10
    # Before what is there, and after it from the last bar on, which has to be the same.
    assert again.asked == [5, 19, 24]
    assert desk.numbers() == list(range(5, 25))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    st.frozensets(st.integers(1, 38)),
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10), st.integers(0, 6)), max_size=4),
    st.integers(0, 12),
    st.booleans(),
)
def test_wherever_it_was_ended_it_ends_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    holes: frozenset[int],
    tries: list[tuple[int, int, int]],
    begin: int,
    is_bounded: bool,
) -> None:
    desk = Desk(tmp_path_factory.mktemp("fetch"))
    source = Shelf(holes=holes, first=begin)
    source.is_bounded = is_bounded
    kept: set[int] = set()
    died = 0
    for first, count, pages in tries:
        source.left = pages
        try:
            desk.fetch(source, first=first, last=first + count)
        except Ended:
            died += 1
        with opened(desk.path, BAR_NAMES) as store:
            assert kept <= set(store.rows)
            kept = set(store.rows)
    source.left = None
    desk.fetch(source)
    expected = [n for n in range(begin, 40) if n not in holes]
    assert desk.numbers() == expected
    assert not side_of(desk.path).exists()
    event(f"{died} died")


@pytest.mark.parametrize(
    "cut", [b"1735686000000,1.0,2.0,1.0,1", b"1735686000000,1.0\n", b"\xff\xfe,1,2,3,4,5\n"]
)
def test_a_row_that_a_kill_cut_off_is_no_row(desk: Desk, cut: bytes) -> None:
    source = Shelf()
    source.left = 2
    with pytest.raises(Ended):
        desk.fetch(source)
    with side_of(desk.path).open("ab") as side:
        side.write(cut)
    source.left = 1
    with pytest.raises(Ended):
        desk.fetch(source)
    source.left = None
    # The page after the kill began with the last bar before it.
    assert desk.fetch(source).new == 40 - 2 * PAGE - (PAGE - 1)
    assert [tuple(row) for row in pl.read_parquet(desk.path).rows()] == [source.at(n) for n in range(40)]


def test_a_kill_between_the_file_and_its_side_loses_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(_path: Path, missing_ok: bool = False) -> None:
        raise Ended

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", dies)
        with pytest.raises(Ended):
            desk.fetch(Shelf(), last=20)
    assert side_of(desk.path).exists()
    assert desk.fetch(Shelf(), last=30).new == 10
    assert desk.numbers() == list(range(30))


def test_a_hole_as_long_as_a_page_hides_no_bar_behind_it(desk: Desk) -> None:
    source = Shelf(holes=frozenset(range(10, 10 + PAGE - 1)))
    desk.fetch(source, last=10)
    desk.fetch(source)
    assert desk.numbers() == source.numbers()[:-1]


def test_another_market_under_the_same_name_is_refused(desk: Desk) -> None:
    desk.fetch(Shelf(), last=10)
    other = Shelf()
    other.price = 101.0
    with pytest.raises(BadData, match=r"the bar of 2025-01-01 01:15:00 UTC is .* here, and the venue says"):
        desk.fetch(other)
    assert desk.numbers() == list(range(10))


def test_where_the_venue_begins_is_found_in_few_questions_and_told(desk: Desk) -> None:
    source = Shelf(first=2_000, count=2_010)
    desk.fetch(source, last=3_000)
    assert desk.numbers() == list(range(2_000, 2_010))
    assert len(source.asked) < 15
    begin = "2025-01-21 19:00:00 UTC"
    assert desk.told == [f"{desk.path}: the venue has nothing between 2024-12-31 23:00:00 UTC and {begin}"]


def test_a_venue_that_has_nothing_leaves_no_file(desk: Desk) -> None:
    assert desk.fetch(Shelf(first=999), last=20).rows == 0
    assert list(desk.path.parent.iterdir()) == []
    assert "the venue has nothing between" in desk.told[0]


def test_two_fetches_of_one_series_do_not_mix(desk: Desk) -> None:
    with opened(desk.path, BAR_NAMES), pytest.raises(ConfigError, match="another fetch writes this series"):
        desk.fetch(Shelf())


def test_a_file_of_something_else_is_not_overwritten(desk: Desk) -> None:
    desk.path.parent.mkdir()
    pl.DataFrame({"a": [1]}).write_parquet(desk.path)
    with pytest.raises(BadData, match="has columns a, expected timestamp_ms, open"):
        desk.fetch(Shelf())
    desk.path.write_bytes(b"no parquet")
    with pytest.raises(BadData, match="cannot be read"):
        desk.fetch(Shelf())


def test_a_folder_that_cannot_be_written_is_named(desk: Desk) -> None:
    desk.path.parent.write_text("a file")
    with pytest.raises(ConfigError, match=r"cannot be written: .*; choose another --out"):
        desk.fetch(Shelf())


class Payments(Shelf):
    """Funding each hour; a page is so many hours."""

    def at(self, number: int) -> Row:
        return (BEGIN_MS + number * HOUR_MS + 7, 0.0001 * (number % 3))

    def __init__(self) -> None:
        super().__init__()
        self.page_ms = PAGE * HOUR_MS

    def now_ms(self) -> int:
        return NOW_MS


def hours(first: int, last: int) -> dict[str, int]:
    return {"first": first * 4, "last": last * 4, "frame_ms": 0}


def test_funding_is_completed_at_both_ends(desk: Desk) -> None:
    source = Payments()
    desk.fetch(source, **hours(10, 20))
    assert len(read_rates(desk.path).at_ms) == 10
    desk.fetch(source, **hours(4, 30))
    assert pl.read_parquet(desk.path).rows() == [source.at(n) for n in range(4, 30)]
    assert tuple(pl.read_parquet(desk.path).columns) == RATE_NAMES
    source.left = 1
    with pytest.raises(Ended):
        desk.fetch(source, **hours(4, 41))
    source.left = None
    desk.fetch(source, **hours(4, 41))
    assert pl.read_parquet(desk.path).rows() == [source.at(n) for n in range(4, 41)]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([], [(0, 100)]),
        ([0, 8], [(9, 100)]),
        ([0, 8, 16, 40, 48], [(17, 40), (49, 100)]),
        ([50, 58], [(0, 50), (59, 100)]),
        ([100, 108], [(0, 100)]),
    ],
)
def test_a_hole_in_funding_is_asked_for(times: list[int], expected: list[tuple[int, int]]) -> None:
    unit = FUNDING_STEP_MS // 8
    order = Order(Path("x"), 0, 0, 100 * unit)
    found = list(missing([at * unit for at in times], order, 100 * unit))
    # A span begins a moment after the payment before it.
    assert [(-(-first // unit), last // unit) for first, last in found] == expected
