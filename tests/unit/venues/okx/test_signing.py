"""The signature is the venue's, byte for byte as ccxt makes it, and nothing shows a secret."""

import json
from typing import Any

import pytest
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.clocks import ManualClock
from tests.support.okx_answers import ACCOUNT, BASE, NOW_MS, Scripted, header_of
from trader.core.errors import ConfigError
from trader.venues.okx.asking import Question
from trader.venues.okx.hosts import REGION_URLS
from trader.venues.okx.signing import OkxKeys, signed_headers, timestamp
from trader.venues.okx.venue import OkxVenue
from trader.venues.okx.wire import Post, Wire

KEYS = OkxKeys("37c541a1-0000-0000-0000-10fe7a038418", "SECRETSECRETSECRETSECRETSECRET12", "Pass phrase!")


@pytest.fixture(scope="module")
def ccxt() -> Any:
    import ccxt

    exchange = ccxt.okx({"apiKey": KEYS.api_key, "secret": KEYS.secret, "password": KEYS.passphrase})
    exchange.options["brokerId"] = ""
    return exchange


def signed_by_ccxt(ccxt: Any, path: str, method: str, params: object, at_ms: int) -> dict[str, Any]:
    ccxt.milliseconds = lambda: at_ms
    ccxt.nonce = lambda: at_ms
    signed: dict[str, Any] = ccxt.sign(path, ["private"], method, params)
    return signed


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("account/config", {}),
        ("account/balance", {"ccy": "USDT"}),
        ("trade/orders-algo-pending", {"ordType": "conditional,oco", "instType": "SWAP", "limit": "100"}),
    ],
)
def test_a_read_is_signed_as_ccxt_signs_it(ccxt: Any, path: str, query: dict[str, str]) -> None:
    theirs = signed_by_ccxt(ccxt, path, "GET", dict(query), NOW_MS)
    target = theirs["url"].removeprefix(BASE)
    assert (
        dict(signed_headers(KEYS, at_ms=NOW_MS, method="GET", target=target, body=b"")) == theirs["headers"]
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("trade/order", {"instId": "BTC-USDT-SWAP", "clOrdId": "0a" * 16, "sz": "1", "reduceOnly": True}),
        ("trade/cancel-algos", [{"instId": "BTC-USDT-SWAP", "algoId": "555"}]),
        ("account/set-leverage", {"instId": "BTC-USDT-SWAP", "lever": "5", "mgnMode": "cross"}),
    ],
)
def test_a_write_is_signed_as_ccxt_signs_it(ccxt: Any, path: str, body: object) -> None:
    ours = json.dumps(body, separators=(",", ":")).encode()
    theirs = signed_by_ccxt(ccxt, path, "POST", json.loads(ours), NOW_MS)
    assert theirs["body"].encode() == ours
    headers = dict(signed_headers(KEYS, at_ms=NOW_MS, method="POST", target=f"/api/v5/{path}", body=ours))
    assert headers | {"Content-Type": "application/json"} == theirs["headers"]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(1 << 40, (1 << 43) - 1))
def test_a_time_is_written_as_ccxt_writes_it(at_ms: int) -> None:
    from ccxt.base.exchange import Exchange

    assert timestamp(at_ms) == Exchange.iso8601(at_ms)


@pytest.mark.parametrize("field", ["api_key", "secret", "passphrase"])
@pytest.mark.parametrize("value", ["", " x", "x\n", "\u00e4", "a\tb"])
def test_keys_that_are_none_are_refused_without_being_shown(field: str, value: str) -> None:
    given = {"api_key": "k", "secret": "sss", "passphrase": "p"} | {field: value}
    with pytest.raises(ConfigError, match=field):
        OkxKeys(**given)


def test_a_key_shows_no_secret() -> None:
    assert KEYS.secret not in repr(KEYS)
    assert KEYS.passphrase not in repr(KEYS)


def a_wire(wire: Scripted, clock: ManualClock, *, simulated: bool = False, accounts: int = 1) -> Wire:
    return Wire(
        wire,
        clock,
        keys=KEYS,
        base_url=BASE,
        simulated_header=simulated,
        timeout=lambda cap_s: cap_s,
        accounts=accounts,
    )


@pytest.mark.parametrize("simulated", [True, False])
def test_only_who_asks_for_it_says_that_trading_is_simulated(simulated: bool) -> None:
    scripted = Scripted()
    wire = a_wire(scripted, ManualClock(wall_ms=NOW_MS), simulated=simulated)
    wire.ask([Question("account/config", "/api/v5/account/config", True)])
    wire.post([Post("/api/v5/trade/order", b"{}", 1)])
    said = {header_of(request, "x-simulated-trading") for request in scripted.requests}
    assert said == {"1" if simulated else None}


def test_public_questions_are_not_signed() -> None:
    scripted = Scripted()
    a_wire(scripted, ManualClock(wall_ms=NOW_MS)).ask([Question("public/time", "/api/v5/public/time", False)])
    assert [request.headers for request in scripted.requests] == [()]


def test_every_region_is_a_host_of_the_venue_over_tls() -> None:
    assert set(REGION_URLS) == {"global", "eea", "us"}
    assert all(url.startswith("https://") and url.endswith(".okx.com") for url in REGION_URLS.values())


@pytest.mark.parametrize("account_id", ["", "0x12", "main", "12 3", "\u0661"])
def test_an_account_id_that_is_none_is_refused(account_id: str) -> None:
    with pytest.raises(ConfigError, match="uid"):
        OkxVenue(
            Scripted(), ManualClock(), account_id=account_id, keys=KEYS, base_url=BASE, timeout=lambda s: s
        )


def test_a_price_that_stops_cannot_act_on_is_refused() -> None:
    with pytest.raises(ConfigError, match="mark"):
        OkxVenue(
            Scripted(),
            ManualClock(),
            account_id=ACCOUNT,
            keys=KEYS,
            base_url=BASE,
            trigger_source="mid",
            timeout=lambda s: s,
        )


def test_the_wall_clock_is_not_asked_again_once_the_venue_has_told_the_time() -> None:
    scripted, clock = Scripted(), ManualClock(wall_ms=NOW_MS + 3_600_000)
    wire = a_wire(scripted, clock)
    question = Question("account/config", "/api/v5/account/config", True)
    with freeze_time("2001-01-01"):
        wire.ask([question])
        wire.ask([question])
    last = scripted.rounds[-1]
    assert [header_of(request, "OK-ACCESS-TIMESTAMP") for request in last] == [timestamp(NOW_MS)]
