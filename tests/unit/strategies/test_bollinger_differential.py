"""The strategy against a second writing of it, over whole series with positions, real prices among them."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from tests.support.bollinger_oracle import BollingerOracle, Life, Money
from tests.support.bollinger_scenes import policy_of
from tests.support.breakout_oracle import Bar
from tests.support.breakout_scenes import candles_of, facts_of, without
from tests.support.judging import answered
from tests.support.series import random_walk, real, upto
from trader.core.candles import Candles
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.target import Holding, RestingWant, Stay, Want, WantClose, WantEntry, WantHold, WantResting
from trader.sim.bundle import BUNDLE_COINS
from trader.strategies.bollinger import BollingerParams, bars_needed, frame_ms, judge

ROLES = {"time": Role.CLOSE_TIME, "target": Role.TARGET}
QUICK = BollingerParams(
    period=10, mult=1.6, regime_days=2, max_hold_bars=25, trend_period=12, trend_window=30, trend_lag_bars=4
)
STYLES = ("reversion", "breakout")
ENTRIES = ("close", "resting", "confirm")
SHAPES = {
    "quick": QUICK,
    "narrow": replace(QUICK, mult=0.4, regime_filter=False, target_min_move=0.004, entry_buffer=0.004),
    "patient": replace(QUICK, period=2, mult=0.9, stop=0.06, target=0.012, max_hold_bars=70),
    "strict": replace(QUICK, regime_threshold=0.1, regime_days=1, mult=1.2, trend_lag_bars=1, target=0.3),
    "brief": replace(QUICK, mult=1.0, regime_filter=False, max_hold_bars=4, stop=0.05),
    "long": replace(QUICK, period=60, mult=0.8, regime_filter=False, trend_window=10, trend_lag_bars=2),
    "hours": replace(QUICK, bar="1h", regime_days=3, stop=0.01, regime_threshold=0.4),
}
VARIANTS = {
    f"{style}, {entry}, {name}": replace(params, style=style, entry=entry)  # type: ignore[arg-type]
    for name, params in SHAPES.items()
    for style in STYLES
    for entry in ENTRIES
}
DEFAULTS = [BollingerParams(style=style, entry=entry) for style in STYLES for entry in ENTRIES]  # type: ignore[arg-type]


class Walk:
    """Goes through a series tick by tick, asks both, and lives the life that the strategy chooses."""

    def __init__(self, candles: Candles, params: BollingerParams, seed: int) -> None:
        self.candles, self.params = candles, params
        self.policy = policy_of(params, max_single_loss=5.0)
        self.oracle = BollingerOracle(frame_ms(params), params)
        self.chance = random.Random(seed)
        self.life: Life | None = None
        self.resting: WantResting | None = None
        self.seen: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        c = self.candles
        for k in range(len(c)):
            self.oracle.bars[c.open_ms[k]] = Bar(c.high[k], c.low[k], c.close[k], c.volume[k])
            self._fill_resting(k)
            if self.life is not None:
                self._fill_levels(k)
            self._tick(k)
        return self.seen

    def _fill_resting(self, k: int) -> None:
        """What rested for this bar fills where its price was met."""
        resting, self.resting = self.resting, None
        if resting is None or resting.expires_ms <= self.candles.open_ms[k]:
            return
        order, c = resting.orders[0], self.candles
        upward = (order.leg is Leg.LONG) == order.is_stop_entry
        if c.high[k] < order.price if upward else c.low[k] > order.price:
            return
        self.seen["rested and filled"] += 1
        fill = max(order.price, c.open[k]) if upward else min(order.price, c.open[k])
        at = c.open_ms[k] + self.chance.randrange(c.frame_ms)
        stop = order.stop if self.chance.random() < 0.5 else None
        self.life = Life(order.leg is Leg.LONG, fill, at, resting.signal_ms, stop, None)

    def _fill_levels(self, k: int) -> None:
        life, c = self.life, self.candles
        assert life is not None
        side = 1 if life.long else -1
        worst, best = (c.low[k], c.high[k]) if life.long else (c.high[k], c.low[k])
        stopped = life.stop is not None and side * worst <= side * life.stop
        aimed = life.target is not None and side * best >= side * life.target
        if stopped or aimed:
            self.seen["level"] += 1
            self.life = None

    def _tick(self, k: int) -> None:
        noise = self.chance.choice((0.0, 0.001, 0.002, 0.01))
        mark = self.candles.close[k] * (1 + self.chance.uniform(-noise, noise))
        life, holding = self.life, None
        if life is not None:
            leg = Leg.LONG if life.long else Leg.SHORT
            holding = Holding(leg, 1.0, life.entry, life.entry_ms, life.signal_ms)
        facts = facts_of(
            mark=mark,
            holding=holding,
            live_stop=life.stop if life else None,
            live_target=life.target if life else None,
        )
        answer = answered(judge(upto(self.candles, k, bars_needed(self.params)), facts, self.policy))
        at = self.candles.open_ms[k]
        if life is None:
            self._compare_entry(answer, at, mark)
        else:
            self._compare_held(answer, at, mark, life)

    def _compare_entry(self, answer: Want, at: int, mark: float) -> None:
        expected = self.oracle.entry(at, Money(mark, 1000.0, 0.3, 5.0))
        assert told(answer) == expected, (at, answer)
        self.seen[str(expected[0])] += 1
        if isinstance(answer, WantResting):
            self.resting = answer
            self.seen[answer.orders[0].leg.value] += 1
        if isinstance(answer, WantEntry):
            self.seen[answer.leg.value] += 1
            fill = mark * (1 + self.chance.uniform(-0.001, 0.001))
            entry_ms = at + self.candles.frame_ms + self.chance.randrange(200_000)
            self.life = Life(answer.leg is Leg.LONG, fill, entry_ms, at, answer.stop, answer.target)

    def _compare_held(self, answer: Want, at: int, mark: float, life: Life) -> None:
        expected = self.oracle.held(at, mark, life)
        self.seen[str(expected[1] if expected[0] == "close" else expected[0])] += 1
        if isinstance(answer, WantClose):
            assert ("close", answer.role) == (expected[0], ROLES[str(expected[1])]), (at, expected)
            if self.chance.random() < 0.8:  # a close may also fail, and is wanted again
                self.life = None
            return
        assert isinstance(answer, WantHold), (at, answer, expected)
        assert ("hold", answer.stop, answer.target) == expected, at
        assert answer.target_is_chosen is (self.params.style == "reversion")
        self.seen["stop moved"] += answer.stop != life.stop
        self.seen["target moved"] += answer.target != life.target
        self.seen["target kept"] += answer.target == life.target
        life.stop, life.target = answer.stop, answer.target


def told(answer: Want) -> tuple[object, ...]:
    """The strategy's answer without a position in the oracle's words."""
    match answer:
        case Stay():
            return ("stay",)
        case WantEntry():
            is_long = answer.leg is Leg.LONG
            return ("now", is_long, answer.notional, answer.stop, answer.target, answer.signal_ms)
        case WantResting(orders=(order,)):
            return ("rest", *order_told(order), answer.signal_ms, answer.expires_ms)
        case _:
            raise AssertionError(answer)


def order_told(order: RestingWant) -> tuple[object, ...]:
    assert order.size is None
    assert order.rung == 0
    kind = {(True, False): "stop", (False, True): "post", (False, False): "limit"}[
        order.is_stop_entry, order.post_only
    ]
    return (order.leg is Leg.LONG, order.price, order.notional, order.stop, kind)


@pytest.mark.parametrize("name", VARIANTS)
def test_random_walks(name: str) -> None:
    params = VARIANTS[name]
    seen = Walk(candles_of(random_walk(1, 450), frame=frame_ms(params)), params, 1).run()
    assert seen["stay"] + seen["rest"] > 10


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.endswith(("brief", "narrow"))])
def test_walks_with_missing_bars(name: str) -> None:
    candles = candles_of(random_walk(7, 600), frame=frame_ms(VARIANTS[name]))
    chance = random.Random(7)
    for _ in range(8):
        candles = without(candles, chance.randrange(len(candles)))
    assert Walk(candles, VARIANTS[name], 7).run()["hold"] > 20


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("entry", ENTRIES)
def test_the_walks_reach_every_kind_of_decision(style: str, entry: str) -> None:
    total: Counter[str] = Counter()
    for name in ("quick", "narrow", "patient", "brief"):
        params = VARIANTS[f"{style}, {entry}, {name}"]
        total += Walk(candles_of(random_walk(3, 500), frame=frame_ms(params)), params, 3).run()
    expected = {"stay", "long", "short", "hold", "level", "time", "stop moved", "target moved", "target kept"}
    expected |= {"close": {"now"}, "resting": {"rest", "rested and filled"}, "confirm": {"rest"}}[entry]
    expected |= {"target"} if style == "reversion" else set()
    expected |= {"now"} if (style, entry) == ("breakout", "resting") else set()
    assert expected <= set(+total)


@pytest.mark.parametrize("coin", BUNDLE_COINS)
@pytest.mark.parametrize("params", DEFAULTS, ids=lambda p: f"{p.style}, {p.entry}")
def test_real_prices(coin: str, params: BollingerParams) -> None:
    seen = Walk(real(coin, 30), params, 5).run()
    assert sum(seen[word] for word in ("stay", "rest", "now", "hold", "time", "target")) == 1344
    assert seen["hold"] >= 10
