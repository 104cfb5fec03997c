"""YAML text to plain dicts, lists and scalars, with the line and column of every key.

Rules: built from the parser's events, so no tag can construct anything; duplicate keys, anchors, aliases,
tags and merge keys are refused; size, depth and count have limits. A fault that leaves the rest readable
is collected with its place, so that one reading reports all of them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from trader.config.scalars import Trap, is_key_like, read_plain, shown
from trader.core.errors import ConfigError
from trader.core.frozen import frozen

Path = tuple[str | int, ...]

SIZE_MAX = 256 * 1024  # a thousand times a usual file; stops a log that was named by mistake
DEPTH_MAX = 12  # the deepest setting stands at five
EVENTS_MAX = 20_000
KEY_HERE = "looks like a key or an address: keys stand where `credentials` points to, and never in this file"

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there


@frozen
class Place:
    """Where something was written; line and column count from 1, and 0 is a flag."""

    origin: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.origin}:{self.line}:{self.column}" if self.line else self.origin


@frozen
class Fault:
    """One thing wrong with the configuration: what, where it stands, and which setting it concerns."""

    path: Path
    place: Place | None
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


@dataclass(slots=True)
class Document:
    """What the text says. A key that is in `faults` may be absent from `data`."""

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[Path, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def dotted(path: Path) -> str:
    """A path as a person writes it."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def parse(text: str, origin: str) -> Document:
    """Read a configuration. Raise `ConfigError` when the text as a whole cannot be read."""
    value, document = parse_value(text, origin)
    if value is None:
        raise ConfigError(f"{origin}: is empty; `trader init` writes a file to start from")
    if not isinstance(value, dict):
        raise ConfigError(f"{origin}:1:1: expected settings such as `venue: hyperliquid`, got {shown(value)}")
    document.data = value
    return document


def parse_value(text: str, origin: str, at: Path = ()) -> tuple[Any, Document]:
    """Read any one YAML value that stands at a path; the document holds its places and faults."""
    if len(text) > SIZE_MAX:
        raise ConfigError(f"{origin}: has {len(text)} characters, a configuration at most {SIZE_MAX}")
    document = Document()
    try:
        value = _Reader(_events(text, origin), document, origin).root(at)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(origin, mark.line + 1, mark.column + 1) if mark else Place(origin)
        tab = " (a tab: indent with spaces)" if mark and text[mark.index : mark.index + 1] == "\t" else ""
        raise ConfigError(f"{place}: {error.problem or error.context or 'not YAML'}{tab}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{origin}:{line}: {error.reason}; save the file as plain UTF-8 text") from error
    return value, document


def salvage(text: str, origin: str, reason: str) -> Document:
    """What can still be read of a file that does not parse whole, block by block.

    A block starts at a key in the first column. A block that does not parse, or that comes twice, is a
    fault of its key, so that nobody takes the wrong half of a file for the truth.
    """
    found = Document()
    is_told = False
    for start, key, block in _blocks(text):
        try:
            part = parse("\n" * start + block, origin)
        except ConfigError as error:
            is_told = is_told or str(error) == reason
            found.faults.append(Fault((key,), None, f"{error} ({key} could not be read)"))
            continue
        found.faults.extend(part.faults)
        for name in part.data:
            if name in found.data:
                place = part.places[(name,)]
                found.faults.append(Fault((name,), place, f"{name}: is given twice: keep one"))
        found.data = {**part.data, **found.data}
        found.places = {**part.places, **found.places}
    if not is_told:
        found.faults.insert(0, Fault((), None, reason))
    return found


def _blocks(text: str) -> Iterator[tuple[int, str, str]]:
    """The number of lines before each block, its key and its text."""
    start, key, block = 0, "", ""
    for number, line in enumerate(text.splitlines(keepends=True)):
        opening = re.match(r"([A-Za-z_]+)\s*:", line)
        if opening:
            if key:
                yield start, key, block
            start, key, block = number, opening[1], ""
        block += line
    if key:
        yield start, key, block


