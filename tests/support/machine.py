"""A machine of a test's own, on which the real command runs as a real process.

Its passwd names a home of the test's, its wall clock is that of the exchange it trades on, and no socket of
it leaves this machine. All else (files, locks, signals, sockets, exit codes) is the operating system's.
"""

import os
import pwd
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest

from tests.support.loopback import loopback_only
from tests.support.processes import PREAMBLE, line_of, output_of, start
from trader import config

WAITS = "waits"
PATIENCE_S = 20.0

# The test's own arguments come first: home, list of refusals, options, how far ahead the clock is, haste.
LAUNCH = """
import ctypes, os, pwd, time, types
home, refusals, options = sys.argv[1:4]
ahead_ns, haste = int(sys.argv[4]), int(sys.argv[5])
del sys.argv[1:6]
sys.argv[0] = "trader"
from tests.support.loopback.loopback_only import asked_host, is_loopback

def refuse(event, arguments):
    host = asked_host(event, arguments) if event.startswith("socket.") else None
    if host is not None and not is_loopback(host):
        with open(refusals, "a") as file:
            file.write(f"{event} to {host!r}\\n")
        raise RuntimeError(f"{event} to {host!r}: tests use loopback addresses only")

sys.addaudithook(refuse)
pwd.getpwuid = lambda uid: types.SimpleNamespace(pw_dir=home, pw_name='you')
wall_ns, ticks_ns, pause = time.time_ns, time.clock_gettime_ns, time.sleep
booted_ns = ticks_ns(time.CLOCK_BOOTTIME)
time.time_ns = lambda: wall_ns() + ahead_ns
time.time = lambda: time.time_ns() / 1e9
time.clock_gettime_ns = lambda clock: booted_ns + (ticks_ns(clock) - booted_ns) * haste

def sleep(seconds):
    if "announce" in options:
        os.write(1, b"waits\\n")
    pause(seconds / haste)

time.sleep = sleep
def led_here(url):
    # Every official host is asked on this machine instead, whatever the program believes.
    from trader.venues import transport
    from trader.doctor import machine
    real = transport.HttpTransport
    machine.way_to = lambda host: []
    transport.HttpTransport = lambda hosts, reroute={}, **more: real(
        hosts, reroute={f"https://{host}": url for host in hosts}, **more)

if "debug" in options.split(","):
    import logging
    logging.basicConfig(level=logging.DEBUG)
for option in options.split(","):
    if option.startswith("reroute="):
        led_here(option.removeprefix("reroute="))
if "bug" in options.split(","):
    # Something that cannot happen, in the middle of a run.
    import trader.run
    trader.run.want_all = lambda snapshot, policy: {}["a bug"]
if "powerless" in options:
    ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
from trader.cli import main
main()
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    code: int
    out: str
    said: str

    @property
    def text(self) -> str:
        return self.out + self.said


@dataclass(slots=True)
class Machine:
    """`now_ms` is what its wall clock shows when the next process starts; None: the real time."""

    home: Path
    now_ms: int | None = None

    def configure(self, text: str, name: str = "config.yaml") -> Path:
        """Write a configuration where it is found without being named."""
        path = self.home / ".config/trader" / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    def read_before(self, path: Path) -> None:
        """As by an earlier process: what a sound file says is kept, and the next one need not check it."""
        mine = SimpleNamespace(pw_dir=str(self.home), pw_name="you")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pwd, "getpwuid", lambda _uid: mine)
            config.load(path, need="protection")

    def start(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: int | IO[bytes] | None = subprocess.DEVNULL,
        stdout: int | IO[bytes] | None = subprocess.PIPE,
        haste: int = 1,
        options: Sequence[str] = (),
    ) -> subprocess.Popen[bytes]:
        """Start `trader` with these arguments, in an empty environment unless one is given.

        `haste` is how many times as fast as usual it waits. `announce` among the options prints a line
        when it begins to wait, `powerless` takes what root may do beyond other users, `reroute=URL` leads
        every host of a venue to this machine, `debug` lets every library log all it has to say, `bug` makes
        every decision fail with an error that nobody foresaw.
        """
        own = self._own_arguments(haste=haste, options=options)
        return start(LAUNCH, *own, *arguments, env=env, cwd=cwd, stdin=stdin, stdout=stdout)

    def command(self, *arguments: str) -> list[str]:
        """The whole command line, for a shell that starts it in its own way."""
        own = self._own_arguments(haste=1, options=())
        return [sys.executable, "-I", "-c", PREAMBLE + LAUNCH, *own, *arguments]

    def _own_arguments(self, *, haste: int, options: Sequence[str]) -> tuple[str, ...]:
        ahead_ns = 0 if self.now_ms is None else self.now_ms * 1_000_000 - time.time_ns()
        refusals = os.environ[loopback_only.VARIABLE]
        return (str(self.home), refusals, ",".join(options), str(ahead_ns), str(haste))

    def run(self, *arguments: str, timeout_s: float = 30, **options: object) -> Ended:
        """Run it to its end."""
        return ended(self.start(*arguments, **options), timeout_s=timeout_s)  # type: ignore[arg-type]


def ended(process: subprocess.Popen[bytes], *, timeout_s: float = 30) -> Ended:
    """Wait for its end."""
    return Ended(*output_of(process, timeout_s=timeout_s))


def wait_until_it_waits(process: subprocess.Popen[bytes]) -> None:
    """Return when a process that was started with `announce` has begun to wait."""
    assert line_of(process) == WAITS


def all_but(processes: Sequence[subprocess.Popen[bytes]], *, count: int) -> list[subprocess.Popen[bytes]]:
    """Wait until only so many still run, and return those."""
    running = {os.pidfd_open(process.pid): process for process in processes}
    while len(running) > count:
        over, _, _ = select.select(list(running), [], [], PATIENCE_S)
        assert over, f"{len(running)} processes still run"
        for descriptor in over:
            del running[descriptor]
            os.close(descriptor)
    for descriptor in running:
        os.close(descriptor)
    return list(running.values())
