"""What the bollinger strategy reads off its bars: bands, the trend, and whether price goes nowhere.

The bands of a bar are made of the closes before it, so those of the bar now forming are known already; that
bar has the index after the last one.
"""

from trader.core.candles import Candles
from trader.core.frozen import frozen
from trader.core.target import Condition
from trader.strategies.bollinger_params import BollingerParams, trend_window_bars
from trader.strategies.indicators import deviation, ema, mean, window_first
from trader.strategies.readings import Missing, efficiency_at, missing
from trader.strategies.signals import has_bands, is_trending, slope_sign
from trader.strategies.wording import price_text, ratio_text


@frozen
class Bands:
    """The bands of one bar."""

    lower: float
    middle: float
    upper: float

    @property
    def text(self) -> str:
        return f"bands {price_text(self.lower)} to {price_text(self.upper)}"


def bands_at(candles: Candles, index: int, params: BollingerParams) -> Bands | Missing:
    """The bands of the bar at `index`; none where the closes before it hardly move."""
    period = params.period
    if index < 1:
        return Missing("warm-up: no bar has closed before it")
    first = window_first(candles.open_ms, index - 1, period, candles.frame_ms)
    if first < 0:
        return missing(first, f"{period} bars of bands", candles)
    middle = mean(candles.close, first, period)
    spread = deviation(candles.close, first, period, middle)
    if not has_bands(spread):
        return Missing(f"no bands: {period} closes stand still at {price_text(middle)}")
    return Bands(middle - params.mult * spread, middle, middle + params.mult * spread)


def regime_condition(candles: Candles, params: BollingerParams) -> Condition | Missing:
    """Does price go nowhere, so that leaving the bands is likely to be undone?"""
    efficiency = efficiency_at(candles, len(candles) - 1, params.regime_days)
    if isinstance(efficiency, Missing):
        return efficiency
    trending = is_trending(efficiency, params.regime_threshold)
    numbers = f"{ratio_text(efficiency)} {'>' if trending else '<='} {ratio_text(params.regime_threshold)}"
    return Condition("regime", f"regime {'trend' if trending else 'range'} ({numbers})", not trending)


def trend_at_last(candles: Candles, params: BollingerParams) -> tuple[int, str] | Missing:
    """1 rising, -1 falling, 0 neither; and the same in words."""
    k, lag, window = len(candles) - 1, params.trend_lag_bars, params.trend_window
    bars = trend_window_bars(params)
    first = window_first(candles.open_ms, k, bars, candles.frame_ms)
    if first < 0:
        return missing(first, f"{bars} bars of trend", candles)
    now = ema(candles.close, k - window + 1, 1, window, params.trend_period)
    before = ema(candles.close, k - lag - window + 1, 1, window, params.trend_period)
    sign = slope_sign(now, before)
    name = {1: "rising", -1: "falling", 0: "flat"}[sign]
    averages = f"average {price_text(now)} against {price_text(before)} {lag} bars ago"
    return sign, f"trend {name}, {averages}"
