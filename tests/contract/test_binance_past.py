"""Binance's record of the account's money: what was earned, paid and moved, and when it says nothing."""

from collections import Counter
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.account_bench import accepted
from tests.support.binance_bench import BinanceAccount, BinanceBench
from tests.support.binance_places import in_process
from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.orders import Unreadable
from trader.core.past import Cause, Past
from trader.core.ports import Scope
from trader.core.snapshot import Snapshot
from trader.exchange.status import Reason
from trader.sim.binance.purse import Aside
from trader.sim.faults import Fault

DAYS = 30
ASKED = Scope(past_ms=DAYS * DAY_MS)
D = Decimal


def past_of(snapshot: Snapshot) -> Past:
    past = snapshot.past
    if not isinstance(past, Past):
        raise LookupError(str(past))
    return past


def read(bench: BinanceAccount) -> Past:
    """The record as a new process reads it."""
    return past_of(bench.restarted().observe(ASKED))


def move(bench: BinanceBench, amount: str, kind: str = "TRANSFER") -> None:
    bench.embedded.purse.move(bench.model, bench.user, D(amount), kind)


def note(bench: BinanceBench, kind: str, amount: str, asset: str, coin: str = "") -> None:
    at_ms = bench.clock.now_ms()
    bench.embedded.purse.note(Aside(bench.user, kind, amount, asset, at_ms, coin))


def unexplained(bench: BinanceBench) -> Decimal:
    """What equity has more than its record and its open profit say."""
    snapshot = bench.restarted().observe(ASKED)
    past = past_of(snapshot)
    told = sum((one.amount for one in past.flows), D(0)) + sum((one.amount for one in past.gains), D(0))
    open_profit = sum((one.unrealised for one in snapshot.holdings.positions), D(0))
    return snapshot.holdings.account.equity - told - open_profit


def trade_a_while(bench: BinanceBench) -> None:
    """An entry, two fundings, money in and out, a close and another entry."""
    entry = bench.entered()
    bench.pass_to(bench.clock.now_ms() + 17 * HOUR_MS)
    move(bench, "250")
    bench.move("SOL", 103.0)
    bench.observe()
    accepted(bench.do(bench.close(size=entry.size)))
    move(bench, "-400")
    move(bench, "0.75", "REFERRAL_KICKBACK")
    bench.observe()
    bench.entered()
    bench.move("SOL", 101.0)


def test_bn_98_the_record_of_money_explains_the_equity_to_the_last_digit(sim_binance: BinanceBench) -> None:
    assert unexplained(sim_binance) == 0
    trade_a_while(sim_binance)
    assert sim_binance.inspect().account.equity != 1000
    assert unexplained(sim_binance) == 0


def test_bn_99_a_record_costs_no_round_and_that_of_a_young_account_is_whole(binance: BinanceAccount) -> None:
    binance.restarted().observe(Scope())
    before = len(binance.wire.rounds)
    venue = binance.restarted()
    snapshot = venue.observe(ASKED)
    rounds = binance.wire.rounds[before:]
    past = past_of(snapshot)
    assert len(rounds) <= before
    assert [urlsplit(r.url).path for asked in rounds[1:] for r in asked].count("/fapi/v1/income") == 0
    assert past.missing is None
    assert abs(past.since_ms - (snapshot.venue_ms - DAYS * DAY_MS)) < 60_000
    assert past.gains_since_ms == past.since_ms
    assert past.samples == ()
    assert binance.restarted().observe(Scope()).past is None
    entry = binance.entered()
    fees = [one for one in past_of(venue.observe(ASKED)).gains if one not in past.gains]
    assert fees != []
    assert all((one.cause, one.coin) == (Cause.FEE, binance.coin) and one.amount < 0 for one in fees)
    accepted(binance.do(binance.close(size=entry.size)))


def test_bn_100_each_gain_has_its_cause_and_each_flow_its_name(sim_binance: BinanceBench) -> None:
    trade_a_while(sim_binance)
    past = read(sim_binance)
    won = [one for one in past.gains if one.amount > 0]
    assert Counter(one.cause for one in past.gains) == {Cause.FEE: 3, Cause.FUNDING: 2, Cause.CLOSED: 1}
    assert {one.coin for one in past.gains} == {"SOL"}
    assert [one.cause for one in won] == [Cause.CLOSED]
    assert {(one.kind, one.amount) for one in past.flows} == {
        ("TRANSFER", D(1000)),
        ("TRANSFER", D(250)),
        ("TRANSFER", D(-400)),
        ("REFERRAL_KICKBACK", D("0.75")),
    }
    moments = [one.at_ms for one in past.gains]
    assert moments == sorted(moments)


def test_bn_101_what_a_liquidation_leaves_is_explained_too(sim_binance: BinanceBench) -> None:
    sim_binance.entered(sim_binance.entry(notional=D(9_000)))
    sim_binance.move("SOL", 70.0)
    assert sim_binance.inspect().positions == ()
    assert unexplained(sim_binance) == 0
    closed = [one.amount for one in read(sim_binance).gains if one.cause is Cause.CLOSED]
    assert sum(closed) < -400


