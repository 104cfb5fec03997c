"""Numbers read off bars: windows, averages, extremes and the regime measure.

Rules: plain functions over sequences with plain loops, left to right, each operation in the order of its
definition; no sum, no rolling update, no text, no None, no container of mixed types. A tick runs these
functions on tuples, a fast backtest compiles the very same functions over arrays, and a signal must be
the same double in both, under every interpreter.

A window is named by the index of its first bar. Where it cannot be had the answer is WARM_UP (it begins
before the history) or GAP (a bar inside it is missing); both are negative.
"""

from collections.abc import Sequence

WARM_UP = -1
GAP = -2
SPIKE_FACTOR = 20.0
SPIKE_BARS = 48


def window_first(open_ms: Sequence[int], last: int, bars: int, frame_ms: int) -> int:
    """Index of the first of `bars` bars that end at index `last`, none of them missing."""
    begin_ms = open_ms[last] - (bars - 1) * frame_ms
    if begin_ms < open_ms[0]:
        return WARM_UP
    first = last - (bars - 1)
    if first < 0:
        return GAP
    expected_ms = begin_ms
    for i in range(first, last + 1):
        if open_ms[i] != expected_ms:
            return GAP
        expected_ms = expected_ms + frame_ms
    return first


def groups_first(open_ms: Sequence[int], k: int, groups: int, frame_ms: int, group_ms: int) -> int:
    """Index of the first base bar of the last `groups` higher bars closed with bar `k`, all complete.

    Higher bars stand on UTC borders, and one is closed when its last base bar is.
    """
    close_ms = open_ms[k] + frame_ms
    wanted_ms = close_ms - close_ms % group_ms - frame_ms
    last = k
    while last >= 0 and open_ms[last] > wanted_ms:
        last = last - 1
    if last < 0:
        return WARM_UP
    if open_ms[last] != wanted_ms:
        return GAP
    return window_first(open_ms, last, groups * (group_ms // frame_ms), frame_ms)


def ema(values: Sequence[float], first: int, step: int, count: int, period: int) -> float:
    """Average over `count` values from `first` on, each `step` apart; finite, and seeded by the first."""
    a = 2.0 / (period + 1.0)
    e = values[first]
    for i in range(1, count):
        v = values[first + i * step]
        e = v * a + e * (1.0 - a)
    return e


def highest(values: Sequence[float], first: int, last: int) -> float:
    """The largest value from index `first` to `last`, both included."""
    top = values[first]
    for i in range(first + 1, last + 1):
        if values[i] > top:
            top = values[i]
    return top


def lowest(values: Sequence[float], first: int, last: int) -> float:
    """The smallest value from index `first` to `last`, both included."""
    bottom = values[first]
    for i in range(first + 1, last + 1):
        if values[i] < bottom:
            bottom = values[i]
    return bottom


def traded_mean(volume: Sequence[float], close: Sequence[float], first: int, count: int) -> float:
    """Mean of volume times close over `count` bars."""
    total = 0.0
    for i in range(first, first + count):
        total = total + volume[i] * close[i]
    return total / count


def directional_efficiency(
    high: Sequence[float], low: Sequence[float], close: Sequence[float], first: int, days: int, per: int
) -> float:
    """How straight price went over `days` days: the way made over the true ranges walked; 0 when still.

    `first` is the first base bar of the day before those days, `per` the base bars of a day.
    """
    start = close[first + per - 1]
    previous = start
    walked = 0.0
    for day in range(1, days + 1):
        begin = first + day * per
        end = begin + per - 1
        top = highest(high, begin, end)
        bottom = lowest(low, begin, end)
        walked = walked + true_range(top, bottom, previous)
        previous = close[end]
    if walked == 0.0:
        return 0.0
    return abs(previous - start) / walked


def true_range(top: float, bottom: float, previous: float) -> float:
    """The range of a bar together with the jump from the close before it."""
    widest = top - bottom
    up = abs(top - previous)
    down = abs(bottom - previous)
    if up > widest:
        widest = up
    if down > widest:
        widest = down
    return widest


def is_spike(high: Sequence[float], low: Sequence[float], i: int) -> bool:
    """True when bar `i` is too wide to be believed, against the median range of the 48 bars before it."""
    spread = high[i] - low[i]
    narrow = 0
    for j in range(i - SPIKE_BARS, i):
        if SPIKE_FACTOR * (high[j] - low[j]) < spread:
            narrow = narrow + 1
    # With fewer than half the bars that narrow, both middle ones are wider, and so is the median: the
    # sort below is then spared, which is nearly always.
    if narrow < SPIKE_BARS // 2:
        return False
    return spread > SPIKE_FACTOR * median_range(high, low, i - SPIKE_BARS, SPIKE_BARS)


def median_range(high: Sequence[float], low: Sequence[float], first: int, count: int) -> float:
    """The median of high minus low over `count` bars, by insertion."""
    ranked = [0.0] * count
    for i in range(count):
        spread = high[first + i] - low[first + i]
        place = i
        while place > 0 and ranked[place - 1] > spread:
            ranked[place] = ranked[place - 1]
            place = place - 1
        ranked[place] = spread
    middle = count // 2
    if count % 2 == 1:
        return ranked[middle]
    return (ranked[middle - 1] + ranked[middle]) / 2.0
