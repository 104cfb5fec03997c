"""The regime of a hedge grid, walked anew over the warm-up window at every tick: nothing is remembered.

Direction needs strength (the directional index) and distance (the spread of two averages); inside the
band the last direction stays, and without strength there is none.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from trader.core.candles import Candles
from trader.core.frozen import frozen
from trader.core.market import Leg
from trader.strategies.hedge_grid_params import HedgeGridParams, bars_needed, bars_to_warm
from trader.strategies.indicators import adx, ema_seeded, window_first
from trader.strategies.readings import Missing, missing
from trader.strategies.signals import direction_walked, spread_bps


class Regime(StrEnum):
    """Where the market goes."""

    SIDEWAYS = "sideways"
    UP = "up"
    DOWN = "down"

    @property
    def counter(self) -> Leg | None:
        """The leg that stands against it."""
        if self is Regime.SIDEWAYS:
            return None
        return Leg.SHORT if self is Regime.UP else Leg.LONG


REGIMES: Final[Mapping[int, Regime]] = {0: Regime.SIDEWAYS, 1: Regime.UP, -1: Regime.DOWN}


@frozen
class Reading:
    """The regime of the last bar with the numbers that led to it."""

    regime: Regime
    index: float
    spread_bps: float

    @property
    def text(self) -> str:
        return f"regime {self.regime.value}: index {self.index:.4g}, spread {self.spread_bps:.4g} bps"


def regime_at(candles: Candles, params: HedgeGridParams) -> Reading | Missing:
    """The regime at the last bar; or why it cannot be known."""
    k = len(candles) - 1
    bars = bars_needed(params)
    if params.warmup_bars < bars_to_warm(params):
        return Missing(f"warmup_bars {params.warmup_bars} are fewer than the averages and the index need")
    first = window_first(candles.open_ms, k, bars, candles.frame_ms)
    if first < 0:
        return missing(first, f"{bars} bars of warm-up", candles)
    begin = k + 1 - params.warmup_bars
    close = candles.close[begin:]
    return walked(candles.high[begin:], candles.low[begin:], close, params)


def walked(
    high: Sequence[float], low: Sequence[float], close: Sequence[float], params: HedgeGridParams
) -> Reading:
    """The state after each bar of the window in turn, from sideways at its start."""
    fast, slow = ema_seeded(close, params.ema_fast), ema_seeded(close, params.ema_slow)
    strength = adx(high, low, close, params.adx_len)
    begin = bars_to_warm(params) - 1
    direction = direction_walked(fast, slow, strength, begin, params.adx_min, params.hysteresis_bps)
    return Reading(REGIMES[direction], strength[-1], spread_bps(fast[-1], slow[-1]))
