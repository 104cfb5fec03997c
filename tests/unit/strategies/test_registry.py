"""The list of strategies: complete, consistent with the ids, and cheap to import."""

import subprocess
import sys
from dataclasses import fields

from trader.core.abilities import Abilities
from trader.core.identity import STRATEGY_NUMBERS
from trader.strategies.breakout import BreakoutParams, judge, want
from trader.strategies.registry import STRATEGIES

HEAVY = ("numpy", "numba", "pydantic", "ccxt", "asyncio", "yaml", "logging", "socket", "ssl")


def test_each_strategy_stands_under_its_own_name_and_number() -> None:
    assert list(STRATEGIES) == ["breakout", "bollinger", "hedge_grid"]
    for name, spec in STRATEGIES.items():
        assert (spec.name, spec.number) == (name, STRATEGY_NUMBERS[name])


def test_what_follows_from_parameters_is_answered_for_the_defaults() -> None:
    spec = STRATEGIES["breakout"]
    params = spec.params_type()
    assert params == BreakoutParams()
    assert (spec.want, spec.judge) == (want, judge)
    assert spec.frame_ms(params) == 1_800_000
    assert spec.bars_needed(params) == 847
    assert spec.hold_ms_max(params) == 216_000_000
    assert spec.stop_fallback(params) == 0.04
    assert spec.needs(params) == frozenset()


def test_what_a_strategy_needs_of_a_venue_is_named_as_the_abilities_are() -> None:
    known = {field.name for field in fields(Abilities)}
    bollinger = STRATEGIES["bollinger"]
    for style, entry, needed in (
        ("breakout", "resting", {"stop_entry"}),
        ("breakout", "confirm", set()),
        ("breakout", "close", set()),
        ("reversion", "resting", set()),
    ):
        needs = bollinger.needs(bollinger.params_type(style=style, entry=entry))
        assert needs == needed
        assert needs <= known


def test_a_name_that_is_none_is_none() -> None:
    assert "donchian" not in STRATEGIES
    assert STRATEGIES.get("donchian") is None
    assert len(STRATEGIES) == 3


def loaded_by(names: str) -> set[str]:
    """The modules of strategies that come along when these are asked for."""
    program = (
        "import sys; from trader.strategies.registry import STRATEGIES;"
        f"[STRATEGIES[n] for n in {names.split()!r}]; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.rpartition(".")[2] for name in done.stdout.split() if name.startswith("trader.strategies.")}


def test_a_strategy_is_imported_when_it_is_asked_for() -> None:
    assert loaded_by("") == {"registry"}
    assert {"breakout"} == loaded_by("breakout") & set(STRATEGIES)
    assert {"hedge_grid"} == loaded_by("hedge_grid") & set(STRATEGIES)


def test_importing_the_strategies_loads_nothing_heavy() -> None:
    program = (
        "import sys; from trader.strategies.registry import STRATEGIES; list(STRATEGIES.values());"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
