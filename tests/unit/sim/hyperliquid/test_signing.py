"""Hashes and recovered addresses, against published vectors and against the official client's own code."""

import hashlib
from typing import Any

import eth_account
import msgpack  # type: ignore[import-untyped]
import pytest
from eth_utils.crypto import keccak
from hyperliquid.utils import signing as official
from hypothesis import given, settings
from hypothesis import strategies as st

from trader.sim.hyperliquid.canonical import canonical_action, plain_decimal
from trader.sim.hyperliquid.identity import paper_identity
from trader.sim.hyperliquid.keccak import keccak256
from trader.sim.hyperliquid.msgpack import packed
from trader.sim.hyperliquid.signing import action_hash, agent_digest, trading_signer, user_signer
from trader.sim.hyperliquid.typed_data import BadSignature, address_of_key, recovered_address

WALLET: Any = eth_account.Account.from_key("0x" + "42" * 32)
ADDRESS = WALLET.address.lower()
NONCE = 1677777606040
WIRE: dict[str, Any] = {
    "a": 4,
    "b": True,
    "p": "1670.1",
    "s": "0.0147",
    "r": False,
    "t": {"limit": {"tif": "Ioc"}},
}
ORDER: dict[str, Any] = {"type": "order", "orders": [WIRE], "grouping": "na"}


def hash_of(action: dict[str, Any], **envelope: Any) -> bytes:
    fields: dict[str, Any] = {"nonce": NONCE, "vault": None, "expires_after_ms": None} | envelope
    return action_hash(action, **fields)


@pytest.mark.parametrize("length", [0, 1, 135, 136, 137, 271, 272, 273, 1000])
def test_keccak_agrees_at_and_around_block_borders(length: int) -> None:
    message = hashlib.shake_256(b"message").digest(length)
    assert keccak256(message) == keccak(message)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=40) | st.floats(),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=35), inner, max_size=20),
    max_leaves=30,
)


@settings(max_examples=150)
@given(json_values)
def test_packing_agrees_with_another_encoder(value: Any) -> None:
    assert packed(value) == msgpack.packb(value)


@pytest.mark.parametrize("length", [31, 32, 255, 256, 65_535, 65_536])
def test_long_texts_and_lists_take_their_shortest_head(length: int) -> None:
    assert packed("x" * length) == msgpack.packb("x" * length)
    assert packed([1] * length) == msgpack.packb([1] * length)


def test_packing_refuses_what_json_cannot_hold() -> None:
    with pytest.raises(TypeError, match="bytes"):
        packed({"key": b"bytes"})


def test_the_published_vector() -> None:
    expected = "0fcbeda5ae3c4950a548021552a4fea2226858c4453571bf3f24ba017eac2908"
    assert hash_of(ORDER).hex() == expected


@pytest.mark.parametrize("is_mainnet", [True, False])
@pytest.mark.parametrize("vault", [None, "0x" + "aB" * 20])
@pytest.mark.parametrize("expires", [None, 1764221206959])
def test_an_official_signature_recovers(is_mainnet: bool, vault: str | None, expires: int | None) -> None:
    signature = official.sign_l1_action(WALLET, ORDER, vault, NONCE, expires, is_mainnet)
    connection = hash_of(ORDER, vault=vault, expires_after_ms=expires)
    assert trading_signer(connection, signature, lambda address: address == ADDRESS) == ADDRESS
    if vault is not None:
        bare = hash_of(ORDER, vault=vault.removeprefix("0x"), expires_after_ms=expires)
        assert bare == connection


def test_short_r_and_s_are_read_as_numbers() -> None:
    digest = agent_digest(hash_of(ORDER), source="a")
    for salt in range(2000):
        wallet: Any = eth_account.Account.from_key(hashlib.sha256(b"%d" % salt).digest())
        signature = official.sign_l1_action(wallet, ORDER, None, NONCE, None, True)
        if len(signature["r"]) < 66 or len(signature["s"]) < 66:
            assert recovered_address(digest, signature) == wallet.address.lower()
            return
    raise AssertionError("no short signature among 2000 keys")


