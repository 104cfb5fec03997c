"""The parameters: names and defaults, bounds, what follows from them, and that each decides something."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, get_args, get_type_hints

import pytest

from tests.support.breakout_scenes import (
    BARS,
    Row,
    breaking_up,
    candles_of,
    changed,
    facts_of,
    held_since,
    policy_of,
    quiet,
)
from tests.support.strategy_policies import decision
from trader.core.target import Want
from trader.strategies.breakout import (
    BreakoutParams,
    bars_needed,
    frame_ms,
    hold_ms_max,
    stop_fallback,
    want,
)

DEFAULTS = {
    "bar": "30m",
    "range_bars": 48,
    "trigger": "wick",
    "vol_threshold": 1.25,
    "lookback_bars": 48,
    "trend": "cross",
    "trend_fast": 8,
    "trend_slow": 21,
    "trend_window": 105,
    "regime_days": 7,
    "regime_threshold": 0.25,
    "trend_target": 0.07,
    "trend_stop": 0.04,
    "range_target": 0.02,
    "range_stop": 0.05,
    "early_bars": 2,
    "early_mfe": 0.008,
    "max_hold_hours": 60,
    "regime_recheck_bars": 48,
    "trailing": "none",
    "trail_activation": 0.03,
    "trail_distance": 0.05,
    "trail_min_move": 0.001,
}
ENTRY_BAR = 480
Scene = Callable[[BreakoutParams], Want]


def test_names_and_defaults() -> None:
    params = BreakoutParams()
    assert {field.name: getattr(params, field.name) for field in fields(params)} == DEFAULTS


def entering(rows: list[Row]) -> Scene:
    """The decision at the last bar without a position."""
    return lambda params: want(candles_of(rows, frame=frame_ms(params)), facts_of(), policy_of(params))


def holding(rows: list[Row], *, live_stop: float = 50.0, mark: float = 101.0) -> Scene:
    """The decision at the last bar with a position since ENTRY_BAR."""

    def decide(params: BreakoutParams) -> Want:
        candles = candles_of(rows, frame=frame_ms(params))
        held = held_since(candles, ENTRY_BAR)
        return want(
            candles,
            facts_of(mark=mark, holding=held, live_stop=live_stop, live_target=300.0),
            policy_of(params),
        )

    return decide


def with_bar(rows: list[Row], index: int, **numbers: float) -> list[Row]:
    index %= len(rows)
    return [*rows[:index], changed(rows[index], **numbers), *rows[index + 1 :]]


UP = breaking_up(quiet())
STEEP = breaking_up(quiet(step=0.02))
STEEP_AT_LAST = breaking_up([*quiet(BARS - 48, step=0.001), *quiet(48, step=0.04, price=101.0)], by=1.5)
KICK = [*quiet(BARS - 8, step=-0.02, price=300.0), *quiet(8, step=0.0, price=284.0)]
HELD = with_bar(quiet(ENTRY_BAR + 60, step=0.0), ENTRY_BAR + 1, high=101.0)
WON = with_bar(HELD, ENTRY_BAR + 2, high=110.0)
TURNING = [*quiet(ENTRY_BAR, step=0.05, price=76.0), *with_bar(quiet(400, step=0.0), 1, high=101.0)]
LONG_HOLD = {"max_hold_hours": 240}

# name: scene, the rest of the parameters, a value under which the decision differs from the default's
CASES: dict[str, tuple[Scene, dict[str, Any], Any]] = {
    "bar": (holding(HELD), {}, "1h"),
    "range_bars": (entering(with_bar(UP, -60, high=150.0)), {}, 64),
    "trigger": (entering(UP), {}, "close"),
    "vol_threshold": (entering(UP), {}, 2.5),
    "lookback_bars": (entering(with_bar(UP, -60, volume=9000.0)), {}, 96),
    "trend": (entering(breaking_up(KICK)), {}, "ema"),
    "trend_fast": (entering(UP), {}, 40),
    "trend_slow": (entering(UP), {}, 5),
    "trend_window": (entering(UP), {}, 1),
    "regime_days": (entering(STEEP_AT_LAST), {}, 1),
    "regime_threshold": (entering(UP), {}, 0.01),
    "trend_target": (entering(STEEP), {}, 0.09),
    "trend_stop": (entering(STEEP), {}, 0.03),
    "range_target": (entering(UP), {}, 0.03),
    "range_stop": (entering(UP), {}, 0.03),
    "early_bars": (holding(with_bar(HELD, ENTRY_BAR + 1, high=100.5)), {}, 100),
    "early_mfe": (holding(HELD), {}, 0.02),
    "max_hold_hours": (holding(HELD), {}, 30),
    "regime_recheck_bars": (holding(TURNING), LONG_HOLD, 460),
    "trailing": (holding(WON, mark=120.0), {}, "ratchet"),
    "trail_activation": (holding(WON, mark=120.0), {"trailing": "ratchet"}, 0.2),
    "trail_distance": (holding(WON, mark=120.0), {"trailing": "ratchet"}, 0.03),
    "trail_min_move": (holding(WON, mark=120.0, live_stop=104.0), {"trailing": "ratchet"}, 0.01),
}


def test_every_parameter_has_a_case() -> None:
    assert set(CASES) == {field.name for field in fields(BreakoutParams)}


@pytest.mark.parametrize("name", CASES)
def test_every_parameter_decides_something(name: str) -> None:
    scene, rest, other = CASES[name]
    params = replace(BreakoutParams(), **rest)
    assert getattr(params, name) == DEFAULTS[name]
    assert decision(scene(params)) != decision(scene(replace(params, **{name: other})))


@pytest.mark.parametrize(
    ("params", "bars"),
    [
        ({}, 106 * 8 - 1),
        ({"range_bars": 900}, 901),
        ({"lookback_bars": 901}, 902),
        ({"trend": "ema", "trend_slow": 30}, 151 * 8 - 1),
        ({"trend_window": 1}, 9 * 48 - 1 + 120),
        ({"trend_window": 1, "regime_days": 1, "max_hold_hours": 1}, 3 * 48 - 1 + 2),
        ({"bar": "4h", "trend_window": 1, "regime_days": 1, "range_bars": 1, "lookback_bars": 1}, 49 + 15),
        ({"bar": "1h"}, 106 * 4 - 1),
    ],
)
def test_bars_needed(params: dict[str, Any], bars: int) -> None:
    assert bars_needed(BreakoutParams(**params)) == bars


def test_what_follows_from_the_parameters() -> None:
    minutes = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240}
    assert set(minutes) == set(get_args(get_type_hints(BreakoutParams)["bar"]))
    for bar, count in minutes.items():
        assert frame_ms(replace(BreakoutParams(), bar=bar)) == count * 60_000  # type: ignore[arg-type]
    assert hold_ms_max(BreakoutParams()) == 60 * 3_600_000
    assert hold_ms_max(BreakoutParams(bar="4h", max_hold_hours=7)) == 4 * 3_600_000
    assert hold_ms_max(BreakoutParams(bar="4h", max_hold_hours=1)) == 4 * 3_600_000
    assert stop_fallback(BreakoutParams()) == 0.04
    assert stop_fallback(BreakoutParams(range_stop=0.01)) == 0.01
