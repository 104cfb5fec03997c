"""Does a piece of work in a child of this process, which ends with it whatever it did there.

What it comes to is sent back as JSON. One that computes for too long is ended by the kernel, so that a busy
machine makes nothing guilty; one that never wakes up is killed after many times as long.
"""

import gc
import json
import os
import resource
import select
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

PATIENCE = 20  # how many times its computing time a child may take
GARBAGE = 50_000  # objects between two looks for cycles: a child makes few, and ends soon


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: with a value, or with the reason why there is none."""

    value: Any = None
    failure: str | None = None


def forked(work: Callable[[], Any], *, limit_s: float) -> Ended:
    """Do it in a child that may compute for so long, and wait."""
    return next(iter(each_forked([work], limit_s=limit_s, at_once=1)))[1]


def each_forked(
    works: Sequence[Callable[[], Any]], *, limit_s: float, at_once: int
) -> Iterator[tuple[int, Ended]]:
    """Each in a child of its own, so many at a time: its place and its end, in the order of the ends."""
    gc.freeze()  # children that look for garbage copy none of what they share with this process
    waiting = list(enumerate(works))[::-1]
    running: dict[int, _Child] = {}
    while waiting or running:
        while waiting and len(running) < at_once:
            place, work = waiting.pop()
            child = _Child.started(place, work, limit_s)
            running[child.reader] = child
        for reader in _ready(running):
            child = running[reader]
            if child.hear():
                continue
            del running[reader]
            yield child.place, child.ended()


def _ready(running: "dict[int, _Child]") -> list[int]:
    """Those that said something, ended, or have to be ended."""
    now_s = os.times().elapsed
    patience_s = max(0.0, min(child.until_s for child in running.values()) - now_s)
    ready, _, _ = select.select(list(running), [], [], patience_s)
    late = [reader for reader, child in running.items() if os.times().elapsed >= child.until_s]
    for reader in late:
        running[reader].kill()
    return sorted({*ready, *late})


@dataclass(slots=True)
class _Child:
    place: int
    pid: int
    reader: int
    until_s: float
    said: bytes = b""
    is_late: bool = False

    @classmethod
    def started(cls, place: int, work: Callable[[], Any], limit_s: float) -> "_Child":
        reader, writer = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            computes_s = max(1, round(limit_s))
            resource.setrlimit(resource.RLIMIT_CPU, (computes_s, computes_s))
            _work(work, writer)
        os.close(writer)
        return cls(place, pid, reader, os.times().elapsed + PATIENCE * limit_s)

    def hear(self) -> bool:
        """True while there may be more to come."""
        if self.is_late:
            return False
        more = os.read(self.reader, 1 << 16)
        self.said += more
        return bool(more)

    def kill(self) -> None:
        self.is_late = True
        os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> Ended:
        os.close(self.reader)
        _, status = os.waitpid(self.pid, 0)
        if self.is_late:
            return Ended(failure="it did not end in time")
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
            return Ended(failure="it computed for too long")
        if status or not self.said:
            return Ended(failure=f"its process ended with {os.waitstatus_to_exitcode(status)}")
        told = json.loads(self.said)
        return Ended(told["value"], told["failure"])


def _work(work: Callable[[], Any], writer: int) -> None:
    """The child's whole life."""
    gc.set_threshold(GARBAGE)
    told: dict[str, Any] = {"value": None, "failure": None}
    try:
        told["value"] = work()
    except BaseException as error:  # noqa: BLE001 - a flaw may end in anything, and the parent has to hear of it
        last = traceback.extract_tb(error.__traceback__)[-1]
        told["failure"] = f"{type(error).__name__}: {error} ({last.filename}:{last.lineno})"
    finally:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(json.dumps(told).encode())
        os._exit(0)
