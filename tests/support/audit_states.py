"""Accounts that are not covered, each with the exit that somebody placed and what the audit says of it."""

from typing import Any

from tests.support.audit_places import PLACES
from tests.support.embedded import trigger

LIMIT_STOP = {"t": trigger("95000", is_market=False), "p": "94900"}
SHORT = {"posSide": "short"}

# place, what is wrong, the exit as it is written, what the audit says of it
BARE_STATES: tuple[tuple[str, str, dict[str, Any] | None, str], ...] = (
    *((name, "no stop", None, "no stop is live") for name in PLACES),
    ("hyperliquid", "undersized", {"s": "0.015"}, "0.005 bare"),
    (
        "hyperliquid",
        "wrong side",
        {"side": "buy", "at": "105000", "p": "120000", "before": True},
        "on the wrong side",
    ),
    ("hyperliquid", "target only", {"at": "105000", "t": trigger("105000", "tp")}, "is a target"),
    ("hyperliquid", "stop-limit", LIMIT_STOP, "is a limit order once it fires"),
    ("hyperliquid", "no room to fill", {"p": "94000"}, "its limit 94000.0 may not fill"),
    ("okx net", "undersized", {"sz": "1.5"}, "0.5 bare"),
    ("okx net", "wrong side", {"side": "buy", "at": "105000", "before": True}, "on the wrong side"),
    ("okx net", "not reduce-only", {"reduceOnly": "false"}, "is not reduce-only"),
    ("okx net", "oversized", {"sz": "3"}, "would be refused"),
    ("okx net", "target only", {"at": None, "tpTriggerPx": "105000"}, "is a target"),
    ("okx net", "stop-limit", {"slOrdPx": "94900"}, "is a limit order once it fires"),
    ("okx net", "other price", {"slTriggerPxType": "last"}, "acts on the last price"),
    ("okx two-sided", "undersized", {"sz": "1.5"}, "0.5 bare"),
    ("okx two-sided", "wrong leg", {"side": "buy", "at": "105000"} | SHORT, "no stop is live"),
    ("okx two-sided", "an entry below", {"side": "sell"} | SHORT, "no stop is live"),
    ("okx two-sided", "target only", {"at": None, "tpTriggerPx": "105000"}, "is a target"),
    ("binance one-way", "undersized", {"quantity": "0.015"}, "0.005 bare"),
    ("binance one-way", "wrong side", {"side": "BUY", "at": "105000", "before": True}, "on the wrong side"),
    ("binance one-way", "not reduce-only", {"reduceOnly": False}, "is not reduce-only"),
    ("binance one-way", "target only", {"at": "105000", "type": "TAKE_PROFIT_MARKET"}, "is a target"),
    (
        "binance one-way",
        "stop-limit",
        {"type": "STOP", "price": "94900", "timeInForce": "GTC"},
        "is a limit order once",
    ),
    ("binance one-way", "other price", {"workingType": "CONTRACT_PRICE"}, "acts on the last price"),
    ("binance two-sided", "undersized", {"quantity": "0.015"}, "0.005 bare"),
    ("binance two-sided", "oversized", {"quantity": "0.030"}, "would be refused"),
    ("binance two-sided", "wrong leg", {"side": "BUY", "at": "105000", "positionSide": "SHORT"}, "no stop"),
    ("binance two-sided", "target only", {"at": "105000", "type": "TAKE_PROFIT_MARKET"}, "is a target"),
)
