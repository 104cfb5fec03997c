"""What can be done to a venue; each action carries the reason a person will read.

Every order action names its leg: in a two-sided account that is the side it belongs to, in a one-way account
the direction of the position that it opens or guards.
"""

from decimal import Decimal

from trader.core.frozen import frozen
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Kind, Order


@frozen
class Enter:
    """Open a position at once, bounded in price, with its stop and target attached."""

    coin: str
    leg: Leg
    size: Decimal
    bound: Decimal
    stop: Decimal
    stop_bound: Decimal
    target: Decimal | None
    target_bound: Decimal | None
    client_id: str
    stop_id: str
    target_id: str | None
    signal_ms: int
    signal_close_ms: int
    mark: Decimal
    reason: str


@frozen
class Rest:
    """Let an entry wait on the venue: a limit at `price`, or with a `trigger` one that the market sets off.

    It may fill while no process runs. `stop` is where its cover acts: attached as `stop_id` where the venue
    attaches, or live before it as `first_stop_id`. `expires_ms` is when the venue takes it off by itself,
    where it can.
    """

    coin: str
    leg: Leg
    role: Role
    size: Decimal
    price: Decimal
    trigger: Decimal | None
    post_only: bool
    expires_ms: int | None
    stop: Decimal
    stop_bound: Decimal
    client_id: str
    stop_id: str | None
    signal_ms: int
    mark: Decimal
    reason: str
    first_stop_id: str | None = None


@frozen
class PlaceExit:
    """Put a stop or a target behind a position; `size` None binds it to the whole position."""

    coin: str
    leg: Leg
    role: Role
    size: Decimal | None
    trigger: Decimal
    bound: Decimal
    client_id: str
    reason: str


@frozen
class AmendStop:
    """Move the trigger of a live stop of ours in place, under the id it has."""

    coin: str
    leg: Leg
    order_id: str
    client_id: str
    trigger: Decimal
    bound: Decimal
    reason: str


@frozen
class Cancel:
    """Take one of our orders off the venue; `kind` tells the adapter in which of its books it stands."""

    coin: str
    order_id: str
    client_id: str | None
    reason: str
    kind: Kind = Kind.LIMIT
    leg: Leg | None = None

    @classmethod
    def of(cls, order: Order, reason: str) -> "Cancel":
        """The cancel of a live order."""
        return cls(order.coin, order.order_id, order.client_id, reason, order.kind, order.leg)


@frozen
class Close:
    """Reduce our part of a position at once to `leaves`; can never open one.

    `size` is what the observation showed; the size sent is read anew just before.
    """

    coin: str
    leg: Leg
    role: Role
    size: Decimal
    bound: Decimal
    client_id: str
    reason: str
    leaves: Decimal = Decimal(0)


@frozen
class SetLeverage:
    """Set leverage and margin mode of a flat coin to the file's."""

    coin: str
    leverage: int
    cross: bool
    reason: str


Action = Enter | Rest | PlaceExit | AmendStop | Cancel | Close | SetLeverage
