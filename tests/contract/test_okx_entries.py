"""Entries on OKX: numbered behaviours that the program relies on, with one side and with two."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.account_bench import COIN, accepted, refused
from tests.support.okx_bench import Account, Bench
from tests.support.okx_places import in_process
from trader.core.actions import Cancel
from trader.core.market import Leg
from trader.core.orders import Absent, Accepted, Found, Kind, Refusal, Status
from trader.sim.faults import Fault
from trader.sim.okx.switches import Switches


@pytest.mark.parametrize("leg", list(Leg))
def test_okx_01_an_entry_that_fills_whole_has_its_stop_live_by_its_own_id(okx: Account, leg: Leg) -> None:
    entry = okx.entry(leg=leg)
    outcome = accepted(okx.do(entry))
    assert outcome.order_id is not None
    assert okx.size(leg) == entry.size * leg.sign
    stop = okx.orders()[entry.stop_id]
    assert (stop.kind, stop.trigger, stop.side, stop.size) == (Kind.STOP, entry.stop, leg.closing, entry.size)
    assert (stop.is_armed, stop.is_market, stop.trigger_source) == (True, True, "mark")
    found = okx.found(entry.stop_id)
    assert (found.status, found.order.order_id) == (Status.LIVE, stop.order_id)
    (fill,) = okx.fills(entry.client_id)
    assert (fill.size, fill.position_before, fill.leg) == (
        entry.size,
        Decimal(0),
        leg if okx.two_sided else None,
    )


def test_okx_02_an_entry_is_found_by_its_id_with_what_it_filled(okx: Account) -> None:
    entry = okx.entered()
    found = okx.found(entry.client_id)
    assert (found.status, found.order.size, found.order.filled) == (Status.FILLED, Decimal(0), entry.size)


@pytest.mark.parametrize("filled", ["lot", "fraction", "all_but_lot"])
def test_okx_03_an_entry_that_fills_in_part_says_so_and_its_stop_is_not_there(
    sim_okx: Bench, filled: str
) -> None:
    entry = sim_okx.entry()
    sim_okx.sim.arm(Fault("V12", params={"filled": filled}))
    accepted(sim_okx.do(entry))
    size = sim_okx.size()
    assert 0 < size < entry.size
    assert sim_okx.orders() == {}
    assert sum(fill.size for fill in sim_okx.fills(entry.client_id)) == size
    found = sim_okx.found(entry.client_id)
    assert (found.status, found.order.filled) == (Status.CANCELLED, size)
    assert sim_okx.look_up(entry.stop_id) == Absent()


def test_okx_04_the_same_signal_sent_twice_is_refused_by_the_id_of_its_stop(okx: Account) -> None:
    """The id of a filled order may be used again: it is the attached stop's that no second one may have."""
    entry = okx.entered()
    assert refused(okx.do(entry)) is Refusal.DUPLICATE
    okx.venue = okx.restarted()
    okx.inspect()
    assert refused(okx.do(entry)) is Refusal.DUPLICATE
    assert okx.size() == entry.size


def test_okx_05_nothing_within_the_bound_is_taken_and_then_told_to_be_dead(okx: Account) -> None:
    entry = okx.entry(slippage="-0.02", stop="0.08")
    accepted(okx.do(entry))
    found = okx.found(entry.client_id)
    assert (found.status, found.detail) == (Status.REJECTED, "canceled, cancelSource 14")
    assert okx.size() == 0
    assert okx.orders() == {}
    assert okx.look_up(entry.stop_id) == Absent()


def test_okx_06_an_entry_beyond_the_margin_is_refused(okx: Account) -> None:
    assert refused(okx.do(okx.entry(notional=Decimal(100_000)))) is Refusal.MARGIN
    assert okx.size() == 0
    assert okx.orders() == {}


def test_okx_07_a_bound_outside_the_venues_band_is_refused_by_rule_and_the_band_is_known(
    okx: Account,
) -> None:
    band = okx.market.limit_band
    assert band is not None
    assert refused(okx.do(okx.entry(slippage="0.2"))) is Refusal.RULE
    entry = okx.entered(okx.entry(slippage=str(band)))
    assert okx.size() == entry.size


def test_okx_08_a_limit_waits_fills_and_only_then_has_its_stop(sim_okx: Bench) -> None:
    rest = sim_okx.rest()
    accepted(sim_okx.do(rest))
    order = sim_okx.orders()[rest.client_id]
    assert (order.kind, order.price, order.size, order.opens) == (Kind.LIMIT, rest.price, rest.size, True)
    assert set(sim_okx.orders()) == {rest.client_id}
    assert isinstance(sim_okx.look_up(rest.client_id), Found)
    sim_okx.sim.move(COIN, 98.5, 97.5)
    assert sim_okx.size() == rest.size
    assert set(sim_okx.orders()) == {rest.stop_id}
    assert sim_okx.fills(rest.client_id) != []


def test_okx_09_a_post_only_limit_that_would_take_is_taken_off_and_told_to_be_dead(okx: Account) -> None:
    rest = okx.rest(distance="-0.02")
    accepted(okx.do(rest))
    found = okx.found(rest.client_id)
    assert (found.status, found.detail) == (Status.REJECTED, "canceled, cancelSource 31")
    assert okx.size() == 0
    assert okx.orders() == {}


