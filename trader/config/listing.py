"""Every resolved value as a person or a program reads it, with where it came from; secrets stay hidden."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trader.config import forms
from trader.config.document import Path, dotted
from trader.config.resolve import values
from trader.config.words import spot_of
from trader.core.frozen import frozen
from trader.settings import Settings

NOT_SET = "not set"


@frozen
class Line:
    """One setting: its path, its value as plain JSON and as text, and its source."""

    path: str
    value: Any
    text: str
    source: str


def listing(settings: Settings, sources: Mapping[str, str]) -> list[Line]:
    """All settings in the order of their declaration."""
    lines = []
    for path, value in values(settings):
        plain = _plain(path, value)
        lines.append(Line(dotted(path), plain, _text(path, plain), sources[dotted(path)]))
    return lines


def _plain(path: Path, value: Any) -> Any:
    spot = spot_of(Settings, path)
    is_secret = bool(spot.metadata.get("secret"))
    if spot.metadata.get("kind") == "argument" and value:
        return [value[0], *(["..."] if value[1:] else [])]  # what follows the program may be a password
    if isinstance(value, tuple):
        return [forms.without_secret(item) if is_secret else item for item in value]
    if is_secret and value is not None:
        return forms.without_secret(value)
    return format(value, "f") if isinstance(value, Decimal) else value


def _text(path: Path, value: Any) -> str:
    if value is None:
        return str(spot_of(Settings, path).metadata.get("absent") or NOT_SET)
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
