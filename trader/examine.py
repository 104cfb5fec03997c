"""What one reading says about every position of the account: proven, or a case for repair.

Pure. A reading in which position and fills disagree proves nothing: that is `Unread`, never flat.
"""

from dataclasses import dataclass
from decimal import Decimal

from trader.core.identity import CLOSE_ROLES, Identity, Role, decode
from trader.core.market import Leg
from trader.core.orders import Fill, Order, Unreadable
from trader.core.ownership import Doubt, Owned, is_ours, share
from trader.core.policy import Policy
from trader.core.report import Foreign, Proof, Protected, Unread
from trader.core.snapshot import Holdings, Position
from trader.cover import (
    Covered,
    Uncovered,
    flaw,
    is_tighter,
    judge,
    overtaken,
    own_stops,
    own_targets,
    tightest,
)

_SENT_AT_ONCE = (Role.ENTRY, Role.RUNG, *CLOSE_ROLES)


@dataclass(frozen=True, slots=True)
class Case:
    """A position of ours that this reading shows uncovered."""

    position: Position
    mine: Owned
    found: Uncovered

    @property
    def coin(self) -> str:
        return self.position.coin


def examine(holdings: Holdings, policy: Policy) -> tuple[list[Proof], list[Case]]:
    """Judge every coin that is held or that the fills say is held."""
    proofs: list[Proof] = []
    cases: list[Case] = []
    for coin in sorted(_coins(holdings)):
        position = holdings.position(coin)
        mine = share(holdings, coin, policy)
        if isinstance(holdings.orders, Unreadable) or isinstance(holdings.fills, Unreadable):
            if position is not None:
                proofs.append(Unread(coin, "open orders or fills could not be read"))
        elif isinstance(mine, Doubt):
            proofs.append(_doubtful(coin, position, mine, holdings, policy))
        elif position is not None:
            _judge(position, mine, holdings, policy, proofs, cases)
    return proofs, cases


def _coins(holdings: Holdings) -> set[str]:
    coins = {p.coin for p in holdings.positions}
    if not isinstance(holdings.fills, Unreadable):
        coins |= {f.coin for f in holdings.fills}
    return coins


def _doubtful(
    coin: str, position: Position | None, doubt: Doubt, holdings: Holdings, policy: Policy
) -> Proof:
    """A doubt about whose a position is does not matter while a stop of ours covers all of it."""
    if position is not None and doubt.lasting:
        found = _cover(position, abs(position.size), holdings, policy)
        if isinstance(found, Covered) and not found.by_foreign:
            return _protected(position, position.size, found)
    return Unread(coin, doubt.why)


def _judge(
    position: Position,
    mine: Owned,
    holdings: Holdings,
    policy: Policy,
    proofs: list[Proof],
    cases: list[Case],
) -> None:
    if mine.ours != 0:
        found = _cover(position, abs(mine.ours), holdings, policy)
        if isinstance(found, Covered):
            proofs.append(_protected(position, mine.ours, found))
        else:
            cases.append(Case(position, mine, found))
    if mine.foreign != 0:
        covered = isinstance(_cover(position, abs(position.size), holdings, policy), Covered)
        proofs.append(Foreign(position.coin, mine.foreign, covered))


def _cover(position: Position, size: Decimal, holdings: Holdings, policy: Policy) -> Covered | Uncovered:
    return judge(position, size, holdings.orders_of(position.coin), policy.stops, policy.account_tag)


def _protected(position: Position, size: Decimal, found: Covered) -> Protected:
    return Protected(
        coin=position.coin,
        size=size,
        stops=tuple(o.order_id for o in found.stops),
        level=found.level,
        by_foreign=found.by_foreign,
    )


def superseded(holdings: Holdings, policy: Policy) -> list[Order]:
    """Own exits of an open position that a tighter stop or a newer target has replaced."""
    gone: list[Order] = []
    for position in holdings.positions:
        orders = holdings.orders_of(position.coin)
        gone += _worse_stops(position, share(holdings, position.coin, policy), orders, policy)
        targets = sorted(own_targets(orders, policy.account_tag), key=_age)
        gone += targets[:-1]
    return [o for o in gone if _is_known(o)]


def _worse_stops(
    position: Position, mine: Owned | Doubt, orders: tuple[Order, ...], policy: Policy
) -> list[Order]:
    """All own stops but those to keep and those that act before them.

    Kept is the tightest that covers the whole position alone, a bound one before a fixed one, and in a mixed
    position the tightest that covers our part. One that could never act for this position (of another
    leg, not armed) goes only beside one that does; one that is about to fire stays.
    """
    leg, stops = position.leg, own_stops(orders, policy.account_tag)
    ours = abs(mine.ours) if isinstance(mine, Owned) and mine.ours else abs(position.size)
    good = [
        o
        for o in stops
        if flaw(o, position, policy.stops) is None and not overtaken(o, position, policy.stops)
    ]
    whole = [o for o in good if o.position_bound or o.size >= abs(position.size)]
    part = [o for o in good if o not in whole and o.size >= ours]
    keep = [_best(some, leg) for some in (whole, part) if some]
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
    """Own exits in a coin that reads flat, and whose fills say so: they close it, or begin after the exit."""
    if isinstance(holdings.orders, Unreadable) or isinstance(holdings.fills, Unreadable):
        return []
    found: list[Order] = []
    for order in holdings.orders:
        flat = holdings.position(order.coin) is None
        exits = order.reduce_only or order.position_bound
        if not (flat and exits and is_ours(order.client_id, policy.account_tag)):
            continue
        seen = bool(holdings.fills_of(order.coin)) or order.placed_ms > holdings.fills_since_ms
        if seen and _is_known(order) and not isinstance(share(holdings, order.coin, policy), Doubt):
            found.append(order)
    return found


def others(
    holdings: Holdings, *, sent: set[str], own_orders: set[str], since_ms: int, account: int
) -> list[str]:
    """Orders and fills with our account's magic, newer than our lock, that this process did not send."""
    found: list[str] = []
    orders = () if isinstance(holdings.orders, Unreadable) else holdings.orders
    for order in orders:
        mine = is_ours(order.client_id, account)
        if mine and order.placed_ms > since_ms and order.client_id not in sent:
            found.append(f"{order.coin}: order {order.order_id} placed by another host or copy")
    fills = () if isinstance(holdings.fills, Unreadable) else holdings.fills
    for fill in fills:
        if fill.at_ms > since_ms and _is_strange(fill, sent, own_orders, account):
            found.append(f"{fill.coin}: fill of {fill.size} sent by another host or copy")
    return found


def _is_strange(fill: Fill, sent: set[str], own_orders: set[str], account: int) -> bool:
    identity = decode(fill.client_id)
    if not isinstance(identity, Identity) or identity.account != account:
        return False
    if identity.role not in _SENT_AT_ONCE:
        return False
    if fill.client_id not in sent:
        return True
    return identity.role is Role.ENTRY and bool(own_orders) and fill.order_id not in own_orders
