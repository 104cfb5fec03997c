"""What a grid wants of a side that it holds: to stay behind one stop and one target, or to leave.

The stop belongs a number of steps beyond the average entry, and never behind liquidation. It never moves
away from price: when a fill moves the average, the live stop stays. Exits follow the position, not its rungs.
"""

from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.target import LegFacts, WantClose, WantHold
from trader.strategies.hedge_grid_params import HedgeGridParams
from trader.strategies.signals import is_beyond, is_tighter_stop
from trader.strategies.wording import price_text


def hold(
    leg: Leg, facts: LegFacts, *, mark: float, step: float, tick: float, params: HedgeGridParams, calm: bool
) -> WantHold | WantClose | None:
    """What is wanted of one side; `calm` is false while the last bar cannot be believed."""
    if facts.size <= 0.0 or facts.average is None:
        return None
    target = max(facts.average + leg.sign * params.tp_steps * step, tick)
    if facts.live_target is None and is_beyond(mark, target, leg.sign):
        return WantClose(Role.TARGET, f"target: mark {price_text(mark)} is at or beyond {price_text(target)}")
    average = price_text(facts.average)
    return WantHold(
        stop=stop_of(leg, facts, mark=mark, step=step, tick=tick, params=params, calm=calm),
        stop_role=Role.STOP,
        stop_reason=f"{params.sl_steps:g} steps beyond the average entry {average}",
        target=target,
        target_reason=f"{params.tp_steps:g} steps from the average entry {average}",
        reason=f"{leg.value} side of {facts.size:g} at {average}",
    )


def stop_of(
    leg: Leg, facts: LegFacts, *, mark: float, step: float, tick: float, params: HedgeGridParams, calm: bool
) -> float:
    """Where the stop of a held side belongs; the live one unless a tighter one would not fire at once."""
    average = facts.average if facts.average is not None else mark
    wanted = max(average - leg.sign * params.sl_steps * step, tick)
    limit, live = facts.stop_limit, facts.live_stop
    if limit is not None and is_tighter_stop(limit, wanted, leg.sign):
        wanted = limit
    if live is None:
        return wanted
    refused = not is_tighter_stop(wanted, live, leg.sign) or is_beyond(wanted, mark, leg.sign)
    return live if refused or not calm else wanted
