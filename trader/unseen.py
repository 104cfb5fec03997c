"""Closes a position whose cover cannot be read, where the operator's file asks for it and for nothing else.

Usually cover that cannot be read is an alarm and never a close: a stop that is live but not listed would cost
a position for nothing. With `unreadable_cover.flatten_after` a position of ours is closed once so many
readings in a row, in one run, showed it without showing the venue's orders. A reading that shows them ends
it, and so does one that leaves open whose the position is.
"""

from collections.abc import Sequence
from dataclasses import replace

from trader.bounds import close_bound
from trader.core.actions import Close
from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.identity import Role
from trader.core.market import Slot
from trader.core.orders import Accepted, Unknown, Unreadable
from trader.core.ownership import Owned, share
from trader.core.policy import Policy
from trader.core.ports import Env
from trader.core.report import ACCOUNT, Done, Flat, Naked, Proof, Unread, Verified, slot_of
from trader.core.snapshot import Holdings
from trader.gate import gate_repair
from trader.ids import exit_identity, next_id, seen_ids
from trader.recall import recalled
from trader.reread import market_of
from trader.sending import send

PAUSE_S = 2.0  # a list that fails for a moment is back by then
CLOSES_MAX = 3
CLOSE_RESERVE_S = 15.0  # for the close itself and for reading it back


def close_unseen(env: Env, policy: Policy, verified: Verified) -> Verified:
    """The same proof, with each position closed that nothing could show covered."""
    if policy.flatten_after is None or not any(isinstance(p, Unread) for p in verified.proofs):
        return verified
    tried = {
        slot: _closed(env, policy, slot, policy.flatten_after)
        for slot in _still_blind(env, policy, policy.flatten_after)
    }
    found = {slot: closed for slot, closed in tried.items() if closed is not None}
    if not found:
        return verified
    kept = [p for p in verified.proofs if slot_of(p) not in found and p.coin != ACCOUNT]
    done = tuple(one for sent, _ in found.values() for one in sent)
    proofs = (*kept, *(proof for _, proof in found.values()))
    return replace(verified, proofs=proofs, done=(*verified.done, *done))


def _still_blind(env: Env, policy: Policy, readings: int) -> list[Slot]:
    """The slots that every one of so many readings showed open, ours, and without the venue's orders."""
    left: list[Slot] | None = None
    pause_s = PAUSE_S
    while readings and left != []:
        if env.deadline.remaining_s() <= CLOSE_RESERVE_S + pause_s:
            return []
        env.clock.sleep(pause_s)
        now = _read(env)
        if now is None:  # it says nothing, not even that there is a position
            pause_s *= 2
            continue
        if not isinstance(now.orders, Unreadable):
            return []
        held = [p.slot for p in now.positions if _ours(now, p.slot, policy) is not None]
        left = [slot for slot in held if left is None or slot in left]
        readings -= 1
    return left or []


def _read(env: Env) -> Holdings | None:
    try:
        return recalled(env.venue, env.venue.inspect(env.fills_back_ms))
    except (Unavailable, Denied, Malformed) as error:
        env.trouble.append(error)
        return None


def _ours(holdings: Holdings, slot: Slot, policy: Policy) -> Owned | None:
    """Our part, where the fills say for sure that there is one."""
    if isinstance(holdings.fills, Unreadable) or holdings.position_in(slot) is None:
        return None
    mine = share(holdings, slot, policy)
    return mine if isinstance(mine, Owned) and mine.ours != 0 else None


def _closed(env: Env, policy: Policy, slot: Slot, readings: int) -> tuple[list[Done], Proof] | None:
    """Close it, sized from a fresh reading before each attempt, and believe only what is read afterwards.

    None where the reading before the first attempt shows the orders after all: the proof stays what it was.
    """
    done: list[Done] = []
    reason = (
        f"its cover could not be read {readings} times in a row, and unreadable_cover.flatten_after says so"
    )
    for _ in range(CLOSES_MAX):
        now = _read(env)
        if now is not None and not done and not isinstance(now.orders, Unreadable):
            return None
        wanted = None if now is None else _close(env, policy, slot, now, reason, done)
        if now is None or wanted is None:
            break
        done += send(env, gate_repair([wanted], now, policy, env.venue.abilities).approved)
        if isinstance(done[-1].outcome, Unknown):
            break
        if isinstance(done[-1].outcome, Accepted):
            env.clock.sleep(PAUSE_S)
    now = _read(env)
    if now is None or isinstance(now.fills, Unreadable) or (done and isinstance(done[-1].outcome, Unknown)):
        return done, Unread(slot.coin, f"to be closed, and not read back; {reason}", slot.leg)
    left = _ours(now, slot, policy)
    if left is not None:
        tried = tuple(str(d.outcome) for d in done)
        return done, Naked(slot.coin, left.ours, (reason, *tried), slot.leg)
    if now.position_in(slot) is not None:
        return done, Unread(slot.coin, f"what is left may not be ours; {reason}", slot.leg)
    return done, Flat(slot.coin, reason, emergency=True, leg=slot.leg)


def _close(
    env: Env, policy: Policy, slot: Slot, now: Holdings, reason: str, done: Sequence[Done]
) -> Close | None:
    position, mine, market = now.position_in(slot), _ours(now, slot, policy), market_of(env, slot.coin)
    if position is None or mine is None or market is None:
        return None
    identity = exit_identity(policy, position, mine.entry, Role.CLOSE_EMERGENCY, now.at_ms)
    sent = [d.action.client_id for d in done if isinstance(d.action, Close)]
    return Close(
        coin=slot.coin,
        leg=position.leg,
        role=Role.CLOSE_EMERGENCY,
        size=market.size_to_close(
            abs(mine.ours), trims=mine.foreign == 0 and env.venue.abilities.oversized_exit == "trims"
        ),
        bound=close_bound(position.mark, position.leg, market),
        client_id=next_id(identity, seen_ids(now, sent)),
        reason=reason,
    )
