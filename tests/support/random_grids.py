"""Random questions to a replay of hedge grids, each from its number alone.

Prices swing, run away, jump, stand still and have holes; grids are narrow, so that rungs fill, recentre and
run into their caps within a few hundred bars. What a number gives never changes while this file does not.
"""

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np

from tests.support.random_studies import study_of
from trader.backtest.study import Fees, Study
from trader.backtest.tape import Bars, Rates, Tape
from trader.core.candles import HOUR_MS
from trader.core.market import MarginTier, Market
from trader.core.policy import Limits, MarketPolicy
from trader.exchange.fill_model import PRESETS
from trader.strategies.registry import STRATEGIES

BEGIN_MS = 1_700_006_400_000  # 2023-11-15 00:00 UTC
LIMITS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"daily_loss_max": Decimal(30)},
    {"drawdown_fraction_max": 0.01, "drawdown_days": 1},
    {"losing_streak_max": 2},
    {"gross_notional_max": Decimal(1_500)},
    {"orders_per_run_max": 3},
    {"resting_per_side_max": 2},
)


def grids_of(number: int, *, bars: int = 200) -> Study:
    """The question of this number, over so many bars."""
    chance = random.Random(number)
    coins = ("BTC", "ETH")[: chance.choice((1, 1, 1, 2))]
    base = study_of(0, many=10)
    policies = {coin: _policy(chance, coin, next(iter(base.policy.markets.values()))) for coin in coins}
    limits: Limits = replace(base.policy.limits, **LIMITS[number % len(LIMITS)])
    tiers = (MarginTier(Decimal(0), 50),)
    return Study(
        policy=replace(base.policy, markets=policies, entries_for=frozenset(coins), limits=limits),
        markets={
            coin: Market(coin, 0, Decimal("0.001"), 2, Decimal(5), tiers, tick=Decimal("0.01"))
            for coin in coins
        },
        tapes={coin: _tape(chance, coin, bars) for coin in coins},
        model=PRESETS[chance.choice(("kind", "base", "base", "harsh"))],
        fees=Fees(0.0002, 0.0005),
        equity=chance.choice((600.0, 3_000.0, 10_000.0)),
        start_ms=BEGIN_MS + 20 * HOUR_MS if chance.random() < 0.2 else None,
        end_ms=BEGIN_MS + (bars - 20) * HOUR_MS if chance.random() < 0.2 else None,
    )


def _policy(chance: random.Random, coin: str, other: MarketPolicy) -> MarketPolicy:
    spec, pick = STRATEGIES["hedge_grid"], chance.choice
    params = spec.params_type(
        bar="1h",
        base_qty=pick((0.1, 0.1, 0.3)),
        warmup_bars=50,
        ema_fast=pick((5, 10)),
        ema_slow=pick((15, 25)),
        adx_len=5,
        adx_min=pick((20.0, 40.0)),
        hysteresis_bps=pick((0.0, 5.0)),
        step_bps=pick((30.0, 60.0)),
        levels_long=pick((3, 6)),
        levels_short=pick((3, 6)),
        recenter_bps=pick((60.0, 150.0)),
        policy=pick(("throttled-counter", "core-and-scalp")),
        counter_levels=pick((1, 4)),
        counter_scale=pick((0.0, 0.5)),
        side_notional_max=pick((700.0, 5_000.0, 5_000.0)),
        gross_notional_max=pick((900.0, 8_000.0, 8_000.0)),
        net_notional_max=pick((500.0, 5_000.0, 5_000.0)),
        window_minutes=pick((60, 600, 600)),
        sl_steps=pick((2.0, 5.0)),
        tp_steps=pick((1.0, 3.0)),
    )
    sizing = replace(
        other.sizing, leverage=pick((3, 20)), cross=pick((True, True, False)), max_single_loss=None
    )
    return replace(
        other,
        coin=coin,
        strategy=spec.want,
        strategy_name=spec.name,
        strategy_number=spec.number,
        params=params,
        frame_ms=spec.frame_ms(params),
        bars_needed=spec.bars_needed(params),
        hold_ms_max=spec.hold_ms_max(params),
        sizing=sizing,
        both_legs=True,
    )


def _tape(chance: random.Random, coin: str, count: int) -> Tape:
    """Swings of about a grid's width, with calm, runs, spikes and now and then a hole."""
    price, rows = 1_000.0, []
    loud, drift = 0.001, 0.0
    for n in range(count):
        if chance.random() < 0.04:
            loud, drift = (
                chance.choice((0.00005, 0.0005, 0.001, 0.004)),
                chance.choice((0.0, 0.0, 0.001, -0.001)),
            )
        opened = price
        price = max(50.0, price * (1.0 + chance.gauss(drift, loud)))
        wick = chance.choice((0.004, 0.1)) if chance.random() < 0.03 else loud
        high, low = max(opened, price) * (1 + chance.random() * wick), min(opened, price) * (1 - loud / 2)
        rows.append((BEGIN_MS + n * HOUR_MS, opened, high, low, price, chance.uniform(1, 90)))
    if chance.random() < 0.3:
        del rows[count // 2]
    times = np.array([row[0] for row in rows], dtype=np.int64)
    columns = [np.array([round(row[n], 2) for row in rows]) for n in range(1, 6)]
    due = np.arange(BEGIN_MS, BEGIN_MS + count * HOUR_MS, 8 * HOUR_MS, dtype=np.int64)
    rates = np.array([chance.choice((1e-4, -1e-4, 2e-3, -2e-3)) for _ in due])
    return Tape(coin, Bars(HOUR_MS, times, *columns), funding=Rates(due, rates))
