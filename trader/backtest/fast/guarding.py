"""Where margin or liquidation could have a say, so that only the replay can answer.

Rules: compiled. Nothing here decides anything: it proves, with room to spare, that the gate's margin and
liquidation rules let an entry pass and that no position is liquidated, or gives up. Each entry is looked at
together with all that is held; every position then gets a price of ruin, up to which the account bears the
loss of all of them at once, and a bar that reaches it gives up.
"""

from typing import Any

from trader.backtest.fast.layout import DONE, LIQUIDATION, MARGIN

FREE_SHARE = 0.95  # of equity that margin may take
SPARE = 0.9  # of equity that may be lost before ruin
FUNDING_SHARE = 0.02  # of its value that a position may pay until it is looked at again
STOP_ROOM = 0.1  # how far beyond its trigger a stop counts as filled; as trader.bounds has it
ROOM_MIN = 0.02  # an entry that bears less than this is for the replay
ROOM_MAX = 0.9
NOWHERE = 1e300  # a price that does not come


def weigh(table: Any, book: Any, coin: int, value: float, distance: float, equity: float) -> int:
    """Whether one more entry of this value, its stop so far away, can be judged here."""
    rules, taker = table.rules, table.model["taker"]
    margin = value / rules[coin]["leverage"]
    lost = at_stop(rules[coin], value, distance, taker)
    if value > rules[coin]["tier_notional"] or (not rules[coin]["cross"] and margin < lost):
        return LIQUIDATION
    for c in range(len(rules)):
        if book.states[c]["sign"] != 0:
            held = book.states[c]["size"] * book.marks[c]
            margin = margin + held / rules[c]["leverage"]
            away = abs(book.marks[c] - book.states[c]["stop"]) / book.marks[c]
            lost = lost + at_stop(rules[c], held, away, taker)
        for w in range(book.waiting.shape[1]):
            one = book.waiting[c, w]
            if one["due"] >= 0:
                margin = margin + one["value"] / rules[c]["leverage"]
                lost = lost + at_stop(rules[c], one["value"], rules[c]["stop"][one["regime"]], taker)
    if margin > FREE_SHARE * equity:
        return MARGIN
    return LIQUIDATION if lost > SPARE * equity else DONE


def at_stop(rule: Any, value: float, distance: float, taker: float) -> float:
    """More than the gate counts for a position at its stop: loss, room beyond it, margin, costs and what the
    venue asks for then."""
    asked = max(rule["liquidation_margin"], 0.005, 0.3 * distance)
    whole = distance + (STOP_ROOM + 4.0 * taker) * (1.0 + distance) + asked + FUNDING_SHARE
    found: float = value * (whole + 2.0 * rule["tier_rate"] * (1.0 + whole))
    return found


def set_ruin(table: Any, book: Any, equity: float) -> int:
    """Give every position the price up to which the account bears all of them; LIQUIDATION where it hardly
    can."""
    rules, gross = table.rules, 0.0
    for c in range(len(rules)):
        if book.states[c]["sign"] != 0:
            gross = gross + book.states[c]["size"] * book.marks[c]
    for c in range(len(rules)):
        state = book.states[c]
        if state["sign"] == 0:
            continue
        if not table.model["liquidation"]:
            state["ruin"] = 0.0 if state["sign"] > 0 else NOWHERE
            continue
        borne = SPARE * equity / gross
        if not rules[c]["cross"]:
            borne = min(borne, SPARE / rules[c]["leverage"])
        room = min(borne - FUNDING_SHARE - 4.0 * rules[c]["tier_rate"], ROOM_MAX)
        if room < ROOM_MIN or state["size"] * book.marks[c] > rules[c]["tier_notional"]:
            return LIQUIDATION
        state["ruin"] = book.marks[c] * (1.0 - state["sign"] * room)
    return DONE


def is_ruined(state: Any, high: float, low: float) -> bool:
    """True for a bar that reached the price of ruin."""
    found: bool = low <= state["ruin"] if state["sign"] > 0 else high >= state["ruin"]
    return found
