"""Reads the positions and stops of a Binance USD-M account for audit-cover, with the venue's own client.

Rules: stops are conditional orders in a list of their own (openAlgoOrders), never in openOrders. Rows are
read as the venue sent them, so that a new field breaks nothing. In hedge mode an order on the closing side
of its positionSide can only close, and one too large is refused, resting exits counted; in one-way mode
reduceOnly or closePosition says so, and one too large is cut.
"""

from decimal import Decimal
from typing import Any

import requests
from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import Error
from binance_common.utils import send_request

REAL, PRACTICE = "https://fapi.binance.com", "https://demo-fapi.binance.com"
SOURCES = {"MARK_PRICE": "mark", "CONTRACT_PRICE": "last"}
TIMEOUT_MS = 20_000
Rows = list[dict[str, Any]]


def read(keys: dict[str, str], *, account: str | None, practice: bool, url: str | None) -> tuple[Rows, Rows]:
    """Positions and stop orders; raises where an answer is not what it must be."""
    configuration = ConfigurationRestAPI(
        api_key=keys["API_KEY"],
        api_secret=keys["API_SECRET"],
        base_path=url or (PRACTICE if practice else REAL),
        timeout=TIMEOUT_MS,
        retries=0,
    )
    session = requests.Session()

    def rows(path: str) -> Rows:
        # Their generated calls put every row into a model; this is what those calls send with.
        found: Any = send_request(session, configuration, "GET", path, is_signed=True).data()
        if not isinstance(found, list):
            raise TypeError(f"{path} answered {type(found).__name__}, not a list")
        return found

    try:
        if account is not None:
            alias = rows("/fapi/v3/balance")[0]["accountAlias"]
            if alias != account:
                raise ValueError(f"the key belongs to account {alias}, not to {account}")
        positions = [row for row in rows("/fapi/v3/positionRisk") if Decimal(row["positionAmt"])]
        resting = rows("/fapi/v1/openOrders")
        algos = rows("/fapi/v1/openAlgoOrders")
    except (Error, requests.RequestException) as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
    finally:
        session.close()
    return [_position(row, resting) for row in positions], [_stop(row) for row in algos]


def _closes(row: dict[str, Any]) -> str:
    return "long" if row["side"] == "SELL" else "short"


def _only_closes(row: dict[str, Any]) -> bool:
    if row["positionSide"] != "BOTH":
        return bool(row["positionSide"].lower() == _closes(row))
    return bool(row["reduceOnly"] or row["closePosition"])


def _position(row: dict[str, Any], resting: Rows) -> dict[str, Any]:
    size, side = Decimal(row["positionAmt"]), row["positionSide"]
    leg, end = "long" if size > 0 else "short", Decimal(row["liquidationPrice"])
    taken = (
        Decimal(order["origQty"]) - Decimal(order["executedQty"])
        for order in resting
        if (order["symbol"], order["positionSide"], _closes(order)) == (row["symbol"], side, leg)
    )
    return {
        "slot": f"{row['symbol']} {side}",
        "market": row["symbol"],
        "leg": leg,
        "size": abs(size),
        "unit": "coins",
        "mark": Decimal(row["markPrice"]),
        "entry": Decimal(row["entryPrice"]),
        "liquidation": end if end > 0 else None,
        "closable": None if side == "BOTH" else abs(size) - sum(taken, Decimal(0)),
    }


def _stop(row: dict[str, Any]) -> dict[str, Any]:
    kind = row["orderType"]
    flaws = {
        "is a target, not a stop": kind.startswith("TAKE_PROFIT"),
        "trails, and has no level that could be judged": kind == "TRAILING_STOP_MARKET",
        f"is {row['algoStatus']}, not live": row["algoStatus"] not in ("NEW", "TRIGGERING"),
        "is not reduce-only": not _only_closes(row),
        "is a limit order once it fires, and may not fill": not kind.endswith("_MARKET"),
    }
    return {
        "slot": f"{row['symbol']} {row['positionSide']}",
        "name": kind,
        "closes": _closes(row),
        "size": None if row["closePosition"] else Decimal(row["quantity"]),
        "trigger": Decimal(row["triggerPrice"] or 0),
        "source": SOURCES.get(row["workingType"], str(row["workingType"])),
        "limit": None,
        "flaw": next((words for words, is_so in flaws.items() if is_so), None),
    }
