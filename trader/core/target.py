"""What a strategy wants of one coin: a value, so that two equal targets mean that nothing changed."""

from collections.abc import Mapping

from trader.core.frozen import frozen
from trader.core.identity import Role
from trader.core.market import Leg


@frozen
class Stay:
    """Nothing to do; the one reason why."""

    reason: str


@frozen
class WantEntry:
    """Open a position now; levels are attached from mark at the decision."""

    leg: Leg
    notional: float
    stop: float
    target: float
    signal_ms: int
    reason: str


@frozen
class WantHold:
    """Keep the position behind these exact levels.

    `target_is_chosen`: the strategy has compared the target with the live one by a measure of its own, so
    that any difference moves it; else one below `entries.level_tolerance` does not.
    """

    stop: float
    stop_role: Role
    stop_reason: str
    target: float
    target_reason: str
    reason: str
    target_is_chosen: bool = False


@frozen
class WantClose:
    """Leave the position at market now."""

    role: Role
    reason: str


@frozen
class RestingWant:
    """An entry that may fill while no process runs. `rung` 0 is no rung of a grid.

    `price` is its limit, or for a stop entry the level that sets it off. Exactly one of `notional` and `size`
    is given. `stop` is where its cover acts.
    """

    leg: Leg
    price: float
    notional: float | None
    size: float | None
    is_stop_entry: bool
    post_only: bool
    stop: float
    rung: int = 0


@frozen
class WantResting:
    """Exactly these entries rest until the bar that follows `signal_ms`'s has closed; nothing is held."""

    orders: tuple[RestingWant, ...]
    signal_ms: int
    expires_ms: int
    reason: str


ONE_SIDED = (
    "this account holds one position a coin, and the hedge grid needs both sides: while the account is flat, "
    "switch its position mode to hedge mode (long/short) in the venue's settings"
)


@frozen
class WantGrid:
    """A grid around an anchor: these rungs rest, and each held leg stays behind its levels (or leaves)."""

    anchor_ticks: int
    rungs: tuple[RestingWant, ...]
    long: WantHold | WantClose | None
    short: WantHold | WantClose | None
    notes: tuple[str, ...]
    reason: str


Want = Stay | WantEntry | WantHold | WantClose | WantResting | WantGrid


@frozen
class Holding:
    """Our part of a position, as the fills tell it."""

    leg: Leg
    size: float
    entry_price: float
    entry_ms: int
    signal_ms: int


@frozen
class LiveRung:
    """One rung that rests now, as its id and the order list tell it."""

    leg: Leg
    rung: int
    anchor_ticks: int
    bar_ms: int
    price: float
    size: float


@frozen
class LegFacts:
    """One leg of a grid. `filled` are (anchor in ticks, rung) that filled since the leg was last flat, oldest
    first; `average` is the entry price of what is held, `stop_limit` the farthest level at which a stop still
    acts before liquidation."""

    size: float
    average: float | None
    live_stop: float | None
    live_target: float | None
    filled: tuple[tuple[int, int], ...] = ()
    stop_limit: float | None = None


@frozen
class FundingFacts:
    """The venue's own rate for the interval that ends at `next_ms`."""

    rate: float
    next_ms: int
    interval_ms: int


@frozen
class GridFacts:
    """What a grid looks at beside candles. `tick` is the price step, `lot` the size step."""

    now_ms: int
    tick: float
    lot: float
    notional_min: float
    legs: Mapping[Leg, LegFacts]
    rungs: tuple[LiveRung, ...]
    funding: FundingFacts | None


@frozen
class CoinFacts:
    """Everything beside the candles that a strategy may look at for one coin."""

    mark: float
    equity: float
    holding: Holding | None
    live_stop: float | None
    live_target: float | None
    taker_fee: float
    grid: GridFacts | None = None


@frozen
class Condition:
    """One thing that a strategy asked of the last closed bar, in numbers, and whether it held."""

    name: str
    told: str
    passed: bool


@frozen
class Judged:
    """A strategy's answer with every condition that it looked at on the way, in that order."""

    want: Want
    conditions: tuple[Condition, ...]
