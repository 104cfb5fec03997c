"""Who may ask: the signature over raw bytes, the key, and the time of a request."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.embedded_binance import URL, EmbeddedBinance, signature
from tests.support.embedded_wire import NOW_MS
from trader.core.wire import Answer, Request
from trader.sim.binance.keys import ApiKey
from trader.sim.binance.parameters import parameters_of
from trader.sim.binance.refusals import Refused
from trader.sim.binance.signing import payload_and_signature, require_signature, require_time

# The venue's documented example.
SECRET = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9"
PAYLOAD = (
    "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC"
    "&recvWindow=5000&timestamp=1591702613943"
)
SIGNATURE = "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"


@pytest.fixture
def exchange() -> EmbeddedBinance:
    return EmbeddedBinance()


def code_of(answer: Answer) -> tuple[int, int]:
    return answer.status, json.loads(answer.body)["code"]


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (f"{PAYLOAD}&signature={SIGNATURE}", ""),
        ("", f"{PAYLOAD}&signature={SIGNATURE}"),
        ("", f"{PAYLOAD}&signature={SIGNATURE.upper()}"),
        (PAYLOAD[:40], f"{PAYLOAD[40:]}&signature={SIGNATURE}"),
        (f"{PAYLOAD[:40]}&signature={SIGNATURE}", PAYLOAD[40:]),
    ],
)
def test_the_documented_signature_fits_wherever_the_bytes_stand(query: str, body: str) -> None:
    require_signature(query, body, SECRET)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (PAYLOAD, -1102),
        (f"{PAYLOAD}&signature=", -1022),
        (f"{PAYLOAD}x&signature={SIGNATURE}", -1022),
        (f"signature={SIGNATURE}&{PAYLOAD}", -1022),
        (f"{PAYLOAD}&signature=ümlaut", -1022),
    ],
)
def test_another_signature_does_not_fit(query: str, code: int) -> None:
    with pytest.raises(Refused) as caught:
        require_signature(query, "", SECRET)
    assert caught.value.code == code


def test_nothing_is_decoded_before_it_is_signed() -> None:
    raw = 'batchOrders=[{"symbol":"BTCUSDT","price":"1 0"}]&timestamp=1'
    payload, found = payload_and_signature("", f"{raw}&signature=ab")
    assert (payload, found) == (raw, "ab")
    require_signature("", f"{raw}&signature={signature(SECRET, raw)}", SECRET)


@pytest.mark.parametrize(
    ("timestamp", "window", "code"),
    [
        (NOW_MS, None, None),
        (NOW_MS + 999, None, None),
        (NOW_MS + 1_000, None, -1021),
        (NOW_MS - 5_000, None, None),
        (NOW_MS - 5_001, None, -1021),
        (NOW_MS - 60_000, 60_000, None),
        (NOW_MS - 100, 99, -1021),
        (NOW_MS, 60_001, -1131),
        (NOW_MS, 0, -1131),
    ],
)
def test_the_time_of_a_request(timestamp: int, window: int | None, code: int | None) -> None:
    fields = {"timestamp": timestamp} | ({} if window is None else {"recvWindow": window})
    parameters = parameters_of(urlencode(fields), "")
    if code is None:
        require_time(parameters, now_ms=NOW_MS)
        return
    with pytest.raises(Refused) as caught:
        require_time(parameters, now_ms=NOW_MS)
    assert caught.value.code == code


def test_a_request_needs_a_key_that_is_known(exchange: EmbeddedBinance) -> None:
    path = "/fapi/v3/balance"
    assert code_of(exchange.answered(exchange.request("GET", path, headers=()))) == (401, -2014)
    strange = (("X-MBX-APIKEY", "x" * 64),)
    assert code_of(exchange.answered(exchange.request("GET", path, headers=strange))) == (401, -2015)
    lower = (("x-mbx-apikey", exchange.me.api_key),)
    assert exchange.answered(exchange.request("GET", path, headers=lower)).status == 200


def test_a_key_without_the_right_is_refused_but_may_read_its_rights(exchange: EmbeddedBinance) -> None:
    me = exchange.me
    exchange.venue.keys.add(ApiKey(me.api_key, me.api_secret, me.user, NOW_MS, may_trade_futures=False))
    assert exchange.refusal("GET", "/fapi/v3/balance") == -2015
    assert exchange.ok("GET", "/sapi/v1/account/apiRestrictions")["enableFutures"] is False


def test_a_missing_timestamp_is_named(exchange: EmbeddedBinance) -> None:
    payload = "recvWindow=5000"
    sent = f"{payload}&signature={signature(exchange.me.api_secret, payload)}"
    headers = (("X-MBX-APIKEY", exchange.me.api_key),)
    answer = exchange.answered(Request(f"{URL}/fapi/v3/balance?{sent}", b"", "GET", headers))
    assert b"'timestamp'" in answer.body
    assert code_of(answer) == (400, -1102)


def test_parameters_in_the_body_are_read_and_the_query_wins(exchange: EmbeddedBinance) -> None:
    fields: dict[str, Any] = {"symbol": "BTCUSDT", "leverage": 7}
    answer = exchange.answered(exchange.request("POST", "/fapi/v1/leverage", in_body=True, **fields))
    assert b'"leverage":7' in answer.body
    query, body = "leverage=9&symbol=BTCUSDT", f"leverage=8&timestamp={NOW_MS}"
    body += "&signature=" + signature(exchange.me.api_secret, query + body)
    headers = (("X-MBX-APIKEY", exchange.me.api_key),)
    answer = exchange.answered(
        Request(f"{URL}/fapi/v1/leverage?{query}", body.encode(), "POST", headers, is_write=True)
    )
    assert b'"leverage":9' in answer.body


def test_bytes_that_are_no_text_are_refused_by_their_signature(exchange: EmbeddedBinance) -> None:
    headers = (("X-MBX-APIKEY", exchange.me.api_key),)
    request = Request(f"{URL}/fapi/v1/order?timestamp={NOW_MS}", b"\xff\xfe&signature=00", "POST", headers)
    assert code_of(exchange.answered(request)) == (400, -1022)


def test_an_unknown_path_is_a_page(exchange: EmbeddedBinance) -> None:
    answer = exchange.answered(Request(f"{URL}/fapi/v1/nothing", b"", "GET"))
    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("text/html")
