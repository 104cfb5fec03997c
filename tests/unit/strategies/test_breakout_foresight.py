"""No decision sees a bar that is not closed yet, and none costs what a tick cannot pay."""

import random
from dataclasses import replace
from time import perf_counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.breakout_scenes import (
    Row,
    breaking_up,
    candles_of,
    facts_of,
    held_since,
    policy_of,
    quiet,
)
from trader.core.candles import DAY_MS, HOUR_MS, Candles
from trader.core.target import WantClose, WantEntry
from trader.strategies.breakout import BreakoutParams, want
from trader.strategies.breakout_params import TREND_FRAME_MS
from trader.strategies.breakout_regime import regime_at
from trader.strategies.indicators import groups_first, is_spike
from trader.strategies.readings import Missing

HALF_HOUR = HOUR_MS // 2


def noisy(seed: int, bars: int) -> list[Row]:
    chance = random.Random(seed)
    rows, close = [], 100.0
    for _ in range(bars):
        begin, close = close, close * (1 + chance.gauss(0, 0.005))
        rows.append((begin, max(begin, close) * 1.001, min(begin, close) * 0.999, close, chance.random()))
    return rows


def garbage(candles: Candles, k: int) -> Candles:
    """The same candles, with every bar after `k` replaced by something wild."""
    columns = {}
    for name in ("open", "high", "low", "close", "volume"):
        column = getattr(candles, name)
        columns[name] = column[: k + 1] + (1e9,) * (len(column) - k - 1)
    return replace(candles, **columns)


@given(st.integers(0, 3), st.integers(0, 599))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_a_regime_is_read_from_bars_up_to_its_own(seed: int, k: int) -> None:
    rows = noisy(seed, 600)
    whole, params = candles_of(rows), BreakoutParams()
    seen = regime_at(garbage(whole, k), k, params)
    alone = regime_at(candles_of(rows[: k + 1]), k, params)
    if isinstance(alone, Missing):
        assert isinstance(seen, Missing)
    else:
        assert seen == alone == regime_at(whole, k, params)


@given(st.integers(0, 599), st.sampled_from([TREND_FRAME_MS, DAY_MS]), st.integers(1, 10))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_a_higher_window_ends_with_a_bar_that_is_closed(k: int, group: int, groups: int) -> None:
    times = candles_of(quiet(600)).open_ms
    first = groups_first(times, k, groups, HALF_HOUR, group)
    assert first == groups_first(times[: k + 1], k, groups, HALF_HOUR, group)
    if first >= 0:
        end = times[first] + groups * group
        assert times[first] % group == 0
        assert end <= times[k] + HALF_HOUR < end + group


def test_a_spike_is_judged_by_the_bars_before_it() -> None:
    rows = noisy(1, 120)
    whole = candles_of(rows)
    for k in range(48, 120):
        future = garbage(whole, k)
        assert is_spike(future.high, future.low, k) is is_spike(whole.high[: k + 1], whole.low[: k + 1], k)


def test_what_was_decided_about_the_early_bars_holds_for_ever() -> None:
    """A later tick looks at the same bars, whatever came after them."""
    rows = [*quiet(483, step=0.0), *noisy(5, 80)]
    candles = candles_of(rows)
    holding = held_since(candles, 480)
    answers = set()
    for k in range(482, 560):
        seen = candles_of(rows[: k + 1])
        answers.add(want(seen, facts_of(holding=holding), policy_of(BreakoutParams(regime_days=2))))
    assert len(answers) == 1
    assert all(isinstance(answer, WantClose) for answer in answers)


def test_a_decision_costs_less_than_three_milliseconds() -> None:
    candles = candles_of(breaking_up(quiet(900)))
    facts, policy = facts_of(), policy_of(BreakoutParams())
    best = float("inf")
    for _ in range(10):
        began = perf_counter()
        answer = want(candles, facts, policy)
        best = min(best, perf_counter() - began)
    assert isinstance(answer, WantEntry)
    assert best < 0.003
