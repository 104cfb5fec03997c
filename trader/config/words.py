"""What is said about a wrong setting: its name, the value, what was expected, and what to write instead.

Rules: one line each; the expectation is read off the field's type and bounds; a secret's value is never
repeated. A name that is unknown gets the nearest known one, or the group in which that name does exist.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin, get_type_hints

from trader.config.document import Path, dotted
from trader.config.scalars import shown
from trader.config.schema import Wrong, is_mapping, member_of
from trader.core.frozen import frozen
from trader.settings import Settings

_KINDS = {
    "path": "an absolute path",
    "label": "a short name",
    "fingerprint": "eight hexadecimal digits in quotes",
    "name": "the name of a credential",
    "argument": "a word of a command line",
    "loopback": "the URL of an embedded exchange on this machine",
    "url": "secret:NAME or a URL",
    "web": "secret:NAME or a URL that starts with https://",
}
_LIMITS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
_NAMES_MAX = 12  # a longer list is not read


@frozen
class Spot:
    """What the declarations say about one path."""

    hint: Any
    metadata: Mapping[str, Any]


def sentence(cls: type, wrong: Wrong, prefix: Path = ()) -> str:
    """Everything a person needs about one wrong value of a settings dataclass."""
    name = dotted((*prefix, *wrong.path))
    if wrong.kind == "extra_forbidden":
        return f"{name} is not a setting{_nearest(cls, wrong.path, prefix)}"
    if wrong.kind == "key":
        return f"{name}: {wrong.reason}"
    spot = spot_of(cls, wrong.path)
    if wrong.kind == "missing":
        return f"{name} is missing: expected {expectation(spot)}"
    is_secret = bool(spot.metadata.get("secret"))
    value = "the value" if is_secret else shown(wrong.value)
    if wrong.reason:
        return f"{name}: {value} is not allowed: {wrong.reason}"
    return f"{name}: {value} is not allowed: expected {expectation(spot)}{_unit(spot, wrong.value)}"


def spot_of(cls: Any, path: Path) -> Spot:
    """The type and declaration at a path below a dataclass."""
    spot = Spot(cls, {})
    for part in path:
        hint = member_of(spot.hint)
        if is_dataclass(hint) and isinstance(hint, type):
            entry = next((f for f in fields(hint) if f.name == part), None)
            spot = Spot(get_type_hints(hint)[entry.name], _declared(entry)) if entry else Spot(Any, {})
        elif is_mapping(hint):
            spot = Spot(get_args(hint)[1], {})
        elif get_origin(hint) is tuple:
            spot = Spot(get_args(hint)[0], spot.metadata)
    return spot


def _declared(entry: "Field[Any]") -> Mapping[str, Any]:
    """What a field declares; a number without an example of its own shows its default."""
    is_number = isinstance(entry.default, int | float) and not isinstance(entry.default, bool)
    return {"example": entry.default, **entry.metadata} if is_number else entry.metadata


def expectation(spot: Spot) -> str:
    """What may stand there, with its bounds and an example."""
    hint, metadata = member_of(spot.hint), spot.metadata
    text = _what(hint, metadata)
    limits = [f"{word} {_number(metadata[name])}" for name, word in _LIMITS.items() if name in metadata]
    text += f" {' and '.join(limits)}" if limits else ""
    text += f", or {metadata['absent']}" if metadata.get("absent") else ""
    return text + (f", for example {metadata['example']}" if metadata.get("example") else "")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _what(hint: Any, metadata: Mapping[str, Any]) -> str:
    if get_origin(hint) is Literal:
        names = get_args(hint)
        return f"one of {', '.join(names)}" if len(names) > 1 else str(names[0])
    if get_origin(hint) is tuple:
        return f"a list, each {_what(get_args(hint)[0], metadata)}"
    if is_mapping(hint) or is_dataclass(hint):
        return "a group of settings"
    if hint is bool:
        return "true or false"
    if hint is int:
        return "a whole number"
    return "a number" if hint in (float, Decimal) else _KINDS.get(metadata.get("kind", ""), "text")


def _unit(spot: Spot, value: object) -> str:
    """A fraction written as percent is the likeliest mistake, and the most expensive one; then an amount
    written as a fraction."""
    most = spot.metadata.get("lt", spot.metadata.get("le"))
    found = _number_in(value)
    if member_of(spot.hint) not in (float, Decimal) or found is None:
        return ""
    if most is not None and most <= 1 and 0 < found / 100 <= most:
        return f" (a fraction: {found:g} % is {found / 100:g})"
    if spot.metadata.get("ge") == 1 and (isinstance(value, str) or 0 < found < 1):
        return " (an amount of money, not a fraction)"
    return ""


def _number_in(value: object) -> float | None:
    """The number that was written, with or without a sign for percent behind it."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(str(value))
    written = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?%", value) if isinstance(value, str) else None
    return float(written[1]) if written else None


def _nearest(cls: type, path: Path, prefix: Path) -> str:
    unknown = str(path[-1])
    parent = member_of(spot_of(cls, path[:-1]).hint)
    names = [f.name for f in fields(parent)] if is_dataclass(parent) else []
    close = get_close_matches(unknown, names, n=2, cutoff=0.6)
    if close:
        return f"; nearest: {' or '.join(dotted((*prefix, *path[:-1], name)) for name in close)}"
    elsewhere = [dotted(p) for p in leaves(Settings) if p[-1] == unknown]
    if elsewhere:
        return f" here; it stands at {' and '.join(elsewhere)}"
    return f"; expected one of {', '.join(names)}" if len(names) <= _NAMES_MAX else ""


def leaves(cls: Any, prefix: Path = ()) -> Iterator[Path]:
    """The paths of all settings that are no group; a coin's stand under markets.<COIN>."""
    hint = member_of(cls)
    if is_mapping(hint):
        yield from leaves(get_args(hint)[1], (*prefix, "<COIN>"))
    elif is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint)
        for entry in fields(hint):
            yield from leaves(hints[entry.name], (*prefix, entry.name))
    else:
        yield prefix
