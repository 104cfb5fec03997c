"""Where a grid stands: its centre, read back from the ids of what rests, and which sides may not follow it.

The anchor in ticks is part of every rung's id, so that a restart stands where the last run stood. Of several
anchors, as a recentring that was cut short leaves them, the one with the newest bar holds.
"""

from math import floor, log, log1p

from trader.core.market import Leg
from trader.core.target import GridFacts
from trader.strategies.hedge_grid_params import HedgeGridParams

ANCHOR_TICKS_MAX = 2**26 - 1  # what an order id has room for


def nearest_ticks(price: float, tick: float) -> int:
    """A price in whole ticks, half up."""
    return floor(price / tick + 0.5)


def live_anchor(facts: GridFacts) -> int | None:
    """The anchor of the rungs that rest, or None when none does."""
    if not facts.rungs:
        return None
    newest = max(facts.rungs, key=lambda rung: (rung.bar_ms, rung.anchor_ticks))
    return newest.anchor_ticks


def distance_bps(close: float, anchor: float) -> float:
    """How far price has left the anchor."""
    return abs(close - anchor) / anchor * 1e4


def step_of(anchor_ticks: int, tick: float, params: HedgeGridParams) -> float:
    """One step of a grid that stands there, in price."""
    return anchor_ticks * tick * params.step_bps / 1e4


def recentres_against(leg: Leg, facts: GridFacts, anchor_ticks: int, params: HedgeGridParams) -> int:
    """How often the grid has followed price against this side since it was last flat.

    Counted from distinct anchors, each further against the side than all before it, in the ids of its fills
    and of its live rungs; the present anchor is the last of them. Rungs that were called off at an anchor
    between are read nowhere any more, so as many count at least as fit into the way from the first to here.
    """
    held = facts.legs[leg]
    if held.size <= 0.0:
        return 0
    live = sorted((r for r in facts.rungs if r.leg is leg), key=lambda rung: rung.bar_ms)
    anchors = [anchor for anchor, _rung in held.filled] + [r.anchor_ticks for r in live] + [anchor_ticks]
    count, farthest = 0, anchors[0]
    for anchor in anchors[1:]:
        if (anchor - farthest) * leg.sign < 0:
            count, farthest = count + 1, anchor
    return max(count, _that_fit(leg, anchors[0], anchor_ticks, params))


def _that_fit(leg: Leg, first_ticks: int, anchor_ticks: int, params: HedgeGridParams) -> int:
    """How many recentrings fit between two anchors; each may have been rounded, and was a tick at least."""
    if first_ticks <= 0:
        return 0  # no anchor of ours
    least = max(first_ticks * params.recenter_bps / 1e4 - 0.5, 1.0) / first_ticks
    if leg is Leg.LONG and least >= 1.0:
        return 0  # price cannot fall so far
    return floor(log(anchor_ticks / first_ticks) / log1p(-leg.sign * least))


def may_follow(leg: Leg, facts: GridFacts, anchor_ticks: int, params: HedgeGridParams) -> bool:
    """False for a side that gets no new rungs until it is flat."""
    if facts.legs[leg].size <= 0.0:
        return True
    return recentres_against(leg, facts, anchor_ticks, params) < params.recenters_against_max
