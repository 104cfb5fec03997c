"""vectorbt: all combinations as columns of one portfolio, exits by a signal function that it compiles.

What it has no rule for: a stop or target in the very bar of an entry, a close at the open before stops are
looked at. Targets that move with the regime are left out, sizes are a share of cash and not rounded.
"""

from typing import Any

import numpy as np
import vectorbt
from numba import njit
from vectorbt.portfolio.enums import SizeType, StopEntryPrice

from scripts.backtest_bench.peers.asked import Asked, Signals, asked

TIMES = 2


@njit  # type: ignore[untyped-decorator]
def decide(
    c: Any,
    signs: Any,
    opens: Any,
    highs: Any,
    lows: Any,
    entered: Any,
    early: Any,
    mfe: Any,
    hold: int,
    slippage: float,
) -> tuple[bool, bool, bool, bool]:
    """(enter long, leave long, enter short, leave short) at the open of bar `c.i`, by what had closed."""
    i, col = c.i, c.col
    if c.position_now == 0.0:
        sign = signs[i - 1, col] if i > 0 else 0
        if sign != 0:
            entered[col] = i
        return sign > 0, False, sign < 0, False
    e, is_long = entered[col], c.position_now > 0.0
    held, leave = i - e, False
    if held == early[col] + 1:
        entry = opens[e] * (1.0 + slippage if is_long else 1.0 - slippage)
        best = entry
        for j in range(e + 1, i):
            best = max(best, highs[j]) if is_long else min(best, lows[j])
        leave = abs(best - entry) / entry < mfe[col]
    leave = leave or held >= hold
    return False, is_long and leave, False, not is_long and leave


def run(it: Asked) -> list[Any]:
    """(entry bar, sign) of each trade of each combination."""
    bars, many, signals = it.bars, it.combinations, Signals(it.bars)
    shape = (len(bars), len(many))
    signs, stops, targets = np.zeros(shape, np.int8), np.empty(shape), np.empty(shape)
    for column, one in enumerate(many):
        signs[:, column], regime = signals.of(one)
        entered_in = np.concatenate(([0], regime[:-1]))
        stops[:, column] = np.where(entered_in, one["trend_stop"], one["range_stop"])
        targets[:, column] = np.where(entered_in, one["trend_target"], one["range_target"])
    opens, highs, lows = (bars[name].to_numpy() for name in ("open", "high", "low"))
    portfolio = vectorbt.Portfolio.from_signals(
        bars["close"],
        signal_func_nb=decide,
        signal_args=(
            *(signs, opens, highs, lows, np.zeros(len(many), np.int64)),
            *(np.array([one[name] for one in many]) for name in ("early_bars", "early_mfe")),
            *(many[0]["hold_bars"], it.account["slippage"]),
        ),
        price=opens[:, None],
        open=opens[:, None],
        high=highs[:, None],
        low=lows[:, None],
        sl_stop=stops,
        tp_stop=targets,
        stop_entry_price=StopEntryPrice.FillPrice,
        size=it.account["ratio"],
        size_type=SizeType.Percent,
        fees=it.account["taker"],
        slippage=it.account["slippage"],
        init_cash=it.account["equity"],
        freq="1min",
    )
    portfolio.total_return()
    trades = portfolio.trades.records_arr
    sign = np.where(trades["direction"] == 0, 1, -1)
    return [
        np.column_stack((trades["entry_idx"], sign))[trades["col"] == column].tolist()
        for column in range(len(many))
    ]


if __name__ == "__main__":
    it = asked()
    run(it)  # compiles
    it.answer(run, TIMES)
