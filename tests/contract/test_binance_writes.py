"""Writes whose outcome is in doubt, refused or unwelcome: numbered behaviours of Binance."""

from decimal import Decimal

import pytest

from tests.support.account_bench import accepted, refused
from tests.support.binance_bench import BinanceAccount, BinanceBench
from tests.support.binance_places import in_process
from trader.core.actions import Action, AmendStop
from trader.core.errors import Denied, Unavailable
from trader.core.market import Leg
from trader.core.orders import Absent, Accepted, Found, Refusal, Rejected, Status, Unknown
from trader.sim.binance.switches import Switches
from trader.sim.faults import Fault

ZERO = Decimal(0)
APPLIED = [
    *map(Fault, ("T6", "T8", "T9", "T10", "H5")),
    Fault("H9", params={"applied": True}),
    Fault("H4", params={"applied": True}),
]
LOST = [
    *map(Fault, ("T7", "T14", "H2", "H4", "H9", "H10", "H11")),
    Fault("H5", params={"applied": False}),
]


def kind(fault: Fault) -> str:
    return f"{fault.kind}{fault.params or ''}"


def the_write(fault: Fault) -> Fault:
    return Fault(fault.kind, is_write=True, params={"status": 403} if fault.kind == "H2" else fault.params)


@pytest.mark.parametrize("two_sided", [False, True])
@pytest.mark.parametrize("fault", APPLIED, ids=kind)
def test_bn_75_a_write_that_counted_but_whose_answer_was_lost_is_unknown_and_then_found(
    fault: Fault, two_sided: bool
) -> None:
    bench = in_process(two_sided=two_sided)
    entry = bench.entry()
    stop = bench.exit(size=entry.size)
    for action in (stop, entry):
        bench.arm(the_write(fault))
        assert isinstance(bench.do(action), Unknown)
    assert bench.status(stop.client_id) is Status.LIVE
    found = bench.look_up(entry.client_id)
    assert isinstance(found, Found)
    assert (found.status, found.order.size) == (Status.FILLED, ZERO)
    assert bench.size() == entry.size


@pytest.mark.parametrize("fault", LOST, ids=kind)
def test_bn_76_a_write_that_may_have_counted_and_did_not_is_unknown_and_then_absent(fault: Fault) -> None:
    bench = in_process()
    entry = bench.entry()
    stop = bench.exit(size=entry.size)
    for action in (stop, entry):
        bench.arm(the_write(fault))
        assert isinstance(bench.do(action), Unknown)
        assert bench.look_up(action.client_id) == Absent()
    assert bench.size() == 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("H1"), Refusal.BUDGET),
        (Fault("H3"), Refusal.BUDGET),
        (Fault("H6"), Refusal.UNSENT),
        (Fault("H7"), Refusal.UNSENT),
        (Fault("H8"), Refusal.BUDGET),
    ],
    ids=lambda one: kind(one) if isinstance(one, Fault) else one,
)
def test_bn_77_answers_that_say_surely_not_are_refusals(fault: Fault, code: Refusal) -> None:
    bench = in_process()
    entry = bench.entry()
    bench.arm(the_write(fault))
    assert refused(bench.do(entry)) is code
    if fault.kind != "H3":
        assert bench.look_up(entry.client_id) == Absent()
    assert bench.model.position(bench.user, "SOL", None) is None or bench.size() == 0


@pytest.mark.parametrize("kind_of", ["T6", "T7", "H9"])
def test_bn_78_over_real_sockets_too(sim_binance: BinanceBench, kind_of: str) -> None:
    entry = sim_binance.entry()
    sim_binance.arm(Fault(kind_of, is_write=True))
    assert isinstance(sim_binance.do(entry), Unknown)
    assert sim_binance.status(entry.client_id) is (Status.FILLED if kind_of == "T6" else None)


def test_bn_79_a_write_delivered_after_its_window_does_nothing() -> None:
    bench = in_process()
    entry = bench.entry()
    bench.arm(Fault("T11", is_write=True, params={"until": "requests", "n": 1}))
    assert isinstance(bench.do(entry), Unknown)
    bench.inspect()
    bench.inspect()
    assert bench.size() == 0
    assert bench.look_up(entry.client_id) == Absent()


def test_bn_80_a_write_delivered_inside_its_window_still_counts() -> None:
    bench = in_process()
    bench.venue = bench.restarted(cap_s=2.0)
    entry = bench.entry()
    bench.arm(Fault("T11", is_write=True, params={"until": "requests", "n": 1}))
    assert isinstance(bench.do(entry), Unknown)
    bench.inspect()
    assert bench.size() == entry.size


