"""Answers of a Hyperliquid as a test writes them, and a transport that gives them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from tests.support.scripted_answers import Given, ScriptedAnswers
from trader.core.wire import Answer, Request

ACCOUNT = "0x" + "ab" * 20
NOW_MS = 1_750_003_205_000
HALF_HOUR_MS = 1_800_000
RECORDED = Path(__file__).parents[1] / "fixtures" / "hyperliquid-adapter"


def recorded(name: str) -> Any:
    """A recorded answer."""
    return json.loads((RECORDED / f"{name}.json").read_text())


def good(value: object) -> Answer:
    return Answer(200, json.dumps(value).encode())


def an_order_row(**changes: object) -> dict[str, Any]:
    """A stop-market as `frontendOpenOrders` lists it."""
    row = {
        "coin": "SOL",
        "side": "A",
        "limitPx": "85.5",
        "sz": "2.0",
        "oid": 7,
        "timestamp": NOW_MS - 60_000,
        "triggerCondition": "Price below 95",
        "isTrigger": True,
        "triggerPx": "95.0",
        "children": [],
        "isPositionTpsl": False,
        "reduceOnly": True,
        "orderType": "Stop Market",
        "origSz": "2.0",
        "tif": None,
        "cloid": "0x" + "0c" * 16,
    }
    return row | changes


def a_record(status: str = "open", at_ms: int = NOW_MS - 50_000, **changes: object) -> dict[str, Any]:
    """An order with its status."""
    return {"order": an_order_row(**changes), "status": status, "statusTimestamp": at_ms}


def a_position(**changes: object) -> dict[str, Any]:
    row = {
        "coin": "SOL",
        "szi": "2.0",
        "leverage": {"type": "cross", "value": 5},
        "entryPx": "100.01",
        "positionValue": "200.0",
        "unrealizedPnl": "-0.02",
        "returnOnEquity": "-0.0005",
        "liquidationPx": None,
        "marginUsed": "40.0",
        "maxLeverage": 20,
        "cumFunding": {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"},
    }
    return {"type": "oneWay", "position": row | changes}


def _worth(row: Any) -> Decimal:
    """What the venue adds up for a position; nothing for one that a test has spoiled."""
    try:
        return Decimal(row["position"]["positionValue"])
    except (KeyError, InvalidOperation):
        return Decimal(0)


def a_state(
    *positions: object, at_ms: int = NOW_MS, equity: str = "1000.0", **changes: object
) -> dict[str, Any]:
    summary = {
        "accountValue": equity,
        "totalNtlPos": str(sum((_worth(row) for row in positions), Decimal(0))),
        "totalRawUsd": "800.0",
        "totalMarginUsed": "40.0",
    }
    return {
        "marginSummary": summary,
        "crossMarginSummary": dict(summary),
        "crossMaintenanceMarginUsed": "5.0",
        "withdrawable": "900.0",
        "assetPositions": list(positions),
        "time": at_ms,
    } | changes


def a_fill(tid: int = 1, at_ms: int = NOW_MS - 60_000, **changes: object) -> dict[str, Any]:
    row = {
        "coin": "SOL",
        "px": "100.01",
        "sz": "2.0",
        "side": "B",
        "time": at_ms,
        "startPosition": "0.0",
        "dir": "Open Long",
        "closedPnl": "0.0",
        "hash": "0x00",
        "oid": 5,
        "crossed": True,
        "fee": "0.09",
        "tid": tid,
        "feeToken": "USDC",
        "twapId": None,
        "cloid": "0x" + "0d" * 16,
    }
    return row | changes


def a_movement(kind: str, at_ms: int = NOW_MS - 60_000, **delta: object) -> dict[str, Any]:
    """A row of `userNonFundingLedgerUpdates`."""
    return {"time": at_ms, "hash": "0x" + "00" * 32, "delta": {"type": kind, **delta}}


def a_payment(at_ms: int, usdc: str = "-0.5", coin: str = "SOL") -> dict[str, Any]:
    """A row of `userFunding`."""
    delta = {"type": "funding", "coin": coin, "usdc": usdc, "szi": "2.0", "fundingRate": "0.0000125"}
    return {"time": at_ms, "hash": "0x" + "00" * 32, "delta": delta | {"nSamples": None}}


def a_window(*samples: tuple[int, str, str]) -> dict[str, Any]:
    """One window of `portfolio`: times, values and profits."""
    return {
        "accountValueHistory": [[at_ms, equity] for at_ms, equity, _ in samples],
        "pnlHistory": [[at_ms, profit] for at_ms, _, profit in samples],
        "vlm": "0.0",
    }


def a_portfolio(*samples: tuple[int, str, str], **windows: tuple[tuple[int, str, str], ...]) -> list[Any]:
    """All eight windows with these samples, unless a window has its own."""
    names = ("day", "week", "month", "allTime", "perpDay", "perpWeek", "perpMonth", "perpAllTime")
    return [[name, a_window(*windows.get(name, samples))] for name in names]


def a_table(
    changes: Mapping[str, Mapping[str, object]] | None = None,
    prices: Mapping[str, Mapping[str, object]] | None = None,
) -> list[Any]:
    """The market table with BTC, ETH and SOL; the fields of a coin or of its prices may be changed."""
    tiers = [{"lowerBound": "0.0", "maxLeverage": 20}, {"lowerBound": "70000000.0", "maxLeverage": 10}]
    universe: list[dict[str, object]] = []
    contexts: list[dict[str, object]] = []
    for name, decimals, mark in (("BTC", 5, "60000.0"), ("ETH", 4, "3000.0"), ("SOL", 2, "100.0")):
        row = {"szDecimals": decimals, "name": name, "maxLeverage": 20, "marginTableId": 52}
        universe.append(row | dict((changes or {}).get(name, {})))
        context = {
            "funding": "0.0000125",
            "openInterest": "1.0",
            "prevDayPx": mark,
            "dayNtlVlm": "1.0",
            "premium": None,
            "oraclePx": mark,
            "markPx": mark,
            "midPx": mark,
            "impactPxs": [mark, mark],
        }
        contexts.append(context | dict((prices or {}).get(name, {})))
    meta = {"universe": universe, "marginTables": [[52, {"description": "", "marginTiers": tiers}]]}
    return [meta, contexts]


def a_candle(open_ms: int, **changes: object) -> dict[str, Any]:
    row = {
        "t": open_ms,
        "T": open_ms + HALF_HOUR_MS - 1,
        "s": "SOL",
        "i": "30m",
        "o": "100.0",
        "c": "101.0",
        "h": "102.0",
        "l": "99.0",
        "v": "1234.5",
        "n": 12,
    }
    return row | changes


def some_candles(count: int = 5, *, last_open_ms: int = NOW_MS // HALF_HOUR_MS * HALF_HOUR_MS) -> list[Any]:
    """Half-hour bars, the last of them still forming at NOW_MS."""
    return [a_candle(last_open_ms - HALF_HOUR_MS * back) for back in reversed(range(count))]


def all_is_well() -> dict[str, Given]:
    """An answer to every question."""
    return {
        "frontendOpenOrders": [],
        "metaAndAssetCtxs": a_table(),
        "userAbstraction": "default",
        "userFees": {"userCrossRate": "0.00045", "userAddRate": "0.00015", "feeSchedule": {}},
        "activeAssetData": {"user": ACCOUNT, "coin": "SOL", "leverage": {"type": "cross", "value": 5}},
        "candleSnapshot": some_candles(),
        "orderStatus": {"status": "unknownOid"},
        "clearinghouseState": a_state(),
        "userFillsByTime": [],
        "historicalOrders": [],
        "userFunding": [],
        "userNonFundingLedgerUpdates": [],
        "portfolio": a_portfolio((NOW_MS - 60_000, "1000.0", "0.0"), (NOW_MS, "1000.0", "0.0")),
        "userRateLimit": {"cumVlm": "0.0", "nRequestsUsed": 4, "nRequestsCap": 10_000},
        "exchangeStatus": {"time": NOW_MS, "specialStatuses": None},
        "userRole": {"role": "user"},
        "extraAgents": [],
    }


@dataclass
class Scripted(ScriptedAnswers):
    """Speaks as the venue does."""

    answers: dict[str, Given] = field(default_factory=all_is_well)

    def kind_of(self, request: Request) -> str:
        return kind_of(request)

    def written(self, value: object) -> Answer:
        return good(value)


def kind_of(request: Request) -> str:
    """The type of a read, or of the action of a write."""
    body = json.loads(request.body)
    return str(body["action"]["type"] if "action" in body else body["type"])
