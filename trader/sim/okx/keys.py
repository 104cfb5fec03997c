"""API keys: whose they are, what they may do, from where, and in which environment.

Rules: keys are declared by whoever runs this exchange. A revoked key is refused as one that no longer
exists; one that expired as invalid.
"""

from collections.abc import Mapping
from dataclasses import asdict, field, replace
from typing import Any

from trader.core.frozen import frozen

READ = "read_only"
TRADE = "trade"


@frozen
class ApiKey:
    """One key. `ips` empty means from anywhere; `refusal` is the code it is refused with once it is dead."""

    api_key: str
    secret: str = field(repr=False)
    passphrase: str = field(repr=False)
    user: str = ""
    permissions: tuple[str, ...] = (READ, TRADE)
    ips: tuple[str, ...] = ()
    is_simulated: bool = False
    label: str = "trader"
    refusal: str = ""


class KeyBook:
    """All keys of one exchange."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}

    def declare(self, key: ApiKey) -> None:
        """Make a key known, or replace it."""
        self._keys[key.api_key] = key

    def find(self, api_key: str) -> ApiKey | None:
        return self._keys.get(api_key)

    def all(self) -> list[ApiKey]:
        return list(self._keys.values())

    def end(self, api_key: str, refusal: str) -> None:
        """From now on the key is refused with this code."""
        self._keys[api_key] = replace(self._keys[api_key], refusal=refusal)

    def restrict(self, api_key: str, permissions: tuple[str, ...]) -> None:
        """From now on the key may do only this."""
        self._keys[api_key] = replace(self._keys[api_key], permissions=permissions)

    def bind(self, api_key: str, ips: tuple[str, ...]) -> None:
        """From now on the key works from these addresses alone; from anywhere when there are none."""
        self._keys[api_key] = replace(self._keys[api_key], ips=ips)

    def dump(self) -> list[dict[str, Any]]:
        return [
            {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(key).items()}
            for key in self._keys.values()
        ]

    def restore(self, rows: list[Mapping[str, Any]]) -> None:
        self._keys = {}
        for row in rows:
            lists = {name: tuple(row[name]) for name in ("permissions", "ips")}
            self.declare(ApiKey(**{**row, **lists}))
