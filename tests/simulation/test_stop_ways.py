"""What a tick sends, in which order, where stops go first, follow a fill, bridge or move in place."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.judged import Judged
from tests.support.kill_cases import picture
from tests.support.scenes import code, entries_filled, stops
from tests.support.way_cases import CASES, WAYS, entered, leg_of, way_stage, with_both_legs
from trader.closing import Wish, flatten, protect
from trader.core.actions import Action, AmendStop, Cancel, Close, Enter, PlaceExit, SetLeverage
from trader.core.errors import ConfigError
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Accepted
from trader.core.report import Exit, Protected, worst
from trader.exchange.orders import Liquidity
from trader.exchange.status import Trigger
from trader.rehearsal import Stage
from trader.run import Ran

STOPS_FIRST = [way for way in WAYS if way.startswith("stop first")]
ATTACHED = [way for way in WAYS if way.startswith("attached")]


def sent(ran: Ran | None) -> list[tuple[type[Action], Role | None, bool]]:
    """What was sent: the kind, its role, and whether it has a size of its own."""
    assert ran is not None
    done = [d for d in ran.done if not isinstance(d.action, SetLeverage)]
    assert all(isinstance(d.outcome, Accepted) for d in done), done
    return [
        (type(d.action), getattr(d.action, "role", None), getattr(d.action, "size", None) is not None)
        for d in done
    ]


def exits(made: Stage, kind: Trigger, leg: str | None) -> list[Decimal]:
    """The sizes of live exits of one kind; 0 is bound to the position."""
    orders = made.model.open_orders(made.user, "BTC")
    return [o.sz for o in orders if o.trigger is not None and o.trigger.kind is kind and o.leg == leg]


def quiet(made: Stage) -> bool:
    made.pass_time(61)
    ran = made.host.run()
    return code(ran) is Exit.OK and sent(ran) == []


STOP, SIZED_STOP = (PlaceExit, Role.STOP, False), (PlaceExit, Role.STOP, True)
TRAIL, SIZED_TRAIL = (PlaceExit, Role.TRAIL, False), (PlaceExit, Role.TRAIL, True)
ENTRY, CANCEL = (Enter, None, True), (Cancel, None, False)


@pytest.mark.parametrize("way", WAYS)
def test_an_entry_ends_behind_one_stop_that_stands_and_a_target(way: str) -> None:
    made = way_stage(way)
    ran = made.host.run()
    assert code(ran) is Exit.OK
    target = (PlaceExit, Role.TARGET, way in ATTACHED)
    first = [SIZED_STOP] if way in STOPS_FIRST else []
    assert sent(ran) == [*first, ENTRY, STOP, target, CANCEL]
    size = made.size("BTC", leg_of(way))
    assert exits(made, Trigger.STOP, leg_of(way)) == [0]
    assert exits(made, Trigger.TAKE, leg_of(way)) == [size if way in ATTACHED else 0]
    assert made.watch.total_ms() == 0
    assert quiet(made)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("tick", "amends"), [("stop moves", False), ("stop moves again", True)], ids=["first", "again"]
)
def test_a_stop_is_bridged_or_moved_in_place(way: str, tick: str, amends: bool) -> None:
    made = CASES[f"{way}: {tick}"][1].begin()
    ran = made.host.run()
    assert code(ran) is Exit.OK
    bridge = [SIZED_TRAIL, CANCEL, TRAIL, CANCEL]
    assert sent(ran) == ([(AmendStop, None, False)] if amends and way in ATTACHED else bridge)
    assert exits(made, Trigger.STOP, leg_of(way)) == [0]
    assert made.watch.total_ms() == 0
    assert quiet(made)


@pytest.mark.parametrize("way", STOPS_FIRST)
def test_the_stop_is_live_and_read_back_before_the_entry_is_sent(way: str) -> None:
    made = way_stage(way)
    seen: list[list[Decimal]] = []

    def look(_number: int, request: object) -> None:
        if "/fapi/v1/order" in str(getattr(request, "url", "")) and getattr(request, "is_write", False):
            seen.append(exits(made, Trigger.STOP, leg_of(way)))

    made.host.mount.before_request = look
    made.host.run()
    assert len(seen) == 1
    assert seen[0] == [made.size("BTC", leg_of(way))]


@pytest.mark.parametrize("way", STOPS_FIRST)
def test_a_signal_whose_stop_stands_already_belongs_to_another_host(way: str) -> None:
    made = way_stage(way)
    other = made.another_host()
    other.kill_at(next_entry(way))
    assert other.run() is None
    assert exits(made, Trigger.STOP, leg_of(way)) != []
    ran = made.host.run()
    assert ran is not None and ran.verdict is not None
    assert made.size("BTC", leg_of(way)) == 0
    assert [r.rule for r in ran.verdict.refused] == ["stop_first"]
    assert "another host" in ran.verdict.refused[0].reason


@pytest.mark.parametrize("way", STOPS_FIRST)
def test_a_host_that_was_quicker_and_set_its_claim_free_is_seen_before_the_entry(way: str) -> None:
    made = way_stage(way)
    other = made.another_host()
    claims = next_claim(way)

    def overtake(number: int, _request: object) -> None:
        if number == claims:
            assert code(other.run()) is Exit.OK

    made.host.mount.before_request = overtake
    ran = made.host.run()
    assert ran is not None and ran.verdict is not None
    assert entries_filled(made, "BTC") == 1
    assert worst(ran.codes) is Exit.OTHER_HOST
    assert [r.rule for r in ran.verdict.refused] == ["once"]
    assert "another host" in ran.verdict.refused[0].reason
    assert made.is_covered("BTC")


def next_claim(way: str) -> int:
    """The number of the first request that writes, which is the stop that claims the signal."""
    made = way_stage(way)
    found: list[int] = []

    def look(number: int, request: object) -> None:
        if getattr(request, "is_write", False):
            found.append(number)

    made.host.mount.before_request = look
    made.host.run()
    return found[0]


def next_entry(way: str) -> int:
    """The number of the request that sends the entry, in a tick that nobody disturbs."""
    made = way_stage(way)
    found: list[int] = []

    def look(number: int, request: object) -> None:
        if "/fapi/v1/order" in str(getattr(request, "url", "")) and getattr(request, "is_write", False):
            found.append(number)

    made.host.mount.before_request = look
    made.host.run()
    return found[0]


@pytest.mark.parametrize("way", STOPS_FIRST)
def test_the_stop_of_an_entry_that_nothing_met_is_swept(way: str) -> None:
    made = way_stage(way, overrides=("entries.slippage_max=0.000001",))
    ran = made.host.run()
    assert ran is not None
    assert made.size("BTC", leg_of(way)) == 0
    assert [type(d.action) for d in ran.done] == [PlaceExit, SetLeverage, Enter, Cancel]
    assert code(ran) is Exit.OK
    assert picture(made) == {}


@pytest.mark.parametrize("way", WAYS)
def test_an_entry_that_fills_in_part_is_covered_for_what_filled(way: str) -> None:
    """A stop that is too large, or that never armed, is replaced in the same run."""
    made = way_stage(way)
    market = made.model.market("BTC")
    assert market is not None
    lot = market.size_step
    made.model.set_liquidity("BTC", Liquidity(size=lot, levels=1))
    ran = made.host.run()
    made.model.set_liquidity("BTC", Liquidity())
    assert ran is not None
    assert made.size("BTC", leg_of(way)) == lot
    assert code(ran) is Exit.OK
    assert exits(made, Trigger.STOP, leg_of(way)) == [0]
    assert made.is_covered("BTC")
    assert quiet(made)


@pytest.mark.parametrize("way", WAYS)
def test_a_check_completes_what_a_killed_tick_left(way: str) -> None:
    """It knows every stop; the target is the strategy's, and the next tick places it."""
    number, made = 1, way_stage(way)
    while True:
        made = way_stage(way)
        made.host.kill_at(number)
        assert made.host.run() is None, "the tick ended before it had entered"
        if made.size("BTC", leg_of(way)) > 0:
            break
        number += 1
    made.pass_time(30)
    ran = made.host.check()
    assert code(ran) is Exit.OK
    assert sent(ran) == [STOP, CANCEL]
    assert exits(made, Trigger.STOP, leg_of(way)) == [0]
    made.pass_time(30)
    assert [kind for kind, *_ in sent(made.host.run())] == [PlaceExit]
    assert len(exits(made, Trigger.TAKE, leg_of(way))) == 1
    assert made.watch.total_ms() == 0


