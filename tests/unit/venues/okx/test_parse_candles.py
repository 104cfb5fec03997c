"""Candle pages as columns of closed bars."""

import pytest

from tests.support.okx_answers import HALF_HOUR_MS, NOW_MS, sample, some_candles
from trader.core.candles import Candles
from trader.core.errors import Malformed
from trader.core.ports import CandleNeed
from trader.venues.okx.parse_candles import BARS, candles

FORMING_MS = NOW_MS // HALF_HOUR_MS * HALF_HOUR_MS


def read(*pages: object, bars: int = 3) -> Candles:
    return candles(pages, CandleNeed("SOL", HALF_HOUR_MS, bars), venue_ms=NOW_MS)


def test_the_newest_closed_bars_oldest_first() -> None:
    found = read(some_candles(6))
    assert found.open_ms == tuple(FORMING_MS - i * HALF_HOUR_MS for i in (3, 2, 1))
    assert found.open == (103.0, 102.0, 101.0)
    assert found.volume == (1000.0,) * 3


def test_the_bar_now_forming_is_dropped_whatever_the_clock_says() -> None:
    rows = some_candles(3)
    assert (
        candles([rows], CandleNeed("SOL", HALF_HOUR_MS, 9), venue_ms=NOW_MS + HALF_HOUR_MS).open_ms[-1]
        < FORMING_MS
    )


def test_a_bar_that_has_just_been_confirmed_counts() -> None:
    rows = some_candles(3, newest_ms=FORMING_MS - HALF_HOUR_MS, forming=False)
    assert read(rows).open_ms[-1] == FORMING_MS - HALF_HOUR_MS


def test_nothing_after_the_first_unconfirmed_bar_counts() -> None:
    rows = some_candles(5)
    rows[2][8] = "0"
    assert read(rows, bars=9).open_ms == tuple(FORMING_MS - i * HALF_HOUR_MS for i in (4, 3))


def test_pages_that_overlap_or_meet_are_one() -> None:
    rows = some_candles(9)
    for second in (rows[4:], rows[5:], rows[2:], []):
        found = read(rows[:5], second, bars=8)
        count = 8 if second else 4
        assert found.open_ms == tuple(FORMING_MS - i * HALF_HOUR_MS for i in range(count, 0, -1))


def test_pages_with_a_hole_between_them_are_malformed() -> None:
    rows = some_candles(9)
    with pytest.raises(Malformed, match="do not meet"):
        read(rows[:4], rows[5:])


@pytest.mark.parametrize("index", range(9))
@pytest.mark.parametrize("cell", [None, "", "NaN", "x", 5, "-1"])
def test_a_cell_that_cannot_be_is_malformed(index: int, cell: object) -> None:
    rows: list[list[object]] = [list(row) for row in some_candles(4)]
    rows[2][index] = cell
    if index in (5, 7):  # volumes in contracts and in money, which nobody reads
        read(rows)
    else:
        with pytest.raises(Malformed):
            read(rows)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [[]],
        [["1"] * 8],
        ["x"],
        some_candles(4)[::-1],
        [some_candles(1)[0]] * 2,
        some_candles(3, newest_ms=FORMING_MS + 1),
        some_candles(3, newest_ms=FORMING_MS + 2 * HALF_HOUR_MS),
    ],
)
def test_pages_that_cannot_be_are_malformed(rows: object) -> None:
    with pytest.raises(Malformed):
        read(rows)


def test_a_gap_in_the_market_is_the_strategys_to_judge() -> None:
    rows = some_candles(6)
    del rows[3]
    assert len(read(rows, bars=9)) == 4


def test_days_and_longer_frames_are_in_utc() -> None:
    assert all(name.endswith("utc") for frame_ms, name in BARS.items() if frame_ms > 4 * 3_600_000)


def test_documented_rows_are_no_real_ones() -> None:
    """Their two bars carry one time that is on no border: the shape is right, and nothing is believed."""
    with pytest.raises(Malformed, match="not in the order of time"):
        read(sample("GetKlines")["data"])
