"""A machine on which the command runs as cron runs it: a home, a configuration, and nothing else.

Rules: a process starts with an empty environment unless an episode gives it one, and leaves its bytes in
two pipes, which are read while it runs, and in files below the home. Whoever looks for words that must
reach nobody looks at all of them; only the configuration may hold what the operator wrote there.
"""

import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from trader.config.stored import to_stored
from trader.core.frozen import frozen
from trader.lock import lock_path
from trader.lock_record import Holder, Quarantine, encode_record
from trader.selftest.processes.launch import command_line
from trader.settings import Settings

QUOTES = "unfamiliar"
PATIENCE_S = 150.0
"""Longer than the kernel's timer leaves a process that hangs."""


@frozen
class Circumstances:
    """How a process is started, apart from the command: what the environment, the shell and the kernel give
    it. `before` stands before the command line, as `strace` does."""

    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    output: str = "pipe"


@frozen
class Left:
    """How a process ended: its exit code, None where a signal ended it, and what it printed."""

    code: int | None
    ended_by: int
    out: bytes
    said: bytes

    @property
    def document(self) -> Mapping[str, Any] | None:
        """What `--json` printed; None where it printed no whole object."""
        try:
            found = json.loads(self.out)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


class Running:
    """A process of the command that has been started."""

    def __init__(self, process: "subprocess.Popen[bytes]", victim: int) -> None:
        self.process = process
        self.victim = victim

    def left(self) -> Left:
        """Wait for its end; one that outlives everything that bounds it is an error of the harness."""
        out, said = self.process.communicate(timeout=PATIENCE_S)
        code = self.process.returncode
        return Left(code if code >= 0 else None, max(0, -code), out or b"", said or b"")

    def kill(self) -> None:
        """SIGKILL; return when the process is dead, whoever will reap it."""
        descriptor = os.pidfd_open(self.victim)
        try:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            select.select([descriptor], [], [], PATIENCE_S)
        finally:
            os.close(descriptor)

    def tell(self, number: signal.Signals) -> None:
        os.kill(self.victim, number)


class Machine:
    """`folder` holds its home and, beside it, what the home must not contain. Machines that share a file of
    time begin with different slots of it."""

    def __init__(self, folder: Path, name: str, time_file: Path, *, first_slot: int = 1) -> None:
        self.home = folder / name
        self.time_file = time_file
        self._first_slot = self._slot = first_slot
        self._text = ""

    def renew(self) -> None:
        """An empty home, but for what an earlier command of the same version left in its cache."""
        for path in sorted(self.home.iterdir()) if self.home.exists() else ():
            if path.name == ".cache":
                continue
            if path.is_dir() and not path.is_symlink():
                _open_up(path)
                shutil.rmtree(path)
            else:
                path.unlink()
        self.home.mkdir(mode=0o700, exist_ok=True)
        self._slot = self._first_slot

    @property
    def configuration(self) -> Path:
        return self.home / ".config/trader/config.yaml"

    def configure(self, text: str) -> None:
        self._text = text
        self.reconfigure()

    def reconfigure(self) -> None:
        """The configuration as it was when the episode began."""
        path = self.configuration
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(self._text, encoding="utf-8")
        path.chmod(0o600)

    def start(
        self, arguments: tuple[str, ...], *, ahead_ns: int, circumstances: Circumstances | None = None
    ) -> Running:
        """Start `trader` with these arguments."""
        given = circumstances or Circumstances()
        place = {
            "home": str(self.home),
            "time": str(self.time_file),
            "slot": self._slot,
            "ahead_ns": ahead_ns,
            **given.limits,
        }
        self._slot += 1
        output = _output(given.output)
        try:
            process = subprocess.Popen(
                [*given.before, *command_line(place, arguments)],
                env=dict(given.environment),
                cwd=given.folder or self.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
            )
        finally:
            if output != subprocess.PIPE:
                os.close(output)
        return Running(process, process.pid)

    def lock_file(self, settings: Settings, account_id: str) -> Path:
        """Where a process on this machine looks for the account's lock."""
        folder = Path(settings.lock_dir) if settings.lock_dir else self.home / ".local/state/trader/locks"
        return lock_path(
            venue=settings.venue,
            network="paper",
            account_id=account_id,
            lock_dir=folder,
            temporary_allowed=True,
        )

    def written(self, *, quoted: bool) -> bytes:
        """All bytes of all files of the home but the configuration, and but those that quote a venue's
        answers word for word unless they are asked for."""
        found = [self.home]
        data = []
        while found:
            folder = found.pop()
            for path in sorted(folder.iterdir()):
                if path.is_symlink() or path == self.configuration or (path.name == QUOTES and not quoted):
                    continue
                if path.is_dir():
                    found.append(path)
                elif path.is_file():
                    data.append(path.read_bytes())
        return b"\0".join(data)


def _open_up(folder: Path) -> None:
    """Whatever an episode did to permissions, the folder can be taken away."""
    folder.chmod(0o700)
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)


def _output(kind: str) -> int:
    """A descriptor that the process prints into, or a pipe that is read."""
    match kind:
        case "pipe":
            return subprocess.PIPE
        case "full":
            return os.open("/dev/full", os.O_WRONLY)
        case "gone":
            reading, writing = os.pipe()
            os.close(reading)
            return writing
        case _:
            raise ValueError(f"output {kind!r}: expected pipe, full or gone")


def clean_word(path: Path, *, now_ms: int) -> None:
    """What a run before the first one leaves: without it the first entry would wait."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    word = Quarantine(clean=True, since_ms=None)
    path.write_bytes(encode_record(word, Holder(pid=1, command="run", started_ms=now_ms)))
    path.chmod(0o600)


def is_free(path: Path) -> bool:
    """Nobody holds the lock."""
    if not path.exists():
        return True
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def text_of(settings: Settings, *, url: str, notify: str) -> str:
    """The configuration file of these settings, on the exchange at this address: a line for each part."""
    told = replace(
        settings,
        paper=replace(settings.paper, url=url),
        notify=replace(
            settings.notify, urls=(notify,), events=()
        ),  # but for those that cannot be switched off
    )
    plain = _plain(to_stored(told), told)
    return "".join(f"{name}: {json.dumps(part)}\n" for name, part in plain.items())


def _plain(told: Any, value: Any) -> Any:
    """The stored form with sums of money as the numbers that a file has."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(told, dict):
        return {
            name: _plain(item, value.get(name) if isinstance(value, Mapping) else getattr(value, name, None))
            for name, item in told.items()
        }
    return told