def _events(text: str, origin: str) -> Iterator[Any]:
    """The parser's events without the frame, within the limits, refusing what a configuration never needs."""
    depth = documents = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        mark = event.start_mark
        place = Place(origin, mark.line + 1, mark.column + 1) if mark else Place(origin)
        if count > EVENTS_MAX:
            raise ConfigError(f"{place}: more than {EVENTS_MAX} values; a configuration is shorter")
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        if documents > 1:
            raise ConfigError(f"{place}: a second document (---); expected one file, one account")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ConfigError(f"{place}: anchors (&) and aliases (*) are not used here: write the value out")
        if getattr(event, "tag", None):
            raise ConfigError(f"{place}: tags (!) are not used here: write the value alone")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEPTH_MAX:
            raise ConfigError(f"{place}: nested deeper than {DEPTH_MAX} levels")
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event


class _Reader:
    """Turns events into values and keeps their places; the depth limit bounds its recursion."""

    def __init__(self, events: Iterator[Any], document: Document, origin: str) -> None:
        self._events = events
        self._document = document
        self._origin = origin

    def root(self, path: Path) -> Any:
        event = next(self._events, None)
        value = None if event is None else self._value(event, path)
        next(self._events, None)  # nothing may follow, and what does is refused on the way
        return None if isinstance(value, Trap) else value

    def _place(self, event: Any) -> Place:
        return Place(self._origin, event.start_mark.line + 1, event.start_mark.column + 1)

    def _fault(self, path: Path, event: Any, text: str) -> None:
        self._document.faults.append(Fault(path, self._place(event), f"{dotted(path)}: {text}".lstrip(": ")))

    def _value(self, event: Any, path: Path) -> Any:
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        if is_key_like(event.value):
            # Wherever it stands, also under a name that is no setting: nothing here is ever taken for a key.
            self._fault(path, event, KEY_HERE)
            return Trap(KEY_HERE)
        is_plain = event.style in (None, "")
        value = read_plain(event.value) if is_plain else event.value
        if isinstance(value, Trap):
            self._fault(path, event, value.reason)
        return value

    def _sequence(self, path: Path) -> list[Any]:
        values: list[Any] = []
        for index, event in enumerate(self._events):
            if isinstance(event, yaml.SequenceEndEvent):
                break
            here = (*path, index)
            self._document.places[here] = self._place(event)
            value = self._value(event, here)
            if not isinstance(value, Trap):
                values.append(value)
        return values

    def _mapping(self, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event, path)
            here = (*path, key or "")
            first = self._document.places.get(here)
            if key is None or first is not None:
                if first is not None:
                    self._fault(here, event, f"is given twice, first in line {first.line}: keep one")
                self._dropped(here)
                continue
            self._document.places[here] = self._place(event)
            value = self._value(next(self._events), here)
            if not isinstance(value, Trap):
                values[key] = value
        return values

    def _dropped(self, path: Path) -> None:
        """Read past a value without a key of its own; its places and faults would be told as another's."""
        places, faults = dict(self._document.places), list(self._document.faults)
        self._value(next(self._events), path)
        self._document.places, self._document.faults = places, faults

    def _key(self, event: Any, path: Path) -> str | None:
        if not isinstance(event, yaml.ScalarEvent):
            raise ConfigError(f"{self._place(event)}: a key must be a word, not a list or a group")
        key = read_plain(event.value) if event.style in (None, "") else event.value
        if isinstance(key, str) and key not in ("<<", "="):
            return key
        reason = key.reason if isinstance(key, Trap) else f"{shown(event.value)} is not a name"
        self._fault(path, event, f"as a key: {reason}")
        return None


def where(places: Mapping[Path, Place], path: Path, default: Place) -> Place:
    """The place of a setting, or of the nearest one around it."""
    for end in range(len(path), 0, -1):
        if path[:end] in places:
            return places[path[:end]]
    return default
