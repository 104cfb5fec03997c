"""One lock for each account at a venue, the same file whoever asks, and the quarantine word inside it.

* The path depends on the user's entry in passwd and on (venue, network, account id) alone: cron, a login
  shell, systemd and a second configuration meet at one file. HOME, XDG_*, the folder and labels do not count.
* The kernel holds the lock, on an open descriptor that no child inherits, so it ends with its process
  whatever kills that. The file is never unlinked: a second file under the name would be a second lock.
* Busy is a result. A file or folder that cannot be trusted, or cannot be locked, is a `ConfigError`.
* The word is `dirty <time>` from before the first write until the last is settled, else `clean`. It is a
  hint for the next run: anything that cannot be read as `clean` means dirty, and no decision depends on it.
* A word that could not be written is a value, because a full disk must not switch protection off.
"""

import fcntl
import hashlib
import os
import pwd
import re
import stat
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.ports import Clock
from trader.lock_record import RECORD_BYTES, Holder, Quarantine, encode_record, parse_holder, parse_quarantine

if TYPE_CHECKING:
    from filelock import BaseFileLock

POLL_S = 0.2
"""Often enough that a freed lock is not left idle, seldom enough to cost nothing in a minute of waiting."""
TEMPORARY_ROOTS = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108  (named to be refused)


@frozen
class Busy:
    """Another process holds the lock; what it wrote about itself, as far as it can be read."""

    holder: Holder | None


@frozen
class WordLost:
    """The quarantine word could not be written: the next run may read an older one."""

    reason: str


class Held:
    """The lock is ours until `release` or the end of the process."""

    def __init__(self, lock: "BaseFileLock", descriptor: int, holder: Holder, found: Quarantine) -> None:
        self._lock = lock
        self._descriptor = descriptor
        self._holder = holder
        self.found = found
        """The word as the last holder left it."""
        self.announced: WordLost | None = self._write(found)
        """Set when our own pid and command could not be written."""

    def mark_dirty(self, now_ms: int) -> WordLost | None:
        """Say, before a round of writes, that orders may be on their way since `now_ms`."""
        return self._write(Quarantine(clean=False, since_ms=now_ms))

    def mark_clean(self) -> WordLost | None:
        """Say that every write of ours is settled."""
        return self._write(Quarantine(clean=True, since_ms=None))

    def release(self) -> None:
        """Let go; the file stays. A second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            self._lock.release()

    def __enter__(self) -> "Held":
        return self

    def __exit__(self, *_raised: object) -> None:
        self.release()

    def _write(self, word: Quarantine) -> WordLost | None:
        try:
            written = os.pwrite(self._descriptor, encode_record(word, self._holder), 0)
            os.fsync(self._descriptor)
        except OSError as error:
            return WordLost(f"the quarantine word could not be written to the lock file: {error}")
        if written != RECORD_BYTES:
            return WordLost(f"only {written} of {RECORD_BYTES} bytes of the quarantine word could be written")
        return None


def lock_path(
    *,
    venue: str,
    network: str,
    account_id: str,
    lock_dir: Path | None = None,
    temporary_allowed: bool = False,
) -> Path:
    """Return where the lock of this account stands; `account_id` is the id that the venue itself uses.

    A folder for temporary files is refused: it is private to one systemd unit (PrivateTmp) and swept by
    cleaners, so two processes would meet at two files. Only accounts without money may ask for it.
    """
    for name, value in (("venue", venue), ("network", network)):
        if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", value):
            raise ConfigError(f"lock: {name} {value!r} must be lower-case letters, digits and _")
    if not account_id.strip():
        raise ConfigError("lock: the account id is empty; the lock is named after the account that it guards")
    folder = _expanded(lock_dir) if lock_dir is not None else _home() / ".local/state/trader/locks"
    if not temporary_allowed and any(folder.is_relative_to(root) for root in TEMPORARY_ROOTS):
        raise ConfigError(
            f"lock_dir: {folder} is a place for temporary files, which another service may see as another"
            " folder; choose one below your home, or leave lock_dir out"
        )
    account = hashlib.sha256(account_id.strip().lower().encode()).hexdigest()[:32]
    return folder / f"{venue}-{network}-{account}.lock"


def acquire(
    path: Path,
    *,
    command: str,
    wait_s: float,
    clock: Clock,
    give_way_to: Collection[str] = (),
) -> Held | Busy:
    """Take the lock, or say who holds it.

    Given the command that asks, how long it may wait, and the commands behind which it does not wait at
    all. Raise `ConfigError` when the file cannot be trusted or cannot be locked.
    """
    holder = Holder(pid=os.getpid(), command=command, started_ms=clock.now_ms())
    give_up_ms = clock.elapsed_ms() + round(wait_s * 1000)
    _make_folder(path.parent)
    lock = _file_lock(path)
    seen: Holder | None = None
    while True:
        descriptor = _open_checked(path)
        try:
            if _take(lock, descriptor, path):
                found = parse_quarantine(_read(descriptor), now_ms=clock.now_ms())
                kept, descriptor = descriptor, -1
                return Held(lock, kept, holder, found)
            before, seen = seen, parse_holder(_read(descriptor))
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        # Twice the same: a holder that has only just come still shows the line of the one before it.
        must_leave = seen is not None and seen == before and seen.command in give_way_to
        if must_leave or clock.elapsed_ms() >= give_up_ms:
            return Busy(seen)
        clock.sleep(POLL_S)


def _home() -> Path:
    """The home folder of passwd: the environment of cron, of a shell and of systemd differ, this does not."""
    uid = os.geteuid()
    try:
        home = Path(pwd.getpwuid(uid).pw_dir)
    except KeyError as error:
        raise ConfigError(f"lock: user id {uid} is not in passwd, so it has no home; set lock_dir") from error
    if not home.is_absolute() or not home.is_dir():
        raise ConfigError(f"lock: the home of user id {uid} in passwd, {home}, is not a folder; set lock_dir")
    return home


def _expanded(lock_dir: Path) -> Path:
    if lock_dir.parts[:1] == ("~",):
        return _home().joinpath(*lock_dir.parts[1:])
    if not lock_dir.is_absolute():
        raise ConfigError(f"lock_dir: {lock_dir} depends on the working folder; write an absolute path")
    return lock_dir


def _make_folder(folder: Path) -> None:
    try:
        for missing in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
        found = folder.stat()
    except OSError as error:
        raise ConfigError(f"lock folder {folder} cannot be made or read: {error}; set lock_dir") from error
    fault = folder_fault(folder, found)
    if fault is not None:
        raise ConfigError(fault)


def folder_fault(folder: Path, found: os.stat_result) -> str | None:
    """Why a lock in this folder could not be trusted."""
    if not stat.S_ISDIR(found.st_mode):
        return f"lock folder {folder} is not a folder; move it away or set lock_dir"
    if found.st_uid != os.geteuid():
        return f"lock folder {folder} belongs to user id {found.st_uid}, not to us; set lock_dir"
    if found.st_mode & 0o022:
        return f"lock folder {folder} can be written by others; run: chmod 700 {folder}"
    return None


def _open_checked(path: Path) -> int:
    """Open the lock file for reading and writing the word, and refuse what is not plainly our own file."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        what = "is a symbolic link" if path.is_symlink() else "is a folder" if path.is_dir() else str(error)
        raise ConfigError(
            f"lock file {path} cannot be used: {what}; look at it, then move it away"
        ) from error
    found = os.fstat(descriptor)
    fault = file_fault(path, found)
    if fault is not None:
        os.close(descriptor)
        raise ConfigError(fault)
    if stat.S_IMODE(found.st_mode) != 0o600:
        os.fchmod(descriptor, 0o600)
    return descriptor


