"""An embedded Binance in a file goes on where another process left it."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.embedded_binance import URL
from tests.support.embedded_wire import EQUITY, NOW_MS, PRICES
from trader.core.wire import Request
from trader.sim.binance.build import stored_app
from trader.sim.binance.identity import paper_identity
from trader.sim.binance.switches import Switches
from trader.sim.binance.venue import Venue
from trader.sim.feed import flat_feed
from trader.sim.stored import StoredApp

ME = paper_identity("test")


class Process:
    """One process with the file open."""

    def __init__(self, path: Path) -> None:
        feed = flat_feed(PRICES, start_ms=NOW_MS - 86_400_000, minutes=1)
        self.app: StoredApp[Venue] = stored_app(path, feed, start_ms=NOW_MS, switches=Switches(equity=EQUITY))
        self.app.declare(ME)

    def ask(self, method: str, path: str, at_ms: int = NOW_MS, **fields: Any) -> Any:
        payload = urlencode({"timestamp": at_ms} | fields)
        signed = hmac.new(ME.api_secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
        url = f"{URL}{path}?{payload}&signature={signed}"
        request = Request(url, b"", method, (("X-MBX-APIKEY", ME.api_key),), is_write=method != "GET")
        return json.loads(self.app.answer(request, at_ms=at_ms).body)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "exchange.sqlite"


@pytest.fixture
def first(path: Path) -> Iterator[Process]:
    process = Process(path)
    yield process
    process.app.close()


STOP: dict[str, Any] = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET"}
STOP |= {"triggerPrice": "95000", "quantity": "0.01", "reduceOnly": "true", "clientAlgoId": "stop"}
ENTRY: dict[str, Any] = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
ENTRY |= {"quantity": "0.01", "price": "96000", "newClientOrderId": "rung"}


def test_another_process_finds_what_was_asked_for(first: Process, path: Path) -> None:
    first.ask("POST", "/fapi/v1/algoOrder", **STOP)
    first.ask("POST", "/fapi/v1/order", **ENTRY)
    first.ask("POST", "/fapi/v1/multiAssetsMargin", multiAssetsMargin="true")
    second = Process(path)
    (stop,) = second.ask("GET", "/fapi/v1/openAlgoOrders")
    assert (stop["clientAlgoId"], stop["triggerPrice"]) == ("stop", "95000.00")
    (rung,) = second.ask("GET", "/fapi/v1/openOrders")
    assert (rung["clientOrderId"], rung["price"], rung["timeInForce"]) == ("rung", "96000.00", "GTC")
    assert second.ask("GET", "/fapi/v1/accountConfig")["multiAssetsMargin"] is True
    second.ask("DELETE", "/fapi/v1/algoOrder", clientAlgoId="stop")
    assert first.ask("GET", "/fapi/v1/openAlgoOrders") == []
    second.app.close()


def test_a_countdown_runs_on(first: Process, path: Path) -> None:
    first.ask("POST", "/fapi/v1/order", **ENTRY)
    first.ask("POST", "/fapi/v1/countdownCancelAll", symbol="BTCUSDT", countdownTime=5_000)
    second = Process(path)
    assert second.ask("GET", "/fapi/v1/openOrders", NOW_MS + 6_000) == []
    second.app.close()


def test_hedge_mode_and_a_revoked_key_stay(first: Process, path: Path) -> None:
    first.ask("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")
    second = Process(path)
    assert second.ask("GET", "/fapi/v1/positionSide/dual") == {"dualSidePosition": True}
    second.app.venue.keys.revoke()
    second.ask("GET", "/fapi/v3/balance")
    third = Process(path)
    assert third.ask("GET", "/fapi/v3/balance")["code"] == -2015
    second.app.close()
    third.app.close()
