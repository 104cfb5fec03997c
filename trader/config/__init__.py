"""The configuration: one strict YAML file and its overrides to `Settings`, with where each value came from.

Rules: importing this loads neither YAML nor pydantic; an unchanged file comes from the cache, everything
else is validated in full. A faulty file stops what could add risk. Protection (check-sl, protect, flatten,
status, halt) needs only to know which account it works on: with the rest at its defaults and every fault
reported, because a broken file must never switch protection off.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from trader.config import cache
from trader.config.places import ROOT, Found, find, home, usual_path, without_file
from trader.config.private import read_all
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.redaction import Veil
from trader.settings import Settings

if TYPE_CHECKING:
    from trader.config.document import Document, Fault
    from trader.config.resolve import Resolution

__all__ = [
    "BUILT_IN",
    "Found",
    "Loaded",
    "Need",
    "find",
    "home",
    "load",
    "usual_path",
    "without_file",
]

Need = Literal["all", "protection"]
BUILT_IN = """\
venue: hyperliquid
mode: paper
account: main
paper: {equity: 1000, feed: bundle}
markets:
  BTC: {strategy: breakout}
  ETH: {strategy: breakout}
  SOL: {strategy: breakout}
"""
_BYTES_MAX = 256 * 1024


@frozen
class Loaded:
    """Settings, by dotted path where each came from, and what a person should hear about the file.

    `faults` is empty unless protection was asked for; `place_faults` are those of them that are of who could
    change the file. `path` is None for the built-in configuration. `veil` hides what is secret in the file,
    and what its credentials turn out to be.
    """

    settings: Settings
    sources: Mapping[str, str]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]
    path: Path | None
    veil: Veil = field(default_factory=Veil, compare=False)
    place_faults: tuple[str, ...] = ()

    def hide_urls(self) -> None:
        """Let no URL that is written out in the file be shown."""
        for url in (*self.settings.notify.urls, *self.settings.heartbeat.given.values()):
            if not url.startswith("secret:"):
                self.veil.hide_url(url)


@frozen
class _Text:
    """The bytes to read and what the file around them allows."""

    content: bytes
    origin: str
    is_private: bool
    faults: tuple[str, ...] = ()


def load(path: Path | None, overrides: Sequence[str] = (), *, need: Need = "all") -> Loaded:
    """Read a file, or the built-in paper configuration for None. Raise ConfigError, each fault on a line."""
    source = _Text(BUILT_IN.encode(), "built-in", True) if path is None else _file(path)
    key = cache.key_of(
        source.content, origin=source.origin, overrides=overrides, is_private=source.is_private
    )
    text = source.content.decode("utf-8-sig", errors="replace")
    kept = None if source.faults else cache.read(key, text)
    if kept is not None:
        settings, sources, warnings = kept
        return Loaded(settings, sources, (), warnings, path)
    result, fatal = _validated(source, text, overrides, need)
    faults = (*source.faults, *(str(fault) for fault in result.faults))
    if result.settings is None or (faults if need == "all" else fatal):
        told = faults if need == "all" or result.settings is None else fatal
        raise ConfigError("\n".join(dict.fromkeys(told)))
    if not faults:
        cache.write(key, (result.settings, result.sources, tuple(result.warnings)), text)
    warnings = tuple(result.warnings)
    return Loaded(result.settings, result.sources, faults, warnings, path, place_faults=source.faults)


def _validated(
    source: _Text, text: str, overrides: Sequence[str], need: Need
) -> "tuple[Resolution, tuple[str, ...]]":
    """The resolution, and those of its faults with which not even protection may go on."""
    from trader.config.overrides import apply, is_override
    from trader.config.resolve import resolve

    document = _document(source, text, need)
    for override in overrides:
        apply(document, override)
    result = resolve(document, origin=source.origin, is_private=source.is_private)
    essential = {"venue", "mode", "account"}
    if result.settings is not None:
        essential |= {"paper"} if result.settings.mode == "paper" else {"credentials"}
        essential |= {"live"} if result.settings.mode == "live" else set()
    return result, tuple(str(f) for f in result.faults if is_override(f) or _top(f) in essential)


def _top(fault: "Fault") -> object:
    return fault.path[0] if fault.path else None


def _document(source: _Text, text: str, need: Need) -> "Document":
    from trader.config.document import parse, salvage

    try:
        source.content.decode()
        return parse(text, source.origin)
    except UnicodeDecodeError as error:
        line = source.content.count(b"\n", 0, error.start) + 1
        reason = f"{source.origin}:{line}: not UTF-8 text; save the file as UTF-8"
    except ConfigError as error:
        reason = str(error)
    if need == "all":
        raise ConfigError(reason)
    return salvage(text, source.origin, reason)


def _file(path: Path) -> _Text:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file; `trader init {path}` writes one") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise ConfigError(f"{path}: is not a file; expected a configuration")
        content = read_all(descriptor, _BYTES_MAX + 1)
    finally:
        os.close(descriptor)
    if len(content) > _BYTES_MAX:
        raise ConfigError(f"{path}: is longer than {_BYTES_MAX // 1024} kB; expected a configuration")
    faults = []
    if found.st_mode & 0o002:
        faults.append(f"{path}: everyone can change it; run: chmod o-w {path}")
    is_ours = found.st_uid in (ROOT, os.geteuid())
    if not is_ours:
        faults.append(f"{path}: belongs to user id {found.st_uid}; expected ours ({os.geteuid()}) or root")
    return _Text(content, str(path), is_ours and not found.st_mode & 0o077, tuple(faults))
