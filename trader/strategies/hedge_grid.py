"""The hedge grid: rungs on both sides of an anchor, each held side behind one stop and one target.

The order of a tick: regime, anchor, ladder, policy, funding guard, what filled and what a stop forbids, lots,
caps; then the exits of each side. Nothing is remembered: the anchor and what filled are read off order ids.
Where something cannot be known (history, funding, a bar that cannot be believed) the grid stands still:
no rung is added, none is moved, and the exits go on.
"""

from dataclasses import dataclass, field

from trader.core.candles import Candles
from trader.core.market import Leg
from trader.core.policy import MarketPolicy
from trader.core.target import (
    ONE_SIDED,
    CoinFacts,
    Condition,
    GridFacts,
    Judged,
    RestingWant,
    Stay,
    Want,
    WantClose,
    WantGrid,
    WantHold,
)
from trader.strategies.hedge_grid_anchor import (
    ANCHOR_TICKS_MAX,
    distance_bps,
    live_anchor,
    may_follow,
    nearest_ticks,
    recentres_against,
    step_of,
)
from trader.strategies.hedge_grid_holding import hold
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
from trader.strategies.hedge_grid_regime import Reading, regime_at
from trader.strategies.judging import require_bars
from trader.strategies.parameters import frame_ms
from trader.strategies.readings import Missing, last_bar_is_spike
from trader.strategies.wording import is_price, price_text, ratio_text

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

Held = dict[Leg, WantHold | WantClose | None]

TRIMMED = "trimmed by the caps"  # ends the note that names such rungs


@dataclass(slots=True)
class _Tick:
    """One decision on its way: what it reads, and what it has to tell."""

    candles: Candles
    facts: CoinFacts
    grid: GridFacts
    params: HedgeGridParams
    conditions: list[Condition] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    still: list[str] = field(default_factory=list)

    @property
    def close(self) -> float:
        return self.candles.close[-1]

    def judge(self, name: str, told: str, passed: bool) -> bool:
        self.conditions.append(Condition(name, told, passed))
        return passed

    def insist(self, name: str, told: str, passed: bool) -> bool:
        """A condition without which the grid stands still."""
        if not self.judge(name, told, passed):
            self.still.append(told)
        return passed


def want(candles: Candles, facts: CoinFacts, policy: MarketPolicy) -> Want:
    """What the grid wants of one coin at the close of the last bar."""
    return judge(candles, facts, policy).want


def judge(candles: Candles, facts: CoinFacts, policy: MarketPolicy) -> Judged:
    """The same, with every condition on the way."""
    params: HedgeGridParams = policy.params
    require_bars(candles, params)
    why = _blind(candles, facts)
    if why is not None or facts.grid is None:
        told = why or ""
        return Judged(Stay(told), (Condition("account", told, False),))
    tick = _Tick(candles, facts, facts.grid, params)
    reading, calm = _market(tick)
    _funding_known(tick)
    anchor_ticks = _anchor(tick)
    if not 0 < anchor_ticks <= ANCHOR_TICKS_MAX:
        told = f"the anchor of {anchor_ticks} ticks does not fit an order id"
        return Judged(Stay(told), (*tick.conditions, Condition("anchor", told, False)))
    held = _held(tick, anchor_ticks, calm)
    rungs = _rungs(tick, anchor_ticks, reading, held)
    answer = WantGrid(
        anchor_ticks=anchor_ticks,
        rungs=tuple(_resting(tick, rung, anchor_ticks, held) for rung in rungs),
        long=held[Leg.LONG],
        short=held[Leg.SHORT],
        notes=tuple(tick.notes),
        reason=f"anchor {price_text(anchor_ticks * tick.grid.tick)}, {len(rungs)} rungs; {_state(reading)}",
    )
    return Judged(answer, tuple(tick.conditions))


def _blind(candles: Candles, facts: CoinFacts) -> str | None:
    if facts.grid is None:
        return ONE_SIDED
    if not candles.open_ms:
        return "warm-up: there is no closed bar"
    if not is_price(facts.mark) or not is_price(candles.close[-1]):
        return f"mark {facts.mark} or close {candles.close[-1]} is not a price"
    return None


