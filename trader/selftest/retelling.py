"""One episode told request by request, so that a person can see what went wrong where.

Rules: it is played twice, and whatever differs is a violation too. What is told is what the judge was told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from trader.core.frozen import frozen
from trader.core.text import plural, utc
from trader.oracle.seen import RunSeen, Violation
from trader.run import Ran
from trader.selftest.episode import Episode
from trader.selftest.hearing import Hearing
from trader.selftest.played import Played
from trader.selftest.processes.ground import Ground
from trader.selftest.processes.play import is_of_processes, play
from trader.selftest.script import Script, text_of
from trader.selftest.tally import DIFFERS

SCHEMA = "trader.selftest-replay/1"


@frozen
class RunTold:
    """One run of one host. `boundaries`: the name of each request; `met`: what happened, and at which."""

    seen: RunSeen
    boundaries: tuple[str, ...]
    met: tuple[tuple[str, str], ...]


@frozen
class Retold:
    """An episode that was played twice."""

    played: Played
    runs: tuple[RunTold, ...]
    violations: tuple[Violation, ...]


@dataclass
class _Heard(Episode):
    """An episode that keeps what it tells its judge."""

    runs: list[RunTold] = field(default_factory=list)

    def _count(self, hearing: Hearing, ran: Ran | None, seen: RunSeen, name: str) -> None:
        super()._count(hearing, ran, seen, name)
        self.runs.append(RunTold(seen, hearing.boundaries, tuple(hearing.met)))


def retell(script: Script) -> Retold:
    """Play it twice; one of real processes, whose bytes hold real times, once."""
    if is_of_processes(script):
        with Ground() as ground:
            once = play(script, ground)
        return Retold(once, (), once.violations)
    episode = _Heard(script)
    first, second = episode.played(), Episode(script).played()
    same = () if first == second else (Violation(DIFFERS, 0, "played twice, it was not the same"),)
    return Retold(first, tuple(episode.runs), (*first.violations, *same))


def retold_json(retold: Retold) -> dict[str, Any]:
    """All of it for a program."""
    return {
        "schema": SCHEMA,
        "script": text_of(retold.played.script),
        "violations": [str(violation) for violation in retold.violations],
        "codes": list(retold.played.codes),
        "naked_ms": list(retold.played.bare_ms),
        "digest": retold.played.digest,
        "runs": [_run_json(run) for run in retold.runs],
    }


def _run_json(run: RunTold) -> dict[str, Any]:
    seen = run.seen
    return {
        "host": seen.host,
        "command": seen.command,
        "code": seen.code,
        "began_ms": seen.began_ms,
        "took_ms": seen.took_ms,
        "met": [list(pair) for pair in run.met],
        "alarms": list(seen.alarms),
        "crash": seen.crash,
        "requests": [
            {"number": a.number, "at_ms": a.at_ms, "what": name, "write": a.is_write, "status": a.status}
            for a, name in zip(seen.asked, run.boundaries, strict=False)
        ],
    }


def retold_text(retold: Retold) -> Iterator[str]:
    """All of it for a person: every run with its requests, then what was found."""
    played = retold.played
    yield text_of(played.script)
    for run in retold.runs:
        yield ""
        yield from _run_text(run)
    yield ""
    if not retold.runs:
        yield f"exit codes, run by run: {', '.join('killed' if c is None else str(c) for c in played.codes)}"
        yield f"what happened: {', '.join(f'{what} at {where}' for what, where in played.met) or 'nothing'}"
    naked = ", ".join(f"{milliseconds / 1000:g} s" for milliseconds in played.bare_ms)
    yield f"without cover, by the exchange's books: {naked or 'never'}"
    for violation in retold.violations:
        yield f"VIOLATION {violation}"
    if not retold.violations:
        yield f"no violation{'; played twice, the same bytes both times' if retold.runs else ''}"


def _run_text(run: RunTold) -> Iterator[str]:
    seen = run.seen
    end = "killed" if seen.code is None else f"exit {seen.code}"
    yield (
        f"{seen.command} of host {seen.host} at {utc(seen.began_ms)}: {plural(len(seen.asked), 'request')} "
        f"in {seen.took_ms / 1000:g} s, {end}"
    )
    happened: dict[str, list[str]] = {}
    for what, boundary in run.met:
        happened.setdefault(boundary, []).append(what)
    for one, name in zip(seen.asked, run.boundaries, strict=False):
        answer = "no whole answer" if one.status is None else str(one.status)
        mark = "write" if one.is_write else "     "
        met = f"  <- {', '.join(happened.pop(name))}" if name in happened else ""
        since_s = (one.at_ms - seen.began_ms) / 1000
        yield f"  {one.number:4} {since_s:+8.3f} s  {mark}  {name}: {answer}{met}"
    for boundary, others in happened.items():
        yield f"       {', '.join(others)} at {boundary}"
    for alarm in seen.alarms:
        yield f"  alarm: {alarm}"
    if seen.crash is not None:
        yield f"  crashed: {seen.crash}"
