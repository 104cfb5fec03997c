"""What a search asks and what it is answered: one task a combination and window, one row a task.

Rules: tasks have numbers, and results stand in the order of these whatever worker gave them, so that the
number of workers changes nothing. A combination that the configuration refuses is a row with the reason.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from trader.backtest.search.folds import Window
from trader.backtest.search.space import Combination
from trader.backtest.summary import Totals
from trader.core.frozen import frozen


@frozen
class Task:
    """One combination over one window (None: all there is)."""

    number: int
    combination: Combination
    window: Window | None = None


@frozen
class Figures(Totals):
    """What one run came to: its numbers and more. `sharpe` is of daily returns, not annualised; `days`
    their number, `skewness` and `kurtosis` their shape. Where nothing varied these are 0, 0, 0 and 3."""

    sharpe: float
    days: int
    skewness: float
    kurtosis: float


@frozen
class Row:
    """The answer to a task: figures by the name of their fill model, or the fault."""

    number: int
    combination: Combination
    figures: Mapping[str, Figures]
    fault: str | None = None

    @property
    def fragile(self) -> bool:
        """Does the sign of what is left depend on the model, of those asked?"""
        nets = [figures.net for figures in self.figures.values()]
        return min(nets, default=0.0) < 0.0 < max(nets, default=0.0)


class Judged(Protocol):
    """What a worker does with the tasks it is handed; must be picklable, and the same everywhere."""

    def __call__(self, tasks: Sequence[Task]) -> list[Row]: ...