def _market(tick: _Tick) -> tuple[Reading | Missing, bool]:
    """The regime, or why it is not known; and whether the last bar can be believed."""
    reading = regime_at(tick.candles, tick.params)
    tick.insist("regime", _state(reading), isinstance(reading, Reading))
    calm = not last_bar_is_spike(tick.candles)
    told = "the range of the last bar " + ("is usual" if calm else "cannot be believed (spike)")
    return reading, tick.insist("bar", told, calm)


def _state(reading: Reading | Missing) -> str:
    return reading.text if isinstance(reading, Reading) else reading.why


def _funding_known(tick: _Tick) -> None:
    funding = tick.grid.funding
    if funding is None or funding.next_ms <= tick.grid.now_ms:
        tick.insist("funding", "the venue's next funding is not known", False)


def _anchor(tick: _Tick) -> int:
    """The live anchor, or the close where there is none, or where price has left it too far."""
    grid, params = tick.grid, tick.params
    live, here = live_anchor(grid), nearest_ticks(tick.close, grid.tick)
    if live is None or live <= 0:
        tick.judge("anchor", f"none rests: the close {price_text(tick.close)}", True)
        return here
    away = distance_bps(tick.close, live * grid.tick)
    far = away > params.recenter_bps
    told = (
        f"close {price_text(tick.close)} is {ratio_text(round(away, 2))} bps "
        f"from {price_text(live * grid.tick)}, recentred beyond {params.recenter_bps:g}"
    )
    tick.judge("anchor", told, not far)
    if not far or tick.still:
        return live
    tick.notes.append(f"recentred: {told}")
    return here


def _held(tick: _Tick, anchor_ticks: int, calm: bool) -> Held:
    step = _step(tick, anchor_ticks)
    return {
        leg: hold(
            leg,
            tick.grid.legs[leg],
            mark=tick.facts.mark,
            step=step,
            tick=tick.grid.tick,
            params=tick.params,
            calm=calm,
        )
        for leg in Leg
    }


def _step(tick: _Tick, anchor_ticks: int) -> float:
    return step_of(anchor_ticks, tick.grid.tick, tick.params)


def _rungs(tick: _Tick, anchor_ticks: int, reading: Reading | Missing, held: Held) -> list[Rung]:
    """Everything that is to rest, from the whole ladder downwards."""
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


def _guard(tick: _Tick, rungs: list[Rung]) -> list[Rung]:
    funding = tick.grid.funding
    if funding is None:
        return []
    factor, leg = funding_factor(funding, tick.grid.now_ms, tick.params), paying(funding)
    told = f"rate {ratio_text(funding.rate * 1e4)} bps: {leg.value} quantities times {factor:g}"
    if not tick.judge("funding", told, factor == 1.0):
        tick.notes.append(f"funding guard: {told}")
    return guarded(rungs, leg, factor)


def _follow(tick: _Tick, rungs: list[Rung], anchor_ticks: int, held: Held) -> list[Rung]:
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


def _tell(tick: _Tick, why: str, rungs: list[Rung]) -> None:
    for leg in Leg:
        numbers = sorted(r.number for r in rungs if r.leg is leg)
        if numbers:
            tick.notes.append(f"{leg.value} rungs {', '.join(map(str, numbers))} left out: {why}")


def _resting(tick: _Tick, rung: Rung, anchor_ticks: int, held: Held) -> RestingWant:
    """The order, with the stop that would stand behind it if it filled alone or onto what is held."""
    answer = held[rung.leg]
    own = rung.price - rung.leg.sign * tick.params.sl_steps * _step(tick, anchor_ticks)
    return RestingWant(
        leg=rung.leg,
        price=rung.price,
        notional=None,
        size=rung.size,
        is_stop_entry=False,
        post_only=True,
        stop=answer.stop if isinstance(answer, WantHold) else max(own, tick.grid.tick),
        rung=rung.number,
    )
