"""Reads the positions and stops of an OKX account for audit-cover, with the venue's Python client.

Rules: stops are algo orders: conditional, oco (its stop leg) and trigger; they never stand among plain
orders. Sizes are contracts, here as there. What an entry carries along (attachAlgoOrds) is no order until
that entry has filled, and is in no list. In long/short mode an order on the closing side of its posSide can
only close; in net mode only reduceOnly says so.
"""

from decimal import Decimal
from functools import partial
from typing import Any

import httpx
from okx.Account import AccountAPI
from okx.exceptions import OkxAPIException, OkxRequestException
from okx.Trade import TradeAPI

PAGE, PAGES_MAX = 100, 50
ALGOS = ("conditional,oco", "trigger")
Rows = list[dict[str, Any]]


def read(keys: dict[str, str], *, account: str | None, practice: bool, url: str | None) -> tuple[Rows, Rows]:
    """Positions and stop orders; raises where an answer is not what it must be."""
    secrets = [keys[name] for name in ("API_KEY", "API_SECRET", "API_PASSPHRASE")]
    opened: list[Any] = []
    try:
        for kind in (AccountAPI, TradeAPI):
            opened.append(kind(*secrets, flag="1" if practice else "0", domain=url or "https://www.okx.com"))
        money, trade = opened
        uid = _rows(money.get_account_config())[0]["uid"]
        if account not in (None, uid):
            raise ValueError(f"the key belongs to account {uid}, not to {account}")
        positions = [row for row in _rows(money.get_positions()) if Decimal(row["pos"] or 0)]
        resting = _pages(trade.get_order_list, "ordId")
        algos: Rows = []
        for kinds in ALGOS:
            algos += _pages(partial(trade.order_algos_list, ordType=kinds), "algoId")
    except (httpx.HTTPError, OkxAPIException, OkxRequestException) as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
    finally:
        for client in opened:
            client.close()
    return [_position(row, resting) for row in positions], [_stop(row) for row in algos]


def _rows(said: Any) -> Rows:
    if said["code"] != "0" or not isinstance(said["data"], list):
        raise OSError(f"the venue answered {said['code']}: {said.get('msg')}")
    found: Rows = said["data"]
    return found


def _pages(ask: Any, number: str) -> Rows:
    found: Rows = []
    for _ in range(PAGES_MAX):
        page = _rows(ask(after=found[-1][number] if found else ""))
        found += page
        if len(page) < PAGE:
            return found
    raise OSError(f"more than {PAGES_MAX * PAGE} orders are open")


def _closes(row: dict[str, Any]) -> str:
    return "long" if row["side"] == "sell" else "short"


def _only_closes(row: dict[str, Any]) -> bool:
    return bool(row["posSide"] == _closes(row) or (row["posSide"] == "net" and row["reduceOnly"] == "true"))


def _position(row: dict[str, Any], resting: Rows) -> dict[str, Any]:
    size, slot = Decimal(row["pos"]), f"{row['instId']} {row['posSide']}"
    leg = row["posSide"] if row["posSide"] != "net" else "long" if size > 0 else "short"
    taken = (
        Decimal(order["sz"]) - Decimal(order["accFillSz"])
        for order in resting
        if f"{order['instId']} {order['posSide']}" == slot and _closes(order) == leg and _only_closes(order)
    )
    return {
        "slot": slot,
        "market": row["instId"],
        "leg": leg,
        "size": abs(size),
        "unit": "contracts",
        "mark": Decimal(row["markPx"]),
        "entry": Decimal(row["avgPx"]),
        "liquidation": Decimal(row["liqPx"]) if row["liqPx"] else None,
        "closable": abs(size) - sum(taken, Decimal(0)),
    }


def _stop(row: dict[str, Any]) -> dict[str, Any]:
    lone_target = not row["slTriggerPx"] and bool(row["tpTriggerPx"])
    names = [f"{'tp' if lone_target else 'sl'}{name}" for name in ("TriggerPx", "TriggerPxType", "OrdPx")]
    is_plain = row["ordType"] == "trigger"
    trigger, source, limit = (
        row[n] for n in (("triggerPx", "triggerPxType", "ordPx") if is_plain else names)
    )
    flaws = {
        "is a target, not a stop": lone_target,
        f"is {row['state']}, not live": row["state"] != "live",
        "is not reduce-only": not _only_closes(row),
        "is a limit order once it fires, and may not fill": limit != "-1",
    }
    return {
        "slot": f"{row['instId']} {row['posSide']}",
        "name": f"{row['ordType']} {row['algoId']}",
        "closes": _closes(row),
        "size": None if row["closeFraction"] == "1" else Decimal(row["sz"]),
        "trigger": Decimal(trigger),
        "source": source or "last",
        "limit": None,
        "flaw": next((words for words, is_so in flaws.items() if is_so), None),
    }
