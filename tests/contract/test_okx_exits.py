"""Stops, targets and closes on OKX: numbered behaviours that protection relies on."""

from decimal import Decimal

import pytest

from tests.support.account_bench import COIN, accepted, refused
from tests.support.okx_bench import Account, Bench
from tests.support.okx_places import in_process
from trader.core.actions import AmendStop, Cancel
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Absent, Found, Kind, Order, Refusal, Rejected, Status, Unreadable
from trader.sim.faults import Fault
from trader.sim.okx.switches import Switches


def cancel(order: Order) -> Cancel:
    return Cancel(COIN, order.order_id, order.client_id, "a test", order.kind, order.leg)


@pytest.mark.parametrize("leg", list(Leg))
def test_okx_20_an_exit_without_a_size_is_bound_to_the_position(okx: Account, leg: Leg) -> None:
    okx.entered(okx.entry(leg=leg))
    sent = okx.exit(leg=leg)
    accepted(okx.do(sent))
    order = okx.orders()[sent.client_id]
    assert (order.kind, order.position_bound, order.size) == (Kind.STOP, True, Decimal(0))
    assert (order.trigger, order.price, order.is_market) == (sent.trigger, None, True)
    assert (order.is_armed, order.reduce_only, order.opens) == (True, True, False)
    found = okx.found(sent.client_id)
    assert (found.status, found.order.position_bound) == (Status.LIVE, True)


def test_okx_21_the_stop_that_follows_stands_alone_when_the_attached_one_is_taken_off(okx: Account) -> None:
    entry, stop = okx.guarded()
    assert set(okx.orders()) == {stop.client_id}
    assert okx.found(entry.stop_id).status is Status.CANCELLED


def test_okx_22_a_target_has_a_size_and_can_only_reduce(okx: Account) -> None:
    entry = okx.entered()
    sent = okx.exit(role=Role.TARGET, size=entry.size, distance="0.07")
    accepted(okx.do(sent))
    order = okx.orders()[sent.client_id]
    assert (order.kind, order.size, order.position_bound) == (Kind.TARGET, entry.size, False)
    assert (order.reduce_only, order.trigger) == (True, sent.trigger)


@pytest.mark.parametrize(
    ("leg", "role"), [(leg, role) for leg in Leg for role in (Role.PROTECT, Role.TARGET)]
)
def test_okx_23_incident_d5_an_exit_that_price_has_passed_is_refused_as_that(
    okx: Account, leg: Leg, role: Role
) -> None:
    """51278 and its kin: refused at placement, never executed at once."""
    entry = okx.entered(okx.entry(leg=leg))
    sent = okx.exit(leg=leg, role=role, distance="-0.03", size=entry.size)
    assert refused(okx.do(sent)) is Refusal.WOULD_TRIGGER
    assert sent.client_id not in okx.orders()
    assert okx.look_up(sent.client_id) == Absent()
    assert okx.size(leg) == entry.size * leg.sign


@pytest.mark.parametrize("source", ["last", "mark", "index"])
def test_okx_24_incident_d5_on_whatever_price_stops_act(source: str) -> None:
    bench = in_process()
    bench.venue = bench.restarted(trigger_source=source)
    bench.entered()
    stop = bench.exit(distance="-0.03")
    outcome = bench.do(stop)
    assert isinstance(outcome, Rejected)
    assert outcome.code is Refusal.WOULD_TRIGGER
    assert outcome.reason[:5] == {"last": "51280", "mark": "51304", "index": "51308"}[source]
    good = bench.exit()
    accepted(bench.do(good))
    assert bench.orders()[good.client_id].trigger_source == source


@pytest.mark.parametrize("code", ["1000", "51008"])
def test_okx_25_incident_d4_a_stop_that_was_taken_and_then_failed_is_told_to_be_dead(
    sim_okx: Bench, code: str
) -> None:
    """Code 0, then order_failed with a failCode: seen by its own id and in the history, and not listed."""
    sim_okx.entered()
    sent = sim_okx.exit()
    sim_okx.sim.arm(Fault("V5", what="trade/order-algo", params={"fail_code": code}))
    assert accepted(sim_okx.do(sent)).order_id is not None
    assert sent.client_id not in sim_okx.orders()
    found = sim_okx.found(sent.client_id)
    assert (found.status, found.is_dead) == (Status.REJECTED, True)
    assert found.detail == f"order_failed, failCode {code}"
    history = sim_okx.venue.history()
    assert not isinstance(history, Unreadable)
    told = next(one for one in history if one.order.client_id == sent.client_id)
    assert (told.status, told.detail) == (found.status, found.detail)
    again = sim_okx.again(sent)
    accepted(sim_okx.do(again))
    assert again.client_id in sim_okx.orders()


