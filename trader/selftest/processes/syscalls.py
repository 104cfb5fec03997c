"""Kills and errors at single system calls of a process, injected by `strace`.

Rules: an event is named by the call and what happens to it (`sendto-kill`, `write-ENOSPC`), its request is
the number of that call since the process began. strace counts the calls of each thread apart; a process
that is traced here therefore works on the requests of a round one after the other in its one thread, and
the number is that of the process. Whether a call was really struck is read from strace's own log: one that
was not ends a series and counts as nothing.
"""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from trader.core.frozen import frozen
from trader.selftest.processes.machine import Circumstances
from trader.selftest.script import Event

KILLED = ("sendto", "recvfrom", "connect", "openat", "write", "pwrite64", "fsync", "rename", "flock")
ERRORS = {
    "write": ("ENOSPC", "EIO"),
    "pwrite64": ("ENOSPC",),
    "fsync": ("EIO", "ENOSPC"),
    "openat": ("EMFILE", "EROFS", "EACCES"),
    "rename": ("EROFS",),
    "sendto": ("EPIPE",),
    "recvfrom": ("ECONNRESET",),
    "connect": ("ENETUNREACH",),
    "flock": ("ENOLCK",),
}
KILL = "kill"
SYSCALLS = frozenset(
    {f"{call}-{KILL}" for call in KILLED}
    | {f"{call}-{error}" for call, errors in ERRORS.items() for error in errors}
)
_ONE_THREAD = {"one_thread": True}


def missing() -> str | None:
    """Why nothing can be injected on this machine; None where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed; on Debian and Ubuntu: apt-get install strace"
    tried = subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", "-e", "inject=exit_group:delay_exit=1", "true"],
        capture_output=True,
        check=False,
        timeout=30,
    )
    if tried.returncode:
        return f"strace may not trace here: {tried.stderr.decode('utf-8', 'replace').strip()[:200]}"
    return None


def injection(event: Event, log: Path) -> Circumstances:
    """How the process is started that meets this event."""
    call, _, what = event.what.partition("-")
    how = "signal=SIGKILL" if what == KILL else f"error={what}"
    when = f"{event.request}{'+' if event.lasts else ''}"
    options = ("-e", f"trace={call}", "-e", f"inject={call}:{how}:when={when}", "-e", "signal=none")
    return Circumstances(before=("strace", "-f", "-qq", "-o", str(log), *options), limits=_ONE_THREAD)


def injected(event: Event, log: Path, *, ended_by: int) -> bool:
    """Whether strace says that it struck."""
    said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    if event.what.endswith(f"-{KILL}"):
        return ended_by == 9 or "killed by SIGKILL" in said
    return "(INJECTED)" in said


@frozen
class Counted:
    """How often an undisturbed process makes each call, and how often before it takes its lock."""

    all: Counter[str]
    before_lock: Counter[str]

    def numbers(self, call: str) -> range:
        """The calls that a kill can strike once the process holds its lock; before, it has done nothing."""
        return range(self.before_lock[call] + 1, self.all[call] + 1)


def counting(log: Path) -> Circumstances:
    """How a process is started whose calls are counted."""
    calls = ",".join(KILLED)
    return Circumstances(
        before=("strace", "-f", "-qq", "-o", str(log), "-e", f"trace={calls}", "-e", "signal=none"),
        limits=_ONE_THREAD,
    )


def counted(log: Path) -> Counted:
    """What the log of such a process says."""
    found: Counter[str] = Counter()
    before: Counter[str] | None = None
    for call in _calls(log):
        if call == "flock" and before is None:
            before = found.copy()
        found[call] += 1
    return Counted(found, before or Counter())


def _calls(log: Path) -> Iterator[str]:
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if (told := re.match(r"\d+ +([a-z0-9_]+)\(", line)) is not None:
            yield told[1]
