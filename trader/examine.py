"""What one reading says about every position of the account: proven, or a case for repair.

Pure. A reading in which position and fills disagree proves nothing: that is `Unread`, never flat.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from trader.core.abilities import Abilities
from trader.core.first_stops import stop_id_of, waits_for_entry
from trader.core.frozen import frozen
from trader.core.identity import CLOSE_ROLES, Identity, Role, decode
from trader.core.market import Leg, Slot
from trader.core.orders import Fill, Order, Unreadable
from trader.core.ownership import Doubt, Owned, is_opening, is_ours, share
from trader.core.policy import Policy
from trader.core.report import Foreign, Proof, Protected, Unread
from trader.core.snapshot import Holdings, Position
from trader.cover import (
    Covered,
    Uncovered,
    as_shown,
    flaw,
    is_tighter,
    judge,
    overtaken,
    own_stops,
    own_targets,
    refused_at_trigger,
    tightest,
)

_PLACED_LATE_MS = 10_000  # an exit may reach a position that has just ended
_SENT_AT_ONCE = (Role.ENTRY, Role.RUNG, *CLOSE_ROLES)


@frozen
class Case:
    """A position of ours that this reading shows uncovered."""

    position: Position
    mine: Owned
    found: Uncovered

    @property
    def coin(self) -> str:
        return self.position.coin

    @property
    def slot(self) -> Slot:
        return self.position.slot


@frozen
class _Reading:
    """One reading and all that it is judged by."""

    holdings: Holdings
    policy: Policy
    abilities: Abilities

    def cover(self, position: Position, size: Decimal) -> Covered | Uncovered:
        orders, policy = self.holdings.orders_in(position.slot), self.policy
        return judge(position, size, orders, policy.stops, policy.account_tag, self.abilities)


def examine(holdings: Holdings, policy: Policy, abilities: Abilities) -> tuple[list[Proof], list[Case]]:
    """Judge every slot that is held or that the fills say is held."""
    reading = _Reading(holdings, policy, abilities)
    proofs: list[Proof] = []
    cases: list[Case] = []
    for slot in holdings.slots():
        position = holdings.position_in(slot)
        mine = share(holdings, slot, policy)
        if isinstance(holdings.orders, Unreadable) or isinstance(holdings.fills, Unreadable):
            if position is not None:
                proofs.append(Unread(slot.coin, "open orders or fills could not be read", slot.leg))
        elif isinstance(mine, Doubt):
            proofs.append(_doubtful(slot, position, mine, reading))
        elif position is not None:
            _judge(position, mine, reading, proofs, cases)
    return proofs, cases


def _doubtful(slot: Slot, position: Position | None, doubt: Doubt, reading: _Reading) -> Proof:
    """A doubt about whose a position is does not matter while a stop of ours covers all of it."""
    if position is not None and doubt.lasting:
        found = reading.cover(position, abs(position.size))
        if isinstance(found, Covered) and not found.by_foreign:
            return _protected(position, position.size, found)
    return Unread(slot.coin, doubt.why, slot.leg)


def _judge(
    position: Position, mine: Owned, reading: _Reading, proofs: list[Proof], cases: list[Case]
) -> None:
    if mine.ours != 0:
        found = reading.cover(position, abs(mine.ours))
        if isinstance(found, Covered):
            proofs.append(_protected(position, mine.ours, found))
        else:
            cases.append(Case(position, mine, found))
    if mine.foreign != 0:
        covered = isinstance(reading.cover(position, abs(position.size)), Covered)
        proofs.append(Foreign(position.coin, mine.foreign, covered, position.slot.leg))


def _protected(position: Position, size: Decimal, found: Covered) -> Protected:
    return Protected(
        coin=position.coin,
        size=size,
        stops=tuple(o.order_id for o in found.stops),
        level=found.level,
        by_foreign=found.by_foreign,
        leg=position.slot.leg,
    )


def superseded(holdings: Holdings, policy: Policy, abilities: Abilities) -> list[Order]:
    """Own exits of an open position that a tighter stop or a newer target has replaced.

    A stop that went before an entry stays as long as that entry rests: what it still fills may outlive the
    position.
    """
    reading = _Reading(holdings, policy, abilities)
    gone: list[Order] = []
    for position in holdings.positions:
        orders = holdings.orders_in(position.slot)
        gone += _worse_stops(position, share(holdings, position.slot, policy), orders, reading)
        targets = sorted(own_targets(orders, policy.account_tag), key=_age)
        gone += targets[:-1]
    return [o for o in gone if _is_known(o) and not (o.is_armed and waits_for_entry(o, holdings))]


def shared_targets(holdings: Holdings, policy: Policy, abilities: Abilities) -> list[Order]:
    """Own targets of a covered position of which a part is not ours (exits.py); no cover goes with them."""
    reading = _Reading(holdings, policy, abilities)
    found: list[Order] = []
    for position in holdings.positions:
        mine = share(holdings, position.slot, policy)
        if isinstance(mine, Doubt) or mine.ours == 0 or mine.foreign == 0:
            continue
        if isinstance(reading.cover(position, abs(mine.ours)), Covered):
            found += own_targets(holdings.orders_in(position.slot), policy.account_tag)
    return [o for o in found if _is_known(o)]


def _worse_stops(
    position: Position, mine: Owned | Doubt, orders: tuple[Order, ...], reading: _Reading
) -> list[Order]:
    """All own stops but those to keep and those that act before them.

    Kept is the tightest that covers the whole position alone, a bound one before a fixed one; in a mixed
    position the tightest that covers our part, because one of the whole would close what is not ours. One
    that could never act for this position (of another leg, not armed) goes only beside one that does; one
    that is about to fire stays.
    """
    policy, leg = reading.policy, position.leg
    stops = as_shown(own_stops(orders, policy.account_tag))
    ours = abs(mine.ours) if isinstance(mine, Owned) and mine.ours else abs(position.size)
    good = [
        o
        for o in stops
        if flaw(o, position, policy.stops) is None
        and not overtaken(o, position, policy.stops)
        and refused_at_trigger(o, position, orders, reading.abilities) is None
    ]
    whole = [o for o in good if o.position_bound or o.size >= abs(position.size)]
    part = [o for o in good if o not in whole and o.size >= ours]
    keep = [_best(some, leg) for some in ((part or whole),) if some]
    if not keep:
        return []
    level = tightest(keep, leg)
    return [o for o in stops if o not in keep and not _acts_before(o, level, leg)]


def _best(stops: list[Order], leg: Leg) -> Order:
    level = tightest(stops, leg)
    return max((o for o in stops if o.trigger == level), key=lambda o: (o.position_bound, _age(o)))


def _acts_before(order: Order, level: Decimal, leg: Leg) -> bool:
    """True for a stop of this leg, armed, whose trigger is nearer to price than the level."""
    acts = order.is_armed and order.side is leg.closing and order.trigger is not None
    return acts and is_tighter(order.trigger or level, level, leg)


def _is_known(order: Order) -> bool:
    """False for an order of a version of this program that is not this one: shown, and left alone."""
    return isinstance(decode(order.client_id), Identity)


def _age(order: Order) -> tuple[int, int, int]:
    identity = decode(order.client_id)
    if not isinstance(identity, Identity):
        return (0, 0, order.placed_ms)
    return (identity.bar_minute, identity.attempt, order.placed_ms)


def orphans(holdings: Holdings, policy: Policy) -> list[Order]:
    """Own exits behind which nothing of ours stands, by the position and by the fills.

    One that waits for an entry of ours that still rests is that entry's, and no orphan. A stop that came with
    an entry and is not marked as reducing is one too: left alone, it could open what nobody wants.
    """
    if isinstance(holdings.orders, Unreadable) or isinstance(holdings.fills, Unreadable):
        return []
    return [
        order
        for order in holdings.orders
        if is_ours(order.client_id, policy.account_tag)
        and not is_opening(order.client_id, policy.account_tag)
        and not waits_for_entry(order, holdings)
        and _is_known(order)
        and _is_left_over(order, holdings, policy)
    ]


def _is_left_over(order: Order, holdings: Holdings, policy: Policy) -> bool:
    """The slot is flat, and its fills tell how that came (`_is_told_over`); or its fills give all of the
    position to somebody else, whom the exit would close. What the operator put behind such a position stays.
    So does all of them where the fills tell of no entry of ours: a venue that lost our ids cannot say whose
    it is."""
    mine = share(holdings, order.slot, policy)
    if isinstance(mine, Doubt):
        return False
    fills = holdings.fills_in(order.slot)
    if holdings.position_in(order.slot) is None:
        return _is_told_over(order, fills, since_ms=holdings.fills_since_ms)
    identity = decode(order.client_id)
    entered = any(is_opening(fill.client_id, policy.account_tag) for fill in fills)
    return mine.ours == 0 and entered and isinstance(identity, Identity) and identity.strategy != 0


def _is_told_over(order: Order, fills: Sequence[Fill], *, since_ms: int) -> bool:
    """What went before its entry, or came with it, may have met none. What was put behind a position has seen
    its end: where the last fill is older, the lists are cut short. One without any fill stands on a side that
    nothing was ever held on."""
    identity = decode(order.client_id)
    is_first = isinstance(identity, Identity) and identity.role is Role.STOP and not order.position_bound
    if is_first or not fills:
        return bool(fills) or order.placed_ms > since_ms
    return any(fill.at_ms >= order.placed_ms - _PLACED_LATE_MS for fill in fills)


def others(
    holdings: Holdings,
    *,
    sent: Collection[str],
    entered: Mapping[str, str],
    stood: Collection[str],
    since_ms: int,
    account: int,
) -> list[str]:
    """Orders and fills with our account's magic, newer than our lock, that this process did not send.

    `entered` names the venue's order of each entry that this process sent: another one under the same id is
    somebody else's, however old. `stood` are the ids of orders that were live before its first write: when
    one of them fills, an earlier run placed it and nobody else. The stop that came with one is listed only
    then, as an order of that moment.
    """
    found: list[str] = []
    came = (stop_id_of(entry) for entry in (*sent, *stood) if is_opening(entry, account))
    known = {*sent, *stood, *filter(None, came)}
    orders = () if isinstance(holdings.orders, Unreadable) else holdings.orders
    for order in orders:
        is_new = order.placed_ms > since_ms and order.client_id not in known
        is_second = entered.get(order.client_id or "", order.order_id) != order.order_id
        if is_second or (is_new and is_ours(order.client_id, account)):
            found.append(f"{order.slot}: order {order.order_id} placed by another host or copy")
    fills = () if isinstance(holdings.fills, Unreadable) else holdings.fills
    for fill in fills:
        if fill.at_ms > since_ms and _is_strange(fill, known, entered, account):
            found.append(f"{fill.slot}: fill of {fill.size} sent by another host or copy")
    return found


def _is_strange(fill: Fill, known: Collection[str], entered: Mapping[str, str], account: int) -> bool:
    identity = decode(fill.client_id)
    if not isinstance(identity, Identity) or identity.account != account:
        return False
    if identity.role not in _SENT_AT_ONCE:
        return False
    if fill.client_id not in known:
        return True
    return entered.get(fill.client_id or "", fill.order_id) != fill.order_id
