"""Compiles every kernel ahead of its first use: `python -m trader.backtest.fast.warming`.

Rules: it runs what a user runs, on bars that mean nothing, so whatever a backtest or a search calls is there.
"""

from dataclasses import replace
from decimal import Decimal

import numpy as np

from trader.backtest.fast.engine import run
from trader.backtest.fast.sweep import curves
from trader.backtest.replay.regimes import looks_of
from trader.backtest.study import Fees, Study
from trader.backtest.tape import Bars, Rates, Tape
from trader.config import BUILT_IN
from trader.config.document import parse
from trader.config.overrides import apply
from trader.config.resolve import resolve
from trader.core.candles import HOUR_MS
from trader.core.errors import Broken
from trader.core.market import MarginTier, Market
from trader.exchange.fill_model import PRESETS
from trader.policies import policy_of

COIN = "BTC"
STRATEGIES = (
    "{strategy: breakout, params: {bar: 1h, trend_window: 5, trend_slow: 2, regime_days: 1}}",
    "{strategy: bollinger, params: {bar: 1h, style: breakout, trend_window: 20, trend_period: 5}}",
)
GRID = (
    "{strategy: hedge_grid, params: {bar: 1h, base_qty: 1, side_notional_max: 9, gross_notional_max: 9, "
    "net_notional_max: 9}}"
)
MARKET = Market(
    coin=COIN,
    number=0,
    lot=Decimal("0.00001"),
    price_decimals_max=1,
    notional_min=Decimal(10),
    tiers=(MarginTier(Decimal(0), 40),),
    price_figures_max=5,
)
_BARS = 400


def warm() -> None:
    """Run each strategy once, alone and in a sweep, and read the bars as a grid does."""
    for strategy in STRATEGIES:
        study = _study(strategy)
        run(study, moves=True)
        list(curves(study, [study.policy.markets[COIN]]))
    grid = _study(GRID)
    looks_of(grid.tapes[COIN].bars, grid.policy.markets[COIN])


def _study(strategy: str) -> Study:
    document = parse(BUILT_IN, "built-in")
    apply(document, f"markets={{{COIN}: {strategy}}}")
    settings = resolve(document, origin="built-in", is_private=True).settings
    if settings is None:
        raise Broken("the built-in configuration does not resolve")
    return Study(
        policy=policy_of(settings, account_tag=1, entries_for=frozenset({COIN})),
        markets={COIN: MARKET},
        tapes={COIN: _tape()},
        model=replace(PRESETS["base"], funding="actual"),
        fees=Fees(maker=0.0002, taker=0.0005),
        equity=1000.0,
    )


def _tape() -> Tape:
    """Prices that swing, so that both strategies enter and leave."""
    place = np.arange(_BARS)
    close = 100.0 + 8.0 * np.sin(place / 9.0) + 3.0 * np.sin(place / 2.3)
    opened = np.concatenate(([close[0]], close[:-1]))
    open_ms = place * HOUR_MS
    bars = Bars(
        frame_ms=HOUR_MS,
        open_ms=open_ms,
        open=opened,
        high=np.maximum(opened, close) + 0.5,
        low=np.minimum(opened, close) - 0.5,
        close=close,
        volume=10.0 + 9.0 * np.sin(place / 3.1),
    )
    return Tape(COIN, bars, funding=Rates(open_ms[::8], np.full(len(open_ms[::8]), 0.0001)))


if __name__ == "__main__":
    warm()  # what an earlier one that was ended has made is taken from its cache
