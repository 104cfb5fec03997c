"""EIP-712 digests of the two domains a client signs in, and the address that made a signature.

Rules: types are written as their EIP-712 strings, fields in signing order. `r` and `s` are hex
numbers of any length, because clients drop leading zeros. A signature that is no point on the
curve is a BadSignature. coincurve is imported on first use: reads need no curve arithmetic.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from trader.sim.hyperliquid.keccak import keccak256

_DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


class BadSignature(Exception):
    """The signature cannot belong to any address."""


@lru_cache(maxsize=64)
def _text_hash(text: str) -> bytes:
    return keccak256(text.encode())


@lru_cache(maxsize=8)
def domain_separator(name: str, chain_id: int) -> bytes:
    """The hash of the signing domain; both of the venue's have version 1 and no contract."""
    parts = keccak256(_DOMAIN_TYPE) + _text_hash(name) + _text_hash("1")
    return keccak256(parts + chain_id.to_bytes(32, "big") + bytes(32))


def _word(kind: str, value: Any) -> bytes:
    """One field as the 32 bytes EIP-712 gives it."""
    if kind == "string":
        return _text_hash(str(value))
    if kind == "address":
        return bytes.fromhex(str(value).removeprefix("0x")).rjust(32, b"\0")
    if kind == "bool":
        return int(bool(value)).to_bytes(32, "big")
    if kind == "bytes32":
        return bytes(value)
    return int(value).to_bytes(32, "big")


def struct_digest(
    primary: str, fields: Sequence[tuple[str, str]], message: Mapping[str, Any], *, domain: bytes
) -> bytes:
    """The digest to sign: domain and struct hash under the 0x1901 prefix."""
    declared = ",".join(f"{kind} {name}" for name, kind in fields)
    encoded = _text_hash(f"{primary}({declared})")
    encoded += b"".join(_word(kind, message[name]) for name, kind in fields)
    return keccak256(b"\x19\x01" + domain + keccak256(encoded))


@lru_cache(maxsize=1024)
def _address_of(public_key: bytes) -> str:
    return "0x" + keccak256(public_key[1:])[12:].hex()


def address_of_key(private_key: bytes) -> str:
    """The address that a private key signs as."""
    from coincurve import PublicKey

    return _address_of(PublicKey.from_secret(private_key).format(compressed=False))


def recovered_address(digest: bytes, signature: Mapping[str, Any]) -> str:
    """The lower-case address whose key made this signature over this digest."""
    from coincurve import PublicKey

    try:
        r, s, v = int(str(signature["r"]), 16), int(str(signature["s"]), 16), int(signature["v"])
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v - 27 if v >= 27 else v])
        public = PublicKey.from_signature_and_message(raw, digest, hasher=None)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadSignature(f"signature {signature!r}: {error}") from error
    return _address_of(public.format(compressed=False))
