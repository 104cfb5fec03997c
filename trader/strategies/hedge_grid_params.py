"""The numbers of the hedge grid, and what follows from them alone.

Each field is a parameter of `markets.<COIN>.params` with this name and default. Those without a default are
money that only the operator can name: a file without them is refused. Bounds stand in the field's metadata
under the names ge, gt, le and lt; the configuration turns them into checks.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from trader.core.candles import DAY_MS
from trader.strategies.indicators import SPIKE_BARS
from trader.strategies.parameters import Bar

LEVELS_MAX = 50  # an id has room for 63 rungs
HOLD_MS_MAX = 7 * DAY_MS  # a grid has no time stop; fills are read this far back, and further where needed

_PERIOD = {"ge": 2, "le": 500}
_BPS = {"gt": 0.0, "le": 10_000.0}
_BPS_OR_ZERO = {"ge": 0.0, "le": 10_000.0}
_LEVELS = {"ge": 0, "le": LEVELS_MAX}
_STEPS = {"gt": 0.0, "le": 100.0}


def _required(example: str) -> Any:
    return field(metadata={"gt": 0.0, "le": 1e9, "example": example})


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeGridParams:
    """Every number of the strategy; quantities are coins, caps are quote currency."""

    base_qty: float = _required("0.002")
    side_notional_max: float = _required("2000")
    gross_notional_max: float = _required("3000")
    net_notional_max: float = _required("1500")
    bar: Bar = "30m"
    ema_fast: int = field(default=10, metadata=_PERIOD)
    ema_slow: int = field(default=30, metadata=_PERIOD)
    adx_len: int = field(default=14, metadata={"ge": 2, "le": 200})
    adx_min: float = field(default=20.0, metadata={"ge": 0.0, "le": 100.0})
    warmup_bars: int = field(default=300, metadata={"ge": 50, "le": 4000})
    hysteresis_bps: float = field(default=35.0, metadata=_BPS_OR_ZERO)
    recenter_bps: float = field(default=200.0, metadata=_BPS)
    recenters_against_max: int = field(default=2, metadata={"ge": 0, "le": 100})
    step_bps: float = field(default=50.0, metadata={"gt": 0.0, "le": 1000.0})
    levels_long: int = field(default=6, metadata=_LEVELS)
    levels_short: int = field(default=6, metadata=_LEVELS)
    qty_scale: float = field(default=1.05, metadata={"gt": 0.0, "le": 3.0})
    policy: Literal["throttled-counter", "core-and-scalp"] = "throttled-counter"
    counter_levels: int = field(default=4, metadata=_LEVELS)
    counter_scale: float = field(default=0.5, metadata={"ge": 0.0, "le": 1.0})
    window_minutes: int = field(default=60, metadata={"ge": 1, "le": 1440})
    max_cost_bps: float = field(default=12.0, metadata=_BPS_OR_ZERO)
    sl_steps: float = field(default=5.0, metadata=_STEPS)
    tp_steps: float = field(default=3.0, metadata=_STEPS)


def needs(params: HedgeGridParams) -> frozenset[str]:
    """The venue's abilities without which the strategy cannot be traded."""
    return frozenset({"two_sided"})


def hold_ms_max(params: HedgeGridParams) -> int:
    """How far back the fills of a position are looked for at first."""
    return HOLD_MS_MAX


def stop_fallback(params: HedgeGridParams) -> float:
    """The stop's distance as a fraction of the entry, for a position whose anchor is not at hand."""
    return min(params.sl_steps * params.step_bps / 1e4, 0.99)


def coins(params: HedgeGridParams) -> tuple[float, float]:
    """The smallest order that it places, and all of one side together."""
    rungs = [
        params.base_qty * params.qty_scale**n for n in range(max(params.levels_long, params.levels_short))
    ]
    return min(rungs, default=params.base_qty) * (params.counter_scale or 1.0), sum(rungs)


def bars_needed(params: HedgeGridParams) -> int:
    """How many closed bars decide everything."""
    return max(params.warmup_bars, bars_to_warm(params), SPIKE_BARS + 1)


def bars_to_warm(params: HedgeGridParams) -> int:
    """How many bars the regime's numbers need before the first of them counts."""
    return max(params.ema_fast, params.ema_slow, 2 * params.adx_len)
