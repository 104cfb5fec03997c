"""Writes whose outcome is in doubt, expired, refused or unwelcome: numbered behaviours of OKX."""

from decimal import Decimal

import pytest

from tests.support.account_bench import COIN, accepted, refused
from tests.support.okx_bench import Account, Bench
from tests.support.okx_places import in_process
from trader.core.actions import Cancel, SetLeverage
from trader.core.errors import Denied
from trader.core.identity import Role
from trader.core.orders import Absent, Accepted, Found, Kind, Refusal, Rejected, Status, Unknown
from trader.sim.faults import Fault
from trader.sim.okx.switches import Switches
from trader.venues.okx.signing import OkxKeys

APPLIED = [
    *(Fault(kind, is_write=True) for kind in ("T6", "T8", "T9", "T10", "H5")),
    Fault("H9", is_write=True, params={"applied": True}),
    *(
        Fault("V26", is_write=True, params={"code": c, "applied": True})
        for c in ("50004", "50026", "51054", "51149")
    ),
]
LOST = [
    *(Fault(kind, is_write=True) for kind in ("T7", "T14", "H2", "H4", "H6", "H9", "H10")),
    *(
        Fault("V26", is_write=True, params={"code": code})
        for code in ("50001", "50004", "50013", "50026", "51149")
    ),
]


def kind(fault: Fault) -> str:
    return f"{fault.kind}{fault.params.get('code', '')}{'-applied' if fault.params.get('applied') else ''}"


@pytest.mark.parametrize("fault", APPLIED, ids=kind)
def test_okx_60_an_entry_that_counted_but_whose_answer_was_lost_is_unknown_and_found_by_its_id(
    fault: Fault,
) -> None:
    bench = in_process()
    entry = bench.entry()
    bench.sim.arm(fault)
    unknown = bench.do(entry)
    assert isinstance(unknown, Unknown), unknown
    assert bench.venue.resend(unknown) is unknown
    found = bench.found(entry.client_id)
    assert (found.status, found.order.filled) == (Status.FILLED, entry.size)
    assert bench.size() == entry.size


@pytest.mark.parametrize("fault", LOST, ids=kind)
def test_okx_61_an_entry_that_never_counted_is_unknown_and_absent_everywhere(fault: Fault) -> None:
    bench = in_process()
    entry = bench.entry()
    bench.sim.arm(fault)
    unknown = bench.do(entry)
    assert isinstance(unknown, Unknown), unknown
    assert unknown.resend is None
    assert bench.look_up(entry.client_id) == Absent()
    assert bench.fills() == []
    writes = [request for request in bench.wire.requests if request.is_write]
    assert len(writes) == 1


@pytest.mark.parametrize("fault", [*APPLIED, *LOST], ids=kind)
def test_okx_62_a_stop_in_doubt_is_unknown_and_its_id_tells(fault: Fault) -> None:
    bench = in_process()
    bench.entered()
    stop = bench.exit()
    bench.sim.arm(fault)
    assert isinstance(bench.do(stop), Unknown)
    found = bench.look_up(stop.client_id)
    is_there = stop.client_id in bench.orders()
    assert isinstance(found, Found) == is_there == (fault in APPLIED)


@pytest.mark.parametrize("kind_of", ["T1", "T2", "T3", "T4", "T5"])
def test_okx_63_a_write_that_surely_never_left_is_refused_and_not_unknown(kind_of: str) -> None:
    bench = in_process()
    entry = bench.entry()
    bench.sim.arm(Fault(kind_of, is_write=True))
    outcome = bench.do(entry)
    assert isinstance(outcome, Rejected)
    assert "never reached the venue" in outcome.reason
    assert bench.size() == 0


@pytest.mark.parametrize("kind_of", ["T6", "T7", "H9"])
def test_okx_64_over_real_sockets_too(sim_okx: Bench, kind_of: str) -> None:
    entry = sim_okx.entry()
    sim_okx.sim.arm(Fault(kind_of, is_write=True))
    assert isinstance(sim_okx.do(entry), Unknown)
    assert sim_okx.size() == (entry.size if kind_of == "T6" else 0)


