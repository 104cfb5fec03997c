"""Bars on which every assumption of a fill model makes a difference: gaps, wide bars, marks apart."""

from dataclasses import replace

import numpy as np

from tests.support.backtest_runs import FRAME_MS, START_MS
from trader.backtest.tape import Bars, Rates, Tape
from trader.core.candles import HOUR_MS

BARS = 160
PRICE = 50_000.0


def wild_tape(coin: str = "BTC", *, touches: bool = False) -> Tape:
    """A walk whose bars open where the one before did not close, with marks half as wild, and funding.

    `touches`: a bar that opens above the close before it comes down to that close exactly, and so upwards.
    """
    source = np.random.Generator(np.random.PCG64(7))
    steps = source.normal(0.0, 0.012, (BARS, 4))
    close = PRICE * np.exp(np.cumsum(steps[:, 0] + steps[:, 1]))
    opened = np.append(PRICE, close[:-1]) * np.exp(steps[:, 1])
    high = np.maximum(opened, close) * np.exp(np.abs(steps[:, 2]))
    low = np.minimum(opened, close) * np.exp(-np.abs(steps[:, 3]))
    opened, high, low, close = (np.round(column, 1) for column in (opened, high, low, close))
    if touches:
        before = np.append(PRICE, close[:-1])
        close = np.where(opened > before, np.maximum(close, before), np.minimum(close, before))
        high, low = np.maximum(high, close), np.minimum(low, close)
        low = np.where(opened > before, np.minimum(before, close), low)
        high = np.where(opened < before, np.maximum(before, close), high)
    volume, middle = source.uniform(1.0, 9.0, BARS), (high + low) / 2
    mark_open, mark_high, mark_low, mark_close = (
        np.round((column + middle) / 2, 1) for column in (opened, high, low, close)
    )
    due = np.arange(START_MS, START_MS + BARS * FRAME_MS + 1, HOUR_MS, dtype=np.int64)
    opens = START_MS + FRAME_MS * np.arange(BARS, dtype=np.int64)
    return Tape(
        coin,
        Bars(FRAME_MS, opens, opened, high, low, close, volume),
        mark=Bars(FRAME_MS, opens, mark_open, mark_high, mark_low, mark_close, volume),
        funding=Rates(due, source.normal(0.0, 0.0002, len(due))),
    )


def ruinous_tape(coin: str = "BTC") -> Tape:
    """One wild stretch, then a market that stands still and takes four per cent of a position an hour."""
    tape = wild_tape(coin)
    assert tape.funding is not None
    still = tape.bars.open_ms >= START_MS + 60 * FRAME_MS
    last = float(tape.bars.close[59])
    bars = replace(
        tape.bars,
        open=np.where(still, last, tape.bars.open),
        high=np.where(still, last, tape.bars.high),
        low=np.where(still, last, tape.bars.low),
        close=np.where(still, last, tape.bars.close),
    )
    return Tape(coin, bars, funding=Rates(tape.funding.at_ms, np.full(len(tape.funding.at_ms), 0.04)))
