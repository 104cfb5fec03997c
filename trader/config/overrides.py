"""`--set path=value`: one setting for one run, over the file.

Rules: the value is read as the file's would be; a group or a list may be given in flow style. What an
override replaces is gone, with its faults, so that a wrong line in the file can be tried away.
"""

from dataclasses import replace
from typing import Any

from trader.config.document import Document, Fault, Path, Place, dotted, parse_value
from trader.config.scalars import shown
from trader.core.errors import ConfigError

ORIGIN = "--set"


def apply(document: Document, override: str) -> None:
    """Put one override into the document."""
    name, equals, text = override.partition("=")
    path: Path = tuple(name.strip().split("."))
    if not equals or not all(path):
        raise ConfigError(f"--set {shown(override)}: expected path=value, for example sizing.leverage=2")
    try:
        value, read = parse_value(text, ORIGIN, path)
    except ConfigError as error:
        # Where in the value is of no use in so short a text, and the text may be a secret.
        raise ConfigError(f"--set {name}: the value cannot be read; put it in quotes") from error
    _forget(document, path)
    document.faults.extend(replace(fault, place=Place(ORIGIN)) for fault in read.faults)
    if not read.faults:
        _group(document, path)[path[-1]] = value
        document.places.update({below: Place(ORIGIN) for below in (path, *read.places)})


def _group(document: Document, path: Path) -> dict[Any, Any]:
    """The group that holds the last name of a path, made where it is not there."""
    group: Any = document.data
    for depth, name in enumerate(path[:-1]):
        if group.get(name) is None:
            group[name] = {}
            document.places[path[: depth + 1]] = Place(ORIGIN)
        group = group[name]
        if not isinstance(group, dict):
            raise ConfigError(f"--set {dotted(path)}: {dotted(path[: depth + 1])} is not a group of settings")
    return group  # type: ignore[no-any-return]  # the loop has checked each level


def _forget(document: Document, path: Path) -> None:
    size = len(path)
    document.places = {p: place for p, place in document.places.items() if p[:size] != path}
    document.faults = [fault for fault in document.faults if fault.path[:size] != path]


def is_override(fault: Fault) -> bool:
    return fault.place is not None and fault.place.origin == ORIGIN
