"""Stops, targets and closes on Binance: numbered behaviours that protection relies on."""

from decimal import Decimal

import pytest

from tests.support.account_bench import accepted, refused
from tests.support.binance_bench import BinanceAccount, BinanceBench
from tests.support.binance_places import in_process
from trader.core.actions import Cancel
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Absent, Found, Kind, Refusal, Status, Unreadable
from trader.sim.binance.switches import Switches
from trader.sim.faults import Fault

ZERO = Decimal(0)
LEGS = pytest.mark.parametrize("leg", list(Leg))


def away(leg: Leg, *fractions: float) -> list[float]:
    """Prices that far from 100 against this leg."""
    return [100.0 - leg.sign * 100.0 * fraction for fraction in fractions]


@LEGS
@pytest.mark.parametrize(
    ("role", "kind"), [(Role.TRAIL, Kind.STOP), (Role.PROTECT, Kind.STOP), (Role.TARGET, Kind.TARGET)]
)
def test_bn_20_an_exit_without_a_size_is_bound_to_the_position(
    binance: BinanceAccount, leg: Leg, role: Role, kind: Kind
) -> None:
    binance.entered(binance.entry(leg=leg))
    sent = binance.exit(role=role, leg=leg)
    order_id = accepted(binance.do(sent)).order_id
    order = binance.orders()[sent.client_id]
    assert (order.kind, order.position_bound, order.size, order.order_id) == (kind, True, ZERO, order_id)
    assert (order.trigger, order.price, order.is_market) == (sent.trigger, None, True)
    assert (order.is_armed, order.reduce_only, order.trigger_source) == (True, True, "mark")
    assert (order.side, order.leg) == (leg.closing, leg if binance.two_sided else None)
    found = binance.look_up(sent.client_id)
    assert isinstance(found, Found)
    assert (found.status, found.order) == (Status.LIVE, order)


@LEGS
def test_bn_21_an_exit_with_a_size_keeps_it_and_several_may_stand(binance: BinanceAccount, leg: Leg) -> None:
    entry = binance.entered(binance.entry(leg=leg))
    for distance in ("0.04", "0.03"):
        sent = binance.exit(size=entry.size, leg=leg, distance=distance)
        accepted(binance.do(sent))
        order = binance.orders()[sent.client_id]
        assert (order.position_bound, order.size, order.reduce_only) == (False, entry.size, True)
    assert len(binance.orders()) == 2


@LEGS
def test_bn_22_a_stop_that_would_trigger_at_once_is_refused_as_that(
    binance: BinanceAccount, leg: Leg
) -> None:
    entry = binance.entered(binance.entry(leg=leg))
    for size in (None, entry.size):
        sent = binance.exit(distance="-0.03", size=size, leg=leg)
        assert refused(binance.do(sent)) is Refusal.WOULD_TRIGGER
    assert binance.orders() == {}


def test_bn_23_a_second_bound_stop_is_refused_as_a_duplicate_and_a_target_is_not(
    binance: BinanceAccount,
) -> None:
    binance.entered()
    accepted(binance.do(binance.exit()))
    assert refused(binance.do(binance.exit(distance="0.03"))) is Refusal.DUPLICATE
    accepted(binance.do(binance.exit(role=Role.TARGET)))
    assert refused(binance.do(binance.exit(role=Role.TARGET, distance="0.05"))) is Refusal.DUPLICATE
    assert len(binance.orders()) == 2


@LEGS
def test_bn_24_a_bound_stop_is_moved_over_a_bridge_without_a_moment_between(
    binance: BinanceAccount, leg: Leg
) -> None:
    entry = binance.entered(binance.entry(leg=leg))
    old = binance.exit(leg=leg)
    bridge = binance.exit(role=Role.TRAIL, leg=leg, distance="0.03", size=entry.size)
    new = binance.exit(role=Role.TRAIL, leg=leg, distance="0.03")
    accepted(binance.do(old))
    for step in (bridge, old, new, bridge):
        live = binance.orders().get(step.client_id)
        accepted(binance.do(step if live is None else binance.cancel(live)))
        assert binance.orders() != {}
    assert set(binance.orders()) == {new.client_id}


def test_bn_25_a_cancel_works_once_in_each_book_and_then_says_gone(binance: BinanceAccount) -> None:
    binance.entered()
    stop, rest = binance.exit(), binance.rest()
    for action in (stop, rest):
        accepted(binance.do(action))
        order = binance.orders()[action.client_id]
        cancel = binance.cancel(order)
        assert accepted(binance.do(cancel)).order_id == order.order_id
        assert refused(binance.do(cancel)) is Refusal.GONE
        assert action.client_id not in binance.orders()
        assert binance.status(action.client_id) is Status.CANCELLED
    for kind in (Kind.LIMIT, Kind.STOP):
        assert refused(binance.do(Cancel(binance.coin, "1", None, "never was", kind))) is Refusal.GONE


