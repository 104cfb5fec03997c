"""The resolved settings of an unchanged file: a tick need not load parser and checker, which cost 0.15 s.

Rules: the name of an entry is a hash of everything that it was made from: the file's bytes, the overrides,
this program's own files, the interpreter. An entry is believed only if it is a plain file of ours that
nobody else can touch and its digest holds; any doubt means to validate anew, never an error. Faulty
configurations are not kept. A URL that is written out is kept as its position in the file, so that no
second copy of a secret is made. The whole folder may be deleted at any time.
"""

import hashlib
import json
import os
import stat
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import trader
from trader.config.places import home
from trader.config.private import read_all
from trader.config.stored import from_stored, to_stored
from trader.core.codec import from_json
from trader.core.errors import ConfigError, Malformed, TraderError
from trader.settings import Settings

SCHEMA = 1
ENTRIES_MAX = 16  # a few files with a few overrides; more are old
BYTES_MAX = 1024 * 1024
_PROGRAM = ("settings.py", "config", "core", "strategies")

Entry = tuple[Settings, dict[str, str], tuple[str, ...]]


def key_of(content: bytes, *, origin: str, overrides: Sequence[str], is_private: bool) -> str:
    """The name under which the result for these inputs is kept."""
    try:
        where = str(home())
    except ConfigError as error:
        where = str(error)  # then nothing can be kept, and absolute paths still work
    parts = [SCHEMA, trader.__version__, sys.version, os.geteuid(), where, origin, is_private]
    head = json.dumps([*parts, list(overrides), _program()])
    return hashlib.sha256(head.encode() + b"\0" + content).hexdigest()


def read(key: str, text: str) -> Entry | None:
    """What was kept, or None when there is nothing that can be trusted."""
    try:
        data = _read_file(_name(key))
    except FileNotFoundError:
        return None
    except (OSError, TraderError) as error:
        _log(f"the configuration cache is not used: {error}")
        return None
    try:
        return _decode(key, data, text)
    except (Malformed, ValueError, KeyError, TypeError, IndexError) as error:
        _log(f"a configuration cache entry is not used: {error}")
        return None


def write(key: str, entry: Entry, text: str) -> None:
    """Keep a result; failing to is no fault, it costs the next run some time."""
    data = _encode(key, entry, text)
    if data is None:
        return
    try:
        folder = _open_folder(make=True)
        try:
            _write_file(folder, _name(key), data)
            _prune(folder)
        finally:
            os.close(folder)
    except (OSError, TraderError) as error:
        _log(f"the configuration cache is not written: {error}")


def folder_path() -> Path:
    return home() / ".cache/trader"


def _program() -> list[tuple[str, int, int]]:
    """Name, size and time of the files that decide what a configuration means."""
    root = Path(trader.__file__).parent
    found = []
    for part in _PROGRAM:
        place = root / part
        members = [place] if part.endswith(".py") else sorted(p for p in place.iterdir() if p.suffix == ".py")
        for path in members:
            status = path.stat()
            found.append((path.name, status.st_size, status.st_mtime_ns))
    return found


def _name(key: str) -> str:
    return f"config-{key}.json"


def _encode(key: str, entry: Entry, text: str) -> bytes | None:
    settings, sources, warnings = entry
    plain = to_stored(settings)
    if not _hide(plain, text):
        return None
    body = json.dumps({"key": key, "settings": plain, "sources": sources, "warnings": warnings})
    return hashlib.sha256(body.encode()).hexdigest().encode() + b"\n" + body.encode()


def _decode(key: str, data: bytes, text: str) -> Entry:
    digest, _, body = data.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError("its digest does not hold")
    found = json.loads(body)
    if found["key"] != key:
        raise ValueError("it belongs to another configuration")
    _reveal(found["settings"], text)
    sources = from_json(Mapping[str, str], found["sources"])
    return from_stored(found["settings"]), sources, from_json(tuple[str, ...], found["warnings"])


def _hide(plain: dict[str, Any], text: str) -> bool:
    """Replace each URL by where it stands in the file; False when one is not found as it is."""

    def hidden(url: str) -> str:
        start = text.find(url)
        return f"{start}:{start + len(url)}"

    before = [url for url in _urls(plain) if not url.startswith("secret:")]
    if any(url not in text for url in before):
        return False
    _map_urls(plain, lambda url: url if url.startswith("secret:") else hidden(url))
    return True


def _reveal(plain: dict[str, Any], text: str) -> None:
    def revealed(kept: str) -> str:
        start, _, end = kept.partition(":")
        return text[int(start) : int(end)]

    _map_urls(plain, lambda kept: kept if kept.startswith("secret:") else revealed(kept))


def _urls(plain: dict[str, Any]) -> list[str]:
    return [*plain["notify"]["urls"], *(url for url in plain["heartbeat"].values() if url is not None)]


def _map_urls(plain: dict[str, Any], change: Any) -> None:
    plain["notify"]["urls"] = [change(url) for url in plain["notify"]["urls"]]
    plain["heartbeat"] = {k: None if v is None else change(v) for k, v in plain["heartbeat"].items()}


def _open_folder(*, make: bool) -> int:
    """The cache folder, if it is ours alone."""
    path = folder_path()
    if make:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        os.close(descriptor)
        raise PermissionError(f"{path} is not ours alone (expected our own folder with permissions 0700)")
    return descriptor


def _read_file(name: str) -> bytes:
    folder = _open_folder(make=False)
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    finally:
        os.close(folder)
    try:
        found = os.fstat(descriptor)
        is_ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_nlink == 1
        if not is_ours or found.st_mode & 0o077 or found.st_size > BYTES_MAX:
            raise PermissionError(f"{name} is not a file of ours alone")
        return read_all(descriptor, BYTES_MAX)
    finally:
        os.close(descriptor)


def _write_file(folder: int, name: str, data: bytes) -> None:
    """Whole or not at all: a reader sees the old state until the new one is complete."""
    temporary = f".{name}.{os.getpid()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o600, dir_fd=folder)
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)
    os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)


def _prune(folder: int) -> None:
    entries = [name for name in os.listdir(folder) if name.startswith(("config-", ".config-"))]
    aged = sorted(entries, key=lambda name: os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime_ns)
    for name in aged[:-ENTRIES_MAX]:
        os.unlink(name, dir_fd=folder)


def _log(text: str) -> None:
    import logging  # 20 ms, and a usual run has nothing to say

    logging.getLogger("trader.config").info(text)
