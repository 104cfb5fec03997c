"""Signatures for rehearsals: as strict as the real ones about what was signed and by whom, and not secret.

Rules: only an exchange in memory that was told so accepts them, and it accepts nothing else; a served
exchange, one with a file and every venue refuse them as signed by nobody. The request is otherwise the same,
byte for byte but for the signature. Why: a real signature costs more than all the rest of an order.
"""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from trader.sim.hyperliquid.canonical import canonical_action
from trader.sim.hyperliquid.signing import Sent

_V = 27
_ADDRESS_DIGITS = 40


class QuickPen:
    """Fulfils the adapter's `Pen` for one address."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.signed = 0

    def address(self) -> str:
        return self._address

    def sign(self, action: Mapping[str, Any], *, nonce: int, expires_ms: int) -> dict[str, Any]:
        self.signed += 1
        digest = _digest(self._address, Sent(action, nonce, None, expires_ms))
        return {"r": f"0x{digest}", "s": f"0x{self._address.removeprefix('0x'):>064}", "v": _V}


def quick_signer(
    sent: Sent, signature: Mapping[str, Any], is_known: Callable[[str], bool], fallback: str
) -> str:
    """The address that signed, or one that nobody has, as a real signature over other bytes gives."""
    claimed = f"0x{str(signature.get('s', ''))[-_ADDRESS_DIGITS:]}"
    digest = _digest(claimed, sent)
    return claimed if signature.get("r") == f"0x{digest}" else f"0x{digest[:_ADDRESS_DIGITS]}"


def _digest(address: str, sent: Sent) -> str:
    signed = [address, canonical_action(sent.action), sent.nonce, sent.vault, sent.expires_after_ms]
    return sha256(json.dumps(signed, separators=(",", ":"), default=str).encode()).hexdigest()
