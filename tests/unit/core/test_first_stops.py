"""A stop that is live before an entry that rests covers it; where it may not go first the entry is naked."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import SIGNAL_MS, TAG, a_fill, a_policy, a_position, an_id, dec, holdings
from tests.support.resting_gate import BOLL
from tests.support.resting_scenes import (
    BOLLINGER,
    TWO_SIDED,
    a_snap,
    a_waiting,
    after,
    an_entry_want,
    as_order,
    diffed,
    whole,
)
from trader.core.actions import Rest
from trader.core.first_stops import waits_for_entry
from trader.core.identity import Identity, Role, decode
from trader.core.market import Leg
from trader.core.orders import Absent, Kind, Order
from trader.core.report import Verdict
from trader.core.snapshot import Snapshot
from trader.core.target import RestingWant
from trader.examine import superseded
from trader.gate import Decided, gate
from trader.ids import entry_id
from trader.resting import Resting
from trader.resting_orders import beyond_limit
from trader.sinks.plan_text import diff_lines

ONE_WAY = replace(TWO_SIDED, two_sided=False)
LOOKED_UP = {
    entry_id(account=TAG, coin="BTC", strategy=BOLLINGER, leg=leg, signal_ms=SIGNAL_MS): Absent()
    for leg in Leg
}
NONE = whole(BOLL, naked=0)


def a_limit(leg: Leg = Leg.LONG, **changes: Any) -> RestingWant:
    price = 100_000.0 - leg.sign * 1_000
    limit = replace(an_entry_want(leg, price), is_stop_entry=False, stop=price * (1 - leg.sign * 0.02))
    return replace(limit, **changes)


def a_start(**changes: Any) -> Snapshot:
    return a_snap(**{"abilities": ONE_WAY, "lookups": LOOKED_UP, **changes})


def told(want: RestingWant, snapshot: Snapshot) -> Resting:
    return diffed(a_waiting(want), snapshot, NONE)


def placed(leg: Leg = Leg.LONG) -> Rest:
    (rest,) = told(a_limit(leg), a_start()).rests
    return rest


def stop_of(rest: Rest, **changes: Any) -> Order:
    """What goes before it, once it is live."""
    order = Order(
        coin=rest.coin,
        side=rest.leg.closing,
        kind=Kind.STOP,
        size=rest.size,
        price=None,
        order_id=f"stop of {rest.client_id[-8:]}",
        client_id=rest.first_stop_id,
        placed_ms=0,
        trigger=rest.stop,
        is_market=True,
        reduce_only=True,
    )
    return replace(order, **changes)


def both(leg: Leg = Leg.LONG, **changes: Any) -> tuple[Order, Order]:
    rest = placed(leg)
    return as_order(rest, leg=None), stop_of(rest, **changes)


def judged(rest: Rest, snapshot: Snapshot) -> Decided:
    return gate([rest], snapshot, NONE, None)


def test_its_id_differs_in_the_role_alone_and_it_is_not_attached() -> None:
    rest = placed()
    entry, stop = decode(rest.client_id), decode(rest.first_stop_id)
    assert isinstance(entry, Identity) and stop == replace(entry, role=Role.STOP)
    assert rest.stop_id is None and rest.stop == dec("97020")


@pytest.mark.parametrize("leg", Leg)
def test_the_gate_lets_it_rest_though_nothing_may_be_naked(leg: Leg) -> None:
    assert judged(placed(leg), a_start()).refused == ()


@pytest.mark.parametrize(
    "lacks",
    [{"oversized_exit": "rejects"}, {"oversized_exit": None}, {"stop_first": None}, {"stop_first": False}],
)
def test_without_either_ability_it_is_naked(lacks: dict[str, Any]) -> None:
    snapshot = a_start(abilities=replace(ONE_WAY, **lacks))
    (rest,) = told(a_limit(), snapshot).rests
    assert rest.first_stop_id is None
    (refused,) = judged(rest, snapshot).refused
    assert refused.rule == "naked_resting"


def test_legs_apart_and_entries_that_price_sets_off_are_naked() -> None:
    for snapshot, want in ((a_start(abilities=TWO_SIDED), a_limit()), (a_start(), an_entry_want())):
        (rest,) = told(want, snapshot).rests
        assert rest.first_stop_id is None
        assert [r.rule for r in judged(rest, snapshot).refused] == ["naked_resting"]


def test_where_each_part_is_covered_as_it_fills_no_stop_goes_first() -> None:
    snapshot = a_start(abilities=replace(ONE_WAY, attach="pro_rata", attached_stands=True))
    (rest,) = told(a_limit(), snapshot).rests
    assert rest.first_stop_id is None and rest.stop_id is not None


def test_a_mark_beyond_its_stop_lets_none_rest() -> None:
    rest = replace(placed(), mark=dec(97_020))
    assert [r.rule for r in judged(rest, a_start()).refused] == ["stop"]
    assert judged(replace(rest, mark=dec("97020.1")), a_start()).refused == ()


def test_what_rests_behind_its_stop_stays() -> None:
    snapshot = a_start(orders=both())
    assert told(a_limit(), snapshot) == Resting()
    assert beyond_limit(snapshot, NONE, ()) == []


FLAWS: dict[str, dict[str, Any]] = {
    "smaller": {"size": dec("0.005")},
    "on the entry's side": {"side": Leg.LONG.opening},
    "on the wrong side of it": {"trigger": dec(99_500)},
    "not reducing": {"reduce_only": False},
    "not armed": {"is_armed": False},
    "a target": {"kind": Kind.TARGET},
    "another attempt's": {"client_id": an_id(Role.STOP, strategy=BOLLINGER, attempt=2)},
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_an_entry_without_a_stop_that_would_cover_it_is_replaced(flaw: str) -> None:
    entry, stop = both(**FLAWS[flaw])
    snapshot = a_start(orders=(entry, stop))
    found = told(a_limit(), snapshot)
    assert [(c.order_id, c.reason) for c in found.cancels] == [(entry.order_id, "its stop is not live")]
    assert [c.order_id for c in beyond_limit(snapshot, NONE, ())] == [entry.order_id]
    assert len(found.rests) == 1
    assert told(a_limit(), after(found, snapshot)).cancels, "the stop of the new one is act's to place first"


@pytest.mark.parametrize("numbers", [("1", "2", "3"), ("3", "2", "1")])
def test_of_several_without_a_stop_the_farthest_go_first(numbers: tuple[str, str, str]) -> None:
    near = as_order(placed(), leg=None)
    prices = zip(numbers, (near.price, dec(98_000), dec(97_500)), strict=True)
    orders = tuple(replace(near, order_id=number, price=price) for number, price in prices)
    limit = whole(BOLL, naked=int(orders[0].size * 99_000) + 1)
    cancels = beyond_limit(a_start(orders=orders), limit, ())
    assert [c.order_id for c in cancels] == [numbers[2], numbers[1]]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"trigger": dec(96_000)}, "its stop is at 96000"),
        ({"trigger_source": "last"}, "its stop acts on last"),
    ],
)
def test_an_entry_whose_stop_is_not_the_wanted_one_is_replaced(changes: dict[str, Any], why: str) -> None:
    found = told(a_limit(), a_start(orders=both(**changes)))
    assert [c.reason.startswith(why) for c in found.cancels] == [True] and len(found.rests) == 1


def test_no_attempt_meets_a_stop_that_was_left_alone() -> None:
    _, stop = both()
    (rest,) = told(a_limit(), a_start(orders=[stop])).rests
    again = decode(rest.client_id)
    assert isinstance(again, Identity) and again.attempt == 2
    assert decode(rest.first_stop_id) == replace(again, role=Role.STOP)


def test_a_stop_stays_beside_the_one_that_stands_while_its_entry_rests() -> None:
    entry, stop = both()
    size = dec("0.004")
    part = replace(entry, size=entry.size - size, filled=size)
    fill = a_fill(size, client_id=entry.client_id, price=dec(99_000))
    standing = replace(stop, order_id="standing", position_bound=True, client_id=an_id(Role.STOP, strategy=2))
    position = a_position(size, entry_price=dec(99_000))
    for live, gone in (((part,), []), ((), [stop.order_id])):
        reading = holdings([position], [*live, stop, standing], [fill])
        assert [o.order_id for o in superseded(reading, a_policy(BOLL), ONE_WAY)] == gone


def test_an_attached_stop_that_is_not_marked_as_an_exit_is_not_its_own_entry() -> None:
    _, stop = both(reduce_only=False)
    assert stop.opens and not waits_for_entry(stop, holdings([], [stop]))


def test_a_plan_shows_the_stop_before_its_entry_and_no_worst_case() -> None:
    snapshot, rest = a_start(), placed()
    approved = tuple(a.action for a in judged(rest, snapshot).approved)
    lines = diff_lines(Verdict({}, approved, (), ()), snapshot)
    text = "\n".join(lines)
    assert "live before the entry that rests" in lines[0] and lines[0].startswith("+ BTC stop")
    assert lines[1].startswith("+ BTC") and "worst case" not in text
    bare = replace(rest, first_stop_id=None)
    assert "worst case" in "\n".join(diff_lines(Verdict({}, (bare,), (), ()), snapshot))
