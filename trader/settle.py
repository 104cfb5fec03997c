"""Settles a write whose outcome is unknown: by looking, never by a new action.

The order is looked up by its id. Where the venue counts the same bytes once, they may be sent again while
they are valid: they act once or are refused as a duplicate; those of an entry only while the venue limits
nothing. When the write's expiry is past and neither the order nor a fill of it exists, it never arrived.
Until then, and when that cannot be read, it stays unknown. An order is believed filled only when its fills
are there to be counted.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import assert_never

from trader.core.actions import Action, AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.market import Slot
from trader.core.orders import (
    Absent,
    Accepted,
    Fill,
    Found,
    Lookup,
    Outcome,
    Refusal,
    Rejected,
    Status,
    Unknown,
    Unreadable,
)
from trader.core.ports import Env
from trader.core.report import Done
from trader.core.snapshot import Holdings

RESENDS_MAX = 2
EXPIRY_MARGIN_MS = 2_000  # the venue's clock and ours may differ a little
LOOKING_ON_MS = 8_000  # after its expiry a write is looked for so much longer; others wait for their turn
FIRST_PAUSE_S = 0.5
PAUSE_MAX_S = 4.0
LOOKS_MAX = 40
SOUGHT_MAX = 4


def settle(env: Env, action: Action, unknown: Unknown, *, sent_ms: int) -> Outcome:
    """What really became of an action sent at that time, or Unknown when it cannot be had."""
    expires_ms = sent_ms + env.venue.abilities.write_expiry_ms + EXPIRY_MARGIN_MS
    resends, pause = 0, FIRST_PAUSE_S
    for _ in range(LOOKS_MAX):
        looked = _look(env, action, sent_ms=sent_ms)
        if looked is not None:
            return looked
        expired = env.venue.venue_now_ms() > expires_ms
        if expired and _never_arrived(env, action, sent_ms=sent_ms):
            return Rejected(Refusal.EXPIRED, "it never arrived: expired, with no order and no fill of it")
        if resends < RESENDS_MAX and not expired and _may_resend(env, action):
            resends += 1
            again = _resend(env, action, unknown)
            if again is not None:
                return again
        if env.deadline.remaining_s() <= pause or env.venue.venue_now_ms() > expires_ms + LOOKING_ON_MS:
            break
        env.clock.sleep(pause)
        pause = min(2 * pause, PAUSE_MAX_S)
    return unknown


def sought(env: Env, action: Action) -> Outcome | None:
    """A few looks for what was refused in words that nobody knows; None: it was not seen."""
    pause = FIRST_PAUSE_S
    for _ in range(SOUGHT_MAX):
        looked = _look(env, action)
        if looked is not None or env.deadline.remaining_s() <= pause:
            return looked
        env.clock.sleep(pause)
        pause *= 2
    return None


def _may_resend(env: Env, action: Action) -> bool:
    """Where the same bytes act once. An entry is not asked for again once the venue has limited requests: the
    rest is for protection."""
    if not env.venue.abilities.exactly_once_nonce:
        return False
    return not isinstance(action, Enter | Rest) or all(budget.left != 0 for budget in env.venue.budgets())


def _look(env: Env, action: Action, *, sent_ms: int = 0) -> Outcome | None:
    """What a look-up by id says, or None when it says nothing."""
    if isinstance(action, SetLeverage):
        return None
    if isinstance(action, Cancel):
        return None if env.venue.abilities.exactly_once_nonce else _gone(env, action)
    return outcome_of(action, _found(env, action, sent_ms=sent_ms))


def _found(env: Env, action: Enter | Rest | PlaceExit | AmendStop | Close, *, sent_ms: int) -> Lookup:
    """What the venue knows by the id. An exit of before this sending that is over, under the same id, says
    nothing of it: somebody took it off, and a venue may take the id again."""
    found = env.venue.find({action.client_id: action.coin})
    lookup = found.get(action.client_id, Unreadable("order", "it was not answered"))
    if isinstance(action, PlaceExit) and isinstance(lookup, Found) and lookup.is_dead:
        return Absent() if lookup.order.placed_ms < sent_ms - EXPIRY_MARGIN_MS else lookup
    return lookup


def _gone(env: Env, action: Cancel) -> Outcome | None:
    """A cancel has no id of its own; that the order is over is all that was wanted."""
    if action.client_id is None:
        return None
    found = env.venue.find({action.client_id: action.coin}).get(action.client_id)
    over = isinstance(found, Found) and found.status not in (Status.LIVE, Status.TRIGGERED)
    return Accepted() if over else None


def outcome_of(action: Action, lookup: Lookup) -> Outcome | None:
    """The outcome that a looked-up order proves; of one that filled whole the fills will be awaited."""
    match lookup:
        case Found(order=order, status=status, detail=detail):
            if isinstance(action, AmendStop):
                return _moved(action, lookup)
            if status is Status.REJECTED:
                return Rejected(Refusal.OTHER, detail or "rejected")
            if status is Status.FILLED and order.size == 0 and isinstance(action, Enter | Close | Rest):
                return Accepted(order_id=order.order_id, filled=action.size)
            return Accepted(order_id=order.order_id)
        case Absent() | Unreadable():
            return None
        case _:
            assert_never(lookup)


def _moved(action: AmendStop, found: Found) -> Outcome | None:
    """What the stop's own trigger says; while it stands where it was the move may still come."""
    if found.order.trigger == action.trigger:
        return Accepted(order_id=found.order.order_id)
    return Rejected(Refusal.GONE, f"the stop is {found.status.value}") if found.is_dead else None


