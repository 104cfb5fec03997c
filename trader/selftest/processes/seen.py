"""What is told of a run that was a process: from its exit code, its output, its files and its requests.

Rules: an alarm is a line that a person gets by mail from cron or from a sink, in a run that leaves with a
code; a traceback is a crash. What no judge of books can see is judged here: the lock of a process that
ended is free, no signature of a request was written anywhere, others can read no file of it, and a process
that nobody killed has an exit code.
"""

import re
import signal
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from trader.oracle.seen import RunSeen, Terms, Violation, World
from trader.selftest.catalogue import CATALOGUE, CUT, LIED, TOOK, TWICE
from trader.selftest.processes.ground import Scene
from trader.selftest.processes.machine import Left, is_free

FIRST, SECOND = "first", "second"
CONFIGURATION, BROKEN = 78, 70
_STARVED = re.compile(rb"a bug: (OSError|ImportError|ModuleNotFoundError|MemoryError) at")
STARTING_MS = 10_000
"""A run's deadline begins when it holds its lock; a loaded machine takes seconds to let it come so far."""
ROUND_MS = 500
"""Requests that leave together come one by one where processors are few; another round waits longer."""


@dataclass(slots=True)
class Run:
    """One run as it is played: what was asked of the machine, and what it met."""

    number: int
    command: str
    began_ms: int = 0
    began_elapsed_ms: int = 0
    met: list[tuple[str, str]] = field(default_factory=list)
    is_killed: bool = False
    is_starved: bool = False
    alarms: list[str] = field(default_factory=list)
    hung: str | None = None
    suspended_s: float = 0.0
    host: str = FIRST


def seen_of(run: Run, left: Left, scene: Scene) -> RunSeen:
    """The run as somebody sees it who stands beside the machine."""
    document = left.document
    problems: list[Any] = [] if document is None else list(document.get("problems", ()))
    said = left.said.decode("utf-8", "replace").splitlines()
    # A message of a run that leaves with 0 tells what happened before it: a liquidation, or an emergency
    # close by a run that was killed.
    alarms = (*run.alarms, *(str(line) for line in (*problems, *said))) if left.code else ()
    crash = next((line for line in said if line.startswith("Traceback") or ": a bug: " in line), None)
    is_starved = run.is_starved and left.code == BROKEN and _STARVED.search(left.said) is not None
    if is_starved or (run.is_starved and left.ended_by == signal.SIGABRT):
        crash = None
    # One that asked nothing because its machine would not let it knows nothing, as one that was killed does;
    # nor does one whose interpreter could not load what it needed. Both say so and leave with a code.
    is_mute = is_starved or (left.code == CONFIGURATION and not scene.line.asked)
    return RunSeen(
        host=run.host,
        command=run.command,
        code=None if is_mute else left.code,
        began_ms=run.began_ms,
        took_ms=scene.clock.elapsed_ms() - run.began_elapsed_ms - round(run.suspended_s * 1000),
        deadline_ms=scene.stage.settings.schedule.deadline_s * 1000 + STARTING_MS,
        asked=tuple(scene.line.asked),
        written=b"\0".join((left.out, left.said, scene.machine.written(quoted=False))),
        document=document,
        alarms=alarms,
        left_behind=sum(request.is_write for request in scene.line.undelivered),
        disturbed=bool(run.met) or left.code is None,
        crash=crash,
        round_ms=ROUND_MS,
    )


def world_of(names: Collection[str], *, lasting: Collection[str] = ()) -> World:
    """What the faults of these names, as they fired, excuse."""
    harms = {CATALOGUE[name].harm for name in names if name in CATALOGUE}
    return World(
        venue_took=TOOK in harms,
        venue_lied=LIED in harms,
        late_twice=TWICE in harms,
        dark=any(CATALOGUE[name].harm == CUT for name in lasting if name in CATALOGUE),
    )


def either(one: World, other: World) -> World:
    """What excuses one of two things that happened, or both."""
    hosts = max(one.hosts, other.hosts)
    flags = [each.name for each in fields(World) if each.name != "hosts"]
    return World(hosts=hosts, **{name: getattr(one, name) or getattr(other, name) for name in flags})


def beside_the_books(run: Run, left: Left, seen: RunSeen, scene: Scene, terms: Terms) -> list[Violation]:
    """What the exchange's books cannot show."""
    found, machine = [], scene.machine
    aborted = run.is_starved and left.ended_by == signal.SIGABRT  # Python's own end without memory
    if left.code is None and not (run.is_killed or run.hung or aborted) and left.ended_by != signal.SIGALRM:
        found.append(("I0", f"ended by signal {left.ended_by}, which nobody sent"))
    if run.hung is not None:
        found.append(("I12", f"it outlived everything that bounds it: {run.hung}"))
    if left.code is None and left.ended_by == signal.SIGALRM:
        found.append(("I12", "only the kernel's timer ended it"))
    if not is_free(scene.lock):
        found.append(("I7", "the lock is held though its process is gone"))
    all_written = seen.written + machine.written(quoted=True)
    if any(signature in all_written for signature in scene.line.signatures):
        found.append(("I13", "a signature of a request stands in what was written"))
    if any(secret in all_written for secret in terms.secrets):
        found.append(("I13", "a secret stands in what was written"))
    others = [path.name for path in sorted(machine.home.rglob("*")) if _is_open(path)]
    if others := [name for name in others if name != machine.configuration.name]:
        found.append(("I13", f"others can read {', '.join(others[:3])}"))
    return [Violation(invariant, run.number, text) for invariant, text in found]


def _is_open(path: Path) -> bool:
    return not path.is_symlink() and path.is_file() and bool(path.stat().st_mode & 0o077)
