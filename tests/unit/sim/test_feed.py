"""Prices: the bundle plays for ever both ways without a jump, a script says exactly what was written."""

import gzip
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader.exchange.prices import MINUTE_MS, Bar
from trader.sim.bars import FoldedBars, Past, ScriptedBars, joined
from trader.sim.bundle import BUNDLE_COINS, BUNDLE_MINUTES, BUNDLE_START_MINUTE, Days, bundled_minutes
from trader.sim.feed import ScriptedFeed, bundle_feed, flat_bar, flat_feed

START = 29_000_000
minutes = st.integers(BUNDLE_START_MINUTE - 10 * BUNDLE_MINUTES, BUNDLE_START_MINUTE + 50 * BUNDLE_MINUTES)


def tiny() -> FoldedBars:
    """Three minutes: 1 to 2, 2 to 3, 3 to 5."""
    return FoldedBars(
        100, [[1.0, 2.0, 3.0], [2.5, 3.5, 5.5], [0.5, 1.5, 2.5], [2.0, 3.0, 5.0], [10.0, 20.0, 30.0]]
    )


def test_played_backward_open_and_close_change_places() -> None:
    path = [(bar.open, bar.close) for bar in (tiny().span(minute, 1) for minute in range(100, 107))]
    assert path == [(1, 2), (2, 3), (3, 5), (5, 3), (3, 2), (2, 1), (1, 2)]


def test_history_before_the_recording_follows_the_same_rule() -> None:
    before = [(bar.open, bar.close) for bar in (tiny().span(minute, 1) for minute in range(97, 101))]
    assert before == [(5, 3), (3, 2), (2, 1), (1, 2)]


def _rows(packed: bytes) -> list[list[str]]:
    return [row.split(",") for row in gzip.decompress(packed).decode().splitlines()[1:]]


def test_a_span_over_both_turns_is_its_minutes_joined() -> None:
    bars = tiny()
    for first in range(90, 110):
        for count in range(1, 15):
            single = [bars.span(minute, 1) for minute in range(first, first + count)]
            assert bars.span(first, count) == joined(single)


@settings(max_examples=60)
@given(coin=st.sampled_from(BUNDLE_COINS), minute=minutes)
def test_the_bundle_never_jumps_and_never_leaves_its_range(coin: str, minute: int) -> None:
    bars = bundled_minutes(coin)
    this, after = bars.span(minute, 1), bars.span(minute + 1, 1)
    assert abs(after.open - this.close) / this.close < 0.002
    assert 0 < this.low <= min(this.open, this.close)
    assert max(this.open, this.close) <= this.high
    assert this == bars.span(minute + 2 * BUNDLE_MINUTES, 1)
    mirrored = bars.span(2 * BUNDLE_START_MINUTE - 1 - minute, 1)
    assert (mirrored.open, mirrored.close) == (this.close, this.open)


@pytest.mark.parametrize("coin", BUNDLE_COINS)
def test_the_bundle_has_every_minute_of_its_days(coin: str) -> None:
    packed = files("trader.sim").joinpath("data", f"{coin}-1m.csv.gz").read_bytes()
    rows = _rows(packed)
    assert [int(row[0]) // MINUTE_MS for row in rows] == list(
        range(BUNDLE_START_MINUTE, BUNDLE_START_MINUTE + BUNDLE_MINUTES)
    )
    first = [float(cell) for cell in rows[0][1:]]
    assert bundled_minutes(coin).span(BUNDLE_START_MINUTE, 1) == Bar(*first)


def test_a_day_of_the_bundle_is_read_when_a_minute_of_it_is_asked_for() -> None:
    """Whatever was asked for before, a bar is what its rows say; a day that nobody asked for is not read."""
    packed = files("trader.sim").joinpath("data", "BTC-1m.csv.gz").read_bytes()
    days = Days(packed)
    columns = [list(map(float, column)) for column in zip(*_rows(packed), strict=True)]
    whole = FoldedBars(BUNDLE_START_MINUTE, columns[1:])
    bars = FoldedBars(BUNDLE_START_MINUTE, days.columns, read=days.read)
    assert not any(days.columns[0]), "nothing was asked for"
    for first, count in ((3 * 1_440 - 1, 1), (5 * 1_440 - 10, 20), (-30, 60), (9 * 1_440, 4 * 1_440)):
        asked = BUNDLE_START_MINUTE + first
        assert bars.span(asked, count) == whole.span(asked, count)
    read = [day for day in range(28) if days.columns[0][day * 1_440]]
    assert read == [0, 2, 4, 5, 9, 10, 11, 12]


def test_a_coin_is_unpacked_when_a_minute_of_it_is_asked_for() -> None:
    days = Days(b"no recording")
    with pytest.raises(gzip.BadGzipFile):
        days.read(0, 1)


def test_prices_can_be_rounded_to_a_venues_decimals() -> None:
    feed = bundle_feed(decimals={"BTC": 0, "ETH": 1})
    assert feed.minute("BTC", BUNDLE_START_MINUTE * MINUTE_MS).open == 94_230
    assert feed.minute("SOL", BUNDLE_START_MINUTE * MINUTE_MS) == bundled_minutes("SOL").span(
        BUNDLE_START_MINUTE, 1
    )


def test_a_coin_that_is_not_bundled_is_named() -> None:
    with pytest.raises(KeyError, match="DOGE"):
        bundled_minutes("DOGE")


def test_a_script_is_flat_beyond_its_ends() -> None:
    bars = ScriptedBars(Past(START, [Bar(10, 12, 9, 11, 5.0)]))
    assert bars.span(START, 1) == Bar(10, 12, 9, 11, 5.0)
    assert bars.span(START - 1, 1) == Bar(10, 10, 10, 10, 0.0)
    assert bars.span(START + 1, 3) == Bar(11, 11, 11, 11, 0.0)
    assert bars.span(START - 1, 3) == Bar(10, 12, 9, 11, 5.0)
    with pytest.raises(ValueError, match="at least one bar"):
        Past(START, [])


def test_a_move_starts_at_the_last_price_and_fills_the_gap_flat() -> None:
    feed = flat_feed({"BTC": 100.0}, start_ms=START * MINUTE_MS, minutes=2)
    feed.move("BTC", 90, 95, from_ms=(START + 4) * MINUTE_MS)
    path = [feed.minute("BTC", (START + minute) * MINUTE_MS) for minute in range(7)]
    assert path[3] == Bar(100, 100, 100, 100, 1.0)
    assert (path[4].open, path[4].close, path[5].open, path[5].close) == (100, 90, 90, 95)
    assert path[6].open == 95


def test_a_minute_that_was_lived_cannot_be_written_again() -> None:
    feed = flat_feed({"BTC": 100.0}, start_ms=START * MINUTE_MS, minutes=2)
    with pytest.raises(ValueError, match="scripted already"):
        feed.move("BTC", 90, from_ms=(START + 1) * MINUTE_MS)


def test_a_feed_knows_its_coins_and_where_they_begin() -> None:
    feed = ScriptedFeed({"BTC": [flat_bar(1)], "ETH": [flat_bar(2)]}, start_ms=START * MINUTE_MS)
    feed.append("ETH", flat_bar(3))
    assert feed.coins == ("BTC", "ETH")
    assert feed.first_minute("BTC") == START
    assert feed.span("ETH", START, 2).close == 3
    assert bundle_feed().first_minute("BTC") is None
