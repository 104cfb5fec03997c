"""Throwaway identities for paper trading: an account id and an API key, derived from a label.

Rules: the same label gives the same identity on each machine and for ever; the key exists on an embedded
exchange alone, which was told of it.
"""

import hashlib
from dataclasses import field
from functools import lru_cache

from trader.core.frozen import frozen

_ACCOUNT_DIGITS = 10**17


@frozen
class PaperIdentity:
    """What a client needs to trade on paper; `account_id` is the uid that `account/config` answers."""

    account_id: str
    api_key: str
    api_secret: str = field(repr=False)
    passphrase: str = field(repr=False)

    @property
    def user(self) -> str:
        """The account's key in the model."""
        return self.account_id


@lru_cache(maxsize=8)
def paper_identity(label: str) -> PaperIdentity:
    """The account and the key that belong to a label."""
    number = int.from_bytes(_digest("account", label)[:8], "big") % _ACCOUNT_DIGITS
    key = _digest("key", label).hex()
    return PaperIdentity(
        account_id=str(_ACCOUNT_DIGITS + number),
        api_key=f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:32]}",
        api_secret=_digest("secret", label).hex().upper()[:32],
        passphrase="paper-" + _digest("passphrase", label).hex()[:12],
    )


def _digest(part: str, label: str) -> bytes:
    return hashlib.sha256(f"trader paper {part} okx\0{label}".encode()).digest()