def _resend(env: Env, action: Action, unknown: Unknown) -> Outcome | None:
    """The same bytes once more; None when that settles nothing."""
    if unknown.resend is None:
        return None
    again = env.venue.resend(unknown)
    match again:
        case Accepted():
            return again
        case Rejected(code=Refusal.DUPLICATE):
            return _landed(action)
        case Rejected(code=Refusal.EXPIRED):
            return None
        case Rejected(code=Refusal.GONE):
            return Accepted()
        case Rejected():
            return again
        case Unknown():
            return None
        case _:
            assert_never(again)


def _landed(action: Action) -> Outcome | None:
    """The first copy arrived. What has no id to look up is then done; an order is looked up."""
    return Accepted() if isinstance(action, Cancel | SetLeverage) else None


def _never_arrived(env: Env, action: Action, *, sent_ms: int) -> bool:
    """True when, after the expiry, neither the order nor a fill of it exists."""
    if isinstance(action, Cancel | SetLeverage):
        return True
    found = _found(env, action, sent_ms=sent_ms)
    if isinstance(action, AmendStop):
        return isinstance(found, Found) and found.order.trigger != action.trigger
    if not isinstance(found, Absent):
        return False
    try:
        holdings = env.venue.inspect(env.fills_back_ms)
    except (Unavailable, Denied, Malformed):
        return False
    if isinstance(holdings.fills, Unreadable) or isinstance(holdings.orders, Unreadable):
        return False
    ids = {f.client_id for f in holdings.fills} | {o.client_id for o in holdings.orders}
    return action.client_id not in ids


def looked_up(done: Done, found: Lookup) -> Done:
    """The same entry, which was taken and is not listed, with what its look-up proves. One that nothing shows
    is unknown, not accepted: it may fill, or may never have been."""
    if not isinstance(found, Found):
        return replace(done, outcome=Unknown("it was taken, and neither a list nor a look-up shows it"))
    order, action = found.order, done.action
    filled = action.size if found.status is Status.FILLED and isinstance(action, Rest) else order.filled
    if filled > 0:
        return replace(done, outcome=Accepted(order.order_id, filled=filled))
    if found.is_dead:
        refused = Rejected(Refusal.OTHER, f"taken and then {found.status.value}: {found.detail}")
        return replace(done, outcome=refused)
    return done


def seen_through(env: Env, done: Sequence[Done], holdings: Holdings | None) -> list[Done]:
    """The same, where each entry that was taken without a word of its fills is looked up once more if no fill
    of it is there in the end: it ended with nothing, or nobody knows what it did. What was refused in words
    that nobody knows, and has filled, was taken."""
    if holdings is None or isinstance(holdings.fills, Unreadable):
        return list(done)
    filled = {fill.client_id for fill in holdings.fills}
    return [_seen_through(env, _taken_all_the_same(one, holdings.fills), filled) for one in done]


def _taken_all_the_same(done: Done, fills: Sequence[Fill]) -> Done:
    action, outcome = done.action, done.outcome
    if not isinstance(action, Enter | Close | Rest) or not isinstance(outcome, Rejected):
        return done
    own = [fill for fill in fills if fill.client_id == action.client_id]
    if outcome.code is not Refusal.UNFAMILIAR or not own:
        return done
    return replace(done, outcome=Accepted(own[0].order_id, filled=sum((f.size for f in own), Decimal(0))))


def _seen_through(env: Env, done: Done, filled: Collection[str | None]) -> Done:
    action, outcome = done.action, done.outcome
    if not isinstance(action, Enter) or not isinstance(outcome, Accepted):
        return done
    if outcome.filled is not None or action.client_id in filled:
        return done
    found = env.venue.find({action.client_id: action.coin}).get(action.client_id)
    if isinstance(found, Found) and found.is_dead and found.order.filled == 0:
        return looked_up(done, found)
    return replace(done, outcome=Unknown("it was taken, and neither a fill of it nor its end can be seen"))


def unconfirmed(holdings: Holdings, done: Sequence[Done]) -> list[Slot]:
    """Slots with an order that the venue called filled, while the fills do not show it yet; or where an entry
    was just taken and a position stands of which there is no fill at all: whose it is cannot be told yet."""
    missing: list[Slot] = []
    for one in done:
        action, outcome = one.action, one.outcome
        if not isinstance(action, Enter | Close | Rest):
            continue
        if not isinstance(outcome, Accepted):
            continue
        slot = holdings.slot_of(action.coin, action.leg)
        if not outcome.filled:
            if isinstance(action, Enter) and holdings.position_in(slot) and not holdings.fills_in(slot):
                missing.append(slot)
            continue
        fills = [f for f in holdings.fills_of(action.coin) if f.client_id == action.client_id]
        if sum((f.size for f in fills), Decimal(0)) < outcome.filled:
            missing.append(slot)
    return missing
