"""What is read off bars once for a whole run: whole stretches, higher bars, breaks of a range.

Rules: compiled. Each of these says, without looking through a window again, what a function of
`trader.strategies` says of it; tests hold them to direct calls. A group is named by its number since the
epoch, `open_ms // group_ms`, and kept in a dense row from the first group of the tape on.
"""

from typing import Any

import numpy as np

from trader.strategies.indicators import directional_efficiency, highest, lowest
from trader.strategies.signals import break_sign, is_trending

UNKNOWN = -1
MISSING = -1
TILE = 2048  # bars: ranges of so many are made in the nearest cache
ENTRIES = ("run_lengths", "group_rows", "group_reaches", "breaks", "regimes")


def run_lengths(open_ms: Any, frame_ms: int) -> Any:
    """How many bars end at each one without a hole: a window of n bars is whole where there are n."""
    runs = np.empty(len(open_ms), np.int32)
    run = 0
    for i in range(len(open_ms)):
        run = run + 1 if i > 0 and open_ms[i] - open_ms[i - 1] == frame_ms else 1
        runs[i] = run
    return runs


def group_rows(
    open_ms: Any, close: Any, runs: Any, frame_ms: int, group_ms: int
) -> tuple[Any, Any, Any, int]:
    """(last bar, close, whole groups in a row, number of the first) of the higher bars of a tape; the last
    bar of a group that is not whole is MISSING."""
    per = group_ms // frame_ms
    first = open_ms[0] // group_ms
    count = open_ms[len(open_ms) - 1] // group_ms - first + 1
    ends, closes, streaks = np.full(count, MISSING), np.zeros(count), np.zeros(count, np.int32)
    i = -1
    for g in range(count):
        wanted_ms = (first + g + 1) * group_ms - frame_ms
        i = i + per  # without a hole it is this one
        if i >= len(open_ms) or open_ms[i] != wanted_ms:
            i = first_from(open_ms, 0, len(open_ms), wanted_ms)
        if i < len(open_ms) and open_ms[i] == wanted_ms and runs[i] >= per:
            ends[g], closes[g] = i, close[i]
            streaks[g] = streaks[g - 1] + 1 if g > 0 else 1
    return ends, closes, streaks, first


def group_reaches(high: Any, low: Any, ends: Any, per: int) -> tuple[Any, Any]:
    """(high, low) of the whole groups of so many bars."""
    highs, lows = np.zeros(len(ends)), np.zeros(len(ends))
    for g in range(len(ends)):
        if ends[g] != MISSING:
            highs[g] = highest(high, ends[g] - per + 1, ends[g])
            lows[g] = lowest(low, ends[g] - per + 1, ends[g])
    return highs, lows


def first_from(open_ms: Any, low: int, up: int, moment_ms: int) -> int:
    """The first bar in [low, up) that opened at this moment or later; else `up`."""
    while low < up:
        middle = (low + up) // 2
        if open_ms[middle] < moment_ms:
            low = middle + 1
        else:
            up = middle
    return low


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
    """Where a bar breaks the range of the `bars` before it: 1 upwards, -1 downwards, 0 not, or both ways."""
    found = np.zeros(len(tops), np.int8)
    tile = max(TILE, 4 * bars)
    room = np.empty((4, tile + bars))
    for begin in range(bars, len(tops), tile):
        end = min(begin + tile, len(tops))
        range_high, range_low = ranges(high[begin - bars : end - 1], low[begin - bars : end - 1], bars, room)
        top, bottom, sign = tops[begin:end], bottoms[begin:end], found[begin:end]
        for i in range(len(sign)):
            sign[i] = break_sign(top[i], bottom[i], range_high[i], range_low[i])
    return found


def ranges(high: Any, low: Any, bars: int, room: Any) -> tuple[Any, Any]:
    """(highest high, lowest low) of every `bars` bars in a row.

    Two windows side by side make one of twice the length, so there are few steps, each a plain pass.
    """
    count, width = len(high), 1
    tops, bottoms, next_tops, next_bottoms = room[0], room[1], room[2], room[3]
    tops[:count], bottoms[:count] = high, low
    while width < bars:
        step = min(width, bars - width)
        count, width = count - step, width + step
        larger(tops[:count], tops[step : step + count], next_tops[:count])
        smaller(bottoms[:count], bottoms[step : step + count], next_bottoms[:count])
        tops, next_tops, bottoms, next_bottoms = next_tops, tops, next_bottoms, bottoms
    return tops[:count], bottoms[:count]


def larger(one: Any, other: Any, found: Any) -> None:
    """Of each two values the larger one."""
    for i in range(len(found)):
        found[i] = one[i] if one[i] > other[i] else other[i]


def smaller(one: Any, other: Any, found: Any) -> None:
    """Of each two values the smaller one."""
    for i in range(len(found)):
        found[i] = one[i] if one[i] < other[i] else other[i]
