"""The list of strategies: complete, consistent with the ids, and cheap to import."""

import subprocess
import sys

from trader.core.identity import STRATEGY_NUMBERS
from trader.strategies.breakout import BreakoutParams, want
from trader.strategies.registry import STRATEGIES

HEAVY = ("numpy", "numba", "pydantic", "ccxt", "asyncio", "yaml", "logging", "socket", "ssl")


def test_each_strategy_stands_under_its_own_name_and_number() -> None:
    assert list(STRATEGIES) == ["breakout"]
    for name, spec in STRATEGIES.items():
        assert (spec.name, spec.number) == (name, STRATEGY_NUMBERS[name])


def test_what_follows_from_parameters_is_answered_for_the_defaults() -> None:
    spec = STRATEGIES["breakout"]
    params = spec.params_type()
    assert params == BreakoutParams()
    assert spec.want is want
    assert spec.frame_ms(params) == 1_800_000
    assert spec.bars_needed(params) == 847
    assert spec.hold_ms_max(params) == 216_000_000
    assert spec.stop_fallback(params) == 0.04


def test_importing_the_strategies_loads_nothing_heavy() -> None:
    program = (
        f"import sys; import trader.strategies.registry; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
