"""Bars that pass a coin by are not walked: each is walked all the same here, and changes nothing."""

from dataclasses import replace

import pytest

from tests.support.random_grids import grids_of
from tests.support.random_studies import study_of
from trader.backtest.replay import engine as replay
from trader.backtest.replay import passing
from trader.backtest.replay.engine import Replay
from trader.backtest.study import Study
from trader.exchange.bar_engine import BarEngine
from trader.exchange.bar_tape import WholeBar
from trader.exchange.bar_walk import BarWalk


def held_behind_exits(number: int) -> Study:
    study = study_of(number, many=150)
    return replace(study, model=replace(study.model, ambiguous="stop", funding="none"))


@pytest.mark.parametrize("study", [*map(grids_of, (0, 7, 13)), *map(held_behind_exits, (24, 29))])
def test_a_bar_that_passes_by_would_have_changed_nothing(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed: list[bool] = []

    class Walked(BarWalk):
        """Notes whether the walk of a bar that passes by changes anything."""

        passing = False

        def walk(self, coin: str, bar: WholeBar) -> None:
            engine: BarEngine = self._engine
            before = engine.state.revision, set(self.undecided), str(engine.due), dict(engine.price)
            super().walk(coin, bar)
            after = engine.state.revision, self.undecided, str(engine.due), engine.price
            if self.passing:
                changed.append(before != after)

    class WalksAll(Replay):
        """Lets no bar pass by."""

        def _passes(self, coin: str, bar: WholeBar) -> bool:
            assert isinstance(self._walk, Walked)
            self._walk.passing = super()._passes(coin, bar)
            return False

    monkeypatch.setattr(replay, "BarWalk", Walked)
    WalksAll(study, moves=False, shortcuts=True).run()
    assert len(changed) > 10
    assert not any(changed)


@pytest.mark.parametrize("is_short", [False, True])
def test_a_bar_in_which_margin_runs_out_does_not_pass(
    is_short: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed: list[bool] = []

    class Noting(Replay):
        """Notes of each bar that a held grid goes through whether it passes by."""

        def _passes(self, coin: str, bar: WholeBar) -> bool:
            passes = super()._passes(coin, bar)
            if self._walk.positions(coin):
                passed.append(passes)
            return passes

    monkeypatch.setattr(passing, "is_short_at", lambda *_: is_short)
    Noting(grids_of(5, bars=120), moves=False, shortcuts=True).run()
    assert any(passed) is not is_short
