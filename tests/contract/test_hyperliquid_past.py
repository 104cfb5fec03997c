"""What Hyperliquid tells of the account's money: what trading brought, what came and went, its samples."""

import json
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.support.account_bench import HALF_HOUR_MS, accepted
from tests.support.hyperliquid_bench import Bench
from tests.support.hyperliquid_places import in_process
from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.orders import Unreadable
from trader.core.past import Cause, Past
from trader.core.ports import CandleNeed, Scope
from trader.core.snapshot import Snapshot
from trader.sim.faults import Fault
from trader.sim.hyperliquid.flows import move

FILLS_BACK_MS = 7 * DAY_MS
KINDS_IN = [
    *("deposit", "accountClassTransfer", "internalTransfer", "subAccountTransfer", "send"),
    *("vaultDistribution", "vaultWithdraw", "rewardsClaim"),
]
KINDS_OUT = [
    *("withdraw", "accountClassTransfer", "internalTransfer", "subAccountTransfer", "send"),
    *("vaultCreate", "vaultDeposit"),
]


def seen(bench: Bench, *, past_ms: int = 2 * DAY_MS) -> Snapshot:
    return bench.venue.observe(Scope((), {}, FILLS_BACK_MS, past_ms))


def past(bench: Bench, *, past_ms: int = 2 * DAY_MS) -> Past:
    found = seen(bench, past_ms=past_ms).past
    assert isinstance(found, Past), found
    return found


def a_trade(bench: Bench) -> None:
    """Bought, held and sold."""
    entry = bench.entered()
    bench.observe()
    accepted(bench.do(bench.close(size=entry.size)))
    bench.until(lambda now: bench.size(holdings=now) == 0)


def a_funded_trade(bench: Bench) -> None:
    """Bought, held over three hours' funding, and sold at a loss."""
    entry = bench.entered()
    bench.sim.move("SOL", 99.0)
    bench.sim.pass_to(bench.clock.now_ms() + 3 * HOUR_MS)
    bench.observe()
    accepted(bench.do(bench.close(size=entry.size)))


def test_hl_76_what_a_trade_brought_and_cost_is_told_by_cause(bench: Bench) -> None:
    a_trade(bench)
    snapshot = seen(bench)
    told, fills = snapshot.past, snapshot.holdings.fills
    assert isinstance(told, Past)
    assert isinstance(fills, tuple)
    assert bench.coin in {gain.coin for gain in told.gains}
    by_cause = {
        cause: sum((gain.amount for gain in told.gains if gain.cause is cause), Decimal(0)) for cause in Cause
    }
    mine = [fill for fill in fills if fill.at_ms >= told.gains_since_ms]
    assert by_cause[Cause.FEE] == -sum(fill.fee for fill in mine) < 0
    assert by_cause[Cause.CLOSED] == sum(fill.realised for fill in mine)
    assert by_cause[Cause.OTHER] == 0
    assert [gain.at_ms for gain in told.gains] == sorted(gain.at_ms for gain in told.gains)
    assert told.missing is None


def test_hl_77_gains_and_flows_add_up_to_the_equity_and_profit_to_the_gains(sim_bench: Bench) -> None:
    a_funded_trade(sim_bench)
    sim_bench.sim.arm(Fault("V29", params={"amount": "250"}))
    snapshot = seen(sim_bench)
    told = snapshot.past
    assert isinstance(told, Past)
    assert {gain.cause for gain in told.gains} == {Cause.CLOSED, Cause.FEE, Cause.FUNDING}
    earned = sum(gain.amount for gain in told.gains)
    assert earned < 0
    assert sum(flow.amount for flow in told.flows) == 1250
    assert snapshot.holdings.account.equity == 1250 + earned
    assert told.samples[-1].equity == snapshot.holdings.account.equity
    assert told.samples[-1].profit - told.samples[0].profit == earned


@pytest.mark.parametrize("kind", KINDS_IN)
def test_hl_78_money_that_comes_is_a_flow_of_its_kind_and_no_profit(sim_bench: Bench, kind: str) -> None:
    before = past(sim_bench)
    sim_bench.sim.arm(Fault("V29", params={"amount": "5000", "kind": kind}))
    after = past(sim_bench)
    assert [(flow.kind, flow.amount) for flow in after.flows[1:]] == [(kind, Decimal(5000))]
    assert after.samples[-1].equity == before.samples[-1].equity + 5000
    assert after.samples[-1].profit == before.samples[-1].profit
    assert after.gains == before.gains == ()


