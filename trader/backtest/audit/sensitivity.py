"""How much of a result hangs on its parameters: each one moved a little, alone, and the whole run made again.

Rules: a value that the strategy's own bounds do not allow is left out, and so is one that rounds to the value
that is there already. What is left is a map: a result that stands on one value alone is luck.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from trader.backtest.study import Run, Study
from trader.backtest.summary import summary_of
from trader.core.frozen import frozen

FACTORS = (0.8, 0.9, 1.1, 1.2)


@frozen
class Variant:
    """One parameter of one coin at another value, and what came of it; `is_same`: the very same trades."""

    coin: str
    name: str
    factor: float
    value: float
    return_fraction: float
    trades: int
    run: Run
    is_same: bool


def variants(study: Study, whole: Run, answer: Callable[[Study], Run]) -> list[Variant]:
    """Every numeric parameter of every coin, at four other values."""
    found = []
    for coin in sorted(study.policy.markets):
        for name, factor, value in _values(study.policy.markets[coin].params):
            run = answer(_with(study, coin, {name: value}))
            summary = summary_of(run, study.equity)
            is_same = run.trades == whole.trades
            came = (summary.return_fraction, summary.trades, run, is_same)
            found.append(Variant(coin, name, factor, float(value), *came))
    return found


def unmoved(study: Study) -> Iterator[tuple[str, str]]:
    """Coins and numbers that stay what they are, because no factor makes another allowed value of them."""
    for coin, market in sorted(study.policy.markets.items()):
        moved = {name for name, _, _ in _values(market.params)}
        yield from ((coin, name) for name in _numbers(market.params) if name not in moved)


def _numbers(params: Any) -> dict[str, int | float]:
    values = {entry.name: getattr(params, entry.name) for entry in fields(params)}
    return {name: v for name, v in values.items() if isinstance(v, int | float) and not isinstance(v, bool)}


def _values(params: Any) -> Iterator[tuple[str, float, float]]:
    """Names of numbers, with what each is multiplied by and comes to."""
    bounds = {entry.name: entry.metadata for entry in fields(params)}
    for name, now in _numbers(params).items():
        seen = {now}
        for factor in FACTORS:
            value = int(now * factor + 0.5) if isinstance(now, int) else round(now * factor, 12)
            if value not in seen and _is_within(value, bounds[name]):
                seen.add(value)
                yield name, factor, value


def _is_within(value: float, bounds: Mapping[str, Any]) -> bool:
    low_ok = value >= bounds.get("ge", value) and (("gt" not in bounds) or value > bounds["gt"])
    return bool(
        low_ok and value <= bounds.get("le", value) and (("lt" not in bounds) or value < bounds["lt"])
    )


def _with(study: Study, coin: str, changed: Mapping[str, float]) -> Study:
    """The study with other parameters of one coin, and the history that they need."""
    from trader.strategies.registry import STRATEGIES

    market = study.policy.markets[coin]
    spec, params = STRATEGIES[market.strategy_name], replace(market.params, **changed)
    other = replace(
        market,
        params=params,
        bars_needed=max(market.bars_needed, spec.bars_needed(params)),
        hold_ms_max=spec.hold_ms_max(params),
        stop_fallback=spec.stop_fallback(params),
    )
    markets = {**study.policy.markets, coin: other}
    return replace(study, policy=replace(study.policy, markets=markets))
