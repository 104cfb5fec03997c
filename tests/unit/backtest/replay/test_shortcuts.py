"""What the replay spares changes nothing: the same trades, levels and equity as with every tick run whole."""

import numpy as np
import pytest

from tests.support.random_studies import study_of
from trader.backtest.replay.engine import run
from trader.backtest.replay.screens import may_enter
from trader.backtest.replay.timeline import CoinTape
from trader.core.target import CoinFacts, Stay

NUMBERS = (5, 17, 24, 32)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_spared_tick_would_have_done_nothing(number: int) -> None:
    study = study_of(number, many=150)
    spared, whole = run(study, moves=True), run(study, moves=True, shortcuts=False)
    assert (spared.trades, spared.moves, spared.held) == (whole.trades, whole.moves, whole.held)
    assert np.array_equal(spared.equity, whole.equity)


def test_those_studies_trade() -> None:
    assert all(len(run(study_of(number, many=150)).trades) > 3 for number in NUMBERS)


@pytest.mark.parametrize("number", range(24))
def test_a_bar_that_is_held_back_gives_no_entry(number: int) -> None:
    study = study_of(number, many=150)
    for coin, policy in study.policy.markets.items():
        tape = study.tapes[coin]
        screen = may_enter(tape.bars, policy)
        bars = CoinTape(tape, end_ms=None, on_mark=False, is_finer=False)
        for index in (n for n, passed in enumerate(screen) if not passed):
            facts = CoinFacts(bars.close[index], 1_000.0, None, None, None, 0.0)
            answer = policy.strategy(bars.candles(index, policy.bars_needed), facts, policy)
            assert isinstance(answer, Stay), f"{coin} bar {index}: {answer}"


def test_the_screens_hold_most_bars_back() -> None:
    studies = [study_of(number, many=150) for number in range(24)]
    screens = [may_enter(s.tapes[coin].bars, p) for s in studies for coin, p in s.policy.markets.items()]
    assert sum(sum(screen) / len(screen) < 0.5 for screen in screens) > len(screens) // 3