TWO_SIDED = [way for way in WAYS if WAYS[way][1]]


@pytest.mark.parametrize("way", TWO_SIDED)
def test_each_leg_is_guarded_on_its_own(way: str) -> None:
    made = with_both_legs(way)
    judged = Judged(made)
    judged.begin()
    ran = made.host.check()
    assert ran is not None
    assert code(ran) is Exit.OK
    assert judged.judge(0, ran, command="check-sl") == []
    assert [d.action.leg.value for d in ran.done if isinstance(d.action, PlaceExit)] == ["short"]
    assert ran.verified is not None
    told = [(p.leg, p.size > 0) for p in ran.verified.proofs if isinstance(p, Protected)]
    assert [(leg and leg.value, is_long) for leg, is_long in told] == [("long", True), ("short", False)]


@pytest.mark.parametrize("way", TWO_SIDED)
def test_a_strategy_of_one_position_does_not_choose_between_two_legs(way: str) -> None:
    made = with_both_legs(way)
    ran = made.host.run()
    assert ran is not None and ran.verdict is not None
    assert "both legs are ours" in str(ran.verdict.wants["BTC"])
    assert made.size("BTC", "long") == -made.size("BTC", "short") != 0
    assert made.is_covered("BTC")


@pytest.mark.parametrize("way", TWO_SIDED)
def test_a_flatten_closes_each_leg(way: str) -> None:
    made = with_both_legs(way)
    ran = flatten(made.host.env(), made.policy(), ())
    made.settle()
    assert code(ran) is Exit.OK, ran.problems
    assert made.model.positions(made.user) == ()
    assert sorted(d.action.leg.value for d in ran.done if isinstance(d.action, Close)) == ["long", "short"]


