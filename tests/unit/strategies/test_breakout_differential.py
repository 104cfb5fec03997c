"""The strategy against a second writing of it, over whole series with positions, real prices among them."""

import random
from dataclasses import replace
from typing import Any

import pytest

from tests.support.breakout_oracle import Bar, Life, Oracle
from tests.support.breakout_scenes import candles_of, facts_of, policy_of, without
from tests.support.judging import answered
from tests.support.series import random_walk, real, upto
from trader.core.candles import Candles
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.target import Holding, Stay, Want, WantClose, WantEntry, WantHold
from trader.sim.bundle import BUNDLE_COINS
from trader.strategies.breakout import BreakoutParams, bars_needed, frame_ms, judge

ROLES = {"early": Role.CLOSE_EARLY, "time": Role.CLOSE_TIME, "target": Role.TARGET}
QUICK = BreakoutParams(trend_window=20, regime_days=2, vol_threshold=0.9, range_bars=12, lookback_bars=20)
VARIANTS = {
    "defaults": BreakoutParams(),
    "quick": QUICK,
    "short life": replace(QUICK, max_hold_hours=10, early_mfe=0.002, regime_recheck_bars=5),
    "long life": replace(QUICK, early_mfe=0.0, regime_recheck_bars=12, range_target=0.06, trend_target=0.15),
    "close, ema": replace(QUICK, trigger="close", trend="ema", trend_slow=6, early_bars=4),
    "ratchet": replace(
        QUICK,
        trailing="ratchet",
        trail_activation=0.01,
        trail_distance=0.012,
        range_target=0.2,
        trend_target=0.3,
    ),
    "hours": replace(
        QUICK, bar="1h", regime_days=3, regime_recheck_bars=7, trailing="ratchet", trail_activation=0.005
    ),
}


class Walk:
    """Goes through a series tick by tick, asks both, and lives the life that the strategy chooses."""

    def __init__(self, candles: Candles, params: BreakoutParams, seed: int) -> None:
        self.candles, self.params = candles, params
        self.policy = policy_of(params, max_single_loss=13.0)
        self.oracle = Oracle(frame_ms(params), params)
        self.chance = random.Random(seed)
        self.life: Life | None = None
        self.seen: dict[str, int] = {}

    def run(self) -> dict[str, int]:
        c = self.candles
        for k in range(len(c)):
            self.oracle.bars[c.open_ms[k]] = Bar(c.high[k], c.low[k], c.close[k], c.volume[k])
            if self.life is not None and self.life.entry_ms <= c.open_ms[k] + c.frame_ms:
                self._fill_levels(k)
            self._tick(k)
        return self.seen

    def _count(self, what: str) -> None:
        self.seen[what] = self.seen.get(what, 0) + 1

    def _fill_levels(self, k: int) -> None:
        life, c = self.life, self.candles
        assert life is not None
        assert life.stop is not None
        assert life.target is not None
        hit = (
            (c.low[k] <= life.stop or c.high[k] >= life.target)
            if life.long
            else (c.high[k] >= life.stop or c.low[k] <= life.target)
        )
        if hit:
            self._count("level")
            self.life = None

    def _tick(self, k: int) -> None:
        mark = self.candles.close[k] * (1 + self.chance.uniform(-0.002, 0.002))
        holding = None
        if self.life is not None:
            leg = Leg.LONG if self.life.long else Leg.SHORT
            holding = Holding(leg, 1.0, self.life.entry, self.life.entry_ms, self.life.signal_ms)
        facts = facts_of(
            mark=mark,
            holding=holding,
            live_stop=self.life.stop if self.life else None,
            live_target=self.life.target if self.life else None,
        )
        answer = answered(judge(upto(self.candles, k, bars_needed(self.params)), facts, self.policy))
        at = self.candles.open_ms[k]
        if self.life is None:
            self._compare_entry(answer, at, mark)
        else:
            self._compare_position(answer, at, mark, self.life)

    def _compare_entry(self, answer: Want, at: int, mark: float) -> None:
        expected = self.oracle.entry(at, mark, 1000.0, 0.3, 13.0)
        if expected is None:
            assert isinstance(answer, Stay), (at, answer)
            self._count("stay")
            return
        assert isinstance(answer, WantEntry), (at, answer)
        long, notional, stop, target = expected
        got = (answer.leg is Leg.LONG, answer.notional, answer.stop, answer.target, answer.signal_ms)
        assert got == (long, notional, stop, target, at)
        self._count("long" if long else "short")
        fill = mark * (1 + self.chance.uniform(-0.001, 0.001))
        into = self.chance.randrange(0, 200_000)
        self.life = Life(long, fill, at + self.candles.frame_ms + into, at, stop, target)

    def _compare_position(self, answer: Want, at: int, mark: float, life: Life) -> None:
        expected: tuple[Any, ...] = self.oracle.position(at, mark, 0.00045, life)
        if expected[0] == "doubt":
            self._count("doubt")
            return
        if expected[0] == "close":
            assert isinstance(answer, WantClose), (at, answer, expected)
            assert answer.role is ROLES[expected[1]]
            self._count(expected[1])
            if self.chance.random() < 0.8:  # a close may also fail, and is wanted again
                self.life = None
            return
        assert isinstance(answer, WantHold), (at, answer, expected)
        assert (answer.stop, answer.target) == expected[1:]
        if answer.stop != life.stop:
            self._count("trail" if answer.stop_role is Role.TRAIL else "exact")
        self._count("hold")
        life.stop, life.target = answer.stop, answer.target


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_random_walks(name: str, seed: int) -> None:
    params = VARIANTS[name]
    bars = 1100 if name == "defaults" else 600
    seen = Walk(candles_of(random_walk(seed, bars), frame=frame_ms(params)), params, seed).run()
    assert seen.get("doubt", 0) == 0
    if name != "defaults":
        assert seen["hold"] > 20
        assert seen.get("long", 0) + seen.get("short", 0) >= 5


def test_the_walks_reach_every_kind_of_decision() -> None:
    total: dict[str, int] = {}
    for name, params in VARIANTS.items():
        if name == "defaults":
            continue
        for what, count in (
            Walk(candles_of(random_walk(3, 700), frame=frame_ms(params)), params, 3).run().items()
        ):
            total[what] = total.get(what, 0) + count
    assert {"stay", "long", "short", "hold", "level", "early", "time", "target", "trail", "exact"} <= set(
        total
    )


def test_walks_with_missing_bars() -> None:
    candles = candles_of(random_walk(7, 900))
    chance = random.Random(7)
    for _ in range(6):
        candles = without(candles, chance.randrange(len(candles)))
    seen = Walk(candles, replace(QUICK, early_mfe=0.0), 7).run()
    assert seen["hold"] > 20


@pytest.mark.parametrize("coin", BUNDLE_COINS)
def test_real_prices(coin: str) -> None:
    seen = Walk(real(coin, 30), BreakoutParams(), 5).run()
    assert seen["stay"] > 900
    assert seen.get("long", 0) + seen.get("short", 0) >= 1


def test_a_run_over_real_prices_is_the_same_twice() -> None:
    candles = real("SOL", 30)
    assert Walk(candles, QUICK, 5).run() == Walk(candles, QUICK, 5).run()
