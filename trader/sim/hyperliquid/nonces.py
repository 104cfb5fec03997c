"""Nonces: what makes a signed action count once.

Rules: per signer, never per account, the 100 highest are kept; a new one must be above the lowest
kept once there are 100, never used, and inside two days back and one day ahead of block time.
"""

from bisect import insort
from collections.abc import Mapping, Sequence

KEPT = 100
PAST_MS = 172_800_000
FUTURE_MS = 86_400_000


class NonceBook:
    """The nonces of all signers."""

    def __init__(self, kept: Mapping[str, Sequence[int]] | None = None) -> None:
        self._kept = {signer: sorted(nonces) for signer, nonces in (kept or {}).items()}

    def refusal(self, signer: str, nonce: int, *, at_ms: int) -> str | None:
        """Why this nonce cannot be used now, in the venue's words."""
        kept = self._kept.get(signer, [])
        if nonce in kept:
            return f"Invalid nonce: duplicate nonce {nonce}"
        if len(kept) >= KEPT and nonce < kept[0]:
            return f"Invalid nonce: nonce too low {nonce} < {kept[0]}"
        if nonce <= at_ms - PAST_MS:
            return f"Invalid nonce: nonce too low {nonce} < {at_ms - PAST_MS}"
        if nonce >= at_ms + FUTURE_MS:
            return f"Invalid nonce: nonce too high {nonce} > {at_ms + FUTURE_MS}"
        return None

    def use(self, signer: str, nonce: int) -> None:
        """Remember a nonce that passed."""
        kept = self._kept.setdefault(signer, [])
        insort(kept, nonce)
        del kept[:-KEPT]

    def give_back(self, signer: str, nonce: int) -> None:
        """Forget a nonce whose action was refused, where the venue is taken to do so."""
        self._kept[signer].remove(nonce)

    def forget(self, signer: str) -> None:
        """Prune a signer, after which its old signed actions could be replayed."""
        self._kept.pop(signer, None)

    def dump(self) -> dict[str, list[int]]:
        return {signer: list(nonces) for signer, nonces in self._kept.items()}
