"""Rounds of requests: the venue's time in every signature, its limits kept, writes sent once."""

import pytest

from tests.support.clocks import ManualClock
from tests.support.okx_answers import NOW_MS, Scripted, cells, header_of, kind_of, refused, taken
from tests.support.scripted_answers import Given
from tests.unit.venues.okx.test_signing import a_wire
from trader.core.wire import Answer, Lost
from trader.venues.okx import asking
from trader.venues.okx.asking import EXITS
from trader.venues.okx.envelope import code_of
from trader.venues.okx.signing import timestamp
from trader.venues.okx.wire import LIMITS, Post

LATE = refused("50102", status=401, msg="Timestamp request expired")
GOOD = Answer(200, b'{"code":"0","msg":"","data":[]}')


def test_the_first_private_round_asks_the_time_along_and_later_ones_do_not() -> None:
    scripted = Scripted()
    wire = a_wire(scripted, ManualClock(wall_ms=NOW_MS))
    assert len(wire.ask([asking.positions()])) == 1
    wire.ask([asking.positions()])
    assert scripted.kinds == [["account/positions", "public/time"], ["account/positions"]]


@pytest.mark.parametrize("off_ms", [-3_600_000, -31_000, 31_000, 3_600_000])
def test_what_was_refused_for_its_time_is_signed_anew_with_the_venues(off_ms: int) -> None:
    scripted, clock = Scripted(), ManualClock(wall_ms=NOW_MS + off_ms)
    scripted.series["account/positions"] = [LATE]
    answers = a_wire(scripted, clock).ask([asking.positions(), asking.instruments()])
    assert [code_of(answer) for answer in answers] == ["0", "0"]
    assert scripted.kinds[1:] == [["account/positions"]]
    stamps = [header_of(asked[0], "OK-ACCESS-TIMESTAMP") for asked in scripted.rounds]
    assert stamps == [timestamp(NOW_MS + off_ms), timestamp(NOW_MS)]


def test_a_venue_that_goes_on_refusing_the_time_is_asked_twice_and_no_more() -> None:
    scripted = Scripted()
    scripted.answers["account/positions"] = LATE
    answers = a_wire(scripted, ManualClock(wall_ms=NOW_MS)).ask([asking.positions()])
    assert [code_of(answer) for answer in answers] == ["50102"]
    assert len(scripted.rounds) == 2


def test_a_time_that_slipped_later_is_asked_for_again() -> None:
    scripted = Scripted()
    wire = a_wire(scripted, ManualClock(wall_ms=NOW_MS))
    wire.ask([asking.positions()])
    scripted.series["account/positions"] = [LATE]
    scripted.answers["public/time"] = cells(f"ts={NOW_MS + 60_000}")
    wire.ask([asking.positions()])
    assert scripted.kinds[1:] == [["account/positions"], ["public/time"], ["account/positions"]]
    assert header_of(scripted.requests[-1], "OK-ACCESS-TIMESTAMP") == timestamp(NOW_MS + 60_000)


@pytest.mark.parametrize(
    "clock", [Lost(True, "gone"), refused("50011"), cells("ts=12"), [], Answer(200, b"<")]
)
def test_a_time_that_cannot_be_read_is_not_made_up(clock: Given) -> None:
    scripted = Scripted()
    scripted.answers |= {"public/time": clock, "account/positions": LATE}
    wire = a_wire(scripted, ManualClock(wall_ms=NOW_MS))
    assert [code_of(answer) for answer in wire.ask([asking.positions()])] == ["50102"]
    assert wire.time.seen_ms is None


def test_no_endpoint_is_asked_more_often_than_the_venue_allows() -> None:
    scripted, clock = Scripted(), ManualClock(wall_ms=NOW_MS)
    wire = a_wire(scripted, clock)
    ids = [f"{i:032x}" for i in range(45)]
    answers = wire.ask([asking.positions(), *(asking.algo(one) for one in ids), asking.balance()])
    assert len(answers) == 47
    assert [asked.count("trade/order-algo") for asked in scripted.kinds] == [20, 20, 5]
    assert clock.slept_s == 4.0
    assert {kind: n for kind, n in LIMITS.items() if n < 5} == {}


