"""Candles, facts and policies for tests of the hedge grid: a quiet market around 100."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.support.strategy_policies import policy_for
from trader.core.candles import Candles
from trader.core.market import Leg
from trader.core.policy import MarketPolicy
from trader.core.target import CoinFacts, FundingFacts, GridFacts, LegFacts, LiveRung, WantGrid
from trader.strategies.hedge_grid import (
    HedgeGridParams,
    exits,
    judge,
)

START_MS = 1_746_403_200_000
FRAME_MS = 1_800_000
BARS = 300
NOW_MS = START_MS + BARS * FRAME_MS + 5_000
LAST_MS = START_MS + (BARS - 1) * FRAME_MS
HOUR_MS = 3_600_000
TICK = 0.01
LOT = 0.001
ANCHOR = 10_000  # ticks: a price of 100
FLAT = LegFacts(0.0, None, None, None)

PARAMS = HedgeGridParams(
    base_qty=0.1, side_notional_max=1_000.0, gross_notional_max=1_500.0, net_notional_max=1_000.0
)


def params_of(**changes: Any) -> HedgeGridParams:
    return replace(PARAMS, **changes)


def candles_from(closes: Sequence[float], *, width: float = 0.4, frame: int = FRAME_MS) -> Candles:
    """Bars of equal width around these closes, the last of them at the usual end."""
    first = START_MS + (BARS - len(closes)) * FRAME_MS
    return Candles(
        coin="BTC",
        frame_ms=frame,
        open_ms=tuple(first + i * frame for i in range(len(closes))),
        open=tuple(closes),
        high=tuple(c + width / 2 for c in closes),
        low=tuple(c - width / 2 for c in closes),
        close=tuple(closes),
        volume=(10.0,) * len(closes),
    )


def quiet(close: float = 100.0, bars: int = BARS) -> Candles:
    """A market that goes nowhere, and whose last close is this one."""
    swings = [100.0 + (0.05 if i % 2 else -0.05) for i in range(bars)]
    return candles_from([*swings[:-1], close])


def trending(step: float, bars: int = BARS, *, end: float = 100.0) -> Candles:
    """A market that goes one way by `step` a bar and ends at `end`."""
    return candles_from([end + step * (i - bars + 1) for i in range(bars)])


def held(size: float, average: float = 100.0, **changes: Any) -> LegFacts:
    return replace(LegFacts(size, average, None, None), **changes)


def a_rung(leg: Leg, rung: int, anchor: int = ANCHOR, **changes: Any) -> LiveRung:
    """A live rung where the default ladder puts it."""
    price = anchor * TICK * (1 - leg.sign * rung * PARAMS.step_bps / 1e4)
    return replace(LiveRung(leg, rung, anchor, LAST_MS - FRAME_MS, price, 0.1), **changes)


def grid_of(long: LegFacts = FLAT, short: LegFacts = FLAT, **changes: Any) -> GridFacts:
    grid = GridFacts(
        now_ms=NOW_MS,
        tick=TICK,
        lot=LOT,
        notional_min=5.0,
        legs={Leg.LONG: long, Leg.SHORT: short},
        rungs=(),
        funding=FundingFacts(0.0001, NOW_MS + 4 * HOUR_MS, 8 * HOUR_MS),
    )
    return replace(grid, **changes)


def facts_of(grid: GridFacts | None = None, mark: float = 100.0) -> CoinFacts:
    return CoinFacts(mark, 10_000.0, None, None, None, 0.0005, grid or grid_of())


def policy_of(params: HedgeGridParams) -> MarketPolicy:
    return policy_for("hedge_grid", params)


def wanted(
    candles: Candles | None = None,
    grid: GridFacts | None = None,
    mark: float | None = None,
    **params: Any,
) -> WantGrid:
    """What the grid wants with the parameters of these tests and these changes, asked for exits alone too."""
    seen = candles or quiet()
    facts, policy = facts_of(grid, seen.close[-1] if mark is None else mark), policy_of(params_of(**params))
    answer, alone = judge(seen, facts, policy).want, exits(seen, facts, policy)
    assert isinstance(answer, WantGrid) and isinstance(alone, WantGrid), answer
    assert (alone.anchor_ticks, alone.long, alone.short) == (answer.anchor_ticks, answer.long, answer.short)
    return answer


def keys(answer: WantGrid, leg: Leg | None = None) -> list[tuple[str, int]]:
    """Which rungs are wanted, the nearest of each side first."""
    return [(r.leg.value, r.rung) for r in answer.rungs if leg in (None, r.leg)]


def numbers(answer: WantGrid, leg: Leg) -> list[int]:
    return [rung for _leg, rung in keys(answer, leg)]
