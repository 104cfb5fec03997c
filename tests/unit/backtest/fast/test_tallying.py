"""The deepest fall without the curve: blocks that are skipped change nothing, and fees fall too."""

import random

import numpy as np
import pytest

from trader.backtest.fast.layout import FUNDING_DUE, MODEL, RULES, TRADE, Table
from trader.backtest.fast.sweep import ROW
from trader.backtest.fast.tallying import BLOCK, block_extremes, stretch, tally


def extremes(close: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[object, object]:
    tops, bottoms = np.empty(len(close) // BLOCK), np.empty(len(close) // BLOCK)
    block_extremes(close, tops, bottoms)
    return tops, bottoms


@pytest.mark.parametrize("seed", range(12))
def test_a_skipped_block_had_no_new_top_and_no_deeper_fall(seed: int) -> None:
    chance = random.Random(seed)
    close = 100.0 + np.cumsum([chance.gauss(0.0, 0.5) for _ in range(6 * BLOCK)])
    size, begin = chance.choice((3.0, -3.0)), chance.randrange(2 * BLOCK)
    top = highest = 1_000.0
    deepest = 0.0
    for price in close[begin:]:
        value = 1_000.0 + size * (price - close[begin])
        highest = max(highest, value)
        deepest = max(deepest, (highest - value) / highest)
    found = stretch(close, *extremes(close), begin, len(close), size, close[begin], 1_000.0, top, 0.0)
    assert found == pytest.approx((highest, deepest))


def test_an_entry_has_cost_its_fee_at_the_first_close_already() -> None:
    close = np.full(8, 100.0)
    rules, model, trades, row = np.zeros(1, RULES), np.zeros(1, MODEL), np.zeros(1, TRADE), np.zeros(1, ROW)
    rules["last"] = 8
    trades["sign"], trades["size"], trades["entry"], trades["e"], trades["x"] = 1, 3.0, 100.0, 2, 6
    trades["entry_fee"], trades["fee"], trades["pnl"] = 10.0, 10.0, 20.0
    table = Table(
        np.arange(8), np.tile(close, (5, 1)), None, rules, None, None, np.empty(0, FUNDING_DUE), model[0]
    )
    tally(table, trades, 1, *extremes(close), 1_000.0, row[0])
    assert row["drawdown_fraction_max"][0] == pytest.approx(0.01)
    assert row["exposure_fraction"][0] == 0.5
