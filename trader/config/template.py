"""The commented configuration to start from, put together for one venue and one strategy.

Rules: every setting stands in it with its default or an example; the examples in configs/ are these very
texts (a test holds them together), so that they cannot grow stale apart.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from importlib.resources import files
from string import Template
from typing import Any

from trader.config.rules import NEEDS
from trader.core.errors import ConfigError
from trader.parts import NAMES, parts_of
from trader.strategies.registry import STRATEGIES, StrategySpec

STRATEGY_NAMES = tuple(STRATEGIES)
_CURRENCY: Mapping[str, str] = {"hyperliquid": "USDC", "okx": "USDT", "binance": "USDT"}


def combinations() -> Iterator[tuple[str, str]]:
    """Each venue with each strategy that it can carry with default numbers."""
    for venue in NAMES:
        for strategy in STRATEGIES:
            if not lacking(venue, strategy):
                yield venue, strategy


def lacking(venue: str, strategy: str) -> frozenset[str]:
    """The abilities that a strategy needs with its usual numbers, and the venue has not."""
    abilities, spec = parts_of(venue).abilities, STRATEGIES[strategy]
    return frozenset(n for n in spec.needs(_example(spec)) if getattr(abilities, n) is not True)


def _example(spec: StrategySpec) -> Any:
    """The strategy's defaults, and for what has none the example that its field names."""
    required = (f for f in fields(spec.params_type) if f.default is MISSING)
    return spec.params_type(**{f.name: float(f.metadata["example"]) for f in required})


def composed(venue: str, strategy: str) -> str:
    """The whole file."""
    if lacking(venue, strategy):
        others = " or ".join(name for name in NAMES if not lacking(name, strategy))
        why = ", ".join(NEEDS[need] for need in sorted(lacking(venue, strategy)))
        raise ConfigError(f"{strategy} {why}, and {venue} cannot do that; use --venue {others}")
    is_grid = strategy == "hedge_grid"
    params = _text(strategy)
    more = "" if is_grid else f"  ETH: {{strategy: {strategy}}}\n  SOL: {{strategy: {strategy}}}\n"
    return Template(_text("whole")).substitute(
        venue=venue,
        strategy=strategy,
        currency=_CURRENCY[venue],
        credentials=_text(f"credentials-{venue}"),
        params=re.sub(r"^(?=.)", "      ", params, flags=re.MULTILINE),
        more_markets=more,
        naked_resting=_text("naked-hedge_grid" if is_grid else "naked"),
    )


def _text(name: str) -> str:
    return (files("trader.config") / "templates" / f"{name}.yaml").read_text(encoding="utf-8")
