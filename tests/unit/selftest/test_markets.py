"""The markets of episodes: a past in closed form, a course that follows, and minutes that a move writes."""

from itertools import pairwise

import pytest

from trader.exchange.prices import MINUTE_MS, Bar
from trader.selftest.accounts import LEGAL, feed_of, profiles
from trader.selftest.futures import MINUTES, POOL, QUIET, bar_at
from trader.selftest.markets import (
    BASES,
    CLOSE_MS,
    LEAD_MINUTES,
    NOW_MS,
    PAST_MINUTES,
    Course,
    EpisodeFeed,
    past_of,
    walk,
)
from trader.selftest.pasts import Past
from trader.sim.bars import joined

CLOSE = CLOSE_MS // MINUTE_MS
PASTS = {
    "climbs": past_of("BTC", "breakout", 1, signals=False),
    "breaks": past_of("BTC", "breakout", -1, signals=True),
    "swings": past_of("ETH", "bollinger", 1, signals=False),
    "leaves": past_of("BTC", "bollinger", 1, signals=True, style="breakout"),
    "unbelievable": past_of("BTC", "hedge_grid", 1, signals=True, believed=False),
}


def feed(future: int = QUIET) -> EpisodeFeed:
    return EpisodeFeed({coin: Course(PASTS["climbs"], future) for coin in BASES})


def minutes(made: EpisodeFeed, first: int, count: int) -> list[Bar]:
    return [made.minute("BTC", CLOSE_MS + n * MINUTE_MS) for n in range(first, first + count)]


# Bars of every length that a venue is asked for, at its borders and across the signal: first minute, count.
SPANS = ((-30, 30), (-60, 30), (-1_440, 1_440), (-5, 5), (-240, 240), (-17, 4), (-31, 2), (-95, 90))


@pytest.mark.parametrize("name", PASTS)
def test_a_bar_of_the_past_is_what_its_minutes_are_together(name: str) -> None:
    past: Past = PASTS[name]
    for first, count in SPANS:
        whole, parts = past.span(first, count), joined([past.span(first + n, 1) for n in range(count)])
        assert (whole.open, whole.close, whole.volume) == (parts.open, parts.close, parts.volume)
        assert whole.high == pytest.approx(parts.high, rel=1e-12)
        assert whole.low == pytest.approx(parts.low, rel=1e-12)


@pytest.mark.parametrize("name", PASTS)
def test_the_past_has_no_jump_and_its_end_is_where_the_course_begins(name: str) -> None:
    past = PASTS[name]
    for before, after in pairwise(past.span(n, 1) for n in range(-200, 0)):
        assert after.open == pytest.approx(before.close, rel=1e-12)
    assert Course(past, 3).bar(CLOSE).open == past.span(-1, 1).close


def test_a_past_reaches_back_as_far_as_a_strategy_asks_and_no_further() -> None:
    assert feed().first_minute("BTC") == CLOSE - PAST_MINUTES


def test_every_episode_of_one_past_meets_the_same_first_minutes() -> None:
    first = [minutes(feed(future), -3, 3 + LEAD_MINUTES) for future in range(POOL)]
    assert all(bars == first[0] for bars in first)
    assert len({tuple(minutes(feed(future), 0, 200)) for future in range(POOL)}) == POOL


@pytest.mark.parametrize("number", range(POOL))
def test_a_course_stays_within_bounds_and_is_played_back_for_ever(number: int) -> None:
    bars = [bar_at(number, minute) for minute in range(2 * MINUTES)]
    assert all(bar.low <= min(bar.open, bar.close) for bar in bars)
    assert all(bar.high >= max(bar.open, bar.close) for bar in bars)
    assert min(bar.low for bar in bars) > 0.4
    assert max(bar.high for bar in bars) < 2.5
    assert bar_at(number, 2 * MINUTES) == bars[0]
    assert bars[MINUTES].open == bars[MINUTES - 1].close


