"""The test's own door into a served exchange: faults, time, counters and the truth."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.embedded import BTC, Embedded, limit, order, orders
from tests.support.embedded_wire import NOW_MS
from tests.support.http_client import Client
from trader.parts.serving import Served, ServeOptions, prepare
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.hyperliquid.identity import paper_identity
from trader.sim.server import Server


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    found = prepare(ServeOptions(database=tmp_path / "exchange.db"), ManualClock(NOW_MS))
    with found.server:
        yield found
    found.close()


def test_the_tests_door_moves_time_arms_faults_and_tells_the_truth(served: Served) -> None:
    client = Client(served.server)
    assert client.control("clock", {"advance_ms": 60_000}) == {"now_ms": NOW_MS + 60_000}
    assert client.control("faults", [{"kind": "H1"}]) == {"armed": 1}
    assert client.post("/info", b'{"type":"meta"}')[0] == 429
    assert client.control("counters") == {"requests": 1, "fired": {"H1": 1}, "undelivered": 0}
    assert client.control("run", {"end": True}) == {"undelivered": 0}
    client.post("/info", b'{"type":"meta"}')
    truth = client.control("truth")
    assert truth["now_ms"] == NOW_MS + 60_000
    assert truth["accounts"][served.keys.account_id]["equity"] == "1000"
    assert client.post("/_sim/nothing", b"")[0] == 404
    assert client.post("/_sim/faults", b'[{"kind":"X"}]')[0] == 400
    assert client.post("/_sim/faults", b'[{"what":"x"}]')[0] == 400
    client.connection.close()


def test_a_door_that_needs_more_than_was_given_says_so() -> None:
    exchange = Embedded()
    with Server(exchange.line, VenueTime(exchange.clock)) as server:
        client = Client(server)
        for door in ("clock", "truth"):
            status, body = client.post(f"/_sim/{door}", b"{}")
            assert status == 400
            assert b"this exchange" in body
        client.connection.close()


def test_truth_holds_orders_and_positions(served: Served) -> None:
    exchange = Embedded()
    exchange.me = paper_identity("main")
    client = Client(served.server)
    mids = json.loads(client.post("/info", b'{"type":"allMids"}')[1])
    wire = order("buy", str(int(float(mids["BTC"]) * 1.01)), "0.001", limit("Ioc"), asset=BTC)
    reply = client.send(exchange.request(orders(wire), nonce=NOW_MS))
    assert b"filled" in reply[1]
    account = client.control("truth")["accounts"][served.keys.account_id]
    assert account["positions"] == {"BTC": "0.001"}
    assert len(account["fills"]) == 1
    assert account["orders"] == []
    client.connection.close()
