"""The hedge grid: rungs on both sides of an anchor, each held side behind one stop and one target.

The order of a tick: regime, anchor, ladder, policy, funding guard, what filled and what a stop forbids, lots,
caps; then the exits of each side. Nothing is remembered: the anchor and what filled are read off order ids.
Where something cannot be known (history, funding, a bar that cannot be believed) the grid stands still:
no rung is added, none is moved, and the exits go on.
"""

from trader.core.candles import Candles
from trader.core.market import Leg
from trader.core.policy import MarketPolicy
from trader.core.target import (
    CoinFacts,
    Judged,
    RestingWant,
    Want,
    WantClose,
    WantGrid,
    WantHold,
)
from trader.strategies.hedge_grid_anchor import may_follow, recentres_against
from trader.strategies.hedge_grid_ladder import (
    Rung,
    as_they_rest,
    before_stop,
    by_policy,
    capped,
    funding_factor,
    guarded,
    in_lots,
    ladder,
    live_keys,
    paying,
    unfilled,
)
from trader.strategies.hedge_grid_params import (
    HedgeGridParams,
    bars_needed,
    hold_ms_max,
    needs,
    stop_fallback,
)
from trader.strategies.hedge_grid_standing import Held, Looking, Stand, Tick, look_at, stand, state
from trader.strategies.parameters import frame_ms
from trader.strategies.readings import Missing
from trader.strategies.wording import price_text, ratio_text

__all__ = [
    "HedgeGridParams",
    "bars_needed",
    "frame_ms",
    "hold_ms_max",
    "judge",
    "needs",
    "stop_fallback",
    "want",
]

TRIMMED = "trimmed by the caps"  # ends the note that names such rungs


def want(candles: Candles, facts: CoinFacts, policy: MarketPolicy) -> Want:
    """What the grid wants of one coin at the close of the last bar."""
    return judge(candles, facts, policy).want


def judge(candles: Candles, facts: CoinFacts, policy: MarketPolicy, looking: Looking = look_at) -> Judged:
    """The same, with every condition on the way."""
    found = stand(candles, facts, policy, looking)
    if isinstance(found, Judged):
        return found
    tick, held, rungs = found.tick, found.held, _rungs(found)
    told = f"anchor {price_text(found.anchor)}, {len(rungs)} rungs; {state(found.look.reading)}"
    answer = WantGrid(
        anchor_ticks=found.anchor_ticks,
        rungs=tuple([_resting(found, rung) for rung in rungs]),
        long=held[Leg.LONG],
        short=held[Leg.SHORT],
        notes=tuple(tick.notes),
        reason=told,
    )
    return Judged(answer, tuple(tick.conditions))


def exits(candles: Candles, facts: CoinFacts, policy: MarketPolicy, looking: Looking = look_at) -> Want:
    """The same answer without its rungs: what is wanted of each leg that is held."""
    found = stand(candles, facts, policy, looking)
    if isinstance(found, Judged):
        return found.want
    held = found.held
    return WantGrid(found.anchor_ticks, (), held[Leg.LONG], held[Leg.SHORT], (), state(found.look.reading))


def _rungs(at: Stand) -> list[Rung]:
    """Everything that is to rest, from the whole ladder downwards."""
    tick, reading, anchor_ticks, held = at.tick, at.look.reading, at.anchor_ticks, at.held
    grid, params = tick.grid, tick.params
    if tick.still or isinstance(reading, Missing):
        tick.notes.append(f"no new rungs: {'; '.join(tick.still)}")
        rungs = as_they_rest(grid, anchor_ticks)
    else:
        rungs = ladder(anchor_ticks, grid.tick, params)
        rungs = by_policy(rungs, reading.regime, params)
        rungs = _guard(tick, rungs)
        rungs = unfilled(rungs, grid, anchor_ticks)
        rungs = _follow(tick, rungs, anchor_ticks, held)
    rungs = before_stop(rungs, _stops(held))
    whole, vanished = in_lots(rungs, grid)
    kept, trimmed = capped(whole, grid, tick.facts.mark, params)
    _tell(tick, "below the lot or the venue's minimum", vanished)
    _tell(tick, TRIMMED, trimmed)
    for leg in Leg:
        count, levels = len([r for r in kept if r.leg is leg]), _levels(leg, params)
        tick.judge(f"{leg.value} rungs", f"{count} of {levels} are to rest", count > 0 or levels == 0)
    return kept


def _levels(leg: Leg, params: HedgeGridParams) -> int:
    return params.levels_long if leg is Leg.LONG else params.levels_short


def _guard(tick: Tick, rungs: list[Rung]) -> list[Rung]:
    funding = tick.grid.funding
    if funding is None:
        return []
    factor, leg = funding_factor(funding, tick.grid.now_ms, tick.params), paying(funding)
    told = f"rate {ratio_text(funding.rate * 1e4)} bps: {leg.value} quantities times {factor:g}"
    if not tick.judge("funding", told, factor == 1.0):
        tick.notes.append(f"funding guard: {told}")
    return guarded(rungs, leg, factor)


def _follow(tick: Tick, rungs: list[Rung], anchor_ticks: int, held: Held) -> list[Rung]:
    """A side that was followed against it too often, or that is leaving now, gets no new rungs."""
    grid, live = tick.grid, live_keys(tick.grid, anchor_ticks)
    closed: set[Leg] = set()
    for leg in Leg:
        count = recentres_against(leg, grid, anchor_ticks, tick.params)
        told = f"recentred {count} of {tick.params.recenters_against_max} times against the open side"
        if grid.legs[leg].size > 0.0 and not tick.judge(
            f"{leg.value} side", told, may_follow(leg, grid, anchor_ticks, tick.params)
        ):
            tick.notes.append(f"no new {leg.value} rungs until flat: {told}")
            closed.add(leg)
        if isinstance(held[leg], WantClose):
            closed.add(leg)
    return [r for r in rungs if r.leg not in closed or (r.leg, r.number) in live]


def _stops(held: Held) -> dict[Leg, float]:
    return {leg: answer.stop for leg, answer in held.items() if isinstance(answer, WantHold)}


def _tell(tick: Tick, why: str, rungs: list[Rung]) -> None:
    for leg in Leg:
        numbers = sorted(r.number for r in rungs if r.leg is leg)
        if numbers:
            tick.notes.append(f"{leg.value} rungs {', '.join(map(str, numbers))} left out: {why}")


def _resting(at: Stand, rung: Rung) -> RestingWant:
    """The order, with the stop that would stand behind it if it filled alone or onto what is held."""
    answer = at.held[rung.leg]
    own = rung.price - rung.leg.sign * at.tick.params.sl_steps * at.step
    return RestingWant(
        leg=rung.leg,
        price=rung.price,
        notional=None,
        size=rung.size,
        is_stop_entry=False,
        post_only=True,
        stop=answer.stop if isinstance(answer, WantHold) else max(own, at.tick.grid.tick),
        rung=rung.number,
    )
