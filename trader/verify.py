"""Proves from a reading newer than our last write that all positions are covered, and repairs those not.

Orders, positions and fills are read in one round. Repairs are serial and bounded (repair.py); then what a
newer exit has replaced is cleared, and orphans by their own rule. Whatever was written is followed by
another reading: the proof is always the last thing read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from trader.act import read_until, send
from trader.core.actions import Cancel, Close, Enter
from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.identity import Role
from trader.core.market import Market
from trader.core.orders import Accepted, Order
from trader.core.ownership import Doubt, share
from trader.core.policy import Policy
from trader.core.ports import Env
from trader.core.report import Done, Flat, Naked, Proof, Unread, Verified
from trader.core.snapshot import Holdings
from trader.examine import Case, examine, orphans, others, superseded
from trader.gate import gate_repair
from trader.repair import mend
from trader.settle import unconfirmed

PASSES_MAX = 3
ORPHAN_PAUSE_S = 5.0  # two flat readings this far apart, so that one stale answer cannot cost a stop
ORPHAN_RESERVE_S = 15.0
JUST_MS = 10_000  # longer than one round of an observation takes


@dataclass
class _Work:
    """What verify has done so far."""

    entered: list[Done]
    done: list[Done] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    closed: dict[str, Proof] = field(default_factory=dict)


def verify(
    env: Env,
    policy: Policy,
    known: Holdings | None,
    *,
    entered: Sequence[Done] = (),
    since_ms: int | None = None,
    repair: bool = True,
) -> Verified:
    """Prove cover. `known` is a reading newer than the last write, if there is one.

    What has only just filled and shows uncovered is read once more before it counts: an observation reads
    orders before positions, so an entry that filled in between shows without its stop.
    """
    work = _Work(list(entered))
    settled = known is not None and _agrees(known, policy, work.entered) and not _just_filled(known, policy)
    holdings = known if settled else _read(env, policy, work)
    if holdings is None:
        return Verified((Unread("account", _why_unread(env)),), (), ())
    strangers = _strangers(env, holdings, policy, since_ms, work)
    holdings = _repair(env, policy, holdings, work) if repair else holdings
    if holdings is not None and repair:
        holdings = _clear(env, policy, holdings, work)
    if holdings is None:
        proofs = (*work.closed.values(), Unread("account", _why_unread(env)))
        return Verified(proofs, tuple(work.done), tuple(work.notes), None, strangers)
    return Verified(_prove(holdings, policy, work), tuple(work.done), tuple(work.notes), holdings, strangers)


def _agrees(holdings: Holdings, policy: Policy, entered: list[Done]) -> bool:
    """True when nothing in the reading asks for another look."""
    proofs, _ = examine(holdings, policy)
    lagging = any(isinstance(p, Unread) and not _is_lasting(holdings, p.coin, policy) for p in proofs)
    return not lagging and not unconfirmed(holdings, entered)


def _just_filled(holdings: Holdings, policy: Policy) -> bool:
    """True when an uncovered position changed so late that its orders may have been read before."""
    _, cases = examine(holdings, policy)
    newest = [f.at_ms for case in cases for f in holdings.fills_of(case.coin)]
    return bool(newest) and max(newest) > holdings.at_ms - JUST_MS


def _is_lasting(holdings: Holdings, coin: str, policy: Policy) -> bool:
    mine = share(holdings, coin, policy)
    return isinstance(mine, Doubt) and mine.lasting


def _read(env: Env, policy: Policy, work: _Work) -> Holdings | None:
    """Read until positions, fills and what was sent tell one story, or the last reading there is."""
    sent = [*work.entered, *work.done]
    last = read_until(env, lambda holdings: _agrees(holdings, policy, sent))
    for coin in unconfirmed(last, sent) if last else ():
        work.closed[coin] = Unread(coin, "an order was called filled, but its fills did not appear")
    return last


def _repair(env: Env, policy: Policy, holdings: Holdings, work: _Work) -> Holdings | None:
    now: Holdings | None = holdings
    for _ in range(PASSES_MAX):
        if now is None:
            return None
        _, cases = examine(now, policy)
        open_cases = [c for c in cases if c.coin not in work.closed]
        if not open_cases:
            return now
        for case in _largest_first(open_cases):
            market = _market(env, case.coin)
            if market is None:
                continue
            done, proof = mend(env, policy, case, market, now)
            work.done += done
            work.notes.append(f"{case.coin}: was uncovered: {case.found.why}")
            if proof is not None:
                work.closed[case.coin] = proof
        now = _read(env, policy, work)
        if now is None:
            return None
    return now


def _market(env: Env, coin: str) -> Market | None:
    """The coin's rules; one coin that has none now must not keep the others from their stops."""
    try:
        return env.venue.market(coin)
    except (Unavailable, Denied, Malformed) as error:
        env.trouble.append(error)
        return None


