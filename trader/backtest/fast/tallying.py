"""The summary of a run of one coin without its curve: sums over its trades, and the deepest fall of equity.

Rules: compiled. Equity between fills and payments is cash and one position at the close, so of a stretch of
bars only the best and the worst close can matter: whole blocks are skipped when neither could be deeper.
"""

from typing import Any

from trader.backtest.fast.layout import CLOSES
from trader.backtest.fast.series import first_from
from trader.exchange.bar_fills import funding_paid

ENTRIES = ("tally", "block_extremes")
BLOCK = 64


def block_extremes(close: Any, tops: Any, bottoms: Any) -> None:
    """The highest and the lowest close of each whole block."""
    for b in range(len(tops)):
        top = bottom = close[b * BLOCK]
        for i in range(b * BLOCK + 1, (b + 1) * BLOCK):
            top, bottom = max(top, close[i]), min(bottom, close[i])
        tops[b], bottoms[b] = top, bottom


def tally(table: Any, trades: Any, count: int, tops: Any, bottoms: Any, equity: float, row: Any) -> None:
    """Write one row (sweep.ROW) of the first `count` trades."""
    cash = top = equity
    net = fees = funding = gross = unsure = deepest = 0.0
    wins = held = 0
    for t in range(count):
        trade = trades[t]
        pnl = trade["pnl"]
        net, fees, funding = net + pnl, fees + trade["fee"], funding + trade["funding"]
        gross = gross + abs(pnl)
        unsure = unsure + abs(pnl) if trade["undecidable"] else unsure
        wins = wins + 1 if pnl > 0.0 else wins
        held = held + trade["x"] - trade["e"]
        before = cash
        top, deepest = fall(table, trade, tops, bottoms, before - trade["entry_fee"], top, deepest)
        cash = before + pnl
        top = max(top, cash)
        deepest = max(deepest, (top - cash) / top)
    row["trades"], row["wins"], row["net"], row["fees"], row["funding"] = count, wins, net, fees, funding
    row["return_fraction"], row["drawdown_fraction_max"] = net / equity, deepest
    bars = table.rules[0]["last"] - table.rules[0]["begin"]
    row["exposure_fraction"] = held / bars if bars > 0 else 0.0
    row["undecidable_fraction"] = unsure / gross if gross > 0.0 else 0.0


def fall(
    table: Any, trade: Any, tops: Any, bottoms: Any, cash: float, top: float, deepest: float
) -> tuple[float, float]:
    """(highest equity, deepest fall) after the closes at which this trade was held."""
    close, size, entry = table.prices[CLOSES], trade["size"] * trade["sign"], trade["entry"]
    i, end, at = trade["e"], trade["x"], trade["paid_first"]
    while i < end:
        until = end
        if at < trade["paid_end"]:
            due_ms = table.funding[at]["at_ms"] - table.rules[0]["frame_ms"] + 1
            until = max(first_from(table.open_ms, i, end, due_ms), i)
            if until == i:
                paid = table.prices[table.model["paid"], i]
                rate = table.funding[at]["rate"]
                cash = cash + funding_paid(trade["sign"], trade["size"], paid, rate, table.model["adverse"])
                at = at + 1
                continue
        top, deepest = stretch(close, tops, bottoms, i, until, size, entry, cash, top, deepest)
        i = until
    return top, deepest


def stretch(
    close: Any,
    tops: Any,
    bottoms: Any,
    i: int,
    end: int,
    size: float,
    entry: float,
    cash: float,
    top: float,
    deepest: float,
) -> tuple[float, float]:
    """The same over the closes of bars [i, end) with nothing paid between them."""
    while i < end:
        b = i // BLOCK
        if i == b * BLOCK and i + BLOCK <= end:
            best, worst = (tops[b], bottoms[b]) if size > 0.0 else (bottoms[b], tops[b])
            if (
                cash + size * (best - entry) <= top
                and (top - (cash + size * (worst - entry))) / top <= deepest
            ):
                i = i + BLOCK
                continue
        value = cash + size * (close[i] - entry)
        if value > top:
            top = value
        elif (top - value) / top > deepest:
            deepest = (top - value) / top
        i = i + 1
    return top, deepest
