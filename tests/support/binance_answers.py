"""Answers of Binance as the documents give them and as a test writes them, and a transport that gives them.

The files under tests/fixtures/binance-adapter come from the test data of the CryptoExchange.Net library for
Binance (Binance.Net, MIT licence), which keeps the documented answer of each endpoint.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.binance_money import an_income, the_rights
from tests.support.clocks import ManualClock
from trader.core.identity import Identity, Role, account_tag, encode
from trader.core.market import Leg
from trader.core.wire import Answer, Lost, Request
from trader.venues.binance.signing import BinanceKeys
from trader.venues.binance.venue import BinanceVenue

SAMPLES = Path(__file__).parents[1] / "fixtures" / "binance-adapter"


def sample(name: str) -> Any:
    """A documented answer: after method, path and whether it is signed, a line each."""
    return json.loads(_sample_text(name))


@cache
def _sample_text(name: str) -> str:
    return (SAMPLES / f"{name}.txt").read_text(encoding="utf-8").split("\n", 3)[3]


def an_error(status: int, code: int | None, message: str) -> Answer:
    """The venue's way to say no."""
    body = {"msg": message} if code is None else {"code": code, "msg": message}
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


ACCOUNT_ID = "fR9TgSxQ"
NOW_MS = 1_750_003_205_000
HALF_HOUR_MS = 1_800_000
CLIENT_ID = encode(
    Identity(
        account=account_tag(ACCOUNT_ID),
        market="SOL",
        strategy=1,
        leg=Leg.LONG,
        role=Role.ENTRY,
        bar_minute=29_166_720,
        reference=29_166_720,
    )
)
KEYS = BinanceKeys("the-key", "the-secret")

Given = Answer | Lost | object


def good(value: object) -> Answer:
    return Answer(200, json.dumps(value).encode(), {"X-MBX-USED-WEIGHT-1M": "7"})


def an_order(**changes: object) -> dict[str, Any]:
    """A plain limit as `openOrders` lists it."""
    row = {
        "avgPrice": "0.00000",
        "clientOrderId": "web_abc",
        "cumQuote": "0",
        "executedQty": "0.10",
        "orderId": 1917641,
        "origQty": "0.40",
        "origType": "LIMIT",
        "price": "90.00",
        "reduceOnly": False,
        "side": "BUY",
        "positionSide": "BOTH",
        "status": "PARTIALLY_FILLED",
        "stopPrice": "0",
        "closePosition": False,
        "symbol": "SOLUSDT",
        "time": NOW_MS - 60_000,
        "timeInForce": "GTC",
        "type": "LIMIT",
        "updateTime": NOW_MS - 50_000,
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "goodTillDate": 0,
    }
    return row | changes


def an_algo_order(**changes: object) -> dict[str, Any]:
    """A stop that follows the position, as `openAlgoOrders` lists it."""
    row = {
        "algoId": 4000000230627731,
        "clientAlgoId": "stop-1",
        "algoType": "CONDITIONAL",
        "orderType": "STOP_MARKET",
        "symbol": "SOLUSDT",
        "side": "SELL",
        "positionSide": "BOTH",
        "timeInForce": "GTE_GTC",
        "quantity": "0",
        "algoStatus": "NEW",
        "actualOrderId": "",
        "actualPrice": "0.00000",
        "triggerPrice": "95.000",
        "price": "0.00",
        "icebergQuantity": None,
        "workingType": "MARK_PRICE",
        "priceMatch": "NONE",
        "closePosition": True,
        "priceProtect": False,
        "reduceOnly": True,
        "createTime": NOW_MS - 60_000,
        "updateTime": NOW_MS - 60_000,
        "triggerTime": 0,
        "goodTillDate": 0,
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }
    return row | changes


def a_position(**changes: object) -> dict[str, Any]:
    """A long of 2 SOL as `positionRisk` lists it."""
    row = {
        "symbol": "SOLUSDT",
        "positionSide": "BOTH",
        "positionAmt": "2.00",
        "entryPrice": "100.0",
        "breakEvenPrice": "100.05",
        "markPrice": "101.00000000",
        "unRealizedProfit": "2.00000000",
        "liquidationPrice": "52.10",
        "isolatedMargin": "0",
        "notional": "202.00",
        "marginAsset": "USDT",
        "isolatedWallet": "0",
        "initialMargin": "40.4",
        "maintMargin": "1.3",
        "positionInitialMargin": "40.4",
        "openOrderInitialMargin": "0",
        "adl": 1,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": NOW_MS,
    }
    return row | changes


def an_account(*positions: dict[str, Any], **changes: object) -> dict[str, Any]:
    """The money, and the sizes of these positions."""
    names = ("symbol", "positionSide", "positionAmt", "notional")
    row: dict[str, Any] = sample("GetAccountInfoV3") | {
        "totalMarginBalance": "1002.00000000",
        "totalInitialMargin": "40.40000000",
        "totalMaintMargin": "1.30000000",
        "positions": [{name: one[name] for name in names} for one in positions],
    }
    return row | changes


