"""Nothing looks ahead: a value at a bar stays what it was whatever comes after, and so does each decision."""

import inspect
import random
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import bollinger_scenes, breakout_scenes, grid_scenes
from tests.support.breakout_scenes import candles_of, facts_of, held_since
from tests.support.series import random_walk, upto
from trader.core.candles import DAY_MS, Candles
from trader.core.target import FundingFacts, Judged
from trader.strategies import bollinger, breakout, hedge_grid, indicators
from trader.strategies.bollinger import BollingerParams
from trader.strategies.bollinger_bands import bands_at
from trader.strategies.breakout import BreakoutParams
from trader.strategies.hedge_grid import HedgeGridParams
from trader.strategies.indicators import (
    adx,
    deviation,
    directional_efficiency,
    directional_index,
    down_move,
    ema,
    ema_seeded,
    groups_first,
    highest,
    is_spike,
    lowest,
    mean,
    median_range,
    traded_mean,
    true_range,
    up_move,
    window_first,
)
from trader.strategies.registry import STRATEGIES

WALK = candles_of(random_walk(11, 700))
FIRST = 300  # from here on every window is whole

# name: its value at bar i of these candles
AT: dict[str, Callable[[Candles, int], Any]] = {
    "window_first": lambda c, i: window_first(c.open_ms, i, 40, c.frame_ms),
    "groups_first": lambda c, i: groups_first(c.open_ms, i, 3, c.frame_ms, DAY_MS),
    "ema": lambda c, i: ema(c.close, i - 80, 8, 11, 5),
    "ema_seeded": lambda c, i: ema_seeded(c.close, 10)[i],
    "mean": lambda c, i: mean(c.close, i - 19, 20),
    "deviation": lambda c, i: deviation(c.close, i - 19, 20, mean(c.close, i - 19, 20)),
    "highest": lambda c, i: highest(c.high, i - 47, i),
    "lowest": lambda c, i: lowest(c.low, i - 47, i),
    "traded_mean": lambda c, i: traded_mean(c.volume, c.close, i - 47, 48),
    "directional_efficiency": lambda c, i: directional_efficiency(c.high, c.low, c.close, i - 191, 3, 48),
    "true_range": lambda c, i: true_range(c.high[i], c.low[i], c.close[i - 1]),
    "up_move": lambda c, i: up_move(c.high, c.low, i),
    "down_move": lambda c, i: down_move(c.high, c.low, i),
    "directional_index": lambda c, i: directional_index(up_move(c.high, c.low, i), 1.0, c.close[i], 0.0),
    "adx": lambda c, i: adx(c.high, c.low, c.close, 14)[i],
    "is_spike": lambda c, i: is_spike(c.high, c.low, i),
    "median_range": lambda c, i: median_range(c.high, c.low, i - 47, 48),
}
OTHERS: dict[str, Callable[[Candles, int], Any]] = {
    "bands": lambda c, i: bands_at(c, i, BollingerParams()),
    "bands of the bar after": lambda c, i: bands_at(c, i + 1, BollingerParams()),
}


def garbled(candles: Candles, k: int, seed: int) -> Candles:
    """The same candles with every bar after `k` replaced by something wild."""
    chance = random.Random(seed)
    columns = {}
    for name in ("open", "high", "low", "close", "volume"):
        column = getattr(candles, name)
        columns[name] = column[: k + 1] + tuple(chance.uniform(1e-3, 1e9) for _ in column[k + 1 :])
    return replace(candles, **columns)


def test_every_indicator_has_a_case() -> None:
    named = {name for name, _ in inspect.getmembers(indicators, inspect.isfunction) if name not in ("sqrt",)}
    assert set(AT) == named


@pytest.mark.parametrize("name", [*AT, *OTHERS])
@given(st.integers(FIRST, len(WALK) - 2), st.integers(0, 9))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_a_value_stays_whatever_bars_come_after(name: str, i: int, seed: int) -> None:
    at = {**AT, **OTHERS}[name]
    alone = at(upto(WALK, i, i + 1), i)
    assert at(WALK, i) == alone
    assert at(garbled(WALK, i, seed), i) == alone
    assert alone == alone  # set, and no number that is unequal to itself


