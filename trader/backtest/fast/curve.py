"""The account at the close of every bar, from the trades: cash, and what is held at its last close.

Rules: compiled. Several coins have one row of moments; the last close of each stands until its next.
Cash changes at the moment of the bar in which a fill or a payment happened, in the order of the trades.
"""

from typing import Any

import numpy as np

from trader.backtest.fast.layout import BY_END, CLOSES
from trader.backtest.fast.series import first_from
from trader.exchange.bar_fills import funding_paid

ENTRIES = ("curve",)


def curve(table: Any, trades: Any, moments: Any, equity: float) -> tuple[Any, int]:
    """(the account's value at each moment, at how many of them a position was open)."""
    flows, values, open_now = np.zeros(len(moments)), np.zeros(len(moments)), np.zeros(len(moments), np.bool_)
    for t in range(len(trades)):
        trade = trades[t]
        rule = table.rules[trade["coin"]]
        begin = place(moments, table, rule, trade["e"])
        end = place(moments, table, rule, trade["x"])
        if trade["reason"] == BY_END:
            end = len(moments) - 1
        flows[begin] = flows[begin] - trade["entry_fee"]
        pay(table, trade, rule, moments, flows)
        result = trade["size"] * trade["sign"] * (trade["exit"] - trade["entry"])
        flows[end] = flows[end] + (result - (trade["fee"] - trade["entry_fee"]))
        mark(table, trade, rule, moments, begin, end, values, open_now)
    held = 0
    for m in range(len(moments)):
        equity = equity + flows[m]
        values[m] = equity + values[m]
        held = held + 1 if open_now[m] else held
    return values, held


def place(moments: Any, table: Any, rule: Any, i: int) -> int:
    """Which moment the close of bar `i` is."""
    return first_from(moments, 0, len(moments) - 1, table.open_ms[i] + rule["frame_ms"])


def pay(table: Any, trade: Any, rule: Any, moments: Any, flows: Any) -> None:
    """The funding of one trade, at the closes of the bars that paid it."""
    i = trade["e"]
    for at in range(trade["paid_first"], trade["paid_end"]):
        i = first_from(table.open_ms, i, rule["last"] - 1, table.funding[at]["at_ms"] - rule["frame_ms"] + 1)
        flow = funding_paid(
            trade["sign"],
            trade["size"],
            table.prices[table.model["paid"], i],
            table.funding[at]["rate"],
            table.model["adverse"],
        )
        m = place(moments, table, rule, i)
        flows[m] = flows[m] + flow


def mark(
    table: Any, trade: Any, rule: Any, moments: Any, begin: int, end: int, values: Any, open_now: Any
) -> None:
    """What one position is worth at each close while it is held."""
    i = trade["e"]
    for m in range(begin, end):
        while i + 1 < rule["last"] and table.open_ms[i + 1] + rule["frame_ms"] <= moments[m]:
            i = i + 1
        values[m] = values[m] + trade["size"] * trade["sign"] * (table.prices[CLOSES, i] - trade["entry"])
        open_now[m] = True
