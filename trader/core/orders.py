"""Orders, fills and what became of a request, as a venue tells them."""

from decimal import Decimal
from enum import StrEnum

from trader.core.errors import Broken
from trader.core.frozen import frozen
from trader.core.market import Leg, Side, Slot, slot_at


class Kind(StrEnum):
    """What makes an order act."""

    LIMIT = "limit"
    STOP = "stop"
    TARGET = "target"
    STOP_ENTRY = "stop_entry"


@frozen
class Order:
    """One order that is live on the venue.

    `size` is what remains; a position-bound order has none of its own. `price` is the limit leg, None where
    a trigger becomes a market order without one. `is_armed` is false for a child that still waits for its
    parent. `leg` is the side of a two-sided account that it belongs to; there every order on the closing side
    is `reduce_only`, whatever the venue calls it. `expires_ms` is when the venue itself takes it off. `asked`
    is where this process asked a stop to stand that is shown farther from price.
    """

    coin: str
    side: Side
    kind: Kind
    size: Decimal
    price: Decimal | None
    order_id: str
    client_id: str | None
    placed_ms: int
    trigger: Decimal | None = None
    is_market: bool = False
    reduce_only: bool = False
    position_bound: bool = False
    is_armed: bool = True
    trigger_source: str = "mark"
    leg: Leg | None = None
    filled: Decimal = Decimal(0)
    expires_ms: int | None = None
    asked: Decimal | None = None

    @property
    def slot(self) -> Slot:
        return slot_at(self.coin, self.leg)

    @property
    def level(self) -> Decimal:
        """The price at which it acts: its trigger, else its limit."""
        level = self.price if self.trigger is None else self.trigger
        if level is None:
            raise Broken(f"order {self.order_id} has neither a limit nor a trigger")
        return level

    @property
    def opens(self) -> bool:
        """True for an order that could open or add to a position."""
        return not (self.reduce_only or self.position_bound)


class Status(StrEnum):
    """Where an order that was looked up stands."""

    LIVE = "live"
    TRIGGERED = "triggered"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


@frozen
class Found:
    """The venue knows the order."""

    order: Order
    status: Status
    at_ms: int
    detail: str = ""

    @property
    def is_dead(self) -> bool:
        return self.status in (Status.CANCELLED, Status.REJECTED)


@frozen
class Absent:
    """The venue, asked for this id on the right endpoint, does not know it."""


@frozen
class Unreadable:
    """A read that failed; never to be taken for an empty one. `answered` when something came back."""

    what: str
    why: str
    answered: bool = False


Lookup = Found | Absent | Unreadable


@frozen
class Fill:
    """One execution. `fee` is positive when paid; `realised` is before fees.

    `position_before` is of the slot; signed like the position, so negative on a short leg. `doubt` says why
    the fill cannot have happened there, where an adapter had to count it back: then the position, this fill
    or another one is not what it seems.
    """

    coin: str
    side: Side
    size: Decimal
    price: Decimal
    fee: Decimal
    realised: Decimal
    at_ms: int
    fill_id: str
    order_id: str
    client_id: str | None
    position_before: Decimal
    is_liquidation: bool = False
    is_deleverage: bool = False
    leg: Leg | None = None
    doubt: str | None = None

    @property
    def slot(self) -> Slot:
        return slot_at(self.coin, self.leg)

    @property
    def signed(self) -> Decimal:
        return self.size if self.side is Side.BUY else -self.size

    @property
    def position_after(self) -> Decimal:
        return self.position_before + self.signed


@frozen
class Funding:
    """One funding payment; positive when received. `rate` is None where the venue keeps none beside it."""

    coin: str
    at_ms: int
    amount: Decimal
    rate: Decimal | None


@frozen
class Accepted:
    """The venue took it. `filled` is known when the answer said so."""

    order_id: str | None = None
    filled: Decimal | None = None
    average: Decimal | None = None
    attached: tuple["Accepted | Rejected", ...] = ()


class Refusal(StrEnum):
    """Why a venue rejects, as far as a decision depends on it."""

    WOULD_TRIGGER = "would_trigger"
    NOTHING_MATCHED = "nothing_matched"
    MARGIN = "margin"
    REDUCE_ONLY = "reduce_only"
    POST_ONLY = "post_only"
    GONE = "gone"
    BUDGET = "budget"
    DUPLICATE = "duplicate"
    EXPIRED = "expired"
    DENIED = "denied"
    UNSENT = "unsent"
    RULE = "rule"
    OTHER = "other"
    UNFAMILIAR = "unfamiliar"


@frozen
class Rejected:
    """The venue said no; surely not applied."""

    code: Refusal
    reason: str


@frozen
class Unknown:
    """It may have happened. Settled by looking, never by a new action.

    `resend` names the bytes that may be sent again where the venue counts them once.
    """

    reason: str
    resend: int | None = None


Outcome = Accepted | Rejected | Unknown
