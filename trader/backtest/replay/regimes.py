"""What the bars alone say to a grid at every close of a tape: its regime, and whether a bar can be believed.

Rules: as in screens.py, no decision is taken on it: it only says that two closes look the same to the
strategy. It is worked out by the strategy's own functions, compiled. A test asks the strategy at every bar.
"""

from collections.abc import Sequence

from trader.backtest.fast.compiling import compiled
from trader.backtest.tape import Bars, sealed
from trader.core.frozen import frozen
from trader.core.policy import MarketPolicy
from trader.strategies.hedge_grid_params import HedgeGridParams, bars_needed, bars_to_warm
from trader.strategies.hedge_grid_regime import REGIMES, Regime


@frozen
class Looks:
    """For each bar: the regime, None where it is not known; and whether the bar can be believed."""

    regime: Sequence[Regime | None]
    calm: Sequence[bool]


def looks_of(bars: Bars, policy: MarketPolicy) -> Looks:
    """What a grid reads off each bar of a tape and those before it."""
    params: HedgeGridParams = policy.params
    kernels, high, low = compiled(), sealed(bars.high), sealed(bars.low)
    runs = kernels["run_lengths"](sealed(bars.open_ms), bars.frame_ms)
    calm: list[bool] = (~kernels["spikes"](high, low, runs)).tolist()
    warm = bars_to_warm(params)
    if params.warmup_bars < warm:
        return Looks([None] * len(bars), calm)
    windows = bars_needed(params), params.warmup_bars, warm - 1
    averages = params.ema_fast, params.ema_slow, params.adx_len
    bounds = params.adx_min, params.hysteresis_bps
    columns = high, low, sealed(bars.close), runs
    found = kernels["directions"](*columns, *windows, *averages, *bounds)
    return Looks([REGIMES.get(direction) for direction in found.tolist()], calm)