@pytest.mark.parametrize("body", ["null", "", "[]", "<html>"])
def test_okx_65_a_good_answer_without_words_is_unknown(body: str) -> None:
    bench = in_process()
    entry = bench.entry()
    bench.sim.arm(Fault("H15", is_write=True, params={"body": body}))
    assert isinstance(bench.do(entry), Unknown)


@pytest.mark.parametrize("variant", ["cut", "missing_field", "null_field", "duplicate_keys", "invalid_utf8"])
def test_okx_66_a_damaged_answer_is_unknown(variant: str) -> None:
    bench = in_process()
    entry = bench.entry()
    bench.sim.arm(Fault("H14", is_write=True, params={"variant": variant, "field": ""}))
    assert isinstance(bench.do(entry), Unknown)
    assert bench.found(entry.client_id).status is Status.FILLED


@pytest.mark.parametrize("code", ["50011", "50061", "50013"])
def test_okx_67_a_venue_that_is_busy_says_so_and_nothing_is_sent_again(sim_okx: Bench, code: str) -> None:
    sim_okx.entered()
    stop = sim_okx.exit()
    sim_okx.sim.arm(Fault("V26", is_write=True, params={"code": code}))
    outcome = sim_okx.do(stop)
    if code == "50013":
        assert isinstance(outcome, Unknown)
    else:
        assert refused(outcome) is Refusal.BUDGET
    assert stop.client_id not in sim_okx.orders()


@pytest.mark.parametrize("status", [200, 429])
def test_okx_68_a_used_up_limit_is_a_refusal_whatever_its_status(status: int) -> None:
    bench = in_process(Switches(rate_limit_status=status))
    bench.entered()
    outcomes = [bench.do(bench.exit(size=Decimal(1), distance="0.04")) for _ in range(22)]
    assert refused(outcomes[-1]) is Refusal.BUDGET
    assert isinstance(outcomes[0], Accepted)


@pytest.mark.parametrize("step_ms", [-3_600_000, -31_000, -20_000, 2_000, 31_000, 3_600_000])
def test_okx_69_a_wrong_wall_clock_stops_no_reading_and_no_protection(sim_okx: Bench, step_ms: int) -> None:
    sim_okx.entered()
    sim_okx.sim.clock.step(step_ms)
    sim_okx.venue = sim_okx.restarted()
    holdings = sim_okx.inspect()
    assert len(holdings.positions) == 1
    assert abs(holdings.at_ms - sim_okx.sim.embedded.now_ms) < 1_000
    accepted(sim_okx.do(sim_okx.exit()))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"api_key": "0" * 8}, "50111"),
        ({"api_key": "0" * 8}, "50119"),
        ({"secret": "X" * 32}, "50113"),
        ({"passphrase": "wrong"}, "50105"),
    ],
)
def test_okx_70_a_key_that_is_not_one_is_denied_and_nothing_is_sent(
    changes: dict[str, str], code: str
) -> None:
    bench = in_process(Switches(missing_key_code=code) if "api_key" in changes else None)
    stop = bench.exit()
    known = bench.identity
    good = {"api_key": known.api_key, "secret": known.api_secret, "passphrase": known.passphrase}
    bench.venue = bench.restarted(keys=OkxKeys(**good | changes))
    with pytest.raises(Denied, match=code):
        bench.inspect()
    assert refused(bench.do(stop)) is Refusal.UNSENT


def test_okx_106_a_key_that_was_revoked_is_denied(sim_okx: Bench) -> None:
    sim_okx.entered()
    stop = sim_okx.exit()
    sim_okx.sim.arm(Fault("V20"))
    assert refused(sim_okx.do(stop)) is Refusal.DENIED
    with pytest.raises(Denied):
        sim_okx.inspect()


