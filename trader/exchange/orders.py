"""Orders, positions and prices as values.

An Order is never changed in place: each change is a new value, so that a history row or an event that
holds one stays true for ever.
"""

from decimal import Decimal

from trader.core.frozen import frozen
from trader.exchange.status import Grouping, Reason, Status, Tif, Trigger

ZERO = Decimal(0)
LONG, SHORT = "long", "short"


def slot_key(coin: str, leg: str | None) -> str:
    """What holds at most one position: the coin, or one leg of it in an account with two sides."""
    return coin if leg is None else f"{coin} {leg}"


@frozen
class TriggerSpec:
    """When a conditional order fires and what it becomes; `source` names the price: mark, last or index.
    With `gap_max` it waits on while mark and last lie farther apart, as a fraction."""

    px: Decimal
    kind: Trigger
    is_market: bool
    source: str = "mark"
    gap_max: Decimal | None = None


@frozen
class OrderSpec:
    """What a client asks for. `px` bounds a market order; `sz` 0 is allowed in a POSITION group only.

    Where the rules do not need a price (`market_needs_price`), `px` 0 is a market order without a bound of
    its own. `leg` is long or short in an account with two sides, None elsewhere; there leg and side decide
    what opens and what closes, and `reduce_only` says nothing. `expires_ms`: the venue ends it then.
    `ends_with_position`: a sized exit that ends when the position does.
    """

    coin: str
    is_buy: bool
    px: Decimal
    sz: Decimal
    tif: Tif | None = Tif.GTC
    reduce_only: bool = False
    trigger: TriggerSpec | None = None
    cloid: str | None = None
    leg: str | None = None
    expires_ms: int | None = None
    ends_with_position: bool = False

    @property
    def closes_leg(self) -> bool:
        """On the closing side of one leg of a two-sided account."""
        return self.leg is not None and self.is_buy == (self.leg == SHORT)


@frozen
class Order:
    """One order. `sz` is what remains, `orig_sz` what was asked.

    `armed` is false for a child whose parent has not filled; `fired` is true once a trigger became an
    ordinary order. `siblings` cancel each other on a complete fill. `tif` is None for triggers. `rank` is the
    place in the queue of resting orders; `rested_minute_ms` the minute whose resting liquidity it has used.
    `fired_ms` is when it triggered, `failure` why it could not execute then. In an account with two sides
    `reduce_only` is true for every order on the closing side of its leg.
    """

    oid: int
    user: str
    coin: str
    is_buy: bool
    px: Decimal
    sz: Decimal
    orig_sz: Decimal
    tif: Tif | None
    reduce_only: bool
    trigger: TriggerSpec | None
    cloid: str | None
    grouping: Grouping
    placed_ms: int
    status: Status = Status.OPEN
    status_ms: int = 0
    armed: bool = True
    fired: bool = False
    parent: int | None = None
    children: tuple[int, ...] = ()
    siblings: tuple[int, ...] = ()
    filled: Decimal = ZERO
    rank: int = 0
    rested_minute_ms: int = -1
    leg: str | None = None
    expires_ms: int | None = None
    ends_with_position: bool = False
    fired_ms: int | None = None
    failure: Reason | None = None

    @property
    def position_bound(self) -> bool:
        """Belongs to the position as a whole group; with `orig_sz` 0 its size is the position's."""
        return self.grouping is Grouping.POSITION

    @property
    def follows_position(self) -> bool:
        """Closes whatever the position is when it fires."""
        return self.position_bound and self.orig_sz == 0

    @property
    def waiting(self) -> bool:
        """A conditional order that has not fired."""
        return self.trigger is not None and not self.fired

    @property
    def resting(self) -> bool:
        """On the book as a limit order now."""
        return not self.waiting

    @property
    def at_market(self) -> bool:
        """Executes at once or not at all, at any price within its bound."""
        return self.tif is Tif.MARKET if self.trigger is None else self.trigger.is_market


@frozen
class Placed:
    """The answer for one order of a placement.

    kind: `resting`, `filled` (with `total_sz`, `avg_px`), `waiting_for_fill` (a child), `waiting_for_trigger`
    (a POSITION group), `canceled` (by a change that left nothing) or `refused` (with `reason`). A refused
    order may have an oid: see REJECTED_AS.
    """

    kind: str
    oid: int | None = None
    cloid: str | None = None
    total_sz: Decimal = ZERO
    avg_px: Decimal = ZERO
    reason: Reason | None = None


@frozen
class Quote:
    """The prices of one coin at one instant; four notions that are never mixed up."""

    coin: str
    at_ms: int
    bid: Decimal
    ask: Decimal
    mid: Decimal
    mark: Decimal
    oracle: Decimal
    last: Decimal


@frozen
class Level:
    """One price level of the synthetic book."""

    px: Decimal
    sz: Decimal


@frozen
class Liquidity:
    """What the synthetic book holds for one coin.

    `size`: depth at each level, None without limit. `levels`: how many, each `step_bps` further out.
    `fraction`: at most this part of an incoming order fills (rounded down to a lot).
    `resting_size`: at most this much of a resting order fills in one minute, None for all of it.
    Every order meets the whole book: it refills between orders.
    """

    size: Decimal | None = None
    levels: int = 1
    step_bps: Decimal = Decimal(1)
    fraction: Decimal | None = None
    resting_size: Decimal | None = None


@frozen
class Position:
    """A signed position. `cost` is the signed open basis, so that entry price = cost / size, exactly.

    `leg` is long or short in an account with two sides (the size is then always of that sign), else None.
    `collateral` is None on cross margin, else the margin set aside. Funding sums are positive when paid.
    """

    coin: str
    szi: Decimal
    cost: Decimal
    opened_ms: int
    collateral: Decimal | None = None
    funding_open: Decimal = ZERO
    funding_change: Decimal = ZERO
    leg: str | None = None

    @property
    def key(self) -> str:
        """Its slot."""
        return slot_key(self.coin, self.leg)


@frozen
class Leverage:
    """The setting of one user for one coin."""

    value: int
    is_cross: bool = True
