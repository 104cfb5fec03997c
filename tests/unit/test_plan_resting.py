"""The plan around entries that wait: they go when a position opens, when nothing is wanted, when halted."""

from dataclasses import replace

import pytest

from tests.support.builders import SIGNAL_MS, a_quote, dec
from tests.support.resting_scenes import (
    ANCHOR,
    BOLLINGER,
    VIEW,
    a_grid,
    a_grid_policy,
    a_ladder,
    a_rung,
    a_snap,
    a_waiting,
    an_entry_want,
    held_leg,
    held_reading,
    rested,
    whole,
)
from trader.core.actions import Action, Cancel, Close, PlaceExit, Rest, SetLeverage
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.policy import Policy
from trader.core.snapshot import Leverage, Snapshot
from trader.core.target import Stay, Want, WantClose, WantEntry, WantHold
from trader.plan import diff

BOLL = whole(a_grid_policy(strategy_name="bollinger", strategy_number=BOLLINGER, both_legs=False))
ENTRY = rested(a_waiting(an_entry_want()), BOLL)


def planned(
    want: Want, snapshot: Snapshot, policy: Policy | None = None, halted: str | None = None
) -> tuple[Action, ...]:
    return diff({"BTC": want}, snapshot, policy or whole(), halted).actions


def kinds(actions: tuple[Action, ...]) -> list[type]:
    return [type(a) for a in actions]


def a_hold(stop: float, target: float) -> WantHold:
    return WantHold(stop, Role.STOP, "why", target, "why", "held")


@pytest.mark.parametrize(
    "want",
    [
        Stay("no band is broken"),
        WantEntry(Leg.LONG, 300.0, 98_000.0, 103_000.0, SIGNAL_MS, "beyond the level"),
        a_hold(98_000.0, 103_000.0),
        WantClose(Role.CLOSE_TIME, "why"),
        a_waiting(),
    ],
    ids=lambda want: type(want).__name__,
)
def test_an_entry_goes_whenever_something_else_is_wanted(want: Want) -> None:
    actions = planned(want, ENTRY, BOLL)
    assert [a.order_id for a in actions if isinstance(a, Cancel)] == [
        o.order_id for o in ENTRY.holdings.orders_of("BTC")
    ]
    assert not [a for a in actions if isinstance(a, Rest)]


def test_halted_nothing_of_ours_waits_in_any_coin() -> None:
    live = rested(a_grid(a_ladder(2)))
    for want in (a_grid(a_ladder(2)), Stay("bar late")):
        assert kinds(planned(want, live, halted="by the operator")) == [Cancel] * 4
    assert planned(Stay("bar late"), live) == ()


def test_cancels_come_before_what_takes_their_place() -> None:
    live = rested(a_grid(a_ladder(2)))
    moved = a_grid(a_ladder(2, ANCHOR + 100), ANCHOR + 100)
    assert kinds(planned(moved, live)) == [Cancel] * 4 + [Rest] * 4


def test_each_leg_is_kept_behind_its_own_levels() -> None:
    reading = held_reading(held_leg(Leg.LONG), held_leg(Leg.SHORT))
    want = a_grid([], long=a_hold(97_500.0, 101_500.0), short=a_hold(102_500.0, 98_500.0))
    exits = planned(want, a_snap(holdings=reading))
    assert [(type(a), a.leg, a.role) for a in exits if isinstance(a, PlaceExit)] == [
        (PlaceExit, Leg.LONG, Role.TARGET),
        (PlaceExit, Leg.SHORT, Role.TARGET),
    ]
    assert [a.trigger for a in exits if isinstance(a, PlaceExit)] == [dec(101_500), dec(98_500)]


def test_one_leg_leaves_and_the_other_stays() -> None:
    reading = held_reading(held_leg(Leg.LONG), held_leg(Leg.SHORT))
    want = a_grid(
        [a_rung(Leg.SHORT, 3)], long=WantClose(Role.TARGET, "target"), short=a_hold(102_500.0, 98_500.0)
    )
    actions = planned(want, a_snap(holdings=reading))
    (close,) = [a for a in actions if isinstance(a, Close)]
    assert (close.leg, close.size, close.role) == (Leg.LONG, dec("0.01"), Role.TARGET)
    assert kinds(actions).count(Rest) == 1


def test_leverage_is_set_only_while_the_coin_is_flat() -> None:
    other = {"BTC": replace(VIEW, leverage=Leverage(5, True))}
    want = a_grid([a_rung(Leg.LONG, 2)])
    assert kinds(planned(want, a_snap(markets=other))) == [SetLeverage, Rest]
    held = replace(a_snap(holdings=held_reading(held_leg())), markets=other)
    assert SetLeverage not in kinds(planned(want, held))
    resting = replace(rested(want), markets=other)
    assert kinds(planned(want, resting)) == [Cancel, SetLeverage, Rest], "it was let through for another one"


def test_what_a_grid_has_to_tell_is_told() -> None:
    want = a_grid([], notes=("no new rungs: the venue's next funding is not known",))
    assert diff({"BTC": want}, a_snap(), whole()).notes == (f"BTC: {want.notes[0]}",)


def test_an_exit_never_goes_with_a_recentre() -> None:
    """Whatever the ladder does, the stops and targets of what is held stay as they are."""
    legs = held_leg(Leg.LONG), held_leg(Leg.SHORT)
    live = rested(a_grid(a_ladder(3)), None, a_snap(holdings=held_reading(*legs)))
    moved = a_grid(
        a_ladder(3, ANCHOR + 25_000), ANCHOR + 25_000, long=a_hold(97_500.0, 101_500.0), short=None
    )
    view = {"BTC": replace(VIEW, quote=a_quote(102_500))}
    stops = {stop.order_id for _p, _f, stop in legs}
    gone = {a.order_id for a in planned(moved, replace(live, markets=view)) if isinstance(a, Cancel)}
    assert len(gone) == 6 and not gone & stops


def test_a_limit_that_was_lowered_takes_the_farthest_off() -> None:
    want = a_grid(a_ladder(3))
    live = rested(want)
    for naked, left in ((1_000_000, 6), (4_000, 4), (994, 0), (0, 0)):
        policy = whole(naked=naked)
        gone = {a.order_id for a in planned(want, live, policy) if isinstance(a, Cancel)}
        kept = [o for o in live.holdings.orders_of("BTC") if o.order_id not in gone]
        assert len(kept) == left
        assert sum((o.size * o.level for o in kept), dec(0)) <= naked
        assert all(abs(o.level - 100_000) <= 1_000 for o in kept) or left == 6


def test_what_the_plan_cancels_anyway_does_not_count_against_the_limit() -> None:
    live = rested(a_grid(a_ladder(3)))
    moved = a_grid(a_ladder(3, ANCHOR + 100), ANCHOR + 100)
    cancels = [a for a in planned(moved, live, whole(naked=1)) if isinstance(a, Cancel)]
    assert len(cancels) == 6 and {c.reason for c in cancels} == {"recentred"}
