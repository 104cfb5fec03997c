"""The first lines of a process of the trader on a machine of the self-test; then it is `python -m trader`.

Rules: passwd names the home of that machine, and the clocks show the time that its exchange shows, where a
pause passes on both at once and nobody waits. No socket leaves the machine. Limits of the operating system
that an episode asks for are set as a shell's `ulimit` would. Nothing else of the program is replaced:
files, locks, signals, sockets, threads, signatures and exit codes are real.
"""

import json
import os
import pwd
import resource
import runpy
import sys
import time
import types
from pathlib import Path
from typing import Any

from trader.selftest.processes.shared_time import Skipped

START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from trader.selftest.processes.launch import begin; begin(sys.argv.pop(1))"
)
LOOPBACK = ("127.", "::1", "localhost")
ROOT = Path(__file__).resolve().parents[3]


def command_line(place: dict[str, Any], arguments: tuple[str, ...]) -> list[str]:
    """What starts such a process."""
    return [sys.executable, "-I", "-c", START, str(ROOT), json.dumps(place), *arguments]


def begin(text: str) -> None:
    """Become the command, at the place that is told as JSON."""
    place = json.loads(text)
    sys.addaudithook(_stay_here)
    _live_at(place["home"])
    _keep_time(Skipped(Path(place["time"]), int(place["slot"])), int(place["ahead_ns"]))
    limit(place)
    sys.argv[0] = "trader"
    runpy.run_module("trader", run_name="__main__", alter_sys=False)


class LeftTheMachine(RuntimeError):
    """Not an OSError: nobody may take it for a network that fails."""


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    """No socket of an episode leads anywhere but to this machine."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise LeftTheMachine(
                f"{event} to {address[0]!r}: a process of the self-test talks to this machine"
            )


def _live_at(home: str) -> None:
    entry = types.SimpleNamespace(pw_dir=home, pw_name="you")
    pwd.getpwuid = lambda _uid: entry  # type: ignore[assignment,return-value]


def _keep_time(skipped: Skipped, ahead_ns: int) -> None:
    wall_ns, ticks_ns = time.time_ns, time.clock_gettime_ns
    time.time_ns = lambda: wall_ns() + ahead_ns + skipped.total_ns
    time.time = lambda: time.time_ns() / 1e9
    time.clock_gettime_ns = lambda clock: ticks_ns(clock) + skipped.total_ns
    time.sleep = skipped.skip  # type: ignore[assignment]


def limit(place: dict[str, Any]) -> None:
    """What the operating system allows this process, as far as the place says so."""
    for name, which in (("memory_bytes", resource.RLIMIT_AS), ("files", resource.RLIMIT_NOFILE)):
        if name in place:
            resource.setrlimit(which, (int(place[name]), int(place[name])))
    if "umask" in place:
        os.umask(int(place["umask"]))
    for descriptor in place.get("closed", ()):
        os.close(int(descriptor))
    if place.get("powerless"):
        import ctypes

        # What root may do beyond other users goes away: a file's permissions count again.
        ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
    if place.get("one_thread"):
        _keep_to_one_thread()
    if place.get("no_names"):
        import socket

        def unknown(*_asked: object, **_more: object) -> Any:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

        socket.getaddrinfo = unknown


def _keep_to_one_thread() -> None:
    """Whoever counts the calls of this thread counts those of the whole process."""
    import threading

    threading.Thread.start = threading.Thread.run  # type: ignore[method-assign]
    threading.Thread.join = _at_once  # type: ignore[method-assign,assignment]
    threading.Thread.is_alive = lambda self: False  # type: ignore[method-assign]


def _at_once(_thread: object, timeout: float | None = None) -> None:
    """What was started has ended already."""
