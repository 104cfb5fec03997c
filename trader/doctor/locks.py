"""The account's lock as it is now: whether it can be trusted, who holds it, what the last holder left.

Rules: the lock is looked at and never tried, because a run that starts in that instant would find it taken
and leave. So who holds it is read from the kernel's own list.
"""

import os
from pathlib import Path

from trader import lock
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.text import seconds
from trader.doctor.findings import Finding, failed, sound, warned
from trader.lock_record import RECORD_BYTES, Holder, Quarantine, parse_holder, parse_quarantine

KERNEL_LOCKS = Path("/proc/locks")
FIRST_WORD_MS = 100
"""The first command of an account finds no word and writes one at once; a write comes after a reading."""
LEAVING_MS = 60_000
"""How long after its deadline a command may still be telling its sinks."""


@frozen
class Look:
    """What stands in the lock file. `is_held`: None where the kernel does not say and its holder may live."""

    holder: Holder | None
    word: Quarantine
    is_held: bool | None


def lock_folder(path: Path | ConfigError) -> Finding:
    """Whether a lock there would exclude everybody who should be excluded."""
    if isinstance(path, ConfigError):
        return failed(str(path))
    folder = path.parent
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return sound(f"{folder} will be made by the first run")
    except OSError as error:
        return failed(f"lock folder {folder} cannot be read: {error.strerror}")
    fault = lock.folder_fault(folder, found)
    if fault is None and os.path.lexists(path):
        fault = lock.file_fault(path, path.lstat())
    return sound(f"{folder} is ours alone") if fault is None else failed(fault)


def look(path: Path, *, now_ms: int) -> Look | None:
    """What the lock file says; None when no command has used the account yet."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        record, found = os.pread(descriptor, RECORD_BYTES, 0), os.fstat(descriptor)
    finally:
        os.close(descriptor)
    holder = parse_holder(record)
    return Look(holder, parse_quarantine(record, now_ms=now_ms), _is_held(found, holder))


def _is_held(found: os.stat_result, holder: Holder | None) -> bool | None:
    """Whether the kernel lists a lock on this very file."""
    try:
        lines = KERNEL_LOCKS.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None if holder is None or _lives(holder.pid) else False
    device = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    pid = None if holder is None else str(holder.pid)
    for line in lines:
        words = line.split()
        if "FLOCK" not in words:
            continue
        # A layered file system may name another device; then the number of the holder says that it is ours.
        if device in words or (pid in words and any(w.endswith(f":{found.st_ino}") for w in words)):
            return True
    return False


def _lives(pid: int) -> bool:
    """Whether a process has this number, which may be another one by now."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def lock_state(seen: Look | OSError | None, *, now_ms: int, deadline_ms: int) -> Finding:
    """Whether somebody is at work, has hung, or was killed in the middle of it."""
    if isinstance(seen, OSError):
        return failed(f"the lock file cannot be read: {seen.strerror}")
    if seen is None:
        return sound("free: no command has used this account yet")
    who = "a command" if seen.holder is None else f"`trader {seen.holder.command}` (pid {seen.holder.pid})"
    since_ms = None if seen.holder is None else now_ms - seen.holder.started_ms
    if seen.is_held:
        told = f"held by {who}" + ("" if since_ms is None else f" for {seconds(max(0, since_ms))}")
        if since_ms is not None and since_ms > deadline_ms + LEAVING_MS:
            return failed(f"{told}, longer than any command may take")
        return sound(told)
    if seen.is_held is None:
        return sound(f"last used by {who}; whether it is held now cannot be seen from here")
    if _was_cut_off(seen):
        return warned(
            f"free, but {who} ended between a write and its proof; the next run looks again before it enters",
            cause="a command was killed while a write was under way",
            fix="run now: trader check-sl",
        )
    return sound(f"free; last held by {who}")


def _was_cut_off(seen: Look) -> bool:
    """True when the last holder wrote that a write was under way, and never that it was settled."""
    if seen.word.clean or seen.word.since_ms is None or seen.holder is None:
        return False
    return seen.word.since_ms - seen.holder.started_ms > FIRST_WORD_MS
