"""Parameters of a request, from the query and from a form body, whatever the body calls itself.

Rules: on a name sent twice the query wins; an empty value counts as not sent. Booleans are read in any
case. Numbers are plain decimals: an exponent, a sign where none makes sense or a word is -1100 or -1102.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from trader.sim.binance.refusals import Refused, illegal, missing, refused
from trader.sim.wire import pairs_of

_DECIMAL = re.compile(r"-?\d{1,20}(\.\d{1,20})?")
_INTEGER = re.compile(r"-?\d{1,19}")
_CLIENT_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")


@lru_cache(maxsize=16)
def parameters_of(query: str, body: str) -> "Parameters":
    """Everything a request carries beside its signature.

    A request is read for the faults and then for itself, so the last few are kept.
    """
    values = pairs_of(body) | pairs_of(query)
    values.pop("signature", None)
    return Parameters(values)


class Parameters:
    """Typed reading of named texts."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values: Mapping[str, str] = dict(values)

    def text(self, name: str) -> str | None:
        """None where it was not sent, or sent empty."""
        return self.values.get(name) or None

    def required(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise missing(name)
        return value

    def word(self, name: str, allowed: Mapping[str, int] | frozenset[str], code: int) -> str | None:
        """One of some words; another is refused with this code."""
        value = self.text(name)
        if value is not None and value not in allowed:
            raise refused(code)
        return value

    def integer(self, name: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not _INTEGER.fullmatch(value):
            raise Refused(-1100, f"Illegal characters found in parameter '{name}'.")
        return int(value)

    def required_integer(self, name: str) -> int:
        value = self.integer(name)
        if value is None:
            raise missing(name)
        return value

    def decimal(self, name: str) -> Decimal | None:
        value = self.text(name)
        if value is None:
            return None
        if not _DECIMAL.fullmatch(value):
            raise Refused(-1100, f"Illegal characters found in parameter '{name}'.")
        return Decimal(value)

    def boolean(self, name: str) -> bool | None:
        value = self.text(name)
        if value is None:
            return None
        if value.lower() not in ("true", "false"):
            raise illegal(name)
        return value.lower() == "true"

    def client_id(self, name: str) -> str | None:
        """An id of the client's own; 36 characters are allowed although the sentence says fewer."""
        value = self.text(name)
        if value is None:
            return None
        if len(value) > 36:
            raise refused(-4015)
        if not _CLIENT_ID.fullmatch(value):
            raise Refused(
                -1100,
                f"Illegal characters found in parameter '{name}'; "
                "legal range is '^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.",
            )
        return value

    def json_list(self, name: str) -> list[Any] | None:
        """A JSON list in a parameter; its name may come in any case, as clients send it."""
        wanted = name.lower()
        value = next((text for key, text in self.values.items() if key.lower() == wanted and text), None)
        if value is None:
            return None
        try:
            found = json.loads(value, parse_float=str, parse_int=str)
        except (ValueError, RecursionError) as error:
            raise illegal(name) from error
        if not isinstance(found, list):
            raise illegal(name)
        return found

    def limit(self, *, default: int, most: int) -> int:
        """The `limit` parameter; more than the most is refused."""
        value = self.integer("limit")
        if value is None:
            return default
        if not 1 <= value <= most:
            raise illegal("limit")
        return value


def from_item(item: Any) -> Parameters:
    """One element of a batch as if it had come alone."""
    if not isinstance(item, dict):
        raise illegal("batchOrders")
    texts = {}
    for key, value in item.items():
        texts[str(key)] = str(value).lower() if isinstance(value, bool) else str(value)
    return Parameters({key: value for key, value in texts.items() if value != "None"})
