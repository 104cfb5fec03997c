"""What OKX tells of the account's money: what trading brought, what came and went, what it cannot tell."""

from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from tests.support.account_bench import COIN, accepted
from tests.support.okx_bench import Account, Bench
from tests.support.okx_places import in_process
from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.market import Leg
from trader.core.orders import Unreadable
from trader.core.past import Cause, Flow, Past
from trader.core.ports import Scope
from trader.core.snapshot import Snapshot
from trader.sim.faults import Fault
from trader.sim.okx.switches import Switches

FILLS_BACK_MS = 7 * DAY_MS
MONTH_MS = 30 * DAY_MS
CENT = Decimal("0.0001")
RECORD = ("account/positions-history", "account/bills", "account/bills-archive")


def seen(bench: Account, *, past_ms: int = MONTH_MS) -> Snapshot:
    return bench.venue.observe(Scope((), {}, FILLS_BACK_MS, past_ms))


def past(bench: Account, *, past_ms: int = MONTH_MS) -> Past:
    found = seen(bench, past_ms=past_ms).past
    assert isinstance(found, Past), found
    return found


def whole(bench: Account) -> Past:
    """The record; with it the account's money adds up from its first deposit to now."""
    snapshot = seen(bench)
    told = snapshot.past
    assert isinstance(told, Past), told
    assert told.missing is None
    open_profit = sum((position.unrealised for position in snapshot.holdings.positions), Decimal(0))
    brought = sum((gain.amount for gain in told.gains), Decimal(0))
    moved = sum((flow.amount for flow in told.flows), Decimal(0))
    assert abs(moved + brought + open_profit - snapshot.holdings.account.equity) < CENT
    return told


def total(told: Past, cause: Cause, *, since_ms: int = 0) -> Decimal:
    chosen = (gain.amount for gain in told.gains if gain.cause is cause and gain.at_ms >= since_ms)
    return sum(chosen, Decimal(0))


def midnight(bench: Bench) -> int:
    return bench.clock.now_ms() // DAY_MS * DAY_MS


def into_the_next_day(bench: Bench, *, hours: int = 1) -> None:
    bench.sim.pass_to(midnight(bench) + DAY_MS + hours * HOUR_MS)


def test_okx_107_what_a_trade_brought_and_cost_is_told_by_cause(okx: Account) -> None:
    entry = okx.entered()
    accepted(okx.do(okx.close(size=entry.size)))
    snapshot = seen(okx)
    told, fills = snapshot.past, snapshot.holdings.fills
    assert isinstance(told, Past), told
    assert not isinstance(fills, Unreadable)
    mine = [fill for fill in fills if fill.client_id == entry.client_id or fill.at_ms >= fills[-1].at_ms]
    since_ms = min(fill.at_ms for fill in mine)
    assert total(told, Cause.FEE, since_ms=since_ms) == -sum(fill.fee for fill in mine) < 0
    assert total(told, Cause.CLOSED, since_ms=since_ms) == sum(fill.realised for fill in mine)
    assert COIN in {gain.coin for gain in told.gains}
    assert [gain.at_ms for gain in told.gains] == sorted(gain.at_ms for gain in told.gains)


def closed(bench: Bench, size: Decimal) -> None:
    """A long position, or a part of it, closed now."""
    bench.observe()
    accepted(bench.do(bench.close(size=size)))


def opened(bench: Bench, leg: Leg = Leg.LONG) -> Decimal:
    bench.observe()
    return bench.entered(bench.entry(leg=leg)).size


def a_story(bench: Bench) -> list[Past]:
    """Both sides where there are two, a part closed, nights with funding, money moved; read at each step."""
    size = opened(bench)
    if bench.two_sided:
        opened(bench, Leg.SHORT)
    told = [whole(bench)]
    bench.sim.move(COIN, 101.0, 99.0)
    closed(bench, size / 2)
    told.append(whole(bench))
    into_the_next_day(bench)
    told.append(whole(bench))
    bench.sim.embedded.move_money(bench.identity.user, Decimal(-300))
    closed(bench, size / 2)
    told.append(whole(bench))
    size = opened(bench)
    bench.sim.embedded.move_money(bench.identity.user, Decimal(50))
    into_the_next_day(bench, hours=9)
    told.append(whole(bench))
    closed(bench, size)
    for days in (0, 1, 8):
        bench.sim.pass_to(bench.clock.now_ms() + days * DAY_MS)
        told.append(whole(bench))
    return told


def test_okx_108_gains_flows_and_open_profit_add_up_to_the_equity_on_each_day(sim_okx: Bench) -> None:
    told = a_story(sim_okx)
    assert {gain.cause for gain in told[-1].gains} == {Cause.CLOSED, Cause.FEE, Cause.FUNDING}
    assert [flow.amount for flow in told[-1].flows] == [1000, -300, 50]
    assert {flow.kind for flow in told[-1].flows} == {"transfer"}


@pytest.mark.parametrize("keeps_parts", [True, False])
def test_okx_109_a_history_with_a_row_for_each_part_and_one_with_a_row_kept_up_tell_the_same(
    keeps_parts: bool,
) -> None:
    told = a_story(in_process(Switches(history_keeps_parts=keeps_parts)))[-1]
    assert total(told, Cause.CLOSED) == total(a_story(in_process())[-1], Cause.CLOSED)


