"""The options of a search: which fields, how many tries, what is sought, and who works.

Rules: a search is the same for any number of workers; with --out it can be interrupted and asked again.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trader.commands.named_path import NamedPath
from trader.core.frozen import frozen
from trader.exchange.fill_model import BANDS

if TYPE_CHECKING:
    from trader.backtest.search.figures import Objective
    from trader.backtest.search.search import Sampling
    from trader.backtest.search.space import Space

OBJECTIVES = ("return", "return_over_drawdown", "sharpe")  # trader/backtest/search/figures.py has them


@frozen
class Wanted:
    """What was asked for on the command line."""

    vary: tuple[str, ...]
    fills: tuple[str, ...]
    sampler: str
    trials: int
    seed: int
    objective_name: str
    trades_min: int
    workers: int
    cluster: str | None
    out: Path | None

    @property
    def objective(self) -> "Objective":
        from trader.backtest.search.figures import Objective

        return Objective(self.objective_name, self.trades_min)

    @property
    def sampling(self) -> "Sampling | None":
        from trader.backtest.search.search import Sampling

        return None if self.sampler == "grid" else Sampling(self.trials, self.seed)

    def tries(self, space: "Space") -> int:
        """How many combinations are worked out at most."""
        return space.size if self.sampler == "grid" else min(self.trials, space.size)


def search_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a search, handed over as one `wanted`."""

    def wrapped(
        vary: tuple[str, ...],
        fills: tuple[str, ...],
        sampler: str,
        trials: int,
        seed: int,
        objective: str,
        trades_min: int,
        workers: int | None,
        cluster: str | None,
        out: Path | None,
        **rest: Any,
    ) -> Any:
        names = tuple(dict.fromkeys(fills)) or ("base", "harsh")
        cores = workers or os.cpu_count() or 1
        wanted = Wanted(vary, names, sampler, trials, seed, objective, trades_min, cores, cluster, out)
        return command(wanted=wanted, **rest)

    wrapped.__doc__ = command.__doc__
    wrapped.__click_params__ = list(getattr(command, "__click_params__", []))  # type: ignore[attr-defined]
    for option in reversed(_OPTIONS):
        option(wrapped)
    return wrapped


_OPTIONS = (
    click.option(
        "--vary",
        multiple=True,
        required=True,
        metavar="PATH=VALUES",
        help="A field and its values: a,b,c or low:high:step; repeatable.",
    ),
    click.option(
        "--fills",
        multiple=True,
        type=click.Choice(BANDS),
        help="Under which fill models; the score is the worst of them. [default: base and harsh]",
    ),
    click.option(
        "--sampler",
        type=click.Choice(("grid", "tpe")),
        default="grid",
        show_default=True,
        help="Every combination, or those that Optuna's TPE asks for.",
    ),
    click.option(
        "--trials", default=200, show_default=True, type=click.IntRange(1), help="How many TPE asks."
    ),
    click.option("--seed", default=1, show_default=True, help="Where TPE begins."),
    click.option(
        "--objective",
        type=click.Choice(OBJECTIVES),
        default="return_over_drawdown",
        show_default=True,
        help="What is sought.",
    ),
    click.option(
        "--trades-min",
        default=20,
        show_default=True,
        type=click.IntRange(1),
        help="A result on fewer trades counts for nothing.",
    ),
    click.option(
        "--workers", type=click.IntRange(1), help="Processes; they change no result. [default: all cores]"
    ),
    click.option(
        "--cluster", metavar="ADDRESS", help="A Dask scheduler instead, for example tcp://10.0.0.1:8786."
    ),
    click.option(
        "--out",
        type=NamedPath(is_folder=True),
        help="A folder for the rows as Parquet; asked again, it goes on where it stood.",
    ),
)
