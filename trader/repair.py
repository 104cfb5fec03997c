"""Brings one uncovered position back under a stop, or closes it when that is known to be impossible.

A stop that seems missing is looked up before anything is placed. At most two unproven stops may stand
behind a position; a close needs one stop known dead or refused and a replacement refused, or a refusal
because mark is beyond the level. A request that never got that far (not sent, expired, out of budget,
denied) says nothing of stops. What cannot be read is an alarm and never a close. What an exit of ours opened
is closed at once, because no stop makes it wanted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from trader.bounds import close_bound, exit_bound
from trader.core.actions import Close, PlaceExit
from trader.core.identity import Identity, Role, decode, market_code
from trader.core.market import Market, Slot
from trader.core.orders import Accepted, Found, Kind, Refusal, Rejected, Status, Unknown, Unreadable
from trader.core.ownership import came_of_an_exit
from trader.core.policy import Policy
from trader.core.ports import Env
from trader.core.report import Done, Flat, Naked, Proof, Unread
from trader.core.snapshot import Holdings, Position
from trader.cover import Covered, judge
from trader.examine import Case
from trader.exits import exit_size
from trader.gate import gate_repair
from trader.ids import exit_identity, next_id, seen_ids
from trader.level import had_level, is_beyond, keepable, own_records, stop_level, told_in_vain
from trader.reread import agreed_holdings, market_of, our_part
from trader.sending import close, send

DEAD_TO_CLOSE = 2
UNPROVEN_MAX = 2
ATTEMPTS_MAX = 3
CLOCK_SLACK_MS = 2_000  # the venue stamps an order with its block's time
# Refusals of the request and not of the stop in it, and how long until another request may fare better.
SAYS_NOTHING_PAUSE_S: Mapping[Refusal, float] = {
    Refusal.UNSENT: 1.0,
    Refusal.BUDGET: 10.0,  # an exhausted address may act once in ten seconds
    Refusal.DUPLICATE: 0.25,
    Refusal.EXPIRED: 0.25,
    Refusal.DENIED: 0.25,
}


@dataclass
class _Effort:
    """What has been tried for one position, and the newest reading of it."""

    history: tuple[Found, ...]
    seen: Holdings
    dead: int = 0
    unproven: int = 0
    crossed: bool = False
    tried: list[str] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)


@dataclass
class Mended:
    """What one pass over all cases came to; once one was `reduced` the rest waits for another reading."""

    done: list[Done] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    closed: dict[Slot, Proof] = field(default_factory=dict)
    reduced: bool = False


def mend_each(
    env: Env, policy: Policy, holdings: Holdings, cases: Sequence[Case], *, is_crowd: bool
) -> Mended:
    """Repair every case, the largest first, until one of them had to be reduced."""
    found = Mended()
    for case in sorted(cases, key=lambda c: (-c.position.notional, str(c.slot))):
        market = market_of(env, case.coin)
        if market is None:
            continue
        done, proof = (ease if is_crowd else mend)(env, policy, case, market, holdings)
        found.done += done
        found.notes.append(f"{case.slot}: {_happened(done, is_crowd=is_crowd)}: {case.found.why}")
        if proof is not None:
            found.closed[case.slot] = proof
        if case.found.overtaken and any(isinstance(d.action, Close) for d in done):
            found.reduced = True
            break
    return found


def _happened(done: Sequence[Done], *, is_crowd: bool) -> str:
    if not is_crowd:
        return "was uncovered"
    return "eased" if any(isinstance(d.outcome, Accepted) for d in done) else "could not be eased"


def mend(
    env: Env, policy: Policy, case: Case, market: Market, holdings: Holdings
) -> tuple[list[Done], Proof | None]:
    """Repair one case. The proof is None when the position should be judged again from a new reading."""
    history = env.venue.history()
    effort = _Effort(() if isinstance(history, Unreadable) else history, holdings)
    if came_of_an_exit(case.mine):
        effort.tried.append("an exit of ours opened it, and no signal asked for it")
        return _close_out(env, policy, case, market, holdings, effort)
    _weigh_history(env, effort, case, holdings)
    effort.unproven += told_in_vain(case, policy, holdings)
    level = stop_level(case, policy, market, effort.history, holdings)
    if case.found.overtaken and is_beyond(level, case.position.mark, case.position.leg):
        return _reduce(env, policy, case, market, holdings, effort), None
    for _ in range(ATTEMPTS_MAX):
        if effort.dead >= DEAD_TO_CLOSE or effort.unproven >= UNPROVEN_MAX or effort.crossed:
            break
        if _try_stop(env, policy, case, market, level, effort):
            return effort.done, None
    if effort.crossed and case.found.overtaken:
        return _reduce(env, policy, case, market, holdings, effort), None
    if effort.crossed or effort.dead >= DEAD_TO_CLOSE:
        return _close_out(env, policy, case, market, holdings, effort)
    if not effort.unproven:
        return effort.done, Naked(case.coin, case.mine.ours, tuple(effort.tried), case.slot.leg)
    why = f"{case.found.why}; {'; '.join(effort.tried) or 'no stop could be read back'}"
    return effort.done, Unread(case.coin, why, case.slot.leg)


def _weigh_history(env: Env, effort: _Effort, case: Case, holdings: Holdings) -> None:
    """Stops of this position that did not cover it: known dead, not listed, or taken in this run in vain."""
    listed = {o.order_id for o in holdings.orders_in(case.slot)}
    dead = {f.order.client_id for f in effort.history if f.is_dead}
    for client_id in sorted(env.unproven - dead):
        identity = decode(client_id)
        if not isinstance(identity, Identity) or identity.market != market_code(case.coin):
            continue
        if case.slot.leg in (None, identity.leg):
            effort.unproven += 1
            effort.tried.append("a stop that was taken in this run does not cover")
    for found in own_records(case, effort.history):
        if found.status is Status.REJECTED:
            effort.dead = 1
            effort.tried.append(f"stop {found.order.trigger} is {found.status.value}: {found.detail}")
        elif (
            found.status is Status.LIVE
            and found.order.order_id not in listed
            and found.order.client_id not in env.unproven
        ):
            effort.unproven += 1
            effort.tried.append(
                f"stop {found.order.trigger} is called {found.status.value} but is not listed"
            )


def _try_stop(env: Env, policy: Policy, case: Case, market: Market, level: Decimal, effort: _Effort) -> bool:
    """Place one stop and read it back. True when the position is covered or gone."""
    place = _stop(env, policy, case, market, level, effort)
    (sent,) = send(env, gate_repair([place], effort.seen, policy, env.venue.abilities).approved)
    effort.done.append(sent)
    outcome = sent.outcome
    if isinstance(outcome, Rejected):
        effort.tried.append(f"stop {level} was refused: {outcome.reason}")
        pause_s = SAYS_NOTHING_PAUSE_S.get(outcome.code)
        effort.dead += pause_s is None
        env.clock.sleep(min(pause_s or 0.0, env.deadline.remaining_s() / 4))
    else:
        env.unproven.add(place.client_id)
    now = agreed_holdings(env, case.slot, policy)
    if now is None:
        effort.unproven = UNPROVEN_MAX
        effort.tried.append("the account could not be read back")
        return False
    effort.seen = now
    position = now.position_in(case.slot) or case.position
    ours = our_part(now, case.slot, policy)
    if ours == 0 or _covers(env, position, abs(ours or case.mine.ours), now, policy):
        env.unproven.discard(place.client_id)
        return True
    if isinstance(outcome, Rejected):
        refused_level = outcome.code is Refusal.WOULD_TRIGGER
        effort.crossed = refused_level and is_beyond(level, position.mark, position.leg)
        return False
    _look_up(env, place, sent, effort)
    return False


def _covers(env: Env, position: Position, size: Decimal, holdings: Holdings, policy: Policy) -> bool:
    orders, abilities = holdings.orders_in(position.slot), env.venue.abilities
    return isinstance(judge(position, size, orders, policy.stops, policy.account_tag, abilities), Covered)


def _look_up(env: Env, place: PlaceExit, sent: Done, effort: _Effort) -> None:
    """The stop was taken but does not cover: dead by its own id, or unproven.

    A dead one from before this sending, under the same id, says nothing of it.
    """
    found = env.venue.find({place.client_id: place.coin}).get(place.client_id)
    if isinstance(found, Found) and found.is_dead and found.order.placed_ms > sent.sent_ms - CLOCK_SLACK_MS:
        effort.dead += 1
        env.unproven.discard(place.client_id)
        effort.tried.append(
            f"stop {place.trigger} was {found.status.value} after it was taken: {found.detail}"
        )
        return
    effort.unproven += 1
    said = "unknown" if isinstance(sent.outcome, Unknown) else "accepted"
    shown = "no stop that covers is listed"
    if isinstance(found, Found) and found.order.trigger != place.trigger:
        shown = f"stands at {found.order.trigger}"
    effort.tried.append(f"stop {place.trigger} was {said} and {shown}")


def _stop(env: Env, policy: Policy, case: Case, market: Market, level: Decimal, effort: _Effort) -> PlaceExit:
    leg = case.position.leg
    orders = effort.seen.orders_in(case.slot)
    past = [f.order.client_id for f in effort.history]
    return PlaceExit(
        coin=case.coin,
        leg=leg,
        role=Role.PROTECT,
        size=exit_size(case.position, case.mine, orders, Kind.STOP, env.venue.abilities),
        trigger=level,
        bound=exit_bound(level, leg, market),
        client_id=next_id(
            _identity(policy, case, Role.PROTECT, effort.seen), seen_ids(effort.seen, [*past, *env.sent])
        ),
        reason=f"uncovered: {case.found.why}",
    )


def _identity(policy: Policy, case: Case, role: Role, holdings: Holdings) -> Identity:
    return exit_identity(policy, case.position, case.mine.entry, role, holdings.at_ms)


def _closing(
    policy: Policy, case: Case, market: Market, holdings: Holdings, *, leaves: Decimal, reason: str
) -> Close:
    position = case.position
    return Close(
        coin=case.coin,
        leg=position.leg,
        role=Role.CLOSE_EMERGENCY,
        size=abs(case.mine.ours) - leaves,
        bound=close_bound(position.mark, position.leg, market),
        client_id=next_id(_identity(policy, case, Role.CLOSE_EMERGENCY, holdings), seen_ids(holdings)),
        reason=reason,
        leaves=leaves,
    )


def _close_out(
    env: Env, policy: Policy, case: Case, market: Market, holdings: Holdings, effort: _Effort
) -> tuple[list[Done], Proof | None]:
    """Close what is known uncovered, and believe only a reading in which position and fills agree."""
    reason = f"cannot be covered: {'; '.join(effort.tried)}"
    wanted = _closing(policy, case, market, holdings, leaves=Decimal(0), reason=reason)
    for approved in gate_repair([wanted], holdings, policy, env.venue.abilities).approved:
        effort.done += close(env, approved, policy, case.slot)
    left = our_part(agreed_holdings(env, case.slot, policy, effort.done), case.slot, policy)
    leg = case.slot.leg
    if left is None:
        return effort.done, Unread(case.coin, f"to be closed, and not read back; {reason}", leg)
    if left == 0:
        return effort.done, Flat(case.coin, reason, emergency=True, leg=leg)
    return effort.done, Naked(case.coin, left, tuple(effort.tried), leg)


def _reduce(
    env: Env, policy: Policy, case: Case, market: Market, holdings: Holdings, effort: _Effort
) -> list[Done]:
    """Mark is inside the margin before liquidation: a part goes, so that the stop acts first again."""
    had = had_level(case, policy, market, effort.history, holdings)
    leaves = keepable(case, had, policy, market, holdings)
    wanted = _closing(policy, case, market, holdings, leaves=leaves, reason=case.found.why)
    for approved in gate_repair([wanted], holdings, policy, env.venue.abilities).approved:
        effort.done += close(env, approved, policy, case.slot)
    return effort.done


def ease(
    env: Env, policy: Policy, case: Case, market: Market, holdings: Holdings
) -> tuple[list[Done], Proof | None]:
    """Tighten one stop, or reduce, where the stops of several coins could not all act before liquidation.

    It covers its position all the same, so that a refusal costs nothing: the next check tries again.
    """
    history = env.venue.history()
    effort = _Effort(() if isinstance(history, Unreadable) else history, holdings)
    env.unproven.difference_update(o.client_id for o in holdings.orders_in(case.slot) if o.client_id)
    _weigh_history(env, effort, case, holdings)
    if effort.unproven >= UNPROVEN_MAX:
        return [], None
    level = stop_level(case, policy, market, effort.history, holdings)
    if is_beyond(level, case.position.mark, case.position.leg):
        return _reduce(env, policy, case, market, holdings, effort), None
    place = _stop(env, policy, case, market, level, effort)
    done = send(env, gate_repair([place], holdings, policy, env.venue.abilities).approved)
    env.unproven.update(place.client_id for d in done if not isinstance(d.outcome, Rejected))
    return done, None
