"""The venue's samples of value and profit: which window, from where on, and when neither can be believed."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.support.hyperliquid_answers import NOW_MS, a_portfolio, a_window, recorded
from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.errors import Malformed
from trader.core.past import Sample
from trader.venues.hyperliquid.parse_portfolio import WINDOWS, samples

Series = tuple[tuple[int, str, str], ...]


def every(step_ms: int, length_ms: int) -> Series:
    """Samples so far apart, over so long a time, of an account that earns a dollar an hour."""
    begin_ms = NOW_MS - length_ms
    return tuple(
        (at_ms, f"{(at_ms - NOW_MS) // HOUR_MS + 20_000}.0", f"{(at_ms - begin_ms) // HOUR_MS}.0")
        for at_ms in (*range(begin_ms, NOW_MS, step_ms), NOW_MS)
    )


DAY = every(2 * HOUR_MS, DAY_MS + HOUR_MS)
WEEK = every(3 * HOUR_MS, 7 * DAY_MS + HOUR_MS)
MONTH = every(16 * HOUR_MS, 30 * DAY_MS + HOUR_MS)
LIFE = every(7 * DAY_MS, 400 * DAY_MS)
OLD: dict[str, Series] = {"perpDay": DAY, "perpWeek": WEEK, "perpMonth": MONTH, "perpAllTime": LIFE}


def times(series: Series, *, before: int = NOW_MS + 1) -> list[int]:
    return [at_ms for at_ms, _, _ in series if at_ms < before]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (1, times(DAY)),
        (2, [*times(WEEK, before=DAY[0][0]), *times(DAY)]),
        (7, [*times(WEEK, before=DAY[0][0]), *times(DAY)]),
        (8, [*times(MONTH, before=WEEK[0][0]), *times(WEEK, before=DAY[0][0]), *times(DAY)]),
        (30, [*times(MONTH, before=WEEK[0][0]), *times(WEEK, before=DAY[0][0]), *times(DAY)]),
        (
            31,
            [
                *times(LIFE, before=MONTH[0][0]),
                *times(MONTH, before=WEEK[0][0]),
                *times(WEEK, before=DAY[0][0]),
                *times(DAY),
            ],
        ),
    ],
)
def test_the_shortest_window_that_reaches_back_and_shorter_ones_over_its_end(
    days: int, expected: list[int]
) -> None:
    since_ms = NOW_MS - days * DAY_MS
    found = samples(a_portfolio(**OLD), since_ms)
    first = max(at_ms for at_ms in expected if at_ms <= since_ms)
    assert [sample.at_ms for sample in found] == [at_ms for at_ms in expected if at_ms >= first]
    # Each window counts from its own beginning; joined, they count from one.
    assert len({sample.equity - sample.profit for sample in found}) == 1


def test_a_top_between_two_coarse_samples_is_seen() -> None:
    top = (NOW_MS - 5 * HOUR_MS, "30000.0", "9000.0")
    day = tuple(sorted([*DAY, top]))
    found = samples(a_portfolio(**OLD | {"perpDay": day}), NOW_MS - 30 * DAY_MS)
    assert max(sample.equity for sample in found) == 30_000
    assert max(sample.profit for sample in found) > 9000


def test_a_shorter_window_that_ends_elsewhere_is_left_out() -> None:
    found = samples(a_portfolio(**OLD | {"perpDay": DAY[:-1], "perpWeek": ()}), NOW_MS - 30 * DAY_MS)
    assert [sample.at_ms for sample in found] == times(MONTH)


def test_a_window_that_begins_a_little_late_serves_and_one_that_begins_later_does_not() -> None:
    begins_ms = WEEK[0][0]
    late_ms = 3 * HOUR_MS
    assert samples(a_portfolio(**OLD), begins_ms - late_ms)[0].at_ms == begins_ms
    assert samples(a_portfolio(**OLD), begins_ms - late_ms - 1)[0].at_ms < begins_ms - late_ms


def test_a_young_account_has_no_more_than_its_life() -> None:
    life = every(HOUR_MS, 5 * HOUR_MS)
    found = samples(a_portfolio(*life), NOW_MS - 30 * DAY_MS)
    assert [sample.at_ms for sample in found] == [at_ms for at_ms, _, _ in life]


def test_a_short_window_that_misses_the_beginning_of_a_young_account_is_passed_over() -> None:
    windows = {"perpDay": every(HOUR_MS, 5 * HOUR_MS), "perpAllTime": every(12 * HOUR_MS, 20 * HOUR_MS)}
    found = samples(a_portfolio(**windows), NOW_MS - 30 * DAY_MS)
    assert found[0].at_ms == NOW_MS - 20 * HOUR_MS


def test_an_account_that_was_never_sampled_has_none() -> None:
    assert samples(a_portfolio(), NOW_MS - DAY_MS) == ()


def test_only_windows_of_perpetuals_count() -> None:
    whole: Series = ((NOW_MS - 40 * DAY_MS, "9.0", "9.0"), (NOW_MS, "9.0", "9.0"))
    others: dict[str, Series] = dict.fromkeys(("day", "week", "month", "allTime"), whole)
    found = samples(a_portfolio((NOW_MS - DAY_MS, "5.0", "-1.5"), **others), NOW_MS - DAY_MS)
    assert found == (Sample(NOW_MS - DAY_MS, Decimal(5), Decimal("-1.5")),)


def test_the_recorded_portfolio() -> None:
    answer = recorded("portfolio_2025")
    now_ms = 1755863121304
    day = samples(answer, now_ms - DAY_MS)
    assert len(day) == 13
    assert day[0] == Sample(1755772320063, Decimal("160794563.9261809886"), Decimal(0))
    assert day[-1] == Sample(now_ms, Decimal("160664370.477425009"), Decimal("-130193.448756"))
    life = samples(answer, 0)
    assert life[0] == Sample(1714605360110, Decimal(0), Decimal(0))
    assert life[-1].profit == Decimal("41400103.2974250019")
    assert {one.at_ms: one.equity for one in life[-13:]} == {one.at_ms: one.equity for one in day}


def test_the_recorded_windows_are_of_one_series_and_differ_in_their_beginning_alone() -> None:
    windows = dict(recorded("portfolio_2025"))
    for fine, coarse in pairwise(WINDOWS):
        both = [{at: Decimal(v) for at, v in windows[name]["pnlHistory"]} for name in (fine, coarse)]
        shared = sorted(both[0].keys() & both[1].keys())
        apart = [both[1][at] - both[0][at] for at in shared]
        assert shared[-1] == 1755863121304
        assert len(shared) >= 5
        assert max(apart) - min(apart) < Decimal("0.000001")


def spoiled(name: str, window: object) -> list[Any]:
    return [[key, window if key == name else value] for key, value in a_portfolio((NOW_MS, "1.0", "0.0"))]


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize(
    ("window", "why"),
    [
        (None, "an object"),
        ({"accountValueHistory": []}, "pnlHistory is missing"),
        ({"pnlHistory": []}, "accountValueHistory is missing"),
        (a_window((NOW_MS, "1.0", "0.0")) | {"pnlHistory": []}, "not of the same moments"),
        (a_window((NOW_MS, "1.0", "0.0")) | {"pnlHistory": [[NOW_MS - 1, "0.0"]]}, "not of the same moments"),
        (a_window((NOW_MS, "1.0", "0.0"), (NOW_MS - 1, "1.0", "0.0")), "order of time"),
        (a_window((NOW_MS // 1000, "1.0", "0.0")), "a time in milliseconds"),
        (a_window((NOW_MS, "1e5", "0.0")), "an amount in digits"),
        (a_window((NOW_MS, "1.0", "NaN")), "an amount in digits"),
        ({"accountValueHistory": [[NOW_MS]], "pnlHistory": [[NOW_MS]]}, "a time and an amount"),
    ],
)
def test_a_window_that_contradicts_itself_is_malformed(name: str, window: object, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        samples(spoiled(name, window), NOW_MS - DAY_MS)


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_that_is_missing_or_there_twice_is_malformed(name: str) -> None:
    whole = a_portfolio((NOW_MS, "1.0", "0.0"))
    with pytest.raises(Malformed, match=f"the window {name} is missing"):
        samples([pair for pair in whole if pair[0] != name], NOW_MS)
    with pytest.raises(Malformed, match="stands there once"):
        samples([*whole, *(pair for pair in whole if pair[0] == name)], NOW_MS)


@pytest.mark.parametrize("value", [None, {}, [None], [["day"]], [[1, {}]], "x"])
def test_an_answer_of_another_shape_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        samples(value, NOW_MS)
