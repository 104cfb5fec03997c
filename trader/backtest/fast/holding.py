"""The tick of a position that is held: leave it, or move its levels, as `breakout_holding` and
`bollinger_holding` say and `holding` (the plan) carries it out.

Rules: compiled. What a tick reads again from fills and candles each time is read here once, where the same
bars always give the same answer: early validation, the regime at entry and at each re-check, the best price
so far. `state["wanted"]` is the exact target, `state["target"]` the live order's level.
"""

from typing import Any

from trader.backtest.fast.entering import rounded
from trader.backtest.fast.layout import BREAKOUT, BY_EARLY, BY_TARGET, BY_TIME, CLOSES, HIGHS, LOWS, OPEN
from trader.backtest.fast.series import UNKNOWN, closed_group, first_from
from trader.core.candles import DAY_MS
from trader.strategies.indicators import SPIKE_BARS, is_spike
from trader.strategies.signals import (
    bars_held,
    best_believed_price,
    best_price,
    excursion,
    is_beyond,
    is_tighter_stop,
    is_worth_following,
    is_worth_moving,
    level,
    nearer_target,
    ratchet_stop,
    recheck_count,
)


def hold(table: Any, rule: Any, state: Any, i: int) -> int:
    """The reason for which the tick at the close of bar `i` leaves the position, or OPEN."""
    held = bars_held(table.open_ms[i], table.open_ms[state["e"]], rule["frame_ms"])
    if rule["strategy"] == BREAKOUT:
        if not state["judged"] and held > rule["early_bars"]:
            state["judged"] = 1
            if is_early_failure(table, rule, state, i):
                return BY_EARLY
        if held >= rule["hold_bars"]:
            return BY_TIME
        return hold_breakout(table, rule, state, i, held)
    if held >= rule["hold_bars"]:
        return BY_TIME
    return follow(table, rule, state, i) if rule["follows"] else OPEN


def is_early_failure(table: Any, rule: Any, state: Any, i: int) -> bool:
    """Early validation, always over the same bars; not judged where one of them is missing."""
    bars = rule["early_bars"]
    last = index_at(table.open_ms, state["e"], i, table.open_ms[state["e"]] + bars * rule["frame_ms"])
    if last < 0 or table.runs[last] < bars:
        return False
    best = best_price(
        table.prices[HIGHS], table.prices[LOWS], last - bars + 1, last, state["entry"], state["sign"]
    )
    found: bool = excursion(best, state["entry"], state["sign"]) < rule["early_mfe"]
    return found


def index_at(open_ms: Any, low: int, up: int, moment_ms: int) -> int:
    """The bar in [low, up] that opened at this moment, or -1."""
    at = first_from(open_ms, low, up + 1, moment_ms)
    return at if at <= up and open_ms[at] == moment_ms else -1


def hold_breakout(table: Any, rule: Any, state: Any, i: int, held: int) -> int:
    """The regime re-checks, the target, and the ratchet."""
    sign, mark = state["sign"], table.prices[CLOSES, i]
    recheck(table, rule, state, i, held)
    wanted = nearer_target(state["wanted"], state["target"], sign) if state["unread"] else state["wanted"]
    if state["tightened"] and is_beyond(mark, wanted, sign):
        return BY_TARGET
    ratcheted = stop_of_ratchet(table, rule, state, i, held) if rule["ratchet"] else 0.0
    if ratcheted > 0.0:
        new = rounded(ratcheted, rule)
        if is_tighter_stop(new, state["stop"], sign) and (mark - new) * sign > 0.0:
            state["stop"], state["role"] = new, 1
    if state["tightened"]:
        new = rounded(wanted, rule)
        if not is_near(new, state["target"], rule["level_tolerance"] * state["entry"]):
            move_target(table, state, new, i)
    return OPEN


def is_near(new: float, live: float, tolerance: float) -> bool:
    """True where the live target stays; what differs by the tolerance itself does not."""
    return abs(new - live) < tolerance * (1.0 - 1e-12)