def test_bn_102_what_is_in_another_coin_is_not_added_and_fees_paid_so_take_no_risk(
    sim_binance: BinanceBench,
) -> None:
    note(sim_binance, "TRANSFER", "2.5", "BNB")
    note(sim_binance, "REALIZED_PNL", "50", "USDC", "BTC")
    snapshot = sim_binance.restarted().observe(ASKED)
    assert [one.amount for one in past_of(snapshot).flows] == [D(1000)]
    assert past_of(snapshot).gains == ()
    assert snapshot.account_problem is None
    note(sim_binance, "COMMISSION", "-0.001", "BNB", "SOL")
    snapshot = sim_binance.restarted().observe(ASKED)
    assert past_of(snapshot).gains == ()
    assert "fees are paid in BNB" in str(snapshot.account_problem)


def test_bn_103_a_kind_that_nobody_knows_is_neither_gain_nor_flow_but_unreadable(
    sim_binance: BinanceBench,
) -> None:
    move(sim_binance, "10", "SHINY_NEW_BONUS")
    past = sim_binance.observe().past
    assert past is None
    past = sim_binance.restarted().observe(ASKED).past
    assert isinstance(past, Unreadable)
    assert past.answered
    assert "SHINY_NEW_BONUS" in past.why


@pytest.mark.parametrize(("rows", "is_whole"), [(998, True), (999, True), (1_998, True), (1_999, False)])
def test_bn_104_more_rows_than_two_pages_hold_are_said_to_be_missing(rows: int, is_whole: bool) -> None:
    bench = in_process()
    for _ in range(rows):
        note(bench, "TRANSFER", "1", "BNB")
    past = read(bench)
    assert (past.missing is None) is is_whole
    if not is_whole:
        assert "more rows of income than the 2000 that one run reads; shorten limits.drawdown_days" in str(
            past.missing
        )
    move(bench, "5")
    assert (read(bench).missing is None) is (rows < 1_998)


def test_bn_105_a_later_reading_of_a_process_asks_for_what_is_new(sim_binance: BinanceBench) -> None:
    def asked() -> list[dict[str, list[str]]]:
        last = [r for round_ in sim_binance.wire.rounds[before:] for r in round_ if "/income" in r.url]
        return [parse_qs(urlsplit(request.url).query) for request in last]

    before = len(sim_binance.wire.rounds)
    first = past_of(sim_binance.venue.observe(ASKED))
    assert [one["page"] for one in asked()] == [["1"], ["2"]]
    sim_binance.pass_to(sim_binance.clock.now_ms() + HOUR_MS)
    move(sim_binance, "7")
    before = len(sim_binance.wire.rounds)
    again = past_of(sim_binance.venue.observe(ASKED))
    assert [one["page"] for one in asked()] == [["1"]]
    assert int(asked()[0]["startTime"][0]) > first.since_ms + 29 * DAY_MS
    assert [one.amount for one in again.flows] == [D(1000), D(7)]
    assert (again.since_ms, again.missing) == (first.since_ms, None)


def test_bn_106_a_window_longer_than_the_venue_keeps_is_missing_and_says_how_long_it_may_be() -> None:
    bench = in_process()
    for days, is_whole in ((89, True), (90, False)):
        past = past_of(bench.restarted().observe(Scope(past_ms=days * DAY_MS)))
        assert (past.missing is None) is is_whole
        assert past.since_ms >= bench.clock.now_ms() - 89 * DAY_MS
    assert "set limits.drawdown_days to 89 or less" in str(past.missing)


def broken(kind: str, **params: object) -> Fault:
    """Every reading of the record fails so."""
    return Fault(kind, what="GET income", times=0, params=params)


@pytest.mark.parametrize(
    ("fault", "answered"),
    [
        (broken("H14", variant="renamed_field", field="incomeType"), True),
        (broken("H14", variant="renamed_field", field="income"), True),
        (broken("H14", variant="missing_field", field="asset"), True),
        (broken("H14", variant="nan_text", field="income"), True),
        (broken("H15", body="{}"), True),
        (broken("H2", status=403), False),
        (broken("H6"), False),
        (broken("T5"), False),
    ],
    ids=lambda given: f"{given.kind} {given.params}" if isinstance(given, Fault) else str(given),
)
def test_bn_107_a_record_that_fails_spoils_nothing_else(
    sim_binance: BinanceBench, fault: Fault, answered: bool
) -> None:
    sim_binance.arm(fault)
    snapshot = sim_binance.venue.observe(ASKED)
    assert isinstance(snapshot.past, Unreadable)
    assert snapshot.past.answered is answered
    assert snapshot.account_problem is None
    assert not isinstance(snapshot.holdings.orders, Unreadable)
    sim_binance.arm()
    assert past_of(sim_binance.venue.observe(ASKED)).missing is None


def test_bn_108_each_row_that_is_told_twice_counts_once(sim_binance: BinanceBench) -> None:
    trade_a_while(sim_binance)
    plain = read(sim_binance)
    sim_binance.arm(Fault("V25", what="GET income", times=0))
    assert read(sim_binance) == plain


def test_bn_109_a_withdrawal_of_any_size_is_a_flow_and_no_loss(sim_binance: BinanceBench) -> None:
    sim_binance.entered()
    before = read(sim_binance)
    move(sim_binance, "-900")
    assert sim_binance.model.withdraw(sim_binance.user, D(900)) is Reason.WITHDRAWABLE
    after = read(sim_binance)
    assert after.gains == before.gains
    assert [one.amount for one in after.flows] == [D(1000), D(-900)]
