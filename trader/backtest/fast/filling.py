"""The fills of one bar of one coin, in the order of docs/backtest.md: funding, the open, the inside.

Rules: compiled. Where finer bars are walked each of them goes the way of a bar, one after the other; volume,
funding and what may be ruin are those of the whole bar. Each step is called from one place: a compiler copies
what is called from many.
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
    Stretch,
)
from trader.backtest.fast.leaving import first_instant, leave, pay, reason_of
from trader.exchange.bar_fills import (
    NOTHING,
    limit_entry,
    outcome_after_entry,
    outcome_at_open,
    outcome_inside,
    outcome_of_passed_entry,
    stop_entry,
)

NOT_HELD = -1
ALL_ALONG = 0
BY_A_LIMIT = 1
BY_A_STOP = 2
NONE = -1


def fill(table: Any, finer: Any, book: Any, c: int, i: int, trade: Any) -> int:
    """What bar `i` does to what is held and what waits; `trade` gets a reason when a position ends in it."""
    state, rule, model, opened_ms = book.states[c], table.rules[c], table.model, table.open_ms[i]
    trade["reason"], reason, price, code, waits = OPEN, OPEN, 0.0, DONE, NONE
    if state["sign"] == 0:
        waits = who_waits(book.waiting[c], i)
        if waits == NONE:
            return DONE
    first, parts = finer_bars(table.prices, rule, model["finer"], i)
    part = 0
    while part < parts:
        stretch = stretch_of(table.prices, finer, model, i, first, part)
        since = ALL_ALONG
        if state["sign"] != 0:
            code = pay(table, book, c, i, opened_ms + 1)
            reason, price = first_price(model, state, stretch)
        else:
            since, code = entered(table, book, c, i, waits, part == 0, stretch)
            state["inner_entry_ms"] = inner_open_ms(rule, opened_ms, first, part)
            if since == ALL_ALONG:
                reason, price = passed_price(state, book.waiting[c, waits]["kind"], stretch)
        if code == DONE and since != NOT_HELD and reason == OPEN:
            if is_ruined(state, table.prices[model["reach"], i], table.prices[model["reach"] + 1, i]):
                return LIQUIDATION
            if since == ALL_ALONG:
                code = pay(table, book, c, i, opened_ms + rule["frame_ms"])
            found, price, undecidable = rest_of(model, state, stretch, since)
            state["undecidable"] = 1 if undecidable else state["undecidable"]
            if found != NOTHING:
                reason = reason_of(found, state)
        if code != DONE:
            return code
        if reason != OPEN:
            inner_ms = inner_open_ms(rule, opened_ms, first, part)
            leave(table, book, c, i, price, reason, True, inner_ms, trade)
            break
        part = part + 1
    if waits != NONE:
        book.waiting[c, waits]["due"] = -1
    return DONE


def who_waits(waiting: Any, i: int) -> int:
    """The place of the entry that waits for bar `i`, or NONE: no bar decides two."""
    for w in range(len(waiting)):
        if waiting[w]["due"] == i:
            return w
    return NONE


def finer_bars(prices: Any, rule: Any, row: int, i: int) -> tuple[int, int]:
    """(column of the first finer bar in bar `i`, how many there are); (-1, 1) where it is taken whole."""
    parts = rule["parts"]
    first = int(prices[row, i]) if parts > 0 else -1
    return (first, parts) if first >= 0 else (-1, 1)


def inner_open_ms(rule: Any, opened_ms: int, first: int, part: int) -> int:
    """When this finer bar of the bar that opened then did; -1 where it is taken whole."""
    if first < 0:
        return -1
    found: int = opened_ms + part * (rule["frame_ms"] // rule["parts"])
    return found


def stretch_of(prices: Any, finer: Any, model: Any, i: int, first: int, part: int) -> Stretch:
    """The prices of bar `i`, or of a finer one in it; the first of these opens as the whole bar does."""
    fires = model["fires"]
    if first < 0:
        return Stretch(
            prices[OPENS, i], prices[HIGHS, i], prices[LOWS, i], prices[fires + OPENS, i],
            prices[fires + HIGHS, i], prices[fires + LOWS, i], prices[fires + CLOSES, i],
        )  # fmt: skip
    j, own = first + part, model["finer_fires"]
    opened, fires_open = finer[OPENS, j], finer[own + OPENS, j]
    if part == 0:
        opened, fires_open = prices[OPENS, i], prices[fires + OPENS, i]
    return Stretch(
        opened, finer[HIGHS, j], finer[LOWS, j], fires_open,
        finer[own + HIGHS, j], finer[own + LOWS, j], finer[own + CLOSES, j],
    )  # fmt: skip


def first_price(model: Any, state: Any, stretch: Stretch) -> tuple[int, float]:
    """(reason, price) of what ends at an open: the close decided at the last tick, or a level."""
    if state["closing"] != OPEN:
        return state["closing"], stretch.opened
    found, price, _ = outcome_at_open(
        state["sign"],
        state["stop"],
        state["target"],
        stretch.opened,
        stretch.fires_open,
        model["gap_at_open"],
        model["target_at_open"],
    )
    return (OPEN if found == NOTHING else reason_of(found, state)), price


def passed_price(state: Any, kind: int, stretch: Stretch) -> tuple[int, float]:
    """(reason, price) of what the open that filled a waiting entry does to it."""
    if kind == AT_MARKET:
        return OPEN, 0.0
    found, price, _ = outcome_of_passed_entry(
        state["sign"], state["stop"], stretch.opened, stretch.fires_open
    )
    return (OPEN if found == NOTHING else reason_of(found, state)), price


def entered(
    table: Any, book: Any, c: int, i: int, waits: int, at_first: bool, stretch: Stretch
) -> tuple[int, int]:
    """(how the position of an entry that fills in this stretch came, how the run goes on)."""
    one, state, rule = book.waiting[c, waits], book.states[c], table.rules[c]
    since, price, opens = ALL_ALONG, stretch.opened, True
    if one["kind"] != AT_MARKET:
        since, price, opens = reached(table.model, one, stretch)
    if since == NOT_HELD:
        return NOT_HELD, DONE
    slips = one["kind"] != LIMIT and one["kind"] != LIMIT_POST_ONLY
    is_taker = slips or (one["kind"] == LIMIT and opens)
    code = enter(table, book, one, c, i, price, is_taker, slips)
    from_ms = table.open_ms[i] + (1 if opens and at_first else rule["frame_ms"])
    state["paid_first"] = first_instant(table.funding, rule, from_ms)
    state["funding_at"] = state["paid_first"]
    return since, code


def reached(model: Any, one: Any, stretch: Stretch) -> tuple[int, float, bool]:
    """(how it came, price, at the open) of an entry that rests."""
    sign, at = one["sign"], stretch
    if one["kind"] == STOP_ENTRY or one["kind"] == PASSED_STOP_ENTRY:
        filled, price, opens = stop_entry(
            sign, one["price"], at.opened, at.high, at.low, at.fires_open, at.fires_high, at.fires_low,
            model["gap_at_open"],
        )  # fmt: skip
        inside = BY_A_STOP
    else:
        filled, price, opens = limit_entry(sign, one["price"], at.opened, at.high, at.low, model["through"])
        inside = BY_A_LIMIT
    if not filled:
        return NOT_HELD, 0.0, False
    return (ALL_ALONG if opens else inside), price, opens


def rest_of(model: Any, state: Any, at: Stretch, since: int) -> tuple[int, float, bool]:
    """What the rest of a stretch does to a position that is held all along, or was entered inside it."""
    if since == ALL_ALONG:
        return outcome_inside(
            state["sign"], state["stop"], state["target"], at.high, at.low, at.fires_high, at.fires_low,
            model["gap_at_open"], model["target_at_open"], model["stop_first"],
        )  # fmt: skip
    return outcome_after_entry(
        state["sign"], state["stop"], state["target"], at.high, at.low, at.fires_high, at.fires_low,
        at.fires_close, since == BY_A_LIMIT, model["gap_at_open"], model["target_at_open"],
        model["stop_first"],
    )  # fmt: skip
