"""What a run found, decided, did and proved; the Report decides its own exit code.

A proof is of one slot: its `leg` is set in an account with two sides and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from enum import IntEnum

from trader.core.actions import Action
from trader.core.frozen import frozen
from trader.core.market import Leg, Slot
from trader.core.orders import Outcome
from trader.core.snapshot import Holdings, Snapshot
from trader.core.standing import Standing
from trader.core.target import Want


class Exit(IntEnum):
    """The documented exit codes."""

    OK = 0
    USAGE = 2
    UNAVAILABLE = 10
    DENIED = 11
    MALFORMED = 12
    NAKED = 20
    EMERGENCY = 21
    UNKNOWN = 22
    UNREADABLE = 23
    OTHER_HOST = 24
    FOREIGN_UNCOVERED = 25
    BROKEN = 70
    BUSY = 75
    CONFIG = 78


SEVERITY = (
    Exit.NAKED,
    Exit.OTHER_HOST,
    Exit.UNREADABLE,
    Exit.UNKNOWN,
    Exit.EMERGENCY,
    Exit.FOREIGN_UNCOVERED,
    Exit.MALFORMED,
    Exit.DENIED,
    Exit.UNAVAILABLE,
)


def worst(codes: "set[Exit]") -> Exit:
    """The one code a run ends with; a code outside the order still counts when nothing worse is there."""
    others = max(codes - {Exit.OK}, default=Exit.OK)
    return next((code for code in SEVERITY if code in codes), others)


@frozen
class Protected:
    """The position's stops were read back live after our last write."""

    coin: str
    size: Decimal
    stops: tuple[str, ...]
    level: Decimal
    by_foreign: bool = False
    leg: Leg | None = None


@frozen
class Flat:
    """The position was closed in this run and read back as gone."""

    coin: str
    reason: str
    emergency: bool
    leg: Leg | None = None


@frozen
class Naked:
    """A position of ours is known uncovered and could not be closed."""

    coin: str
    size: Decimal
    tried: tuple[str, ...]
    leg: Leg | None = None


@frozen
class Unread:
    """Cover could not be read."""

    coin: str
    why: str
    leg: Leg | None = None


@frozen
class Foreign:
    """A position, or a part of one, that is not ours."""

    coin: str
    size: Decimal
    covered: bool
    leg: Leg | None = None


ACCOUNT = "account"  # what a proof is of when not even the positions could be read
Proof = Protected | Flat | Naked | Unread | Foreign


def slot_of(proof: Proof) -> Slot:
    """What a proof is of."""
    return Slot(proof.coin, proof.leg)


@frozen
class Refused:
    """An action that the gate stopped: which rule, and why."""

    action: Action
    rule: str
    reason: str


@frozen
class Done:
    """One action that was sent, and what became of it."""

    action: Action
    outcome: Outcome
    sent_ms: int
    settled_ms: int


@frozen
class Verdict:
    """What the pure decision said: a want a coin, what passed the gate, what did not, and which breakers of
    the account are tripped, by their names with the reason."""

    wants: Mapping[str, Want]
    approved: tuple[Action, ...]
    refused: tuple[Refused, ...]
    notes: tuple[str, ...] = ()
    tripped: Mapping[str, str] = field(default_factory=dict)


@frozen
class Verified:
    """What verify proved, what it had to do for it, and the reading that proves it.

    `naked_ms`: how long this run so far, from reading to reading, knew a position of ours to be without
    cover; None where cover was not read.
    """

    proofs: tuple[Proof, ...]
    done: tuple[Done, ...] = ()
    notes: tuple[str, ...] = ()
    holdings: Holdings | None = None
    strangers: tuple[str, ...] = ()
    naked_ms: int | None = None


@frozen
class Report:
    """One run, whole; every sink is a function of it. `realm` says whose money it is, as a first word.

    `unfamiliar`: what the venue said that this program does not know. `standing` is how the account stands,
    None where nothing was decided. `halted` and since when: the operator's switch as it was when the run
    ended; None where nobody looked, and `halted_since_ms` None too where it cannot be read.
    """

    command: str
    realm: str
    venue: str
    account: str
    started_ms: int
    ended_ms: int
    snapshot: Snapshot | None
    verdict: Verdict | None
    done: tuple[Done, ...]
    verified: Verified | None
    codes: frozenset[Exit]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    requests: Mapping[str, int] = field(default_factory=dict)
    unfamiliar: tuple[str, ...] = ()
    standing: Standing | None = None
    halted: bool | None = None
    halted_since_ms: int | None = None

    @property
    def exit_code(self) -> Exit:
        return worst(set(self.codes))
