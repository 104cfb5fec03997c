"""Where a proof gives up looking: a second reading fails, an entry may still come, dressing never ends."""

import re
from decimal import Decimal

import pytest

from tests.support.scenes import cancel_stops, code, stage_with_position, stops
from tests.support.starts import STARTS
from tests.support.way_cases import leg_of, way_stage
from trader import verify
from trader.core.actions import Cancel, Enter, PlaceExit
from trader.core.identity import Identity, Role, encode
from trader.core.market import Leg
from trader.core.orders import Unknown
from trader.core.report import Exit
from trader.core.wire import Request
from trader.exchange.orders import OrderSpec, TriggerSpec
from trader.exchange.status import Trigger
from trader.rehearsal import Stage
from trader.sim.faults import Fault

RECORDS = ("GET order", "GET allOrders")


@pytest.mark.parametrize("what", ["frontendOpenOrders", "clearinghouseState"])
def test_an_orphan_stays_when_the_second_look_fails(what: str) -> None:
    made = STARTS["orphan"]()
    made.faults(Fault("H4", what=what, nth=2, times=0))
    ran = made.host.run()
    assert ran is not None
    assert [d for d in ran.done if isinstance(d.action, Cancel)] == []
    assert len(stops(made, "BTC")) == 1
    made.faults()
    made.pass_time(60)
    made.host.run()
    assert stops(made, "BTC") == []


@pytest.mark.parametrize("way", ["stop first", "stop first, two sides"])
def test_a_stop_stays_while_its_entry_may_still_come(way: str) -> None:
    """The entry got no answer and no record can be read. It was dead all along: the next run clears up."""
    made = way_stage(way)
    _lose_the_entry(made)
    ran = made.host.run()
    assert ran is not None and Exit.UNKNOWN in ran.codes
    assert [d.action.coin for d in ran.done if isinstance(d.action, Enter) and isinstance(d.outcome, Unknown)]
    assert len(stops(made, "BTC", leg_of(way))) == 1
    made.faults()
    made.pass_time(1_800)
    assert code(made.host.run()) is Exit.OK
    assert stops(made, "BTC", leg_of(way)) == []
    assert made.size("BTC", leg_of(way)) == 0


@pytest.mark.parametrize("way", ["stop first", "stop first, two sides"])
def test_a_stop_stays_while_the_fills_of_its_entry_are_not_shown(way: str) -> None:
    """The entry was called filled; every read since tells of the time before it, so nothing seems held."""
    made = way_stage(way)

    def lie(_number: int, request: Request) -> None:
        if made.line.app.describe(request).what == "POST order":
            made.faults(Fault("V7b", is_write=False, times=0))

    made.host.mount.before_request = lie
    ran = made.host.run()
    assert ran is not None
    assert made.size("BTC", leg_of(way)) != 0
    assert [d for d in ran.done if isinstance(d.action, Cancel)] == []
    assert len(stops(made, "BTC", leg_of(way))) == 1
    assert code(ran) is Exit.UNREADABLE
    made.host.mount.before_request = None
    made.faults()
    made.pass_time(60)
    assert code(made.host.run()) is Exit.OK
    assert len(stops(made, "BTC", leg_of(way))) == 1


def _lose_the_entry(made: Stage) -> None:
    """Its first order does not arrive, and nobody tells of any."""

    def lose(_number: int, request: Request) -> None:
        if made.line.app.describe(request).what == "POST order":
            made.faults(Fault("T7", is_write=True), *(Fault("H4", what=what, times=0) for what in RECORDS))
            made.host.mount.before_request = None

    made.host.mount.before_request = lose


def test_exits_that_never_come_to_rest_end_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look asks for another one: the run goes on to its proof all the same."""
    made = STARTS["position"]()
    looks: list[int] = []

    def restless(*_more: object) -> tuple[list[object], bool]:
        looks.append(1)
        return [], True

    monkeypatch.setattr(verify, "put_on", restless)
    ran = made.host.run()
    assert code(ran) is Exit.OK
    assert len(looks) == 2 * (1 + verify.PASSES_MAX), "before the decision, and after it"
    assert made.is_covered("BTC")


@pytest.mark.parametrize("command", ["run", "check"])
def test_stops_that_go_while_an_orphan_is_looked_at_twice_are_missed(command: str) -> None:
    """Both looks are whole readings: what the second one shows of the other coin counts, and is mended."""
    made, looks = stage_with_position(), list[int]()
    old = Identity(made.tag, "ETH", 1, Leg.LONG, Role.STOP, 29_000_000, 29_000_000)
    falls = TriggerSpec(Decimal(1_000), Trigger.STOP, True)
    lonely = OrderSpec("ETH", False, Decimal(900), Decimal("0.1"), None, True, falls, "0x" + encode(old))
    assert made.model.place(made.user, [lonely])[0].reason is None

    def take(_number: int, request: Request) -> None:
        if made.line.app.describe(request).what == "frontendOpenOrders":
            looks.append(1)
            if len(looks) == 2:
                for coin in ("BTC", "ETH"):
                    cancel_stops(made, coin)

    made.host.mount.before_request = take
    ran = made.host.run() if command == "run" else made.host.check()
    assert ran is not None
    assert [d.action.coin for d in ran.done if isinstance(d.action, PlaceExit)] == ["BTC"]
    assert made.is_covered("BTC")
    assert code(ran) is Exit.OK


def test_an_entry_waits_when_its_observation_has_grown_old_behind_its_stop() -> None:
    """The machine slept while the stop was read back, no longer than a run may take."""
    made = way_stage("stop first", overrides=("limits.data_age_max_s=20",))
    wrote, slept = list[int](), list[int]()

    def sleep(number: int, request: Request) -> None:
        if request.is_write:
            wrote.append(number)
        elif wrote and not slept:
            slept.append(number)
            made.clock.advance(20_000)

    made.host.mount.before_request = sleep
    ran = made.host.run()
    assert ran is not None and ran.verdict is not None
    assert [r.rule for r in ran.verdict.refused] == ["last_look"]
    assert re.search(r"the observation is 2\d\.\d s old", ran.verdict.refused[0].reason)
    assert (made.size("BTC"), stops(made, "BTC")) == (Decimal(0), [])
    assert code(ran) is Exit.OK
