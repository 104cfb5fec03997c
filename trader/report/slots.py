"""Fills and funding by slot: by coin, and in a two-sided account by the leg of it.

A venue books each leg's funding apart and does not say which leg a payment was for. Where the rate is known
its sign tells: at a positive rate the long leg pays and the short one receives. Without it the larger
payment of a moment goes to the larger of the legs that were open, since the rate is one. No payment is lost
or counted twice.
"""

from collections.abc import Sequence
from decimal import Decimal

from trader.core.market import Slot
from trader.core.orders import Fill, Funding
from trader.core.ownership import ordered


def by_slot(fills: Sequence[Fill]) -> dict[Slot, list[Fill]]:
    """The fills of each slot, slots in a fixed order."""
    found: dict[Slot, list[Fill]] = {}
    for fill in fills:
        found.setdefault(fill.slot, []).append(fill)
    return {slot: found[slot] for slot in sorted(found, key=str)}


def payments_of(slot: Slot, fills: Sequence[Fill], payments: Sequence[Funding]) -> list[Funding]:
    """The funding of one slot, oldest first."""
    of_coin = sorted((p for p in payments if p.coin == slot.coin), key=lambda p: p.at_ms)
    if slot.leg is None:
        return of_coin
    legs = {one: ordered(its) for one, its in by_slot(fills).items() if one.coin == slot.coin}
    return [p for p, owner in _owners(of_coin, legs) if owner == slot]


def _owners(payments: Sequence[Funding], legs: dict[Slot, list[Fill]]) -> list[tuple[Funding, Slot]]:
    moments: dict[int, list[Funding]] = {}
    for payment in payments:
        moments.setdefault(payment.at_ms, []).append(payment)
    found: list[tuple[Funding, Slot]] = []
    for at_ms, rows in moments.items():
        sizes = {slot: _size_at(its, at_ms) for slot, its in legs.items()}
        largest = sorted(sizes, key=lambda slot: (-sizes[slot], str(slot)))
        for rank, row in enumerate(sorted(rows, key=lambda p: -abs(p.amount))):
            told = next((slot for slot in largest if _pays(slot, row)), None)
            found.append((row, told or largest[min(rank, len(largest) - 1)]))
    return sorted(found, key=lambda pair: pair[0].at_ms)


def _pays(slot: Slot, payment: Funding) -> bool:
    """True where the rate says that a payment of this sign is this leg's."""
    if payment.rate is None or slot.leg is None:
        return False
    return payment.rate * slot.leg.sign * payment.amount < 0


def _size_at(fills: Sequence[Fill], at_ms: int) -> Decimal:
    """How much of a leg was open at a moment."""
    later = next((f for f in fills if f.at_ms > at_ms), None)
    return abs(later.position_before if later is not None else fills[-1].position_after)
