"""What a result is worth beside what it says: foresight, parameters, luck and the number of tries.

Rules: look-ahead is asked of the run as configured, everything else of what is left of it. The tries are
those of the parameter map, or as many as the operator says; a ratio that cannot be computed is None.
"""

from collections.abc import Callable, Sequence

import numpy as np

from trader.backtest.audit.chance import Luck, luck_of
from trader.backtest.audit.deflated import best_by_chance, probability, returns_of
from trader.backtest.audit.lookahead import Prefixes, prefixes
from trader.backtest.audit.sensitivity import Variant, unmoved, variants
from trader.backtest.returns import daily
from trader.backtest.study import Run, Study
from trader.backtest.summary import WinRate, win_rate
from trader.core.frozen import frozen

_A_YEAR = 365.0**0.5  # markets that never close


@frozen
class Deflated:
    """Sharpe ratios of daily returns; `by_chance` is what the best of the tries has without any skill, and
    `probability` that the true ratio is above zero, given all of them."""

    sharpe: float
    sharpe_a_year: float
    days: int
    tries: int
    by_chance: float
    by_chance_a_year: float
    probability: float | None


@frozen
class Statistics:
    """All of it."""

    lookahead: Prefixes
    sensitivity: tuple[Variant, ...]
    unmoved: tuple[tuple[str, str], ...]  # coins and parameters that the map could not move
    luck: Luck | None
    deflated: Deflated | None
    win_rate: WinRate | None


def statistics(
    claimed: tuple[Study, Run],
    left: tuple[Study, Run],
    answer: Callable[[Study], Run],
    *,
    seed: int,
    tries: int = 0,
) -> Statistics:
    """Foresight of what was claimed, and everything else of what is left. `tries`: variants that were tried
    before this map, by whoever chose the parameters."""
    study, run = left
    tried = tuple(variants(study, run, answer))
    return Statistics(
        lookahead=prefixes(*claimed, answer),
        sensitivity=tried,
        unmoved=tuple(unmoved(study)),
        luck=luck_of(run, study.equity, seed=seed),
        deflated=_deflated(run, tried, study.equity, tries),
        win_rate=win_rate(run.trades),
    )


def _deflated(run: Run, tried: Sequence[Variant], equity: float, tries: int) -> Deflated | None:
    """The variance of the ratios is that of the map's runs, which are near each other: the true one of a
    wide search is larger, so this is a lower bound of what chance makes."""
    found = returns_of(np.array([day.fraction for day in daily(run, equity)]))
    if found is None:
        return None
    ratios = [found.sharpe]
    for variant in tried:
        other = returns_of(np.array([day.fraction for day in daily(variant.run, equity)]))
        ratios += [other.sharpe] if other is not None else []
    count = max(tries, len(ratios))
    benchmark = best_by_chance(count, float(np.var(ratios)))
    return Deflated(
        sharpe=found.sharpe,
        sharpe_a_year=found.sharpe * _A_YEAR,
        days=found.count,
        tries=count,
        by_chance=benchmark,
        by_chance_a_year=benchmark * _A_YEAR,
        probability=probability(found, benchmark=benchmark),
    )
