"""What the gate is asked in a test, and its answer in lines that a person can read and a file can keep.

Two plain plans pass every rule: an entry at once on an account with one position a coin, and a rung of a grid
that is to rest on an account with two sides. A test says what it changes around one of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Literal, Protocol

from tests.support.builders import a_market, a_policy, a_snapshot, an_entry
from tests.support.resting_gate import a_rest
from tests.support.resting_scenes import a_snap, whole
from trader import gate as real_gate
from trader.core.actions import Action, Enter, Rest
from trader.core.policy import Policy
from trader.core.snapshot import Snapshot
from trader.rules import breakers as real_breakers
from trader.rules import standing as real_standing

Kind = Literal["entry", "rest"]
KINDS: tuple[Kind, ...] = ("entry", "rest")


@dataclass(frozen=True)
class Parts:
    """The code that is asked: the program's own, or one with a planted flaw."""

    gate: ModuleType = real_gate
    breakers: ModuleType = real_breakers
    standing: ModuleType = real_standing


@dataclass(frozen=True)
class Question:
    """A plan before the gate."""

    actions: tuple[Action, ...]
    snapshot: Snapshot
    policy: Policy
    halted: str | None = None

    def answer(self, parts: Parts) -> list[str]:
        decided = parts.gate.gate(self.actions, self.snapshot, self.policy, self.halted)
        return told(decided)


@dataclass(frozen=True)
class Alone:
    """What one rule says of the first entry of a plan, where an earlier one would have spoken first."""

    rule: str
    plan: Question

    def answer(self, parts: Parts) -> list[str]:
        entry = self.plan.actions[0]
        table = parts.gate.ENTRY_RULES if isinstance(entry, Enter) else parts.gate.REST_RULES
        book = parts.gate.Book.of(self.plan.snapshot, self.plan.policy, self.plan.halted)
        return [str(table[self.rule](entry, book))]


@dataclass(frozen=True)
class Repair:
    """A repair before the gate."""

    actions: tuple[Action, ...]
    snapshot: Snapshot
    policy: Policy
    freed: frozenset[Any] = frozenset()

    def answer(self, parts: Parts) -> list[str]:
        holdings, abilities = self.snapshot.holdings, self.snapshot.abilities
        return told(parts.gate.gate_repair(self.actions, holdings, self.policy, abilities, self.freed))


@dataclass(frozen=True)
class Tripped:
    """Which breakers are tripped."""

    snapshot: Snapshot
    policy: Policy

    def answer(self, parts: Parts) -> list[str]:
        standing = parts.standing.standing_of(self.snapshot, self.policy)
        found = parts.breakers.tripped(standing, self.policy, self.snapshot.venue_ms)
        coins = parts.breakers.tripped_coins(standing, self.policy)
        lines = [f"{rule}: {why}" for rule, why in found.items()]
        return lines + [
            f"{coin}, {rule}: {why}" for coin, some in coins.items() for rule, why in some.items()
        ]


class Asks(Protocol):
    """Anything that can be asked of the gate."""

    def answer(self, parts: Parts) -> list[str]: ...


@dataclass(frozen=True)
class Case:
    """One question, and the rule that answers it; None where everything passes."""

    rule: str | None
    question: Asks


def told(decided: Any) -> list[str]:
    """An answer in lines: what passed, then what did not and the words of it."""
    passed = [f"passes: {_named(a.action)}" for a in decided.approved]
    return passed + [f"{r.rule}: {r.reason}" for r in decided.refused]


def _named(action: Action) -> str:
    if isinstance(action, Enter | Rest):
        return f"{type(action).__name__} {action.coin} {action.leg.value} {action.size}"
    return f"{type(action).__name__} {action.coin}"


def asked(
    kind: Kind,
    *,
    actions: Sequence[Action] | None = None,
    action: Mapping[str, Any] | None = None,
    policy: Policy | None = None,
    limits: Mapping[str, Any] | None = None,
    policy_changes: Mapping[str, Any] | None = None,
    holdings: Mapping[str, Any] | None = None,
    view: Mapping[str, Any] | None = None,
    halted: str | None = None,
    **snapshot: Any,
) -> Question:
    """A plain plan with these changes around it."""
    plain: Action = an_entry() if kind == "entry" else a_rest()
    found = a_snapshot() if kind == "entry" else a_snap()
    ruled = policy or (a_policy() if kind == "entry" else whole())
    ruled = replace(ruled, limits=replace(ruled.limits, **(limits or {})), **(policy_changes or {}))
    found = replace(found, holdings=replace(found.holdings, **(holdings or {})))
    if view:
        found = replace(found, markets={"BTC": replace(found.markets["BTC"], **view)})
    rules = {"ETH": a_market("ETH"), **found.rules}
    found = replace(found, **{"rules": rules, **snapshot})
    some = (replace(plain, **(action or {})),) if actions is None else tuple(actions)
    return Question(some, found, ruled, halted)


def both(rule: str | None, **changes: Any) -> dict[Kind, Case]:
    """The same change around both plans."""
    return {kind: Case(rule, asked(kind, **changes)) for kind in KINDS}
