"""What makes the tick of a grid still, one condition at a time: if it were otherwise, none would be."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.support.random_grids import BEGIN_MS, grids_of
from tests.support.wired_studies import bars_of as wired_bars
from tests.support.wired_studies import wired_study
from trader.backtest.replay import engine as replaying
from trader.backtest.replay import still as stilling
from trader.backtest.replay.asking import STILL, Answer
from trader.backtest.replay.engine import Replay
from trader.backtest.replay.regimes import Looks, looks_of
from trader.backtest.replay.still import Still
from trader.backtest.replay.timeline import Close
from trader.backtest.tape import Rates
from trader.core.candles import HOUR_MS
from trader.core.market import Leg, exact
from trader.core.policy import MarketPolicy
from trader.core.target import FundingFacts, GridFacts, LegFacts, WantGrid, WantHold
from trader.run import Decision
from trader.strategies.hedge_grid import TRIMMED
from trader.strategies.hedge_grid_regime import Regime

PAST: tuple[dict[str, Any], ...] = (
    {"daily_loss_max": Decimal(1)},
    {"drawdown_fraction_max": 0.5, "drawdown_days": 1},
    {"losing_streak_max": 9},
)


def test_a_still_tick_would_not_be_if_one_thing_were_otherwise() -> None:
    answers: dict[str, set[bool]] = {}

    class Asked(Replay):
        """Asks of each still tick with a position what it would be then."""

        def _due(self, asked: list[tuple[str, Answer]], close: Close) -> tuple[str, ...]:
            for coin, index in [(coin, dict(close.bars)[coin]) for coin, answer in asked if answer == STILL]:
                policy = self._policy.markets[coin]
                if isinstance(self._still._settled[coin].want.short, WantHold):
                    parts = of_what_was_settled, of_the_numbers, of_the_bars
                    for told, holds in (one for part in parts for one in part(self, policy, index)):
                        answers.setdefault(told, set()).add(holds)
            return super()._due(asked, close)

    for number in (0, 9):
        Asked(grids_of(number), moves=False, shortcuts=True).run()
    assert answers.pop("as it is") == {True}
    assert answers.pop("a spike now, and it is told") == {True}
    assert False in answers.pop("another regime")  # some of which want the same rungs
    assert len(answers) == 8
    assert {told for told, holds in answers.items() if holds != {False}} == set()


def of_what_was_settled(replay: Replay, policy: MarketPolicy, index: int) -> Iterator[tuple[str, bool]]:
    still, coin = replay._still, policy.coin
    then = still._settled[coin]
    held, size = then.want.short, then.facts.legs[Leg.LONG].size
    assert isinstance(held, WantHold)
    moved = replace(held, stop=held.stop * 0.99)
    others: dict[str, dict[str, Any]] = {
        "as it is": {},
        "exits": {"want": replace(then.want, short=moved)},
        "the other leg": {"want": replace(then.want, long=None if size else held)},
        "anchor": {"facts": replace(then.facts, rungs=())},
        "account": {"account": ((), then.account[1])},
    }
    for told, changes in others.items():
        still._settled[coin] = replace(then, **changes)
        yield told, still.holds(policy, index)
    still._settled[coin] = then
    tighter = (held.stop + replay._venue.close(coin)) / 2.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stilling, "stop_limit", lambda *_: exact(tighter))
        yield "liquidation", still.holds(policy, index)


def of_the_numbers(replay: Replay, policy: MarketPolicy, index: int) -> Iterator[tuple[str, bool]]:
    settled, close = replay._still._settled[policy.coin], replay._venue.close(policy.coin)
    assert settled.want.rungs
    held = sum(leg.size for leg in settled.facts.legs.values()) * close
    others = {"caps": {"gross_notional_max": held * 1.001}, "distance": {"recenter_bps": 1e-9}}
    for told, changes in others.items():
        other = replace(policy, params=replace(policy.params, **changes))
        yield told, replay._still.holds(other, index)
    venue, market = replay._venue, replay._venue.market(policy.coin)
    venue._markets = {**venue._markets, policy.coin: replace(market, tick=Decimal("0.02"))}
    yield "tick", replay._still.holds(policy, index)
    venue._markets = {**venue._markets, policy.coin: market}


def of_the_bars(replay: Replay, policy: MarketPolicy, index: int) -> Iterator[tuple[str, bool]]:
    still, grid = replay._still, replay._still._grids[policy.coin]
    settled, looks = still._settled[policy.coin], grid.looks
    readings, calm = list(looks.reading), list(looks.calm)
    now = readings[index]
    assert now is not None
    turned = Regime.UP if now.regime is not Regime.UP else Regime.DOWN
    grid.looks = Looks([*readings[:index], replace(now, regime=turned)], calm)
    yield "another regime", still.holds(policy, index)
    still._settled[policy.coin] = settled
    grid.looks = Looks(readings, [n != index for n in range(len(calm))])
    is_told = not still.holds(policy, index) or "spike" in still.notes(policy.coin)[0]
    yield "a spike now, and it is told", is_told
    still._settled[policy.coin] = settled
    grid.looks = looks


@pytest.mark.parametrize(
    ("rate", "max_cost_bps", "is_alike"),
    [
        pytest.param(0.002, 12.0, True, id="as it was"),
        pytest.param(0.003, 12.0, False, id="another rate, and the guard tells it"),
        pytest.param(-0.002, 12.0, False, id="the other side pays"),
        pytest.param(0.003, 50.0, True, id="both cost nothing"),
        pytest.param(0.003, 25.0, False, id="only one of them costs too much"),
    ],
)
def test_a_guard_of_funding_that_is_on_is_on_at_one_rate(
    rate: float, max_cost_bps: float, is_alike: bool
) -> None:
    """With a window as long as the interval and longer, a payment leaves the factor where it was."""
    study = replace(grids_of(5, bars=80), end_ms=None)
    (coin,) = study.tapes
    due = Rates(np.array([BEGIN_MS], dtype=np.int64), np.array([0.002]))
    tapes = {coin: replace(study.tapes[coin], funding=due)}
    replay = Replay(replace(study, tapes=tapes), moves=False, shortcuts=True)
    policy = study.policy.markets[coin]
    policy = replace(policy, params=replace(policy.params, window_minutes=960, max_cost_bps=max_cost_bps))
    at_ms = BEGIN_MS + 60 * HOUR_MS
    index = replay._tapes[coin].open_ms.index(at_ms - HOUR_MS)
    leg = LegFacts(0.0, None, None, None)
    legs = {Leg.LONG: leg, Leg.SHORT: leg}
    facts = GridFacts(at_ms, 0.01, 0.001, 5.0, legs, (), FundingFacts(rate, at_ms + 4 * HOUR_MS, 8 * HOUR_MS))
    assert replay._still._pays_alike(facts, policy, index) is is_alike


def test_of_what_a_settled_tick_left_out_nothing_is_taken_for_granted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the plan left something out, the caps trimmed, or anything was done or refused: none is still."""
    settled: dict[str, set[bool]] = {}

    class Noting(Still):
        """Asks of each settled tick whether it would be one, if one thing were otherwise."""

        def settle(self, due: tuple[str, ...], decision: Decision) -> None:
            super().settle(due, decision)
            for coin in [coin for coin in due if coin in self._settled]:
                found, wanted = self._settled[coin], decision.wants[coin]
                assert isinstance(wanted, WantGrid)
                trimmed = f"long rungs 6 left out: {TRIMMED}"
                others: dict[str, dict[str, Any]] = {
                    "a note of another coin": {"notes": (*decision.notes, "SOL: something else")},
                    "a note of the plan": {"notes": (*decision.notes, f"{coin}: left out by the plan")},
                    "a trimmed rung": {
                        "notes": (*found.notes, f"{coin}: {trimmed}"),
                        "wants": {coin: replace(wanted, notes=(*wanted.notes, trimmed))},
                    },
                    "something done": {"approved": ("an action",)},
                    "something refused": {"refused": ("an action",)},
                }
                for told, changes in others.items():
                    super().settle((coin,), replace(decision, **changes))
                    settled.setdefault(told, set()).add(coin in self._settled)
                    assert self._settled.get(coin, found) == found
                self._settled[coin] = found

    monkeypatch.setattr(replaying, "Still", Noting)
    Replay(grids_of(0, bars=120), moves=False, shortcuts=True).run()
    assert settled.pop("a note of another coin") == {True}
    assert len(settled) == 4
    assert {told for told, is_so in settled.items() if is_so != {False}} == set()


