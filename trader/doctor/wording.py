"""What doctor says: one line a check, then what is wrong with cause and fix, then the count.

Rules: a person reads the end of it first, at night, so that is where the failures stand, after the warnings.
Quiet prints only what has to be heard today. Whatever the venue or a file says is made harmless.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from trader.core.report import Exit
from trader.core.text import printable
from trader.doctor.findings import Result, State, exit_code

SCHEMA = "trader.doctor/1"
_MARKS = {
    State.OK: "ok",
    State.WARNING: "WARNING",
    State.FAILED: "FAILED",
    State.NOT_CHECKED: "not checked",
    State.NOT_APPLICABLE: "-",
}
_LINE_MAX = 1000
BEHIND_MAX = 8  # more codes in a line than this nobody reads
_MEANINGS = {
    Exit.UNAVAILABLE: "the venue, or an address for alerts, could not be reached",
    Exit.DENIED: "the venue refuses the key, or the key may do what it must not",
    Exit.MALFORMED: "an answer of the venue is not understood",
    Exit.OTHER_HOST: "another host or another copy trades this account",
    Exit.CONFIG: "something here or at the account must be set right first",
}


def doctor_text(title: str, results: Sequence[Result], *, quiet: bool = False) -> str:
    """The lines; with `quiet` only those that a person must hear of, and none when all is well."""
    wrong = [r for r in results if r.state in (State.WARNING, State.FAILED)]
    if quiet:
        wrong = [r for r in wrong if r.is_repeated]
        if not wrong:
            return ""
    lines = [title] if quiet else [title, *_table(results)]
    for state in (State.WARNING, State.FAILED):
        for result in (r for r in wrong if r.state is state):
            lines += ["", *_told(result, results)]
    return "\n".join([*lines, "", _count(results)]) + "\n"


def _table(results: Sequence[Result]) -> Iterator[str]:
    """A line a check; those in a row that the same one stands in the way of share a line."""
    width = max(len(r.check.name) for r in results)
    for blocked_by, group in groupby(results, key=lambda r: r.blocked_by):
        row = list(group)
        if blocked_by is not None and len(row) > 1:
            name = f"to {row[-1].check.code}"
            yield _line(row[0].check.code, State.NOT_CHECKED, name, row[0].finding.found, width)
            continue
        for result in row:
            yield _line(result.check.code, result.state, result.check.name, result.finding.found, width)


def _line(code: str, state: State, name: str, found: str, width: int) -> str:
    return f"{code}  {_MARKS[state]:<11}  {name:<{width}}  {printable(found, length_max=_LINE_MAX)}"


def _told(result: Result, results: Sequence[Result]) -> Iterator[str]:
    found = printable(result.finding.found, length_max=_LINE_MAX)
    yield f"{_MARKS[result.state]} {result.check.code} {result.check.name}: {found}"
    yield f"  cause  {printable(result.cause, length_max=_LINE_MAX)}"
    yield f"  do     {printable(result.fix, length_max=_LINE_MAX)}"
    behind = [r.check.code for r in results if r.blocked_by == result.check.code]
    if len(behind) > BEHIND_MAX:
        yield f"  not checked because of it: {len(behind)} checks, {behind[0]} to {behind[-1]}"
    elif behind:
        yield f"  not checked because of it: {', '.join(behind)}"


def _count(results: Sequence[Result]) -> str:
    counts = Counter(r.state for r in results)
    warnings = "" if counts[State.WARNING] == 1 else "s"
    ends_in = {State.WARNING: warnings}
    told = ", ".join(
        f"{counts[state]} {state.value}{ends_in.get(state, '')}" for state in State if counts[state]
    )
    code = exit_code(results)
    ends = "" if code is Exit.OK else f"; exit {int(code)}: {_MEANINGS[code]}"
    return f"{told}{ends}"


def doctor_json(
    place: dict[str, Any], results: Sequence[Result], *, fingerprint: str | None = None
) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "schema": SCHEMA,
        **place,
        "fingerprint": fingerprint,
        "exit_code": int(exit_code(results)),
        "checks": [_check_json(result) for result in results],
    }


def _check_json(result: Result) -> dict[str, Any]:
    is_wrong = result.state in (State.WARNING, State.FAILED)
    return {
        "code": result.check.code,
        "name": result.check.name,
        "state": result.state.value,
        "found": result.finding.found,
        "cause": result.cause if is_wrong else None,
        "fix": result.fix if is_wrong else None,
        "needs": list(result.check.needs),
        "blocked_by": result.blocked_by,
    }
