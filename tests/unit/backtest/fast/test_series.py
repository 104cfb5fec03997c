"""What is read off bars once says what the functions of a tick say of each bar."""

import random
from typing import Any

import numpy as np
import pytest

from trader.backtest.fast import series
from trader.backtest.fast.breakout_signals import UNKNOWN, UP, trends
from trader.core.candles import DAY_MS, HOUR_MS
from trader.strategies.indicators import (
    directional_efficiency,
    groups_first,
    highest,
    lowest,
    window_first,
)
from trader.strategies.signals import break_sign, cross_is_up, is_trending, price_is_up

FRAME_MS = 2 * HOUR_MS
COUNT = 400


def a_tape(seed: int) -> tuple[Any, Any, Any, Any]:
    """Times with holes, highs, lows and closes with ties."""
    chance = random.Random(seed)
    times, price = [], 100.0
    moment = 37 * FRAME_MS
    highs, lows, closes = [], [], []
    for _ in range(COUNT):
        moment += FRAME_MS * (1 if chance.random() > 0.01 else chance.randint(2, 9))
        close = max(50.0, price + chance.choice((-1.0, 0.0, 0.0, 1.0, 2.5, -2.5)))
        times.append(moment)
        highs.append(max(price, close) + chance.choice((0.0, 0.5)))
        lows.append(min(price, close) - chance.choice((0.0, 0.5)))
        closes.append(close)
        price = close
    return np.array(times), np.array(highs), np.array(lows), np.array(closes)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("bars", [1, 2, 7, 49])
def test_a_window_is_whole_where_so_many_bars_run(seed: int, bars: int) -> None:
    times, *_ = a_tape(seed)
    runs = series.run_lengths(times, FRAME_MS)
    whole = [window_first(times, k, bars, FRAME_MS) >= 0 for k in range(COUNT)]
    assert [bool(run >= bars) for run in runs] == whole
    assert len(set(whole)) == (1 if bars == 1 else 2)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("of_close", [False, True], ids=["wick", "close"])
def test_a_bar_breaks_a_range_that_it_reaches_over(
    seed: int, of_close: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "TILE", 64)  # several of them, the last one not full
    _, high, low, close = a_tape(seed)
    tops, bottoms = (close, close) if of_close else (high, low)
    for bars in (1, 3, 20):
        found = series.breaks(tops, bottoms, high, low, bars)
        assert set(found) == {-1, 0, 1}
        for k in range(bars, COUNT):
            top, bottom = highest(high, k - bars, k - 1), lowest(low, k - bars, k - 1)
            assert found[k] == break_sign(tops[k], bottoms[k], top, bottom)


@pytest.mark.parametrize("seed", range(4))
def test_a_regime_is_that_of_the_last_whole_days(seed: int) -> None:
    times, high, low, close = a_tape(seed)
    runs = series.run_lengths(times, FRAME_MS)
    ends, closes, streaks, first = series.group_rows(times, close, runs, FRAME_MS, DAY_MS)
    highs, lows = series.group_reaches(high, low, ends, DAY_MS // FRAME_MS)
    days, seen = 2, set()
    regimes = series.regimes(highs, lows, closes, streaks, days, 0.3)
    for k in range(COUNT):
        at = series.closed_group(times[k], FRAME_MS, DAY_MS, first)
        found = regimes[at] if at >= 0 else series.UNKNOWN
        begin = groups_first(times, k, days + 1, FRAME_MS, DAY_MS)
        if begin < 0:
            assert found == series.UNKNOWN
        else:
            per = DAY_MS // FRAME_MS
            assert found == is_trending(directional_efficiency(high, low, close, begin, days, per), 0.3)
        seen.add(int(found))
    assert seen == {-1, 0, 1}


@pytest.mark.parametrize("fast", [0, 2], ids=["ema", "cross"])
def test_a_trend_is_that_of_the_last_whole_higher_bars(fast: int) -> None:
    times, _, _, close = a_tape(5)
    group_ms, window, slow = 4 * HOUR_MS, 6, 5
    runs = series.run_lengths(times, FRAME_MS)
    _, closes, streaks, first = series.group_rows(times, close, runs, FRAME_MS, group_ms)
    found = trends(closes, streaks, window, fast, slow)
    for k in range(COUNT):
        at = series.closed_group(times[k], FRAME_MS, group_ms, first)
        begin = groups_first(times, k, window, FRAME_MS, group_ms)
        if begin < 0:
            assert at < 0 or found[at] == UNKNOWN
        elif fast:
            assert (found[at] == UP) == cross_is_up(close, begin, 2, window, fast, slow)
        else:
            assert (found[at] == UP) == price_is_up(close, begin, 2, window, slow)
