"""Faults as data: what goes wrong, at which request, once or from there on.

Rules: a fault names its kind, a rule that picks requests, and parameters; a plan is a list of them
and round-trips through JSON, so that a failure replays from one line. Nothing here is random and
nothing here acts: `FaultBox` counts requests and says which faults are due. Kinds are numbered as
groups T (transport), H (HTTP), V (a venue that lies); what each does is written in KINDS.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from trader.core.frozen import frozen

KINDS: dict[str, str] = {
    "T1": "name resolution fails",
    "T2": "connection refused",
    "T3": "connect times out",
    "T4": "TLS fails",
    "T5": "reset before the request was sent",
    "T6": "sent and applied, reset before the answer",
    "T7": "sent, not applied, reset before the answer",
    "T8": "applied, the answer slower than the timeout (seconds)",
    "T9": "applied, the body shorter than its declared length",
    "T10": "applied, the body drips slower than the timeout",
    "T11": "lost, delivered late (until: requests with n, run_end, next_run with n, next_run_write)",
    "T12": "delivered twice, the first answer returned",
    "T13": "applied, answered with the answer to the request before",
    "T14": "a kept connection was dead: not applied",
    "T15": "name resolution hangs (seconds)",
    "T16": "connect hangs (seconds)",
    "T17": "the TLS handshake hangs (seconds)",
    "H1": "429 with a JSON body (retry_after)",
    "H2": "429 or 403 with an HTML body (status)",
    "H3": "418: banned (retry_after)",
    "H4": "500 with an empty body",
    "H5": "503, accepted without an answer in time (applied, code)",
    "H6": "503, service unavailable",
    "H7": "503, internal error",
    "H8": "503, overloaded",
    "H9": "502 or 504 with an HTML body (status, applied)",
    "H10": "301 or 302 to another host (status)",
    "H11": "200 with an HTML page",
    "H12": "a wrong content type",
    "H13": "a body of 50 MB, plain or as a gzip bomb (variant)",
    "H14": "a broken JSON body, or one of another version (variant, field)",
    "H15": "200 with an empty body, or the body null (body)",
    "H16": "408, the backend gave no answer in time (applied)",
    "V1": "one item refused inside an accepted batch (leg, text)",
    "V2": "acknowledged, then gone without a trace (leg)",
    "V3": "placed at half the size (leg)",
    "V4": "placed with a trigger beyond liquidation",
    "V5": "accepted, then ended by the venue (leg, status)",
    "V6": "triggers refused as immediate",
    "V7": "a stale read: the answer given before to the same question",
    "V7b": "a stale read: the state before the last write",
    "V8": "an empty list though there is something",
    "V9": "an order that exists is unknown",
    "V11": "a list cut short (keep)",
    "V12": "the entry fills in part, the rest is cancelled (filled: lot, fraction, all_but_lot)",
    "V13": "a fill at an absurd price (factor)",
    "V14": "prices that cannot be (variant: zero, nan, negative, crossed, stale, missing)",
    "V15": "tick, lot, leverage or size rules change (coin and the changed fields)",
    "V16": "a leverage or margin change is refused (text)",
    "V18": "the endpoint is retired (status)",
    "V19": "the key may only read from here on",
    "V20": "the agent is revoked from here on",
    "V21": "the venue's clock is off from here on (offset_ms)",
    "V22": "the account is unified from here on (abstraction)",
    "V23": "somebody else changes the account (two_sided, or coin with leverage, cross)",
    "V24": "overloaded: orders that may add risk are refused (seconds)",
    "V25": "each row of a list is told twice",
    "V26": "an error in the venue's own words (code or text, applied)",
    "V27": "what triggers from here on finds an empty book (coin)",
    "V28": "maintenance from here on (state)",
    "V29": "money comes or goes, other than by trading (amount, kind)",
    "V30": "the key ends soon, or belongs to another account (in_ms, account)",
    "V31": "the account is of another kind (role)",
    "V32": "a limit on requests is used up",
}


@frozen
class Seen:
    """What a venue's dialect sees in a request, as far as a rule can ask for it."""

    what: str
    is_write: bool
    coins: tuple[str, ...] = ()


@frozen
class Fault:
    """One fault. It is due at the `nth` request that fits, and `times` times from there (0: for ever).

    A request fits when it is number `call` since the plan was armed, or later where `times` is not 1, is not
    before number `since`, is of type `what` (a read's type or an action's), a write or not, and about
    `coin`; what is None does not matter.
    """

    kind: str
    call: int | None = None
    what: str | None = None
    is_write: bool | None = None
    coin: str | None = None
    nth: int = 1
    times: int = 1
    params: Mapping[str, Any] = field(default_factory=dict)
    since: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}: expected one of {', '.join(KINDS)}")

    @property
    def group(self) -> str:
        return self.kind[0]

    def fits(self, call: int, seen: Seen) -> bool:
        """Is this request one that the rule is about?"""
        return (
            (self.call is None or call == self.call or (self.times != 1 and call > self.call))
            and (self.since is None or call >= self.since)
            and (self.what is None or self.what == seen.what)
            and (self.is_write is None or self.is_write == seen.is_write)
            and (self.coin is None or self.coin in seen.coins)
        )

    def to_json(self) -> dict[str, Any]:
        """Only what differs from the defaults."""
        plain = Fault(self.kind)
        names = ("call", "what", "is_write", "coin", "nth", "times", "since")
        row: dict[str, Any] = {"kind": self.kind}
        row |= {name: getattr(self, name) for name in names if getattr(self, name) != getattr(plain, name)}
        if self.params:
            row["params"] = dict(self.params)
        return row


@frozen
class Plan:
    """All faults of an episode."""

    faults: tuple[Fault, ...] = ()

    @classmethod
    def of(cls, *faults: Fault) -> "Plan":
        return cls(faults)

    def to_json(self) -> str:
        return json.dumps([fault.to_json() for fault in self.faults], separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        return cls(tuple(Fault(**row) for row in json.loads(text)))


class FaultBox:
    """Counts requests against a plan and says what is due."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.fired: Counter[str] = Counter()
        self.fired_at: list[tuple[int, str, str]] = []
        self.calls = 0
        self._plan = plan or Plan()
        self._matched = [0] * len(self._plan.faults)

    @property
    def plan(self) -> Plan:
        return self._plan

    def arm(self, plan: Plan) -> None:
        """Replace the plan; its calls count from the next request, what fired so far stays counted."""
        self._plan = plan
        self._matched = [0] * len(plan.faults)
        self.calls = 0

    def due(self, seen: Seen) -> list[Fault]:
        """Count one request and name the faults that hit it."""
        self.calls += 1
        found = []
        for index, fault in enumerate(self._plan.faults):
            if not fault.fits(self.calls, seen):
                continue
            self._matched[index] += 1
            turn = self._matched[index] - fault.nth
            if turn >= 0 and (fault.times == 0 or turn < fault.times):
                found.append(fault)
                self._count(fault, seen)
        return found

    def _count(self, fault: Fault, seen: Seen) -> None:
        self.fired[fault.kind] += 1
        self.fired_at.append((self.calls, seen.what, fault.kind))

    def never_fired(self) -> Sequence[Fault]:
        """Faults of the plan that met no request, for a harness that must not be fooled."""
        return [
            fault
            for fault, matched in zip(self._plan.faults, self._matched, strict=True)
            if matched < fault.nth
        ]
