"""The shape of a JSON answer: names, nesting and kinds of values, without the values."""

import re
from collections.abc import Iterator
from typing import Any

_DECIMAL = re.compile(r"-?\d+\.\d+")
_HEX = re.compile(r"0x[0-9a-f]+")

# A path such as "[].order.sz" with the kinds seen there.
Shape = dict[str, set[str]]


def kind_of(value: Any) -> str:
    """The JSON kind; texts are told apart into decimals with a point, hexadecimals and words."""
    if isinstance(value, str):
        if _DECIMAL.fullmatch(value):
            return "decimal"
        return "hex" if _HEX.fullmatch(value) else "text"
    names: dict[type, str] = {bool: "bool", int: "int", float: "float", dict: "object", list: "array"}
    return "null" if value is None else names[type(value)]


def shape_of(value: Any) -> Shape:
    """All paths of a value and the kinds found at each; rows of a list share a path."""
    shape: Shape = {}
    for path, kind in _walk("", value):
        shape.setdefault(path, set()).add(kind)
    return shape


def _walk(path: str, value: Any) -> Iterator[tuple[str, str]]:
    yield path, kind_of(value)
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(f"{path}.{key}", item)
    elif isinstance(value, list):
        is_pair = len({kind_of(item) for item in value}) > 1
        for place, item in enumerate(value):
            yield from _walk(f"{path}[{place if is_pair else ''}]", item)


def differences(ours: Any, recorded: Any, *, absent: set[str], added: set[str]) -> list[str]:
    """What our answer has otherwise than the recorded one.

    `absent`: last parts of recorded paths that newer answers lack. `added`: ones that came later.
    A kind of ours must have been recorded; a path of ours that was never recorded must be `added`.
    """
    mine, theirs = shape_of(ours), shape_of(recorded)
    found = []
    for path, kinds in theirs.items():
        if path not in mine and not _named(path, absent):
            found.append(f"{path}: recorded as {sorted(kinds)}, absent here")
    for path, kinds in mine.items():
        if path not in theirs:
            if not _named(path, added):
                found.append(f"{path}: {sorted(kinds)} here, never recorded")
        elif not kinds <= theirs[path]:
            found.append(f"{path}: {sorted(kinds)} here, recorded as {sorted(theirs[path])}")
    return found


def _named(path: str, names: set[str]) -> bool:
    """Is the path, or something it lies in, one of these names?"""
    return any(part in names for part in re.split(r"[.\[\]]+", path))