def test_answers_come_in_the_order_asked_however_they_were_sent() -> None:
    scripted = Scripted()
    scripted.series["trade/order-algo"] = [refused(f"5{i:04}") for i in range(25)]
    wire = a_wire(scripted, ManualClock(wall_ms=NOW_MS))
    asked = [asking.algo(f"{i:032x}") for i in range(25)]
    answers = wire.ask([*asked[:22], asking.open_algos(EXITS), *asked[22:]])
    codes = [code_of(answer) for answer in answers]
    assert codes[22] == "0"
    assert [*codes[:22], *codes[23:]] == [f"5{i:04}" for i in range(25)]


def test_an_expiry_goes_along_outside_the_signature() -> None:
    scripted = Scripted()
    scripted.answers["trade/order"] = taken()
    wire = a_wire(scripted, ManualClock(wall_ms=NOW_MS))
    wire.post([Post("/api/v5/trade/order", b"{}", 77), Post("/api/v5/trade/order", b"{}")])
    first, second = scripted.rounds[0]
    assert [header_of(first, "expTime"), header_of(second, "expTime")] == ["77", None]
    assert header_of(first, "OK-ACCESS-SIGN") == header_of(second, "OK-ACCESS-SIGN")
    assert {header_of(one, "Content-Type") for one in (first, second)} == {"application/json"}
    assert [one.is_write for one in (first, second)] == [True, True]
    assert kind_of(first) == "trade/order"


def test_nothing_is_sent_when_there_is_nothing_to_send() -> None:
    scripted = Scripted()
    assert a_wire(scripted, ManualClock()).post([]) == []
    assert scripted.rounds == []


def test_rounds_one_after_another_ask_no_endpoint_more_often_than_the_venue_allows() -> None:
    clock = ManualClock(wall_ms=NOW_MS)
    wire = a_wire(Scripted(), clock)
    for _ in range(LIMITS["account/positions"]):
        wire.ask([asking.positions()])
        clock.run_ms(100)
    assert clock.slept_s == 0
    wire.ask([asking.positions(), asking.balance()])
    assert clock.slept_s == 1
    wire.ask([asking.balance()])
    assert clock.slept_s == 1
    wire.ask([asking.positions()])
    assert clock.slept_s == pytest.approx(1.1)


@pytest.mark.parametrize(("accounts", "sent"), [(1, [5, 5]), (2, [2, 2, 2, 2, 2]), (20, [1] * 10)])
def test_what_is_planned_takes_half_of_a_window_and_of_a_shared_one_its_part(
    accounts: int, sent: list[int]
) -> None:
    """Ten may be asked in two seconds; nobody else's turn is taken by the wait for the next window."""
    scripted, clock = Scripted(), ManualClock(wall_ms=NOW_MS)
    wire = a_wire(scripted, clock, accounts=accounts)
    wire.ask([asking.tiers("BTC", cross=True)] * 10, is_planned=True)
    assert [len(asked) for asked in scripted.rounds] == sent
    assert clock.elapsed_ms() >= (len(sent) - 1) * 2_000


def test_protection_may_take_all_of_a_window_and_a_limit_of_the_account_is_its_own() -> None:
    scripted, clock = Scripted(), ManualClock(wall_ms=NOW_MS)
    wire = a_wire(scripted, clock, accounts=4)
    wire.ask([asking.tiers("BTC", cross=True)] * 10)
    assert [len(asked) for asked in scripted.rounds] == [10]
    wire.ask([asking.leverage("BTC", cross=True)] * 10, is_planned=True)
    assert [len(asked) for asked in scripted.rounds[1:]] == [11], "with the clock"


@pytest.mark.parametrize("code", ["50011", "50013", "50061"])
def test_once_the_venue_said_too_often_nothing_is_taken_to_be_left(code: str) -> None:
    scripted = Scripted()
    wire = a_wire(scripted, ManualClock(wall_ms=NOW_MS))
    assert wire.budgets() == ()
    scripted.series["public/instruments"] = [refused(code)]
    wire.ask([asking.instruments()])
    assert [budget.left for budget in wire.budgets()] == [0]
    assert wire.is_pressed
