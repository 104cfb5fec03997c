"""The breakout strategy's regime at a bar: trend or range, and the target and stop that go with it.

A regime that cannot be read is `Missing`, never one of the two.
"""

from dataclasses import dataclass

from trader.core.candles import DAY_MS, Candles
from trader.strategies.breakout_params import BreakoutParams
from trader.strategies.indicators import GAP, directional_efficiency, groups_first
from trader.strategies.signals import is_trending
from trader.strategies.wording import percent_text, ratio_text


@dataclass(frozen=True, slots=True)
class Missing:
    """A window that cannot be read, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Regime:
    """What a regime decides."""

    target: float
    stop: float
    text: str


def missing(first: int, window: str, candles: Candles) -> Missing:
    """Says which of the two reasons a negative window start stands for."""
    if first == GAP:
        return Missing(f"gap: a bar is missing in {window}")
    return Missing(f"warm-up: {window} needs more than the {len(candles)} bars there are")


def regime_at(candles: Candles, index: int | None, params: BreakoutParams) -> Regime | Missing:
    """The regime at the close of the bar at `index`."""
    if index is None:
        return Missing("its bar is not in the candles")
    first = groups_first(candles.open_ms, index, params.regime_days + 1, candles.frame_ms, DAY_MS)
    if first < 0:
        return missing(first, f"{params.regime_days + 1} days for the regime", candles)
    efficiency = directional_efficiency(
        candles.high, candles.low, candles.close, first, params.regime_days, DAY_MS // candles.frame_ms
    )
    trending = is_trending(efficiency, params.regime_threshold)
    if trending:
        name, sign, target, stop = "trend", ">", params.trend_target, params.trend_stop
    else:
        name, sign, target, stop = "range", "<=", params.range_target, params.range_stop
    numbers = f"{ratio_text(efficiency)} {sign} {ratio_text(params.regime_threshold)}"
    levels = f"target {percent_text(target)}, stop {percent_text(stop)}"
    return Regime(target, stop, f"regime {name} ({numbers}: {levels})")
