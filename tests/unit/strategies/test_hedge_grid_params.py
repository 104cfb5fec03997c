"""The parameters of the grid: names and defaults, what is required, and that each decides something."""

from collections.abc import Callable
from dataclasses import MISSING, fields, replace
from typing import Any

import pytest

from tests.support.grid_scenes import (
    NOW_MS,
    PARAMS,
    a_rung,
    candles_from,
    facts_of,
    grid_of,
    held,
    policy_of,
    quiet,
    trending,
)
from trader.core.candles import Candles
from trader.core.market import Leg
from trader.core.target import FundingFacts, GridFacts, Stay, WantGrid
from trader.strategies.hedge_grid import (
    HedgeGridParams,
    bars_needed,
    frame_ms,
    hold_ms_max,
    judge,
    needs,
    stop_fallback,
)

REQUIRED = {"base_qty", "side_notional_max", "gross_notional_max", "net_notional_max"}
DEFAULTS = {
    "bar": "30m",
    "ema_fast": 10,
    "ema_slow": 30,
    "adx_len": 14,
    "adx_min": 20.0,
    "warmup_bars": 300,
    "hysteresis_bps": 35.0,
    "recenter_bps": 200.0,
    "recenters_against_max": 2,
    "step_bps": 50.0,
    "levels_long": 6,
    "levels_short": 6,
    "qty_scale": 1.05,
    "policy": "throttled-counter",
    "counter_levels": 4,
    "counter_scale": 0.5,
    "window_minutes": 60,
    "max_cost_bps": 12.0,
    "sl_steps": 5.0,
    "tp_steps": 3.0,
}
Scene = Callable[[HedgeGridParams], object]


def test_names_and_defaults() -> None:
    found = {f.name: f.default for f in fields(HedgeGridParams) if f.default is not MISSING}
    assert found == DEFAULTS
    assert {f.name for f in fields(HedgeGridParams)} - set(found) == REQUIRED


def scene(candles: Candles, grid: GridFacts | None = None, mark: float | None = None) -> Scene:
    def decide(params: HedgeGridParams) -> object:
        seen = replace(candles, frame_ms=frame_ms(params))
        answer = judge(seen, facts_of(grid, mark or candles.close[-1]), policy_of(params)).want
        assert isinstance(answer, WantGrid | Stay)
        return replace(answer, notes=(), reason="") if isinstance(answer, WantGrid) else answer

    return decide


UP = trending(0.3, end=200.0)
TURNED = candles_from([*(150.0 + 0.3 * i for i in range(230)), *(219.0 - 0.25 * i for i in range(70))])
COSTLY = grid_of(funding=FundingFacts(0.0013, NOW_MS + 30 * 60_000, 3_600_000))
LONG = grid_of(long=held(0.2, 99.0, filled=((10_000, 1),), live_target=1.0))
FOLLOWED = grid_of(long=held(0.2, 99.0, filled=((10_200, 1),), live_target=1.0))

CASES: dict[str, tuple[Scene, Any]] = {
    "base_qty": (scene(quiet()), 0.2),
    "side_notional_max": (scene(quiet()), 30.0),
    "gross_notional_max": (scene(quiet()), 60.0),
    "net_notional_max": (scene(quiet()), 30.0),
    "bar": (scene(quiet()), "1h"),
    "ema_fast": (scene(TURNED), 100),
    "ema_slow": (scene(TURNED), 250),
    "adx_len": (scene(UP), 200),
    "adx_min": (scene(TURNED), 100.0),
    "warmup_bars": (scene(UP), 301),
    "hysteresis_bps": (scene(UP), 5_000.0),
    "recenter_bps": (scene(quiet(101.0), grid_of(rungs=(a_rung(Leg.SHORT, 5),))), 50.0),
    "recenters_against_max": (scene(quiet(), FOLLOWED), 1),
    "step_bps": (scene(quiet()), 60.0),
    "levels_long": (scene(quiet()), 5),
    "levels_short": (scene(quiet()), 5),
    "qty_scale": (scene(quiet()), 1.5),
    "policy": (scene(UP), "core-and-scalp"),
    "counter_levels": (scene(UP), 3),
    "counter_scale": (scene(UP), 0.6),
    "window_minutes": (scene(quiet(), COSTLY), 29),
    "max_cost_bps": (scene(quiet(), COSTLY), 13.0),
    "sl_steps": (scene(quiet(), LONG), 6.0),
    "tp_steps": (scene(quiet(), LONG), 4.0),
}


def test_every_parameter_has_a_case() -> None:
    assert set(CASES) == {f.name for f in fields(HedgeGridParams)}


@pytest.mark.parametrize("name", CASES)
def test_every_parameter_decides_something(name: str) -> None:
    decide, other = CASES[name]
    if name == "bar":
        assert frame_ms(replace(PARAMS, bar=other)) != frame_ms(PARAMS)
        return
    assert decide(PARAMS) != decide(replace(PARAMS, **{name: other}))


def test_what_follows_from_the_parameters() -> None:
    assert bars_needed(PARAMS) == 300
    assert bars_needed(replace(PARAMS, warmup_bars=50, ema_slow=80)) == 80
    assert bars_needed(replace(PARAMS, warmup_bars=50, adx_len=60)) == 120
    assert stop_fallback(PARAMS) == pytest.approx(0.025)
    assert stop_fallback(replace(PARAMS, sl_steps=100.0, step_bps=1000.0)) == 0.99
    assert hold_ms_max(PARAMS) == 7 * 86_400_000
    assert needs(PARAMS) == {"two_sided"}
