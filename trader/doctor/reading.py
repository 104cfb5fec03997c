"""Reads of the venue what the checks look at: what it says of the key, of the account, of recent orders.

Rules: three reads, each once more after a failure that may pass, and nothing is sent. A part that cannot be
read is a value: which check that concerns is judged later.
"""

from dataclasses import replace

from trader.core.access import Access
from trader.core.errors import Denied, Malformed, TraderError, Unavailable
from trader.core.frozen import frozen
from trader.core.orders import Found, Unreadable
from trader.core.policy import Policy
from trader.core.ports import Clock, Scope, Venue
from trader.core.snapshot import Snapshot
from trader.recall import recalled


@frozen
class Seen:
    """What was read. `snapshot` is None where `trouble` says why; `skew_ms` is how far our clock is ahead."""

    access: Access
    snapshot: Snapshot | None
    trouble: TraderError | None
    history: tuple[Found, ...] | Unreadable
    skew_ms: int
    policy: Policy


def look(venue: Venue, clock: Clock, scope: Scope, policy: Policy) -> Seen:
    """Everything that is asked of the venue."""
    access = venue.access()
    snapshot, trouble = _observed(venue, scope)
    if isinstance(trouble, Unavailable | Malformed):
        snapshot, trouble = _observed(venue, scope)
    skew_ms = clock.now_ms() - venue.venue_now_ms()
    if snapshot is not None:
        skew_ms = snapshot.local_ms - snapshot.venue_ms
    history = Unreadable("recent orders", str(trouble)) if trouble is not None else venue.history()
    return Seen(access, snapshot, trouble, history, skew_ms, policy)


def _observed(venue: Venue, scope: Scope) -> tuple[Snapshot | None, TraderError | None]:
    try:
        seen = venue.observe(scope)
        return replace(seen, holdings=recalled(venue, seen.holdings)), None
    except (Unavailable, Denied, Malformed) as error:
        return None, error
