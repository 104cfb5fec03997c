"""The parameters: names and defaults, bounds, what follows from them, and that each decides something."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from tests.support.bollinger_scenes import BARS, ending, policy_of, swinging
from tests.support.breakout_scenes import Row, candles_of, facts_of, held_since, quiet
from tests.support.strategy_policies import decision
from trader.core.target import Want
from trader.strategies.bollinger import (
    BollingerParams,
    bars_needed,
    frame_ms,
    hold_ms_max,
    stop_fallback,
    want,
)

DEFAULTS: dict[str, Any] = {
    "bar": "30m",
    "style": "reversion",
    "entry": "close",
    "period": 20,
    "mult": 2.0,
    "regime_filter": True,
    "regime_days": 7,
    "regime_threshold": 0.25,
    "target_min_move": 0.001,
    "target": 0.03,
    "stop": 0.02,
    "max_hold_bars": 120,
    "trend_period": 96,
    "trend_window": 288,
    "trend_lag_bars": 8,
    "entry_buffer": 0.001,
}
Scene = Callable[[BollingerParams], Want]


def test_names_and_defaults() -> None:
    params = BollingerParams()
    assert {field.name: getattr(params, field.name) for field in fields(params)} == DEFAULTS


def entering(rows: list[Row], *, mark: float = 97.0) -> Scene:
    """The decision at the last bar without a position."""
    return lambda params: want(
        candles_of(rows, frame=frame_ms(params)), facts_of(mark=mark), policy_of(params)
    )


def holding(rows: list[Row], *, bars: int = 10, live_target: float = 105.0, live_stop: float = 90.0) -> Scene:
    """The decision at the last bar with a long position since so many bars."""

    def decide(params: BollingerParams) -> Want:
        candles = candles_of(rows, frame=frame_ms(params))
        held = held_since(candles, BARS - bars, entry=98.0)
        facts = facts_of(mark=97.0, holding=held, live_stop=live_stop, live_target=live_target)
        return want(candles, facts, policy_of(params))

    return decide


BELOW = ending(swinging(), 97.0)
TWICE = ending(swinging(), 95.0, 94.0)
STEEP = ending(swinging(drift=0.05, price=76.0), 95.0)  # far below, out of a straight way up
TURNING = [*quiet(BARS - 10, step=0.05, price=76.0), *quiet(10, step=-0.05, price=99.0)]  # up, then just down
STEPS = [*swinging(BARS - 40, price=103.0), *swinging(40)]
FOLLOWING: dict[str, Any] = {"style": "breakout"}
WAITING: dict[str, Any] = {**FOLLOWING, "entry": "resting"}

# name: scene, the rest of the parameters, a value under which the decision differs from the default's
CASES: dict[str, tuple[Scene, dict[str, Any], Any]] = {
    "bar": (entering(STEEP, mark=95.0), {}, "4h"),
    "style": (entering(BELOW), {}, "breakout"),
    "entry": (entering(BELOW), {}, "resting"),
    "period": (entering(STEPS), {"entry": "resting"}, 60),
    "mult": (entering(BELOW), {}, 4.0),
    "regime_filter": (entering(STEEP, mark=95.0), {}, False),
    "regime_days": (entering(STEEP, mark=95.0), {"regime_threshold": 0.3}, 1),
    "regime_threshold": (entering(BELOW), {}, 0.0),
    "target_min_move": (holding(BELOW, live_target=99.87), {}, 0.0005),
    "target": (holding(BELOW), FOLLOWING, 0.05),
    "stop": (entering(BELOW), {}, 0.03),
    "max_hold_bars": (holding(BELOW), {}, 10),
    "trend_period": (entering(TURNING, mark=99.0), WAITING, 3),
    "trend_window": (entering(TURNING, mark=99.0), WAITING, 3),
    "trend_lag_bars": (entering(TURNING, mark=99.0), {**WAITING, "trend_period": 3}, 40),
    "entry_buffer": (entering(TWICE), {"entry": "confirm", "regime_filter": False}, 0.002),
}


def test_every_parameter_has_a_case() -> None:
    assert set(CASES) == {field.name for field in fields(BollingerParams)}


@pytest.mark.parametrize("name", CASES)
def test_every_parameter_decides_something(name: str) -> None:
    scene, rest, other = CASES[name]
    params = replace(BollingerParams(), **rest)
    assert getattr(params, name) == DEFAULTS[name]
    assert decision(scene(params)) != decision(scene(replace(params, **{name: other})))


@pytest.mark.parametrize(
    ("params", "bars"),
    [
        ({}, 9 * 48 - 1),  # seven days, the one before them, and the rest of today
        ({"regime_filter": False}, 49),
        ({"regime_filter": False, "period": 100}, 101),
        ({"regime_filter": False, "period": 100, "entry": "resting"}, 100),
        ({"regime_filter": False, "period": 100, "entry": "confirm"}, 102),
        ({"style": "breakout"}, 296),
        ({"style": "breakout", "regime_days": 30}, 296),
        ({"style": "breakout", "period": 400}, 401),
        ({"style": "breakout", "trend_window": 1, "trend_lag_bars": 1}, 49),
        ({"bar": "4h"}, 9 * 6 - 1),
    ],
)
def test_bars_needed(params: dict[str, Any], bars: int) -> None:
    assert bars_needed(BollingerParams(**params)) == bars


def test_what_follows_from_the_parameters() -> None:
    for bar, minutes in {"1m": 1, "30m": 30, "4h": 240}.items():
        params = replace(BollingerParams(), bar=bar)  # type: ignore[arg-type]
        assert frame_ms(params) == minutes * 60_000
        assert hold_ms_max(params) == 120 * minutes * 60_000
    assert stop_fallback(BollingerParams(stop=0.04)) == 0.04
