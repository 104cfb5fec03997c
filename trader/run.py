"""The pipeline on one screen: observe, decide, act, verify.

`decide` is pure; live, paper, backtest and replay all call it. `run_once` is the only place where effects are
put in order. Cover comes first: nothing is entered beside a position that is not proven covered, and every
way out after the first write goes through verify.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from trader.act import Acted, act
from trader.core.actions import Close, Enter, Rest
from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.frozen import frozen
from trader.core.identity import Role
from trader.core.orders import Accepted, Refusal, Rejected, Unknown, Unreadable
from trader.core.policy import Policy
from trader.core.ports import ARRIVAL_MARGIN_MS, Env, Scope, Venue
from trader.core.report import (
    Done,
    Exit,
    Flat,
    Foreign,
    Naked,
    Protected,
    Refused,
    Report,
    Unread,
    Verdict,
    Verified,
)
from trader.core.snapshot import Holdings, Snapshot
from trader.core.standing import Standing
from trader.core.target import Want
from trader.gate import Approved, gate
from trader.observe import SPARED, observe, observe_again, patiently, unread_parts
from trader.plan import diff
from trader.rules.breakers import tripped, tripped_coins
from trader.rules.standing import standing_of
from trader.settle import seen_through
from trader.unmanaged import unmanaged
from trader.unseen import close_unseen
from trader.verify import standing_ids, verify
from trader.want import want_all

ENDED = "ended"  # the rule of the gate that asks for the record of recent orders


@frozen
class Decision:
    """What the pure decision says."""

    wants: Mapping[str, Want]
    approved: tuple[Approved, ...]
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]
    tripped: Mapping[str, str]
    standing: Standing

    def verdict(self) -> Verdict:
        """The decision as a value that can be stored and compared."""
        return Verdict(
            self.wants, tuple(a.action for a in self.approved), self.refused, self.notes, self.tripped
        )

    @property
    def enters(self) -> bool:
        return any(isinstance(a.action, Enter | Rest) for a in self.approved)


@dataclass
class Ran:
    """What one run found, did and proved, in the order in which it happened."""

    snapshot: Snapshot | None = None
    verdict: Verdict | None = None
    done: list[Done] = field(default_factory=list)
    verified: Verified | None = None
    codes: set[Exit] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    halted: str | None = None
    unfamiliar: list[str] = field(default_factory=list)
    standing: Standing | None = None

    def report(
        self, *, command: str, realm: str, venue: str, account: str, times_ms: tuple[int, int], requests: int
    ) -> Report:
        """The run as one value; `times_ms` is when it began and when it ended."""
        return Report(
            command=command,
            realm=realm,
            venue=venue,
            account=account,
            started_ms=times_ms[0],
            ended_ms=times_ms[1],
            snapshot=self.snapshot,
            verdict=self.verdict,
            done=tuple(self.done),
            verified=self.verified,
            codes=frozenset(self.codes),
            problems=tuple(dict.fromkeys(self.problems)),
            notes=tuple(self.notes),
            requests={"sent": requests},
            unfamiliar=tuple(self.unfamiliar),
            standing=self.standing,
        )


def decide(snapshot: Snapshot, policy: Policy, halted: str | None) -> Decision:
    """What should be true, what would make it true, and what of that is allowed."""
    wants = want_all(snapshot, policy)
    standing = standing_of(snapshot, policy)
    account, coins = tripped(standing, policy, snapshot.venue_ms), tripped_coins(standing, policy)
    stopped = halted or next(iter(account.values()), None)
    plan = diff(wants, snapshot, policy, stopped, {coin: next(iter(coins[coin].values())) for coin in coins})
    decided = gate(plan.actions, snapshot, policy, halted, standing)
    breakers = {
        **account,
        **{f"{rule} {c}": why for c, rules in coins.items() for rule, why in rules.items()},
    }
    return Decision(wants, decided.approved, decided.refused, plan.notes, breakers, standing)


def decide_seen(
    snapshot: Snapshot, policy: Policy, halted: str | None, venue: Venue
) -> tuple[Snapshot, Decision]:
    """The decision; what became of recent orders is read only when an entry waits for nothing else, and
    counts against the limits before anything is entered."""
    decision = decide(snapshot, policy, halted)
    if snapshot.ended is not None or all(r.rule != ENDED for r in decision.refused):
        return snapshot, decision
    if not venue.affords(None):
        refused = (Refused(r.action, "budget", SPARED) if r.rule == ENDED else r for r in decision.refused)
        return snapshot, replace(decision, refused=tuple(refused))
    ended, budgets = venue.history(), snapshot.budgets
    if not isinstance(budgets, Unreadable):
        budgets = tuple({b.what: b for b in (*budgets, *venue.budgets())}.values())
    whole = replace(snapshot, ended=ended, budgets=budgets)
    return whole, decide(whole, policy, halted)


def run_once(env: Env, policy: Policy) -> Ran:
    """One tick."""
    ran = Ran()
    try:
        before = observe(env, policy)
    except (Unavailable, Denied, Malformed) as error:
        env.trouble.append(error)
        return _concluded(ran, env, policy, close_unseen(env, policy, verify(env, policy, None)))
    ran.snapshot = before
    shield = verify(env, policy, before.holdings)
    blind = None
    if shield.done or _unproven(shield):
        ran.done += shield.done
        ran.notes += shield.notes
    if shield.done or _unproven(shield) or _shows_more(shield.holdings, before.holdings):
        before, blind = observe_again(env, policy, before)
    ran.halted = env.halted() or blind
    before, decision = decide_seen(before, policy, ran.halted, env.venue)
    wait_s = _quarantine_s(env)
    if decision.enters and wait_s > 0:
        ran.notes.append(
            f"the lock file does not say that the last run ended clean; waited {wait_s:.0f} s, until none "
            "of its writes could arrive any more"
        )
        env.clock.sleep(wait_s)
        before, blind = observe_again(env, policy, before)
        ran.halted = env.halted() or blind
        before, decision = decide_seen(before, policy, ran.halted, env.venue)
    ran.snapshot, ran.verdict, ran.standing = before, decision.verdict(), decision.standing
    try:
        acted = act(env, decision.approved, before, policy)
    except BaseException:
        verify(env, policy, None, since_ms=before.venue_ms, stood=standing_ids(before.holdings))
        raise
    return _after(ran, env, policy, before, shield, acted)


def _shows_more(newer: Holdings | None, seen: Holdings) -> bool:
    """Whether the last reading of a proof shows another account than the observation: a decision from the
    older one would send what somebody has sent since."""
    return newer is not None and _account(newer) != _account(seen)


def _account(holdings: Holdings) -> object:
    return holdings.orders, holdings.fills, {p.slot: p.size for p in holdings.positions}


def _quarantine_s(env: Env) -> float:
    """How long a write of a dead process may still arrive; a wall clock set back adds nothing to it."""
    longest_ms = env.venue.abilities.write_expiry_ms + ARRIVAL_MARGIN_MS
    return max(0, min(env.dirty_until_ms - env.clock.now_ms(), longest_ms)) / 1000


def _after(ran: Ran, env: Env, policy: Policy, before: Snapshot, shield: Verified, acted: Acted) -> Ran:
    """Nothing written: the observation is the proof. Otherwise prove it from a newer reading."""
    if ran.verdict is not None and acted.held_back:
        ran.verdict = replace(ran.verdict, refused=(*ran.verdict.refused, *acted.held_back))
    wrote = bool(acted.done) or bool(shield.done) or _unproven(shield)
    known = None if wrote else before.holdings
    stood = standing_ids(before.holdings)
    proof = verify(env, policy, known, entered=acted.done, since_ms=before.venue_ms, stood=stood)
    ran.done += seen_through(env, acted.done, proof.holdings)
    proof = close_unseen(env, policy, proof)
    return _concluded(ran, env, policy, proof)


def check_cover(env: Env, policy: Policy, *, repair: bool) -> Ran:
    """The health command: prove cover of the whole account, and restore it where it is missing."""
    ran = Ran()
    try:
        before = patiently(env, Scope(fills_back_ms=env.fills_back_ms))
    except (Unavailable, Denied, Malformed) as error:
        env.trouble.append(error)
        return _concluded(ran, env, policy, verify(env, policy, None, repair=repair))
    ran.snapshot = before
    proof = verify(env, policy, before.holdings, repair=repair)
    proof = close_unseen(env, policy, proof) if repair else proof
    if proof.done:
        ran.notes += [n for n in proof.notes if n not in ran.notes]
    _concluded(ran, env, policy, proof)
    if policy.report_foreign and any(isinstance(p, Foreign) and not p.covered for p in proof.proofs):
        ran.codes.add(Exit.FOREIGN_UNCOVERED)
    return ran


def _unproven(verified: Verified) -> bool:
    return any(isinstance(p, Unread | Naked) for p in verified.proofs)


def _concluded(ran: Ran, env: Env, policy: Policy, proof: Verified) -> Ran:
    """Put the proof and the codes that follow from everything into the result."""
    ran.verified = proof
    ran.done += proof.done
    ran.notes += [n for n in proof.notes if n not in ran.notes]
    ran.codes |= codes_of(ran.done, proof, env)
    ran.unfamiliar += [*env.unfamiliar, *(str(e) for e in env.trouble if isinstance(e, Malformed))]
    for part in unread_parts(ran.snapshot) if ran.snapshot else ():
        ran.codes.add(Exit.MALFORMED if part.answered else Exit.UNAVAILABLE)
        ran.problems.append(f"{part.what} could not be read: {part.why}")
        ran.unfamiliar += [f"{part.what}: {part.why}"] if part.answered else []
    ran.unfamiliar = list(dict.fromkeys(ran.unfamiliar))
    ran.problems += [str(e) for e in env.trouble]
    ran.problems += [*proof.strangers, *unmanaged(ran.snapshot, policy, proof)]
    ran.problems = list(dict.fromkeys(ran.problems))
    ran.notes = list(dict.fromkeys([*ran.notes, *env.remarks]))
    return ran


def codes_of(done: Sequence[Done], proof: Verified, env: Env) -> set[Exit]:
    """Every exit code that something in this run calls for."""
    codes: set[Exit] = {Exit.MALFORMED} if env.unfamiliar else set()
    for one in proof.proofs:
        match one:
            case Naked():
                codes.add(Exit.NAKED)
            case Unread():
                codes.add(Exit.UNREADABLE)
            case Flat(emergency=True):
                codes.add(Exit.EMERGENCY)
            case Flat() | Protected() | Foreign():
                pass
    for sent in done:
        if isinstance(sent.outcome, Unknown):
            codes.add(Exit.UNKNOWN)
        if isinstance(sent.outcome, Rejected) and sent.outcome.code is Refusal.DENIED:
            codes.add(Exit.DENIED)
        emergency = isinstance(sent.action, Close) and sent.action.role is Role.CLOSE_EMERGENCY
        if emergency and isinstance(sent.outcome, Accepted):
            codes.add(Exit.EMERGENCY)
    if proof.strangers:
        codes.add(Exit.OTHER_HOST)
    kinds = {Unavailable: Exit.UNAVAILABLE, Denied: Exit.DENIED, Malformed: Exit.MALFORMED}
    codes |= {kinds[type(e)] for e in env.trouble if type(e) in kinds}
    return codes
