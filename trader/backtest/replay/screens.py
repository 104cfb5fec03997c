"""Which bars of a tape can give an entry at all, so that a flat tick need not ask about the others.

Rules: a screen may let a bar through for nothing, and never holds one back on which the strategy would enter;
where it does not know a strategy it holds nothing back. It computes with the same operations in the same
order as the strategy's own functions, over all bars at once. A test asks the strategy about every bar that
was held back.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trader.backtest.tape import Bars, Numbers
from trader.core.policy import MarketPolicy
from trader.strategies.bollinger_params import BollingerParams
from trader.strategies.registry import STRATEGIES
from trader.strategies.signals import BAND_DEVIATION_MIN

Flags = NDArray[np.bool_]


def may_enter(bars: Bars, policy: MarketPolicy) -> Sequence[bool]:
    """For each bar: may a flat coin enter, or let an entry rest, at its close?"""
    found: Flags = np.ones(len(bars), dtype=np.bool_)
    if is_plain(policy, "breakout"):
        found = _breaks(bars, policy)
    elif is_plain(policy, "bollinger") and policy.params.entry != "resting":
        found = _leaves_bands(bars, policy)
    told: list[bool] = found.tolist()
    return told


def is_plain(policy: MarketPolicy, name: str) -> bool:
    """Is it this strategy, as the program has it?"""
    known = STRATEGIES.get(policy.strategy_name)
    return known is not None and policy.strategy_name == name and policy.strategy is known.want


def bands_ahead(close: Numbers, params: BollingerParams) -> tuple[Numbers, Numbers]:
    """The bands (lower, upper) of the bar after each, which its close is the last to make."""
    middle, spread = _middle_and_spread(close, params.period)
    return middle - params.mult * spread, middle + params.mult * spread


def _breaks(bars: Bars, policy: MarketPolicy) -> Flags:
    """Out of its range on one side, on volume."""
    params = policy.params
    wick = params.trigger == "wick"
    tops, bottoms = (bars.high, bars.low) if wick else (bars.close, bars.close)
    above = tops > _before(_highest(bars.high, params.range_bars), np.inf)
    below = bottoms < _before(-_highest(-bars.low, params.range_bars), -np.inf)
    value = bars.volume * bars.close
    mean = _before(_running_sum(value, params.lookback_bars) / params.lookback_bars, np.nan)
    traded: Flags = value >= params.vol_threshold * mean
    out: Flags = above != below
    return out & traded


def _leaves_bands(bars: Bars, policy: MarketPolicy) -> Flags:
    """Closes outside its own bands; for a confirmed signal the close before it did too."""
    params = policy.params
    middle, spread = _middle_and_spread(bars.close, params.period)
    has_bands = _before(spread, 0.0) >= BAND_DEVIATION_MIN
    upper = _before(middle + params.mult * spread, np.inf)
    lower = _before(middle - params.mult * spread, -np.inf)
    above, below = has_bands & (bars.close > upper), has_bands & (bars.close < lower)
    if params.entry == "close":
        return above | below
    twice_above, twice_below = above.copy(), below.copy()
    twice_above[1:] &= above[:-1]
    twice_below[1:] &= below[:-1]
    return twice_above | twice_below


def _middle_and_spread(close: Numbers, period: int) -> tuple[Numbers, Numbers]:
    """The mean of the last closes, and their deviation around it."""
    middle = _running_sum(close, period) / period
    squares = np.zeros(len(close))
    for back in range(period - 1, -1, -1):
        away = shifted(close, back) - middle
        squares = squares + away * away
    return middle, np.sqrt(squares / period)


def _before(values: Numbers, first: float) -> Numbers:
    """Each bar gets the value of the bar before it."""
    return shifted(values, 1, first)


def shifted(values: Numbers, back: int, first: float = np.nan) -> Numbers:
    moved = np.full(len(values), first)
    moved[back:] = values[: max(len(values) - back, 0)]
    return moved


def _running_sum(values: Numbers, count: int) -> Numbers:
    """The sum of the last `count` values, added up from the oldest on; NaN where there are fewer."""
    total = np.zeros(len(values))
    for back in range(count - 1, -1, -1):
        total = total + shifted(values, back)
    return total


def _highest(values: Numbers, count: int) -> Numbers:
    """The largest of the last `count` values, or of as many as there are."""
    found, reach = values.copy(), 1
    while reach < count:
        step = min(reach, count - reach)
        found[step:] = np.maximum(found[step:], found[: max(0, len(found) - step)])
        reach += step
    return found
