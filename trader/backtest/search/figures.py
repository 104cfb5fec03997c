"""A run as the figures that a search compares, and the scores that it ranks by.

Rules: a score is the worse of those under each fill model, because a setting that needs a kind one is no
setting; too few trades are no score at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

import numpy as np

from trader.backtest.audit.deflated import Returns, best_by_chance, probability, returns_of
from trader.backtest.returns import day_ends, fractions
from trader.backtest.search.rows import Figures, Row
from trader.backtest.search.sampler import REFUSED
from trader.backtest.study import Run
from trader.backtest.summary import Totals, summary_of
from trader.backtest.tape import Numbers, Times
from trader.core.frozen import frozen

_STILL = Returns(0.0, 0, 0.0, 3.0)
_DRAWDOWN_LEAST = 0.01  # a run that hardly fell is not infinitely good


def figures_of(run: Run, equity: float) -> Figures:
    """What a run came to."""
    return figures_from(summary_of(run, equity), run.at_ms, run.equity, equity)


def figures_from(totals: Totals, at_ms: Times, values: Numbers, equity: float) -> Figures:
    """The same from sums and the account's value at the closes."""
    varied = returns_of(fractions(values, day_ends(at_ms), equity)) or _STILL
    return Figures(
        **{field.name: getattr(totals, field.name) for field in fields(Totals)},
        sharpe=varied.sharpe,
        days=varied.count,
        skewness=varied.skewness,
        kurtosis=varied.kurtosis,
    )


def _return_over_drawdown(figures: Figures) -> float:
    return figures.return_fraction / max(figures.drawdown_fraction_max, _DRAWDOWN_LEAST)


OBJECTIVES: Mapping[str, Callable[[Figures], float]] = {
    "return": lambda figures: figures.return_fraction,
    "return_over_drawdown": _return_over_drawdown,
    "sharpe": lambda figures: figures.sharpe,
}


@frozen
class Objective:
    """What is sought, and how many trades a result must stand on."""

    name: str
    trades_min: int

    def score(self, row: Row) -> float:
        """The worst under the models of the row; REFUSED where it has a fault or too few trades."""
        if row.fault is not None or not row.figures:
            return REFUSED
        if min(figures.trades for figures in row.figures.values()) < self.trades_min:
            return REFUSED
        return min(OBJECTIVES[self.name](figures) for figures in row.figures.values())

    def ranked(self, rows: list[Row]) -> list[Row]:
        """Best first; equal ones in their order, those without a score last."""
        return sorted(rows, key=lambda row: (-self.score(row), row.number))


@frozen
class Chance:
    """The best result against the best of as many tries without skill, in Sharpe ratios of daily returns;
    `probability` that the true one is above zero (the deflated ratio), None where it cannot be told."""

    tries: int
    sharpe: float
    by_chance: float
    probability: float | None


def chance_of(rows: Sequence[Row], objective: Objective) -> Chance | None:
    """How much of the best row is luck, under the model that made its score; None where nothing has one."""
    best = objective.ranked(list(rows))[0]
    if objective.score(best) == REFUSED:
        return None
    model = min(best.figures, key=lambda name: OBJECTIVES[objective.name](best.figures[name]))
    tried = [row.figures[model].sharpe for row in rows if model in row.figures]
    by_chance = best_by_chance(len(tried), float(np.var(tried)))
    found = best.figures[model]
    told = probability(Returns(found.sharpe, found.days, found.skewness, found.kurtosis), benchmark=by_chance)
    return Chance(len(tried), found.sharpe, by_chance, told if found.days > 1 else None)
