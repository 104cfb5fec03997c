"""Ticks of a grid that are spared: each is run all the same, and changes nothing."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.support.random_grids import BEGIN_MS, grids_of
from trader.backtest.replay.asking import STILL, Answer
from trader.backtest.replay.engine import Replay, run
from trader.backtest.replay.regimes import looks_of
from trader.backtest.replay.surroundings import env_of
from trader.backtest.replay.timeline import Close, CoinTape
from trader.core.candles import HOUR_MS
from trader.observe import observe
from trader.run import decide_seen
from trader.strategies.hedge_grid_regime import Reading, regime_at
from trader.strategies.readings import last_bar_is_spike

# Caps, little margin, guards of funding, holes, spikes, recentring, delay, two coins; limits of the account.
NUMBERS = (0, 5, 8, 9, 13, 16)
CHANGED: dict[str, tuple[int, dict[str, Any]]] = {
    "daily_loss": (5, {"daily_loss_max": Decimal("0.3")}),
    "drawdown": (0, {"drawdown_fraction_max": 0.0003, "drawdown_days": 1}),
    "streak": (0, {"losing_streak_max": 1}),
    "a run": (0, {"orders_per_run_max": 1}),
    "a side": (0, {"resting_per_side_max": 1}),
    "gross": (0, {"gross_notional_max": Decimal(200)}),
}


class Watched(Replay):
    """Decides at every tick that is spared all the same, and notes what came of it."""

    spared = 0
    came: list[object]

    def _due(self, asked: list[tuple[str, Answer]], close: Close) -> tuple[str, ...]:
        due = super()._due(asked, close)
        for coin, answer in asked:
            assert answer != STILL or not due or coin in due  # none is left out of a tick that is run
            if answer == STILL and coin not in due:
                self.spared += 1
                self._engine.be_at(close.at_ms)
                env = env_of(self._venue, self._clock, fills_back_ms=self._fills_back_ms(close.at_ms))
                policy = self._narrowed((coin,))
                _, decision = decide_seen(observe(env, policy), policy, None, env.venue)
                self.came += [*decision.approved, *decision.refused, *decision.tripped]
                if decision.notes != self._still.notes(coin):
                    self.came.append(decision.notes)
        return due


@pytest.mark.parametrize("number", NUMBERS)
def test_the_program_would_have_done_nothing_at_a_tick_that_is_spared(number: int) -> None:
    watched = Watched(grids_of(number), moves=True, shortcuts=True)
    watched.came = []
    found, whole = watched.run(), run(grids_of(number), moves=True, shortcuts=False)
    assert watched.came == []
    assert watched.spared > 20
    assert len(found.trades) > 0
    assert_same(found, whole)


def assert_same(one: Any, other: Any) -> None:
    assert (one.trades, one.moves, one.held, one.notes) == (
        other.trades,
        other.moves,
        other.held,
        other.notes,
    )
    assert np.array_equal(one.equity, other.equity)


@pytest.mark.parametrize("limited", CHANGED)
def test_limits_work_as_with_every_tick_run(limited: str) -> None:
    number, changed = CHANGED[limited]
    study = grids_of(number, bars=140)
    limits = replace(study.policy.limits, **changed)
    limited_study = replace(study, policy=replace(study.policy, limits=limits))
    found = run(limited_study, moves=True)
    assert_same(found, run(limited_study, moves=True, shortcuts=False))
    assert found.trades != run(study).trades


def test_where_the_caps_left_rungs_out_no_tick_is_still() -> None:
    study = grids_of(5, bars=120)
    (policy,) = study.policy.markets.values()
    tight = replace(policy, params=replace(policy.params, gross_notional_max=250.0))
    spared = []
    for one in (policy, tight):
        markets = replace(study.policy, markets={one.coin: one})
        watched = Watched(
            replace(study, policy=markets, start_ms=BEGIN_MS + 60 * HOUR_MS), moves=False, shortcuts=True
        )
        watched.came = []
        watched.run()
        spared.append(watched.spared)
    assert spared[0] > 10
    assert spared[1] == 0


def test_a_run_without_trades_tells_the_same_reasons() -> None:
    study = grids_of(5)
    (policy,) = study.policy.markets.values()
    params = replace(policy.params, warmup_bars=150)
    longer = replace(policy, params=params, bars_needed=150)
    tiny = replace(longer, params=replace(params, base_qty=0.001))
    study = replace(study, policy=replace(study.policy, markets={policy.coin: tiny}))
    found = run(study, moves=True)
    assert found.trades == ()
    assert any("entries refused by the plan" in note for note in found.notes)
    assert_same(found, run(study, moves=True, shortcuts=False))


@pytest.mark.parametrize("number", [0, 1, 13, 16])
def test_the_looks_of_a_tape_are_what_the_strategy_reads_at_each_bar(number: int) -> None:
    study = grids_of(number)
    for coin, policy in study.policy.markets.items():
        looks = looks_of(study.tapes[coin].bars, policy)
        tape = CoinTape(study.tapes[coin], end_ms=None, on_mark=False, is_finer=False)
        seen = set()
        for index in range(len(tape)):
            candles = tape.candles(index, policy.bars_needed)
            reading = regime_at(candles, policy.params)
            assert looks.reading[index] == (reading if isinstance(reading, Reading) else None), index
            assert looks.calm[index] is not last_bar_is_spike(candles), index
            seen.add(looks.regime(index))
        assert len(seen) > 2
