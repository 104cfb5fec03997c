"""Optuna's TPE, asked in batches of fixed size and told in their order.

Rules: a batch is asked for whole before any of it is told, so the trials are the same for any number of
workers, and again after an interruption: what was answered before is told again without being worked out. A
combination that came up before is not run twice; it counts as a trial, with the value it had.
"""

from collections.abc import Callable, Sequence
from typing import Any

from trader.backtest.search.space import Axis, Combination, Space

BATCH = 16
REFUSED = float("-inf")

Score = Callable[[Sequence[Combination]], Sequence[float]]


def sampled(space: Space, score: Score, *, trials: int, seed: int, batch: int = BATCH) -> list[Combination]:
    """The combinations tried, in order, each once; `score` values those of a batch that are new."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=batch)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    values: dict[Combination, float] = {}
    asked = 0
    while asked < trials and len(values) < space.size:
        size = min(batch, trials - asked)
        running = [study.ask() for _ in range(size)]
        wanted = [space.of([_place(trial, axis) for axis in space.axes]) for trial in running]
        new = [one for one in dict.fromkeys(wanted) if one not in values]
        values.update(zip(new, score(new) if new else (), strict=True))
        for trial, combination in zip(running, wanted, strict=True):
            value = values[combination]
            if value == REFUSED:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, value)
        asked += size
    return list(values)


def _place(trial: Any, axis: Axis) -> int:
    """Steps of a span are near each other; the values of a list are not."""
    last = len(axis.values) - 1
    if axis.span is not None and last > 0:
        return int(trial.suggest_int(axis.path, 0, last))
    return int(trial.suggest_categorical(axis.path, list(range(last + 1))))
