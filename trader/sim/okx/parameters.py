"""What a request says, read as this venue reads it: "", null and [] are the same as nothing.

Rules: numbers may come as numbers or as text, booleans too. What is required and not there is 50014, what
cannot be read is 51000 with the parameter's name. Nothing here has a default but the caller's.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from trader.sim.okx.refusals import Refusal
from trader.sim.wire import json_value, pairs_of

_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_TAG = re.compile(r"[A-Za-z0-9]{1,16}")


class Parameters:
    """One object of parameters."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {name: value for name, value in values.items() if value not in ("", None, [], {})}

    def has(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        """The value as text; numbers and booleans are written as JSON writes them."""
        value = self._values.get(name, default)
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (list, dict)):
            raise Refusal("51000", name)
        return str(value)

    def required(self, name: str) -> str:
        if name not in self._values:
            raise Refusal("50014", name)
        return self.text(name)

    def word(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of a set of words."""
        said = self.required(name) if default is None else self.text(name, default)
        if said not in allowed:
            raise Refusal("51000", name)
        return said

    def flag(self, name: str) -> bool:
        said = self.text(name, "false").lower()
        if said not in ("true", "false"):
            raise Refusal("51000", name)
        return said == "true"

    def number(self, name: str) -> Decimal | None:
        """A decimal that is finite; None when absent."""
        if name not in self._values:
            return None
        try:
            value = Decimal(self.text(name))
        except InvalidOperation as error:
            raise Refusal("51000", name) from error
        if not value.is_finite():
            raise Refusal("51000", name)
        return value

    def positive(self, name: str) -> Decimal:
        """A required decimal above zero."""
        self.required(name)
        value = self.number(name)
        if value is None or value <= 0:
            raise Refusal("51000", name)
        return value

    def integer(self, name: str) -> int | None:
        value = self.number(name)
        if value is None:
            return None
        if value != value.to_integral_value():
            raise Refusal("51000", name)
        return int(value)

    def client_id(self, name: str) -> str:
        """A client's id, "" when absent."""
        said = self.text(name)
        if said and not _ID.fullmatch(said):
            raise Refusal("51000", name)
        return said

    def tag(self) -> str:
        said = self.text("tag")
        if said and not _TAG.fullmatch(said):
            raise Refusal("51000", "tag")
        return said

    def limit(self, *, most: int, default: int = 100) -> int:
        """Rows asked for; more than there may be is cut, as the venue does."""
        wanted = self.integer("limit")
        if wanted is not None and wanted < 1:
            raise Refusal("51000", "limit")
        return min(most, default if wanted is None else wanted)

    def objects(self, name: str) -> list["Parameters"]:
        """A list of objects inside this one."""
        value = self._values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise Refusal("51000", name)
        return [Parameters(item) for item in value]


@lru_cache(maxsize=256)
def of_query(query: str) -> Parameters:
    """The parameters of a GET; of one that is named twice the last counts. Most are
    asked in each run, so the last ones are kept."""
    return Parameters(pairs_of(query))


def of_body(body: bytes) -> Any:
    """The JSON of a POST."""
    if not body.strip():
        raise Refusal("50000")
    try:
        return json_value(body)
    except (ValueError, RecursionError) as error:
        raise Refusal("50002") from error