@pytest.mark.parametrize("kind", KINDS_OUT)
def test_hl_79_money_that_goes_is_a_flow_of_its_kind_and_no_loss(sim_bench: Bench, kind: str) -> None:
    before = past(sim_bench)
    sim_bench.sim.arm(Fault("V29", params={"amount": "-900", "kind": kind}))
    after = past(sim_bench)
    assert [(flow.kind, flow.amount) for flow in after.flows[1:]] == [(kind, Decimal(-900))]
    assert after.samples[-1].equity == before.samples[-1].equity - 900
    assert after.samples[-1].profit == before.samples[-1].profit


def test_hl_80_money_that_moves_under_an_unknown_name_is_never_ignored(sim_bench: Bench) -> None:
    sim_bench.sim.arm(Fault("V29", params={"amount": "5", "kind": "stakingRefund"}))
    snapshot = seen(sim_bench)
    assert isinstance(snapshot.past, Unreadable)
    assert snapshot.past.answered
    assert "stakingRefund" in snapshot.past.why
    assert snapshot.account_problem is None
    assert snapshot.holdings.account.equity > 0


@pytest.mark.parametrize(
    ("days", "window_days", "hours_apart"),
    [(2, 7, 3), (7, 7, 3), (20, 30, 16), (30, 30, 16), (60, None, 168)],
)
def test_hl_81_samples_come_from_the_shortest_window_that_reaches_back(
    sim_bench: Bench, days: int, window_days: int | None, hours_apart: int
) -> None:
    a_funded_trade(sim_bench)
    sim_bench.sim.pass_to(sim_bench.clock.now_ms() + 80 * DAY_MS)
    told = past(sim_bench, past_ms=days * DAY_MS)
    times = [sample.at_ms for sample in told.samples]
    assert times == sorted(times)
    assert times[-1] == sim_bench.venue.venue_now_ms()
    assert all(after - before <= hours_apart * HOUR_MS for before, after in pairwise(times))
    assert times[0] - told.since_ms <= 3 * HOUR_MS
    assert sum(at_ms <= told.since_ms for at_ms in times) <= 1
    assert times[-1] - times[0] <= (window_days or 80) * DAY_MS
    assert told.missing is None
    assert told.gains == ()


def test_hl_82_a_young_account_lacks_nothing(sim_bench: Bench) -> None:
    born_ms = past(sim_bench).flows[0].at_ms
    sim_bench.sim.pass_to(sim_bench.clock.now_ms() + 5 * HOUR_MS)
    told = past(sim_bench, past_ms=30 * DAY_MS)
    assert told.samples[0].at_ms == born_ms > told.since_ms
    assert told.missing is None


@pytest.mark.parametrize(("moves", "rounds", "is_whole"), [(480, 2, True), (800, 3, True), (1100, 3, False)])
def test_hl_83_what_does_not_fit_two_pages_is_said_to_be_missing(
    moves: int, rounds: int, is_whole: bool
) -> None:
    bench = in_process()
    for number in range(moves):
        # Five in one millisecond, so that a page ends amid them.
        if number % 5 == 0:
            bench.sim.pass_to(bench.clock.now_ms() + 1)
        move(bench.sim.embedded, bench.address, Decimal(1), "accountClassTransfer")
    before = len(bench.wire.rounds)
    told = past(bench)
    assert len(bench.wire.rounds) - before == rounds
    if is_whole:
        assert told.missing is None
        assert len(told.flows) == moves + 1
    else:
        assert "more than 1000 rows" in str(told.missing)
        assert "limits.drawdown_days" in str(told.missing)
        assert len(told.flows) < moves


THREE_COINS = tuple(CandleNeed(coin, HALF_HOUR_MS, 300) for coin in ("BTC", "ETH", "SOL"))


def test_hl_84_the_record_adds_no_round_and_a_tick_stays_within_half_of_the_minute(sim_bench: Bench) -> None:
    a_funded_trade(sim_bench)
    sim_bench.sim.pass_to(sim_bench.clock.now_ms() + HOUR_MS)
    sim_bench.venue, before = sim_bench.restarted(), len(sim_bench.wire.rounds)
    looked_up = {f"{number:032x}": "SOL" for number in range(6)}
    snapshot = sim_bench.venue.observe(Scope(THREE_COINS, looked_up, FILLS_BACK_MS, 30 * DAY_MS))
    rounds = [[json.loads(r.body)["type"] for r in asked] for asked in sim_bench.wire.rounds[before:]]
    assert [len(asked) for asked in rounds] == [21, 2]
    assert rounds[1] == ["clearinghouseState", "userFillsByTime"]
    assert isinstance(snapshot.budgets, tuple)
    of_the_account, of_the_address = snapshot.budgets
    assert (of_the_account.per_s, of_the_address.per_s) == (None, 60)
    assert of_the_address.used < of_the_address.limit / 2


