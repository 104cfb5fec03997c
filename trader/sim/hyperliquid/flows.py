"""Money that comes and goes by the hand of this exchange's operator, told in any of the venue's kinds.

Rules: the model knows money in and money out; what the venue calls it is kept beside it, by the number of the
model's row. The other side of a transfer is always the same stranger. A kind that the venue does not have is
told too, so that a client can be tried with it.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from trader.exchange.rows import LedgerRow
from trader.sim.hyperliquid.decimals import text
from trader.sim.hyperliquid.rows import NO_HASH
from trader.sim.hyperliquid.venue import Venue

STRANGER = "0x" + "99" * 20
_FREE = {"fee": "0.0"}


def move(venue: Venue, user: str, amount: Decimal, kind: str | None = None) -> None:
    """Money in (positive) or out; a kind of None is a plain deposit or withdrawal."""
    if amount > 0:
        venue.model.deposit(user, amount)
    else:
        refusal = venue.model.withdraw(user, -amount)
        if refusal is not None:
            raise ValueError(f"{-amount} cannot leave the account of {user}: {refusal.value}")
    if kind is not None:
        venue.told_as[venue.model.ledger(user)[-1].seq] = kind


def ledger_row(venue: Venue, row: LedgerRow) -> dict[str, Any]:
    """One movement as the venue tells it."""
    # What it pays for an account that cannot, this venue tells of in the liquidation alone.
    kind = venue.told_as.get(row.seq, "liquidation" if row.kind == "insurance" else row.kind)
    tell = _TOLD.get(kind, _plain)
    return {"time": row.at_ms, "hash": NO_HASH, "delta": {"type": kind, **tell(row)}}


def _liquidation(row: LedgerRow) -> dict[str, Any]:
    return {
        "liquidatedNtlPos": "0.0",
        "accountValue": "0.0",
        "leverageType": "Cross",
        "liquidatedPositions": [],
    }


def _plain(row: LedgerRow) -> dict[str, Any]:
    return {"usdc": text(row.usdc)}


def _withdraw(row: LedgerRow) -> dict[str, Any]:
    return {**_plain(row), "nonce": row.at_ms, **_FREE}


def _class_transfer(row: LedgerRow) -> dict[str, Any]:
    return {**_plain(row), "toPerp": _is_in(row)}


def _sides(row: LedgerRow) -> dict[str, str]:
    user, destination = (STRANGER, row.user) if _is_in(row) else (row.user, STRANGER)
    return {"user": user, "destination": destination}


def _internal(row: LedgerRow) -> dict[str, Any]:
    return {**_plain(row), **_sides(row), **_FREE}


def _sub_account(row: LedgerRow) -> dict[str, Any]:
    return {**_plain(row), **_sides(row)}


def _send(row: LedgerRow) -> dict[str, Any]:
    """Between spot money and perpetuals of the same account."""
    source, destination = ("spot", "") if _is_in(row) else ("", "spot")
    return {
        "user": row.user,
        "destination": row.user,
        "sourceDex": source,
        "destinationDex": destination,
        "token": "USDC",
        "amount": text(row.usdc),
        "usdcValue": text(row.usdc),
        **_FREE,
        "nativeTokenFee": "0.0",
        "nonce": row.at_ms,
        "feeToken": "",
    }


def _vault(row: LedgerRow) -> dict[str, Any]:
    return {"vault": STRANGER, **_plain(row)}


def _vault_create(row: LedgerRow) -> dict[str, Any]:
    return {**_vault(row), **_FREE}


def _vault_withdraw(row: LedgerRow) -> dict[str, Any]:
    return {
        "vault": STRANGER,
        "user": row.user,
        "requestedUsd": text(row.usdc),
        "commission": "0.0",
        "closingCost": "0.0",
        "basis": text(row.usdc),
        "netWithdrawnUsd": text(row.usdc),
    }


def _reward(row: LedgerRow) -> dict[str, Any]:
    return {"amount": text(row.usdc), "token": "USDC"}


def _is_in(row: LedgerRow) -> bool:
    return row.kind == "deposit"


_TOLD: Mapping[str, Callable[[LedgerRow], dict[str, Any]]] = {
    "liquidation": _liquidation,
    "withdraw": _withdraw,
    "accountClassTransfer": _class_transfer,
    "internalTransfer": _internal,
    "subAccountTransfer": _sub_account,
    "send": _send,
    "vaultCreate": _vault_create,
    "vaultDeposit": _vault,
    "vaultDistribution": _vault,
    "vaultWithdraw": _vault_withdraw,
    "rewardsClaim": _reward,
}
