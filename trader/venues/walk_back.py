"""What a slot held before each fill, for venues whose fills do not say: counted back from the position.

* Positions and fills must be of one round. Fills come oldest first; each slot is counted back from what it
  holds now.
* What cannot be true is marked on the fill and never guessed away: an entry of ours that reduced, an exit of
  ours that opened, a leg of a two-sided account on the wrong side of zero. Then a fill or a position is
  missing from one of the two answers, or somebody else traded in between; its slot is in doubt, no other.
* A fill without our id says nothing of what it meant, so nothing is held against it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from trader.core.identity import Identity, Role, decode
from trader.core.market import Slot
from trader.core.orders import Fill

_OPENING = frozenset({Role.ENTRY, Role.RUNG})
_FLAT = Decimal(0)


def walked_back(fills: Sequence[Fill], held: Mapping[Slot, Decimal], account: int) -> tuple[Fill, ...]:
    """The fills, oldest first, with `position_before` filled in; `held` are the signed sizes now."""
    after = dict(held)
    walked: list[Fill] = []
    for fill in reversed(fills):
        before = after.get(fill.slot, _FLAT) - fill.signed
        told = replace(fill, position_before=before)
        after[fill.slot] = before
        walked.append(replace(told, doubt=_contradiction(told, account)))
    return tuple(reversed(walked))


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
