"""What the bars alone say to a grid at every close of a tape: its regime, and whether a bar can be believed.

Rules: it is worked out by the strategy's own functions, compiled, for all bars at once, and handed to the
strategy in place of what it would read itself. A test asks the strategy at every bar.
"""

from collections.abc import Sequence

from trader.backtest.fast.compiling import compiled
from trader.backtest.tape import Bars, sealed
from trader.core.frozen import frozen
from trader.core.policy import MarketPolicy
from trader.strategies.hedge_grid_params import HedgeGridParams, bars_needed, bars_to_warm
from trader.strategies.hedge_grid_regime import REGIMES, Reading, Regime


@frozen
class Looks:
    """For each bar: the regime with its numbers, None where it is not known; and whether the bar can be
    believed."""

    reading: Sequence[Reading | None]
    calm: Sequence[bool]

    def regime(self, index: int) -> Regime | None:
        found = self.reading[index]
        return None if found is None else found.regime


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
    readings = zip(*(column.tolist() for column in found), strict=True)
    return Looks([Reading(REGIMES[d], *numbers) if d in REGIMES else None for d, *numbers in readings], calm)
