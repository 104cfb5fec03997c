"""Entries that rest on Hyperliquid: numbered behaviours that the program relies on."""

from decimal import Decimal

import pytest

from tests.support.account_bench import accepted, refused
from tests.support.hyperliquid_bench import Bench
from tests.support.hyperliquid_resting import a_rest
from trader.core.actions import Cancel, Rest
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Accepted, Found, Kind, Order, Refusal, Rejected, Status, Unknown
from trader.exchange.orders import Liquidity
from trader.sim.faults import Fault


def found(bench: Bench, client_id: str | None) -> Found:
    told = bench.venue.find({client_id or "": bench.coin})[client_id or ""]
    assert isinstance(told, Found), told
    return told


def rested(bench: Bench, rest: Rest) -> dict[str | None, Order]:
    accepted(bench.do(rest))
    return bench.orders(bench.until(lambda now: rest.client_id in bench.orders(now)))


def filled_in_part(bench: Bench, rest: Rest) -> Decimal:
    """The market reaches the order and takes a fourth a minute for a minute or two: how much that was."""
    model, coin = bench.sim.embedded.model, bench.coin
    model.set_liquidity(coin, Liquidity(resting_size=bench.market.size_down(rest.size / 4)))
    bench.sim.move(coin, 97.5)
    model.set_liquidity(coin, Liquidity(resting_size=Decimal(0)))
    part = bench.size()
    assert 0 < part < rest.size
    return part


@pytest.mark.parametrize("leg", list(Leg))
@pytest.mark.parametrize("post_only", [True, False])
def test_hl_12_a_limit_waits_with_its_stop_behind_it(bench: Bench, leg: Leg, post_only: bool) -> None:
    rest = a_rest(bench, leg=leg, post_only=post_only)
    outcome = accepted(bench.do(rest))
    assert outcome.order_id is not None
    assert (outcome.filled, outcome.attached) == (None, (Accepted(),))
    orders = bench.orders(bench.until(lambda now: len(bench.orders(now)) == 2))
    entry, stop = orders[rest.client_id], orders[rest.stop_id]
    assert (entry.kind, entry.side, entry.price, entry.size) == (
        Kind.LIMIT,
        leg.opening,
        rest.price,
        rest.size,
    )
    assert (entry.order_id, entry.opens, entry.filled) == (outcome.order_id, True, Decimal(0))
    assert (stop.kind, stop.side, stop.trigger, stop.price) == (
        Kind.STOP,
        leg.closing,
        rest.stop,
        rest.stop_bound,
    )
    assert (stop.size, stop.reduce_only, stop.is_armed) == (rest.size, True, False)
    assert found(bench, rest.client_id).status is Status.LIVE
    bench.leave_nothing()
    assert found(bench, rest.client_id).status is Status.CANCELLED
    assert found(bench, rest.stop_id).status is Status.CANCELLED


@pytest.mark.parametrize("leg", list(Leg))
def test_hl_13_one_that_fills_while_nobody_looks_is_covered_from_then_on(sim_bench: Bench, leg: Leg) -> None:
    rest = a_rest(sim_bench, leg=leg)
    rested(sim_bench, rest)
    sim_bench.sim.move(sim_bench.coin, 100 - 1.5 * leg.sign, 100 - 2.5 * leg.sign)
    assert sim_bench.size() == rest.size * leg.sign
    orders = sim_bench.orders()
    assert set(orders) == {rest.stop_id}
    assert (orders[rest.stop_id].is_armed, orders[rest.stop_id].size) == (True, rest.size)
    told = found(sim_bench, rest.client_id)
    assert (told.status, told.order.size, told.order.filled) == (Status.FILLED, Decimal(0), rest.size)
    sim_bench.sim.move(sim_bench.coin, 100 - 6 * leg.sign)
    assert (sim_bench.size(), sim_bench.orders()) == (Decimal(0), {})


def test_hl_14_a_post_only_limit_that_would_take_is_refused_as_that(bench: Bench) -> None:
    rest = a_rest(bench, distance="-0.01")
    assert refused(bench.do(rest)) is Refusal.POST_ONLY
    assert (bench.size(), bench.orders()) == (Decimal(0), {})
    told = found(bench, rest.client_id)
    assert (told.status, told.order.filled) == (Status.REJECTED, Decimal(0))
    alone = a_rest(bench, distance="-0.01", has_stop=False)
    assert refused(bench.do(alone)) is Refusal.POST_ONLY


