"""The breakout strategy's regime at a bar: trend or range, and the target and stop that go with it.

A regime that cannot be read is `Missing`, never one of the two.
"""

from trader.core.candles import Candles
from trader.core.frozen import frozen
from trader.strategies.breakout_params import BreakoutParams
from trader.strategies.readings import Missing, efficiency_at
from trader.strategies.signals import is_trending
from trader.strategies.wording import percent_text, ratio_text


@frozen
class Regime:
    """What a regime decides."""

    target: float
    stop: float
    text: str


def regime_at(candles: Candles, index: int | None, params: BreakoutParams) -> Regime | Missing:
    """The regime at the close of the bar at `index`."""
    if index is None:
        return Missing("its bar is not in the candles")
    efficiency = efficiency_at(candles, index, params.regime_days)
    if isinstance(efficiency, Missing):
        return efficiency
    trending = is_trending(efficiency, params.regime_threshold)
    if trending:
        name, sign, target, stop = "trend", ">", params.trend_target, params.trend_stop
    else:
        name, sign, target, stop = "range", "<=", params.range_target, params.range_stop
    numbers = f"{ratio_text(efficiency)} {sign} {ratio_text(params.regime_threshold)}"
    levels = f"target {percent_text(target)}, stop {percent_text(stop)}"
    return Regime(target, stop, f"regime {name} ({numbers}: {levels})")