def test_bn_26_an_exit_of_ours_is_cancelled_in_its_book_whatever_kind_is_named(
    binance: BinanceAccount,
) -> None:
    binance.entered()
    stop = binance.exit()
    order_id = accepted(binance.do(stop)).order_id or ""
    accepted(binance.do(Cancel(binance.coin, order_id, stop.client_id, "a test")))
    assert binance.orders() == {}


@LEGS
def test_bn_27_a_close_leaves_nothing_and_ends_what_was_bound(binance: BinanceAccount, leg: Leg) -> None:
    entry = binance.entered(binance.entry(leg=leg))
    stop, target = binance.exit(leg=leg), binance.exit(leg=leg, role=Role.TARGET)
    for exit_ in (stop, target):
        accepted(binance.do(exit_))
    sent = binance.close(size=entry.size, leg=leg)
    assert accepted(binance.do(sent)).filled == entry.size
    assert (binance.size(leg), binance.orders()) == (ZERO, {})
    (fill,) = binance.fills(sent.client_id)
    assert (fill.size, fill.position_after) == (entry.size, ZERO)
    for exit_ in (stop, target):
        found = binance.look_up(exit_.client_id)
        assert isinstance(found, Found)
        assert (found.status, found.detail) == (Status.CANCELLED, "EXPIRED")


def test_bn_28_a_close_of_part_leaves_the_rest_covered(binance: BinanceAccount) -> None:
    entry = binance.entered(binance.entry(notional=Decimal(120)))
    stop = binance.exit()
    accepted(binance.do(stop))
    half = binance.market.size_down(entry.size / 2)
    accepted(binance.do(binance.close(size=half)))
    assert binance.size() == entry.size - half
    assert set(binance.orders()) == {stop.client_id}


@LEGS
def test_bn_29_a_close_can_neither_open_nor_flip(binance: BinanceAccount, leg: Leg) -> None:
    assert refused(binance.do(binance.close(size=binance.entry().size, leg=leg))) is Refusal.REDUCE_ONLY
    entry = binance.entered(binance.entry(leg=leg))
    outcome = binance.do(binance.close(size=entry.size * 3, leg=leg))
    if binance.venue.abilities.oversized_exit == "trims":
        assert accepted(outcome).filled == entry.size
    else:
        assert refused(outcome) is Refusal.REDUCE_ONLY
        accepted(binance.do(binance.close(size=entry.size, leg=leg)))
    assert binance.size(leg) == 0
    assert refused(binance.do(binance.close(size=entry.size, leg=leg))) is Refusal.REDUCE_ONLY


def test_bn_30_what_becomes_of_an_exit_that_is_too_large_is_told_by_the_account(
    binance: BinanceAccount,
) -> None:
    snapshot = binance.observe()
    expected = "rejects" if binance.two_sided else "trims"
    assert (snapshot.abilities.oversized_exit, snapshot.two_sided) == (expected, binance.two_sided)
    assert binance.venue.abilities == snapshot.abilities


@LEGS
def test_bn_31_a_stop_that_fires_closes_under_its_own_id_and_takes_the_target_with_it(
    sim_binance: BinanceBench, leg: Leg
) -> None:
    entry = sim_binance.entered(sim_binance.entry(leg=leg))
    stop, target = sim_binance.exit(leg=leg), sim_binance.exit(leg=leg, role=Role.TARGET, distance="0.06")
    for exit_ in (stop, target):
        accepted(sim_binance.do(exit_))
    sim_binance.move("SOL", *away(leg, 0.035, 0.05, 0.05))
    assert (sim_binance.size(leg), sim_binance.orders()) == (ZERO, {})
    (fill,) = sim_binance.fills(stop.client_id)
    assert (fill.size, fill.position_after) == (entry.size, ZERO)
    assert (sim_binance.status(stop.client_id), sim_binance.status(target.client_id)) == (
        Status.FILLED,
        Status.CANCELLED,
    )


@LEGS
def test_bn_32_a_target_that_fires_takes_the_stop_with_it(sim_binance: BinanceBench, leg: Leg) -> None:
    entry = sim_binance.entered(sim_binance.entry(leg=leg))
    stop, target = sim_binance.exit(leg=leg), sim_binance.exit(leg=leg, role=Role.TARGET, distance="0.03")
    for exit_ in (stop, target):
        accepted(sim_binance.do(exit_))
    sim_binance.move("SOL", *away(leg, -0.025, -0.035))
    assert (sim_binance.size(leg), sim_binance.orders()) == (ZERO, {})
    assert sum(fill.size for fill in sim_binance.fills(target.client_id)) == entry.size
    assert sim_binance.status(stop.client_id) is Status.CANCELLED