def test_hl_85_what_was_asked_is_weighed_as_the_venue_weighs_it(sim_bench: Bench) -> None:
    a_funded_trade(sim_bench)
    for _ in range(30):
        move(sim_bench.sim.embedded, sim_bench.address, Decimal(1))
    sim_bench.sim.pass_to(sim_bench.clock.now_ms() + 2 * DAY_MS)
    embedded = sim_bench.sim.embedded
    sim_bench.venue = sim_bench.restarted()
    sim_bench.venue.observe(Scope(THREE_COINS, {"0a" * 16: "SOL"}, FILLS_BACK_MS, 30 * DAY_MS))
    sim_bench.venue.history()
    sim_bench.venue.access()
    sim_bench.entered()
    (counted,) = seen(sim_bench, past_ms=DAY_MS).budgets[1:]  # type: ignore[index]
    assert counted.used == embedded.ip_budget.used("127.0.0.1", at_ms=embedded.now_ms)
    sim_bench.sim.pass_to(sim_bench.clock.now_ms() + 60_000)
    (counted,) = seen(sim_bench, past_ms=DAY_MS).budgets[1:]  # type: ignore[index]
    assert counted.used == embedded.ip_budget.used("127.0.0.1", at_ms=embedded.now_ms) < 200


SPOILED = [
    ("portfolio", "accountValueHistory"),
    ("portfolio", "pnlHistory"),
    ("userNonFundingLedgerUpdates", "delta"),
    ("userNonFundingLedgerUpdates", "usdc"),
    ("userFunding", "usdc"),
    ("userFillsByTime", "closedPnl"),
    ("userRateLimit", "nRequestsUsed"),
    ("userRateLimit", "nRequestsCap"),
    ("exchangeStatus", "specialStatuses"),
]


@pytest.mark.parametrize(("what", "field"), SPOILED)
@pytest.mark.parametrize("variant", ["renamed_field", "missing_field"])
def test_hl_86_a_field_of_another_version_is_known_for_what_it_is(
    what: str, field: str, variant: str
) -> None:
    bench = in_process()
    a_funded_trade(bench)
    bench.sim.arm(Fault("H14", what=what, times=0, params={"variant": variant, "field": field}))
    snapshot = seen(bench)
    if what == "exchangeStatus":
        assert "could not be read" in str(snapshot.venue_problem)
        assert field in str(snapshot.venue_problem)
        return
    part = snapshot.budgets if what == "userRateLimit" else snapshot.past
    assert isinstance(part, Unreadable)
    assert (part.answered, field in part.why) == (True, True)
    assert isinstance(snapshot.budgets, Unreadable) == (what == "userRateLimit")
    assert snapshot.holdings.account.equity > 0


@pytest.mark.parametrize("what", ["portfolio", "userNonFundingLedgerUpdates", "userFunding", "userRateLimit"])
def test_hl_87_a_record_that_does_not_come_is_unreadable_and_the_rest_is_there(
    sim_bench: Bench, what: str
) -> None:
    sim_bench.sim.arm(Fault("H4", what=what, times=0))
    snapshot = seen(sim_bench)
    part = snapshot.budgets if what == "userRateLimit" else snapshot.past
    assert isinstance(part, Unreadable)
    assert (part.answered, part.what) == (False, what)
    assert isinstance(snapshot.holdings.orders, tuple)
    assert (snapshot.account_problem, snapshot.venue_problem) == (None, None)


def test_hl_88_a_special_state_of_the_venue_is_told_and_protection_goes_on(sim_bench: Bench) -> None:
    sim_bench.entered()
    assert seen(sim_bench).venue_problem is None
    sim_bench.sim.arm(Fault("V28", params={"state": "network upgrade"}))
    assert "network upgrade" in str(seen(sim_bench).venue_problem)
    accepted(sim_bench.do(sim_bench.exit()))
    sim_bench.sim.arm(Fault("V28", params={"state": ""}))
    assert seen(sim_bench).venue_problem is None


def test_hl_89_without_the_record_nothing_more_is_asked(sim_bench: Bench) -> None:
    before = len(sim_bench.wire.rounds)
    snapshot = sim_bench.venue.observe(Scope((), {}, FILLS_BACK_MS))
    assert (snapshot.past, snapshot.venue_problem) == (None, None)
    kinds = {json.loads(r.body)["type"] for asked in sim_bench.wire.rounds[before:] for r in asked}
    assert not kinds & {"portfolio", "userNonFundingLedgerUpdates", "userFunding", "userRateLimit"}
