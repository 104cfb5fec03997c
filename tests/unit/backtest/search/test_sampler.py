"""The sampler: the same trials for any worker, each combination worked out once, and better than chance."""

from collections.abc import Sequence
from statistics import median
from typing import Any

import optuna
import pytest

from trader.backtest.search.sampler import REFUSED, sampled
from trader.backtest.search.space import Combination, space_of

SPACE = space_of(["a.x=0:50:1", "a.y=0:50:1", "a.kind=one,two"])


def peak(combination: Combination) -> float:
    (_, x), (_, y), (_, kind) = combination
    return -((int(x) - 37) ** 2) - (int(y) - 11) ** 2 - (50 if kind == "one" else 0)


def test_the_same_seed_tries_the_same_and_nothing_twice() -> None:
    asked: list[Combination] = []

    def score(batch: Sequence[Combination]) -> list[float]:
        asked.extend(batch)
        return [peak(one) for one in batch]

    tried = sampled(SPACE, score, trials=96, seed=5)
    assert tried == asked
    assert len(set(tried)) == len(tried) > 40
    assert tried == sampled(SPACE, lambda batch: [peak(one) for one in batch], trials=96, seed=5)
    assert tried != sampled(SPACE, lambda batch: [peak(one) for one in batch], trials=96, seed=6)


def test_it_learns_where_to_look() -> None:
    """The first batch is drawn blindly; a sampler that learns nothing would go on as it began."""
    values = [
        peak(one) for one in sampled(SPACE, lambda batch: [peak(one) for one in batch], trials=128, seed=1)
    ]
    blind, last = values[:16], values[-16:]
    assert median(last) > median(blind) / 4


def test_refused_combinations_do_not_end_it_and_a_small_space_does() -> None:
    space = space_of(["a.x=1,2,3"])
    tried = sampled(space, lambda batch: [REFUSED] * len(batch), trials=200, seed=1)
    assert sorted(tried) == [space.at(number) for number in range(3)]


def test_what_is_refused_is_told_as_failed_and_every_other_value_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A value without bound would count for the sampler as the worst of what can be learnt from."""
    studies: list[Any] = []
    create = optuna.create_study

    def kept(**given: Any) -> Any:
        studies.append(create(**given))
        return studies[0]

    monkeypatch.setattr(optuna, "create_study", kept)
    space = space_of(["a.x=0:9:1"])

    def value(one: Combination) -> float:
        ((_, x),) = one
        return REFUSED if int(x) % 2 else float(x)

    sampled(space, lambda batch: [value(one) for one in batch], trials=32, seed=3)
    (study,) = studies
    told = {(t.params["a.x"], t.state.name, t.value) for t in study.trials}
    assert told == {(x, "FAIL", None) if x % 2 else (x, "COMPLETE", float(x)) for x, _, _ in told}
    assert {state for _, state, _ in told} == {"FAIL", "COMPLETE"}
