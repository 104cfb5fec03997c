"""Numbers read off bars: windows, averages, extremes and the regime measure.

Rules: plain functions over sequences with plain loops, left to right, each operation in the order of its
definition; no sum, no rolling update, no text, no None, no container of mixed types. A tick runs these
functions on tuples, a fast backtest compiles the very same functions over arrays, and a signal must be
the same double in both, under every interpreter.

A window is named by the index of its first bar. Where it cannot be had the answer is WARM_UP (it begins
before the history) or GAP (a bar inside it is missing); both are negative. A series is as long as what it
was made from, and UNSET where it has no value yet; nothing may be compared there.
"""

from collections.abc import Sequence
from math import sqrt

WARM_UP = -1
GAP = -2
UNSET = float("nan")
SPIKE_FACTOR = 20.0
SPIKE_BARS = 48
NOTHING = 1e-14  # below this a sum of moves is none


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


def ema_seeded(values: Sequence[float], period: int) -> list[float]:
    """The average that begins as the mean of the first `period` values, for each value; set from there on."""
    out = [UNSET] * len(values)
    if len(values) < period:
        return out
    a = 2.0 / (period + 1.0)
    e = mean(values, 0, period)
    out[period - 1] = e
    for i in range(period, len(values)):
        e = (values[i] - e) * a + e
        out[i] = e
    return out


def mean(values: Sequence[float], first: int, count: int) -> float:
    """The mean of `count` values from `first` on."""
    total = 0.0
    for i in range(first, first + count):
        total = total + values[i]
    return total / count


def deviation(values: Sequence[float], first: int, count: int, middle: float) -> float:
    """The population's deviation of `count` values around their mean `middle`."""
    total = 0.0
    for i in range(first, first + count):
        d = values[i] - middle
        total = total + d * d
    return sqrt(total / count)


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


def up_move(high: Sequence[float], low: Sequence[float], i: int) -> float:
    """How far bar `i` reaches above the bar before it, where it leaves that upwards more than downwards."""
    up = high[i] - high[i - 1]
    down = low[i - 1] - low[i]
    if up > 0.0 and up > down:
        return up
    return 0.0


def down_move(high: Sequence[float], low: Sequence[float], i: int) -> float:
    """How far bar `i` reaches below the bar before it, where it leaves that downwards more than upwards."""
    up = high[i] - high[i - 1]
    down = low[i - 1] - low[i]
    if down > 0.0 and down > up:
        return down
    return 0.0


def directional_index(up: float, down: float, walked: float, otherwise: float) -> float:
    """How one-sided the moves of a stretch were, 0 to 100; `otherwise` where nothing moved."""
    if walked < NOTHING:
        return otherwise
    rising = 100.0 * (up / walked)
    falling = 100.0 * (down / walked)
    if rising + falling < NOTHING:
        return otherwise
    return 100.0 * (abs(falling - rising) / (rising + falling))


def adx(high: Sequence[float], low: Sequence[float], close: Sequence[float], period: int) -> list[float]:
    """Wilder's average directional index for each bar, as TA-Lib computes it; set from 2*period-1 on."""
    out = [UNSET] * len(close)
    up = 0.0
    down = 0.0
    walked = 0.0
    average = 0.0
    for i in range(1, len(close)):
        if i >= period:
            up = up - up / period
            down = down - down / period
            walked = walked - walked / period
        up = up + up_move(high, low, i)
        down = down + down_move(high, low, i)
        walked = walked + true_range(high[i], low[i], close[i - 1])
        if period <= i < 2 * period:
            average = average + directional_index(up, down, walked, 0.0)
            if i == 2 * period - 1:
                average = average / period
                out[i] = average
        elif i >= 2 * period:
            index = directional_index(up, down, walked, average)
            average = (average * (period - 1) + index) / period
            out[i] = average
    return out


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