def test_a_planted_look_ahead_is_found() -> None:
    def next_close(c: Candles, i: int) -> float:
        return c.close[i + 1]

    assert next_close(WALK, 400) != next_close(garbled(WALK, 400, 1), 400)


def breakout_judge(candles: Candles, params: BreakoutParams, *, held: bool) -> Judged:
    return breakout.judge(candles, seen(candles, held=held), breakout_scenes.policy_of(params))


def bollinger_judge(candles: Candles, params: BollingerParams, *, held: bool) -> Judged:
    return bollinger.judge(candles, seen(candles, held=held), bollinger_scenes.policy_of(params))


def grid_judge(candles: Candles, params: HedgeGridParams, *, held: bool) -> Judged:
    mark = candles.close[-1]
    now_ms = candles.open_ms[-1] + candles.frame_ms + 5_000
    long = grid_scenes.held(1.0, mark, live_stop=mark * 0.9) if held else grid_scenes.FLAT
    grid = grid_scenes.grid_of(
        long, now_ms=now_ms, funding=FundingFacts(0.002, now_ms + 1_800_000, 28_800_000)
    )
    return hedge_grid.judge(candles, grid_scenes.facts_of(grid, mark), grid_scenes.policy_of(params))


def seen(candles: Candles, *, held: bool) -> Any:
    """The facts at the last bar: flat, or with a position that is ten bars old."""
    mark = candles.close[-1]
    if not held:
        return facts_of(mark=mark)
    return facts_of(mark=mark, holding=held_since(candles, len(candles) - 10, entry=mark), live_stop=mark / 2)


DECISIONS: dict[str, tuple[Callable[..., Judged], Any, int]] = {
    "breakout": (
        breakout_judge,
        (p := BreakoutParams(trend_window=20, regime_days=2, vol_threshold=0.9, trailing="ratchet")),
        breakout.bars_needed(p),
    ),
    **{
        f"bollinger {style} {entry}": (
            bollinger_judge,
            (q := BollingerParams(style=style, entry=entry, regime_days=3, regime_threshold=0.5)),
            bollinger.bars_needed(q),
        )
        for style in ("reversion", "breakout")
        for entry in ("close", "resting", "confirm")
    },
    "hedge_grid": (
        grid_judge,
        (g := grid_scenes.params_of(warmup_bars=100, side_notional_max=1e6, net_notional_max=1e6)),
        hedge_grid.bars_needed(g),
    ),
}


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("name", DECISIONS)
def test_decisions_on_a_prefix_stay_when_later_bars_are_added(name: str, held: bool) -> None:
    """One run over a short history and one over a long one: equal as far as the short one goes."""
    judge, params, needed = DECISIONS[name]

    def decisions(candles: Candles) -> list[Judged]:
        return [judge(upto(candles, k, needed), params, held=held) for k in range(FIRST, len(candles))]

    short, long = decisions(upto(WALK, 449, 450)), decisions(WALK)
    assert long[: len(short)] == short
    assert len({one.want for one in long}) > 20


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_costs_less_than_three_milliseconds(name: str) -> None:
    """With every condition put into words."""
    judge, params, needed = DECISIONS[name]
    candles, best = upto(WALK, len(WALK) - 1, needed), float("inf")
    for _ in range(10):
        began = perf_counter()
        judge(candles, params, held=False)
        best = min(best, perf_counter() - began)
    assert best < 0.003


def test_what_is_wanted_is_what_was_judged() -> None:
    candles = upto(WALK, len(WALK) - 1, 600)
    for name, policy in (
        ("breakout", breakout_scenes.policy_of(BreakoutParams(trend_window=20, regime_days=2))),
        ("bollinger", bollinger_scenes.policy_of(BollingerParams(mult=0.1, regime_filter=False))),
    ):
        spec = STRATEGIES[name]
        for held in (False, True):
            facts = seen(candles, held=held)
            assert spec.want(candles, facts, policy) == spec.judge(candles, facts, policy).want


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("name", DECISIONS)
def test_decisions_need_no_more_history_than_they_say(name: str, held: bool) -> None:
    judge, params, needed = DECISIONS[name]
    for k in range(needed + 50, len(WALK), 7):
        whole, least = upto(WALK, k, k + 1), upto(WALK, k, needed)
        assert judge(whole, params, held=held) == judge(least, params, held=held)
