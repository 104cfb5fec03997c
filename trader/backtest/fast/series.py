"""What is read off bars once for a whole run: whole stretches, higher bars, how far a break reaches back.

Rules: compiled. Each of these says, without looking through a window again, what a function of
`trader.strategies` says of it; tests hold them to direct calls. A group is named by its number since the
epoch, `open_ms // group_ms`, and kept in a dense row from the first group of the tape on.
"""

from typing import Any

import numpy as np

from trader.strategies.indicators import directional_efficiency, highest, lowest, mean, traded_mean
from trader.strategies.signals import is_trending

UNKNOWN = -1
ENTRIES = ("run_lengths", "group_rows", "reaches", "regimes", "means", "traded_means")


def run_lengths(open_ms: Any, frame_ms: int) -> Any:
    """How many bars end at each one without a hole: a window of n bars is whole where there are n."""
    runs = np.empty(len(open_ms), np.int32)
    run = 0
    for i in range(len(open_ms)):
        run = run + 1 if i > 0 and open_ms[i] - open_ms[i - 1] == frame_ms else 1
        runs[i] = run
    return runs


def group_rows(
    open_ms: Any, high: Any, low: Any, close: Any, runs: Any, frame_ms: int, group_ms: int
) -> tuple[Any, Any, Any, Any, int]:
    """(high, low, close, whole groups in a row, number of the first) of the higher bars of a tape."""
    per = group_ms // frame_ms
    first = open_ms[0] // group_ms
    count = open_ms[len(open_ms) - 1] // group_ms - first + 1
    highs, lows, closes = np.zeros(count), np.zeros(count), np.zeros(count)
    streaks = np.zeros(count, np.int32)
    for i in range(len(open_ms)):
        group = (open_ms[i] + frame_ms) // group_ms
        if group * group_ms != open_ms[i] + frame_ms or runs[i] < per:
            continue
        g = group - 1 - first
        highs[g] = highest(high, i - per + 1, i)
        lows[g] = lowest(low, i - per + 1, i)
        closes[g] = close[i]
        streaks[g] = streaks[g - 1] + 1 if g > 0 else 1
    return highs, lows, closes, streaks, first


def closed_group(open_ms: int, frame_ms: int, group_ms: int, first: int) -> int:
    """The place of the last group that is closed with this bar."""
    return (open_ms + frame_ms) // group_ms - 1 - first


def regimes(highs: Any, lows: Any, closes: Any, streaks: Any, days: int, threshold: float) -> Any:
    """The regime at the close of each day: 1 trend, 0 range, UNKNOWN where a day of its window is missing."""
    found = np.empty(len(streaks), np.int8)
    for g in range(len(streaks)):
        if streaks[g] < days + 1:
            found[g] = UNKNOWN
        else:
            efficiency = directional_efficiency(highs, lows, closes, g - days, days, 1)
            found[g] = 1 if is_trending(efficiency, threshold) else 0
    return found


def reaches(top: Any, high: Any, sign: int) -> Any:
    """How many bars back the nearest one lies that `top` does not leave behind: above its high for sign 1,
    below its low for -1; where there is none, more than the tape is long.

    A bar breaks a range of n bars where that is more than n. Bars that a later one covers are dropped from
    the row that is searched, so each bar is looked at once.
    """
    n = len(top)
    found = np.empty(n, np.int32)
    covered = np.empty(n, np.int32)
    depth = 0
    for i in range(n):
        low, up = 0, depth
        if depth > 0 and sign * (top[i] - high[covered[depth - 1]]) <= 0.0:
            low = depth
        while low < up:
            middle = (low + up) // 2
            if sign * (top[i] - high[covered[middle]]) <= 0.0:
                low = middle + 1
            else:
                up = middle
        found[i] = i - covered[low - 1] if low > 0 else n + 1
        while depth > 0 and sign * (high[i] - high[covered[depth - 1]]) >= 0.0:
            depth = depth - 1
        covered[depth] = i
        depth = depth + 1
    return found


def means(values: Any, runs: Any, count: int) -> Any:
    """The mean of the `count` values that end at each bar; nan where they are not whole."""
    found = np.full(len(values), np.nan)
    for i in range(len(values)):
        if runs[i] >= count:
            found[i] = mean(values, i - count + 1, count)
    return found


def traded_means(volume: Any, close: Any, runs: Any, count: int) -> Any:
    """The mean traded value of the `count` bars before each; nan where they are not whole."""
    found = np.full(len(volume), np.nan)
    for i in range(len(volume)):
        if runs[i] > count:
            found[i] = traded_mean(volume, close, i - count, count)
    return found
