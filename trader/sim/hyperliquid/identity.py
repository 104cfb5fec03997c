"""Throwaway identities for paper trading: an account and its agent key, derived from a label.

Rules: the same label gives the same identity on each machine and for ever; a paper key controls
nothing anywhere, and its account address has no known key at all, so it can only be traded on
an embedded exchange that was told of the agent.
"""

import hashlib
from functools import lru_cache

from trader.core.frozen import frozen

_CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@frozen
class PaperIdentity:
    """What a client needs to trade on paper."""

    account_address: str
    agent_private_key: str

    @property
    def agent_address(self) -> str:
        """Derived when asked for: most clients never need it, and the curve's library is slow to load."""
        return paper_address(self.agent_private_key)


@lru_cache(maxsize=8)
def paper_address(private_key: str) -> str:
    """The address of a key that controls nothing, so that it may be remembered."""
    from trader.sim.hyperliquid.typed_data import address_of_key

    return address_of_key(bytes.fromhex(private_key.removeprefix("0x")))


def paper_identity(label: str) -> PaperIdentity:
    """The account address and the agent key that belong to a label."""
    account = "0x" + hashlib.sha256(b"trader paper account\0" + label.encode()).hexdigest()[:40]
    seed = hashlib.sha256(b"trader paper agent\0" + label.encode()).digest()
    key = (int.from_bytes(seed, "big") % (_CURVE_ORDER - 1) + 1).to_bytes(32, "big")
    return PaperIdentity(account, "0x" + key.hex())
