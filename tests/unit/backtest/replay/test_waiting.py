"""Orders that would rest in vain are not placed: nothing else changes."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.random_studies import study_of
from trader.backtest.replay.engine import Replay, run
from trader.backtest.replay.waiting import MarginCouldBind, rests_in_vain
from trader.backtest.study import Run, Study

# A limit and a stop entry that rest, alone and beside other coins, at once and some bars later.
NUMBERS = (29, 65, 72, 80, 98)


def vain(study: Study) -> int:
    """How many bars of the study let an order rest in vain."""
    trigger = study.trigger
    return sum(sum(rests_in_vain(study, coin, trigger=trigger)) for coin in study.tapes)


def assert_same(one: Run, other: Run) -> None:
    assert (one.trades, one.moves, one.held) == (other.trades, other.moves, other.held)
    assert np.array_equal(one.equity, other.equity)


@pytest.mark.parametrize("number", NUMBERS)
def test_an_order_that_was_left_out_would_have_done_nothing(number: int) -> None:
    study = study_of(number, many=150)
    assert vain(study) > 40
    spared = run(study, moves=True)
    assert len(spared.trades) > 3
    assert_same(spared, run(study, moves=True, shortcuts=False))


@pytest.mark.parametrize("changed", ["minute", "frames", "finer"])
def test_where_others_could_see_them_all_are_placed(changed: str) -> None:
    study = study_of(65, many=150)
    policy, (first, other) = study.policy, sorted(study.tapes)
    if changed == "minute":
        study = replace(
            study, policy=replace(policy, limits=replace(policy.limits, orders_per_minute_max=99))
        )
    elif changed == "frames":
        longer = replace(policy.markets[other], frame_ms=2 * policy.markets[other].frame_ms)
        study = replace(study, policy=replace(policy, markets={**policy.markets, other: longer}))
    else:
        tapes = {coin: replace(tape, inner=tape.bars) for coin, tape in study.tapes.items()}
        study = replace(study, tapes=tapes, model=replace(study.model, ambiguous="finer"))
    assert first == "BTC"
    assert vain(study) == 0


def test_margin_that_one_left_out_would_have_set_aside_is_seen() -> None:
    study = study_of(80, many=150)
    (policy,) = study.policy.markets.values()
    large = replace(policy, sizing=replace(policy.sizing, position_ratio=0.9, leverage=1))
    study = replace(study, policy=replace(study.policy, markets={policy.coin: large}))
    with pytest.raises(MarginCouldBind):
        Replay(study, moves=True, shortcuts=True).run()
    assert_same(run(study, moves=True), run(study, moves=True, shortcuts=False))
