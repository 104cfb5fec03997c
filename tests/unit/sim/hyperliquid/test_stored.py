"""An exchange kept in a file: whoever opens it next finds what was answered, and nothing else."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.embedded import Embedded, limit, order, orders, trigger
from tests.support.embedded_wire import NOW_MS, PRICES
from trader.core.wire import Answer
from trader.exchange.model import Model
from trader.exchange.truth import CoverWatch
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault, Plan
from trader.sim.feed import flat_feed
from trader.sim.hyperliquid.build import stored_app
from trader.sim.hyperliquid.identity import paper_identity
from trader.sim.hyperliquid.switches import Switches
from trader.sim.line import Line
from trader.sim.mount import Mount

ENTRY = order("buy", "101000", "0.001", limit("Ioc"))
STOP = order("sell", "85000", "0.001", trigger("95000"), reduce=True)


class Process:
    """One process that uses the file."""

    def __init__(self, path: Path, clock: ManualClock, **options: Any) -> None:
        feed = flat_feed(PRICES, start_ms=NOW_MS - 86_400_000, minutes=1)
        self.app = stored_app(path, feed, start_ms=NOW_MS, **options)
        self.app.declare(paper_identity("test"))
        self.line = Line(self.app)
        self.mount = Mount(self.line, clock)
        self._signer = Embedded()

    def act(self, action: dict[str, Any], *, nonce: int) -> Any:
        return self._said(self._signer.request(action, nonce=nonce))

    def read(self, kind: str, **fields: Any) -> Any:
        return self._said(self._signer.info_request(kind, user=self._signer.user, **fields))

    def _said(self, request: Any) -> Any:
        answer = self.mount.exchange([request], timeout_s=10)[0]
        assert isinstance(answer, Answer)
        return json.loads(answer.body)


def test_the_next_process_finds_orders_positions_nonces_and_agents(tmp_path: Path) -> None:
    clock = ManualClock(NOW_MS)
    first = Process(tmp_path / "exchange.db", clock)
    action = orders(ENTRY, STOP, grouping="normalTpsl")
    assert first.act(action, nonce=NOW_MS)["status"] == "ok"
    first.app.close()
    second = Process(tmp_path / "exchange.db", clock)
    assert len(second.read("frontendOpenOrders")) == 1
    assert second.read("clearinghouseState")["assetPositions"][0]["position"]["szi"] == "0.001"
    assert "duplicate nonce" in second.act({"type": "noop"}, nonce=NOW_MS)["response"]
    assert second.read("userRateLimit")["nRequestsUsed"] == 2
    second.app.close()


def test_two_processes_that_take_turns_see_each_other(tmp_path: Path) -> None:
    clock = ManualClock(NOW_MS)
    one, two = Process(tmp_path / "exchange.db", clock), Process(tmp_path / "exchange.db", clock)
    for turn, process in enumerate([one, two, one, two]):
        assert process.act(orders(order("buy", "90000", "0.001")), nonce=NOW_MS + turn)["status"] == "ok"
        clock.advance(1_000)
    assert [row["oid"] for row in one.read("openOrders")] == [4, 3, 2, 1]
    assert one.read("openOrders") == two.read("openOrders")
    one.app.close()
    two.app.close()


def test_an_account_is_funded_once(tmp_path: Path) -> None:
    clock = ManualClock(NOW_MS)
    Process(tmp_path / "exchange.db", clock, switches=Switches(equity=Decimal(500))).app.close()
    again = Process(tmp_path / "exchange.db", clock, switches=Switches(equity=Decimal(900)))
    assert again.read("clearinghouseState")["marginSummary"]["accountValue"] == "500.0"
    again.app.declare(paper_identity("other"), equity=Decimal(70))
    truth = again.app.venue.model.account(paper_identity("other").account_address)
    assert truth.total.account_value == 70
    again.app.close()


def test_a_watch_is_attached_to_whatever_is_loaded(tmp_path: Path) -> None:
    watches: list[CoverWatch] = []

    def watch(model: Model) -> None:
        watches.append(CoverWatch(model))

    clock = ManualClock(NOW_MS)
    process = Process(tmp_path / "exchange.db", clock, watch=watch)
    process.act(orders(ENTRY, STOP, grouping="normalTpsl"), nonce=NOW_MS)
    user = paper_identity("test").account_address
    assert watches[-1].covered(user, "BTC")
    process.act({"type": "cancel", "cancels": [{"a": 0, "o": 2}]}, nonce=NOW_MS + 1)
    assert not watches[-1].covered(user, "BTC")
    process.app.close()


def test_faults_work_on_a_stored_exchange_too(tmp_path: Path) -> None:
    process = Process(tmp_path / "exchange.db", ManualClock(NOW_MS))
    process.line.arm(Plan.of(Fault("V7b", what="openOrders"), Fault("V2", what="order", nth=2)))
    process.act(orders(order("buy", "90000", "0.001")), nonce=NOW_MS)
    assert process.read("openOrders") == []
    process.act(orders(order("buy", "91000", "0.001")), nonce=NOW_MS + 1)
    assert [row["oid"] for row in process.read("openOrders")] == [1]
    process.app.close()
    again = Process(tmp_path / "exchange.db", ManualClock(NOW_MS))
    assert again.read("orderStatus", oid=2) == {"status": "unknownOid"}
    again.app.close()
