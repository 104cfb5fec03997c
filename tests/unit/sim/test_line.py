"""The line and the mount: what reaches the exchange, when, and what the client is told."""

import json
from typing import Any

import pytest

from tests.support.clocks import ManualClock as OtherClock
from tests.support.embedded import BTC, URL, Embedded, limit, order, orders
from tests.support.embedded_wire import NOW_MS
from trader.core.wire import Answer, Lost, Request
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault
from trader.sim.mount import Mount

TIMEOUT_S = 10
BUY = order("buy", "101000", "0.001", limit("Ioc"))


def buy(exchange: Embedded) -> Answer | Lost:
    return exchange.send(exchange.request(orders(BUY)))


@pytest.mark.parametrize(
    ("kind", "reached", "applied"),
    [
        ("T1", False, False),
        ("T2", False, False),
        ("T3", False, False),
        ("T4", False, False),
        ("T5", False, False),
        ("T6", True, True),
        ("T7", True, False),
        ("T8", True, True),
        ("T9", True, True),
        ("T10", True, True),
        ("T11", True, False),
        ("T14", True, False),
        ("T15", False, False),
        ("T16", False, False),
        ("T17", False, False),
    ],
)
def test_a_lost_request_says_whether_it_was_seen(kind: str, reached: bool, applied: bool) -> None:
    exchange = Embedded()
    exchange.arm(Fault(kind))
    lost = buy(exchange)
    assert isinstance(lost, Lost)
    assert (lost.reached, exchange.position() != 0) == (reached, applied)
    assert lost.reason
    assert isinstance(buy(exchange), Answer)


def test_without_time_nothing_is_sent() -> None:
    exchange = Embedded()
    [lost] = Mount(exchange.line, ManualClock(NOW_MS)).exchange([exchange.request(orders(BUY))], timeout_s=0)
    assert lost == Lost(reached=False, reason="no time left to send it")
    assert exchange.position() == 0
    assert exchange.line.carried == 0


@pytest.mark.parametrize(
    ("kind", "params", "seconds"),
    [
        ("T1", {}, 0),
        ("T3", {}, TIMEOUT_S),
        ("T6", {}, 0),
        ("T8", {}, TIMEOUT_S),
        ("T10", {}, TIMEOUT_S),
        ("T11", {}, TIMEOUT_S),
        ("T15", {}, TIMEOUT_S),
        ("T16", {"seconds": 70}, 70),
        ("T17", {"seconds": 400}, 400),
    ],
)
def test_a_slow_loss_costs_time(kind: str, params: dict[str, Any], seconds: float) -> None:
    exchange = Embedded()
    exchange.arm(Fault(kind, params=params))
    buy(exchange)
    assert exchange.clock.elapsed_ms() == seconds * 1000


def test_a_request_delivered_twice_has_its_effect_twice_unless_it_is_signed() -> None:
    exchange = Embedded()
    exchange.arm(Fault("T12", times=0))
    answer = buy(exchange)
    assert isinstance(answer, Answer)
    assert b"filled" in answer.body
    assert str(exchange.position()) == "0.001"


def test_an_answer_may_be_the_one_to_the_request_before() -> None:
    exchange = Embedded()
    before = exchange.answered(exchange.info_request("allMids"))
    exchange.arm(Fault("T13"))
    assert exchange.answered(exchange.info_request("meta")) == before


def test_late_delivery_after_so_many_requests() -> None:
    exchange = Embedded()
    exchange.arm(Fault("T11", what="order", params={"n": 1}))
    buy(exchange)
    assert len(exchange.line.undelivered) == 1
    exchange.read("meta")
    assert exchange.position() == 0
    exchange.read("meta")
    assert exchange.position() != 0
    assert len(exchange.line.undelivered) == 0


def test_late_delivery_at_the_end_of_the_run() -> None:
    exchange = Embedded()
    seen = []
    exchange.line.on_late = lambda request, answer: seen.append(answer.status)
    exchange.arm(Fault("T11", params={"until": "run_end"}))
    buy(exchange)
    exchange.read("meta")
    assert exchange.position() == 0
    exchange.mount.end_run()
    assert exchange.position() != 0
    assert seen == [200]


def test_late_delivery_between_the_next_runs_read_and_its_write() -> None:
    exchange = Embedded()
    exchange.arm(Fault("T11", params={"until": "next_run_write"}))
    buy(exchange)
    assert exchange.act({"type": "noop"})["status"] == "ok"
    exchange.mount.end_run()
    for _ in range(4):
        assert exchange.read("clearinghouseState", user=exchange.user)["assetPositions"] == []
    assert exchange.position() == 0
    exchange.act({"type": "noop"})
    assert exchange.position() != 0


