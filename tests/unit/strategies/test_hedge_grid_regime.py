"""The regime of a grid: against a naive walk and TA-Lib's numbers, its hysteresis, and no look ahead."""

import random
from dataclasses import replace

import numpy
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.grid_scenes import BARS, candles_from, params_of, quiet, trending
from trader.core.candles import Candles
from trader.core.market import Leg
from trader.strategies.hedge_grid_params import HedgeGridParams
from trader.strategies.hedge_grid_regime import Reading, Regime, regime_at, walked
from trader.strategies.readings import Missing
from trader.strategies.signals import direction_after


def noisy(seed: int, bars: int = BARS, *, swing: float = 0.004) -> Candles:
    chance = random.Random(seed)
    closes, price, drift = [], 100.0, 0.0
    for i in range(bars):
        if i % 40 == 0:
            drift = chance.gauss(0, 0.0015)
        price *= 1 + drift + chance.gauss(0, swing)
        closes.append(price)
    return candles_from(closes, width=0.6)


def by_talib(candles: Candles, params: HedgeGridParams) -> list[str]:
    """The walk with every number from TA-Lib, written for this test alone."""
    high, low, close = (numpy.array(column) for column in (candles.high, candles.low, candles.close))
    fast, slow = talib.EMA(close, params.ema_fast), talib.EMA(close, params.ema_slow)
    strength = talib.ADX(high, low, close, params.adx_len)
    state, states = "sideways", []
    for i in range(len(close)):
        if not numpy.isnan(fast[i] + slow[i] + strength[i]):
            spread = (fast[i] - slow[i]) / slow[i] * 1e4
            if strength[i] < params.adx_min:
                state = "sideways"
            elif abs(spread) >= params.hysteresis_bps:
                state = "up" if spread > 0 else "down"
        states.append(state)
    return states


@given(st.integers(0, 400), st.sampled_from([5.0, 20.0, 30.0]), st.sampled_from([5.0, 35.0, 80.0]))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_walk_is_the_one_with_talibs_numbers(seed: int, adx_min: float, hysteresis: float) -> None:
    candles, params = noisy(seed), params_of(adx_min=adx_min, hysteresis_bps=hysteresis)
    states = by_talib(candles, params)
    for bars in (30, 31, 60, 150, BARS):
        seen = walked(candles.high[:bars], candles.low[:bars], candles.close[:bars], params)
        assert seen.regime.value == states[bars - 1]


def test_the_markets_of_that_test_see_every_regime() -> None:
    seen = {state for seed in range(20) for state in by_talib(noisy(seed), params_of())}
    assert seen == {"sideways", "up", "down"}


def test_only_the_warm_up_window_counts() -> None:
    """A longer history gives the same answer: a tick and a replay begin the walk at the same bar."""
    long = noisy(3, 700)
    columns = {
        name: getattr(long, name)[-BARS:] for name in ("open_ms", "open", "high", "low", "close", "volume")
    }
    assert regime_at(long, params_of()) == regime_at(replace(long, **columns), params_of())


@pytest.mark.parametrize(
    ("step", "regime", "counter"), [(0.3, Regime.UP, Leg.SHORT), (-0.3, Regime.DOWN, Leg.LONG)]
)
def test_a_trend_is_seen_and_has_a_counter_side(step: float, regime: Regime, counter: Leg) -> None:
    reading = regime_at(trending(step, end=200.0), params_of())
    assert isinstance(reading, Reading)
    assert (reading.regime, reading.regime.counter) == (regime, counter)


def test_a_quiet_market_goes_nowhere() -> None:
    reading = regime_at(quiet(), params_of())
    assert isinstance(reading, Reading)
    assert (reading.regime, reading.regime.counter) == (Regime.SIDEWAYS, None)


@given(
    st.sampled_from([1, 0, -1]),
    st.floats(20.0, 100.0),
    st.floats(-34.999, 34.999),
    st.floats(0.0, 19.999),
    st.floats(-500, 500),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_inside_the_band_only_weakness_ends_a_direction(
    direction: int, strong: float, inside: float, weak: float, any_spread: float
) -> None:
    assert direction_after(direction, strong, inside, 20.0, 35.0) == direction
    assert direction_after(direction, weak, any_spread, 20.0, 35.0) == 0


def test_the_band_ends_at_its_own_width() -> None:
    assert direction_after(1, 20.0, -35.0, 20.0, 35.0) == -1
    assert direction_after(-1, 20.0, 35.0, 20.0, 35.0) == 1
    assert direction_after(-1, 20.0, 34.9, 20.0, 35.0) == -1


def test_what_cannot_be_known_is_said() -> None:
    whole, params = quiet(), params_of()
    short = regime_at(quiet(bars=BARS - 1), params)
    times = (*whole.open_ms[:100], whole.open_ms[100] + 1, *whole.open_ms[101:])
    torn = regime_at(replace(whole, open_ms=times), params)
    narrow = regime_at(whole, params_of(warmup_bars=50, ema_slow=51))
    assert isinstance(short, Missing) and short.why.startswith("warm-up")
    assert isinstance(torn, Missing) and torn.why.startswith("gap")
    assert isinstance(narrow, Missing) and "warmup_bars 50" in narrow.why


@given(st.integers(0, 50), st.integers(60, BARS - 1))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_regime_is_read_from_bars_up_to_its_own(seed: int, k: int) -> None:
    whole, params = noisy(seed), params_of()
    wild = [*whole.close[: k + 1], *(1e9,) * (BARS - k - 1)]
    future = candles_from(wild, width=0.6)
    assert walked(future.high[: k + 1], future.low[: k + 1], future.close[: k + 1], params) == walked(
        whole.high[: k + 1], whole.low[: k + 1], whole.close[: k + 1], params
    )
