"""Throwaway identities for paper trading: an account alias, an API key and its secret, from a label.

Rules: the same label gives the same identity on each machine and for ever; a paper key controls nothing
anywhere, because no venue ever issued it.
"""

import base64
import hashlib
from functools import lru_cache

from trader.core.frozen import frozen

_KEY_LENGTH = 64
_ALIAS_LENGTH = 16


@frozen
class PaperIdentity:
    """What a client needs to trade on paper; `account_id` is what the venue calls the account's alias."""

    account_id: str
    api_key: str
    api_secret: str

    @property
    def user(self) -> str:
        """The key of the account in the model."""
        return self.account_id


@lru_cache(maxsize=8)
def paper_identity(label: str) -> PaperIdentity:
    """The alias, key and secret that belong to a label."""
    return PaperIdentity(
        _derived("alias", label, _ALIAS_LENGTH),
        _derived("key", label, _KEY_LENGTH),
        _derived("secret", label, _KEY_LENGTH),
    )


def _derived(part: str, label: str, length: int) -> str:
    """Letters and digits, as the venue's own keys are."""
    seed = hashlib.sha512(f"trader paper binance {part}\0{label}".encode()).digest()
    plain = base64.b64encode(seed + hashlib.sha512(seed).digest()).decode()
    return "".join(character for character in plain if character.isalnum())[:length]
