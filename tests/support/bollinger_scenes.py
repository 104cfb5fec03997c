"""Policies and candles in which one thing at a time is unusual, for tests of the bollinger strategy."""

from collections.abc import Sequence
from dataclasses import replace

from tests.support.breakout_scenes import Row, changed
from tests.support.strategy_policies import policy_for
from trader.core.candles import Candles
from trader.core.policy import MarketPolicy
from trader.core.target import CoinFacts, Judged
from trader.strategies.bollinger import (
    BollingerParams,
    judge,
)

BARS = 480  # ten whole days of half hours


def swinging(bars: int = BARS, *, price: float = 100.0, drift: float = 0.0) -> list[Row]:
    """Bars whose closes go up and down by one around a price; without drift the bands are 98 and 102."""
    rows = []
    for i in range(bars):
        middle = price + drift * i
        close = middle + (1.0 if i % 2 else -1.0)
        rows.append((middle, middle + 1.5, middle - 1.5, close, 10.0))
    return rows


def ending(rows: Sequence[Row], *closes: float) -> list[Row]:
    """The rows with other last closes, and bars wide enough to hold them."""
    kept = list(rows[: len(rows) - len(closes)])
    for row, close in zip(rows[len(kept) :], closes, strict=True):
        kept.append(changed(row, high=max(row[1], close), low=min(row[2], close), close=close))
    return kept


def policy_of(
    params: BollingerParams, *, position_ratio: float = 0.3, max_single_loss: float | None = None
) -> MarketPolicy:
    return policy_for("bollinger", params, position_ratio=position_ratio, max_single_loss=max_single_loss)


def judged(candles: Candles, facts: CoinFacts, **params: object) -> Judged:
    """What the strategy says with the default parameters and these changes."""
    resolved = replace(BollingerParams(), **params)  # type: ignore[arg-type]
    return judge(candles, facts, policy_of(resolved))
