"""Work for a search that needs no prices: figures from a formula of the combination and the window."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from trader.backtest.search.folds import Window
from trader.backtest.search.rows import Figures, Row, Task
from trader.backtest.search.space import Combination

DAY_MS = 86_400_000


def figures(return_fraction: float, trades: int = 30) -> Figures:
    return Figures(
        trades=trades,
        wins=trades // 2,
        net=1000.0 * return_fraction,
        fees=1.0,
        funding=-0.5,
        return_fraction=return_fraction,
        drawdown_fraction_max=0.1,
        exposure_fraction=0.3,
        undecidable_fraction=0.0,
        sharpe=return_fraction,
        days=100,
        skewness=0.0,
        kurtosis=3.0,
    )


@dataclass
class Hills:
    """The best `a.x` is `best` before `turns_ms`, `later` from there on; settings as they are earn `as_is`.

    Under `harsh` everything earns `harsh_less`.
    """

    best: int = 7
    later: int = 7
    turns_ms: int = 10**15
    as_is: float = 0.01
    harsh_less: float = 0.02
    trades: int = 30
    asked: list[tuple[Combination, Window | None]] = field(default_factory=list)

    def __call__(self, tasks: Sequence[Task]) -> list[Row]:
        return [self._row(task) for task in tasks]

    def _row(self, task: Task) -> Row:
        self.asked.append((task.combination, task.window))
        earned = self._earned(task)
        found = {
            "base": figures(earned, self.trades),
            "harsh": figures(earned - self.harsh_less, self.trades),
        }
        return Row(task.number, task.combination, found)

    def _earned(self, task: Task) -> float:
        if not task.combination:
            return self.as_is
        best = self.best
        if task.window is not None and task.window.start_ms >= self.turns_ms:
            best = self.later
        return 0.1 - 0.02 * abs(int(task.combination[0][1]) - best)
