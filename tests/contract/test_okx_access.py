"""What OKX says of a key, of its account and of itself, and what is made of words that nobody knows."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.account_bench import FILLS_BACK_MS, accepted
from tests.support.okx_bench import Account, Bench
from tests.support.okx_places import in_process
from trader.core.access import Access
from trader.core.candles import DAY_MS
from trader.core.errors import Denied, Malformed
from trader.core.identity import Role
from trader.core.orders import Outcome, Refusal, Rejected, Unreadable
from trader.core.ports import Scope
from trader.core.snapshot import Snapshot
from trader.sim.faults import Fault
from trader.sim.okx.switches import Switches
from trader.venues.okx.notices import ASKED_EVERY_MS

ALGOS = "trade/orders-algo-pending"
OF_CONFIG = ("account_problem", "can_trade", "can_withdraw", "is_ip_bound", "kept")


def seen(bench: Account) -> Snapshot:
    return bench.venue.observe(Scope((), {}, FILLS_BACK_MS, 2 * DAY_MS))


def access(bench: Account) -> Access:
    return bench.restarted().access()


def changed(bench: Bench, kind: str, **params: Any) -> Bench:
    """Somebody changed the key, the account or the venue."""
    bench.sim.arm(Fault(kind, what="public/time", params=params))
    bench.venue.inspect(FILLS_BACK_MS)
    return bench


def test_okx_122_a_key_that_serves_can_trade_and_cannot_withdraw(okx: Account) -> None:
    okx.inspect()
    written = sum(request.is_write for request in okx.wire.requests)
    told = access(okx)
    assert (told.account_problem, told.key_problem, told.key_expires_ms) == (None, None, None)
    assert (told.can_trade, told.can_withdraw, told.can_move) == (True, False, None)
    assert told.kept_problem is None
    assert isinstance(told.kept, str)
    assert ("long_short_mode" if okx.two_sided else "net_mode") in told.kept
    assert (told.conditional_orders, told.budgets) == (0, ())
    assert sum(request.is_write for request in okx.wire.requests) == written


def test_okx_123_conditional_orders_are_counted_in_each_list_that_has_them(okx: Account) -> None:
    okx.guarded()
    assert access(okx).conditional_orders == 1
    accepted(okx.do(okx.exit(role=Role.TARGET, size=okx.size(), distance="0.07")))
    accepted(okx.do(okx.rest(trigger="0.03")))
    assert access(okx).conditional_orders == 3


def test_okx_124_a_key_that_may_withdraw_takes_no_risk_and_still_protects(sim_okx: Bench) -> None:
    sim_okx.entered()
    changed(sim_okx, "V19", permissions=["read_only", "withdraw", "trade"])
    told = access(sim_okx)
    assert (told.can_trade, told.can_withdraw) == (True, True)
    assert "the key may withdraw" in str(seen(sim_okx).account_problem)
    accepted(sim_okx.do(sim_okx.exit()))


def test_okx_125_a_key_without_the_right_to_trade_says_so(sim_okx: Bench) -> None:
    changed(sim_okx, "V19")
    assert (access(sim_okx).can_trade, access(sim_okx).can_withdraw) == (False, False)
    assert "may not trade" in str(seen(sim_okx).account_problem)


@pytest.mark.parametrize(
    ("ips", "is_bound"), [([], False), (["127.0.0.1"], True), (["127.0.0.1", "::1"], True)]
)
def test_okx_126_a_key_that_works_from_anywhere_is_told_apart(ips: list[str], is_bound: bool) -> None:
    assert access(changed(in_process(), "V19", ips=ips)).is_ip_bound is is_bound


def test_okx_127_a_key_that_works_from_elsewhere_alone_is_denied_with_the_way_out() -> None:
    bench = in_process()
    bench.sim.arm(Fault("V19", params={"ips": ["192.0.2.7"]}))
    told = access(bench)
    assert "50110" in str(told.key_problem)
    assert "add this machine's address" in str(told.key_problem)
    assert all(isinstance(getattr(told, part), Unreadable) for part in OF_CONFIG)
    assert isinstance(told.conditional_orders, Unreadable)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"account_level": "1"}, "switch it to futures mode"),
        ({"account_level": "4"}, "switch it to futures mode"),
        ({"self_trade": "cancel_taker"}, "set it to cancel maker"),
        ({"self_trade": "cancel_both"}, "set it to cancel maker"),
    ],
)
def test_okx_128_an_account_that_is_kept_in_a_way_that_does_not_serve(params: Any, said: str) -> None:
    bench = changed(in_process(), "V23", **params)
    assert said in str(access(bench).kept_problem)
    assert said in str(seen(bench).account_problem)


def test_okx_129_the_key_of_another_account_is_told_with_both_named(sim_okx: Bench) -> None:
    sim_okx.sim.arm(Fault("V30", what="account/config", params={"account": "77"}))
    with pytest.raises(Denied, match="OKX_ACCOUNT=77"):
        seen(sim_okx)
    assert "OKX_ACCOUNT=77" in str(access(sim_okx).account_problem)


@pytest.mark.parametrize("what", ["account/config", ALGOS])
@pytest.mark.parametrize(
    ("fault", "answered"),
    [
        (Fault("T5", times=0), False),
        (Fault("H2", times=0, params={"status": 403}), False),
        (Fault("H15", times=0), True),
        (Fault("V26", times=0, params={"code": "51999"}), True),
    ],
)
def test_okx_130_what_could_not_be_asked_is_never_well(what: str, fault: Fault, answered: bool) -> None:
    bench = in_process()
    bench.sim.arm(replace(fault, what=what))
    told = access(bench)
    unread = [told.conditional_orders] if what == ALGOS else [getattr(told, part) for part in OF_CONFIG]
    assert [part.answered for part in unread if isinstance(part, Unreadable)] == [answered] * len(unread)


@pytest.mark.parametrize(("field", "part"), [("perm", "can_withdraw"), ("ip", "is_ip_bound")])
def test_okx_131_a_right_under_another_name_is_not_known(field: str, part: str) -> None:
    bench = in_process()
    params = {"variant": "renamed_field", "field": field}
    bench.sim.arm(Fault("H14", what="account/config", times=0, params=params))
    told = getattr(access(bench), part)
    assert isinstance(told, Unreadable)
    assert told.answered
    assert field in told.why


# Maintenance


@pytest.mark.parametrize("service", ["3", "5", "8", "9", "77"])
@pytest.mark.parametrize("state", ["ongoing", "pre_open"])
def test_okx_132_a_maintenance_of_what_is_traded_here_is_said_while_the_account_is_still_read(
    service: str, state: str
) -> None:
    bench = in_process()
    bench.guarded()
    changed(bench, "V28", state=state, service=service, serves=True)
    snapshot = seen(bench)
    assert "maintenance of" in str(snapshot.venue_problem)
    assert "until 2025-06-15 17:00 UTC" in str(snapshot.venue_problem)
    assert len(bench.orders(snapshot.holdings)) == 1


@pytest.mark.parametrize(
    "params",
    [
        {"state": "scheduled"},
        {"state": "completed"},
        {"state": "canceled"},
        {"service": "0"},
        {"service": "1"},
        {"service": "7"},
        {"service": "99"},
        {"env": "2"},
    ],
)
def test_okx_133_what_is_over_to_come_or_of_others_is_none(params: dict[str, str]) -> None:
    bench = changed(in_process(), "V28", **({"serves": True} | params))
    assert seen(bench).venue_problem is None


def test_okx_140_practice_accounts_have_notices_of_their_own() -> None:
    bench = in_process(Switches(is_simulated=True))
    bench.venue = bench.restarted(simulated_header=True)
    assert "maintenance of" in str(seen(changed(bench, "V28", env="2", serves=True)).venue_problem)
    bench.venue = bench.restarted(simulated_header=True)
    bench.sim.pass_to(bench.clock.now_ms() + ASKED_EVERY_MS)
    assert seen(changed(bench, "V28", env="1", serves=True)).venue_problem is None


@pytest.mark.parametrize(
    "fault",
    [
        Fault("V26", params={"code": "50011"}),
        Fault("V26", params={"code": "50026"}),
        Fault("H2", params={"status": 403}),
        Fault("H1"),
        Fault("T5"),
    ],
)
def test_okx_134_a_page_of_notices_that_does_not_answer_stops_nobody(fault: Fault) -> None:
    bench = in_process()
    bench.sim.arm(replace(fault, what="system/status", times=0))
    assert seen(bench).venue_problem is None


@pytest.mark.parametrize(
    "params",
    [{"variant": "renamed_field", "field": "serviceType"}, {"variant": "cut"}, {"variant": "null_field"}],
)
def test_okx_135_a_notice_that_cannot_be_understood_stops_entries(params: dict[str, str]) -> None:
    bench = changed(in_process(), "V28", serves=True)
    bench.sim.arm(Fault("H14", what="system/status", times=0, params=params))
    assert "could not be understood" in str(seen(bench).venue_problem)


def test_okx_136_notices_are_asked_for_as_often_as_the_venue_allows_and_kept_between() -> None:
    bench = changed(in_process(), "V28", serves=True)

    def asked() -> int:
        bench.wire.rounds.clear()
        assert "maintenance of" in str(seen(bench).venue_problem)
        return sum("system/status" in request.url for request in bench.wire.requests)

    assert [asked(), asked()] == [1, 0]
    bench.sim.pass_to(bench.clock.now_ms() + ASKED_EVERY_MS)
    assert [asked(), asked()] == [1, 0]
    other = bench.restarted()
    assert other.observe(Scope((), {}, FILLS_BACK_MS, DAY_MS)).venue_problem is None, (
        "throttled, and not stopped"
    )


# Words that nobody knows


def outcome_of(bench: Bench, fault: Fault) -> Outcome:
    entry = bench.entry()
    bench.sim.arm(fault)
    return bench.do(entry)


@pytest.mark.parametrize("code", ["51999", "54999", "59999"])
@pytest.mark.parametrize("kind", ["V1", "V26"])
def test_okx_137_a_code_of_a_write_that_nobody_knows_is_a_refusal_of_its_own(
    sim_okx: Bench, kind: str, code: str
) -> None:
    outcome = outcome_of(sim_okx, Fault(kind, what="trade/order", is_write=True, params={"code": code}))
    assert isinstance(outcome, Rejected)
    assert outcome.code is Refusal.UNFAMILIAR
    assert outcome.reason.startswith(code)
    assert sim_okx.size() == 0


def test_okx_138_a_code_of_a_read_that_nobody_knows_is_an_answer_that_was_not_understood(
    sim_okx: Bench,
) -> None:
    sim_okx.entered()
    sim_okx.sim.arm(Fault("V26", what="trade/fills", params={"code": "51999"}))
    fills = sim_okx.inspect().fills
    assert isinstance(fills, Unreadable)
    assert fills.answered
    sim_okx.sim.arm(Fault("V26", what="account/positions", params={"code": "51999"}))
    with pytest.raises(Malformed, match="51999"):
        sim_okx.inspect()


def test_okx_139_codes_that_are_known_and_lead_to_nothing_are_not_unfamiliar(sim_okx: Bench) -> None:
    outcome = outcome_of(sim_okx, Fault("V1", what="trade/order", is_write=True, params={"code": "51028"}))
    assert isinstance(outcome, Rejected)
    assert outcome.code is Refusal.OTHER
