"""A run as the figures that a search compares, and the scores that it ranks by.

Rules: a score is the worse of those under each fill model, because a setting that needs a kind one is no
setting; too few trades are no score at all. Returns are those from close to close.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from trader.backtest.search.rows import Figures, Row
from trader.backtest.search.sampler import REFUSED
from trader.backtest.study import Run
from trader.backtest.summary import summary_of

_DRAWDOWN_LEAST = 0.01  # a run that hardly fell is not infinitely good


def figures_of(run: Run, equity: float) -> Figures:
    """What a run came to."""
    summary = summary_of(run, equity)
    values = np.concatenate(([equity], run.equity))
    returns = np.diff(values) / values[:-1]
    mean, deviation = (float(np.mean(returns)), float(np.std(returns))) if len(returns) else (0.0, 0.0)
    shape = (returns - mean) / deviation if deviation > 0.0 else np.zeros(0)
    return Figures(
        trades=summary.trades,
        wins=summary.wins,
        net=summary.net,
        fees=summary.fees,
        funding=summary.funding,
        return_fraction=summary.return_fraction,
        drawdown_fraction_max=summary.drawdown_fraction_max,
        exposure_fraction=summary.exposure_fraction,
        sharpe=mean / deviation if deviation > 0.0 else 0.0,
        returns=len(returns),
        skew=float(np.mean(shape**3)) if len(shape) else 0.0,
        kurtosis=float(np.mean(shape**4)) if len(shape) else 3.0,
    )


def _return_over_drawdown(figures: Figures) -> float:
    return figures.return_fraction / max(figures.drawdown_fraction_max, _DRAWDOWN_LEAST)


OBJECTIVES: Mapping[str, Callable[[Figures], float]] = {
    "return": lambda figures: figures.return_fraction,
    "return_over_drawdown": _return_over_drawdown,
    "sharpe": lambda figures: figures.sharpe,
}


@dataclass(frozen=True, slots=True)
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