def test_okx_26_incident_d4_four_times_of_four(sim_okx: Bench) -> None:
    entry = sim_okx.entered()
    sim_okx.sim.arm(Fault("V5", what="trade/order-algo", is_write=True, times=4))
    stops = [sim_okx.exit() for _ in range(4)]
    for stop in stops:
        accepted(sim_okx.do(stop))
        assert sim_okx.found(stop.client_id).is_dead
    assert set(sim_okx.orders()) == {entry.stop_id}
    accepted(sim_okx.do(sim_okx.close(size=entry.size)))
    assert sim_okx.size() == 0


def test_okx_27_a_second_stop_of_the_whole_position_is_refused_as_there_is_one(okx: Account) -> None:
    _, stop = okx.guarded()
    assert refused(okx.do(okx.exit(distance="0.03"))) is Refusal.DUPLICATE
    assert set(okx.orders()) == {stop.client_id}


@pytest.mark.parametrize("leg", list(Leg))
def test_okx_28_a_stop_is_moved_in_place_and_keeps_its_id(okx: Account, leg: Leg) -> None:
    _, stop = okx.guarded(okx.entry(leg=leg))
    order = okx.orders()[stop.client_id]
    nearer = okx.market.price(okx.mark * (1 - leg.sign * Decimal("0.02")))
    accepted(okx.do(AmendStop(COIN, leg, order.order_id, stop.client_id, nearer, nearer, "a test")))
    moved = okx.orders()[stop.client_id]
    assert (moved.order_id, moved.trigger, moved.position_bound) == (order.order_id, nearer, True)


def test_okx_29_a_stop_is_not_moved_beyond_price(okx: Account) -> None:
    _, stop = okx.guarded()
    order = okx.orders()[stop.client_id]
    beyond = okx.market.price(okx.mark * Decimal("1.02"))
    action = AmendStop(COIN, Leg.LONG, order.order_id, stop.client_id, beyond, beyond, "a test")
    assert refused(okx.do(action)) is Refusal.WOULD_TRIGGER
    assert okx.orders()[stop.client_id].trigger == stop.trigger


def test_okx_30_moving_a_stop_that_is_gone_says_gone(okx: Account) -> None:
    okx.entered()
    action = AmendStop(
        COIN, Leg.LONG, "2150000000000099999", okx.id_of(Role.TRAIL), Decimal(97), Decimal(97), ""
    )
    assert refused(okx.do(action)) is Refusal.GONE


def test_okx_31_an_id_is_never_used_twice(okx: Account) -> None:
    entry = okx.entered()
    sent = okx.exit(size=entry.size)
    accepted(okx.do(sent))
    assert refused(okx.do(sent)) is Refusal.DUPLICATE
    accepted(okx.do(cancel(okx.orders()[sent.client_id])))
    assert refused(okx.do(sent)) is Refusal.DUPLICATE


def test_okx_32_a_cancel_works_once_and_then_says_gone(okx: Account) -> None:
    entry = okx.entered()
    order = okx.orders()[entry.stop_id]
    assert accepted(okx.do(cancel(order))).order_id == order.order_id
    assert refused(okx.do(cancel(order))) is Refusal.GONE
    assert okx.found(entry.stop_id).status is Status.CANCELLED


def test_okx_33_a_stop_is_never_called_gone_because_the_other_book_was_asked(okx: Account) -> None:
    entry = okx.entered()
    order = okx.orders()[entry.stop_id]
    accepted(okx.do(Cancel(COIN, order.order_id, None, "of the book of limits, it says")))
    assert entry.stop_id not in okx.orders()


@pytest.mark.parametrize("leg", list(Leg))
def test_okx_34_a_close_leaves_nothing(okx: Account, leg: Leg) -> None:
    entry, stop = okx.guarded(okx.entry(leg=leg))
    sent = okx.close(size=entry.size, leg=leg)
    accepted(okx.do(sent))
    assert okx.size(leg) == 0
    (fill,) = okx.fills(sent.client_id)
    assert (fill.size, fill.position_after) == (entry.size, Decimal(0))
    assert stop.client_id not in okx.orders()
    assert okx.found(stop.client_id).status is Status.CANCELLED


def test_okx_35_a_close_of_part_leaves_the_rest_covered(okx: Account) -> None:
    entry, stop = okx.guarded()
    half = okx.market.size_down(entry.size / 2)
    accepted(okx.do(okx.close(size=half)))
    assert okx.size() == entry.size - half
    assert set(okx.orders()) == {stop.client_id}


def test_okx_36_a_close_can_neither_open_nor_flip(okx: Account) -> None:
    assert refused(okx.do(okx.close(size=Decimal(1)))) is Refusal.REDUCE_ONLY
    entry = okx.entered()
    assert refused(okx.do(okx.close(size=entry.size * 3))) is Refusal.REDUCE_ONLY
    assert refused(okx.do(okx.close(size=entry.size, leg=Leg.SHORT))) is Refusal.REDUCE_ONLY
    assert okx.size() == entry.size