def test_bn_33_a_stop_bound_to_the_position_covers_what_was_added_later(sim_binance: BinanceBench) -> None:
    first = sim_binance.entered()
    sent = sim_binance.exit()
    accepted(sim_binance.do(sent))
    second = sim_binance.entered()
    sim_binance.move("SOL", 97.0, 95.5)
    assert sim_binance.size() == 0
    assert sum(fill.size for fill in sim_binance.fills(sent.client_id)) == first.size + second.size


def test_bn_34_a_liquidation_is_told_as_one(sim_binance: BinanceBench) -> None:
    entry = sim_binance.entered(sim_binance.entry(notional=Decimal(9000)))
    position = sim_binance.inspect().positions[0]
    assert position.liquidation is not None
    assert 85 < position.liquidation < 92
    sim_binance.move("SOL", 94.0, 88.0, 88.0)
    holdings = sim_binance.inspect()
    assert sim_binance.size(holdings=holdings) == 0
    assert not isinstance(holdings.fills, Unreadable)
    told = {fill.client_id: fill.is_liquidation for fill in holdings.fills}
    assert told.pop(entry.client_id) is False
    assert set(told.values()) == {True}


def test_bn_35_an_id_that_was_never_used_is_absent(binance: BinanceAccount) -> None:
    binance.observe()
    ids = {binance.id_of(role): "SOL" for role in (Role.STOP, Role.ENTRY, Role.CLOSE_TIME)}
    assert binance.venue.find(ids) == {one: Absent() for one in ids}


def test_bn_36_a_stop_that_is_rejected_when_it_is_triggered_is_told_dead(sim_binance: BinanceBench) -> None:
    entry = sim_binance.entered()
    sent = sim_binance.exit()
    sim_binance.arm(Fault("V5", what="POST algoOrder", params={"at": "trigger"}))
    accepted(sim_binance.do(sent))
    assert sent.client_id in sim_binance.orders()
    sim_binance.move("SOL", 97.0, 95.0)
    assert sim_binance.size() == entry.size
    assert sim_binance.orders() == {}
    assert sim_binance.status(sent.client_id) is Status.REJECTED
    history = sim_binance.venue.history()
    assert not isinstance(history, Unreadable)
    (record,) = [one for one in history if one.order.client_id == sent.client_id]
    assert (record.status, record.is_dead) == (Status.REJECTED, True)


def test_bn_37_an_open_id_cannot_be_used_twice_so_a_stop_is_a_claim(binance: BinanceAccount) -> None:
    entry = binance.entry()
    stop = binance.exit(size=entry.size)
    accepted(binance.do(stop))
    binance.venue = binance.restarted()
    binance.inspect()
    assert refused(binance.do(stop)) is Refusal.DUPLICATE
    assert len(binance.orders()) == 1


def test_bn_38_many_cancels_share_requests_and_each_has_its_own_outcome(binance: BinanceAccount) -> None:
    rests = [binance.rest(distance=f"0.0{i}") for i in range(11, 23)]
    assert {type(one).__name__ for one in binance.venue.perform(rests)} == {"Accepted"}
    cancels = [binance.cancel(order) for order in binance.orders().values()]
    accepted(binance.do(cancels[3]))
    outcomes = binance.venue.perform(cancels)
    assert len(binance.wire.rounds[-1]) == 2
    assert [refused(one) is Refusal.GONE for one in outcomes] == [i == 3 for i in range(12)]
    assert binance.orders() == {}


def test_bn_39_a_stop_may_act_on_the_last_price_where_the_file_says_so() -> None:
    bench = in_process()
    bench.venue = bench.restarted(trigger="last")
    bench.entered()
    sent = bench.exit()
    accepted(bench.do(sent))
    assert bench.orders()[sent.client_id].trigger_source == "last"


@pytest.mark.parametrize("closing_sum", ["all_open", "each_alone"])
def test_bn_40_exits_that_wait_for_a_trigger_never_block_a_close(closing_sum: str) -> None:
    bench = in_process(Switches(closing_sum=closing_sum), two_sided=True)
    entry = bench.entered()
    for exit_ in (bench.exit(), bench.exit(role=Role.TARGET), bench.exit(size=entry.size, distance="0.05")):
        accepted(bench.do(exit_))
    assert accepted(bench.do(bench.close(size=entry.size))).filled == entry.size
    assert bench.size() == 0


def test_bn_41_a_bound_stop_while_flat_may_also_be_taken() -> None:
    bench = in_process(Switches(bound_while_flat="accept"))
    sent = bench.exit()
    accepted(bench.do(sent))
    assert bench.orders()[sent.client_id].position_bound
