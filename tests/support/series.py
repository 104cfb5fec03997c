"""Series of bars, random and recorded, for tests that go through them bar by bar."""

import random
from dataclasses import replace

from tests.support.breakout_scenes import Row, candles_of
from trader.core.candles import Candles
from trader.sim.bundle import BUNDLE_MINUTES, BUNDLE_START_MINUTE, bundled_minutes


def random_walk(seed: int, bars: int) -> list[Row]:
    """Bars with drifts that come and go, and a wild one now and then."""
    chance = random.Random(seed)
    rows: list[Row] = []
    close, drift = 100.0, 0.0
    for i in range(bars):
        if i % 60 == 0:
            drift = chance.choice((-0.002, 0.0, 0.0, 0.002))
        begin, close = close, close * (1 + chance.gauss(drift, 0.004))
        wild = 0.3 if chance.random() < 0.004 else 0.0
        high = max(begin, close) * (1 + abs(chance.gauss(0, 0.002)) + wild * chance.random())
        low = min(begin, close) * (1 - abs(chance.gauss(0, 0.002)) - wild * chance.random())
        rows.append((begin, high, low, close, chance.expovariate(0.1)))
    return rows


def real(coin: str, minutes: int) -> Candles:
    """The shipped prices in bars of so many minutes."""
    source = bundled_minutes(coin)
    bars = [source.span(BUNDLE_START_MINUTE + i * minutes, minutes) for i in range(BUNDLE_MINUTES // minutes)]
    rows = [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars]
    return candles_of(rows, frame=minutes * 60_000, start_ms=BUNDLE_START_MINUTE * 60_000)


def upto(candles: Candles, k: int, count: int) -> Candles:
    """The last `count` bars up to the one at index `k`."""
    first = max(0, k + 1 - count)
    columns = ("open_ms", "open", "high", "low", "close", "volume")
    return replace(candles, **{name: getattr(candles, name)[first : k + 1] for name in columns})