def test_okx_37_where_the_venue_trims_a_close_cannot_flip_either() -> None:
    bench = in_process(Switches(oversized_reduce="trims"), two_sided=False)
    entry = bench.entered()
    accepted(bench.do(bench.close(size=entry.size * 3)))
    assert bench.inspect().positions == ()


def test_okx_38_a_stop_that_fires_closes_under_its_own_id(sim_okx: Bench) -> None:
    entry, stop = sim_okx.guarded()
    sim_okx.sim.move(COIN, 97.0, 95.0, 95.0)
    assert sim_okx.size() == 0
    (fill,) = sim_okx.fills(stop.client_id)
    assert (fill.size, fill.position_before, fill.position_after) == (entry.size, entry.size, Decimal(0))
    assert Decimal(94) < fill.price < Decimal("96.2")
    assert sim_okx.found(stop.client_id).status is Status.TRIGGERED
    assert stop.client_id not in sim_okx.orders()


def test_okx_39_a_target_that_fires_closes_under_its_own_id_and_takes_the_stop_with_it(
    sim_okx: Bench,
) -> None:
    entry, stop = sim_okx.guarded()
    target = sim_okx.exit(role=Role.TARGET, size=entry.size, distance="0.04")
    accepted(sim_okx.do(target))
    sim_okx.sim.move(COIN, 102.0, 105.0)
    assert sim_okx.size() == 0
    assert sum(fill.size for fill in sim_okx.fills(target.client_id)) == entry.size
    assert stop.client_id not in sim_okx.orders()


def test_okx_40_an_attached_stop_closes_under_its_own_id(sim_okx: Bench) -> None:
    entry = sim_okx.entered()
    sim_okx.sim.move(COIN, 97.0, 94.0, 94.0)
    assert sim_okx.size() == 0
    assert sum(fill.size for fill in sim_okx.fills(entry.stop_id)) == entry.size


def test_okx_41_a_stop_bound_to_the_position_covers_what_was_added_later(sim_okx: Bench) -> None:
    first, stop = sim_okx.guarded()
    second = sim_okx.entered()
    assert sim_okx.size() == first.size + second.size
    sim_okx.sim.move(COIN, 98.0, 95.5)
    assert sim_okx.size() == 0
    assert sum(fill.size for fill in sim_okx.fills(stop.client_id)) >= first.size


def test_okx_42_an_attached_stop_of_a_one_way_account_outlives_its_position_and_shows_what_it_can_do() -> (
    None
):
    """It is not cancelled with the position, and could open one: it is listed as an order that opens."""
    bench = in_process(two_sided=False)
    entry = bench.entered()
    accepted(bench.do(bench.close(size=entry.size)))
    assert bench.size() == 0
    order = bench.orders()[entry.stop_id]
    assert (order.reduce_only, order.opens) == (False, True)


def test_okx_43_a_target_of_a_one_way_account_goes_with_its_position() -> None:
    bench = in_process(two_sided=False)
    entry, _ = bench.guarded()
    accepted(bench.do(bench.exit(role=Role.TARGET, size=entry.size, distance="0.07")))
    accepted(bench.do(bench.close(size=entry.size)))
    assert bench.orders() == {}


def test_okx_44_a_liquidation_is_told_as_one() -> None:
    bench = in_process(isolated=frozenset({COIN}))
    bench.entered(bench.entry(notional=Decimal(1500)))
    (order,) = bench.orders().values()
    accepted(bench.do(cancel(order)))
    bench.sim.move(COIN, 80.0, 60.0, 60.0)
    assert bench.size() == 0
    assert any(fill.is_liquidation for fill in bench.fills())


@pytest.mark.parametrize("missing", ["51603", ""])
def test_okx_45_an_id_that_was_never_used_is_absent_however_the_venue_says_so(missing: str) -> None:
    bench = in_process(Switches(algo_missing_code=missing))
    bench.observe()
    for role in (Role.PROTECT, Role.ENTRY, Role.FLATTEN, Role.TARGET):
        assert bench.look_up(bench.id_of(role)) == Absent()


def test_okx_46_a_stop_before_its_position_is_taken_where_the_venue_takes_it(okx: Account) -> None:
    okx.observe()
    sent = okx.exit(size=Decimal(1))
    accepted(okx.do(sent))
    assert isinstance(okx.look_up(sent.client_id), Found)
    bench = in_process(Switches(conditional_while_flat=False))
    assert refused(bench.do(bench.exit(size=Decimal(1)))) is Refusal.REDUCE_ONLY


def test_okx_47_a_stop_that_vanished_without_a_trace_is_absent_and_not_listed(sim_okx: Bench) -> None:
    sim_okx.entered()
    sent = sim_okx.exit()
    sim_okx.sim.arm(Fault("V2", what="trade/order-algo"))
    accepted(sim_okx.do(sent))
    assert sent.client_id not in sim_okx.orders()
    assert sim_okx.look_up(sent.client_id) == Absent()
