"""What a strategy's parameters come to in numbers: its rules for the machine, and its signals on a tape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trader.backtest.fast.bollinger_signals import AT_THE_CLOSE, CONFIRM, RESTING
from trader.backtest.fast.features import Features
from trader.backtest.fast.layout import BOLLINGER, BREAKOUT, SIGNAL
from trader.backtest.study import Unreal
from trader.core.candles import DAY_MS
from trader.core.policy import MarketPolicy
from trader.strategies.bollinger_params import (
    BollingerParams,
    band_window_bars,
    is_reversion,
    reads_regime,
)
from trader.strategies.bollinger_params import trend_window_bars as slope_window_bars
from trader.strategies.breakout_params import TREND_FRAME_MS, BreakoutParams, hold_bars, trend_window_bars

NO_REGIME = np.empty(0, np.int8)
ENTRY_KINDS = {"close": AT_THE_CLOSE, "resting": RESTING, "confirm": CONFIRM}


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


def asked_of(features: Features, policy: MarketPolicy, begin: int, unreal: Unreal) -> Asked:
    """All that the strategy of one coin asks; signals from bar `begin` on."""
    params = policy.params
    if isinstance(params, BollingerParams):
        return _bollinger(features, params, begin, unreal)
    return _breakout(features, params, begin)


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
    breaks = features.breaks(params.range_bars, of_close)
    fast = params.trend_fast if params.trend == "cross" else 0

    def make() -> Any:
        found = np.empty(np.count_nonzero(breaks), SIGNAL)
        count = features.kernels["breakout_signals"](
            bars.open_ms,
            features.block,
            features.runs,
            breaks,
            features.trends(trend_window_bars(params), fast, params.trend_slow),
            features.first_group(TREND_FRAME_MS),
            features.regimes(params.regime_days, params.regime_threshold),
            features.day_0,
            bars.frame_ms,
            begin,
            params.range_bars,
            params.lookback_bars,
            params.vol_threshold,
            found,
        )
        return found[:count].copy()

    return features.kept(key, make)


def _bollinger(features: Features, params: BollingerParams, begin: int, unreal: Unreal) -> Asked:
    reads = reads_regime(params)
    regime = features.regimes(params.regime_days, params.regime_threshold) if reads else NO_REGIME
    return Asked(
        bollinger_rules(params),
        _bollinger_signals(features, params, begin, regime, unreal),
        regime,
        features.day_0 if reads else 0,
        features.bands(params.period)[0] if is_reversion(params) else None,
    )


def bollinger_rules(params: BollingerParams) -> Mapping[str, Any]:
    """The numbers by which a position is held."""
    return {
        "strategy": BOLLINGER,
        "follows": is_reversion(params),
        "hold_bars": params.max_hold_bars,
        "stop": params.stop,
        "target": params.target,
        "target_min_move": params.target_min_move,
    }


def _bollinger_signals(
    features: Features, params: BollingerParams, begin: int, regime: Any, unreal: Unreal
) -> Any:
    bars, reverts = features.bars, is_reversion(params)
    key = (
        *("signals", begin, params.style, params.entry, params.period, params.mult, params.entry_buffer),
        *(reads_regime(params), params.regime_days, params.regime_threshold),
        *(params.trend_period, params.trend_window, params.trend_lag_bars, unreal),
    )
    middles, spreads = features.bands(params.period)
    trend = (params.trend_period, params.trend_window, params.trend_lag_bars)
    slope = np.zeros(len(bars), np.int8) if reverts else features.slopes(*trend)
    whole = band_window_bars(params) if reverts else max(band_window_bars(params), slope_window_bars(params))

    def make() -> Any:
        found = np.empty(len(bars), SIGNAL)
        count = features.kernels["bollinger_signals"](
            bars.open_ms,
            bars.high,
            bars.low,
            bars.close,
            features.runs,
            middles,
            spreads,
            slope,
            regime,
            features.day_0 if reads_regime(params) else 0,
            DAY_MS,
            bars.frame_ms,
            begin,
            ENTRY_KINDS[params.entry],
            whole,
            reverts,
            reads_regime(params),
            params.mult,
            params.entry_buffer,
            unreal.peeks,
            unreal.passed_levels,
            found,
        )
        return found[:count].copy()

    return features.kept(key, make)
