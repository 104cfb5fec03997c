"""What a position of ours still lacks though it is covered: the stop that is to stand, and its target.

Pure. Where the stop that came with an entry, or went before it, is not the one to stand, a position wholly
ours gets one bound to it at the same level; the older goes when the newer is proven live. A position of which
a part is not ours gets a stop of our size, since a bound one would close what is not ours, and no target (see
exits.py). Where an entry takes no target along, the target follows what has filled, and a sized one follows
the size. A stop that a run died before is made good by the next one, whatever its command; a target by the
next one that decides.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from trader.bounds import exit_bound
from trader.core.abilities import Abilities
from trader.core.actions import Enter, PlaceExit
from trader.core.frozen import frozen
from trader.core.identity import STOP_ROLES, Identity, Role
from trader.core.market import Market, Slot
from trader.core.orders import Kind, Order, Unreadable
from trader.core.ownership import Doubt, Owned, is_ours, share
from trader.core.policy import Policy
from trader.core.snapshot import Holdings, Position
from trader.cover import Covered, judge, own_targets, tightest
from trader.exits import exit_size, has_room, role_in
from trader.ids import exit_identity, next_id

Build = Callable[[Market, Sequence[Identity]], PlaceExit]


@frozen
class _Held:
    """One covered position of ours and all that is looked at."""

    position: Position
    mine: Owned
    orders: tuple[Order, ...]
    holdings: Holdings
    policy: Policy
    abilities: Abilities

    def exit(self, role: Role, level: Decimal, size: Decimal | None, reason: str) -> Build:
        position, leg = self.position, self.position.leg

        def build(market: Market, seen: Sequence[Identity]) -> PlaceExit:
            wanted = exit_identity(self.policy, position, self.mine.entry, role, self.holdings.at_ms)
            return PlaceExit(
                coin=position.coin,
                leg=leg,
                role=role,
                size=size,
                trigger=level,
                bound=exit_bound(level, leg, market),
                client_id=next_id(wanted, seen),
                reason=reason,
            )

        return build


def undressed(
    holdings: Holdings, policy: Policy, abilities: Abilities, entries: Iterable[Enter]
) -> Iterator[tuple[Slot, bool, Build]]:
    """(slot, is it the target, how to build it) for each exit that is missing.

    `entries` are those of this run: they know the target that nothing on the venue tells of yet.
    """
    if isinstance(holdings.orders, Unreadable) or isinstance(holdings.fills, Unreadable):
        return
    sent = {entry.client_id: entry for entry in entries}
    for position in holdings.positions:
        mine, orders = share(holdings, position.slot, policy), holdings.orders_in(position.slot)
        if isinstance(mine, Doubt) or mine.ours == 0:
            continue
        counted = orders if abilities.attached_stands else _as_exits(orders, position, policy.account_tag)
        found = judge(position, abs(mine.ours), counted, policy.stops, policy.account_tag, abilities)
        if not isinstance(found, Covered):
            continue
        held = _Held(position, mine, orders, holdings, policy, abilities)
        stop = _standing_stop(held, found)
        if stop is not None:
            yield position.slot, False, stop
        target = _target(held, sent)
        if target is not None:
            yield position.slot, True, target


def _as_exits(orders: Sequence[Order], position: Position, account: int) -> list[Order]:
    """A stop that came with an entry may lack the mark of an exit; until it is replaced it acts as one."""

    def came_along(order: Order) -> bool:
        closes = order.kind is Kind.STOP and order.side is position.leg.closing
        return closes and is_ours(order.client_id, account)

    return [replace(o, reduce_only=True) if came_along(o) else o for o in orders]


def _standing_stop(held: _Held, found: Covered) -> Build | None:
    abilities, leg = held.abilities, held.position.leg
    own = [o for o in found.stops if is_ours(o.client_id, held.policy.account_tag)]
    if not own:
        return None
    level = tightest(own, leg)
    role = next((r for o in own if o.trigger == level and (r := role_in(o)) in STOP_ROLES), Role.PROTECT)
    if held.mine.foreign != 0:
        ours = abs(held.mine.ours)
        if any(not o.position_bound and o.size == ours and o.trigger == level for o in own):
            return None
        return held.exit(role, level, ours, "a stop of our part alone: the rest of the position is not ours")
    if abilities.attached_stands:
        return None
    if any(o.position_bound for o in own):
        return _bridge(held, own, role, level)
    if not has_room(held.orders, leg, Kind.STOP, abilities):
        return None
    return held.exit(role, level, None, "the stop that is to stand behind the whole position")


def _bridge(held: _Held, own: Sequence[Order], role: Role, level: Decimal) -> Build | None:
    """Where only the stop that came with an entry acts before the bound one, one that can but reduce takes
    its place: the bound one stands too far from price, and the other could open once the position is gone."""
    came_along = {o.order_id for o in held.orders if o.opens}
    if any(o.trigger == level and o.order_id not in came_along for o in own):
        return None
    ours = abs(held.mine.ours)
    return held.exit(role, level, ours, "in place of the stop that came with the entry")


def _target(held: _Held, sent: dict[str, Enter]) -> Build | None:
    """A target where none is live and an entry of this run named one, or one of another size than ours."""
    if held.abilities.attaches_target or held.mine.foreign != 0:
        return None
    targets = own_targets(held.orders, held.policy.account_tag)
    newest = max(targets, key=lambda o: (o.placed_ms, o.order_id), default=None)
    ours = abs(held.mine.ours)
    size = exit_size(held.position, held.mine, held.orders, Kind.TARGET, held.abilities)
    if newest is None:
        fills = held.holdings.fills_in(held.position.slot)
        entry = next((sent[f.client_id] for f in fills if f.client_id in sent), None)
        if entry is None or entry.target is None:
            return None
        return held.exit(Role.TARGET, entry.target, size, f"the target of: {entry.reason}")
    if newest.position_bound or newest.trigger is None or newest.size == ours:
        return None
    return held.exit(Role.TARGET, newest.trigger, size, f"a target of the size held, not of {newest.size}")
