"""From a signal to a position: how much, at what price, behind which levels.

Rules: compiled, and as `plan` and the gate do it: the size at the bound of the tick (or at the order's own
price), down to the lot; below the venue's minimum there is no entry. Levels are exact, from the real entry
price.
"""

from math import floor, isfinite
from typing import Any

from trader.backtest.fast.guarding import set_ruin, weigh
from trader.backtest.fast.layout import (
    AT_MARKET,
    CLOSES,
    DONE,
    FAR,
    LIMIT_POST_ONLY,
    PASSED_STOP_ENTRY,
    ROUNDING,
    STOP_ENTRY,
    VOLUMES,
)
from trader.backtest.fast.rounding import bound_price, lots_worth, nearest_price
from trader.exchange.bar_fills import adverse_fraction, taken
from trader.strategies.signals import level
from trader.strategies.sizing import entry_notional

FAR_SHARE = 0.4  # of mark: an order that waits farther away may be beyond a limit of the gate
TIE = 1e-9
REFUSED = -1  # no entry, and nothing is wrong


def rounded(value: float, rule: Any) -> float:
    """The nearest price of this coin."""
    return nearest_price(value, rule["num"], rule["den"], rule["decimals"], rule["figures"])


def price_asked(close: float, wanted: float, sign: int, kind: int, rule: Any) -> float:
    """The price by which an entry is sized: the bound of the tick, or the order's own."""
    if kind != AT_MARKET:
        return rounded(wanted, rule)
    factor = rule["up_num"] if sign > 0 else rule["down_num"]
    return bound_price(
        close, sign, factor, rule["factor_den"], rule["num"], rule["den"], rule["decimals"], rule["figures"]
    )


def size_of(price: float, stop: float, equity: float, rule: Any) -> float:
    """Coins that the notional buys; 0 below a minimum, negative where it cannot be told."""
    if not (isfinite(equity) and equity > 0.0):
        return 0.0
    notional = entry_notional(equity, rule["position_ratio"], stop, rule["single_loss_max"])
    den = rule["den"] if rule["figures"] == 0 else figures_den(price, rule)
    lots = lots_worth(notional, price, rule["num"], den, rule["lot_num"], rule["lot_den"])
    if lots <= 0.0:
        return lots
    size = lots * rule["lot_num"] / rule["lot_den"]
    worth = size * price
    if worth < rule["notional_min"] * (1.0 - 1e-12) or size < rule["size_min"] * (1.0 - 1e-12):
        return 0.0
    found: float = size
    return found


def figures_den(price: float, rule: Any) -> float:
    """A step in which a price of so many figures is whole."""
    den = 1.0
    for _ in range(rule["decimals"]):
        if float(floor(price * den + 0.5)) / den == price:
            break
        den = den * 10.0
    return den


def deviates(price: float, close: float, deviation: float) -> int:
    """REFUSED where the bound of an entry lies too far from mark for the gate, FAR where that is a tie."""
    off = abs(price - close) / close
    if off > deviation * (1.0 + TIE):
        return REFUSED
    return FAR if off > deviation * (1.0 - TIE) else DONE


def stands(price: float, wanted: float, close: float, stop: float, sign: int, kind: int, rule: Any) -> int:
    """DONE where an order may wait, REFUSED where it may not, FAR where a limit of the gate may bind."""
    if kind == PASSED_STOP_ENTRY:
        return DONE
    guard = rounded(level(wanted, sign, -stop), rule)
    if kind == STOP_ENTRY and (price - close) * sign <= 0.0:
        return REFUSED
    if kind == LIMIT_POST_ONLY and (close - price) * sign <= 0.0:
        return REFUSED
    if (price - guard) * sign <= 0.0 or (close - guard) * sign <= 0.0:
        return REFUSED
    return FAR if abs(price - close) > FAR_SHARE * close else DONE


def decide(table: Any, book: Any, c: int, s: int, equity: float) -> int:
    """Let the entry of signal `s` wait for its bar; what the run ends with where it may not be judged."""
    rule, signal = table.rules[c], table.signals[s]
    k, sign, kind, regime = signal["at"], signal["sign"], signal["kind"], signal["regime"]
    due = k + 1 + table.model["delay"]
    if due >= rule["last"]:
        return DONE
    if kind != AT_MARKET and table.open_ms[due] - table.open_ms[k] != (due - k) * rule["frame_ms"]:
        return DONE
    close, stop = table.prices[CLOSES, k], rule["stop"][regime]
    price = price_asked(close, signal["price"], sign, kind, rule)
    if price < 0.0:
        return ROUNDING
    if kind == AT_MARKET:
        code = deviates(price, close, rule["deviation"])
        if code != DONE:
            return DONE if code == REFUSED else code
    else:
        code = stands(price, signal["price"], close, stop, sign, kind, rule)
        if code != DONE:
            return DONE if code == REFUSED else code
    size = size_of(price, stop, equity, rule)
    if size <= 0.0:
        return DONE if size == 0.0 else ROUNDING
    value = size * max(price, close)
    code = weigh(table, book, c, value, stop, equity)
    if code != DONE:
        return code
    one = book.waiting[c, k % book.waiting.shape[1]]
    one["due"], one["k"], one["sign"], one["kind"], one["regime"] = due, k, sign, kind, regime
    one["size"], one["price"], one["equity"], one["value"] = size, price, equity, value
    book.account[2] = book.account[2] + 1.0
    if kind == AT_MARKET:
        book.states[c]["blocked"] = due
    return DONE


def enter(table: Any, book: Any, one: Any, c: int, i: int, price: float, is_taker: bool, slips: bool) -> int:
    """Open the position of an entry that fills at `price` in bar `i`; what else waits in its coin is gone."""
    rule, state, model = table.rules[c], book.states[c], table.model
    sign, size, regime = one["sign"], one["size"], one["regime"]
    if slips:
        volume = table.prices[VOLUMES, i - 1]
        price = taken(
            price,
            sign,
            adverse_fraction(model["slippage_bps"], model["spread_bps"], model["impact"], size, volume),
        )
    fee = size * price * (model["taker"] if is_taker else model["maker"])
    book.account[0] = book.account[0] - fee
    state["sign"], state["size"], state["entry"], state["e"], state["k"] = sign, size, price, i, one["k"]
    state["regime"], state["equity"], state["fee"], state["funding"] = regime, one["equity"], fee, 0.0
    state["wanted"] = level(price, sign, rule["target"][regime])
    if rule["follows"]:
        middle = table.prices[table.model["middle"], i - 1]
        state["wanted"] = middle if middle == middle else state["wanted"]
    state["stop"] = rounded(level(price, sign, -rule["stop"][regime]), rule)
    state["target"] = rounded(state["wanted"], rule)
    state["first_stop"], state["first_target"] = state["stop"], state["target"]
    state["role"], state["tightened"], state["unread"], state["rechecks"], state["judged"] = 0, 0, 0, 0, 0
    state["best"], state["seen"], state["undecidable"], state["closing"] = price, i, 0, 0
    state["blocked"] = -1
    state["number"] = int(book.account[1])
    book.account[1] = book.account[1] + 1.0
    for w in range(book.waiting.shape[1]):
        book.waiting[c, w]["due"] = -1
    book.marks[c] = price
    return set_ruin(table, book, one["equity"])
