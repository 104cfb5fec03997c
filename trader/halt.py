"""The halt switch: a file beside the configuration that stops new risk until somebody resumes.

* It is the operator's configuration, not state: it survives a reboot, and no run writes it by itself.
* Whatever cannot be read plainly counts as halted. Only a file that is not there means that nobody halted.
* It also keeps the time of the last resume, from which failures can be counted; a halt does not forget it.
* A write replaces the whole file and has reached the disk, file and folder, before the command says so.
"""

import json
import os
import stat
from pathlib import Path

from trader.core.errors import ConfigError
from trader.core.frozen import frozen

READ_BYTES_MAX = 65_536
"""Far more than the file can hold; a mistaken path must not be read into memory whole."""
WHY_CHARACTERS_MAX = 500
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@frozen
class Running:
    """Nobody halted. `resumed_ms` is the last time that somebody resumed."""

    resumed_ms: int | None


@frozen
class Halted:
    """No new risk. `since_ms` is missing when the file could not be read."""

    since_ms: int | None
    why: str
    resumed_ms: int | None = None

    @property
    def is_unreadable(self) -> bool:
        """Nobody halted in words that can be read: somebody has to look at the file."""
        return self.since_ms is None


def read(path: Path) -> Running | Halted:
    """Return what the switch says now."""
    try:
        text = _content(path)
        if text is None:
            return Running(resumed_ms=None)
        return _parsed(json.loads(text, parse_constant=_no_such_number))
    except (OSError, ValueError, RecursionError) as error:
        return Halted(
            since_ms=None,
            why=f"the halt file {path} cannot be read ({error}), which counts as halted;"
            " look at it, then run: trader resume",
        )


def write(path: Path, *, why: str, now_ms: int) -> Halted:
    """Halt, and return the switch as it is now. A second halt keeps the first time and takes the reason."""
    before = read(path)
    since_ms = before.since_ms if isinstance(before, Halted) and before.since_ms is not None else now_ms
    now = Halted(since_ms, why[:WHY_CHARACTERS_MAX], before.resumed_ms)
    said: dict[str, object] = {"state": "halted", "since_ms": now.since_ms, "why": now.why}
    _replace(path, said | {"resumed_ms": now.resumed_ms}, not_done="nothing is halted")
    return now


def resume(path: Path, *, now_ms: int) -> Running | Halted:
    """Allow new risk again, count failures from now, and return the switch as it stood before."""
    before = read(path)
    _replace(path, {"state": "running", "resumed_ms": now_ms}, not_done="it stays as it was")
    return before


def _content(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("it is not a regular file")
        if found.st_uid not in (0, os.geteuid()) or found.st_mode & 0o022:
            raise ValueError("others can change it")
        content = os.read(descriptor, READ_BYTES_MAX)
    finally:
        os.close(descriptor)
    if len(content) == READ_BYTES_MAX:
        raise ValueError(f"it is longer than {READ_BYTES_MAX} bytes")
    return content


def _parsed(said: object) -> Running | Halted:
    match said:
        case {"state": "running", "resumed_ms": int(resumed_ms), **rest} if not rest:
            return Running(resumed_ms=_moment(resumed_ms))
        case {"state": "halted", "since_ms": int(since_ms), "why": str(why), "resumed_ms": None}:
            return Halted(since_ms=_moment(since_ms), why=why)
        case {"state": "halted", "since_ms": int(since_ms), "why": str(why), "resumed_ms": int(resumed_ms)}:
            return Halted(since_ms=_moment(since_ms), why=why, resumed_ms=_moment(resumed_ms))
        case _:
            raise ValueError("its content is not what halt and resume write")


def _moment(value: int) -> int:
    if isinstance(value, bool) or value < 0:
        raise ValueError(f"{value} is not a time")
    return value


def _no_such_number(name: str) -> int:
    raise ValueError(f"{name} is not a time")


def _replace(path: Path, said: dict[str, object], *, not_done: str) -> None:
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        descriptor = os.open(new, _NEW, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(json.dumps(said).encode() + b"\n")
                file.flush()
                os.fsync(descriptor)
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(f"halt file {path} cannot be written: {error}; {not_done}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
