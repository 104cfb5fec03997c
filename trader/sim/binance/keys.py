"""API keys: whose they are, their secrets, and what they may do.

Rules: a key that is not known, revoked, or without the right is refused in the same words, as the venue
does. Small, dumped to JSON, kept beside the model.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from trader.core.frozen import frozen


@frozen
class ApiKey:
    """One key of one account."""

    key: str
    secret: str
    user: str
    created_ms: int
    may_trade_futures: bool = True
    may_withdraw: bool = False
    may_transfer: bool = False
    may_transfer_anywhere: bool = False
    is_ip_restricted: bool = False
    is_revoked: bool = False


class KeyBook:
    """All keys of the exchange."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}

    def find(self, key: str) -> ApiKey | None:
        """A key that works."""
        found = self._keys.get(key)
        return None if found is None or found.is_revoked else found

    def add(self, key: ApiKey) -> None:
        """Make a key known, or change what it may do."""
        self._keys[key.key] = key

    def is_listed(self, key: str) -> bool:
        """Known, even if revoked."""
        return key in self._keys

    def revoke(self, key: str | None = None) -> None:
        """One key, or all there are."""
        for name, found in self._keys.items():
            if key in (None, name):
                self._keys[name] = replace(found, is_revoked=True)

    def dump(self) -> list[dict[str, Any]]:
        return [asdict(key) for key in self._keys.values()]

    def restore(self, rows: list[Mapping[str, Any]]) -> None:
        self._keys = {row["key"]: ApiKey(**row) for row in rows}
