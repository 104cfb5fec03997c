"""What a check found, and how checks that stand on one another are judged.

Rules: a check runs only when everything that it stands on was found sound enough to go on; else it is `not
checked` and names the one that stands in the way, so that one fault is told once. What could not be checked
is never told as sound. The exit code is the worst of what failed; a warning costs nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from trader.core.errors import require
from trader.core.frozen import frozen
from trader.core.report import Exit, worst


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_CHECKED = "not checked"
    NOT_APPLICABLE = "not applicable"


@frozen
class Check:
    """One line of the table.

    `asks` is what it looks at, `cause` and `fix` what usually is behind a failure and what to do. `needs` are
    the codes of earlier checks without which it says nothing. `exit_code` is what a failure ends with.
    `is_repeated`: its warning is worth a mail every day; one about a choice of the operator is not.
    """

    code: str
    name: str
    asks: str
    cause: str
    fix: str
    needs: tuple[str, ...] = ()
    exit_code: Exit = Exit.CONFIG
    is_repeated: bool = True


@frozen
class Finding:
    """What was found; cause, fix and exit code only where they are better known than in the table."""

    state: State
    found: str
    cause: str | None = None
    fix: str | None = None
    exit_code: Exit | None = None


@frozen
class Result:
    """A check with what it found; `blocked_by` is the code that stands in the way of one not checked."""

    check: Check
    finding: Finding
    blocked_by: str | None = None

    @property
    def state(self) -> State:
        return self.finding.state

    @property
    def cause(self) -> str:
        return self.finding.cause or self.check.cause

    @property
    def fix(self) -> str:
        return self.finding.fix or self.check.fix

    @property
    def is_repeated(self) -> bool:
        """True for what a person must hear of every day."""
        if self.state is State.WARNING:
            return self.check.is_repeated
        return self.state is State.FAILED


Probe = Callable[[], Finding]


def sound(found: str) -> Finding:
    return Finding(State.OK, found)


def warned(found: str, *, cause: str | None = None, fix: str | None = None) -> Finding:
    return Finding(State.WARNING, found, cause, fix)


def failed(
    found: str, *, cause: str | None = None, fix: str | None = None, exit_code: Exit | None = None
) -> Finding:
    return Finding(State.FAILED, found, cause, fix, exit_code)


def absent(found: str) -> Finding:
    """There is no such thing here to check."""
    return Finding(State.NOT_APPLICABLE, found)


def unchecked(found: str, *, has_money: bool) -> Finding:
    """Asking failed: where money is at stake that is as bad as a bad answer."""
    text = f"could not be checked: {found}"
    return failed(text) if has_money else warned(text)


def examined(checks: Sequence[Check], probes: Mapping[str, Probe]) -> tuple[Result, ...]:
    """Every check of the table, in its order."""
    results: dict[str, Result] = {}
    for check in checks:
        obstacle = next((o for need in check.needs if (o := _obstacle(results, need)) is not None), None)
        if obstacle is None:
            results[check.code] = Result(check, probes[check.code]())
        else:
            told = Finding(State.NOT_CHECKED, f"{obstacle} stands in the way")
            results[check.code] = Result(check, told, obstacle)
    return tuple(results.values())


def _obstacle(results: Mapping[str, Result], need: str) -> str | None:
    """The code that failed, where this one failed or could not run."""
    require(need in results, f"doctor: {need} is needed before it was judged")
    before = results[need]
    return need if before.state is State.FAILED else before.blocked_by


def exit_code(results: Sequence[Result]) -> Exit:
    """0 when nothing failed, else the worst of what did."""
    codes = {r.finding.exit_code or r.check.exit_code for r in results if r.state is State.FAILED}
    return worst(codes)
