"""What a whole campaign must have seen at least once; one that never met these proves little.

Rules: each is read off one run, from what it reports and from what stood beside it. A name is stable, since a
summary lists those that were never seen.
"""

from collections.abc import Iterator, Sequence

from trader.core.actions import Close, Enter, Rest
from trader.core.identity import Role
from trader.core.orders import Accepted, Refusal, Rejected, Unknown
from trader.core.report import Done, Flat
from trader.core.wire import Answer, Lost
from trader.oracle.seen import Asked
from trader.run import Ran

EXITS = (0, 10, 11, 12, 20, 21, 22, 23, 24, 25)
"""The exit codes that a run in process can have; the others belong to a command line, a lock or a file."""
LATE = "a late delivery landed in the next run"
BY_HAND = "a hand closed a position in the middle of a run"
BOTH_HOSTS = "two hosts ran"
KILLED = "a run was killed"
SETTLED = ("an unknown outcome was found filled", "an unknown outcome was found not filled")
NEVER = "an unknown outcome stayed unknown"
PARTLY = "an entry filled in part"
AT_ONCE = "a stop was refused because it would trigger at once"
EMERGENCY = "an emergency close was used"
FAILED_CLOSE = "an emergency close failed once"
LIMITED = "a protective call went out while the venue limited requests"
_LIMITS = (418, 429)
SOMETIMES = (
    *(f"exit {code}" for code in EXITS),
    *(LATE, BY_HAND, BOTH_HOSTS, KILLED, *SETTLED, NEVER, PARTLY, AT_ONCE, EMERGENCY, FAILED_CLOSE, LIMITED),
)


def noticed(ran: Ran, asked: Sequence[Asked], answers: Sequence[Answer | Lost]) -> Iterator[str]:
    """What this run showed."""
    writes = [a for one, a in zip(asked, answers, strict=True) if one.is_write]
    is_unsure = any(isinstance(a, Lost) and a.reached for a in writes)
    is_unsure = is_unsure or any(isinstance(a, Answer) and a.status >= 500 for a in writes)
    for done in ran.done:
        yield from _of_done(done, is_unsure=is_unsure)
    if ran.verified is not None and any(isinstance(p, Flat) and p.emergency for p in ran.verified.proofs):
        yield EMERGENCY
    limited = next((one.number for one in asked if one.status in _LIMITS), None)
    if limited is not None and any(one.number > limited for one in asked):
        yield LIMITED


def _of_done(done: Done, *, is_unsure: bool) -> Iterator[str]:
    action, outcome = done.action, done.outcome
    if isinstance(action, Enter | Rest) and is_unsure and not isinstance(outcome, Unknown):
        yield SETTLED[0] if isinstance(outcome, Accepted) else SETTLED[1]
    if isinstance(outcome, Unknown):
        yield NEVER
    if isinstance(outcome, Rejected) and outcome.code is Refusal.WOULD_TRIGGER:
        yield AT_ONCE
    filled = outcome.filled if isinstance(outcome, Accepted) and isinstance(action, Enter) else None
    if filled is not None and isinstance(action, Enter) and 0 < filled < action.size:
        yield PARTLY
    if (
        isinstance(action, Close)
        and action.role is Role.CLOSE_EMERGENCY
        and not isinstance(outcome, Accepted)
    ):
        yield FAILED_CLOSE