def test_hl_15_another_limit_that_takes_is_filled_and_its_stop_armed_at_once(bench: Bench) -> None:
    rest = a_rest(bench, distance="-0.01", post_only=False)
    outcome = accepted(bench.do(rest))
    assert outcome.filled == rest.size
    holdings = bench.until(
        lambda now: bench.size(holdings=now) == rest.size and rest.stop_id in bench.orders(now)
    )
    stop = bench.orders(holdings)[rest.stop_id]
    assert (stop.is_armed, stop.size) == (True, rest.size)
    assert set(bench.orders(holdings)) == {rest.stop_id}


def test_hl_16_what_filled_in_part_says_so_and_its_stop_is_not_armed(sim_bench: Bench) -> None:
    rest = a_rest(sim_bench)
    rested(sim_bench, rest)
    part = filled_in_part(sim_bench, rest)
    orders = sim_bench.orders()
    entry = orders[rest.client_id]
    assert (entry.size, entry.filled) == (rest.size - part, part)
    assert not orders[rest.stop_id].is_armed
    told = found(sim_bench, rest.client_id)
    assert (told.status, told.order.filled) == (Status.LIVE, part)


def test_hl_17_the_cancel_of_what_filled_in_part_takes_its_stop_and_leaves_a_bound_one(
    sim_bench: Bench,
) -> None:
    rest = a_rest(sim_bench)
    entry = rested(sim_bench, rest)[rest.client_id]
    part = filled_in_part(sim_bench, rest)
    sim_bench.observe()
    stop = sim_bench.exit(role=Role.PROTECT)
    accepted(sim_bench.do(stop))
    accepted(sim_bench.do(Cancel.of(entry, "a test")))
    orders = sim_bench.orders()
    assert set(orders) == {stop.client_id}
    assert (sim_bench.size(), orders[stop.client_id].is_armed) == (part, True)
    told = found(sim_bench, rest.client_id)
    assert (told.status, told.order.filled) == (Status.CANCELLED, part)
    assert found(sim_bench, rest.stop_id).status is Status.CANCELLED


def test_hl_18_several_wait_and_each_has_its_own_outcome(sim_bench: Bench) -> None:
    near, large, far = a_rest(sim_bench), a_rest(sim_bench, notional=Decimal(1_000_000)), a_rest(sim_bench)
    outcomes = sim_bench.venue.perform([near, large, far])
    assert [type(outcomes[0]), refused(outcomes[1]), type(outcomes[2])] == [
        Accepted,
        Refusal.MARGIN,
        Accepted,
    ]
    assert set(sim_bench.orders()) == {near.client_id, near.stop_id, far.client_id, far.stop_id}


def test_hl_19_one_whose_stop_was_refused_waits_and_says_so(sim_bench: Bench) -> None:
    rest = a_rest(sim_bench)
    sim_bench.sim.arm(Fault("V1", what="order", params={"leg": "stop", "text": "Invalid TP/SL price."}))
    (stop,) = accepted(sim_bench.do(rest)).attached
    assert isinstance(stop, Rejected)
    assert stop.code is Refusal.WOULD_TRIGGER
    assert set(sim_bench.orders()) == {rest.client_id}


@pytest.mark.parametrize("kind", ["T6", "T7"])
def test_hl_75_one_whose_answer_was_lost_waits_once(sim_bench: Bench, kind: str) -> None:
    rest = a_rest(sim_bench)
    sim_bench.sim.arm(Fault(kind, is_write=True))
    unknown = sim_bench.do(rest)
    assert isinstance(unknown, Unknown), unknown
    again = sim_bench.venue.resend(unknown)
    assert refused(again) is Refusal.DUPLICATE if kind == "T6" else isinstance(again, Accepted)
    assert set(sim_bench.orders()) == {rest.client_id, rest.stop_id}
    assert found(sim_bench, rest.client_id).status is Status.LIVE
