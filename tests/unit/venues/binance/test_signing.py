"""Signatures and the bytes of requests, against the venue's own example and against ccxt's."""

from typing import Any

import pytest
from ccxt.binanceusdm import binanceusdm

from tests.support.binance_answers import KEYS
from trader.core.wire import Request
from trader.venues.binance.signing import BinanceKeys, Pen, Question, encoded, signature

URL = "https://fapi.binance.com"
TIME_MS = 1_591_702_613_943


def test_the_venues_own_example() -> None:
    payload = (
        "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000"
        "&timestamp=1591702613943"
    )
    secret = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9"
    assert signature(payload, secret) == "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"


@pytest.fixture(scope="module")
def ccxt() -> Any:
    exchange = binanceusdm({"apiKey": KEYS.api_key, "secret": KEYS.secret, "options": {"recvWindow": 5000}})
    exchange.nonce = lambda: TIME_MS
    return exchange


@pytest.mark.parametrize(
    ("method", "path", "version", "named"),
    [
        ("GET", "openOrders", "fapiPrivate", {"symbol": "SOLUSDT"}),
        ("GET", "openAlgoOrders", "fapiPrivate", {}),
        ("GET", "positionRisk", "fapiPrivateV3", {}),
        ("GET", "userTrades", "fapiPrivate", {"symbol": "SOLUSDT", "startTime": "1", "limit": "1000"}),
        ("DELETE", "order", "fapiPrivate", {"symbol": "SOLUSDT", "orderId": "17"}),
        ("DELETE", "algoOrder", "fapiPrivate", {"algoId": "17"}),
        (
            "POST",
            "order",
            "fapiPrivate",
            {"symbol": "SOLUSDT", "side": "BUY", "quantity": "0.6", "newClientOrderId": "a/b:c.d_e-f"},
        ),
        (
            "POST",
            "algoOrder",
            "fapiPrivate",
            {"symbol": "币安人生USDT", "clientAlgoId": "a7", "triggerPrice": "95.5"},
        ),
        ("POST", "leverage", "fapiPrivate", {"symbol": "SOLUSDT", "leverage": "5"}),
    ],
)
def test_requests_are_ccxts_to_the_byte(
    ccxt: Any, method: str, path: str, version: str, named: dict[str, str]
) -> None:
    theirs = ccxt.sign(path, [version], method, dict(named))
    number = "v3" if version.endswith("V3") else "v1"
    question = Question(f"/fapi/{number}/{path}", tuple(named.items()), method=method)
    ours = Pen(KEYS, base_url=URL).request(question, timestamp_ms=TIME_MS, is_write=method != "GET")
    assert ours.url == theirs["url"]
    assert ours.body == (theirs["body"] or "").encode()
    assert dict(ours.headers) == theirs["headers"]
    assert ours.method == method
    assert ours.is_write is (method != "GET")


def test_a_public_question_has_no_key_and_no_time() -> None:
    pen = Pen(KEYS, base_url=URL)
    asked = pen.request(
        Question("/fapi/v1/klines", (("symbol", "SOLUSDT"),), is_signed=False), timestamp_ms=1
    )
    assert asked == Request(f"{URL}/fapi/v1/klines?symbol=SOLUSDT", method="GET")
    bare = pen.request(Question("/fapi/v1/time", is_signed=False), timestamp_ms=1)
    assert bare.url == f"{URL}/fapi/v1/time"


def test_what_could_be_read_otherwise_is_written_as_its_number() -> None:
    assert encoded((("a", "1 2&=+/"), ("b", "[5,6]"))) == "a=1%202%26%3D%2B%2F&b=%5B5%2C6%5D"


def test_keys_are_never_shown() -> None:
    assert "secret" not in f"{BinanceKeys('key', 'secret')!r}".lower().replace("binancekeys", "")
