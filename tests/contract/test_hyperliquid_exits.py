"""Stops, targets and closes on Hyperliquid: numbered behaviours that protection relies on."""

from decimal import Decimal

import pytest

from tests.support.account_bench import accepted, refused
from tests.support.hyperliquid_bench import Bench
from trader.core.actions import Cancel
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Absent, Accepted, Fill, Found, Kind, Order, Refusal, Status, Unreadable


def fills_of(bench: Bench, client_id: str | None) -> list[Fill]:
    fills = bench.inspect().fills
    assert not isinstance(fills, Unreadable)
    return [fill for fill in fills if fill.client_id == client_id]


def status_of(bench: Bench, client_id: str) -> tuple[Status, str] | type:
    found = bench.venue.find({client_id: bench.coin})[client_id]
    return (found.status, found.detail) if isinstance(found, Found) else type(found)


def placed(bench: Bench, client_id: str) -> Order:
    return bench.orders(bench.until(lambda now: client_id in bench.orders(now)))[client_id]


@pytest.mark.parametrize(
    ("role", "kind"), [(Role.TRAIL, Kind.STOP), (Role.PROTECT, Kind.STOP), (Role.TARGET, Kind.TARGET)]
)
def test_hl_20_an_exit_without_a_size_is_bound_to_the_position(bench: Bench, role: Role, kind: Kind) -> None:
    bench.entered(bench.entry(has_target=False))
    sent = bench.exit(role=role)
    accepted(bench.do(sent))
    order = placed(bench, sent.client_id)
    assert (order.kind, order.position_bound, order.size) == (kind, True, Decimal(0))
    assert (order.trigger, order.price, order.is_market) == (sent.trigger, sent.bound, True)
    assert (order.is_armed, order.reduce_only) == (True, True)
    found = bench.venue.find({sent.client_id: bench.coin})[sent.client_id]
    assert isinstance(found, Found)
    assert (found.status, found.order.position_bound) == (Status.LIVE, True)


def test_hl_21_an_exit_with_a_size_keeps_it(bench: Bench) -> None:
    entry = bench.entered(bench.entry(has_target=False))
    sent = bench.exit(size=entry.size)
    assert accepted(bench.do(sent)).order_id is not None
    order = placed(bench, sent.client_id)
    assert (order.position_bound, order.size) == (False, entry.size)


def test_hl_22_a_stop_that_would_trigger_at_once_is_refused_as_that(bench: Bench) -> None:
    entry = bench.entered()
    for size in (None, entry.size):
        sent = bench.exit(distance="-0.03", size=size)
        assert refused(bench.do(sent)) is Refusal.WOULD_TRIGGER
        assert sent.client_id not in bench.orders()
    assert entry.stop_id in bench.orders()


def test_hl_23_a_stop_is_moved_without_a_moment_between(bench: Bench) -> None:
    entry = bench.entered()
    moved = bench.exit()
    accepted(bench.do(moved))
    new = placed(bench, moved.client_id)
    old = bench.orders()[entry.stop_id]
    assert new.trigger is not None
    assert old.trigger is not None
    assert new.trigger > old.trigger
    accepted(bench.do(Cancel(bench.coin, old.order_id, old.client_id, "replaced")))
    left = bench.orders(bench.until(lambda now: entry.stop_id not in bench.orders(now)))
    assert set(left) == {moved.client_id, entry.target_id}


def test_hl_24_a_cancel_works_once_and_then_says_gone(bench: Bench) -> None:
    entry = bench.entered()
    order = placed(bench, entry.stop_id)
    cancel = Cancel(bench.coin, order.order_id, order.client_id, "a test")
    assert accepted(bench.do(cancel)).order_id == order.order_id
    assert refused(bench.do(cancel)) is Refusal.GONE
    assert refused(bench.do(Cancel(bench.coin, "1", None, "never was"))) is Refusal.GONE
    bench.until(lambda now: entry.stop_id not in bench.orders(now))
    assert status_of(bench, entry.stop_id) == (Status.CANCELLED, "canceled")