@pytest.mark.parametrize("way", TWO_SIDED)
def test_a_stop_by_hand_asks_for_the_leg(way: str) -> None:
    made = with_both_legs(way)
    wish = Wish("BTC", None, Decimal("0.03"), loosen=False)
    with pytest.raises(ConfigError, match="both legs are open"):
        protect(made.host.env(), made.policy(), wish, lambda _: True)
    ran = protect(made.host.env(), made.policy(), replace(wish, leg=Leg.SHORT), lambda _: True)
    assert code(ran) is Exit.OK, ran.problems
    assert exits(made, Trigger.STOP, "short") == [0]
    assert exits(made, Trigger.STOP, "long") == [0]


@pytest.mark.parametrize("way", WAYS)
def test_a_stop_is_loosened_by_hand_over_a_bridge(way: str) -> None:
    made = entered(way)
    wish = Wish("BTC", None, Decimal("0.08"), loosen=True, leg=Leg.LONG)
    ran = protect(made.host.env(), made.policy(), wish, lambda _: True)
    assert code(ran) is Exit.OK, ran.problems
    level = made.model.quote("BTC").mark * Decimal("0.92")
    assert [abs(at - level) < 100 for at in stops(made, "BTC", leg_of(way))] == [True]
    assert exits(made, Trigger.STOP, leg_of(way)) == [0]
    assert made.watch.total_ms() == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_stop_that_liquidation_overtakes_is_tightened_over_a_bridge(way: str) -> None:
    """No repair takes the refusal of a second bound stop for a stop that is dead."""
    made = entered(way, ("sizing.leverage=20",))
    assert made.model.withdraw(made.user, made.model.account(made.user).withdrawable) is None
    market = made.model.market("BTC")
    assert market is not None
    steep = tuple(replace(tier, maintenance=Decimal("0.055")) for tier in market.tiers)
    made.model.set_market(replace(market, tiers=steep))
    made.pass_time(10)
    before = stops(made, "BTC", leg_of(way))
    ran = made.host.check()
    assert code(ran) is Exit.OK, ran
    assert stops(made, "BTC", leg_of(way)) > before
    assert exits(made, Trigger.STOP, leg_of(way)) == [0]
