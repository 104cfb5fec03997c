"""What Binance says of a key, of an account, of its limits and of itself; and what may be entered then."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.account_bench import HALF_HOUR_MS, accepted, refused
from tests.support.binance_bench import WALLET_URL, BinanceAccount, BinanceBench
from tests.support.binance_places import in_process
from trader.core.access import Access, Budget
from trader.core.actions import SetLeverage
from trader.core.candles import DAY_MS
from trader.core.market import Trading
from trader.core.orders import Refusal, Status, Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.sim.binance.switches import Switches
from trader.sim.faults import Fault

ASKED = Scope(past_ms=2 * DAY_MS)
RIGHTS = "GET account/apiRestrictions"


def change_key(bench: BinanceBench, **flags: Any) -> None:
    """What the key may do is changed at the venue."""
    key = bench.embedded.keys.find(bench.identity.api_key)
    if key is None:
        raise LookupError("the key is not known")
    bench.embedded.keys.add(replace(key, **flags))


def broken(kind: str, what: str, **params: Any) -> Fault:
    return Fault(kind, what=what, times=0, params=params)


@pytest.mark.parametrize("flag", ["may_withdraw", "may_transfer", "may_transfer_anywhere"])
def test_bn_110_a_key_that_can_take_money_away_takes_no_risk_and_still_protects(
    sim_binance: BinanceBench, flag: str
) -> None:
    sim_binance.entered()
    assert sim_binance.restarted().observe(ASKED).account_problem is None
    change_key(sim_binance, **{flag: True})
    venue = sim_binance.restarted()
    for _ in range(2):
        problem = str(venue.observe(ASKED).account_problem)
        assert "the key may withdraw" in problem or "the key may move money" in problem
        assert "make one that may only read and trade futures, and delete this one" in problem
    accepted(venue.perform([sim_binance.exit()])[0])


@pytest.mark.parametrize(
    "fault",
    [
        broken("H2", RIGHTS, status=403),
        broken("H14", RIGHTS, variant="renamed_field", field="enableWithdrawals"),
        broken("H14", RIGHTS, variant="missing_field", field="permitsUniversalTransfer"),
        broken("H15", RIGHTS, body="{}"),
        broken("T5", RIGHTS),
        broken("H3", RIGHTS),
    ],
    ids=lambda fault: f"{fault.kind} {fault.params}",
)
def test_bn_111_not_to_know_whether_a_key_can_withdraw_is_a_problem_too(
    sim_binance: BinanceBench, fault: Fault
) -> None:
    sim_binance.arm(fault)
    snapshot = sim_binance.venue.observe(ASKED)
    assert "whether the key may withdraw could not be read" in str(snapshot.account_problem)
    assert snapshot.venue_problem is None
    sim_binance.arm()
    assert sim_binance.venue.observe(ASKED).account_problem is None


def test_bn_112_the_right_is_asked_for_at_its_own_host_once_and_only_with_the_record(
    sim_binance: BinanceBench,
) -> None:
    def asked() -> list[str]:
        return [r.url for r in sim_binance.wire.requests if "apiRestrictions" in r.url]

    venue = sim_binance.restarted()
    venue.observe(Scope())
    assert asked() == []
    before = len(sim_binance.wire.rounds)
    venue.observe(ASKED)
    venue.observe(ASKED)
    assert len(asked()) == 1
    assert asked()[0].startswith(f"{WALLET_URL}/sapi/v1/account/apiRestrictions?timestamp=")
    assert len(sim_binance.wire.rounds) == before + 4
    assert asked()[0] in [r.url for r in sim_binance.wire.rounds[before]]


def test_bn_122_a_ban_at_the_wallet_is_none_where_orders_go(sim_binance: BinanceBench) -> None:
    sim_binance.arm(broken("H3", RIGHTS))
    venue = sim_binance.restarted()
    snapshot = venue.observe(ASKED)
    assert "this address is banned for a while" in str(snapshot.account_problem)
    assert venue.used.ban() is None
    told = sim_binance.embedded.weights.used("127.0.0.1", now_ms=sim_binance.clock.now_ms())
    assert venue.used.weight == told


def test_bn_113_a_practice_network_has_no_such_place_and_is_not_asked(sim_binance: BinanceBench) -> None:
    sim_binance.wallet_url = None
    change_key(sim_binance, may_withdraw=True)
    venue = sim_binance.restarted()
    assert venue.observe(ASKED).account_problem is None
    told = venue.access()
    assert (told.can_trade, told.can_withdraw, told.can_move, told.is_ip_bound) == (None, None, None, None)
    assert told.kept is not None
    assert not any("apiRestrictions" in request.url for request in sim_binance.wire.requests)


def test_bn_114_access_tells_the_account_as_it_is_kept(binance: BinanceAccount) -> None:
    told = binance.restarted().access()
    assert (told.account_problem, told.key_problem, told.key_expires_ms) == (None, None, None)
    sides = "hedge mode" if binance.two_sided else "one-way mode"
    assert (told.kept, told.kept_problem) == (f"{sides}, single-asset margin", None)
    assert told.conditional_orders == 0
    assert isinstance(told.budgets, tuple)
    assert {budget.what for budget in told.budgets} == {"weight of this address"}
    assert all(0 < budget.used <= budget.limit for budget in told.budgets)
    binance.entered()
    accepted(binance.do(binance.exit()))
    assert binance.venue.access().conditional_orders == 1


@pytest.mark.parametrize(
    ("flag", "value", "field"),
    [
        ("may_withdraw", True, "can_withdraw"),
        ("may_transfer", True, "can_move"),
        ("may_transfer_anywhere", True, "can_move"),
        ("is_ip_restricted", True, "is_ip_bound"),
    ],
)
def test_bn_115_access_tells_each_right_of_the_key(
    sim_binance: BinanceBench, flag: str, value: bool, field: str
) -> None:
    plain = sim_binance.venue.access()
    assert (plain.can_trade, plain.can_withdraw, plain.can_move, plain.is_ip_bound) == (
        *(True, False, False, False),
    )
    change_key(sim_binance, **{flag: value})
    told = sim_binance.venue.access()
    changed: dict[str, Any] = {field: value}
    assert replace(told, budgets=plain.budgets) == replace(plain, **changed)


def test_bn_116_access_says_what_is_wrong_with_account_and_key(sim_binance: BinanceBench) -> None:
    other = sim_binance.restarted(account_id="anotherAccount").access()
    assert "the credentials name anotherAccount" in str(other.account_problem)
    assert other.key_problem is None
    wrong = sim_binance.restarted(secret="wrong").access()
    assert "-1022" in str(wrong.key_problem)
    assert isinstance(wrong.account_problem, Unreadable)
    assert isinstance(wrong.can_withdraw, Unreadable)
    sim_binance.arm(Fault("V22"))
    kept = sim_binance.restarted().access()
    assert kept.kept_problem is not None
    assert "multi-assets margin" in kept.kept_problem
    assert str(kept.kept).endswith("multi-assets margin")
    sim_binance.arm()
    change_key(sim_binance, may_trade_futures=False)
    barred = sim_binance.restarted().access()
    assert barred.can_trade is False
    assert "-2015" in str(barred.key_problem)


PARTS = {
    "GET balance": {"account_problem", "key_problem"},
    "GET accountConfig": {"kept"},
    "GET openAlgoOrders": {"conditional_orders"},
    RIGHTS: {"can_trade", "can_withdraw", "can_move", "is_ip_bound"},
    "GET exchangeInfo": {"budgets"},
}


@pytest.mark.parametrize("kind", ["T5", "H15", "H2"])
@pytest.mark.parametrize("what", PARTS)
def test_bn_117_a_part_that_cannot_be_read_says_so_and_spoils_no_other(
    sim_binance: BinanceBench, what: str, kind: str
) -> None:
    sim_binance.arm(broken(kind, what, status=403))
    told = sim_binance.restarted().access()
    failed = {name for name in Access.__dataclass_fields__ if isinstance(getattr(told, name), Unreadable)}
    assert failed == PARTS[what]


def test_bn_118_limits_are_the_venues_own_and_told_with_each_observation() -> None:
    bench = in_process(Switches(weight_per_minute=6_000, orders_per_minute=700, orders_per_ten_seconds=90))
    snapshot = bench.observe()
    assert snapshot.budgets == (Budget("weight of this address", bench.venue.used.weight or 0, 6_000, 60),)
    assert bench.venue.used.weight == bench.embedded.weights.used("127.0.0.1", now_ms=bench.clock.now_ms())
    bench.entered()
    bench.do(bench.exit())
    orders = {budget.what: budget for budget in _budgets(bench)}
    assert orders["orders of the account in 10 s"] == Budget("orders of the account in 10 s", 2, 90, 10)
    assert orders["orders of the account in 60 s"] == Budget("orders of the account in 60 s", 2, 700, 60)
    bench.pass_to(bench.clock.now_ms() + 12_000)
    assert [one.per_s for one in _budgets(bench)] == [60, 60]
    bench.pass_to(bench.clock.now_ms() + 60_000)
    assert [one.what for one in _budgets(bench)] == ["weight of this address"]
    bench.arm(broken("H14", "GET exchangeInfo", variant="renamed_field", field="rateLimits"))
    unread = bench.restarted().observe(Scope()).budgets
    assert isinstance(unread, Unreadable)
    assert unread.answered


def _budgets(bench: BinanceBench) -> tuple[Budget, ...]:
    told = bench.venue.observe(Scope()).budgets
    assert isinstance(told, tuple)
    return told


def test_bn_119_a_venue_that_says_it_takes_nothing_is_told_as_such(sim_binance: BinanceBench) -> None:
    needs = Scope((CandleNeed("SOL", HALF_HOUR_MS, 5),))
    assert sim_binance.restarted().observe(needs).venue_problem is None
    sim_binance.entered()
    for state, words in (("shutting_down", "code -1016 This service is no longer"), ("settling", "TRADING")):
        sim_binance.arm(Fault("V28", params={"state": state}))
        sim_binance.restarted().observe(Scope())
        sim_binance.arm()
        snapshot = sim_binance.restarted().observe(needs)
        assert words in str(snapshot.venue_problem)
        assert refused(sim_binance.do(sim_binance.entry())) in (Refusal.UNSENT, Refusal.RULE)
    accepted(sim_binance.do(sim_binance.exit()))
    sim_binance.arm(Fault("V28", params={"state": "over"}))
    sim_binance.restarted().observe(Scope())
    sim_binance.arm(broken("H6", "GET klines"))
    assert "Service Unavailable." in str(sim_binance.restarted().observe(needs).venue_problem)
    sim_binance.arm(broken("H5", "GET klines"))
    assert sim_binance.restarted().observe(needs).venue_problem is None


def test_bn_120_a_symbol_that_is_settled_closes_its_coin_and_not_the_venue(sim_binance: BinanceBench) -> None:
    sim_binance.arm(Fault("V15", params={"coin": "SOL", "is_delisted": True}))
    sim_binance.restarted().observe(Scope())
    snapshot = sim_binance.restarted().observe(Scope((CandleNeed("SOL", HALF_HOUR_MS, 5),)))
    assert snapshot.venue_problem is None
    assert snapshot.markets["SOL"].market.trading is Trading.CLOSED


@pytest.mark.parametrize("code", [-9999, -4120])
def test_bn_121_a_number_that_nobody_knows_is_a_refusal_that_says_the_venue_has_changed(
    sim_binance: BinanceBench, code: int
) -> None:
    entry = sim_binance.entered()
    sim_binance.arm(Fault("V1", is_write=True, times=0, params={"code": code, "text": "Quite new."}))
    for action in (sim_binance.entry(), sim_binance.exit(), sim_binance.close(size=entry.size)):
        assert refused(sim_binance.do(action)) is Refusal.UNFAMILIAR
    listed = sim_binance.venue.perform([sim_binance.rest(), sim_binance.rest(distance="0.03")])
    assert [refused(one) for one in listed] == [Refusal.UNFAMILIAR] * 2
    changed = SetLeverage(sim_binance.coin, 7, True, "a test")
    assert refused(sim_binance.do(changed)) is Refusal.UNFAMILIAR
    sim_binance.arm()
    assert (sim_binance.size(), sim_binance.status(entry.client_id)) == (entry.size, Status.FILLED)
    assert [order for order in sim_binance.orders().values() if order.opens] == []


def test_bn_123_a_number_that_nobody_knows_makes_a_reading_unreadable_though_something_came(
    sim_binance: BinanceBench,
) -> None:
    needs = Scope((CandleNeed("SOL", HALF_HOUR_MS, 5),), past_ms=2 * DAY_MS)
    for what in ("GET openOrders", "GET klines", "GET income"):
        sim_binance.arm(broken("V26", what, code=-7_777, text="Quite new."))
        snapshot = sim_binance.restarted().observe(needs)
        parts = (snapshot.holdings.orders, snapshot.markets["SOL"].candles, snapshot.past)
        (failed,) = [part for part in parts if isinstance(part, Unreadable)]
        assert failed.answered
        assert "-7777 Quite new" in failed.why
        assert snapshot.venue_problem is None