def test_okx_71_a_key_that_lost_its_right_to_trade_is_denied_and_reads_go_on(sim_okx: Bench) -> None:
    entry = sim_okx.entered()
    sim_okx.sim.arm(Fault("V19"))
    snapshot = sim_okx.observe()
    assert "may not trade" in str(snapshot.account_problem)
    assert sim_okx.size() == entry.size
    assert refused(sim_okx.do(sim_okx.exit())) is Refusal.DENIED
    assert refused(sim_okx.do(sim_okx.close(size=entry.size))) is Refusal.DENIED


def test_okx_72_one_round_carries_everything_and_each_has_its_own_outcome(okx: Account) -> None:
    entry = okx.entered()
    good, bad = okx.exit(), okx.exit(distance="-0.03", size=entry.size)
    gone = Cancel(COIN, "2150000000000099999", None, "", Kind.STOP)
    okx.wire.rounds.clear()
    outcomes = okx.venue.perform([good, bad, gone, okx.close(size=entry.size)])
    assert len(okx.wire.rounds) == 1
    assert [refused(outcome) for outcome in outcomes[1:3]] == [Refusal.WOULD_TRIGGER, Refusal.GONE]
    assert [type(outcomes[0]), type(outcomes[3])] == [Accepted, Accepted]


def test_okx_73_every_write_is_refused_in_a_maintenance_without_a_word_on_what_became_of_it(
    sim_okx: Bench,
) -> None:
    sim_okx.entered()
    stop = sim_okx.exit()
    sim_okx.sim.arm(Fault("V28", is_write=True, params={"state": "ongoing"}))
    assert isinstance(sim_okx.do(stop), Unknown)


def test_okx_74_a_close_is_not_too_late_when_an_entry_would_be() -> None:
    bench = in_process()
    entry = bench.entered()
    bench.inspect()
    bench.sim.pass_to(bench.clock.now_ms() + 15_000)
    assert refused(bench.do(bench.entry())) is Refusal.EXPIRED
    accepted(bench.do(bench.close(size=entry.size)))
    assert bench.size() == 0


def test_okx_75_an_order_delivered_after_its_expiry_does_nothing() -> None:
    bench = in_process()
    entry = bench.entry()
    bench.sim.arm(Fault("T11", is_write=True, params={"until": "requests", "n": 1}))
    bench.do(entry)
    bench.sim.pass_to(bench.clock.now_ms() + 6_000)
    assert bench.size() == 0
    assert bench.look_up(entry.client_id) == Absent()


def test_okx_76_a_stop_delivered_after_half_a_minute_does_nothing() -> None:
    """Conditional orders take no expiry: the time in their signature bounds them."""
    bench = in_process()
    bench.entered()
    stop = bench.exit()
    bench.sim.arm(Fault("T11", is_write=True, params={"until": "requests", "n": 1}))
    bench.do(stop)
    bench.sim.pass_to(bench.clock.now_ms() + 32_000)
    assert stop.client_id not in bench.orders()
    assert bench.venue.abilities.write_expiry_ms > 30_000


def test_okx_77_an_order_that_does_not_show_yet_is_absent_for_a_moment() -> None:
    bench = in_process(Switches(visible_after_ms=3_000))
    entry = bench.entry()
    accepted(bench.do(entry))
    assert bench.look_up(entry.client_id) == Absent()
    assert bench.fills(entry.client_id) != []
    bench.sim.pass_to(bench.clock.now_ms() + 3_001)
    assert isinstance(bench.look_up(entry.client_id), Found)


def test_okx_78_leverage_is_refused_by_rule_and_said_so(okx: Account) -> None:
    okx.observe()
    assert refused(okx.do(SetLeverage(COIN, 500, True, "a test"))) is Refusal.RULE


def test_okx_79_ids_of_the_longest_kind_fit(okx: Account) -> None:
    okx.observe()
    client_id = okx.id_of(Role.RUNG)
    assert len(client_id) == okx.venue.abilities.id_length
    assert set(client_id) <= set(okx.venue.abilities.id_alphabet)
