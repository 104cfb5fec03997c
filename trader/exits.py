"""Which form an exit takes on a venue: bound to its position, sized, or the live one moved in place.

Pure, from abilities and the live orders of one slot. Where only one exit of a kind may be bound to a
position, the next one is sized: a bridge that covers until the bound one is gone and verify has bound another
at the bridge's level. A position of which a part is not ours carries a stop of our size and no target: two
sized exits are not tied to each other, and when one has fired the other could close what is not ours before
the next run.
"""

from collections.abc import Sequence
from decimal import Decimal

from trader.core.abilities import Abilities
from trader.core.identity import Identity, Role, decode
from trader.core.market import Leg
from trader.core.orders import Kind, Order
from trader.core.ownership import Owned, is_ours
from trader.core.snapshot import Position


def has_room(orders: Sequence[Order], leg: Leg, kind: Kind, abilities: Abilities) -> bool:
    """True when the venue would take one more exit of this kind that is bound to the position."""
    offered = abilities.position_bound_stop if kind is Kind.STOP else abilities.bound_targets
    bound = [o for o in orders if o.kind is kind and o.position_bound and o.side is leg.closing]
    return offered and (abilities.bound_stops_max is None or len(bound) < abilities.bound_stops_max)


def exit_size(
    position: Position, mine: Owned, orders: Sequence[Order], kind: Kind, abilities: Abilities
) -> Decimal | None:
    """The size of the next exit: None binds it to a position that is wholly ours, where there is room."""
    if mine.foreign == 0 and has_room(orders, position.leg, kind, abilities):
        return None
    return abs(mine.ours)


def without_target(coin: str) -> str:
    """What is said where a target is wanted or stands beside a part that is not ours."""
    return (
        f"{coin}: no target beside a part that is not ours: once the stop or the target had fired, the other "
        "could close that part; a run that finds price at or beyond the target closes ours"
    )


def movable(
    orders: Sequence[Order], leg: Leg, role: Role, account: int, abilities: Abilities
) -> Order | None:
    """The standing stop of ours that may be moved in place; its id must go on to say why it stands."""
    if not abilities.amend_stop:
        return None
    bound = [o for o in orders if o.kind is Kind.STOP and o.position_bound and o.side is leg.closing]
    return next((o for o in bound if is_ours(o.client_id, account) and role_in(o) is role), None)


def role_in(order: Order) -> Role | None:
    """Why an order of ours stands, as its id says."""
    identity = decode(order.client_id)
    return identity.role if isinstance(identity, Identity) else None
