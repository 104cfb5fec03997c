"""Candles, facts and policies in which one thing at a time is unusual, for tests of the breakout strategy."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.support.strategy_policies import policy_for
from trader.core.candles import Candles
from trader.core.market import Leg
from trader.core.policy import MarketPolicy
from trader.core.target import CoinFacts, Holding, Want
from trader.strategies.breakout import BreakoutParams, want

START_MS = 1_746_403_200_000  # a Monday, 00:00 UTC
BARS = 960  # twenty whole days of half hours
DAY_BARS = 48

Row = tuple[float, float, float, float, float]  # open, high, low, close, volume


def quiet(bars: int = BARS, *, step: float = 0.002, price: float = 100.0, width: float = 1.0) -> list[Row]:
    """Bars of equal width whose closes go up by `step`."""
    rows = []
    for i in range(bars):
        close = price + step * i
        rows.append((close - step, close + width / 2, close - width / 2, close, 10.0))
    return rows


def changed(
    row: Row,
    *,
    high: float | None = None,
    low: float | None = None,
    close: float | None = None,
    volume: float = -1,
) -> Row:
    """The same bar with some of its numbers replaced."""
    return (
        row[0],
        row[1] if high is None else high,
        row[2] if low is None else low,
        row[3] if close is None else close,
        row[4] if volume < 0 else volume,
    )


def candles_of(rows: Sequence[Row], *, frame: int = 1_800_000, start_ms: int = START_MS) -> Candles:
    """The rows as closed bars, one after the other."""
    columns = tuple(zip(*rows, strict=True)) if rows else ((), (), (), (), ())
    times = tuple(start_ms + i * frame for i in range(len(rows)))
    return Candles("BTC", frame, times, *columns)


def without(candles: Candles, index: int) -> Candles:
    """The same candles with one bar missing."""

    def rest(column: tuple[Any, ...]) -> tuple[Any, ...]:
        return column[:index] + column[index + 1 :]

    return Candles(
        candles.coin,
        candles.frame_ms,
        rest(candles.open_ms),
        rest(candles.open),
        rest(candles.high),
        rest(candles.low),
        rest(candles.close),
        rest(candles.volume),
    )


def breaking_up(rows: Sequence[Row], *, by: float = 3.0, volume: float = 20.0) -> list[Row]:
    """The rows with a last bar whose wick leaves the range upwards on volume."""
    last = rows[-1]
    return [*rows[:-1], changed(last, high=last[3] + by, low=last[3], volume=volume)]


def breaking_down(rows: Sequence[Row], *, by: float = 3.0, volume: float = 20.0) -> list[Row]:
    """The rows with a last bar whose wick leaves the range downwards on volume."""
    last = rows[-1]
    return [*rows[:-1], changed(last, low=last[3] - by, high=last[3], volume=volume)]


def facts_of(
    *,
    mark: float = 100.0,
    equity: float = 1000.0,
    holding: Holding | None = None,
    live_stop: float | None = None,
    live_target: float | None = None,
    taker_fee: float = 0.00045,
) -> CoinFacts:
    return CoinFacts(mark, equity, holding, live_stop, live_target, taker_fee)


def policy_of(
    params: BreakoutParams, *, position_ratio: float = 0.3, max_single_loss: float | None = None
) -> MarketPolicy:
    return policy_for("breakout", params, position_ratio=position_ratio, max_single_loss=max_single_loss)


def held_since(
    candles: Candles, entry_bar: int, *, leg: Leg = Leg.LONG, entry: float = 100.0, into_bar_ms: int = 7_000
) -> Holding:
    """A position filled a few seconds into the bar at `entry_bar`, on the signal of the bar before."""
    opened_ms = candles.open_ms[0] + entry_bar * candles.frame_ms
    return Holding(leg, 1.0, entry, opened_ms + into_bar_ms, opened_ms - candles.frame_ms)


def wanted(candles: Candles, facts: CoinFacts, **params: object) -> Want:
    """What the strategy wants with the default parameters and these changes."""
    resolved = replace(BreakoutParams(), **params)  # type: ignore[arg-type]
    return want(candles, facts, policy_of(resolved))
