"""Folders and files that a run needs: whose they are, who else could change them, whether there is room.

Rules: nothing is made, opened for writing or followed. A folder that is missing is sound where we could make
it, because the first run does. A folder that others can write is not: they could put a link in our way.
"""

import os
import stat
from pathlib import Path

from trader import halt
from trader.core.text import plural, utc
from trader.doctor.findings import Finding, absent, failed, sound, warned

ROOM_BYTES_MIN = 20_000_000
"""A journal takes some MB a day; with less than this the disk is full by tomorrow."""


def configuration(path: Path | None, faults: tuple[str, ...]) -> Finding:
    """Whether the file could be read as it must be."""
    if faults:
        return failed("; ".join(faults))
    return sound("built in: the embedded exchange" if path is None else str(path))


def configuration_file(path: Path | None) -> Finding:
    """Who else could change what is traded."""
    if path is None:
        return absent("the configuration is built in")
    try:
        found = path.stat()
    except OSError as error:
        return absent(f"{path}: {error.strerror}")
    fault = _changeable(path, found, "file") or _open_above(path)
    if fault is not None:
        return failed(fault[0], fix=fault[1])
    return sound(f"ours, permissions {stat.S_IMODE(found.st_mode):04o}")


def _changeable(path: Path, found: os.stat_result, what: str) -> tuple[str, str] | None:
    if found.st_uid not in (0, os.geteuid()):
        owner = f"the {what} {path} belongs to user id {found.st_uid}, expected ours ({os.geteuid()}) or root"
        return owner, f"chown it to the user who trades: {path}"
    if found.st_mode & 0o022:
        return f"the {what} {path} can be changed by other users", f"chmod go-w {path}"
    return None


def _open_above(path: Path) -> tuple[str, str] | None:
    """Whoever may change a folder above may put another file in the place of this one."""
    for folder in path.resolve().parents:
        found = folder.stat()
        is_open = found.st_mode & 0o002 and not found.st_mode & stat.S_ISVTX
        if is_open:
            return f"everyone can change the folder {folder}, and so replace {path}", f"chmod o-w {folder}"
    return None


def halt_switch(path: Path, *, now_ms: int) -> Finding:
    """Whether entries are halted, since when and why."""
    found = halt.read(path)
    if not isinstance(found, halt.Halted):
        since = "" if found.resumed_ms is None else f"; resumed {utc(found.resumed_ms)}"
        return sound(f"entries are allowed{since}")
    if found.since_ms is None:
        return failed(found.why)
    hours = max(0, now_ms - found.since_ms) // 3_600_000
    return warned(f"halted {utc(found.since_ms)}, {plural(hours, 'hour')} ago: {found.why}")


def folder(path: Path) -> Finding:
    """Whether we alone can write there, and whether there is room."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return _to_be_made(path)
    except OSError as error:
        return failed(f"{path} cannot be read: {error.strerror}")
    if stat.S_ISLNK(found.st_mode):
        return failed(f"{path} is a symbolic link, expected a folder", fix="name the folder itself")
    if not stat.S_ISDIR(found.st_mode):
        return failed(f"{path} is not a folder", fix="move it away; the next run makes the folder")
    if found.st_uid != os.geteuid():
        whose = f"{path} belongs to user id {found.st_uid}, not to us"
        return failed(whose, fix=f"chown it to the user who trades: {path}")
    if found.st_mode & 0o022:
        return failed(f"{path} can be written by other users", fix=f"chmod 700 {path}")
    return _writable(path, f"{path} is ours")


def _to_be_made(path: Path) -> Finding:
    above = next((place for place in path.parents if place.exists()), Path("/"))
    return _writable(above, f"{path} will be made by the first run")


def _writable(place: Path, found: str) -> Finding:
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return failed(f"{place} cannot be written by us", fix=f"give it to the user who trades: {place}")
    left = os.statvfs(place)
    free = left.f_bavail * left.f_frsize
    if free < ROOM_BYTES_MIN:
        return failed(f"{free / 1e6:.1f} MB are left on the disk of {place}", fix="make room on the disk")
    return sound(found)


def metrics_file(path: Path | None) -> Finding:
    """Whether the file could be replaced by a new one, which is how it is written."""
    if path is None:
        return absent("metrics.textfile is not set")
    above = path.parent
    if not above.is_dir():
        return failed(f"the folder {above} does not exist", fix=f"mkdir {above}, for the user who trades")
    if path.is_symlink() or path.is_dir():
        return failed(f"{path} is a link or a folder, expected a file", fix=f"move {path} away")
    return _writable(above, str(path))