def test_late_delivery_some_requests_into_the_next_run() -> None:
    exchange = Embedded()
    exchange.arm(Fault("T11", params={"until": "next_run", "n": 2}))
    buy(exchange)
    for _ in range(5):
        exchange.read("meta")
    exchange.mount.end_run()
    for expected in (False, False, True):
        exchange.read("meta")
        assert (exchange.position() != 0) is expected


@pytest.mark.parametrize(("applied", "held"), [(False, "0"), (True, "0.001")])
def test_a_gateways_error_may_hide_an_order_that_was_placed(applied: bool, held: str) -> None:
    exchange = Embedded()
    exchange.arm(Fault("H9", is_write=True, params={"applied": applied}))
    answer = buy(exchange)
    assert isinstance(answer, Answer)
    assert answer.status == 502
    assert str(exchange.position()) == held


def test_a_spoiled_answer_is_to_a_request_that_was_performed() -> None:
    exchange = Embedded()
    exchange.arm(Fault("H14", is_write=True, params={"variant": "cut"}))
    assert isinstance(buy(exchange), Answer)
    assert exchange.position() != 0


def test_each_request_of_a_round_has_an_instant_of_its_own() -> None:
    exchange = Embedded(latency_ms=90)
    status = exchange.info_request("exchangeStatus")
    answers = exchange.mount.exchange([status] * 2, timeout_s=TIMEOUT_S)
    times = [json.loads(answer.body)["time"] for answer in answers if isinstance(answer, Answer)]
    assert times == [NOW_MS + 30, NOW_MS + 60]
    assert exchange.clock.now_ms() == NOW_MS + 90


def test_a_round_may_be_evaluated_in_another_order_and_still_answers_as_asked() -> None:
    exchange = Embedded(latency_ms=90)
    exchange.mount.order = lambda count: range(count - 1, -1, -1)
    write, read = exchange.request(orders(BUY)), exchange.info_request("exchangeStatus")
    first, second = exchange.mount.exchange([write, read], timeout_s=TIMEOUT_S)
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert b"filled" in first.body
    assert json.loads(second.body)["time"] == NOW_MS + 30


def test_hooks_act_at_each_boundary_and_may_end_the_run() -> None:
    exchange = Embedded()
    log: list[str] = []

    class Killed(RuntimeError):
        pass

    def before(number: int, request: Request) -> None:
        log.append(f"before {number}")

    def after(number: int, request: Request, answer: Answer | Lost) -> None:
        log.append(f"after {number}")
        if number == 2:
            raise Killed

    exchange.mount.before_request, exchange.mount.after_request = before, after
    round_of_three = [exchange.request(orders(BUY)) for _ in range(3)]
    with pytest.raises(Killed):
        exchange.mount.exchange(round_of_three, timeout_s=TIMEOUT_S)
    assert log == ["before 1", "after 1", "before 2", "after 2"]
    assert str(exchange.position()) == "0.002"


def test_a_hook_that_lets_time_pass_moves_the_venue_too() -> None:
    exchange = Embedded(latency_ms=10)
    exchange.mount.before_request = lambda number, request: exchange.clock.advance(600_000)
    assert exchange.read("exchangeStatus")["time"] == NOW_MS + 600_000
    assert exchange.clock.now_ms() == NOW_MS + 600_000


def test_a_clock_of_another_kind_is_never_moved() -> None:
    exchange = Embedded()
    clock = OtherClock(wall_ms=NOW_MS)
    mount = Mount(exchange.line, clock, latency_ms=50)
    mount.exchange([exchange.info_request("meta")], timeout_s=TIMEOUT_S)
    assert (clock.wall_ms, clock.slept_s) == (NOW_MS, 0.0)


def test_describing_a_request_reads_its_type_and_coins() -> None:
    exchange = Embedded()
    app = exchange.line.app
    wires = [order("buy", "1", "1"), order("buy", "1", "1", asset=2)]
    assert app.describe(exchange.request(orders(*wires))).coins == ("BTC", "SOL")
    cancel = app.describe(exchange.request({"type": "cancel", "cancels": [{"a": BTC, "o": 1}]}))
    assert (cancel.what, cancel.is_write, cancel.coins) == ("cancel", True, ("BTC",))
    modify = {"type": "batchModify", "modifies": [{"oid": 1, "order": wires[1]}]}
    assert app.describe(exchange.request(modify)).coins == ("SOL",)
    candles = exchange.info_request("candleSnapshot", req={"coin": "ETH"})
    assert app.describe(candles).coins == ("ETH",)
    for body in (b"", b"[]"):
        assert app.describe(Request(URL + "/exchange", body)).is_write
