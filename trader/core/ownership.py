"""Whose position is it: our part is the part that fills with our ids explain (and nothing local).

The fills of a slot are walked from the last moment it was flat. What we opened is ours until it is
closed; a close without our id takes the foreign part first. Where the fills and the position disagree the
answer is `Doubt`, a value that stops entries and never a protection.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from trader.core.frozen import frozen
from trader.core.identity import Identity, OtherVersion, Role, decode
from trader.core.market import Leg, Slot, leg_of
from trader.core.orders import Fill
from trader.core.policy import Policy
from trader.core.snapshot import Holdings, Position, Snapshot

_OPENING = (Role.ENTRY, Role.RUNG)


@frozen
class Owned:
    """Our share of a position; sizes are signed like the position."""

    ours: Decimal
    foreign: Decimal
    entry_price: Decimal | None
    entry_ms: int | None
    entry: Identity | None

    @property
    def leg(self) -> Leg:
        """Of our part, which must not be nothing; from the position, whatever an id says."""
        return leg_of(self.ours)


@frozen
class Doubt:
    """Position and fills do not tell the same story.

    `lasting` is set when reading again cannot help, because the history is too short.
    """

    why: str
    lasting: bool = False


def is_ours(client_id: str | None, account: int) -> bool:
    """True for an order or fill with our magic, whatever its version, on this account."""
    identity = decode(client_id)
    if isinstance(identity, OtherVersion):
        return True
    return isinstance(identity, Identity) and identity.account == account


def ordered(fills: Sequence[Fill]) -> list[Fill]:
    """Oldest first; fills of one moment in an order in which each begins where the one before it ended."""
    moments: dict[int, list[Fill]] = {}
    for fill in sorted(fills, key=lambda f: (f.at_ms, f.fill_id)):
        moments.setdefault(fill.at_ms, []).append(fill)
    done: list[Fill] = []
    for moment in moments.values():
        done += moment if len(moment) == 1 else _chained(moment, done[-1].position_after if done else None)
    return done


def _chained(moment: list[Fill], at: Decimal | None) -> list[Fill]:
    """One walk over all fills of a moment (an Euler path), from where the position stood if that is known."""
    if _is_walk(moment, at):
        return moment
    leaving: dict[Decimal, list[Fill]] = {}
    for fill in reversed(moment):
        leaving.setdefault(fill.position_before, []).append(fill)
    steps: list[tuple[Decimal, Fill | None]] = [(at if at in leaving else _start(moment), None)]
    walk: list[Fill] = []
    while steps:
        position, reached_by = steps[-1]
        if leaving.get(position):
            following = leaving[position].pop()
            steps.append((following.position_after, following))
            continue
        steps.pop()
        if reached_by is not None:
            walk.append(reached_by)
    walk.reverse()
    return [*walk, *(f for f in moment if f not in walk)]


def _is_walk(moment: list[Fill], at: Decimal | None) -> bool:
    """Do they stand in such an order already? A round trip may begin anywhere, where nobody knows where."""
    first, end = moment[0].position_before, moment[-1].position_after
    if at != first and (at is not None or first == end):
        return False
    return all(after.position_before == fill.position_after for fill, after in pairwise(moment))


def _start(moment: list[Fill]) -> Decimal:
    """Where one more fill begins than ends; of a round trip flat, where most begin."""
    ends = Counter(f.position_after for f in moment)
    begins = Counter(f.position_before for f in moment)
    surplus = begins - ends
    first = next((f for f in moment if surplus[f.position_before]), None)
    flat = next((f for f in moment if f.position_before == 0), None)
    return (first or flat or moment[0]).position_before


def since_flat(fills: Sequence[Fill]) -> list[Fill] | None:
    """The fills that made the present position; None when its beginning is out of sight."""
    return _since_flat(ordered(fills))


def _since_flat(fills: Sequence[Fill]) -> list[Fill] | None:
    """The same of fills that are in order."""
    made: list[Fill] = []
    for fill in reversed(fills):
        made.append(fill)
        if fill.position_before == 0 or (fill.position_before > 0) != (fill.position_after > 0):
            return made[::-1]
    return None


def share(holdings: Holdings, slot: Slot, policy: Policy) -> Owned | Doubt:
    """Our share of a slot in one reading; an adopted coin is ours whole."""
    found = owned(holdings.position_in(slot), holdings.fills_in(slot), policy.account_tag)
    if isinstance(found, Owned) and slot.coin in policy.adopt and found.foreign != 0:
        return replace(found, ours=found.ours + found.foreign, foreign=Decimal(0))
    return found


def one_held(snapshot: Snapshot, coin: str, policy: Policy) -> tuple[Slot, Owned] | Doubt:
    """The one slot of a coin that a strategy with one position holds; of a flat coin any, with nothing.

    What is foreign in the other leg of a two-sided account counts too.
    """
    found: list[tuple[Slot, Owned]] = []
    for slot in snapshot.slots_of(coin):
        mine = share(snapshot.holdings, slot, policy)
        if isinstance(mine, Doubt):
            return mine
        found.append((slot, mine))
    held = [one for one in found if one[1].ours != 0]
    if len(held) > 1:
        return Doubt(f"{coin}: both legs are ours, and its strategy manages one position; close one", True)
    return held[0] if held else next((one for one in found if one[1].foreign != 0), found[0])


def owned(position: Position | None, fills: Sequence[Fill], account: int) -> Owned | Doubt:
    """Our share of the position of one slot, from that slot's fills."""
    size = position.size if position else Decimal(0)
    if not fills:
        return Owned(Decimal(0), size, None, None, None)
    walk = ordered(fills)
    last = walk[-1]
    if last.position_after != size:
        return Doubt(f"{last.slot}: the position reads {size} but the fills end at {last.position_after}")
    made = _since_flat(walk)
    doubtful = next((fill.doubt for fill in made or fills if fill.doubt is not None), None)
    if doubtful is not None:
        return Doubt(f"{doubtful}; the position and its fills are not of one moment")
    if size == 0:
        return Owned(Decimal(0), Decimal(0), None, None, None)
    if made is None:
        return Doubt(f"{last.slot}: the fills that opened the position are older than the history read", True)
    return _share(size, made, account)


