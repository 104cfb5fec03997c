"""The fills of one bar of one coin, in the order of docs/backtest.md: funding, the open, the inside.

Rules: compiled. Each step is called from one place: a compiler copies what is called from many.
"""

from typing import Any

from trader.backtest.fast.entering import enter
from trader.backtest.fast.guarding import is_ruined
from trader.backtest.fast.layout import (
    AT_MARKET,
    CLOSES,
    DONE,
    HIGHS,
    LIMIT,
    LIMIT_POST_ONLY,
    LIQUIDATION,
    LOWS,
    OPEN,
    OPENS,
    PASSED_STOP_ENTRY,
    STOP_ENTRY,
)
from trader.backtest.fast.leaving import first_instant, leave, pay, reason_of
from trader.exchange.bar_fills import (
    NOTHING,
    limit_entry,
    outcome_after_entry,
    outcome_at_open,
    outcome_inside,
    stop_entry,
)

NOT_HELD = -1
ALL_ALONG = 0
BY_A_LIMIT = 1
BY_A_STOP = 2


def fill(table: Any, book: Any, c: int, i: int, trade: Any) -> int:
    """What bar `i` does to what is held and what waits; `trade` gets a reason when a position ends in it."""
    state, prices, fires = book.states[c], table.prices, table.model["fires"]
    opened_ms, reason, price, code = table.open_ms[i], OPEN, 0.0, DONE
    since = ALL_ALONG if state["sign"] != 0 else NOT_HELD
    if since == ALL_ALONG:
        code = pay(table, book, c, i, opened_ms + 1)
        reason, price = first_price(table, state, i)
    else:
        since, code = entered(table, book, c, i)
    if code == DONE and since != NOT_HELD and reason == OPEN:
        if is_ruined(state, prices[fires + HIGHS, i], prices[fires + LOWS, i]):
            code = LIQUIDATION
        elif since == ALL_ALONG:
            code = pay(table, book, c, i, opened_ms + table.rules[c]["frame_ms"])
        found, price, undecidable = rest_of(table, state, i, since)
        state["undecidable"] = 1 if undecidable else state["undecidable"]
        if found != NOTHING:
            reason = reason_of(found, state)
    trade["reason"] = OPEN
    if code == DONE and reason != OPEN:
        leave(table, book, c, i, price, reason, True, trade)
    return code


def first_price(table: Any, state: Any, i: int) -> tuple[int, float]:
    """(reason, price) of what ends at the open of bar `i`: the close decided at the last tick, or a level."""
    opened = table.prices[OPENS, i]
    if state["closing"] != OPEN:
        return state["closing"], opened
    found, price, _ = outcome_at_open(
        state["sign"],
        state["stop"],
        state["target"],
        opened,
        table.prices[table.model["fires"] + OPENS, i],
        table.model["gap_at_open"],
        table.model["target_at_open"],
    )
    return (OPEN if found == NOTHING else reason_of(found, state)), price


def entered(table: Any, book: Any, c: int, i: int) -> tuple[int, int]:
    """(how the position of an entry that fills in bar `i` came, how the run goes on)."""
    since, code = NOT_HELD, DONE
    for w in range(book.waiting.shape[1]):
        one = book.waiting[c, w]
        if one["due"] != i or since != NOT_HELD:
            continue
        one["due"] = -1
        since, price, opens = reached(table, one, i)
        if since == NOT_HELD:
            continue
        slips = one["kind"] != LIMIT and one["kind"] != LIMIT_POST_ONLY
        is_taker = slips or (one["kind"] == LIMIT and opens)
        code = enter(table, book, one, c, i, price, is_taker, slips)
        from_ms = table.open_ms[i] + (1 if opens else table.rules[c]["frame_ms"])
        book.states[c]["paid_first"] = first_instant(table.funding, table.rules[c], from_ms)
        book.states[c]["funding_at"] = book.states[c]["paid_first"]
    return since, code


def reached(table: Any, one: Any, i: int) -> tuple[int, float, bool]:
    """(how it came, price, at the open) of an entry that waits for bar `i`."""
    prices, fires, model = table.prices, table.model["fires"], table.model
    opened, sign = prices[OPENS, i], one["sign"]
    if one["kind"] == AT_MARKET:
        return ALL_ALONG, opened, True
    if one["kind"] == STOP_ENTRY or one["kind"] == PASSED_STOP_ENTRY:
        filled, price, opens = stop_entry(
            sign, one["price"], opened, prices[HIGHS, i], prices[LOWS, i], prices[fires + OPENS, i],
            prices[fires + HIGHS, i], prices[fires + LOWS, i], model["gap_at_open"],
        )  # fmt: skip
        inside = BY_A_STOP
    else:
        filled, price, opens = limit_entry(
            sign, one["price"], opened, prices[HIGHS, i], prices[LOWS, i], model["through"]
        )
        inside = BY_A_LIMIT
    if not filled:
        return NOT_HELD, 0.0, False
    return (ALL_ALONG if opens else inside), price, opens


def rest_of(table: Any, state: Any, i: int, since: int) -> tuple[int, float, bool]:
    """What the rest of bar `i` does to a position that is held all along, or was entered inside it."""
    prices, fires, model = table.prices, table.model["fires"], table.model
    high, low = prices[HIGHS, i], prices[LOWS, i]
    fires_high, fires_low = prices[fires + HIGHS, i], prices[fires + LOWS, i]
    if since == ALL_ALONG:
        return outcome_inside(
            state["sign"], state["stop"], state["target"], high, low, fires_high, fires_low,
            model["gap_at_open"], model["target_at_open"], model["stop_first"],
        )  # fmt: skip
    return outcome_after_entry(
        state["sign"], state["stop"], state["target"], high, low, fires_high, fires_low,
        prices[fires + CLOSES, i], since == BY_A_LIMIT, model["gap_at_open"], model["target_at_open"],
        model["stop_first"],
    )  # fmt: skip
