"""The rungs of a grid, from the anchor outwards, cut down by policy, funding, fills, stops and caps.

Rules: every step returns rungs that it was given, at most with less quantity; none adds one or makes one
larger. Prices come out on ticks and quantities in whole lots, as they will rest: what is judged here (beyond
a stop, within a cap) is then judged of the order itself.
"""

from collections.abc import Mapping, Sequence
from math import floor

from trader.core.candles import MINUTE_MS
from trader.core.frozen import frozen
from trader.core.market import Leg
from trader.core.target import FundingFacts, GridFacts
from trader.strategies.hedge_grid_anchor import nearest_ticks
from trader.strategies.hedge_grid_params import HedgeGridParams
from trader.strategies.hedge_grid_regime import Regime

FUNDING_STEPS = 5  # quantities change in fifths, so that a guard does not move every order at every tick
_ROUNDING = 1e-9  # what a product of floats may be off, far below one lot or one cent


@frozen
class Rung:
    """One wanted order of the ladder; `number` 1 is the nearest to the anchor."""

    leg: Leg
    number: int
    price: float
    size: float

    def of(self, size: float) -> "Rung":
        """The same with this quantity."""
        return Rung(self.leg, self.number, self.price, size)

    @property
    def notional(self) -> float:
        return self.price * self.size


Key = tuple[Leg, int]


def steps(count: int, step: float) -> float:
    """So many steps as the float that stands for exactly that decimal."""
    return float(f"{count * step:.14g}")


def ladder(anchor_ticks: int, tick: float, params: HedgeGridParams) -> list[Rung]:
    """Both sides whole, the nearest rung of each first, on the venue's ticks."""
    anchor = anchor_ticks * tick
    step = anchor * params.step_bps / 1e4
    rungs = []
    for leg, levels in ((Leg.LONG, params.levels_long), (Leg.SHORT, params.levels_short)):
        for number in range(1, levels + 1):
            price = steps(nearest_ticks(anchor - leg.sign * number * step, tick), tick)
            size = params.base_qty * params.qty_scale ** (number - 1)
            if price > 0.0:
                rungs.append(Rung(leg, number, price, size))
    return rungs


def by_policy(rungs: Sequence[Rung], regime: Regime, params: HedgeGridParams) -> list[Rung]:
    """The side against the market keeps its nearest rungs, smaller; sideways changes nothing."""
    counter = regime.counter
    if counter is None:
        return list(rungs)
    kept = []
    for rung in rungs:
        is_cut = rung.leg is counter or params.policy == "core-and-scalp"
        if is_cut and rung.number > params.counter_levels:
            continue
        scale = params.counter_scale if rung.leg is counter else 1.0
        kept.append(rung.of(rung.size * scale))
    return [rung for rung in kept if rung.size > 0.0]


def funding_factor(funding: FundingFacts, now_ms: int, params: HedgeGridParams) -> float:
    """How much of the paying side's quantity is left this close to a costly payment."""
    minutes_left = (funding.next_ms - now_ms) / MINUTE_MS
    if abs(funding.rate) * 1e4 <= params.max_cost_bps or minutes_left > params.window_minutes:
        return 1.0
    return floor(FUNDING_STEPS * minutes_left / params.window_minutes) / FUNDING_STEPS


def paying(funding: FundingFacts) -> Leg:
    """The side that pays at this rate."""
    return Leg.LONG if funding.rate > 0.0 else Leg.SHORT


def guarded(rungs: Sequence[Rung], leg: Leg, factor: float) -> list[Rung]:
    """One side with less quantity."""
    scaled = [r.of(r.size * factor) if r.leg is leg else r for r in rungs]
    return [rung for rung in scaled if rung.size > 0.0]


def unfilled(rungs: Sequence[Rung], facts: GridFacts, anchor_ticks: int) -> list[Rung]:
    """Without those that filled at this anchor; one that filled in part stays while its order rests."""
    live = live_keys(facts, anchor_ticks)
    return [
        rung
        for rung in rungs
        if (rung.leg, rung.number) in live or (anchor_ticks, rung.number) not in facts.legs[rung.leg].filled
    ]


def live_keys(facts: GridFacts, anchor_ticks: int) -> frozenset[Key]:
    """Which rungs of this anchor rest now."""
    return frozenset((r.leg, r.rung) for r in facts.rungs if r.anchor_ticks == anchor_ticks)


def as_they_rest(facts: GridFacts, anchor_ticks: int) -> list[Rung]:
    """The rungs of this anchor exactly as they are live, each once."""
    found = {(r.leg, r.rung): r for r in facts.rungs if r.anchor_ticks == anchor_ticks}
    ordered = sorted(found.values(), key=lambda rung: (rung.leg is Leg.SHORT, rung.rung))
    return [Rung(r.leg, r.rung, r.price, r.size) for r in ordered]


def before_stop(rungs: Sequence[Rung], stops: Mapping[Leg, float]) -> list[Rung]:
    """Without those at or beyond their side's stop: they would open what is closed at once."""
    return [r for r in rungs if r.leg not in stops or (r.price - stops[r.leg]) * r.leg.sign > 0.0]


def in_lots(rungs: Sequence[Rung], facts: GridFacts) -> tuple[list[Rung], list[Rung]]:
    """Quantities down to the lot; and those that vanish by lot or by the venue's minimum."""
    kept: list[Rung] = []
    gone: list[Rung] = []
    for rung in rungs:
        size = steps(floor(rung.size / facts.lot + _ROUNDING), facts.lot)
        whole = rung.of(size)
        fits = size > 0.0 and whole.notional >= facts.notional_min
        (kept if fits else gone).append(whole if fits else rung)
    return kept, gone


def capped(
    rungs: Sequence[Rung], facts: GridFacts, mark: float, params: HedgeGridParams
) -> tuple[list[Rung], list[Rung]]:
    """The rungs whose fills would stay within all caps; and those trimmed, from the far end."""
    held = {leg: facts.legs[leg].size * mark for leg in Leg}
    kept = list(rungs)
    gone: list[Rung] = []
    while True:
        leg = _over(kept, held, params)
        far = max((r for r in kept if r.leg is leg), key=lambda rung: rung.number, default=None)
        if far is None:
            return kept, gone
        kept.remove(far)
        gone.append(far)


def _over(rungs: Sequence[Rung], held: Mapping[Leg, float], params: HedgeGridParams) -> Leg | None:
    """The side whose farthest rung has to go, or None when every cap holds or nothing is left to trim."""
    resting = dict.fromkeys(Leg, 0.0)
    reach = dict.fromkeys(Leg, 0)
    for rung in rungs:
        resting[rung.leg] += rung.notional
        reach[rung.leg] = max(reach[rung.leg], rung.number)
    for leg, other in ((Leg.LONG, Leg.SHORT), (Leg.SHORT, Leg.LONG)):
        side = held[leg] + resting[leg]
        net = held[leg] - held[other] + resting[leg]
        if reach[leg] and (
            _exceeds(side, params.side_notional_max) or _exceeds(net, params.net_notional_max)
        ):
            return leg
    gross = held[Leg.LONG] + held[Leg.SHORT] + resting[Leg.LONG] + resting[Leg.SHORT]
    if rungs and _exceeds(gross, params.gross_notional_max):
        return max(Leg, key=lambda leg: (reach[leg], resting[leg]))
    return None


def _exceeds(value: float, limit: float) -> bool:
    return value > limit * (1.0 + _ROUNDING)
