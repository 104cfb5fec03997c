"""Lines over bars are the strategy's own numbers, one bar ahead, and nothing where a window lacks a bar."""

from dataclasses import replace

import pytest

from tests.support.builders import a_market_policy
from tests.support.pages import FRAME_MS, a_coin
from trader.core.candles import Candles
from trader.report.page.lines import lines_of
from trader.strategies.bollinger_bands import Bands, bands_at
from trader.strategies.bollinger_params import BollingerParams
from trader.strategies.breakout_params import BreakoutParams

COIN = a_coin("BTC", 120, price=100.0, seed=3)
CANDLES = Candles(
    "BTC",
    FRAME_MS,
    tuple(COIN.open_ms),
    tuple(COIN.open),
    tuple(COIN.high),
    tuple(COIN.low),
    tuple(COIN.close),
    tuple(1.0 for _ in COIN.open),
)


def without_bar(index: int) -> Candles:
    columns = {
        name: tuple(v for i, v in enumerate(getattr(CANDLES, name)) if i != index)
        for name in ("open_ms", "open", "high", "low", "close", "volume")
    }
    return replace(CANDLES, **columns)  # type: ignore[arg-type]


def test_bollinger_has_its_bands() -> None:
    params = BollingerParams(period=20)
    upper, middle, lower = lines_of(a_market_policy(params=params), CANDLES)
    assert upper.values[:20] == middle.values[:20] == [None] * 20
    for i in range(20, 120):
        bands = bands_at(CANDLES, i, params)
        assert isinstance(bands, Bands)
        assert (upper.values[i], middle.values[i], lower.values[i]) == (
            bands.upper,
            bands.middle,
            bands.lower,
        )


def test_breakout_has_the_range_before_each_bar() -> None:
    top, bottom = lines_of(a_market_policy(params=BreakoutParams(range_bars=48)), CANDLES)
    assert top.values[:48] == [None] * 48
    for i in range(48, 120):
        assert top.values[i] == max(CANDLES.high[i - 48 : i])
        assert bottom.values[i] == min(CANDLES.low[i - 48 : i])


@pytest.mark.parametrize(
    ("params", "window"), [(BollingerParams(period=20), 20), (BreakoutParams(range_bars=48), 48)]
)
def test_a_missing_bar_leaves_a_gap(params: object, window: int) -> None:
    line, *_ = lines_of(a_market_policy(params=params), without_bar(60))
    known = [i for i, value in enumerate(line.values) if value is not None]
    assert known == [*range(window, 61), *range(60 + window, 119)]


def test_a_strategy_without_lines_has_none() -> None:
    assert lines_of(a_market_policy(params=None), CANDLES) == ()
