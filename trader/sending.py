"""Sends approved writes, each settled before the next step, and is the only one that asks a venue to write.

The lock file says `dirty` from before the first write until the last is settled; where that word cannot be
written, protection goes on all the same. Writes are never repeated here: an unknown outcome goes to
settle.py.
"""

from collections.abc import Sequence
from decimal import Decimal

from trader.bounds import close_bound
from trader.core.actions import Action, AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import require
from trader.core.identity import Identity, decode
from trader.core.market import Slot
from trader.core.orders import Accepted, Outcome, Refusal, Rejected, Unknown
from trader.core.policy import Policy
from trader.core.ports import Env
from trader.core.report import Done
from trader.core.snapshot import Holdings
from trader.gate import Approved, resized
from trader.ids import next_id, seen_ids
from trader.reread import agreed_holdings, market_of, our_part
from trader.settle import settle, sought

CLOSE_ATTEMPTS_MAX = 3
NEVER_ARRIVED = frozenset({Refusal.EXPIRED, Refusal.UNSENT})


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
    for one in done:
        _note_failure(env, one)
    # A dead run's word stands until nothing of it can arrive: settling our own writes says nothing of those.
    if not (env.unsettled or env.unfamiliar) and env.clock.now_ms() >= env.dirty_until_ms:
        env.latch.mark_clean()
    return done


def take_off(env: Env, cancels: Sequence[Approved]) -> list[Done]:
    """Cancels, and once more those that surely never arrived: what they were to take off could still act."""
    done = send(env, cancels)
    lost = [
        approved
        for approved, one in zip(cancels, done, strict=True)
        if isinstance(one.outcome, Rejected) and one.outcome.code in NEVER_ARRIVED
    ]
    return [*done, *send(env, lost)]


def _settled(env: Env, action: Action, outcome: Outcome, sent_ms: int) -> Done:
    if isinstance(outcome, Unknown):
        outcome = settle(env, action, outcome, sent_ms=sent_ms)
    elif isinstance(outcome, Rejected) and outcome.code is Refusal.UNFAMILIAR:
        outcome = _looked_up(env, action, outcome)
    duplicate = isinstance(outcome, Rejected) and outcome.code is Refusal.DUPLICATE
    if not duplicate:
        env.sent.update(ids_of(action))
    if isinstance(outcome, Accepted):
        env.asked.update(levels_of(action))
    return Done(action, outcome, sent_ms, env.venue.venue_now_ms())


def _looked_up(env: Env, action: Action, refused: Rejected) -> Outcome:
    """Words that nobody knows settle nothing: what may add risk is looked for before it counts as refused,
    and the word in the lock file stays, so that the next entry waits until this one cannot arrive any more.

    Exits are not looked for: their cover is read anew anyway, and a second one can only reduce.
    """
    found = sought(env, action) if isinstance(action, Enter | Rest) else None
    if found is None or isinstance(found, Rejected):
        return refused
    env.unfamiliar.append(f"{action.coin}: {refused.reason}")
    return found


def _note_failure(env: Env, done: Done) -> None:
    """Count what went wrong with a write; a price that ran away from it is no failure."""
    match done.outcome:
        case Rejected(code=Refusal.NOTHING_MATCHED | Refusal.POST_ONLY):
            return
        case Rejected(code=code, reason=reason):
            env.failed.append(f"{done.action.coin}: refused: {reason}")
            if code is Refusal.UNFAMILIAR:
                env.unfamiliar.append(f"{done.action.coin}: {reason}")
        case Unknown(reason=reason):
            env.failed.append(f"{done.action.coin}: unknown: {reason}")
        case _:
            return


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


def levels_of(action: Action) -> dict[str, Decimal]:
    """Where an action asks each exit to stand, by its id."""
    match action:
        case Enter() | Rest():
            return {action.stop_id: action.stop} if action.stop_id else {}
        case PlaceExit() | AmendStop():
            return {action.client_id: action.trigger}
        case Cancel() | SetLeverage() | Close():
            return {}


def close(env: Env, approved: Approved, policy: Policy, slot: Slot) -> list[Done]:
    """The one way to leave a position: reduce-only, sized and bounded from a fresh read before each attempt.

    Price may have run since the decision; a bound of then would find nobody, however often it is sent.
    """
    first = approved.action
    require(isinstance(first, Close), "close() performs closes only")
    done: list[Done] = []
    if not isinstance(first, Close):
        return done
    for _ in range(CLOSE_ATTEMPTS_MAX):
        holdings = agreed_holdings(env, slot, policy, done)
        left = our_part(holdings, slot, policy)
        if holdings is None or left is None or left * first.leg.sign <= first.leaves:
            return done
        size = _size(env, left * first.leg.sign - first.leaves, holdings, slot)
        client_id, bound = _numbered(first.client_id, holdings, done), _bound(env, first, holdings, slot)
        done += send(env, [resized(approved, size=size, bound=bound, client_id=client_id)])
        last = done[-1].outcome
        if isinstance(last, Unknown) or (isinstance(last, Rejected) and last.code is Refusal.DENIED):
            return done
    return done


def _size(env: Env, size: Decimal, holdings: Holdings, slot: Slot) -> Decimal:
    """In lots of today; never so rounded that it would take of a part that stays."""
    position, market = holdings.position_in(slot), market_of(env, slot.coin)
    if position is None or market is None:
        return size
    is_whole = size == abs(position.size)
    return market.size_to_close(size, trims=is_whole and env.venue.abilities.oversized_exit == "trims")


def _bound(env: Env, wanted: Close, holdings: Holdings, slot: Slot) -> Decimal:
    """The worst price at which it may fill, by the mark of this reading; as decided where none is known."""
    position, market = holdings.position_in(slot), market_of(env, slot.coin)
    if position is None or market is None or position.mark <= 0:
        return wanted.bound
    return close_bound(position.mark, wanted.leg, market)


def _numbered(client_id: str, holdings: Holdings, done: Sequence[Done]) -> str:
    """The first close keeps its id, each further one gets the next."""
    identity = decode(client_id)
    if not done or not isinstance(identity, Identity):
        return client_id
    sent = (d.action.client_id for d in done if isinstance(d.action, Close))
    return next_id(identity, seen_ids(holdings, sent))