def _share(size: Decimal, made: Sequence[Fill], account: int) -> Owned:
    sign = leg_of(size).sign
    ours = foreign = cost = opened = Decimal(0)
    first: Fill | None = None
    for fill in made:
        amount = fill.signed * sign
        if fill.position_before and (fill.position_before > 0) != (sign > 0):
            amount = fill.position_after * sign
        mine = is_ours(fill.client_id, account)
        if amount > 0 and mine:
            ours, opened, cost = ours + amount, opened + amount, cost + amount * fill.price
            first = first or fill
        elif amount > 0:
            foreign += amount
        elif mine:
            ours, foreign = _take(ours, foreign, -amount)
        else:
            foreign, ours = _take(foreign, ours, -amount)
    identity = decode(first.client_id) if first else None
    return Owned(
        ours=ours * sign,
        foreign=foreign * sign,
        entry_price=cost / opened if opened else None,
        entry_ms=first.at_ms if first else None,
        entry=identity if isinstance(identity, Identity) else None,
    )


def _take(first: Decimal, second: Decimal, amount: Decimal) -> tuple[Decimal, Decimal]:
    """Reduce the first part, then the second."""
    taken = min(first, amount)
    return first - taken, second - (amount - taken)


def is_opening(client_id: str | None, account: int) -> bool:
    """True for an order of ours that opens a position."""
    identity = decode(client_id)
    return isinstance(identity, Identity) and identity.account == account and identity.role in _OPENING


def came_of_an_exit(mine: Owned) -> bool:
    """True for a part of ours that no entry opened: an exit that could open fired on a flat slot."""
    return mine.ours != 0 and mine.entry is not None and mine.entry.role not in _OPENING
