"""`POST /exchange`: an envelope's checks in the venue's order, then the action.

Rules: shape (422), IP weight (429, one level up), signature, expiry, nonce, address budget, action weight,
then the action itself. Each refusal is HTTP 200 with `status: err` and a sentence. A nonce counts once
it passed its check; whether a refused action gives it back is a switch.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from trader.sim.faults import Fault
from trader.sim.hyperliquid import texts
from trader.sim.hyperliquid.actions import ACTIONS, item_count
from trader.sim.hyperliquid.approvals import approve
from trader.sim.hyperliquid.parsing import Refused, Unparsable, address_of, member, optional
from trader.sim.hyperliquid.signing import USER_SIGNED_TYPES, Sent, user_signer
from trader.sim.hyperliquid.typed_data import BadSignature
from trader.sim.hyperliquid.venue import Venue

ITEMS_MAX = 200
_EXPIRED_COST = 5
_CANCELS = frozenset({"cancel", "cancelByCloid"})


def perform(venue: Venue, body: Mapping[str, Any], lies: Sequence[Fault]) -> dict[str, Any]:
    """The reply to one signed request; Unparsable when it has no action in it."""
    action = member(body, "action", Mapping)
    nonce = member(body, "nonce", int)
    signature = member(body, "signature", Mapping)
    kind = member(action, "type", str)
    if kind not in ACTIONS and kind not in USER_SIGNED_TYPES and kind != "reserveRequestWeight":
        raise Unparsable(f"unknown variant `{kind}` for field `type`")
    try:
        if kind in USER_SIGNED_TYPES:
            response = _user_signed(venue, action, signature, nonce)
        else:
            response = _trading(venue, body, action, signature, nonce, lies)
    except Refused as refusal:
        return {"status": "err", "response": str(refusal)}
    return {"status": "ok", "response": response}


def _user_signed(
    venue: Venue, action: Mapping[str, Any], signature: Mapping[str, Any], nonce: int
) -> dict[str, Any]:
    try:
        signer = user_signer(action, signature)
    except BadSignature as error:
        raise Refused("Unable to recover signer.") from error
    except (KeyError, ValueError) as error:
        raise Unparsable(f"{action['type']}: {error}") from error
    _check_nonce(venue, signer, nonce)
    return approve(venue, signer, action, nonce=nonce)


def _trading(
    venue: Venue,
    body: Mapping[str, Any],
    action: Mapping[str, Any],
    signature: Mapping[str, Any],
    nonce: int,
    lies: Sequence[Fault],
) -> dict[str, Any]:
    vault, expires_ms = _vault(body), optional(body, "expiresAfter", int)
    signer = _signer(venue, Sent(action, nonce, vault, expires_ms), signature)
    user = _account(venue, signer)
    if vault is not None:
        raise Refused(f"Vault not registered: 0x{vault.removeprefix('0x').lower()}")
    count, volume = item_count(action), venue.volume(user)
    if expires_ms is not None and venue.now_ms > expires_ms:
        if venue.switches.expired_costs_budget:
            venue.address_budget.spend(user, _EXPIRED_COST, volume=volume, at_ms=venue.now_ms)
        raise Refused(texts.EXPIRED)
    _check_nonce(venue, signer, nonce)
    try:
        is_cancel = action["type"] in _CANCELS
        words = venue.address_budget.refusal(
            user, count, volume=volume, is_cancel=is_cancel, at_ms=venue.now_ms
        )
        if words is not None:
            raise Refused(words)
        if count > ITEMS_MAX:
            raise Refused(texts.OVER_WEIGHT)
        if action["type"] not in ACTIONS:
            raise Refused(f"Must deposit before performing actions. User: {signer}")
        response = ACTIONS[action["type"]](venue, user, action, lies)
    except Unparsable:
        venue.nonces.give_back(signer, nonce)
        raise
    except Refused:
        if not venue.switches.refused_consumes_nonce:
            venue.nonces.give_back(signer, nonce)
        raise
    venue.address_budget.spend(user, count, volume=volume, at_ms=venue.now_ms)
    return response


def _vault(body: Mapping[str, Any]) -> str | None:
    """The vault address, with or without its prefix, in the case it came in."""
    raw = optional(body, "vaultAddress", str)
    if raw is None:
        return None
    address_of({"vaultAddress": raw if raw.startswith("0x") else "0x" + raw}, "vaultAddress")
    return str(raw)


def _signer(venue: Venue, sent: Sent, signature: Mapping[str, Any]) -> str:
    try:
        return venue.signer(sent, signature, venue.is_known, venue.switches.unknown_source)
    except BadSignature as error:
        raise Refused("Unable to recover signer.") from error
    except (OverflowError, TypeError) as error:
        raise Unparsable(str(error)) from error


def _account(venue: Venue, signer: str) -> str:
    """The account a signer acts for: its own, its master's, or a new one where strangers are funded."""
    master = venue.accounts.master_of(signer, at_ms=venue.now_ms)
    if master is not None:
        return master
    if venue.is_account(signer):
        return signer
    if venue.switches.fund_unknown and venue.accounts.agent(signer) is None:
        venue.open_account(signer, venue.switches.equity)
        return signer
    prefix = "L1 error: " if venue.switches.wallet_error_prefix else ""
    raise Refused(f"{prefix}User or API Wallet {signer} does not exist.")


def _check_nonce(venue: Venue, signer: str, nonce: int) -> None:
    words = venue.nonces.refusal(signer, nonce, at_ms=venue.now_ms)
    if words is not None:
        raise Refused(words)
    venue.nonces.use(signer, nonce)