def test_okx_110_the_day_begins_at_midnight_and_what_stood_there_counts_on_the_day_it_arose() -> None:
    bench = in_process()
    size = opened(bench)
    bench.sim.move(COIN, 98.0)
    into_the_next_day(bench, hours=2)
    began_ms = midnight(bench)
    before = whole(bench)
    assert total(before, Cause.FEE) < 0
    assert total(before, Cause.FEE, since_ms=began_ms) == 0
    assert total(before, Cause.FUNDING, since_ms=began_ms) < 0, "the payment of midnight is of the new day"
    closed(bench, size)
    after = whole(bench)
    fills = bench.fills()
    assert total(after, Cause.CLOSED, since_ms=began_ms) == fills[-1].realised < 0
    assert total(after, Cause.FEE, since_ms=began_ms) == -fills[-1].fee
    assert total(after, Cause.FEE) == -sum(fill.fee for fill in fills)


def test_okx_111_money_that_moves_is_a_flow_and_no_gain_however_large_and_however_old() -> None:
    bench = in_process()
    for amount in ("9000", "-9500"):
        bench.sim.arm(Fault("V29", params={"amount": amount}))
        seen(bench)
        told = whole(bench)
        assert told.gains == ()
        assert told.flows[-1] == Flow(told.flows[-1].at_ms, Decimal(amount), "transfer")
    for days in (1, 7, 20):
        bench.sim.pass_to(bench.clock.now_ms() + days * DAY_MS)
        assert [flow.amount for flow in whole(bench).flows] == [1000, 9000, -9500]


@pytest.mark.parametrize(
    ("kind", "told_as"), [("27", "conversion"), ("33", "loan"), ("12", "strategy transfer")]
)
def test_okx_112_a_conversion_a_loan_and_the_like_are_flows_on_their_day(kind: str, told_as: str) -> None:
    bench = in_process()
    bench.sim.arm(Fault("V29", params={"amount": "-70", "kind": kind}))
    seen(bench)
    told = whole(bench)
    assert (told.flows[-1].amount, told.flows[-1].kind) == (Decimal(-70), told_as)


@pytest.mark.parametrize("kind", ["10", "7", "250"])
def test_okx_113_interest_and_what_the_venue_takes_back_are_costs(kind: str) -> None:
    bench = in_process()
    bench.sim.arm(Fault("V29", params={"amount": "-7", "kind": kind}))
    seen(bench)
    assert [(gain.amount, gain.cause) for gain in whole(bench).gains] == [(Decimal(-7), Cause.OTHER)]


def test_okx_115_a_young_account_is_whole(sim_okx: Bench) -> None:
    told = whole(sim_okx)
    now_ms = sim_okx.venue.venue_now_ms()
    assert (told.gains, told.missing) == ((), None)
    assert abs(told.since_ms - (now_ms - MONTH_MS)) < HOUR_MS
    assert told.gains_since_ms == told.since_ms
    assert seen(sim_okx, past_ms=2 * DAY_MS).venue_problem is None
    plain = sim_okx.venue.observe(Scope((), {}, FILLS_BACK_MS))
    assert (plain.past, plain.venue_problem) == (None, None)


def test_okx_119_a_liquidation_and_a_deleveraging_are_gains_like_others() -> None:
    bench = in_process(two_sided=False)
    bench.entered(bench.entry(notional=Decimal(2800), stop="0.9"))
    bench.sim.embedded.model.adl(bench.identity.user, COIN, Decimal("0.5"))
    whole(bench)
    bench.sim.move(COIN, 90.0, 50.0, 20.0)
    assert bench.size() == 0
    for days in (0, 1):
        bench.sim.pass_to(bench.clock.now_ms() + days * DAY_MS)
        told = whole(bench)
        assert total(told, Cause.CLOSED) < -500


@pytest.mark.parametrize("nights", [0, 1])
def test_okx_141_a_debt_that_the_venue_pays_after_a_liquidation_is_no_flow(nights: int) -> None:
    bench = in_process(two_sided=False)
    bench.entered(bench.entry(notional=Decimal(2800), stop="0.9"))
    bench.sim.pass_to(bench.clock.now_ms() + nights * DAY_MS)
    bench.sim.embedded.model.set_offsets(COIN, mark=Decimal(-60))
    for days in (0, 1):
        bench.sim.pass_to(bench.clock.now_ms() + days * DAY_MS)
        told = whole(bench)
        assert total(told, Cause.OTHER) > 0
        assert sum(gain.amount for gain in told.gains) == -1000
        assert [flow.amount for flow in told.flows] == [1000]


def test_okx_120_isolated_margin_adds_up_as_well() -> None:
    bench = in_process(two_sided=False, isolated=frozenset({COIN}))
    a_story(bench)


def test_okx_121_the_record_takes_no_round_more_and_few_requests() -> None:
    bench = in_process()
    bench.entered()
    bench.wire.rounds.clear()
    bench.restarted().observe(Scope((), {}, FILLS_BACK_MS))
    plain = [len(asked) for asked in bench.wire.rounds]
    for past_ms, more in ((2 * DAY_MS, 4), (MONTH_MS, 5)):
        bench.wire.rounds.clear()
        bench.restarted().observe(Scope((), {}, FILLS_BACK_MS, past_ms))
        assert len(bench.wire.rounds) == len(plain)
        assert sum(map(len, bench.wire.rounds)) == sum(plain) + more
    asked = {urlsplit(request.url).path.removeprefix("/api/v5/") for request in bench.wire.requests}
    assert asked > {*RECORD, "system/status"}
