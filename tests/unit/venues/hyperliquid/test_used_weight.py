"""What a minute of requests weighs, by the venue's list."""

import json

import pytest

from tests.support.clocks import ManualClock
from tests.support.hyperliquid_answers import Scripted, a_fill, a_movement, a_payment, good, some_candles
from trader.core.access import Budget
from trader.core.wire import Answer, Lost, Request
from trader.venues.hyperliquid.used_weight import Weighed, weight_of

URL = "https://api.hyperliquid.xyz/info"
WRITE = Request("https://api.hyperliquid.xyz/exchange", b'{"action":{"type":"order"}}', is_write=True)


def asked(kind: str) -> Request:
    return Request(URL, json.dumps({"type": kind}).encode())


FILLS = [a_fill(i) for i in range(45)]


@pytest.mark.parametrize(
    ("kind", "answer", "weight"),
    [
        ("clearinghouseState", good({}), 2),
        ("orderStatus", good({}), 2),
        ("exchangeStatus", good({}), 2),
        ("userRole", good({}), 60),
        ("portfolio", good([]), 20),
        ("frontendOpenOrders", good(FILLS), 20),
        ("userFillsByTime", good(FILLS[:19]), 20),
        ("userFillsByTime", good(FILLS[:20]), 21),
        ("userFillsByTime", good(FILLS), 22),
        ("userFunding", good([a_payment(1) for _ in range(40)]), 22),
        ("userNonFundingLedgerUpdates", good([a_movement("deposit") for _ in range(20)]), 21),
        ("historicalOrders", good([{"statusTimestamp": 1}] * 60), 23),
        ("candleSnapshot", good(some_candles(300)), 25),
        ("userFillsByTime", Answer(429, b"null"), 20),
        ("userFillsByTime", Lost(True, "slow"), 20),
        ("userFillsByTime", Lost(False, "refused"), 0),
    ],
)
def test_what_a_read_weighs(kind: str, answer: Answer | Lost, weight: int) -> None:
    assert weight_of(asked(kind), answer) == weight


def test_what_a_write_weighs() -> None:
    assert weight_of(WRITE, good({})) == weight_of(WRITE, Lost(True, "slow")) == 1
    assert weight_of(WRITE, Lost(False, "refused")) == 0


def test_a_minute_slides() -> None:
    clock, wire = ManualClock(wall_ms=0), Scripted()
    weighed = Weighed(wire, clock)
    assert weighed.budget() == Budget("weight of this address", 0, 1200, per_s=60)
    weighed.exchange([asked("portfolio"), asked("clearinghouseState")], timeout_s=1.0)
    clock.sleep(30)
    weighed.exchange([asked("portfolio")], timeout_s=1.0)
    assert weighed.budget().used == 42
    clock.sleep(29.999)
    assert weighed.budget().used == 42
    clock.sleep(0.001)
    assert weighed.budget().used == 20
    clock.sleep(60)
    assert weighed.budget().used == 0


def test_requests_go_through_unchanged_and_so_do_their_answers() -> None:
    wire = Scripted()
    answers = Weighed(wire, ManualClock(wall_ms=0)).exchange([asked("portfolio")], timeout_s=3.0)
    assert wire.rounds == [[asked("portfolio")]]
    assert wire.timeouts_s == [3.0]
    assert answers == [good(wire.answers["portfolio"])]


def test_accounts_on_one_address_have_a_part_each_and_after_a_refusal_nothing() -> None:
    wire = Scripted()
    weighed = Weighed(wire, ManualClock(wall_ms=0), accounts=3)
    weighed.exchange([asked("portfolio")], timeout_s=1.0)
    assert weighed.budget() == Budget("weight of this address", 20, 400, per_s=60)
    wire.answers["portfolio"] = Answer(429, b"null")
    weighed.exchange([asked("portfolio")], timeout_s=1.0)
    assert weighed.budget() == Budget("weight of this address", 400, 400, per_s=60)
    assert weighed.total == 40
