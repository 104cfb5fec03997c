"""What a strategy's parameters come to in numbers: its rules for the machine, and its signals on a tape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trader.backtest.fast.features import Features
from trader.backtest.fast.layout import BREAKOUT, SIGNAL
from trader.core.candles import DAY_MS
from trader.core.policy import MarketPolicy
from trader.strategies.breakout_params import TREND_FRAME_MS, BreakoutParams, hold_bars, trend_window_bars


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One coin's rules by name (layout.RULES), its signals, and what its positions are judged by later.

    `middle`: the middle band of the bar after each, where a target follows it.
    """

    rules: Mapping[str, Any]
    signals: Any
    regime: Any
    day_0: int
    middle: Any = None


def asked_of(features: Features, policy: MarketPolicy, begin: int, *, peeking: bool) -> Asked:
    """All that the strategy of one coin asks; signals from bar `begin` on."""
    return _breakout(features, policy.params, begin)


def _breakout(features: Features, params: BreakoutParams, begin: int) -> Asked:
    regime = features.regimes(params.regime_days, params.regime_threshold)
    return Asked(breakout_rules(params), _breakout_signals(features, params, begin), regime, features.day_0)


def breakout_rules(params: BreakoutParams) -> Mapping[str, Any]:
    """The numbers by which a position is held; of pairs the first is that of the range, then the trend's."""
    return {
        "strategy": BREAKOUT,
        "follows": 0,
        "early_bars": params.early_bars,
        "early_mfe": params.early_mfe,
        "hold_bars": hold_bars(params),
        "recheck_bars": params.regime_recheck_bars,
        "ratchet": params.trailing == "ratchet",
        "stop": (params.range_stop, params.trend_stop),
        "target": (params.range_target, params.trend_target),
        "trail_activation": params.trail_activation,
        "trail_distance": params.trail_distance,
        "trail_min_move": params.trail_min_move,
    }


def _breakout_signals(features: Features, params: BreakoutParams, begin: int) -> Any:
    bars, of_close = features.bars, params.trigger == "close"
    key = (
        *("signals", begin, params.range_bars, of_close, params.lookback_bars, params.vol_threshold),
        *(params.trend, params.trend_fast, params.trend_slow, params.trend_window),
        *(params.regime_days, params.regime_threshold),
    )
    tops, bottoms = (bars.close, bars.close) if of_close else (bars.high, bars.low)
    above, below = features.reaches(of_close)
    fast = params.trend_fast if params.trend == "cross" else 0

    def make() -> Any:
        breaks = np.count_nonzero((above > params.range_bars) != (below > params.range_bars))
        found = np.empty(breaks, SIGNAL)
        count = features.kernels["breakout_signals"](
            bars.open_ms,
            bars.high,
            bars.low,
            bars.close,
            bars.volume,
            features.runs,
            tops,
            bottoms,
            above,
            below,
            features.trends(trend_window_bars(params), fast, params.trend_slow),
            features.groups(TREND_FRAME_MS)[4],
            TREND_FRAME_MS,
            features.regimes(params.regime_days, params.regime_threshold),
            features.day_0,
            DAY_MS,
            bars.frame_ms,
            begin,
            params.range_bars,
            params.lookback_bars,
            params.vol_threshold,
            found,
        )
        return found[:count].copy()

    return features.kept(key, make)
