"""What a slot held before each fill, for venues whose fills do not say: counted back from the position.

* Positions and fills must be of one round. Fills come oldest first; each slot is counted back from what it
  holds now.
* What cannot be true is marked on the fill and never guessed away: an entry of ours that reduced, an exit of
  ours that opened, a leg of a two-sided account on the wrong side of zero. Then a fill or a position is
  missing from one of the two answers, or somebody else traded in between; its slot is in doubt, no other.
* A fill without our id says nothing of what it meant, so nothing is held against it.
* Where a venue takes exits that can open (`may_open` are their roles), one that did so in a one-way account
  is believed when all before it adds up: an entry of ours from flat, and no contradiction. An answer that
  lacks something shifts all that comes before the gap, so that the entry would not begin at flat.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from trader.core.identity import Identity, Role, decode
from trader.core.market import Slot
from trader.core.orders import Fill
from trader.core.ownership import is_opening

_OPENING = frozenset({Role.ENTRY, Role.RUNG})
_FLAT = Decimal(0)


def walked_back(
    fills: Sequence[Fill],
    held: Mapping[Slot, Decimal],
    account: int,
    *,
    may_open: Collection[Role] = (),
) -> tuple[Fill, ...]:
    """The fills, oldest first, with `position_before` filled in; `held` are the signed sizes now."""
    after = dict(held)
    walked: list[Fill] = []
    for fill in reversed(fills):
        before = after.get(fill.slot, _FLAT) - fill.signed
        told = replace(fill, position_before=before)
        after[fill.slot] = before
        walked.append(replace(told, doubt=_contradiction(told, account)))
    told_so = tuple(reversed(walked))
    return _with_flips(told_so, account, may_open) if any(f.doubt for f in told_so) else told_so


def _with_flips(fills: Sequence[Fill], account: int, may_open: Collection[Role]) -> tuple[Fill, ...]:
    """The same, without the doubts about exits that opened where nothing else can have happened."""
    believed: list[Fill] = []
    for fill in fills:
        before = [f for f in believed if f.slot == fill.slot]
        could = fill.doubt is not None and fill.leg is None and _role_of(fill) in may_open
        did = could and (_goes_on(fill, before) or _adds_up(before, account))
        believed.append(replace(fill, doubt=None) if did else fill)
    return tuple(believed)


def _goes_on(fill: Fill, before: Sequence[Fill]) -> bool:
    """The rest of an order of which the part before was believed."""
    return bool(before) and before[-1].order_id == fill.order_id and before[-1].doubt is None


def _adds_up(before: Sequence[Fill], account: int) -> bool:
    """No contradiction so far, and what left flat the last time was an entry of ours."""
    if any(fill.doubt is not None for fill in before):
        return False
    began = next((fill for fill in reversed(before) if fill.position_before == 0), None)
    return began is not None and is_opening(began.client_id, account)


def _role_of(fill: Fill) -> Role | None:
    identity = decode(fill.client_id)
    return identity.role if isinstance(identity, Identity) else None


def _contradiction(fill: Fill, account: int) -> str | None:
    """Why a fill cannot have happened where the count puts it."""
    where = f"{fill.slot}: {fill.side.value} {fill.size} took it from {fill.position_before}"
    if (
        fill.leg is not None
        and min(p * fill.leg.sign for p in (fill.position_before, fill.position_after)) < 0
    ):
        return f"{where} to {fill.position_after}, which is no {fill.leg.value} leg"
    identity = decode(fill.client_id)
    if not isinstance(identity, Identity) or identity.account != account:
        return None
    opposes = fill.position_before * fill.signed < 0
    if identity.role in _OPENING:
        return f"{where}, but it was an entry of ours" if opposes else None
    is_within = opposes and abs(fill.signed) <= abs(fill.position_before)
    return None if is_within else f"{where}, but it was an exit of ours ({identity.role.name.lower()})"
