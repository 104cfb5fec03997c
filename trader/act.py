"""Performs approved actions in the order in which they are safe, and settles what became of each.

Protection first, then closes (one coin after another), clearing, leverage, entries. The lock file says
`dirty` from before the first write until the last is settled; where that word cannot be written nothing is
entered, and protection goes on. Writes are never repeated here: an unknown outcome goes to settle.py.
Before each entry everything that can have changed since the observation is asked again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from trader.core.actions import Action, AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import Denied, Malformed, TraderError, Unavailable, require
from trader.core.identity import Identity, decode
from trader.core.orders import Accepted, Outcome, Refusal, Rejected, Unknown, Unreadable
from trader.core.ownership import Doubt, share
from trader.core.policy import Policy
from trader.core.ports import Env
from trader.core.report import Done, Refused
from trader.core.snapshot import Holdings, Snapshot
from trader.gate import Approved, resized
from trader.ids import next_id, seen_ids
from trader.recall import recalled
from trader.settle import settle, unconfirmed

CLOSE_ATTEMPTS_MAX = 3
READ_ATTEMPTS_MAX = 6
FIRST_PAUSE_S = 0.25
PAUSE_MAX_S = 4.0


@dataclass(frozen=True, slots=True)
class Acted:
    """What was sent, and what was held back at the last moment."""

    done: tuple[Done, ...]
    held_back: tuple[Refused, ...]


def act(env: Env, approved: Sequence[Approved], snapshot: Snapshot, policy: Policy) -> Acted:
    """Perform a decision."""
    done: list[Done] = []
    done += send(env, [a for a in approved if isinstance(a.action, PlaceExit)])
    for one in approved:
        if isinstance(one.action, Close):
            done += close(env, one, policy)
    done += send(env, [a for a in approved if isinstance(a.action, Cancel)])
    entries = [a for a in approved if isinstance(a.action, Enter)]
    why = _hold_back(env, entries, snapshot, policy)
    if why is not None or not entries:
        return Acted(tuple(done), tuple(Refused(a.action, "last_look", why or "") for a in entries))
    set_done = send(env, [a for a in approved if isinstance(a.action, SetLeverage)])
    unset = {d.action.coin: d for d in set_done if not isinstance(d.outcome, Accepted)}
    held = [
        Refused(a.action, "leverage", f"leverage was not confirmed: {unset[a.action.coin].outcome}")
        for a in entries
        if a.action.coin in unset
    ]
    ready = [a for a in entries if a.action.coin not in unset]
    why = _hold_back(env, ready, snapshot, policy) if set_done else None
    if why is not None:
        held += [Refused(a.action, "last_look", why) for a in ready]
        ready = []
    return Acted((*done, *set_done, *send(env, ready)), tuple(held))


def _hold_back(env: Env, entries: Sequence[Approved], snapshot: Snapshot, policy: Policy) -> str | None:
    """Why no entry may be sent any more, though the gate let it pass."""
    if not entries:
        return None
    if env.unsettled:
        return f"an earlier write of this run is still unknown: {env.unsettled[0].reason}"
    halted = env.halted()
    if halted is not None:
        return halted
    if env.stop_requested():
        return "the run was told to stop"
    if env.deadline.entry_remaining_s() <= 0:
        return "too little time is left to verify and flatten"
    now_ms = env.venue.venue_now_ms()
    if now_ms - snapshot.venue_ms > policy.limits.data_age_max_ms:
        return f"the observation is {(now_ms - snapshot.venue_ms) / 1000:.1f} s old"
    lost = env.latch.mark_dirty(env.clock.now_ms())
    if lost is not None:
        return f"{lost}; without that word the next run could meet a late order of this one"
    for one in entries:
        action = one.action
        if isinstance(action, Enter):
            limit = policy.markets[action.coin].entries.max_signal_age_s
            if now_ms - action.signal_close_ms > limit * 1000:
                return f"the signal of {action.coin} is older than {limit} s by now"
    return None


def send(env: Env, approved: Sequence[Approved]) -> list[Done]:
    """One round of writes, each settled before this returns."""
    actions = [a.action for a in approved]
    if not actions:
        return []
    lost = env.latch.mark_dirty(env.clock.now_ms())
    if lost is not None:
        env.remarks.append(f"{lost}; the next run may not wait long enough after a crash of this one")
    sent_ms = env.venue.venue_now_ms()
    outcomes = env.venue.perform(actions)
    done = [_settled(env, a, o, sent_ms) for a, o in zip(actions, outcomes, strict=True)]
    env.unsettled.extend(d.action for d in done if isinstance(d.outcome, Unknown))
    if not env.unsettled:
        env.latch.mark_clean()
    return done


def _settled(env: Env, action: Action, outcome: Outcome, sent_ms: int) -> Done:
    if isinstance(outcome, Unknown):
        outcome = settle(env, action, outcome, sent_ms=sent_ms)
    duplicate = isinstance(outcome, Rejected) and outcome.code is Refusal.DUPLICATE
    if not duplicate:
        env.sent.update(ids_of(action))
    return Done(action, outcome, sent_ms, env.venue.venue_now_ms())


def ids_of(action: Action) -> set[str]:
    """The ids under which an action leaves orders at the venue."""
    match action:
        case Enter():
            return {i for i in (action.client_id, action.stop_id, action.target_id) if i}
        case Rest():
            return {i for i in (action.client_id, action.stop_id) if i}
        case PlaceExit() | Close():
            return {action.client_id}
        case Cancel() | SetLeverage() | AmendStop():
            return set()


def close(env: Env, approved: Approved, policy: Policy) -> list[Done]:
    """The one way to leave a position: reduce-only, sized from a fresh read before each attempt."""
    first = approved.action
    require(isinstance(first, Close), "close() performs closes only")
    done: list[Done] = []
    if not isinstance(first, Close):
        return done
    for _ in range(CLOSE_ATTEMPTS_MAX):
        holdings = agreed_holdings(env, first.coin, policy, done)
        left = our_part(holdings, first.coin, policy)
        if holdings is None or left is None or left * first.leg.sign <= first.leaves:
            return done
        size = left * first.leg.sign - first.leaves
        client_id = _numbered(first.client_id, holdings, done)
        done += send(env, [resized(approved, size=size, client_id=client_id)])
        last = done[-1].outcome
        if isinstance(last, Unknown) or (isinstance(last, Rejected) and last.code is Refusal.DENIED):
            return done
    return done


def _numbered(client_id: str, holdings: Holdings, done: Sequence[Done]) -> str:
    """The first close keeps its id, each further one gets the next."""
    identity = decode(client_id)
    if not done or not isinstance(identity, Identity):
        return client_id
    sent = (d.action.client_id for d in done if isinstance(d.action, Close))
    return next_id(identity, seen_ids(holdings, sent))


def agreed_holdings(env: Env, coin: str, policy: Policy, done: Sequence[Done] = ()) -> Holdings | None:
    """A reading in which the coin's position, its fills and what was done tell one story, or None."""

    def agrees(holdings: Holdings) -> bool:
        mine = share(holdings, coin, policy)
        told = not isinstance(mine, Doubt) or mine.lasting
        return told and coin not in unconfirmed(holdings, done)

    holdings = read_until(env, agrees)
    if holdings is None or isinstance(share(holdings, coin, policy), Doubt):
        return None
    return None if coin in unconfirmed(holdings, done) else holdings


