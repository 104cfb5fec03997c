"""What the bars alone say to a grid at every close of a tape: its regime, and whether a bar can be believed.

Rules: a screen, as in screens.py: no decision is taken on it, it only says that two closes look the same to
the strategy, or that this is not known. The averages are the strategy's own function, which takes all windows
at once as it takes one; the index and the state are the same operations in the same order over all windows. A
test asks the strategy's own regime at every bar.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trader.backtest.replay.screens import Flags, shifted
from trader.backtest.tape import Bars, Numbers
from trader.core.policy import MarketPolicy
from trader.strategies.hedge_grid_params import HedgeGridParams, bars_needed, bars_to_warm
from trader.strategies.hedge_grid_regime import Regime
from trader.strategies.indicators import NOTHING, SPIKE_BARS, SPIKE_FACTOR, ema_seeded

AT_ONCE = 2_048  # windows, so that their columns stay near the processor
STATES: Final = (None, Regime.SIDEWAYS, Regime.UP, Regime.DOWN)
UNKNOWN, SIDEWAYS, UP, DOWN = range(4)

States = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Looks:
    """For each bar: the regime, None where it is not known; and whether the bar's range is usual."""

    regime: Sequence[Regime | None]
    calm: Sequence[bool]


def looks_of(bars: Bars, policy: MarketPolicy) -> Looks:
    """What a grid reads off each bar of a tape and those before it."""
    params: HedgeGridParams = policy.params
    found: States = np.full(len(bars), UNKNOWN, dtype=np.int8)
    ends = _whole_windows(bars, params)
    for begin in range(0, len(ends), AT_ONCE):
        some = ends[begin : begin + AT_ONCE]
        found[some] = _states(bars, some + 1 - params.warmup_bars, params)
    calm: list[bool] = _usual(bars.high - bars.low).tolist()
    return Looks([STATES[state] for state in found.tolist()], calm)


def _whole_windows(bars: Bars, params: HedgeGridParams) -> NDArray[np.intp]:
    """The bars at which nothing is missing in the windows."""
    back = bars_needed(params) - 1
    if params.warmup_bars < bars_to_warm(params) or len(bars) <= back:
        return np.zeros(0, dtype=np.intp)
    is_whole = bars.open_ms[back:] - bars.open_ms[: len(bars) - back] == back * bars.frame_ms
    return np.nonzero(is_whole)[0] + back


def _usual(spread: Numbers) -> Flags:
    """Not a spike for certain: fewer than half of the bars before are that much narrower."""
    narrow = np.zeros(len(spread), dtype=np.int64)
    for back in range(SPIKE_BARS, 0, -1):
        narrow += SPIKE_FACTOR * shifted(spread, back) < spread
    usual: Flags = narrow < SPIKE_BARS // 2
    return usual


def _states(bars: Bars, first: NDArray[np.intp], params: HedgeGridParams) -> States:
    """The state after the last bar of each window, which all have the same length."""
    length = range(params.warmup_bars)
    close: Any = [bars.close[first + i] for i in length]
    high, low = [bars.high[first + i] for i in length], [bars.low[first + i] for i in length]
    fast: Any = ema_seeded(close, params.ema_fast)
    slow: Any = ema_seeded(close, params.ema_slow)
    strength = _adx(high, low, close, params.adx_len)
    state: States = np.full(len(first), SIDEWAYS, dtype=np.int8)
    for i in range(bars_to_warm(params) - 1, params.warmup_bars):
        spread = (fast[i] - slow[i]) / slow[i] * 1e4
        turned = np.where(spread > 0.0, UP, DOWN)
        held = np.where(np.abs(spread) < params.hysteresis_bps, state, turned)
        state = np.where(strength[i] < params.adx_min, SIDEWAYS, held).astype(np.int8)
    return state


def _adx(
    high: Sequence[Numbers], low: Sequence[Numbers], close: Sequence[Numbers], period: int
) -> list[Numbers]:
    """`indicators.adx` of all windows; before its first value there is none."""
    nothing = np.zeros(len(close[0]))
    up, down, walked, average = nothing, nothing, nothing, nothing
    out = [np.full(len(nothing), np.nan)] * len(close)
    for i in range(1, len(close)):
        if i >= period:
            up, down, walked = up - up / period, down - down / period, walked - walked / period
        rise, fall = high[i] - high[i - 1], low[i - 1] - low[i]
        up = up + np.where((rise > 0.0) & (rise > fall), rise, 0.0)
        down = down + np.where((fall > 0.0) & (fall > rise), fall, 0.0)
        walked = walked + _true_range(high[i], low[i], close[i - 1])
        if period <= i < 2 * period:
            average = average + _directional(up, down, walked, nothing)
            if i == 2 * period - 1:
                average = average / period
                out[i] = average
        elif i >= 2 * period:
            index = _directional(up, down, walked, average)
            average = (average * (period - 1) + index) / period
            out[i] = average
    return out


def _true_range(top: Numbers, bottom: Numbers, previous: Numbers) -> Numbers:
    return np.maximum(np.maximum(top - bottom, np.abs(top - previous)), np.abs(bottom - previous))


def _directional(up: Numbers, down: Numbers, walked: Numbers, otherwise: Numbers) -> Numbers:
    with np.errstate(divide="ignore", invalid="ignore"):
        rising, falling = 100.0 * (up / walked), 100.0 * (down / walked)
        both = rising + falling
        index = 100.0 * (np.abs(falling - rising) / both)
    return np.where((walked < NOTHING) | (both < NOTHING), otherwise, index)