def _largest_first(cases: list[Case]) -> list[Case]:
    return sorted(cases, key=lambda c: (-c.position.notional, c.coin))


def _clear(env: Env, policy: Policy, holdings: Holdings, work: _Work) -> Holdings | None:
    """Take off what was replaced and what no position stands behind any more."""
    replaced = [_cancel(o, "replaced by a newer exit") for o in superseded(holdings, policy)]
    decided = gate_repair(replaced, holdings, policy)
    work.done += send(env, decided.approved)
    work.notes += [f"kept: {r.reason}" for r in decided.refused]
    lonely = _proven_orphans(env, policy, holdings)
    flat = frozenset(o.coin for o in lonely)
    decided = gate_repair(
        [_cancel(o, "orphan: its position is closed") for o in lonely], holdings, policy, flat
    )
    work.done += send(env, decided.approved)
    if not work.done:
        return holdings
    return _read(env, policy, work)


def _cancel(order: Order, reason: str) -> Cancel:
    return Cancel(order.coin, order.order_id, order.client_id, reason)


def _proven_orphans(env: Env, policy: Policy, holdings: Holdings) -> list[Order]:
    """Orphans in two readings far enough apart; a stop that can only reduce costs nothing meanwhile."""
    first = orphans(holdings, policy)
    if not first or env.deadline.remaining_s() < ORPHAN_RESERVE_S:
        return []
    env.clock.sleep(ORPHAN_PAUSE_S)
    again = read_until(env, lambda holdings: _agrees(holdings, policy, []))
    if again is None:
        return []
    still = {o.order_id for o in orphans(again, policy)}
    return [o for o in first if o.order_id in still]


def _prove(holdings: Holdings, policy: Policy, work: _Work) -> tuple[Proof, ...]:
    proofs, cases = examine(holdings, policy)
    found: dict[str, list[Proof]] = {}
    for proof in proofs:
        found.setdefault(proof.coin, []).append(proof)
    for case in cases:
        known = work.closed.get(case.coin)
        naked = Naked(case.coin, case.mine.ours, (case.found.why,))
        found.setdefault(case.coin, []).append(known if isinstance(known, Naked | Unread) else naked)
    for coin, proof in work.closed.items():
        if coin not in found:
            found[coin] = [proof]
    for done in work.done:
        action = done.action
        if isinstance(action, Close) and action.coin not in found and isinstance(done.outcome, Accepted):
            emergency = action.role is Role.CLOSE_EMERGENCY
            found[action.coin] = [Flat(action.coin, action.reason, emergency)]
    return tuple(p for coin in sorted(found) for p in found[coin])


def _strangers(
    env: Env, holdings: Holdings, policy: Policy, since_ms: int | None, work: _Work
) -> tuple[str, ...]:
    """Signs of another host or copy; a dead predecessor's late order is not one."""
    if since_ms is None or env.clock.now_ms() < env.dirty_until_ms:
        return ()
    accepted = {
        d.outcome.order_id
        for d in work.entered
        if isinstance(d.action, Enter) and isinstance(d.outcome, Accepted) and d.outcome.order_id
    }
    return tuple(
        others(holdings, sent=env.sent, own_orders=accepted, since_ms=since_ms, account=policy.account_tag)
    )


def _why_unread(env: Env) -> str:
    return str(env.trouble[-1]) if env.trouble else "the account could not be read"