def test_none_is_still_of_another_strategy_over_a_wire_or_where_the_past_is_read() -> None:
    study = grids_of(5, bars=80)
    (policy,) = study.policy.markets.values()
    assert set(Replay(study, moves=False, shortcuts=True)._still._grids) == {policy.coin}
    other = replace(policy, strategy=lambda *asked: policy.strategy(*asked))
    theirs = replace(study, policy=replace(study.policy, markets={policy.coin: other}))
    wired, wire = wired_study("okx", "hedge_grid", wired_bars(1, 80))
    assert Replay(theirs, moves=False, shortcuts=True)._still._grids == {}
    assert Replay(wired, moves=False, shortcuts=True, wire=wire)._still._grids == {}
    for given in PAST:
        read = replace(study.policy, limits=replace(study.policy.limits, **given))
        assert Replay(replace(study, policy=read), moves=False, shortcuts=True)._still._grids == {}


def test_a_warm_up_that_is_too_short_for_its_numbers_knows_no_regime() -> None:
    study = grids_of(0)
    for coin, policy in study.policy.markets.items():
        short = replace(policy, params=replace(policy.params, ema_slow=policy.params.warmup_bars + 1))
        looks = looks_of(study.tapes[coin].bars, short)
        assert set(looks.reading) == {None}
        assert any(looks.calm)
