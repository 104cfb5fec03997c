"""A month of half-hour ticks over three coins must not be felt in a run of the main job."""

import math
import time
from decimal import Decimal
from itertools import pairwise

from tests.support.model_exchange import (
    MINUTE_MS,
    PLAIN,
    START_MS,
    USER,
    attach,
    market,
    shipped_markets,
    stop,
)
from trader.exchange.model import Model
from trader.exchange.prices import Bar, ScriptedPrices

TICKS, TICK_MINUTES = 1_344, 30


def waves(price: float, phase: float) -> list[Bar]:
    """Slow swings of two percent."""
    closes = [price * (1 + 0.02 * math.sin(phase + n / 700)) for n in range(TICKS * TICK_MINUTES + 1)]
    return [Bar(a, max(a, b) * 1.0002, min(a, b) * 0.9998, b) for a, b in pairwise(closes)]


def test_a_month_of_ticks_takes_under_two_seconds() -> None:
    bars = {"SOL": waves(100, 0), "ETH": waves(3_000, 1), "BTC": waves(60_000, 2)}
    model = Model(shipped_markets(), ScriptedPrices(bars, start_ms=START_MS), start_ms=START_MS, rules=PLAIN)
    model.deposit(USER, Decimal(1000))
    sizes = {"SOL": ("2", "98"), "ETH": ("0.05", "2940"), "BTC": ("0.003", "58800")}
    begun = time.process_time()
    for tick in range(TICKS):
        for coin, (sz, trigger) in sizes.items():
            if model.position(USER, coin) is None and model.quote(coin).mark > Decimal(trigger) * Decimal(
                "1.02"
            ):
                attach(model, market("buy", sz, coin=coin), stop("sell", sz, trigger, coin=coin))
        model.advance(START_MS + (tick + 1) * TICK_MINUTES * MINUTE_MS)
    assert time.process_time() - begun < 2
    assert len(model.fills(USER)) > 20
