"""Each indicator that TA-Lib has too gives TA-Lib's numbers, on random series and on recorded ones.

TA-Lib computes rolling windows by adding and taking away, so each of its windows is asked for alone.
"""

import numpy as np
import pytest
import talib
from talib._ta_lib import MA_Type

from tests.support.breakout_scenes import candles_of
from tests.support.series import random_walk, real
from trader.core.candles import Candles
from trader.sim.bundle import BUNDLE_COINS
from trader.strategies.bollinger import BollingerParams
from trader.strategies.bollinger_bands import Bands, bands_at
from trader.strategies.indicators import (
    adx,
    deviation,
    down_move,
    ema,
    ema_seeded,
    mean,
    true_range,
    up_move,
)

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
STILL = [(50.0, 50.0, 50.0, 50.0, 1.0)] * 60
SERIES = ("random 1", "random 2", "random 3", "standing still", *BUNDLE_COINS)


@pytest.fixture(params=SERIES, scope="module")
def candles(request: pytest.FixtureRequest) -> Candles:
    name = str(request.param)
    if name in BUNDLE_COINS:
        return real(name, 30)
    if name == "standing still":
        return candles_of([*random_walk(4, 60), *STILL, *random_walk(5, 60)])
    return candles_of(random_walk(int(name[-1]), 500))


def columns(candles: Candles) -> tuple[Floats, Floats, Floats]:
    return np.array(candles.high), np.array(candles.low), np.array(candles.close)


def assert_equal(ours: list[float], theirs: Floats) -> None:
    """Set at the same places, and equal there to 1e-9."""
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    assert np.isfinite(theirs[-1])
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("period", [2, 5, 14, 40])
def test_adx(candles: Candles, period: int) -> None:
    high, low, close = columns(candles)
    assert_equal(adx(candles.high, candles.low, candles.close, period), talib.ADX(high, low, close, period))


@pytest.mark.parametrize("period", [2, 10, 30, 90])
def test_ema_seeded(candles: Candles, period: int) -> None:
    assert_equal(ema_seeded(candles.close, period), talib.EMA(columns(candles)[2], period))


@pytest.mark.parametrize(("period", "window"), [(8, 105), (21, 105), (96, 150), (2, 3)])
def test_ema_over_a_window(candles: Candles, period: int, window: int) -> None:
    close = columns(candles)[2]
    for last in range(window - 1, len(candles), 17):
        first = last - window + 1
        ours = ema(candles.close, first, 1, window, period)
        # TA-Lib begins with a mean; of the first value alone when that stands there often enough.
        padded = np.concatenate((np.full(period - 1, close[first]), close[first : last + 1]))
        assert ours == pytest.approx(talib.EMA(padded, period)[-1], rel=1e-9)


def test_true_range_and_moves(candles: Candles) -> None:
    high, low, close = columns(candles)
    for ours, theirs in (
        (
            lambda i: true_range(candles.high[i], candles.low[i], candles.close[i - 1]),
            talib.TRANGE(high, low, close),
        ),
        (lambda i: up_move(candles.high, candles.low, i), talib.PLUS_DM(high, low, 1)),
        (lambda i: down_move(candles.high, candles.low, i), talib.MINUS_DM(high, low, 1)),
    ):
        assert_equal([float("nan"), *map(ours, range(1, len(candles)))], theirs)


@pytest.mark.parametrize("period", [2, 20, 50])
def test_mean_and_deviation(candles: Candles, period: int) -> None:
    close = columns(candles)[2]
    for first in range(0, len(candles) - period, 7):
        window = close[first : first + period]
        middle = mean(candles.close, first, period)
        assert middle == pytest.approx(talib.SMA(window, period)[-1], rel=1e-9)
        # TA-Lib takes the square of the mean from the mean of squares, which needs small numbers.
        theirs = talib.STDDEV(window - middle, period)[-1]
        assert deviation(candles.close, first, period, middle) == pytest.approx(theirs, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("period", "mult"), [(20, 2.0), (5, 1.5)])
def test_bands(candles: Candles, period: int, mult: float) -> None:
    close, found = columns(candles)[2], 0
    params = BollingerParams(period=period, mult=mult)
    for index in range(period, len(candles) + 1, 7):
        ours = bands_at(candles, index, params)
        window = close[index - period : index]
        upper, middle, lower = talib.BBANDS(window, period, mult, mult, MA_Type.SMA)
        if isinstance(ours, Bands):
            found += 1
            theirs = (lower[-1], middle[-1], upper[-1])
            assert (ours.lower, ours.middle, ours.upper) == pytest.approx(theirs, rel=1e-9)
    assert found > 10
