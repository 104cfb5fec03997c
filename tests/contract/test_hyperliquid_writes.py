"""Writes whose outcome is in doubt, expired, refused or unwelcome: numbered behaviours of Hyperliquid."""

import json
from decimal import Decimal

import pytest

from tests.support.account_bench import accepted, refused
from tests.support.hyperliquid_bench import Bench
from tests.support.hyperliquid_places import in_process
from trader.core.actions import Cancel
from trader.core.orders import Absent, Accepted, Found, Refusal, Rejected, Status, Unknown
from trader.sim.faults import Fault
from trader.sim.hyperliquid.switches import Switches
from trader.venues.hyperliquid.pen import CcxtPen

APPLIED = [*map(Fault, ("T6", "T8", "T9", "T10", "H5")), Fault("H9", params={"applied": True})]
LOST = [*map(Fault, ("T7", "T14", "H1", "H2", "H4", "H6", "H9", "H10"))]


def kind(fault: Fault) -> str:
    return f"{fault.kind}{'-applied' if fault.params else ''}"


@pytest.mark.parametrize("fault", APPLIED, ids=kind)
def test_hl_60_a_write_that_counted_but_whose_answer_was_lost_is_unknown_then_duplicate(
    fault: Fault,
) -> None:
    bench = in_process()
    entry = bench.entry()
    bench.sim.arm(fault)
    unknown = bench.do(entry)
    assert isinstance(unknown, Unknown)
    assert refused(bench.venue.resend(unknown)) is Refusal.DUPLICATE
    found = bench.venue.find({entry.client_id: "SOL"})[entry.client_id]
    assert isinstance(found, Found)
    assert found.status is Status.FILLED
    assert bench.size() == entry.size


@pytest.mark.parametrize("fault", LOST, ids=kind)
def test_hl_61_a_write_that_never_counted_is_unknown_then_counts_once(fault: Fault) -> None:
    bench = in_process()
    entry = bench.entry()
    bench.sim.arm(fault)
    unknown = bench.do(entry)
    assert isinstance(unknown, Unknown), unknown
    assert bench.venue.find({entry.client_id: "SOL"}) == {entry.client_id: Absent()}
    assert accepted(bench.venue.resend(unknown)).filled == entry.size
    assert refused(bench.venue.resend(unknown)) is Refusal.DUPLICATE
    assert bench.size() == entry.size
    writes = [request for request in bench.wire.requests if request.is_write]
    assert len(writes) == 3
    assert len(set(writes)) == 1


@pytest.mark.parametrize("fault", [Fault("T1"), Fault("T2"), Fault("T3"), Fault("T4"), Fault("T5")], ids=kind)
def test_hl_62_a_write_that_surely_never_left_is_refused_and_not_unknown(fault: Fault) -> None:
    bench = in_process()
    bench.observe()
    bench.sim.arm(fault)
    outcome = bench.do(bench.entry())
    assert isinstance(outcome, Rejected)
    assert "never reached the venue" in outcome.reason
    assert bench.size() == 0


@pytest.mark.parametrize("kind_of", ["T6", "T7", "H9"])
def test_hl_63_over_real_sockets_too(sim_bench: Bench, kind_of: str) -> None:
    entry = sim_bench.entry()
    sim_bench.sim.arm(Fault(kind_of, is_write=True))
    unknown = sim_bench.do(entry)
    assert isinstance(unknown, Unknown), unknown
    again = sim_bench.venue.resend(unknown)
    assert refused(again) is Refusal.DUPLICATE if kind_of == "T6" else isinstance(again, Accepted)
    assert sim_bench.size() == entry.size


@pytest.mark.parametrize("body", ["null", ""])
def test_hl_64_a_good_answer_without_words_is_unknown(body: str) -> None:
    bench = in_process()
    entry = bench.entry()
    bench.sim.arm(Fault("H15", is_write=True, params={"body": body}))
    assert isinstance(bench.do(entry), Unknown)


@pytest.mark.parametrize("variant", ["cut", "missing_field", "null_field", "duplicate_keys", "invalid_utf8"])
def test_hl_65_a_damaged_answer_is_unknown(variant: str) -> None:
    bench = in_process()
    entry = bench.entry()
    bench.sim.arm(Fault("H14", is_write=True, params={"variant": variant, "field": ""}))
    unknown = bench.do(entry)
    assert isinstance(unknown, Unknown)
    found = bench.venue.find({entry.client_id: "SOL"})[entry.client_id]
    assert isinstance(found, Found)