def file_fault(path: Path, found: os.stat_result) -> str | None:
    """Why this file is not plainly our own lock file."""
    wrong = None
    if stat.S_ISLNK(found.st_mode):
        wrong = "is a symbolic link"
    elif stat.S_ISDIR(found.st_mode):
        wrong = "is a folder"
    elif not stat.S_ISREG(found.st_mode):
        wrong = "it is not a regular file"
    elif found.st_uid != os.geteuid():
        wrong = f"it belongs to user id {found.st_uid}, not to us"
    elif found.st_nlink > 1:
        wrong = f"it has {found.st_nlink} hard links, expected 1"
    return (
        None if wrong is None else f"lock file {path} cannot be used: {wrong}; look at it, then move it away"
    )


def _file_lock(path: Path) -> "BaseFileLock":
    from filelock import FileLock  # 20 ms: only for a command that locks

    return FileLock(
        path, timeout=0, mode=0o600, thread_local=False, fallback_to_soft=False, preserve_lock_file=True
    )


def _take(lock: "BaseFileLock", descriptor: int, path: Path) -> bool:
    """Lock the very file that `descriptor` is open on; False when another process holds it or swapped it."""
    from filelock import Timeout

    try:
        lock.acquire()
        if _is_still(path, descriptor):
            if _excludes(descriptor):
                return True
            raise OSError("its locks exclude nobody")
    except Timeout:
        return False
    except OSError as error:
        lock.release()
        raise ConfigError(
            f"lock file {path} cannot be locked: {error}; nothing was sent."
            " If its file system has no flock, set lock_dir to a folder on a local disk"
        ) from error
    lock.release()
    return False


def _is_still(path: Path, descriptor: int) -> bool:
    """A lock on a file that no longer stands under its name guards nothing."""
    ours = os.fstat(descriptor)
    try:
        named = path.lstat()
    except FileNotFoundError:
        return False
    return (named.st_dev, named.st_ino, ours.st_nlink) == (ours.st_dev, ours.st_ino, 1)


def _excludes(descriptor: int) -> bool:
    """Prove the lock: a second descriptor on the same file must be refused it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _read(descriptor: int) -> bytes:
    """Return the record, or nothing when it cannot be read, which every reader takes as "not known"."""
    try:
        return os.pread(descriptor, RECORD_BYTES, 0)
    except OSError:
        return b""
