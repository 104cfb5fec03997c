"""The fills of one bar of one coin, in the order of docs/backtest.md: funding, the open, the inside.

Rules: compiled. `trade` is the next free row; it has a reason when a position ended in this bar.
"""

from typing import Any

from trader.backtest.fast.entering import enter
from trader.backtest.fast.guarding import is_ruined
from trader.backtest.fast.layout import AT_MARKET, DONE, LIMIT, LIQUIDATION, OPEN, STOP_ENTRY
from trader.backtest.fast.leaving import at_open, first_instant, inside, leave, pay, reason_of
from trader.exchange.bar_fills import NOTHING, limit_entry, stop_entry

ALL_ALONG = 0
BY_A_LIMIT = 1
BY_A_STOP = 2


def fill(table: Any, book: Any, c: int, i: int, trade: Any) -> int:
    """What bar `i` does to what is held and to what waits."""
    state, columns = book.states[c], table.columns
    trade["reason"] = OPEN
    if state["sign"] != 0:
        return fill_held(table, book, c, i, trade)
    code = DONE
    for w in range(book.waiting.shape[1]):
        one = book.waiting[c, w]
        if one["due"] != i or code != DONE or state["sign"] != 0 or trade["reason"] != OPEN:
            continue
        one["due"] = -1
        if one["kind"] == AT_MARKET:
            code = enter(table, book, one, c, i, columns.open[i], True, True)
            if code == DONE:
                code = after_the_open(table, book, c, i, trade)
        else:
            code = try_order(table, book, one, c, i, trade)
    return code


def fill_held(table: Any, book: Any, c: int, i: int, trade: Any) -> int:
    """What bar `i` does to a position that was open before it."""
    state, columns = book.states[c], table.columns
    code = pay(table, book, c, i, columns.open_ms[i] + 1)
    if code != DONE:
        return code
    if state["closing"] != OPEN:
        leave(table, book, c, i, columns.open[i], state["closing"], True, trade)
        return DONE
    if is_ruined(state, columns.fires_high[i], columns.fires_low[i]):
        return LIQUIDATION
    found, price, _ = at_open(columns, state, table.model, i)
    if found != NOTHING:
        leave(table, book, c, i, price, reason_of(found, state), True, trade)
        return DONE
    code = pay(table, book, c, i, columns.open_ms[i] + table.rules[c]["frame_ms"])
    if code == DONE:
        through(table, book, c, i, ALL_ALONG, trade)
    return code


def after_the_open(table: Any, book: Any, c: int, i: int, trade: Any) -> int:
    """The rest of the bar at whose open the position was entered."""
    opened_ms, state = table.columns.open_ms[i], book.states[c]
    state["funding_at"] = first_instant(table.funding, table.rules[c], opened_ms + 1)
    state["paid_first"] = state["funding_at"]
    code = pay(table, book, c, i, opened_ms + table.rules[c]["frame_ms"])
    if code == DONE and is_ruined(state, table.columns.fires_high[i], table.columns.fires_low[i]):
        code = LIQUIDATION
    if code == DONE:
        through(table, book, c, i, ALL_ALONG, trade)
    return code


def try_order(table: Any, book: Any, one: Any, c: int, i: int, trade: Any) -> int:
    """An entry that waits through bar `i`, and what the rest of the bar does to what it opened."""
    columns, model, sign, price = table.columns, table.model, one["sign"], one["price"]
    is_stop = one["kind"] == STOP_ENTRY
    if is_stop:
        filled, price, opens = stop_entry(
            sign, price, columns.open[i], columns.high[i], columns.low[i], columns.fires_open[i],
            columns.fires_high[i], columns.fires_low[i], model["gap_at_open"],
        )  # fmt: skip
    else:
        filled, price, opens = limit_entry(
            sign, price, columns.open[i], columns.high[i], columns.low[i], model["through"]
        )
    if not filled:
        return DONE
    is_taker = is_stop or (one["kind"] == LIMIT and opens)
    code = enter(table, book, one, c, i, price, is_taker, is_stop)
    if code != DONE:
        return code
    if opens:
        return after_the_open(table, book, c, i, trade)
    state = book.states[c]
    ends_ms = columns.open_ms[i] + table.rules[c]["frame_ms"]
    state["funding_at"] = first_instant(table.funding, table.rules[c], ends_ms)
    state["paid_first"] = state["funding_at"]
    if is_ruined(state, columns.fires_high[i], columns.fires_low[i]):
        return LIQUIDATION
    through(table, book, c, i, BY_A_STOP if is_stop else BY_A_LIMIT, trade)
    return DONE


def through(table: Any, book: Any, c: int, i: int, entered: int, trade: Any) -> None:
    """The inside of bar `i`."""
    state = book.states[c]
    found, price, undecidable = inside(table.columns, state, table.model, i, entered)
    if undecidable:
        state["undecidable"] = 1
    if found != NOTHING:
        leave(table, book, c, i, price, reason_of(found, state), True, trade)
