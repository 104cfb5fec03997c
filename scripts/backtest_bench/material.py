"""What the measurements of backtests are made on: seeded synthetic bars, one market, usual parameters.

Rules: everything is in memory and comes from a seed, so that each machine measures the same work.
"""

from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import numpy as np

from trader.backtest.study import Fees, Study
from trader.backtest.tape import Bars, Tape
from trader.core.candles import DAY_MS
from trader.core.market import MarginTier, Market
from trader.core.policy import EntryRules, Limits, MarketPolicy, Policy, Sizing, StopRules
from trader.exchange.fill_model import FillModel
from trader.strategies.breakout_params import BreakoutParams
from trader.strategies.registry import STRATEGIES

COIN = "BTC"
MINUTE_MS = 60_000
START_MS = 1_577_836_800_000  # 2020-01-01 00:00 UTC
MANY, FEW = 1_500_000, 100_000
EQUITY = 10_000_000.0  # fees never bring an entry below the venue's minimum, which would end a run early
RATIO, SLIPPAGE_MAX = 0.3, 0.003
PARAMS = BreakoutParams(bar="1m")
MODEL = FillModel(ambiguous="stop", funding="none")
FEES = Fees(maker=0.00015, taker=0.00045)
TICK = Decimal("0.1")
MARKET = Market(
    coin=COIN,
    number=0,
    lot=Decimal("0.00001"),
    price_decimals_max=1,
    tick=TICK,
    notional_min=Decimal(10),
    tiers=(MarginTier(Decimal(0), 40),),
)


def bars_of(count: int, seed: int, *, frame_ms: int = MINUTE_MS) -> Bars:
    """A walk of bars on ticks of 0.1, with louder hours, as the rows of one block."""
    chance = np.random.default_rng(seed)
    loud = np.repeat(chance.gamma(1.5, 0.0005, count // 60 + 1), 60)[:count] * (frame_ms / MINUTE_MS) ** 0.5
    close = np.round(np.exp(np.log(30_000.0) + np.cumsum(chance.standard_normal(count) * loud)), 1)
    block = np.empty((5, count))
    block[0] = np.concatenate([[30_000.0], close[:-1]])
    spread = np.abs(chance.standard_normal((2, count))) * loud * close * 0.5
    block[1] = np.round(np.maximum(block[0], close) + spread[0], 1)
    block[2] = np.round(np.minimum(block[0], close) - spread[1], 1)
    block[3] = close
    block[4] = np.round(chance.gamma(2.0, 5.0, count) * (1.0 + 400.0 * loud), 3)
    times = START_MS + frame_ms * np.arange(count, dtype=np.int64)
    return Bars(frame_ms, times, *block)


def policy_of(params: Any, name: str = "breakout") -> MarketPolicy:
    spec = STRATEGIES[name]
    return MarketPolicy(
        coin=COIN,
        strategy=spec.want,
        strategy_name=name,
        strategy_number=spec.number,
        params=params,
        frame_ms=spec.frame_ms(params),
        bars_needed=spec.bars_needed(params),
        hold_ms_max=spec.hold_ms_max(params),
        stop_fallback=spec.stop_fallback(params),
        sizing=Sizing(RATIO, None, leverage=3, cross=True),
        entries=EntryRules(SLIPPAGE_MAX, 0.005, 300, 0.002),
        both_legs="two_sided" in spec.needs(params),
    )


def study_of(bars: Bars, params: Any, name: str = "breakout") -> Study:
    policy = Policy(
        account_tag=1,
        markets={COIN: policy_of(params, name)},
        entries_for=frozenset({COIN}),
        stops=StopRules("mark", None, 0.05),
        limits=Limits(None, None, None, None, 5000, 60_000),
        report_foreign=True,
        past_ms=2 * DAY_MS,
    )
    return Study(policy, {COIN: MARKET}, {COIN: Tape(COIN, bars)}, MODEL, FEES, EQUITY)


def variants() -> list[BreakoutParams]:
    """1,000 combinations."""
    axes = product(
        (24, 36, 48, 72, 96),
        (1.0, 1.25, 1.5, 2.0),
        (0.01, 0.015, 0.02, 0.03, 0.04),
        (0.02, 0.03, 0.04, 0.05, 0.06),
        (0.004, 0.008),
    )
    return [
        replace(PARAMS, range_bars=a, vol_threshold=b, range_target=c, trend_stop=d, early_mfe=e)
        for a, b, c, d, e in axes
    ]
