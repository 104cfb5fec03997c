"""The exits of a position in a replay: one of each kind, moved where they can be, exact from the fill on."""

from dataclasses import replace

import numpy as np

from tests.support.wired_studies import bars_of, wired_study
from tests.unit.backtest.replay.test_grid import BEGIN_MS, the_study
from trader.backtest.replay.engine import USER, Replay, run
from trader.backtest.tape import Bars, Tape
from trader.core.candles import HOUR_MS
from trader.core.ports import Env
from trader.exchange import bar_orders
from trader.exchange.status import Trigger


class Counting(Replay):
    """Counts the exits of each position after every tick that was run."""

    most = 0

    def _run(self, env: Env, due: tuple[str, ...]) -> None:
        super()._run(env, due)
        for held in self._engine.account(USER).positions.values():
            for kind in Trigger:
                found = bar_orders.exits(self._engine, USER, held.coin, held.leg, kind)
                self.most = max(self.most, len(found))


def test_after_a_tick_that_moved_an_exit_the_one_before_is_gone() -> None:
    study, _ = wired_study("okx", "bollinger", bars_of(3, 90))
    counting = Counting(study, moves=True, shortcuts=False)
    found = counting.run()
    assert len(found.moves) > len(found.trades) > 3
    assert counting.most == 1


def test_the_exits_that_came_with_an_entry_are_moved_and_not_placed_anew() -> None:
    for kind in ("breakout", "bollinger"):
        study, _ = wired_study("okx", kind, bars_of(3, 90))
        replay = Replay(study, moves=False, shortcuts=True)
        assert len(replay.run().trades) > 3
        placed = replay._engine.logs.oids_by_cloid
        assert {len(oids) for oids in placed.values()} == {1}


def test_a_side_that_has_been_held_for_longer_than_a_grid_looks_back_has_exact_exits_at_once() -> None:
    """A rung fills nine days after the first: the stop and the target follow the average in that bar."""
    close = np.full(240, 1_000.0)
    close[60:], close[231:] = 995.0, 991.0
    opened = np.concatenate(([1_000.0], close[:-1]))
    high, low = np.maximum(opened, close) + 0.5, np.minimum(opened, close) - 0.5
    times = BEGIN_MS + np.arange(240, dtype=np.int64) * HOUR_MS
    bars = Bars(HOUR_MS, times, opened, high, low, close, np.full(240, 50.0))
    study = the_study(sl_steps=20.0, tp_steps=20.0, recenter_bps=900.0, adx_min=100.0)
    study = replace(study, tapes={"BTC": Tape("BTC", bars)}, model=replace(study.model, funding="none"))
    moves = run(study, moves=True).moves
    assert [(m.at_ms - BEGIN_MS) // HOUR_MS for m in moves] == [60, 231]
    first, second = moves
    assert (first.stop, first.target) == (916.0, 1_076.0)
    average = (996.0 * 0.1 + 992.0 * 0.105) / 0.205
    assert abs(second.target - (average + 80.0)) < 0.01 and second.stop == first.stop
