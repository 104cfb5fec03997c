"""Reads the positions and stops of a Hyperliquid account for audit-cover, with the venue's official client.

Rules: only the address is needed. Stops live in frontendOpenOrders and act on mark; one that is listed
inside another order waits for that order to fill, and protects nothing. An API wallet's address reads as an
empty account, so the role is asked first. Builders' markets are accounts of their own and are read one by
one.
"""

from decimal import Decimal
from typing import Any

from hyperliquid.info import Info
from hyperliquid.utils import constants
from hyperliquid.utils.error import Error

TIMEOUT_S = 20


def read(
    _keys: dict[str, str], *, account: str | None, practice: bool, url: str | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Positions and stop orders; raises where an answer is not what it must be."""
    if not account:
        raise ValueError("name the account: --account 0x...")
    info: Any = None
    try:
        address = url or (constants.TESTNET_API_URL if practice else constants.MAINNET_API_URL)
        info = Info(address, skip_ws=True, spot_meta={"universe": [], "tokens": []}, timeout=TIMEOUT_S)
        return _account(info, account)
    except Error as error:
        raise OSError(f"the venue answered {error.args or vars(error)}") from error
    finally:
        if info is not None:
            info.session.close()


def _account(info: Any, account: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    role = info.user_role(account)["role"]
    if role not in ("user", "subAccount", "vault"):
        raise ValueError(
            f"{account} is {role}, not an account: name the account that its API wallet trades for"
        )
    positions: list[dict[str, Any]] = []
    stops: list[dict[str, Any]] = []
    for name in ["" if dex is None else str(dex["name"]) for dex in info.perp_dexs()]:
        positions += [
            _position(row["position"]) for row in info.user_state(account, dex=name)["assetPositions"]
        ]
        rows = info.frontend_open_orders(account, dex=name)
        waiting = {child["oid"] for row in rows for child in row["children"]}
        stops += [_stop(row, row["oid"] in waiting) for row in rows if row["isTrigger"]]
    return positions, stops


def _position(row: dict[str, Any]) -> dict[str, Any]:
    size = Decimal(row["szi"])
    return {
        "slot": row["coin"],
        "market": row["coin"],
        "leg": "long" if size > 0 else "short",
        "size": abs(size),
        "unit": "coins",
        "mark": Decimal(row["positionValue"]) / abs(size),
        "entry": Decimal(row["entryPx"]),
        "liquidation": None if row["liquidationPx"] is None else Decimal(row["liquidationPx"]),
        "closable": None,  # an exit that is too large is cut to the position
    }


def _stop(row: dict[str, Any], is_waiting: bool) -> dict[str, Any]:
    kind, follows = row["orderType"], row["isPositionTpsl"] and Decimal(row["origSz"]) == 0
    return {
        "slot": row["coin"],
        "name": kind,
        "closes": "long" if row["side"] == "A" else "short",
        "size": None if follows else Decimal(row["sz"]),
        "trigger": Decimal(row["triggerPx"]),
        "source": "mark",
        "limit": Decimal(row["limitPx"]),
        "flaw": _flaw(row, is_waiting),
    }


def _flaw(row: dict[str, Any], is_waiting: bool) -> str | None:
    if not row["orderType"].startswith("Stop"):
        return "is a target, not a stop"
    if is_waiting:
        return "waits for an entry that has not filled whole"
    if not row["reduceOnly"]:
        return "is not reduce-only"
    return None if row["orderType"] == "Stop Market" else "is a limit order once it fires, and may not fill"
