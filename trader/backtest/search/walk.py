"""Walk-forward: on each fold the best of what is known is chosen and tried on what follows, beside the
settings as they are; the tries joined are the only result that counts.

Rules: nothing of a test window is seen when its combination is chosen; bars before the window warm up. A test
begins flat with the equity of the file, and a position open at its end is closed there, so returns are joined
by multiplying. A change is suggested only where the joined result, after all costs, is better than that of
the settings as they are by the margin, and above zero, under every fill model asked.
"""

from collections import Counter
from collections.abc import Sequence
from math import prod

from trader.backtest.search.figures import Objective
from trader.backtest.search.folds import Fold
from trader.backtest.search.rows import Figures, Row
from trader.backtest.search.sampler import REFUSED
from trader.backtest.search.search import Sampling, Search
from trader.backtest.search.space import Combination, Space
from trader.core.frozen import frozen

AS_IS: Combination = ()


@frozen
class Step:
    """One fold: what was chosen (None: nothing had enough trades), how it did in training, then out of
    sample, and how the settings as they are did there."""

    fold: Fold
    chosen: Combination | None
    score: float
    tried: int
    neighbours: float | None
    test: Row | None
    as_is: Row


@frozen
class Joined:
    """Out-of-sample results of one fill model, joined. Sums where they add, a product for the return."""

    trades: int
    wins: int
    net: float
    fees: float
    funding: float
    return_fraction: float
    windows_won: int
    windows: int


@frozen
class Advice:
    """The change that is suggested (empty: none) and why, or why not."""

    change: Combination
    why: str


@frozen
class Walk:
    """All folds, joined by the name of the fill model."""

    steps: tuple[Step, ...]
    joined: dict[str, Joined]
    as_is: dict[str, Joined]
    advice: Advice


def walked(
    search: Search,
    space: Space,
    folds: Sequence[Fold],
    objective: Objective,
    *,
    models: Sequence[str],
    margin: float,
    sampling: Sampling | None = None,
) -> Walk:
    """Walk through the folds."""
    steps = tuple(_step(search, space, fold, objective, sampling) for fold in folds)
    joined = {m: _joined([_figures(step.test, m) for step in steps]) for m in models}
    as_is = {m: _joined([_figures(step.as_is, m) for step in steps]) for m in models}
    return Walk(steps, joined, as_is, advised(steps, joined, as_is, margin))


def _step(search: Search, space: Space, fold: Fold, objective: Objective, sampling: Sampling | None) -> Step:
    if sampling is None:
        rows = search.grid(space, fold.train)
    else:
        rows = search.sample(space, objective, sampling, fold.train)
    best = objective.ranked(rows)[0]
    score = objective.score(best)
    chosen = None if score == REFUSED else best.combination
    keys = [(AS_IS, fold.test)] if chosen is None else [(AS_IS, fold.test), (chosen, fold.test)]
    as_is, *tested = search.rows(keys)
    near = _near(space, rows, best, objective) if chosen is not None else None
    return Step(fold, chosen, score, len(rows), near, tested[0] if tested else None, as_is)


def _near(space: Space, rows: Sequence[Row], best: Row, objective: Objective) -> float | None:
    """The mean score of the tried combinations one step away: a peak that stands alone is luck."""
    scores = {row.combination: objective.score(row) for row in rows}
    near = [scores[one] for one in space.neighbours(best.combination) if one in scores]
    found = [score for score in near if score != REFUSED]
    return sum(found) / len(found) if found else None


def _figures(row: Row | None, model: str) -> Figures | None:
    return None if row is None else row.figures.get(model)


def _joined(windows: Sequence[Figures | None]) -> Joined:
    """A window in which nothing was chosen stood aside: it counts as a window, and moves nothing."""
    held = [one for one in windows if one is not None]
    return Joined(
        trades=sum(one.trades for one in held),
        wins=sum(one.wins for one in held),
        net=sum(one.net for one in held),
        fees=sum(one.fees for one in held),
        funding=sum(one.funding for one in held),
        return_fraction=prod(1.0 + one.return_fraction for one in held) - 1.0,
        windows_won=sum(one.return_fraction > 0.0 for one in held),
        windows=len(windows),
    )


def advised(
    steps: Sequence[Step], joined: dict[str, Joined], as_is: dict[str, Joined], margin: float
) -> Advice:
    """What the newest fold chose, where choosing so has paid out of sample under every model."""
    newest = steps[-1].chosen
    if newest is None:
        return Advice((), "nothing in the newest training window had enough trades")
    told = []
    for model, found in joined.items():
        ahead = found.return_fraction - as_is[model].return_fraction
        told.append(
            f"{found.return_fraction:+.2%} under {model}, {ahead:+.2%} against the settings as they are"
        )
        if found.return_fraction <= 0.0:
            return Advice((), f"choosing so came to {told[-1]}, out of sample: that is no gain")
        if ahead < margin:
            return Advice(
                (), f"choosing so came to {told[-1]}, out of sample: less than the {margin:.2%} asked"
            )
    return Advice(newest, f"choosing so came to {'; '.join(told)}: out of sample, after all costs")


def stability(steps: Sequence[Step]) -> dict[str, dict[str, int]]:
    """How often each value of each field was chosen, in the order of the values' frequency."""
    found: dict[str, Counter[str]] = {}
    for step in steps:
        for path, value in step.chosen or ():
            found.setdefault(path, Counter())[value] += 1
    return {path: dict(sorted(c.items(), key=lambda kv: (-kv[1], kv[0]))) for path, c in found.items()}