def test_hl_66_a_write_is_refused_once_its_expiry_is_past(sim_bench: Bench) -> None:
    entry = sim_bench.entry()
    sim_bench.sim.pass_to(sim_bench.clock.now_ms() + 20_001)
    assert refused(sim_bench.do(entry)) is Refusal.EXPIRED
    assert sim_bench.size() == 0
    sim_bench.inspect()
    assert accepted(sim_bench.do(sim_bench.entry())).filled == entry.size


def test_hl_67_a_write_delivered_after_its_expiry_does_nothing() -> None:
    bench = in_process()
    entry = bench.entry()
    bench.sim.arm(Fault("T11", is_write=True, params={"until": "requests", "n": 1}))
    bench.venue.perform([entry])
    bench.sim.pass_to(bench.clock.now_ms() + 21_000)
    bench.inspect()
    assert bench.size() == 0
    assert bench.venue.find({entry.client_id: "SOL"}) == {entry.client_id: Absent()}


@pytest.mark.parametrize("step_ms", [-3_600_000, -20_000, 2_000, 3_600_000])
def test_hl_68_a_wrong_wall_clock_expires_no_protection(sim_bench: Bench, step_ms: int) -> None:
    sim_bench.entered()
    sim_bench.sim.clock.step(step_ms)
    sim_bench.venue = sim_bench.restarted()
    sim_bench.inspect()
    accepted(sim_bench.do(sim_bench.exit()))


@pytest.mark.parametrize("prefix", [False, True])
def test_hl_69_an_agent_that_was_revoked_is_denied_and_reads_go_on(prefix: bool) -> None:
    bench = in_process(Switches(wallet_error_prefix=prefix))
    entry = bench.entered()
    bench.sim.arm(Fault("V20", times=0))
    assert refused(bench.do(bench.exit())) is Refusal.DENIED
    assert refused(bench.do(bench.close(size=entry.size))) is Refusal.DENIED
    assert bench.size() == entry.size


def test_hl_70_a_key_of_nobody_is_denied(bench: Bench) -> None:
    bench.observe()
    bench.venue = bench.restarted(pen=CcxtPen("0x" + "5a" * 32, source="a"))
    bench.inspect()
    assert refused(bench.do(bench.exit())) is Refusal.DENIED


def test_hl_71_a_budget_that_is_used_up_says_so() -> None:
    bench = in_process()
    entry = bench.entry()
    bench.sim.embedded.address_budget.initial = 0
    bench.do(Cancel("SOL", "1", None, "uses the one turn there is"))
    assert refused(bench.do(entry)) is Refusal.BUDGET
    assert bench.size() == 0


@pytest.mark.parametrize("suffix", [False, True])
def test_hl_72_sentences_mean_the_same_with_and_without_the_coin_at_their_end(suffix: bool) -> None:
    bench = in_process(Switches(error_asset_suffix=suffix))
    assert refused(bench.do(bench.entry(notional=Decimal(5)))) is Refusal.RULE
    assert refused(bench.do(bench.exit(distance="-0.03"))) in (Refusal.WOULD_TRIGGER, Refusal.REDUCE_ONLY)
    assert refused(bench.do(Cancel("SOL", "1", None, ""))) is Refusal.GONE


def test_hl_73_one_round_carries_several_writes_and_each_has_its_own_outcome(bench: Bench) -> None:
    entry = bench.entered()
    good, bad = bench.exit(), bench.exit(distance="-0.03")
    # The close leaves a part, because the writes of a round arrive in any order.
    outcomes = bench.venue.perform(
        [good, bad, Cancel(bench.coin, "1", None, ""), bench.close(size=entry.size / 2)]
    )
    assert [refused(outcome) for outcome in outcomes[1:3]] == [Refusal.WOULD_TRIGGER, Refusal.GONE]
    assert [type(outcomes[0]), type(outcomes[3])] == [Accepted, Accepted]
    nonces = [json.loads(request.body)["nonce"] for request in bench.wire.rounds[-1]]
    assert nonces == sorted(set(nonces))
    assert all(nonce % 2 == 0 for nonce in nonces)


def test_hl_74_a_second_process_a_moment_later_is_no_duplicate(sim_bench: Bench) -> None:
    sim_bench.entered()
    for _ in range(3):
        sim_bench.sim.clock.advance(1000)
        sim_bench.venue = sim_bench.restarted()
        sim_bench.inspect()
        accepted(sim_bench.do(sim_bench.exit()))
