"""Entries on Hyperliquid: numbered behaviours that the program relies on."""

from decimal import Decimal

import pytest

from tests.support.account_bench import accepted, refused
from tests.support.hyperliquid_bench import Bench
from trader.core.market import Leg
from trader.core.orders import Accepted, Found, Kind, Refusal, Rejected, Status, Unreadable
from trader.sim.faults import Fault


@pytest.mark.parametrize("leg", list(Leg))
def test_hl_01_an_entry_that_fills_whole_has_both_its_exits_live(bench: Bench, leg: Leg) -> None:
    entry = bench.entry(leg=leg)
    outcome = accepted(bench.do(entry))
    assert outcome.filled == entry.size
    assert outcome.average is not None
    assert [type(one) for one in outcome.attached] == [Accepted, Accepted]
    holdings = bench.until(lambda now: bench.size(holdings=now) != 0 and len(bench.orders(now)) == 2)
    assert bench.size(holdings=holdings) == entry.size * leg.sign
    orders = bench.orders(holdings)
    stop, target = orders[entry.stop_id], orders[entry.target_id]
    assert (stop.kind, stop.trigger, stop.price) == (Kind.STOP, entry.stop, entry.stop_bound)
    assert (target.kind, target.trigger, target.price) == (Kind.TARGET, entry.target, entry.target_bound)
    for order in (stop, target):
        assert order.is_armed
        assert order.is_market
        assert order.reduce_only
        assert not order.position_bound
        assert (order.size, order.side) == (entry.size, leg.closing)


def test_hl_02_an_entry_without_a_target_has_its_stop(bench: Bench) -> None:
    entry = bench.entry(has_target=False)
    assert len(accepted(bench.do(entry)).attached) == 1
    holdings = bench.until(lambda now: bench.size(holdings=now) != 0 and len(bench.orders(now)) == 1)
    assert set(bench.orders(holdings)) == {entry.stop_id}


@pytest.mark.parametrize("filled", ["lot", "fraction", "all_but_lot"])
def test_hl_03_an_entry_that_fills_in_part_says_so_and_its_exits_are_not_armed(
    sim_bench: Bench, filled: str
) -> None:
    entry = sim_bench.entry()
    sim_bench.sim.arm(Fault("V12", params={"filled": filled}))
    outcome = accepted(sim_bench.do(entry))
    assert outcome.filled is not None
    assert 0 < outcome.filled < entry.size
    holdings = sim_bench.inspect()
    assert sim_bench.size(holdings=holdings) == outcome.filled
    assert [order for order in sim_bench.orders(holdings).values() if order.is_armed] == []
    fills = holdings.fills
    assert not isinstance(fills, Unreadable)
    assert sum(fill.size for fill in fills) == outcome.filled


@pytest.mark.parametrize("text", ["Invalid TP/SL price.", "Insufficient margin to place order."])
def test_hl_04_an_entry_that_filled_while_its_stop_was_refused_says_both(sim_bench: Bench, text: str) -> None:
    entry = sim_bench.entry()
    sim_bench.sim.arm(Fault("V1", what="order", params={"leg": "stop", "text": text}))
    outcome = accepted(sim_bench.do(entry))
    assert outcome.filled == entry.size
    target, stop = outcome.attached
    assert isinstance(target, Accepted)
    assert isinstance(stop, Rejected)
    assert stop.reason.startswith(text)
    assert entry.stop_id not in sim_bench.orders()
    assert sim_bench.size() == entry.size


def test_hl_05_the_same_signal_sent_twice_enters_once(bench: Bench) -> None:
    entry = bench.entered()
    assert refused(bench.do(entry)) is Refusal.DUPLICATE
    assert bench.size() == entry.size


def test_hl_06_the_same_signal_sent_by_another_process_enters_once(bench: Bench) -> None:
    entry = bench.entered()
    bench.venue = bench.restarted()
    bench.inspect()
    assert refused(bench.do(entry)) is Refusal.DUPLICATE
    assert bench.size() == entry.size


def test_hl_07_two_signals_enter_twice(bench: Bench) -> None:
    first, second = bench.entry(has_target=False), bench.entry(has_target=False)
    assert [type(one) for one in bench.venue.perform([first, second])] == [Accepted, Accepted]
    bench.until(lambda now: bench.size(holdings=now) == first.size + second.size)


def test_hl_08_nothing_within_the_bound_matches_nothing(bench: Bench) -> None:
    entry = bench.entry(slippage="-0.02", stop="0.08")
    assert refused(bench.do(entry)) is Refusal.NOTHING_MATCHED
    assert bench.size() == 0
    assert bench.orders() == {}
    found = bench.venue.find({entry.client_id: bench.coin})[entry.client_id]
    assert isinstance(found, Found)
    assert found.status is Status.REJECTED


def test_hl_09_an_entry_below_the_minimum_is_refused_by_rule(bench: Bench) -> None:
    entry = bench.entry(notional=Decimal(5))
    assert refused(bench.do(entry)) is Refusal.RULE
    assert bench.size() == 0


def test_hl_10_an_entry_beyond_the_margin_is_refused(sim_bench: Bench) -> None:
    entry = sim_bench.entry(notional=Decimal(1_000_000))
    assert refused(sim_bench.do(entry)) is Refusal.MARGIN
    assert (sim_bench.size(), sim_bench.orders()) == (Decimal(0), {})


def test_hl_11_an_entry_delivered_twice_by_the_network_counts_once(sim_bench: Bench) -> None:
    entry = sim_bench.entry()
    sim_bench.sim.arm(Fault("T12", what="order"))
    assert accepted(sim_bench.do(entry)).filled == entry.size
    assert sim_bench.size() == entry.size
