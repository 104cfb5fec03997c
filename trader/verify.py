"""Proves from a reading newer than our last write that all positions are covered, and repairs those not.

Orders, positions and fills are read in one round. Repairs are serial and bounded (repair.py); then what a
newer exit has replaced is cleared, orphans by their own rule (orphaned.py), and a position gets the exits
that are to stand behind it (dressing.py). Whatever was written is followed by another reading: the proof is
always the last thing read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from trader.core.actions import Cancel, Close, Enter, PlaceExit, Rest
from trader.core.identity import Role
from trader.core.market import Slot
from trader.core.orders import Accepted, Unreadable
from trader.core.ownership import Doubt, share
from trader.core.policy import Policy
from trader.core.ports import Env
from trader.core.report import ACCOUNT, Done, Flat, Foreign, Naked, Proof, Unread, Verified, slot_of
from trader.core.snapshot import Holdings
from trader.crowding import crowded_cases
from trader.dressing import Worn, put_on
from trader.examine import Case, examine, others, shared_targets, superseded
from trader.exits import without_target
from trader.gate import gate_repair
from trader.orphaned import proven_orphans, unclaimed
from trader.repair import mend_each
from trader.reread import JUST_MS, displaced, is_lasting, read_until
from trader.sending import send, take_off
from trader.settle import unconfirmed
from trader.unlisted import unlisted

PASSES_MAX = 3


@dataclass
class _Work:
    """What verify has done so far."""

    entered: list[Done]
    stood: frozenset[str]
    done: list[Done] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    closed: dict[Slot, Proof] = field(default_factory=dict)
    worn: Worn = field(default_factory=Worn)
    waited: bool = False


def verify(
    env: Env,
    policy: Policy,
    known: Holdings | None,
    *,
    entered: Sequence[Done] = (),
    since_ms: int | None = None,
    stood: frozenset[str] = frozenset(),
    repair: bool = True,
) -> Verified:
    """Prove cover. `known` is a reading newer than the last write, if there is one.

    `stood` are the ids of our orders that were live before this run's first write.

    What has only just filled and shows uncovered is read once more before it counts: an observation reads
    orders before positions, so an entry that filled in between shows without its stop.
    """
    work = _Work(list(entered), stood)
    known = known if known is None else displaced(known, env.asked)
    settled = known is not None and _agrees(env, known, policy, work.entered)
    settled = settled and known is not None and not (_just_filled(env, known, policy) or _displaced(known))
    holdings = known if settled else _read(env, policy, work)
    if holdings is None:
        return Verified((Unread(ACCOUNT, _why_unread(env)),), (), ())
    strangers = _strangers(env, holdings, policy, since_ms, work)
    _judged(env, holdings, policy)
    restored = _restore(env, policy, holdings, work) if repair else holdings
    if restored is None:
        proofs = (*work.closed.values(), Unread(ACCOUNT, _why_unread(env)))
        return Verified(proofs, tuple(work.done), tuple(work.notes), None, strangers)
    found = _prove(env, restored, policy, work)
    notes = (*work.notes, *work.worn.notes)
    return Verified(found, tuple(work.done), notes, restored, strangers, _naked_ms(env, found))


def _restore(env: Env, policy: Policy, holdings: Holdings, work: _Work) -> Holdings | None:
    """Whatever the reading lacks: what a fill needs, repairs, what is left over, and what that shows."""
    now: Holdings | None = holdings
    if _dress(env, policy, holdings, work):
        now = _read(env, policy, work)
    now = mended = _repair(env, policy, now, work) if now is not None else None
    now = _tidy(env, policy, now, work) if now is not None else None
    now = now if now is None or now is mended else _repair(env, policy, now, work)
    return _without_unlisted(env, policy, now, work) if now is not None else None


def _without_unlisted(env: Env, policy: Policy, holdings: Holdings, work: _Work) -> Holdings | None:
    """Take off what another stop has replaced though the list does not show it (unlisted.py)."""
    cancels, shown = unlisted(env, policy, holdings, work.done)
    decided = gate_repair(cancels, shown, policy, env.venue.abilities)
    work.notes += [f"kept: {r.reason}" for r in decided.refused]
    done = take_off(env, decided.approved)
    work.done += done
    return _read(env, policy, work) if done else holdings


def _judged(env: Env, holdings: Holdings, policy: Policy) -> tuple[list[Proof], list[Case]]:
    """What a reading shows; it is noted when that was, and whether a position of ours was uncovered."""
    proofs, cases = examine(holdings, policy, env.venue.abilities)
    env.held.update(p.slot for p in holdings.positions)
    if cases or not any(isinstance(p, Unread) for p in proofs):
        env.judged.append((holdings.at_ms, bool(cases)))
    return proofs, cases


def _naked_ms(env: Env, proofs: Sequence[Proof]) -> int | None:
    """How long this run knew of a position of ours without cover; None where cover was not read."""
    if not env.judged or any(isinstance(p, Unread) for p in proofs):
        return None
    until_ms = env.venue.venue_now_ms()
    readings = zip(env.judged, [*env.judged[1:], (until_ms, False)], strict=True)
    return sum(max(0, later_ms - at_ms) for (at_ms, is_naked), (later_ms, _) in readings if is_naked)


def _agrees(env: Env, holdings: Holdings, policy: Policy, entered: Sequence[Done]) -> bool:
    """True when nothing in the reading asks for another look."""
    proofs, _ = examine(holdings, policy, env.venue.abilities)
    unread = {slot_of(proof) for proof in proofs if isinstance(proof, Unread)}
    doubted = {slot for slot in holdings.slots() if isinstance(share(holdings, slot, policy), Doubt)}
    lasts = all(is_lasting(holdings, slot, policy) for slot in unread | doubted)
    return lasts and not unconfirmed(holdings, entered)


def _just_filled(env: Env, holdings: Holdings, policy: Policy) -> bool:
    """True when an uncovered position changed so late that its orders may have been read before."""
    _, cases = examine(holdings, policy, env.venue.abilities)
    newest = [f.at_ms for case in cases for f in holdings.fills_in(case.slot)]
    return bool(newest) and max(newest) > holdings.at_ms - JUST_MS


def _read(env: Env, policy: Policy, work: _Work, placed: Iterable[str] = ()) -> Holdings | None:
    """Read until positions, fills and what was sent tell one story, or the last reading there is."""
    sent, stands = [*work.entered, *work.done], {*work.worn.placed, *placed}

    def agrees(holdings: Holdings) -> bool:
        follows = _lists(holdings, stands) and (work.waited or not _displaced(holdings))
        return _agrees(env, holdings, policy, sent) and follows

    last = read_until(env, agrees)
    work.waited |= last is not None and _displaced(last)
    for slot in unconfirmed(last, sent) if last else ():
        why = "an order was taken or called filled, but its fills did not appear"
        work.closed[slot] = Unread(slot.coin, why, slot.leg)
    return last


def _lists(holdings: Holdings, ids: Iterable[str]) -> bool:
    """True when every exit that was just put on stands in the list."""
    orders = () if isinstance(holdings.orders, Unreadable) else holdings.orders
    return set(ids) <= {o.client_id for o in orders}


def _displaced(holdings: Holdings) -> bool:
    """True while a stop is shown farther from price than it was asked to stand: a list that trails a move of
    it shows it there too, but not for long."""
    orders = () if isinstance(holdings.orders, Unreadable) else holdings.orders
    return any(o.asked is not None for o in orders)


def _repair(env: Env, policy: Policy, holdings: Holdings, work: _Work) -> Holdings | None:
    """Mend what is uncovered; where nothing is, ease what would be liquidated before all stops have acted.

    A position that was reduced may be all that was needed: the next one is judged by another reading.
    """
    now: Holdings | None = holdings
    passes = reductions = 0
    while now is not None and passes < PASSES_MAX:
        _, cases = _judged(env, now, policy)
        crowd = [] if cases else crowded_cases(now, policy)
        open_cases = [c for c in cases or crowd if c.slot not in work.closed]
        if not open_cases:
            return now
        mended = mend_each(env, policy, now, open_cases, is_crowd=bool(crowd))
        work.done += mended.done
        work.notes += mended.notes
        work.closed.update(mended.closed)
        if mended.reduced and reductions < len(holdings.positions):
            reductions += 1
        else:
            passes += 1
        now = _read(env, policy, work, _stops_taken(mended.done) if crowd else ())
    return now


def _stops_taken(done: Iterable[Done]) -> list[str]:
    return [
        d.action.client_id
        for d in done
        if isinstance(d.action, PlaceExit) and isinstance(d.outcome, Accepted)
    ]


def _tidy(env: Env, policy: Policy, holdings: Holdings, work: _Work) -> Holdings | None:
    """Clear what was replaced, put on what is to stand, and clear what that replaces in turn."""
    now: Holdings | None = holdings
    for _ in range(PASSES_MAX):
        now = _clear(env, policy, now, work) if now is not None else None
        if now is None or not _dress(env, policy, now, work):
            return now
        now = _read(env, policy, work)
    return now


def _clear(env: Env, policy: Policy, holdings: Holdings, work: _Work) -> Holdings | None:
    """Take off what was replaced and what no position stands behind any more."""
    abilities, before = env.venue.abilities, len(work.done)
    shared = shared_targets(holdings, policy, abilities)
    work.notes += dict.fromkeys(without_target(o.coin) for o in shared)
    replaced = [o for o in superseded(holdings, policy, abilities) if o not in shared]
    replaced = unclaimed(env, replaced, holdings)
    cancels = [Cancel.of(o, "replaced by a newer exit") for o in replaced]
    cancels += [Cancel.of(o, "a part of its position is not ours") for o in shared]
    decided = gate_repair(cancels, holdings, policy, abilities)
    work.done += take_off(env, decided.approved)
    work.notes += [f"kept: {r.reason}" for r in decided.refused]
    sent = [*work.entered, *work.done]
    lonely, now = proven_orphans(
        env, policy, holdings, sent, lambda: read_until(env, lambda read: _agrees(env, read, policy, sent))
    )
    flat = frozenset(o.slot for o in lonely)
    orphaned = [Cancel.of(o, "orphan: its position is closed") for o in lonely]
    work.done += send(env, gate_repair(orphaned, holdings, policy, abilities, flat).approved)
    return now if len(work.done) == before else _read(env, policy, work)


def _dress(env: Env, policy: Policy, holdings: Holdings, work: _Work) -> bool:
    """Put on what a covered position still lacks; True when the next reading may show something new."""
    entries = [d.action for d in work.entered if isinstance(d.action, Enter)]
    done, again = put_on(env, policy, holdings, entries, work.worn)
    work.done += done
    return again


def _prove(env: Env, holdings: Holdings, policy: Policy, work: _Work) -> tuple[Proof, ...]:
    proofs, cases = _judged(env, holdings, policy)
    found: dict[Slot, list[Proof]] = {}
    for proof in proofs:
        found.setdefault(slot_of(proof), []).append(proof)
    for case in cases:
        known = work.closed.get(case.slot)
        naked = Naked(case.coin, case.mine.ours, (case.found.why,), case.slot.leg)
        found.setdefault(case.slot, []).append(known if isinstance(known, Naked | Unread) else naked)
    for slot, proof in work.closed.items():
        if slot not in found or (isinstance(proof, Unread) and _is_all_foreign(found[slot])):
            found[slot] = [proof]
    for done in work.done:
        action = done.action
        if not isinstance(action, Close) or not isinstance(done.outcome, Accepted):
            continue
        slot = holdings.slot_of(action.coin, action.leg)
        if slot not in found:
            found[slot] = [Flat(slot.coin, action.reason, action.role is Role.CLOSE_EMERGENCY, slot.leg)]
    return tuple(p for slot in sorted(found, key=str) for p in found[slot])


def _is_all_foreign(proofs: Sequence[Proof]) -> bool:
    """True where a reading gives a position to somebody else: not to be believed beside an entry of ours
    whose fills did not appear."""
    return all(isinstance(proof, Foreign) for proof in proofs)


def _strangers(
    env: Env, holdings: Holdings, policy: Policy, since_ms: int | None, work: _Work
) -> tuple[str, ...]:
    """Signs of another host or copy; a dead predecessor's late order is not one."""
    if since_ms is None or env.clock.now_ms() < env.dirty_until_ms:
        return ()
    entered = {
        d.action.client_id: d.outcome.order_id
        for d in work.entered
        if isinstance(d.action, Enter | Rest) and isinstance(d.outcome, Accepted) and d.outcome.order_id
    }
    told = others(
        holdings,
        sent=env.sent,
        entered=entered,
        stood=work.stood,
        since_ms=since_ms,
        account=policy.account_tag,
    )
    return (*env.others, *told)


def standing_ids(holdings: Holdings) -> frozenset[str]:
    """The ids of every order that was live in a reading."""
    orders = () if isinstance(holdings.orders, Unreadable) else holdings.orders
    return frozenset(o.client_id for o in orders if o.client_id)


def _why_unread(env: Env) -> str:
    return str(env.trouble[-1]) if env.trouble else "the account could not be read"
