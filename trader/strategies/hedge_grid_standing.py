"""Where a hedge grid stands at a tick: what the bars say, its anchor, and what is wanted of what it holds.

Rules: this comes before any rung is looked at, and no rung changes it. What the bars say is asked through
`Look`, so that whoever has many ticks of the same bars ahead can read them all at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from trader.core.candles import Candles
from trader.core.frozen import frozen
from trader.core.market import Leg
from trader.core.policy import MarketPolicy
from trader.core.target import ONE_SIDED, CoinFacts, Condition, GridFacts, Judged, Stay, WantClose, WantHold
from trader.strategies.hedge_grid_anchor import (
    ANCHOR_TICKS_MAX,
    distance_bps,
    live_anchor,
    nearest_ticks,
    step_of,
)
from trader.strategies.hedge_grid_holding import hold
from trader.strategies.hedge_grid_params import HedgeGridParams
from trader.strategies.hedge_grid_regime import Reading, regime_at
from trader.strategies.judging import require_bars
from trader.strategies.readings import Missing, last_bar_is_spike
from trader.strategies.wording import is_price, price_text, ratio_text

Held = dict[Leg, WantHold | WantClose | None]


@frozen
class Look:
    """What the bars say: the regime, or why it is not known; and whether the last one can be believed."""

    reading: Reading | Missing
    calm: bool


Looking = Callable[[Candles, HedgeGridParams], Look]


def look_at(candles: Candles, params: HedgeGridParams) -> Look:
    """What is read off the bars."""
    return Look(regime_at(candles, params), not last_bar_is_spike(candles))


@dataclass(slots=True)
class Tick:
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


@frozen
class Stand:
    """Where the grid stands, and what is wanted of each leg that it holds."""

    tick: Tick
    look: Look
    anchor_ticks: int
    held: Held

    @property
    def anchor(self) -> float:
        return self.anchor_ticks * self.tick.grid.tick

    @property
    def step(self) -> float:
        return step_of(self.anchor_ticks, self.tick.grid.tick, self.tick.params)


def stand(candles: Candles, facts: CoinFacts, policy: MarketPolicy, looking: Looking) -> Stand | Judged:
    """Where it stands; or the answer, where that cannot be said."""
    params: HedgeGridParams = policy.params
    require_bars(candles, params)
    why = _blind(candles, facts)
    if why is not None or facts.grid is None:
        told = why or ""
        return Judged(Stay(told), (Condition("account", told, False),))
    tick, look = Tick(candles, facts, facts.grid, params), looking(candles, params)
    _insist_on(tick, look)
    _funding_known(tick)
    anchor_ticks = _anchor(tick)
    if not 0 < anchor_ticks <= ANCHOR_TICKS_MAX:
        told = f"the anchor of {anchor_ticks} ticks does not fit an order id"
        return Judged(Stay(told), (*tick.conditions, Condition("anchor", told, False)))
    return Stand(tick, look, anchor_ticks, _held(tick, anchor_ticks, look.calm))


def _blind(candles: Candles, facts: CoinFacts) -> str | None:
    if facts.grid is None:
        return ONE_SIDED
    if not candles.open_ms:
        return "warm-up: there is no closed bar"
    if not is_price(facts.mark) or not is_price(candles.close[-1]):
        return f"mark {facts.mark} or close {candles.close[-1]} is not a price"
    return None


def _insist_on(tick: Tick, look: Look) -> None:
    tick.insist("regime", state(look.reading), isinstance(look.reading, Reading))
    told = "the range of the last bar " + ("is usual" if look.calm else "cannot be believed (spike)")
    tick.insist("bar", told, look.calm)


def state(reading: Reading | Missing) -> str:
    return reading.text if isinstance(reading, Reading) else reading.why


def _funding_known(tick: Tick) -> None:
    funding = tick.grid.funding
    if funding is None or funding.next_ms <= tick.grid.now_ms:
        tick.insist("funding", "the venue's next funding is not known", False)


def _anchor(tick: Tick) -> int:
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


def _held(tick: Tick, anchor_ticks: int, calm: bool) -> Held:
    step = step_of(anchor_ticks, tick.grid.tick, tick.params)
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
