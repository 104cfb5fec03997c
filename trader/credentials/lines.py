"""Lines `NAME=value` to secrets. Of a value nothing is ever said, wherever it comes from."""

import re

from trader.core.errors import ConfigError
from trader.credentials.secret import Secret

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


def parsed(text: str, what: str) -> dict[str, Secret]:
    """Every name; `what` is where the text comes from, for errors."""
    values: dict[str, Secret] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        plain = line.strip()
        if not plain or plain.startswith("#"):
            continue
        match = _LINE.fullmatch(plain)
        if match is None:
            raise ConfigError(f"{what}:{number}: expected NAME=value")
        name, value = match[1], _unquoted(match[2], f"{what}:{number}")
        if name in values:
            raise ConfigError(f"{what}:{number}: {name} is given twice; keep one")
        values[name] = Secret(value)
    return values


def _unquoted(text: str, place: str) -> str:
    if text[:1] not in ("'", '"'):
        return text.split(" #", 1)[0].rstrip()
    end = text.find(text[0], 1)
    rest = text[end + 1 :].strip()
    if end < 0 or (rest and not rest.startswith("#")):
        raise ConfigError(f"{place}: the quotes do not close at the end of the value")
    return text[1:end]
