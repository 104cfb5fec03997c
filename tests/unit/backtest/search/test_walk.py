"""Walk-forward: chosen without foresight, joined without a seam, and advised only where it paid twice."""

from dataclasses import replace

import pytest

from tests.support.search_hills import DAY_MS, Hills
from trader.backtest.search.figures import Objective
from trader.backtest.search.folds import Window, folds
from trader.backtest.search.rows import Row, Task
from trader.backtest.search.search import Sampling, Search
from trader.backtest.search.space import space_of
from trader.backtest.search.walk import Joined, Walk, advised, stability, walked

SPACE = space_of(["a.x=0:20:1"])
FOLDS = folds(Window(0, 200 * DAY_MS), train_ms=80 * DAY_MS, test_ms=30 * DAY_MS, anchored=False)


def walk_of(hills: Hills, *, margin: float = 0.02, sampling: Sampling | None = None) -> Walk:
    search = Search(hills, workers=1, cluster=None, store=None, advance=lambda _: None)
    objective = Objective("return", 10)
    return walked(search, SPACE, FOLDS, objective, models=("base", "harsh"), margin=margin, sampling=sampling)


def test_each_fold_chooses_from_what_lies_before_it() -> None:
    hills = Hills(best=7, later=12, turns_ms=FOLDS[1].train.start_ms)
    walk = walk_of(hills)
    assert [step.chosen for step in walk.steps] == [(("a.x", "7"),), *[(("a.x", "12"),)] * 3]
    for fold in FOLDS:
        asked = [combination for combination, window in hills.asked if window == fold.test]
        assert len(asked) == 2  # the settings as they are, and the one that was chosen
    # What was best before the turn meets a market after it: five steps off.
    assert walk.steps[0].test is not None
    assert walk.steps[0].test.figures["base"].return_fraction == pytest.approx(0.0)


def test_joined_returns_are_multiplied_and_a_change_that_paid_under_both_is_advised() -> None:
    walk = walk_of(Hills())
    assert walk.joined["base"].return_fraction == pytest.approx(1.1**4 - 1)
    assert walk.joined["harsh"].return_fraction == pytest.approx(1.08**4 - 1)
    assert walk.as_is["base"].return_fraction == pytest.approx(1.01**4 - 1)
    assert (walk.joined["base"].trades, walk.joined["base"].windows_won) == (120, 4)
    assert walk.advice.change == (("a.x", "7"),)
    assert stability(walk.steps) == {"a.x": {"7": 4}}
    assert walk.steps[0].neighbours == pytest.approx(0.06)


@pytest.mark.parametrize(
    ("hills", "margin", "why"),
    [
        (Hills(harsh_less=0.11), 0.02, "under harsh"),
        (Hills(as_is=0.099), 0.02, "less than the 2.00% asked"),
        (Hills(), 0.5, "less than the 50.00% asked"),
        (Hills(trades=9), 0.02, "enough trades"),
    ],
)
def test_nothing_is_advised_without_a_gain_under_every_model(hills: Hills, margin: float, why: str) -> None:
    walk = walk_of(hills, margin=margin)
    assert walk.advice.change == ()
    assert why in walk.advice.why


@pytest.mark.parametrize(
    ("gained", "as_it_was", "is_advised"),
    [
        pytest.param(0.5, 0.25, True, id="by the margin itself"),
        pytest.param(0.5, 0.375, False, id="by less"),
        pytest.param(0.0, -0.5, False, id="nothing is no gain"),
        pytest.param(-0.25, -0.75, False, id="a loss"),
    ],
)
def test_a_gain_is_above_zero_and_by_the_margin(gained: float, as_it_was: float, is_advised: bool) -> None:
    """What is advised is what the newest window chose."""
    steps = walk_of(Hills(best=7, later=12, turns_ms=FOLDS[1].train.start_ms)).steps
    joined, as_is = ({"base": Joined(1, 1, 0.0, 0.0, 0.0, value, 1, 1)} for value in (gained, as_it_was))
    assert advised(steps, joined, as_is, 0.25).change == ((("a.x", "12"),) if is_advised else ())


def test_neighbours_that_did_not_trade_enough_do_not_count() -> None:
    class Patchy(Hills):
        """Of 8 there are too few trades."""

        def _row(self, task: Task) -> Row:
            row = super()._row(task)
            if task.combination != (("a.x", "8"),):
                return row
            return replace(row, figures={m: replace(f, trades=1) for m, f in row.figures.items()})

    assert walk_of(Patchy()).steps[0].neighbours == pytest.approx(0.06)


def test_a_fold_in_which_nothing_traded_enough_stands_aside() -> None:
    walk = walk_of(Hills(trades=9))
    assert [step.chosen for step in walk.steps] == [None] * 4
    assert (walk.joined["base"].return_fraction, walk.joined["base"].windows) == (0.0, 4)


def test_the_sampler_walks_too() -> None:
    walk = walk_of(Hills(), sampling=Sampling(trials=48, seed=1))
    assert [step.tried <= 21 for step in walk.steps] == [True] * 4
    assert walk.advice.change == (("a.x", "7"),)
