"""What is read off bars once for a whole run: whole stretches, higher bars, how far a break reaches back.

Rules: compiled. Each of these says, without looking through a window again, what a function of
`trader.strategies` says of it; tests hold them to direct calls. A group is named by its number since the
epoch, `open_ms // group_ms`, and kept in a dense row from the first group of the tape on.
"""

from typing import Any

import numpy as np

from trader.strategies.indicators import directional_efficiency, highest, lowest
from trader.strategies.signals import is_trending

UNKNOWN = -1
ENTRIES = ("run_lengths", "group_rows", "breaks", "regimes")


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


def breaks(tops: Any, bottoms: Any, high: Any, low: Any, bars: int) -> Any:
    """Where a bar may break the range of the `bars` before it: 1 upwards, -1 downwards, 0 not, or both ways.

    Bars are asked from the nearest on, and asking ends where neither break is possible any more: soon.
    """
    found = np.zeros(len(tops), np.int8)
    for i in range(bars, len(tops)):
        above, below, j = True, True, i - 1
        while (above or below) and j >= i - bars:
            above = above and tops[i] > high[j]
            below = below and bottoms[i] < low[j]
            j = j - 1
        if above != below:
            found[i] = 1 if above else -1
    return found
