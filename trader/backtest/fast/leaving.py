"""What a bar does to a position: funding, the open, the inside, and the trade that is written when it ends.

Rules: compiled; docs/backtest.md has the order, trader.exchange.bar_fills each rule of a price. Cash changes
here in the order in which things happen.
"""

from typing import Any

from trader.backtest.fast.guarding import FUNDING_SHARE
from trader.backtest.fast.layout import BY_STOP, BY_TARGET, BY_TRAIL, DONE, FUNDING, VOLUMES
from trader.exchange.bar_fills import TARGET, adverse_fraction, funding_paid, taken


def pay(table: Any, book: Any, c: int, i: int, until_ms: int) -> int:
    """The funding of every instant before `until_ms` that has not been counted, at the open of bar `i`."""
    state, funding = book.states[c], table.funding
    at, end, price = state["funding_at"], table.rules[c]["funding_end"], table.prices[table.model["paid"], i]
    while at < end and funding[at]["at_ms"] < until_ms:
        rate = funding[at]["rate"]
        flow = funding_paid(state["sign"], state["size"], price, rate, table.model["adverse"])
        state["funding"] = state["funding"] + flow
        book.account[0] = book.account[0] + flow
        at = at + 1
    state["funding_at"] = at
    return FUNDING if -state["funding"] > FUNDING_SHARE * state["size"] * price else DONE


def first_instant(funding: Any, rule: Any, from_ms: int) -> int:
    """The place of the first instant at or after a moment."""
    low, up = rule["funding_first"], rule["funding_end"]
    while low < up:
        middle = (low + up) // 2
        if funding[middle]["at_ms"] < from_ms:
            low = middle + 1
        else:
            up = middle
    found: int = low
    return found


def leave(
    table: Any,
    book: Any,
    c: int,
    i: int,
    price: float,
    reason: int,
    slips: bool,
    inner_ms: int,
    trade: Any,
) -> None:
    """Close the position in bar `i` and write its trade; `inner_ms` is when the finer bar opened, or -1."""
    state, model = book.states[c], table.model
    size, sign = state["size"], state["sign"]
    if slips:
        volume = table.prices[VOLUMES, i - 1]
        price = taken(
            price,
            -sign,
            adverse_fraction(model["slippage_bps"], model["spread_bps"], model["impact"], size, volume),
        )
    fee = size * price * model["taker"]
    result = size * sign * (price - state["entry"])
    book.account[0] = book.account[0] + result - fee
    trade["coin"], trade["sign"], trade["k"], trade["e"], trade["x"] = c, sign, state["k"], state["e"], i
    trade["reason"], trade["entry"], trade["exit"], trade["size"] = reason, state["entry"], price, size
    trade["entry_fee"], trade["fee"], trade["funding"] = state["fee"], state["fee"] + fee, state["funding"]
    trade["pnl"] = result - (state["fee"] + fee) + state["funding"]
    trade["equity"], trade["undecidable"] = state["equity"], state["undecidable"]
    trade["inner_entry_ms"], trade["inner_exit_ms"] = state["inner_entry_ms"], inner_ms
    trade["number"] = state["number"]
    trade["paid_first"], trade["paid_end"] = state["paid_first"], state["funding_at"]
    trade["first_stop"], trade["first_target"] = state["first_stop"], state["first_target"]
    state["sign"], state["closing"] = 0, 0


def reason_of(code: int, state: Any) -> int:
    """A stop that the ratchet has moved has a reason of its own."""
    if code == TARGET:
        return BY_TARGET
    return BY_TRAIL if state["role"] == 1 else BY_STOP


def next_touch(table: Any, state: Any, begin: int, end: int) -> int:
    """The first bar in [begin, end) that reaches the stop, the target or ruin; else `end`."""
    stop, target, ruin = state["stop"], state["target"], state["ruin"]
    highs, lows = table.prices[table.model["reach"]], table.prices[table.model["reach"] + 1]
    if state["sign"] > 0:
        low, high = max(stop, ruin), target
    else:
        low, high = target, min(stop, ruin)
    for i in range(begin, end):
        if lows[i] <= low or highs[i] >= high:
            return i
    return end
