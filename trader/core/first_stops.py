"""Which stop of ours goes before an entry that rests, and which live entries have theirs.

Pure. Where nothing attached covers each part of a resting entry as it fills, but a sized stop is accepted
while flat and cut to the position when it fires, one that is live before its entry, of all its size, covers
whatever part of it fills, at every instant. Its id differs from its entry's in the role alone: so it is the
claim, and is found again. An entry that price sets off has none: price may pass its stop first, and spend it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from trader.core.actions import Rest
from trader.core.identity import KEPT_MAX, Identity, Role, decode, encode
from trader.core.market import Side
from trader.core.orders import Kind, Order, Unreadable
from trader.core.snapshot import Holdings, Snapshot
from trader.core.target import RestingWant


def goes_first(want: RestingWant, snapshot: Snapshot) -> bool:
    """True for an entry whose stop is to be live before it."""
    return snapshot.stops_before_resting and not want.is_stop_entry


@lru_cache(maxsize=KEPT_MAX)
def stop_id_of(entry_id: str) -> str | None:
    """The id of the stop of an entry: each attempt has its own."""
    identity = decode(entry_id)
    return encode(replace(identity, role=Role.STOP)) if isinstance(identity, Identity) else None


def entries_of(stops: Iterable[Identity]) -> list[Identity]:
    """What entries these stops would belong to, so that no attempt at an entry meets the stop of another."""
    return [
        replace(stop, role=Role.RUNG if stop.rung else Role.ENTRY) for stop in stops if stop.role is Role.STOP
    ]


def entry_id_of(stop_id: str | None) -> str | None:
    """The id of the entry that a stop came or went along with; None for an exit that was placed later."""
    identity = decode(stop_id)
    if not isinstance(identity, Identity):
        return None
    return next((encode(entry) for entry in entries_of([identity])), None)


def waits_for_entry(exit_: Order, holdings: Holdings) -> bool:
    """True for an exit whose entry is live: their ids differ in the role."""
    identity = decode(exit_.client_id)
    if not isinstance(identity, Identity):
        return False
    entries = [replace(identity, role=role) for role in (Role.ENTRY, Role.RUNG)]
    return any(decode(o.client_id) in entries for o in holdings.orders_in(exit_.slot) if o.opens)


def first_stop(entry: Order, holdings: Holdings) -> Order | None:
    """The live stop of a live entry that would close all that the entry may still fill."""
    identity = decode(entry.client_id)
    if not isinstance(identity, Identity):
        return None
    wanted = replace(identity, role=Role.STOP)
    stops = (o for o in holdings.orders_in(entry.slot) if decode(o.client_id) == wanted)
    return next((o for o in stops if _covers(o, entry)), None)


def _covers(stop: Order, entry: Order) -> bool:
    if stop.kind is not Kind.STOP or stop.trigger is None or stop.side is entry.side or stop.opens:
        return False
    sign = 1 if entry.side is Side.BUY else -1
    beyond = (entry.level - stop.trigger) * sign > 0
    return beyond and stop.is_armed and stop.is_market and (stop.position_bound or stop.size >= entry.size)


def naked_live(entries: Sequence[Order], snapshot: Snapshot) -> list[Order]:
    """Those live entries of which a part that fills now would stand without a stop until a run."""
    if snapshot.covers_resting or isinstance(snapshot.holdings.orders, Unreadable):
        return []
    if not snapshot.stops_before_resting:
        return list(entries)
    return [o for o in entries if first_stop(o, snapshot.holdings) is None]


def naked_placed(entries: Iterable[Rest], snapshot: Snapshot) -> list[Rest]:
    """The same of entries that are about to rest."""
    if snapshot.covers_resting:
        return []
    return [r for r in entries if r.first_stop_id is None]
