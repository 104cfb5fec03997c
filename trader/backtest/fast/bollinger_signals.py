"""Every bar of a tape at which bollinger would enter, were nothing held: the answer of `bollinger.want`.

Rules: compiled. `middles` and `spreads` at a bar make the bands of the next one; `slope` is the trend. What
is unreal stands here alone: an entry at the band that peeks follows the trend of the bar in which it fills,
and one that rests although price has passed its level is not made at once.
"""

from typing import Any

import numpy as np

from trader.backtest.fast.layout import AT_MARKET, LIMIT, LIMIT_POST_ONLY, PASSED_STOP_ENTRY, STOP_ENTRY
from trader.backtest.fast.series import closed_group
from trader.strategies.indicators import SPIKE_BARS, deviation, ema, is_spike, mean
from trader.strategies.signals import has_bands, is_beyond, level, side_nearer, side_outside, slope_sign

AT_THE_CLOSE = 0
RESTING = 1
CONFIRM = 2
ENTRIES = ("bands", "slopes", "bollinger_signals")


def bands(close: Any, runs: Any, period: int) -> tuple[Any, Any]:
    """(middle, deviation) of the `period` closes that end at each bar; nan where they are not whole or stand
    still."""
    middles, spreads = np.full(len(close), np.nan), np.full(len(close), np.nan)
    for i in range(len(close)):
        if runs[i] >= period:
            middle = mean(close, i - period + 1, period)
            spread = deviation(close, i - period + 1, period, middle)
            if has_bands(spread):
                middles[i], spreads[i] = middle, spread
    return middles, spreads


def slopes(close: Any, runs: Any, period: int, window: int, lag: int) -> Any:
    """The trend at each bar: 1 rising, -1 falling, 0 neither or not known."""
    averages = np.zeros(len(close))
    found = np.zeros(len(close), np.int8)
    for i in range(len(close)):
        if runs[i] >= window:
            averages[i] = ema(close, i - window + 1, 1, window, period)
        if runs[i] >= window + lag:
            found[i] = slope_sign(averages[i], averages[i - lag])
    return found


def is_range(open_ms: int, regime: Any, frame_ms: int, day_ms: int, day_0: int) -> bool:
    """True where the regime at the close of a bar is known to be the range."""
    day = closed_group(open_ms, frame_ms, day_ms, day_0)
    return day >= 0 and regime[day] == 0


def bollinger_signals(
    open_ms: Any,
    high: Any,
    low: Any,
    close: Any,
    runs: Any,
    middles: Any,
    spreads: Any,
    slope: Any,
    regime: Any,
    day_0: int,
    day_ms: int,
    frame_ms: int,
    begin: int,
    entry: int,
    whole: int,
    reverts: bool,
    reads_regime: bool,
    mult: float,
    buffer: float,
    peeks: bool,
    passed_levels: bool,
    found: Any,
) -> int:
    """Write each signal from bar `begin` on, and say how many there are; there is room for every bar."""
    count = 0
    for k in range(max(begin, SPIKE_BARS), len(close)):
        if runs[k] < whole or runs[k] <= SPIKE_BARS:
            continue
        at = k + 1 if peeks and k + 1 < len(close) else k
        if entry == RESTING:
            sign, kind, price = at_the_band(
                close[k], middles[k], spreads[k], mult, slope[at], reverts, passed_levels
            )
        else:
            sign, kind, price = by_closes(close, middles, spreads, mult, k, entry, reverts, buffer)
            if not reverts and sign != slope[k]:
                sign = 0
        if sign == 0 or not price > 0.0 or is_spike(high, low, k):
            continue
        if reads_regime and not is_range(open_ms[k], regime, frame_ms, day_ms, day_0):
            continue
        one = found[count]
        one["at"], one["sign"], one["kind"], one["regime"], one["price"] = k, sign, kind, 0, price
        count = count + 1
    return count


def at_the_band(
    mark: float, middle: float, spread: float, mult: float, slope: int, reverts: bool, passed_levels: bool
) -> tuple[int, int, float]:
    """(sign, kind, price) of an entry that rests at the band of the bar now forming; sign 0 for none."""
    if not has_bands(spread):
        return 0, AT_MARKET, 0.0
    lower, upper = middle - mult * spread, middle + mult * spread
    if reverts:
        sign = -side_nearer(mark, lower, upper)
        price = lower if sign > 0 else upper
        return (0 if is_beyond(mark, price, -sign) else sign), LIMIT_POST_ONLY, price
    price = upper if slope > 0 else lower
    if slope != 0 and is_beyond(mark, price, slope):
        return slope, (PASSED_STOP_ENTRY if passed_levels else AT_MARKET), price
    return slope, STOP_ENTRY, price


def by_closes(
    close: Any, middles: Any, spreads: Any, mult: float, k: int, entry: int, reverts: bool, buffer: float
) -> tuple[int, int, float]:
    """(sign, kind, price) of an entry at the tick, or of one that two closes confirm; sign 0 for none."""
    outside, kind, price = outside_at(close, middles, spreads, mult, k), AT_MARKET, close[k]
    if entry == CONFIRM and outside != outside_at(close, middles, spreads, mult, k - 1):
        outside = 0
    sign = -outside if reverts else outside
    if entry == CONFIRM:
        kind, price = LIMIT, level(close[k], sign, buffer)
    if reverts and sign != 0:
        no_aim = not has_bands(spreads[k]) or is_beyond(price, middles[k], sign)
        sign = 0 if no_aim else sign
    return sign, kind, price


def outside_at(close: Any, middles: Any, spreads: Any, mult: float, i: int) -> int:
    """On which side of its own bands bar `i` closed; 0 also where it has none."""
    middle, spread = middles[i - 1], spreads[i - 1]
    if not has_bands(spread):
        return 0
    return side_outside(close[i], middle - mult * spread, middle + mult * spread)
