"""The position machine: every coin's bars in one order of time, with one equity, from signals to trades.

Rules: compiled. A bar is looked at only where something can happen: a fill that is due, a level that is
reached, a tick with something to decide, funding, a signal while nothing is held. Of the bars that open at
one moment all coins' fills come first, then all coins' ticks, in the order of their names. The order within a
bar is that of docs/backtest.md.
"""

from typing import Any

from trader.backtest.fast.entering import decide
from trader.backtest.fast.filling import fill, finer_bars, inner_open_ms
from trader.backtest.fast.holding import hold, next_tick
from trader.backtest.fast.layout import BY_END, CLOSES, DONE, FULL, NEVER, OPEN, UNCOVERED
from trader.backtest.fast.leaving import leave, next_touch, pay
from trader.backtest.fast.series import first_from

ENTRIES = ("play",)


def play(table: Any, finer: Any, book: Any, trades: Any, moves: Any) -> tuple[int, int, int, int]:
    """(how many trades, how many moves of levels, how the run ended, at which bar).

    There is room for a trade of every signal; where there is none for a move the run ends FULL.
    """
    coins, count, moved = len(table.rules), 0, 0
    begin(table, book)
    code, at = DONE, -1
    while code == DONE:
        now = soonest(table, book)
        if now == NEVER:
            break
        if moved + coins > len(moves):
            code = FULL
        for c in range(coins):
            if code == DONE and is_awake(table, book, c, now):
                at = book.states[c]["wake"]
                code = fill(table, finer, book, c, at, trades[count])
                count = count + 1 if trades[count]["reason"] != OPEN else count
        sent = book.account[2]
        for c in range(coins):
            if code == DONE and is_awake(table, book, c, now):
                at = book.states[c]["wake"]
                code, told = tick(table, book, c, at, now, moves[moved])
                moved = moved + told
        if code == DONE and coins > 1 and book.account[2] > sent and is_uncovered(table, book, now):
            code = UNCOVERED
        for c in range(coins):
            if code == DONE and is_awake(table, book, c, now):
                book.states[c]["wake"] = next_wake(table, book, c, book.states[c]["wake"])
    for c in range(coins):
        if code == DONE and book.states[c]["sign"] != 0:
            code = close_at_end(table, book, c, trades[count])
            count = count + 1
    return count, moved, code, at


def begin(table: Any, book: Any) -> None:
    """Nothing is held, nothing waits; the first signal of each coin wakes it."""
    for c in range(len(table.rules)):
        state = book.states[c]
        state["signal"], state["blocked"] = table.rules[c]["signal_first"], -1
        for w in range(book.waiting.shape[1]):
            book.waiting[c, w]["due"] = -1
        state["wake"] = next_wake(table, book, c, table.rules[c]["first"] - 1)


def soonest(table: Any, book: Any) -> int:
    """When the next bar opens at which anything can happen."""
    now = NEVER
    for c in range(len(table.rules)):
        if book.states[c]["wake"] != NEVER:
            now = min(now, table.open_ms[book.states[c]["wake"]])
    return now


def is_awake(table: Any, book: Any, c: int, now: int) -> bool:
    """True for a coin whose next bar to look at opens at this moment."""
    wake = book.states[c]["wake"]
    found: bool = wake != NEVER and table.open_ms[wake] == now
    return found


def tick(table: Any, book: Any, c: int, i: int, now: int, move: Any) -> tuple[int, int]:
    """The tick at the close of bar `i`: (how the run goes on, whether a move of levels was written)."""
    rule, state = table.rules[c], book.states[c]
    if state["sign"] != 0:
        stop, target = state["stop"], state["target"]
        state["closing"] = hold(table, rule, state, i)
        if state["closing"] != OPEN or (stop == state["stop"] and target == state["target"]):
            return DONE, 0
        move["number"], move["at_ms"] = state["number"], table.open_ms[i] + rule["frame_ms"]
        move["stop"], move["target"] = state["stop"], state["target"]
        return DONE, 1 if table.model["moves"] else 0
    if state["blocked"] > i:
        return DONE, 0
    s = state["signal"]
    while s < rule["signal_end"] and table.signals[s]["at"] < i:
        s = s + 1
    state["signal"] = s
    if s < rule["signal_end"] and table.signals[s]["at"] == i:
        return decide(table, book, c, s, worth(table, book, now)), 0
    return DONE, 0


def worth(table: Any, book: Any, now: int) -> float:
    """Cash and every position at its last close."""
    equity = book.account[0]
    for c in range(len(table.rules)):
        state, rule = book.states[c], table.rules[c]
        if state["sign"] != 0:
            last = first_from(table.open_ms, state["e"], rule["last"], now + 1) - 1
            book.marks[c] = table.prices[CLOSES, last]
            equity = equity + state["size"] * state["sign"] * (book.marks[c] - state["entry"])
    found: float = equity
    return found


def is_uncovered(table: Any, book: Any, now: int) -> bool:
    """True where the last close of what sets a stop off lies beyond it: what finer bars reached, and marks
    beside prices, may differ from that close. The gate lets no coin enter then."""
    for c in range(len(table.rules)):
        state, rule = book.states[c], table.rules[c]
        if state["sign"] != 0:
            last = first_from(table.open_ms, state["e"], rule["last"], now + 1) - 1
            if (table.prices[table.model["fires"] + CLOSES, last] - state["stop"]) * state["sign"] <= 0.0:
                return True
    return False


def next_wake(table: Any, book: Any, c: int, i: int) -> int:
    """The next bar after `i` at which anything can happen in this coin."""
    state, rule = book.states[c], table.rules[c]
    if state["sign"] == 0:
        wake = NEVER
        for w in range(book.waiting.shape[1]):
            if book.waiting[c, w]["due"] > i:
                wake = min(wake, book.waiting[c, w]["due"])
        s = state["signal"]
        while s < rule["signal_end"] and table.signals[s]["at"] <= i:
            s = s + 1
        state["signal"] = s
        return min(wake, table.signals[s]["at"]) if s < rule["signal_end"] else wake
    last = rule["last"]
    wake = i + 1
    if state["closing"] == OPEN:
        wake = min(next_tick(table, rule, state, i), last)
        if state["funding_at"] < rule["funding_end"]:
            due_ms = table.funding[state["funding_at"]]["at_ms"] - rule["frame_ms"] + 1
            wake = min(wake, first_from(table.open_ms, i + 1, last, due_ms))
        wake = next_touch(table, state, i + 1, wake)
    return wake if wake < last else NEVER


def close_at_end(table: Any, book: Any, c: int, trade: Any) -> int:
    """What is open after the last bar is closed at its close."""
    last = table.rules[c]["last"] - 1
    code = pay(table, book, c, last, table.open_ms[last] + table.rules[c]["frame_ms"])
    first, parts = finer_bars(table.prices, table.rules[c], table.model["finer"], last)
    inner_ms = inner_open_ms(table.rules[c], table.open_ms[last], first, parts - 1)
    leave(table, book, c, last, table.prices[CLOSES, last], BY_END, False, inner_ms, trade)
    return code
