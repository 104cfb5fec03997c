"""Folders and files that only this user may read, opened so that no link can lead elsewhere.

Rules: every name is opened below a folder that is already open, without following links; a file is regular
and our own, or it is refused. A write is one call; what a full disk cut off is taken back. Each sink
looks for secrets in its bytes as the last thing before the write, by the `Redact` that it was given.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from trader.core.errors import ConfigError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
LOCK_NAME = ".lock"

Redact = Callable[[bytes], bytes]
"""The same bytes without secrets."""


def as_it_is(content: bytes) -> bytes:
    """Nothing is secret here."""
    return content


@contextmanager
def opened_folder(path: Path, *, create: bool) -> Iterator[int]:
    """A descriptor of the folder; made with mode 0700 where asked."""
    if create:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, _FOLDER)
    try:
        found = os.fstat(descriptor)
        if create and found.st_uid != os.geteuid():
            raise ConfigError(f"the folder {path} belongs to another user; choose one of your own")
        if create and found.st_mode & 0o022:
            raise ConfigError(f"the folder {path} can be changed by others; run: chmod go-w {path}")
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_below(folder: int, name: str, *, create: bool) -> Iterator[int]:
    """A folder inside an open folder; who lets it be made is alone in the outer one."""
    if create and name not in os.listdir(folder):
        os.mkdir(name, mode=0o700, dir_fd=folder)
    descriptor = os.open(name, _FOLDER, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def alone_in(folder: int) -> Iterator[None]:
    """One writer at a time, also between processes; the kernel lets go when a process dies."""
    descriptor = opened_file(folder, LOCK_NAME, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def opened_file(folder: int, name: str, flags: int) -> int:
    """A descriptor of a regular file of our own; FileNotFoundError when it is not there."""
    descriptor = os.open(name, flags | _FILE, 0o600, dir_fd=folder)
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_nlink <= 1:
        return descriptor
    os.close(descriptor)
    raise ConfigError(f"{name} is not a regular file of this user under one name; it is left alone")


def content_of(folder: int, name: str) -> bytes | None:
    """The whole file, or None when there is none."""
    try:
        descriptor = opened_file(folder, name, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:
        return file.read()


def append(folder: int, name: str, content: bytes) -> int:
    """Add one piece at the end with one write; returns where it begins. The caller is alone in the folder.

    A last line that a dead process left half written is ended first, so that it spoils itself only.
    """
    descriptor = opened_file(folder, name, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            content = b"\n" + content
            begins = size + 1
        else:
            begins = size
        _write_whole(descriptor, content, size)
        return begins
    finally:
        os.close(descriptor)


def replace(folder: int, name: str, content: bytes, *, permissions: int = 0o600) -> None:
    """Put a whole new file in the place of the old one; a reader sees either, never a part."""
    new = f".{name}.{os.getpid()}.new"
    descriptor = opened_file(folder, new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        os.fchmod(descriptor, permissions)
        _write_whole(descriptor, content, 0)
        os.fsync(descriptor)
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        remove(folder, new)
        raise
    finally:
        os.close(descriptor)


def remove(folder: int, name: str) -> None:
    """Take a file away where there is one. The caller is alone in the folder."""
    if name in os.listdir(folder):
        os.unlink(name, dir_fd=folder)


def _write_whole(descriptor: int, content: bytes, size_before: int) -> None:
    try:
        written = os.write(descriptor, content)
    except OSError:
        os.ftruncate(descriptor, size_before)
        raise
    if written != len(content):
        os.ftruncate(descriptor, size_before)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