def recheck(table: Any, rule: Any, state: Any, i: int, held: int) -> None:
    """Bring the target nearer by the regimes of the re-checks that have come since."""
    every, sign, due = rule["recheck_bars"], state["sign"], recheck_count(held, rule["recheck_bars"])
    while state["rechecks"] < due:
        state["rechecks"] = state["rechecks"] + 1
        moment_ms = table.open_ms[state["e"]] + (state["rechecks"] * every - 1) * rule["frame_ms"]
        at = index_at(table.open_ms, state["e"], i, moment_ms)
        found = UNKNOWN if at < 0 else regime_of(table.open_ms[at], rule, table.regime)
        if found == UNKNOWN:
            state["unread"] = 1
            continue
        nearer = nearer_target(state["wanted"], level(state["entry"], sign, rule["target"][found]), sign)
        if nearer != state["wanted"]:
            state["wanted"], state["tightened"] = nearer, 1


def regime_of(open_ms: int, rule: Any, regime: Any) -> int:
    """The regime at the close of a bar."""
    day = rule["day_first"] + closed_group(open_ms, rule["frame_ms"], DAY_MS, rule["day_0"])
    return regime[day] if rule["day_first"] <= day < rule["day_end"] else UNKNOWN


def stop_of_ratchet(table: Any, rule: Any, state: Any, i: int, held: int) -> float:
    """Where the ratchet puts the stop, or 0 while it has nothing to say."""
    sign, since = state["sign"], max(held - 1, 0)
    if table.runs[i] < since + SPIKE_BARS:
        return 0.0
    if state["seen"] < i:
        state["best"] = best_believed_price(
            table.prices[HIGHS], table.prices[LOWS], state["seen"] + 1, i, state["best"], sign
        )
        state["seen"] = i
    if excursion(state["best"], state["entry"], sign) < rule["trail_activation"]:
        return 0.0
    price = ratchet_stop(state["best"], state["entry"], sign, rule["trail_distance"], table.model["taker"])
    if not is_worth_moving(price, state["stop"], sign, rule["trail_min_move"]):
        return 0.0
    if is_beyond(price, table.prices[CLOSES, i], sign):
        return 0.0
    if table.runs[i] > SPIKE_BARS and is_spike(table.prices[HIGHS], table.prices[LOWS], i):
        return 0.0
    return price


def follow(table: Any, rule: Any, state: Any, i: int) -> int:
    """A reversion's target is the middle band of the bar now forming."""
    middle, sign = table.prices[table.model["middle"], i], state["sign"]
    if middle != middle:
        return OPEN
    if is_beyond(table.prices[CLOSES, i], middle, sign):
        return BY_TARGET
    if is_worth_following(middle, state["target"], rule["target_min_move"]):
        move_target(table, state, rounded(middle, rule), i)
    return OPEN


def move_target(table: Any, state: Any, new: float, i: int) -> None:
    """A target whose tick mark has reached already is not placed, and the live one stays until a later tick
    finds mark before it again."""
    if (table.prices[CLOSES, i] - new) * state["sign"] < 0.0:
        state["target"] = new


def next_tick(table: Any, rule: Any, state: Any, i: int) -> int:
    """The next bar after `i` whose close has something to decide about the position, as far as levels and
    funding are not reached before."""
    if rule["follows"] or rule["ratchet"] or state["tightened"]:
        return i + 1
    bars = rule["hold_bars"]
    if rule["strategy"] == BREAKOUT:
        if not state["judged"]:
            bars = min(bars, rule["early_bars"] + 1)
        bars = min(bars, (state["rechecks"] + 1) * rule["recheck_bars"])
    moment_ms = table.open_ms[state["e"]] + (bars - 1) * rule["frame_ms"]
    up = min(state["e"] + bars - 1, rule["last"] - 1)
    if table.open_ms[up] == moment_ms:
        found: int = max(up, i + 1)
        return found
    return max(first_from(table.open_ms, i + 1, up + 1, moment_ms), i + 1)
