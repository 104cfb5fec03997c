"""Who sent a request: every header, the clock, the key, its rights, and the bytes that were signed."""

from dataclasses import replace

import ccxt
import pytest

from tests.support.embedded_okx import API, BTC, EmbeddedOkx, net, stamp_of
from trader.core.wire import Request
from trader.sim.okx.keys import ApiKey
from trader.sim.okx.signing import signature, target_of

CONFIG = API + "account/config"


def refused_with(exchange: EmbeddedOkx, **changes: str | None) -> tuple[int, str]:
    """Status and code of a read whose headers were changed after signing; None takes one away."""
    headers = exchange.headers("GET", CONFIG)
    for name, value in changes.items():
        wire = "OK-ACCESS-" + name.upper()
        if value is None:
            del headers[wire]
        else:
            headers[wire] = value
    url = "https://www.okx.com" + CONFIG
    status, body = exchange.told(Request(url, b"", "GET", tuple(headers.items())))
    assert body["data"] == []
    return status, body["code"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": None}, "50103"),
        ({"key": ""}, "50103"),
        ({"passphrase": None}, "50104"),
        ({"sign": None}, "50106"),
        ({"timestamp": None}, "50107"),
        ({"timestamp": "1780000020000"}, "50112"),
        ({"timestamp": "2026-05-28T20:27:00.000+08:00"}, "50112"),
        ({"key": "nobody"}, "50111"),
        ({"passphrase": "wrong"}, "50105"),
        ({"sign": "d3Jvbmc="}, "50113"),
        ({"timestamp": stamp_of(1_780_000_020_001)}, "50113"),
    ],
)
def test_each_header_is_checked(changes: dict[str, str | None], code: str) -> None:
    assert refused_with(net(), **changes) == (401, code)


@pytest.mark.parametrize(
    ("off_ms", "code"), [(-30_001, "50102"), (30_001, "50102"), (29_999, "0"), (-30_000, "0")]
)
def test_a_request_lives_thirty_seconds(off_ms: int, code: str) -> None:
    exchange = net()
    exchange.clock.step(off_ms)
    status, body = exchange.told(exchange.request("GET", CONFIG))
    assert body["code"] == code
    assert status == (200 if code == "0" else 401)


def test_an_unknown_key_may_be_said_not_to_exist() -> None:
    assert refused_with(net(missing_key_code="50119"), key="nobody") == (200, "50119")


def test_a_demo_key_and_the_header_belong_together() -> None:
    exchange = net()
    demo = {"x-simulated-trading": "1"}
    status, body = exchange.told(exchange.request("GET", CONFIG, **demo))
    assert (status, body["code"]) == (401, "50101")
    exchange = net(is_simulated=True)
    assert exchange.told(exchange.request("GET", CONFIG, **demo))[1]["code"] == "0"
    assert exchange.told(exchange.request("GET", CONFIG))[1]["code"] == "50101"
    # A client that always sends the header says 0 where it means the real thing.
    assert net().told(net().request("GET", CONFIG, **{"x-simulated-trading": "0"}))[1]["code"] == "0"


def test_a_key_may_only_do_what_it_was_given_and_from_where() -> None:
    exchange = net()
    key = exchange.venue.keys.find(exchange.me.api_key)
    assert key is not None
    exchange.venue.keys.declare(replace(key, permissions=("read_only",)))
    assert exchange.rows("account/balance")
    status, body = exchange.write("trade/order", exchange.order_fields("buy", "1"))
    assert (status, body["code"]) == (200, "50120")
    exchange.venue.keys.declare(replace(key, ips=("10.0.0.1", "10.0.0.2")))
    status, body = exchange.read("account/config")
    assert (status, body["code"]) == (401, "50110")
    assert "127.0.0.1" in body["msg"]


@pytest.mark.parametrize(("code", "status"), [("50119", 200), ("50111", 401)])
def test_a_dead_key(code: str, status: int) -> None:
    exchange = net()
    exchange.venue.keys.end(exchange.me.api_key, code)
    answer = exchange.read("account/config")
    assert (answer[0], answer[1]["code"]) == (status, code)


def test_the_target_is_verified_as_it_was_sent() -> None:
    exchange = net()
    for comma in (",", "%2C"):
        target = API + f"trade/orders-algo-pending?ordType=conditional{comma}oco"
        status, body = exchange.told(exchange.request("GET", target))
        assert (status, body["code"]) == (200, "0")
        assert target_of(exchange.request("GET", target)) == target


def test_public_paths_need_no_signature() -> None:
    url = f"https://www.okx.com{API}public/instruments?instType=SWAP"
    assert net().told(Request(url, b"", "GET"))[0] == 200


def test_a_body_says_what_it_is() -> None:
    exchange = net()
    body = '{"instId":"BTC-USDT-SWAP"}'
    plain = exchange.request("POST", API + "trade/cancel-order", body, **{"Content-Type": "text/plain"})
    status, answer = exchange.told(plain)
    assert (status, answer["code"]) == (400, "50006")


def test_the_signature_is_the_one_another_client_makes() -> None:
    client = ccxt.okx({"apiKey": "k", "secret": "s3cret", "password": "p"})
    made = client.sign(
        "trade/orders-algo-pending", ["private"], "GET", {"ordType": "conditional,oco", "instId": BTC}
    )
    headers = made["headers"]
    target = made["url"].removeprefix("https://www.okx.com")
    assert headers["OK-ACCESS-SIGN"] == signature(
        secret="s3cret", timestamp=headers["OK-ACCESS-TIMESTAMP"], method="GET", target=target, body=b""
    )


def test_keys_outlive_the_process() -> None:
    exchange = net()
    key = ApiKey("k", "s", "p", user="u", permissions=("read_only",), ips=("10.0.0.1",))
    exchange.venue.keys.declare(key)
    state = exchange.venue.dump()
    exchange.venue.restore(state)
    assert exchange.venue.keys.find("k") == key
