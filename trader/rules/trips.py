"""Round trips of ours, flat to flat in each slot, and how many of the last ones lost.

Pure. A trip counts when one of its fills is ours, by what it closed for less what it paid in fees; one that
began before the fills that were read is left out, since what it paid is not known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from trader.core.orders import Fill
from trader.core.ownership import is_ours, ordered
from trader.core.snapshot import Holdings


@dataclass
class _Trip:
    """A round trip as far as it has been walked."""

    net: Decimal = Decimal(0)
    ours: bool = False


def losing_streak(holdings: Holdings, account: int, since_ms: int) -> int:
    """How many trips of ours in a row have lost, the last one first, of those that ended since a moment."""
    ended = [
        (at_ms, str(slot), trip.net)
        for slot in holdings.slots()
        for at_ms, trip in _trips(holdings.fills_in(slot), account)
        if trip.ours and at_ms >= since_ms
    ]
    streak = 0
    for _, _, net in sorted(ended, reverse=True):
        if net >= 0:
            break
        streak += 1
    return streak


def _trips(fills: Sequence[Fill], account: int) -> Iterator[tuple[int, _Trip]]:
    """When each trip of one slot ended, and what it came to; one fill can end a trip and begin the next."""
    trip: _Trip | None = None
    for fill in ordered(fills):
        if fill.position_before == 0:
            trip = _Trip()
        mine = is_ours(fill.client_id, account)
        if trip is not None:
            trip.net += fill.realised - fill.fee
            trip.ours = trip.ours or mine
        flips = fill.position_before * fill.position_after < 0
        if trip is not None and (flips or fill.position_after == 0):
            yield fill.at_ms, trip
        if flips:
            trip = _Trip(ours=mine)