@pytest.mark.parametrize("change", ["key order", "trailing zero", "unknown field"])
def test_the_venue_hashes_its_own_form_of_an_order(change: str) -> None:
    wire = dict(WIRE)
    if change == "key order":
        wire = dict(reversed(wire.items()))
    elif change == "trailing zero":
        wire["p"] = "1670.10"
    else:
        wire["extra"] = 1
    sent = ORDER | {"orders": [wire]}
    signature = official.sign_l1_action(WALLET, sent, None, NONCE, None, True)
    assert hash_of(sent) == hash_of(ORDER)
    assert trading_signer(hash_of(sent), signature, lambda address: address == ADDRESS) != ADDRESS


@pytest.mark.parametrize(
    "action",
    [
        {"type": "cancel", "cancels": [{"a": 1, "o": 5}]},
        {"type": "cancelByCloid", "cancels": [{"asset": 1, "cloid": "0x" + "0" * 32}]},
        {"type": "batchModify", "modifies": [{"oid": 5, "order": WIRE}]},
        {"type": "updateLeverage", "asset": 1, "isCross": True, "leverage": 5},
        {"type": "scheduleCancel"},
        {"type": "noop"},
        {"type": "somethingNew", "z": 1, "a": 2},
    ],
)
def test_every_action_keeps_the_order_of_the_official_client(action: dict[str, Any]) -> None:
    assert list(canonical_action(action)) == list(action)
    assert packed(canonical_action(action)) == msgpack.packb(action)


def test_a_shape_that_is_no_order_is_hashed_as_it_came() -> None:
    broken = {"type": "order", "orders": [{"p": 1}], "grouping": "na"}
    assert canonical_action(broken) is broken


@pytest.mark.parametrize(("given_text", "plain"), [("60000.0", "60000"), ("0.100", "0.1"), ("100", "100")])
def test_decimals_lose_their_trailing_zeros(given_text: str, plain: str) -> None:
    assert plain_decimal(given_text) == plain


@pytest.mark.parametrize("name", ["", "bot"])
def test_an_official_approval_of_an_agent_recovers(name: str) -> None:
    action = {"type": "approveAgent", "agentAddress": ADDRESS, "agentName": name, "nonce": NONCE}
    signature = official.sign_agent(WALLET, action, False)
    if not name:
        del action["agentName"]
    assert user_signer(action, signature) == ADDRESS


def test_official_transfers_and_fee_approvals_recover() -> None:
    send = {"type": "usdSend", "destination": ADDRESS, "amount": "1", "time": NONCE}
    assert user_signer(send, official.sign_usd_transfer_action(WALLET, send, True)) == ADDRESS
    fee = {"type": "approveBuilderFee", "maxFeeRate": "0.01%", "builder": ADDRESS, "nonce": NONCE}
    assert user_signer(fee, official.sign_approve_builder_fee(WALLET, fee, True)) == ADDRESS
    draw = {"type": "withdraw3", "destination": ADDRESS, "amount": "1", "time": NONCE}
    assert user_signer(draw, official.sign_withdraw_from_bridge_action(WALLET, draw, True)) == ADDRESS
    move = {"type": "usdClassTransfer", "amount": "1", "toPerp": True, "nonce": NONCE}
    assert user_signer(move, official.sign_usd_class_transfer_action(WALLET, move, True)) == ADDRESS


@pytest.mark.parametrize(
    "signature",
    [
        {"r": "0x0", "s": "0x0", "v": 27},
        {"r": "0x1" + "0" * 64, "s": "0x1", "v": 27},
        {"r": "zz", "s": "0x1", "v": 27},
        {"r": "0x1", "s": "0x1", "v": 99},
        {"r": "0x1"},
    ],
)
def test_what_is_no_signature_is_said_to_be_none(signature: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        recovered_address(bytes(32), signature)


def test_a_paper_identity_is_a_function_of_its_label() -> None:
    first, again, other = paper_identity("main"), paper_identity("main"), paper_identity("second")
    assert first == again
    assert len({first.account_address, first.agent_address, other.account_address, other.agent_address}) == 4
    key = bytes.fromhex(first.agent_private_key.removeprefix("0x"))
    assert address_of_key(key) == first.agent_address
    assert eth_account.Account.from_key(key).address.lower() == first.agent_address
    # Pinned: another release must find the same paper account again.
    assert first.account_address == "0xcf959f9f8048e194224d28d736f39497bffafb6f"
