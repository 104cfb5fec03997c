"""Every example configuration loads, and there is one for each strategy."""

from pathlib import Path

from tests.support.source_tree import ROOT, assert_none, plant


def broken_configurations(root: Path) -> list[str]:
    from trader import config
    from trader.core.errors import ConfigError

    found = []
    for path in sorted((root / "configs").glob("*")):
        try:
            config.load(path)
        except ConfigError as error:
            found.append(f"configs/{path.name}: {error}")
    return found


def without_an_example(root: Path) -> list[str]:
    """Strategies that no example names."""
    from trader import config
    from trader.strategies.registry import STRATEGIES

    loaded = [config.load(path) for path in sorted((root / "configs").glob("*.yaml"))]
    shown = {market.strategy for one in loaded for market in one.settings.markets.values()}
    return [f"configs/ shows no use of {strategy}" for strategy in sorted(set(STRATEGIES) - shown)]


def test_every_example_loads() -> None:
    assert_none(broken_configurations(ROOT))


def test_every_strategy_has_an_example() -> None:
    assert_none(without_an_example(ROOT))


def test_a_planted_unknown_key_is_found(tmp_path: Path) -> None:
    assert broken_configurations(plant(tmp_path, "configs/one.yaml", "venu: hyperliquid\n")) != []