def a_trade(**changes: object) -> dict[str, Any]:
    """The entry of the position above."""
    row = {
        "buyer": True,
        "commission": "0.10000000",
        "commissionAsset": "USDT",
        "id": 698759,
        "maker": False,
        "orderId": 25851813,
        "price": "100.00",
        "qty": "2.00",
        "quoteQty": "200.00",
        "realizedPnl": "0",
        "side": "BUY",
        "positionSide": "BOTH",
        "symbol": "SOLUSDT",
        "time": NOW_MS - 3_600_000,
    }
    return row | changes


def some_bars(count: int, *, frame_ms: int = HALF_HOUR_MS, until_ms: int = NOW_MS) -> list[list[Any]]:
    """So many bars, the last of them still forming."""
    last_ms = until_ms - until_ms % frame_ms
    return [
        [
            *(last_ms - back * frame_ms, "100.0", "101.0", "99.0", "100.5", "12.5"),
            *(last_ms - (back - 1) * frame_ms - 1, "1256.25", 30, "6.0", "603.0", "0"),
        ]
        for back in range(count - 1, -1, -1)
    ]


def the_rules(**changes: object) -> dict[str, Any]:
    """`exchangeInfo` with SOL as the documented symbol is written."""
    info: dict[str, Any] = sample("GetExchangeInfo")
    symbol = info["symbols"][0] | {"symbol": "SOLUSDT", "pair": "SOLUSDT", "baseAsset": "SOL"} | changes
    return info | {"symbols": [symbol]}


def the_tiers() -> list[dict[str, Any]]:
    return [row | {"symbol": "SOLUSDT"} for row in sample("GetBrackets")]


@dataclass
class Scripted:
    """A transport that answers by endpoint, and remembers the rounds it was asked."""

    answers: dict[str, Given] = field(default_factory=dict)
    rounds: list[list[Request]] = field(default_factory=list)
    by_request: Callable[[str, Mapping[str, str]], Given | None] = lambda name, named: None

    def __post_init__(self) -> None:
        position = a_position()
        self.answers = {
            "time": {"serverTime": NOW_MS},
            "balance": [row | {"accountAlias": ACCOUNT_ID} for row in sample("GetBalances")],
            "accountConfig": sample("GetAccountConfiguration") | {"dualSidePosition": False},
            "symbolConfig": [
                row | {"symbol": "SOLUSDT", "leverage": 5} for row in sample("GetSymbolConfiguration")
            ],
            "account": an_account(position),
            "positionRisk": [position],
            "openOrders": [an_order()],
            "openAlgoOrders": [an_algo_order()],
            "userTrades": [a_trade()],
            "allOrders": [
                an_order(orderId=25851813, clientOrderId=CLIENT_ID, status="FILLED", executedQty="0.40")
            ],
            "allAlgoOrders": [an_algo_order()],
            "exchangeInfo": the_rules(),
            "leverageBracket": the_tiers(),
            "fundingInfo": sample("GetFundingInfo"),
            "commissionRate": sample("GetUserCommissionRate") | {"symbol": "SOLUSDT"},
            "premiumIndex": sample("GetMarkPrice")
            | {
                "symbol": "SOLUSDT",
                "time": NOW_MS,
                "nextFundingTime": NOW_MS + 1,
                "markPrice": "101.00000000",
            },
            "ticker/bookTicker": sample("GetBookPrice") | {"symbol": "SOLUSDT"},
            "klines": some_bars(5),
            "income": [an_income()],
            "sapi/v1/account/apiRestrictions": the_rights(),
            "order": an_error(400, -2013, "Order does not exist."),
            "algoOrder": an_error(400, -2013, "Order does not exist."),
        } | self.answers

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        self.rounds.append(list(requests))
        return [self._answer(request) for request in requests]

    def _answer(self, request: Request) -> Answer | Lost:
        parts = urlsplit(request.url)
        name = parts.path.removeprefix("/fapi/").partition("/")[2]
        named = dict(parse_qsl(parts.query) + parse_qsl(request.body.decode()))
        given = self.by_request(name, named)
        given = self.answers[name] if given is None else given
        return given if isinstance(given, Answer | Lost) else good(given)

    @property
    def asked(self) -> list[list[str]]:
        """The endpoints of each round, without what is asked of all of them."""
        return [
            [urlsplit(r.url).path.removeprefix("/fapi/").partition("/")[2] for r in asked]
            for asked in self.rounds
        ]


def a_venue(wire: Scripted, clock: ManualClock | None = None, **options: Any) -> BinanceVenue:
    given: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "keys": KEYS,
        "base_url": "https://fapi.binance.com/",
        "timeout": lambda cap_s: cap_s,
    }
    return BinanceVenue(wire, clock or ManualClock(wall_ms=NOW_MS), **(given | options))
