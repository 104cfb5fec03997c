"""What is asked of which end of the waterfall, and the ratios that the deflated one is made of."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.backtest_runs import BARS, EQUITY, a_run, a_study, a_trade
from trader.backtest.audit.deflated import best_by_chance, probability, returns_of
from trader.backtest.audit.statistics import statistics
from trader.backtest.returns import daily
from trader.backtest.study import Run, Study

CLAIMED, LEFT = a_study(overrides=("fills.gap=level",)), a_study()
STEPS = np.sin(np.arange(BARS)) + 0.2


def worth(scale: float) -> Run:
    """A run that goes up and down by so much."""
    return a_run([a_trade(1.0, bar=20)], equity=(EQUITY + scale * np.cumsum(STEPS)).tolist())


def test_foresight_is_looked_for_in_the_claim_and_the_rest_in_what_is_left() -> None:
    whole: list[str] = []
    cut: list[str] = []

    def answer(study: Study) -> Run:
        (cut if len(study.tapes["BTC"].bars) < BARS else whole).append(study.model.gap)
        return worth(1.0)

    statistics((CLAIMED, worth(1.0)), (LEFT, worth(1.0)), answer, seed=1)
    assert (set(cut), set(whole)) == ({"level"}, {"open"})


@pytest.mark.parametrize(("tries", "counted"), [(0, None), (1, None), (500, 500)])
def test_the_deflated_ratio_is_of_all_that_was_tried(tries: int, counted: int | None) -> None:
    """The ratio and those of the map's variants, which vary with a parameter; tries of before add to N."""

    def answer(study: Study) -> Run:
        return worth(study.policy.markets["BTC"].params.range_bars / 10.0)

    found = statistics((LEFT, answer(LEFT)), (LEFT, answer(LEFT)), answer, seed=1, tries=tries)
    mine = returns_of(np.array([day.fraction for day in daily(answer(LEFT), EQUITY)]))
    assert mine is not None and found.deflated is not None
    ratios = [mine.sharpe]
    for variant in found.sensitivity:
        its = returns_of(np.array([day.fraction for day in daily(variant.run, EQUITY)]))
        ratios += [] if its is None else [its.sharpe]
    count = counted or len(ratios)
    by_chance = best_by_chance(count, float(np.var(ratios)))
    assert by_chance > 0.0
    assert (found.deflated.tries, found.deflated.by_chance) == (count, by_chance)
    assert found.deflated.probability == probability(mine, benchmark=by_chance)
    assert found.deflated.sharpe_a_year == pytest.approx(mine.sharpe * 365.0**0.5)


def test_what_never_moved_has_no_ratio() -> None:
    still = replace(worth(0.0), trades=())
    found = statistics((LEFT, still), (LEFT, still), lambda _: still, seed=1)
    assert (found.deflated, found.luck, found.win_rate) == (None, None, None)
