"""Puts on what a covered position still lacks, and once more what the venue took and then let die.

A second try needs the first to be known dead by its own id, or its id to be taken already: a list that trails
costs no second exit. Ids are numbered past everything that the venue remembers as soon as one is refused as a
duplicate, because a venue may refuse the id of an order that ended long ago.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from trader.core.actions import Enter, PlaceExit
from trader.core.market import Slot
from trader.core.orders import Found, Refusal, Rejected, Unreadable
from trader.core.policy import Policy
from trader.core.ports import Env
from trader.core.report import Done
from trader.core.snapshot import Holdings
from trader.dress import undressed
from trader.gate import gate_repair
from trader.ids import seen_ids
from trader.reread import market_of
from trader.sending import send

TRIES_MAX = 2

Key = tuple[Slot, bool]


@dataclass
class Worn:
    """What one run has put on: each exit by its slot and whether it is the target."""

    last: dict[Key, Done] = field(default_factory=dict)
    tries: Counter[Key] = field(default_factory=Counter)
    placed: dict[str, str] = field(default_factory=dict)
    """Ids, with their coins, of exits that were taken and have to stand in the list."""
    past: tuple[str | None, ...] = ()
    notes: list[str] = field(default_factory=list)


def put_on(
    env: Env, policy: Policy, holdings: Holdings, entries: Iterable[Enter], worn: Worn
) -> tuple[list[Done], bool]:
    """What was sent, and whether another look is worth it: something was taken, or may be at another try."""
    wanted: list[tuple[Key, PlaceExit]] = []
    for slot, is_target, build in undressed(holdings, policy, env.venue.abilities, entries):
        key = slot, is_target
        market = market_of(env, slot.coin) if _may_try(env, key, worn) else None
        if market is not None:
            worn.tries[key] += 1
            wanted.append((key, build(market, seen_ids(holdings, [*env.sent, *worn.past]))))
    exits = [place for _, place in wanted]
    done = send(env, gate_repair(exits, holdings, policy, env.venue.abilities).approved)
    again = False
    for (key, place), one in zip(wanted, done, strict=True):
        worn.last[key] = one
        again |= _noted(env, place, one, worn)
    return done, again


def _may_try(env: Env, key: Key, worn: Worn) -> bool:
    """A first time always; another one where the last is known to have come to nothing."""
    last = worn.last.get(key)
    if last is None or not isinstance(last.action, PlaceExit):
        return True
    if worn.tries[key] >= TRIES_MAX:
        return False
    if isinstance(last.outcome, Rejected):
        return last.outcome.code is Refusal.DUPLICATE
    place = last.action
    found = env.venue.find({place.client_id: place.coin}).get(place.client_id)
    if not isinstance(found, Found) or not found.is_dead:
        return False
    worn.placed.pop(place.client_id, None)
    worn.notes.append(
        f"{place.coin}: {place.reason}: {found.status.value} after it was taken: {found.detail}"
    )
    return True


def _noted(env: Env, place: PlaceExit, one: Done, worn: Worn) -> bool:
    """Remember what came of it; True when another look is worth it."""
    if not isinstance(one.outcome, Rejected):
        worn.placed[place.client_id] = place.coin
        return True
    worn.notes.append(f"{place.coin}: {place.reason}: refused: {one.outcome.reason}")
    if one.outcome.code is not Refusal.DUPLICATE:
        return False
    history = env.venue.history()
    known = () if isinstance(history, Unreadable) else history
    worn.past = (place.client_id, *(found.order.client_id for found in known))
    return True