def test_the_courses_have_everything_a_stop_and_a_resting_order_may_meet() -> None:
    bars = [[bar_at(number, minute) for minute in range(MINUTES)] for number in range(1, POOL)]
    jumps = sum(abs(b.open - a.close) > 0.005 * a.close for course in bars for a, b in pairwise(course))
    wicks = sum(b.high > 1.019 * max(b.open, b.close) for course in bars for b in course)
    crashes = sum(b.close < 0.981 * b.open for course in bars for b in course)
    assert jumps > POOL
    assert wicks > POOL
    assert crashes > POOL
    assert not any(abs(b.close - b.open) > 0.001 * b.open for b in (bar_at(QUIET, n) for n in range(MINUTES)))


def test_a_move_writes_the_next_minutes_and_the_course_goes_on_from_there() -> None:
    made, plain = feed(4), feed(4)
    begin_ms = made.open_ms("BTC", NOW_MS + 10 * MINUTE_MS)
    lived = minutes(made, 0, 11)
    start = made.price_before("BTC", begin_ms)
    made.write("BTC", walk(start, start * 0.9, start * 0.95), from_ms=begin_ms)
    assert minutes(made, 0, 11) == lived == minutes(plain, 0, 11)
    assert [bar.close for bar in minutes(made, 11, 2)] == [start * 0.9, start * 0.95]
    after, without = minutes(made, 13, 50), minutes(plain, 11, 50)
    for bar, twin in zip(after, without, strict=True):
        assert bar.close / start / 0.95 == pytest.approx(twin.close / start, rel=1e-9)


# Within what is written, across its end, far in the course, where it turns back and where it begins anew.
@pytest.mark.parametrize(
    ("first", "count"),
    [(0, 2), (1, 5), (9, 8), (30, 1_440), (MINUTES - 20, 50), (MINUTES + 5, 9), (2 * MINUTES - 20, 50)],
)
def test_a_bar_of_a_course_is_what_its_minutes_are_together(first: int, count: int) -> None:
    made = feed(4)
    begin_ms = made.open_ms("BTC", NOW_MS + 10 * MINUTE_MS)
    start = made.price_before("BTC", begin_ms)
    made.write("BTC", walk(start, start * 0.9, start * 0.95), from_ms=begin_ms)
    assert made.span("BTC", CLOSE + first, count) == joined(minutes(made, first, count))


def test_a_minute_that_was_lived_is_never_written() -> None:
    made = feed(2)
    made.write("BTC", walk(1.0, 2.0), from_ms=made.open_ms("BTC", NOW_MS))
    with pytest.raises(ValueError, match="written already"):
        made.write("BTC", walk(1.0, 2.0), from_ms=CLOSE_MS + MINUTE_MS)
    assert made.open_ms("BTC", NOW_MS) == CLOSE_MS + (LEAD_MINUTES + 1) * MINUTE_MS


def test_a_jump_is_told_and_a_walk_is_not() -> None:
    made = feed()
    begin_ms = made.open_ms("BTC", NOW_MS)
    start = made.price_before("BTC", begin_ms)
    made.write("BTC", walk(start, start * 0.8), from_ms=begin_ms)
    assert not made.has_gap(NOW_MS, begin_ms + 5 * MINUTE_MS)
    jumped_ms = made.open_ms("ETH", begin_ms + 5 * MINUTE_MS)
    low = made.price_before("ETH", jumped_ms) * 0.98
    made.write("ETH", [Bar(low, low, low, low)], from_ms=jumped_ms)
    assert made.has_gap(begin_ms, jumped_ms)
    assert not made.has_gap(jumped_ms, jumped_ms + 5 * MINUTE_MS)


def test_candles_of_two_episodes_are_the_same_bytes_while_nothing_was_moved() -> None:
    """Every length of bar, from the past into the course."""
    for cell in LEGAL[:3]:
        for profile in profiles(cell):
            one, two = (feed_of(cell, profile, 5, signals=True) for _ in range(2))
            for count in (5, 30, 1_440):
                first = CLOSE - count
                assert [one.span("BTC", first + n, count) for n in (0, 7, 40)] == [
                    two.span("BTC", first + n, count) for n in (0, 7, 40)
                ]
