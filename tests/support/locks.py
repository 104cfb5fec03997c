"""Taking locks in tests, and making files and writes fail for real."""

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.clocks import ManualClock
from trader.lock import Busy, Held, acquire


def taken(path: Path, clock: ManualClock | None = None, *, command: str = "run") -> Held:
    return held_or_fail(acquire(path, command=command, wait_s=0, clock=clock or ManualClock()))


def held_or_fail(result: Held | Busy) -> Held:
    assert isinstance(result, Held)
    return result


@contextmanager
def no_room_for_writes() -> Iterator[None]:
    """Let every write to a file fail, as on a full disk, by the limit that the kernel has for it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def open_descriptors() -> list[int]:
    found = []
    for fd in range(256):
        try:
            os.fstat(fd)
        except OSError:
            continue
        found.append(fd)
    return found