def test_okx_10_several_limits_go_in_one_request_and_each_has_its_own_outcome(okx: Account) -> None:
    rests = [okx.rest(distance=distance) for distance in ("0.01", "0.02", "0.015")]
    rests[1] = replace(rests[1], size=Decimal(100_000))
    okx.wire.rounds.clear()
    outcomes = okx.venue.perform(rests)
    assert [request.url.rsplit("/", 1)[-1] for request in okx.wire.requests] == ["batch-orders"]
    assert [type(outcomes[0]), refused(outcomes[1]), type(outcomes[2])] == [
        Accepted,
        Refusal.MARGIN,
        Accepted,
    ]
    assert set(okx.orders()) == {rests[0].client_id, rests[2].client_id}


def test_okx_11_an_entry_that_a_price_sets_off(sim_okx: Bench) -> None:
    rest = sim_okx.rest(trigger="0.02")
    accepted(sim_okx.do(rest))
    order = sim_okx.orders()[rest.client_id]
    assert (order.kind, order.trigger, order.price) == (Kind.STOP_ENTRY, rest.trigger, rest.price)
    assert (order.opens, order.is_armed) == (True, True)
    found = sim_okx.found(rest.client_id)
    assert (found.status, found.order.kind) == (Status.LIVE, Kind.STOP_ENTRY)
    sim_okx.sim.move(COIN, 101.0, 102.5)
    assert sim_okx.size() == rest.size
    assert sum(fill.size for fill in sim_okx.fills(rest.client_id)) == rest.size
    assert sim_okx.found(rest.client_id).status is Status.TRIGGERED


def test_okx_12_an_entry_that_waits_in_either_book_is_taken_off(okx: Account) -> None:
    rests = [okx.rest(), okx.rest(trigger="0.02")]
    for rest in rests:
        accepted(okx.do(rest))
    orders = okx.orders()
    outcomes = okx.venue.perform(
        [
            Cancel(COIN, orders[rest.client_id].order_id, rest.client_id, "", orders[rest.client_id].kind)
            for rest in rests
        ]
    )
    assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted]
    assert okx.orders() == {}
    assert [okx.found(rest.client_id).status for rest in rests] == [Status.CANCELLED] * 2


def test_okx_13_both_legs_at_once_or_what_is_left_of_them(okx: Account) -> None:
    long = okx.entered(okx.entry(leg=Leg.LONG, notional=Decimal(300)))
    short = okx.entry(leg=Leg.SHORT, notional=Decimal(100))
    accepted(okx.do(short))
    if okx.two_sided:
        assert (okx.size(Leg.LONG), okx.size(Leg.SHORT)) == (long.size, -short.size)
        assert [str(slot) for slot in okx.inspect().slots()] == ["SOL long", "SOL short"]
    else:
        assert okx.size() == long.size - short.size


@pytest.mark.parametrize("code", ["50036", "50037"])
def test_okx_14_an_entry_is_refused_once_its_expiry_is_past(code: str) -> None:
    bench = in_process(Switches(expired_code=code))
    entry = bench.entry()
    bench.sim.pass_to(bench.clock.now_ms() + 5_001)
    assert refused(bench.do(entry)) is Refusal.EXPIRED
    assert bench.size() == 0
    assert isinstance(bench.do(bench.entry()), Accepted)


@pytest.mark.parametrize("two_sided", [False, True])
def test_okx_15_a_coin_on_isolated_margin(two_sided: bool) -> None:
    bench = in_process(two_sided=two_sided, isolated=frozenset({COIN}))
    bench.entered()
    position = bench.position()
    assert position is not None
    assert (position.cross, position.margin_used > 0) == (False, True)
    assert position.liquidation is not None
    accepted(bench.do(bench.exit()))
    bench.venue = bench.restarted(isolated=frozenset())
    bench.inspect()
    accepted(bench.do(bench.close(size=position.size)))
    assert bench.size() == 0


def test_okx_16_isolated_margin_that_the_venue_no_longer_takes_is_refused_by_rule() -> None:
    bench = in_process(Switches(isolated_allowed=False), isolated=frozenset({COIN}))
    assert refused(bench.do(bench.entry())) is Refusal.RULE
    assert bench.size() == 0


def test_okx_17_a_stop_that_could_not_be_attached_leaves_an_entry_without_one(sim_okx: Bench) -> None:
    entry = sim_okx.entry()
    sim_okx.sim.arm(Fault("V1", what="trade/order", params={"leg": "stop", "code": "51020"}))
    accepted(sim_okx.do(entry))
    assert sim_okx.size() == entry.size
    assert sim_okx.orders() == {}
    assert sim_okx.look_up(entry.stop_id) == Absent()


def test_okx_18_trigger_entries_that_one_way_accounts_do_not_get_are_refused_by_rule() -> None:
    bench = in_process(Switches(triggers_in_net=False), two_sided=False)
    assert refused(bench.do(bench.rest(trigger="0.02"))) is Refusal.RULE