def test_bn_81_a_stamp_of_another_time_is_a_refusal(sim_binance: BinanceBench) -> None:
    sim_binance.observe()
    entry = sim_binance.entry()
    sim_binance.arm(Fault("V21", is_write=True, params={"offset_ms": 60_000}))
    assert refused(sim_binance.do(entry)) is Refusal.EXPIRED
    assert sim_binance.size() == 0


def test_bn_82_a_key_that_was_revoked_is_denied() -> None:
    bench = in_process()
    entry = bench.entered()
    bench.arm(Fault("V20", times=0))
    assert refused(bench.do(bench.exit())) is Refusal.DENIED
    assert refused(bench.do(bench.close(size=entry.size))) is Refusal.DENIED
    with pytest.raises(Denied):
        bench.inspect()


@pytest.mark.parametrize("two_sided", [False, True])
def test_bn_83_an_overloaded_venue_still_takes_what_protects(two_sided: bool) -> None:
    bench = in_process(two_sided=two_sided)
    entry = bench.entered()
    bench.arm(Fault("V24", times=1, params={"seconds": 60}))
    assert refused(bench.do(bench.entry())) is Refusal.BUDGET
    accepted(bench.do(bench.exit()))
    assert accepted(bench.do(bench.close(size=entry.size))).filled == entry.size


def test_bn_84_a_banned_address_sends_nothing_more_until_the_ban_ends() -> None:
    bench = in_process()
    entry = bench.entry()
    bench.arm(Fault("H3", is_write=True))
    assert refused(bench.do(entry)) is Refusal.BUDGET
    sent = len(bench.wire.requests)
    assert refused(bench.do(entry)) is Refusal.BUDGET
    with pytest.raises(Unavailable, match="banned this address"):
        bench.inspect()
    assert len(bench.wire.requests) == sent
    bench.clock.advance(121_000)
    assert bench.size() == 0


def test_bn_85_more_requests_than_the_minute_allows_are_refused_with_room_left_later() -> None:
    bench = in_process(Switches(weight_per_minute=190))
    bench.observe()
    bench.inspect()
    bench.inspect()
    with pytest.raises(Unavailable, match="429"):
        bench.inspect()
    bench.pass_to(bench.clock.now_ms() + 60_000)
    assert bench.size() == 0


def test_bn_86_one_round_carries_several_writes_and_each_has_its_own_outcome(binance: BinanceAccount) -> None:
    entry = binance.entered()
    actions: list[Action] = [
        binance.exit(),
        binance.exit(distance="-0.03", size=entry.size),
        binance.exit(distance="0.03", size=entry.size),
        AmendStop("SOL", Leg.LONG, "1", "x", Decimal(95), Decimal(95), "a test"),
    ]
    outcomes = binance.venue.perform(actions)
    assert [type(one) for one in outcomes] == [Accepted, Rejected, Accepted, Rejected]
    assert refused(outcomes[1]) is Refusal.WOULD_TRIGGER
    assert refused(outcomes[3]) is Refusal.RULE
    assert len(binance.wire.rounds[-1]) == 3


@pytest.mark.parametrize("two_sided", [False, True])
def test_bn_87_sides_that_somebody_else_changed_are_learned_from_the_refusal(two_sided: bool) -> None:
    bench = in_process(two_sided=two_sided)
    bench.observe()
    stop = bench.exit(size=bench.entry().size)
    bench.arm(Fault("V23", is_write=True, params={"two_sided": not two_sided}))
    assert refused(bench.do(stop)) is Refusal.RULE
    accepted(bench.do(stop))


def test_bn_88_a_cancel_that_comes_too_late_is_gone_and_the_order_tells_what_it_did(
    sim_binance: BinanceBench,
) -> None:
    sim_binance.entered()
    stop = sim_binance.exit()
    accepted(sim_binance.do(stop))
    cancel = sim_binance.cancel(sim_binance.orders()[stop.client_id])
    sim_binance.move("SOL", 97.0, 95.0)
    assert refused(sim_binance.do(cancel)) is Refusal.GONE
    assert sim_binance.status(stop.client_id) is Status.FILLED


def test_bn_89_what_was_used_up_is_told(binance: BinanceAccount) -> None:
    binance.entered()
    assert (binance.venue.used.orders_10s, binance.venue.used.orders_1m) == (1, 1)
    before = binance.venue.used.weight or 0
    binance.venue.find({binance.entry().client_id: "SOL"})
    assert binance.venue.used.weight == before + 2
