"""A file with secrets, read only when nobody else could have read or replaced it.

Rules: the file is a plain one of ours, 0600 or 0400, under its own name and no link; no folder above it can
be changed by everyone, unless its sticky bit keeps others from replacing what is ours. What is checked is
what is read: one descriptor. Nothing of the content ever stands in an error.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from trader.core.errors import ConfigError

BYTES_MAX = 64 * 1024  # a few names and keys


def read_private(path: Path, what: str) -> str:
    """The text of the file; `what` is its name in errors. Raise ConfigError saying what to change."""
    _check_folders(path, what)
    return _read(path, what, _check_file)


def read_handed_over(path: Path, what: str) -> str:
    """The text of a file that the system's own manager put there for this process alone.

    It belongs to root or to us; root's carries a list of who else may read it, which shows as the group's
    right to read.
    """
    return _read(path, what, _check_handed_over)


def _read(path: Path, what: str, check: Callable[[os.stat_result, Path, str], None]) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise ConfigError(f"{what} {path}: no such file") from error
    except OSError as error:
        if path.is_symlink():
            raise ConfigError(f"{what} {path}: is a symbolic link; name the file itself") from error
        raise ConfigError(f"{what} {path}: cannot be read: {error.strerror}") from error
    try:
        check(os.fstat(descriptor), path, what)
        content = read_all(descriptor, BYTES_MAX + 1)
    finally:
        os.close(descriptor)
    if len(content) > BYTES_MAX:
        raise ConfigError(f"{what} {path}: is longer than {BYTES_MAX // 1024} kB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # The cause would carry the bytes of the file, so it is left behind.
        raise ConfigError(f"{what} {path}: is not text; expected lines NAME=value in UTF-8") from None


def read_all(descriptor: int, limit: int) -> bytes:
    """Everything up to a limit, however many reads that takes."""
    content = b""
    while len(content) < limit and (part := os.read(descriptor, limit - len(content))):
        content += part
    return content


def _check_file(found: os.stat_result, path: Path, what: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(f"{what} {path}: is not a file")
    if found.st_uid != os.geteuid():
        raise ConfigError(f"{what} {path}: belongs to user id {found.st_uid}; expected ours ({os.geteuid()})")
    permissions = stat.S_IMODE(found.st_mode)
    if permissions & ~0o600:
        raise ConfigError(
            f"{what} {path}: has permissions {permissions:04o}, expected 0600; run: chmod 600 {path}"
        )
    if found.st_nlink != 1:
        raise ConfigError(
            f"{what} {path}: has {found.st_nlink} hard links, expected 1; make a copy of its own"
        )


def _check_handed_over(found: os.stat_result, path: Path, what: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(f"{what} {path}: is not a file")
    permissions = stat.S_IMODE(found.st_mode)
    allowed = 0o640 if found.st_uid == 0 else 0o600
    if found.st_uid not in (0, os.geteuid()) or permissions & ~allowed:
        raise ConfigError(
            f"{what} {path}: belongs to user id {found.st_uid} with permissions {permissions:04o}; expected "
            "root or us, and that nobody else can read it"
        )


def _check_folders(path: Path, what: str) -> None:
    written, real = path.absolute(), path.parent.resolve()
    for folder in dict.fromkeys([*written.parents, real, *real.parents]):
        try:
            found = folder.stat()
        except OSError as error:
            raise ConfigError(
                f"{what} {path}: the folder {folder} cannot be read: {error.strerror}"
            ) from error
        if found.st_uid not in (0, os.geteuid()):
            raise ConfigError(
                f"{what} {path}: the folder {folder} belongs to user id {found.st_uid}, not to us"
            )
        if found.st_mode & 0o002 and not found.st_mode & stat.S_ISVTX:
            raise ConfigError(
                f"{what} {path}: everyone can change the folder {folder}; run: chmod o-w {folder}"
            )