def test_hl_25_a_close_leaves_nothing(bench: Bench) -> None:
    entry = bench.entered()
    sent = bench.close(size=entry.size)
    outcome = accepted(bench.do(sent))
    assert outcome.filled == entry.size
    bench.until(lambda now: bench.size(holdings=now) == 0 and not bench.orders(now))
    (fill,) = fills_of(bench, sent.client_id)
    assert (fill.size, fill.position_after) == (entry.size, Decimal(0))
    assert status_of(bench, entry.stop_id) == (Status.CANCELLED, "reduceOnlyCanceled")


def test_hl_26_a_close_of_part_leaves_the_rest_covered(bench: Bench) -> None:
    entry = bench.entered(bench.entry(notional=Decimal(120)))
    half = bench.market.size_down(entry.size / 2)
    accepted(bench.do(bench.close(size=half)))
    bench.until(lambda now: bench.size(holdings=now) == entry.size - half)
    assert {entry.stop_id, entry.target_id} <= set(bench.orders())


def test_hl_27_a_close_can_neither_open_nor_flip(bench: Bench) -> None:
    assert refused(bench.do(bench.close(size=bench.entry().size))) is Refusal.REDUCE_ONLY
    entry = bench.entered()
    outcome = accepted(bench.do(bench.close(size=entry.size * 3)))
    assert outcome.filled == entry.size
    bench.until(lambda now: bench.size(holdings=now) == 0)
    assert refused(bench.do(bench.close(size=entry.size))) is Refusal.REDUCE_ONLY
    assert refused(bench.do(bench.close(size=entry.size, leg=Leg.SHORT))) is Refusal.REDUCE_ONLY
    assert bench.size() == 0


def test_hl_28_a_stop_that_fires_closes_under_its_own_id(sim_bench: Bench) -> None:
    entry = sim_bench.entered()
    sim_bench.sim.move("SOL", 96.0, 94.0, 94.0)
    assert sim_bench.size() == 0
    (fill,) = fills_of(sim_bench, entry.stop_id)
    assert (fill.size, fill.position_after) == (entry.size, Decimal(0))
    assert Decimal("93") < fill.price < Decimal("95.2")
    assert status_of(sim_bench, entry.stop_id) == (Status.FILLED, "filled")
    assert status_of(sim_bench, entry.target_id or "") == (Status.CANCELLED, "siblingFilledCanceled")


def test_hl_29_a_target_that_fires_takes_the_stop_with_it(sim_bench: Bench) -> None:
    entry = sim_bench.entered()
    sim_bench.sim.move("SOL", 104.0, 108.0)
    assert sim_bench.size() == 0
    assert sum(fill.size for fill in fills_of(sim_bench, entry.target_id)) == entry.size
    assert sim_bench.orders() == {}
    assert status_of(sim_bench, entry.stop_id) == (Status.CANCELLED, "siblingFilledCanceled")


def test_hl_30_a_stop_bound_to_the_position_covers_what_was_added_later(sim_bench: Bench) -> None:
    first = sim_bench.entered(sim_bench.entry(has_target=False))
    sent = sim_bench.exit()
    accepted(sim_bench.do(sent))
    second = sim_bench.entry(has_target=False)
    accepted(sim_bench.do(second))
    assert sim_bench.size() == first.size + second.size
    sim_bench.sim.move("SOL", 97.0, 95.5)
    assert sim_bench.size() == 0
    assert sum(fill.size for fill in fills_of(sim_bench, sent.client_id)) == first.size + second.size


def test_hl_31_a_liquidation_is_told_as_one(sim_bench: Bench) -> None:
    entry = sim_bench.entry(notional=Decimal(9000), has_target=False)
    assert isinstance(sim_bench.do(entry), Accepted)
    stop = sim_bench.orders()[entry.stop_id]
    accepted(sim_bench.do(Cancel("SOL", stop.order_id, None, "a test")))
    sim_bench.sim.move("SOL", 92.0, 86.0, 86.0)
    holdings = sim_bench.inspect()
    assert sim_bench.size(holdings=holdings) == 0
    assert not isinstance(holdings.fills, Unreadable)
    assert any(fill.is_liquidation for fill in holdings.fills)
    assert not any(fill.is_liquidation for fill in fills_of(sim_bench, entry.client_id))


def test_hl_32_an_id_that_was_never_used_is_absent(bench: Bench) -> None:
    bench.observe()
    assert status_of(bench, bench.id_of(Role.PROTECT)) is Absent