def read_until(env: Env, agrees: Callable[[Holdings], bool]) -> Holdings | None:
    """Read until a reading is whole and agrees with itself, or the last whole one when the time is up.

    What failed on the way is trouble only when nothing could be read in the end.
    """
    last: Holdings | None = None
    failed: TraderError | None = None
    pause = FIRST_PAUSE_S
    for _ in range(READ_ATTEMPTS_MAX):
        found = _read_once(env)
        if isinstance(found, Holdings):
            last, failed = found, None
            if agrees(found):
                return found
        else:
            failed = found
        if env.deadline.remaining_s() <= pause:
            break
        env.clock.sleep(pause)
        pause = min(2 * pause, PAUSE_MAX_S)
    if failed is not None:
        env.trouble.append(failed)
    return last


def _read_once(env: Env) -> Holdings | TraderError:
    try:
        holdings = recalled(env.venue, env.venue.inspect(env.fills_back_ms))
    except (Unavailable, Denied, Malformed) as error:
        return error
    for part in (holdings.orders, holdings.fills):
        if isinstance(part, Unreadable):
            return Unavailable(f"{part.what} could not be read: {part.why}")
    return holdings


def our_part(holdings: Holdings | None, coin: str, policy: Policy) -> Decimal | None:
    """Our signed share of a coin's position; None when it is not known."""
    if holdings is None or isinstance(holdings.fills, Unreadable):
        return None
    mine = share(holdings, coin, policy)
    return None if isinstance(mine, Doubt) else mine.ours
