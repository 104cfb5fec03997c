"""Who signed an action: hashes of trading actions and user-signed ones, and the recovered address.

Rules: a trading action is accepted from either source, "a" (mainnet) or "b" (anything else),
because clients choose by URL and a local one reads as neither. Where both recover an address, the
one that the exchange knows wins; else the one from `fallback`. Nothing here decides whether a signer may act.
"""

from collections.abc import Callable, Mapping
from typing import Any

from trader.core.frozen import frozen
from trader.sim.hyperliquid.canonical import canonical_action
from trader.sim.hyperliquid.keccak import keccak256
from trader.sim.hyperliquid.msgpack import packed
from trader.sim.hyperliquid.typed_data import domain_separator, recovered_address, struct_digest

SOURCES = ("a", "b")
_AGENT_FIELDS = (("source", "string"), ("connectionId", "bytes32"))
_CHAIN = ("hyperliquidChain", "string")
_USER_SIGNED: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "approveAgent": (
        "ApproveAgent",
        (_CHAIN, ("agentAddress", "address"), ("agentName", "string"), ("nonce", "uint64")),
    ),
    "approveBuilderFee": (
        "ApproveBuilderFee",
        (_CHAIN, ("maxFeeRate", "string"), ("builder", "address"), ("nonce", "uint64")),
    ),
    "usdSend": (
        "UsdSend",
        (_CHAIN, ("destination", "string"), ("amount", "string"), ("time", "uint64")),
    ),
    "withdraw3": (
        "Withdraw",
        (_CHAIN, ("destination", "string"), ("amount", "string"), ("time", "uint64")),
    ),
    "usdClassTransfer": (
        "UsdClassTransfer",
        (_CHAIN, ("amount", "string"), ("toPerp", "bool"), ("nonce", "uint64")),
    ),
}
USER_SIGNED_TYPES = frozenset(_USER_SIGNED)


def action_hash(
    action: Mapping[str, Any], *, nonce: int, vault: str | None, expires_after_ms: int | None
) -> bytes:
    """The hash that a trading signature covers: action, nonce, vault and expiry."""
    data = packed(canonical_action(action)) + nonce.to_bytes(8, "big")
    if vault is None:
        data += b"\x00"
    else:
        data += b"\x01" + bytes.fromhex(vault.removeprefix("0x"))
    if expires_after_ms is not None:
        data += b"\x00" + expires_after_ms.to_bytes(8, "big")
    return keccak256(data)


def agent_digest(connection_id: bytes, *, source: str) -> bytes:
    """What the client's key signs for a trading action."""
    message = {"source": source, "connectionId": connection_id}
    return struct_digest("Agent", _AGENT_FIELDS, message, domain=domain_separator("Exchange", 1337))


@frozen
class Sent:
    """A trading action with all that its signature covers."""

    action: Mapping[str, Any]
    nonce: int
    vault: str | None
    expires_after_ms: int | None


Signer = Callable[[Sent, Mapping[str, Any], Callable[[str], bool], str], str]
"""Says which address signed: what was sent, the signature, who is known, and the source to fall back on."""


def action_signer(
    sent: Sent, signature: Mapping[str, Any], is_known: Callable[[str], bool], fallback: str
) -> str:
    """The address recovered from a signature over the action as the venue would encode it."""
    connection_id = action_hash(
        sent.action, nonce=sent.nonce, vault=sent.vault, expires_after_ms=sent.expires_after_ms
    )
    return trading_signer(connection_id, signature, is_known, fallback=fallback)


def trading_signer(
    connection_id: bytes,
    signature: Mapping[str, Any],
    is_known: Callable[[str], bool],
    *,
    fallback: str = "a",
) -> str:
    """The address that signed a trading action, taken from the source that makes sense."""
    found: dict[str, str] = {}
    for source in SOURCES:
        found[source] = recovered_address(agent_digest(connection_id, source=source), signature)
        if is_known(found[source]):
            return found[source]
    return found[fallback]


def user_signer(action: Mapping[str, Any], signature: Mapping[str, Any]) -> str:
    """The address that signed an approval or a transfer of the user's own."""
    primary, fields = _USER_SIGNED[str(action["type"])]
    chain_id = int(str(action["signatureChainId"]), 16)
    message = {"agentName": "", **{key: value for key, value in action.items() if value is not None}}
    domain = domain_separator("HyperliquidSignTransaction", chain_id)
    digest = struct_digest(f"HyperliquidTransaction:{primary}", fields, message, domain=domain)
    return recovered_address(digest, signature)
