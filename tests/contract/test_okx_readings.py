"""What OKX tells about account and market, and what is never concluded from it."""

from dataclasses import replace
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from tests.support.account_bench import COIN, FILLS_BACK_MS, HALF_HOUR_MS, accepted, refused
from tests.support.okx_bench import Account, Bench
from tests.support.okx_places import in_process
from trader.core.actions import Cancel, SetLeverage
from trader.core.candles import HOUR_MS, MINUTE_MS, Candles, last_closed_ms
from trader.core.errors import Denied
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Kind, Refusal, Status, Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.core.snapshot import Leverage, Quote
from trader.sim.faults import Fault
from trader.sim.okx.switches import Switches

READS = {
    *("public/time", "public/instruments", "public/mark-price", "public/price-limit", "public/funding-rate"),
    *("public/position-tiers", "public/funding-rate-history", "market/ticker", "market/index-tickers"),
    *("market/candles", "account/config", "account/balance", "account/positions", "account/leverage-info"),
    *(
        "account/trade-fee",
        "account/bills",
        "trade/orders-pending",
        "trade/orders-algo-pending",
        "trade/order",
    ),
    *("trade/order-algo", "trade/orders-history", "trade/orders-algo-history", "trade/fills"),
    *("account/positions-history", "account/bills-archive", "system/status"),
}
WRITES = {"trade/order", "trade/order-algo", "trade/cancel-algos", "account/set-leverage"}


def test_okx_80_an_observation_is_whole(sim_okx: Bench) -> None:
    snapshot = sim_okx.observe()
    view = snapshot.markets[COIN]
    assert (snapshot.account_id, snapshot.account_problem) == (sim_okx.identity.account_id, None)
    assert snapshot.holdings.account.equity == 1000
    assert snapshot.holdings.fills_complete
    assert isinstance(view.quote, Quote)
    assert view.quote.bid is not None
    assert view.quote.ask is not None
    assert view.quote.bid <= view.quote.ask
    assert view.quote.funding_interval_ms == 8 * HOUR_MS
    assert isinstance(view.leverage, Leverage)
    assert view.market.contract == 1
    assert len(view.market.tiers) > 1
    assert (snapshot.taker_fee, snapshot.maker_fee) == (Decimal("0.0005"), Decimal("0.0002"))


def test_okx_81_bars_are_closed_ones_up_to_the_last(okx: Account) -> None:
    snapshot = okx.observe(bars=60)
    candles = snapshot.markets[COIN].candles
    assert isinstance(candles, Candles)
    assert len(candles) == 60
    assert candles.open_ms[-1] == last_closed_ms(snapshot.venue_ms, HALF_HOUR_MS)


def test_okx_82_more_bars_than_a_page_and_than_the_recent_list_has(okx: Account) -> None:
    for bars in (350, 1500):
        need = CandleNeed(COIN, MINUTE_MS, bars)
        candles = okx.venue.observe(Scope((need,))).markets[COIN].candles
        assert isinstance(candles, Candles), candles
        assert len(candles) == bars
        assert candles.open_ms[-1] - candles.open_ms[0] == (bars - 1) * MINUTE_MS


@pytest.mark.parametrize("frame_ms", [24 * HOUR_MS, 12 * HOUR_MS, 6 * HOUR_MS, 4 * HOUR_MS])
def test_okx_83_long_bars_begin_in_utc(frame_ms: int) -> None:
    bench = in_process()
    candles = bench.venue.observe(Scope((CandleNeed(COIN, frame_ms, 2),))).markets[COIN].candles
    assert isinstance(candles, Candles), candles
    assert {moment % frame_ms for moment in candles.open_ms} == {0}


def test_okx_84_a_coin_that_is_not_there_is_named_with_its_neighbours(okx: Account) -> None:
    snapshot = okx.venue.observe(Scope((CandleNeed("SOLL", HALF_HOUR_MS, 5),)))
    assert "nearest: SOL" in snapshot.missing["SOLL"]
    assert snapshot.markets == {}


def test_okx_85_the_key_of_another_account_is_denied(sim_okx: Bench) -> None:
    other = sim_okx.restarted(account_id="12345")
    with pytest.raises(Denied, match=f"{sim_okx.identity.account_id}.*12345"):
        other.observe(Scope())
    with pytest.raises(Denied, match="12345"):
        other.inspect(FILLS_BACK_MS)
    assert refused(other.perform([sim_okx.close(size=Decimal(1))])[0]) is Refusal.UNSENT


def test_okx_86_multi_currency_accounts_are_read_the_same() -> None:
    bench = in_process(Switches(account_level="3"))
    entry = bench.entered()
    snapshot = bench.observe()
    assert snapshot.account_problem is None
    assert bench.size() == entry.size
    assert snapshot.holdings.account.margin_used > 0


@pytest.mark.parametrize("level", ["1", "4"])
def test_okx_87_an_account_in_another_mode_takes_no_risk_and_is_still_protected(level: str) -> None:
    bench = in_process()
    bench.entered()
    bench.sim.embedded.switches = replace(bench.sim.embedded.switches, account_level=level)
    assert "switch it to futures mode" in str(bench.observe().account_problem)


@pytest.mark.parametrize(("two_sided", "cross"), [(False, True), (True, True), (False, False), (True, False)])
def test_okx_88_leverage_is_set_and_read_back(two_sided: bool, cross: bool) -> None:
    bench = in_process(two_sided=two_sided, isolated=frozenset() if cross else frozenset({COIN}))
    bench.observe()
    for wanted in (Leverage(5, cross), Leverage(2, cross)):
        accepted(bench.do(SetLeverage(COIN, wanted.leverage, wanted.cross, "a test")))
        assert bench.observe().markets[COIN].leverage == wanted


def test_okx_89_history_has_the_last_word_on_each_order_of_both_books(okx: Account) -> None:
    entry, stop = okx.guarded()
    target = okx.exit(role=Role.TARGET, size=entry.size, distance="0.07")
    accepted(okx.do(target))
    history = okx.venue.history()
    assert not isinstance(history, Unreadable)
    by_id = {found.order.client_id: found for found in reversed(history)}
    assert by_id[entry.client_id].status is Status.FILLED
    assert by_id[entry.stop_id].status is Status.CANCELLED
    assert (by_id[stop.client_id].status, by_id[target.client_id].status) == (Status.LIVE, Status.LIVE)
    assert [one.at_ms for one in history] == sorted((one.at_ms for one in history), reverse=True)
    assert len({one.order.order_id for one in history}) == len(history)


def test_okx_90_funding_is_paid_each_interval(sim_okx: Bench) -> None:
    sim_okx.entered()
    since_ms = sim_okx.venue.venue_now_ms()
    sim_okx.sim.pass_to(since_ms + 17 * HOUR_MS)
    payments = sim_okx.venue.funding(since_ms)
    assert not isinstance(payments, Unreadable), payments
    assert [payment.coin for payment in payments] == [COIN, COIN]
    assert all(payment.amount < 0 and payment.rate == Decimal("0.0001") for payment in payments)


def test_okx_91_a_fresh_process_sees_the_same(okx: Account) -> None:
    okx.guarded()
    before = okx.inspect()
    okx.venue = okx.restarted()
    after = okx.inspect()
    assert (after.orders, after.fills, after.positions) == (before.orders, before.fills, before.positions)


def test_okx_92_fills_know_what_was_held_before_them(okx: Account) -> None:
    first = okx.entered()
    second = okx.entered()
    accepted(okx.do(okx.close(size=first.size)))
    assert [fill.position_before for fill in okx.fills()] == [0, first.size, first.size + second.size]
    assert [fill.position_after for fill in okx.fills()][-1] == second.size


def test_okx_101_somebody_else_changes_the_position_mode(sim_okx: Bench) -> None:
    was = sim_okx.observe().two_sided
    sim_okx.sim.arm(Fault("V23", params={"two_sided": not was}))
    snapshot = sim_okx.observe()
    assert snapshot.two_sided is not was
    accepted(sim_okx.do(sim_okx.entry()))
    assert sim_okx.inspect().positions[0].two_sided is not was


def test_okx_102_orders_of_both_books_of_both_legs_in_one_list(okx: Account) -> None:
    okx.guarded()
    rests = [okx.rest(), okx.rest(trigger="0.03")]
    for rest in rests:
        accepted(okx.do(rest))
    kinds = sorted(order.kind for order in okx.orders().values())
    assert kinds == sorted([Kind.STOP, Kind.LIMIT, Kind.STOP_ENTRY])
    assert {order.leg for order in okx.orders().values()} == {Leg.LONG if okx.two_sided else None}


def test_okx_103_nothing_leaves_but_what_was_meant(okx: Account) -> None:
    okx.observe(lookups={okx.id_of(Role.ENTRY): COIN})
    accepted(okx.do(SetLeverage(COIN, 5, True, "a test")))
    entry, stop = okx.guarded()
    okx.found(entry.client_id)
    okx.venue.observe(Scope((), {}, FILLS_BACK_MS, 30 * 24 * HOUR_MS))
    okx.venue.access()
    okx.venue.history()
    okx.venue.funding(okx.venue.venue_now_ms() - HOUR_MS)
    accepted(okx.do(okx.close(size=entry.size)))
    assert isinstance(okx.do(Cancel(COIN, "1", stop.client_id, "", Kind.STOP)), object)
    for request in okx.wire.requests:
        path = urlsplit(request.url).path.removeprefix("/api/v5/")
        assert request.url.startswith(f"{okx.base_url}/api/v5/")
        assert path in (WRITES if request.is_write else READS), path
        assert request.method == ("POST" if request.is_write else "GET")
        names = {name for name, _ in request.headers}
        assert ("OK-ACCESS-SIGN" in names) == (path.split("/")[0] not in ("public", "market", "system"))
        assert "x-simulated-trading" not in names
        assert b'"tag"' not in request.body
    assert all(len({request.is_write for request in asked}) == 1 for asked in okx.wire.rounds)


def test_okx_104_the_venues_practice_accounts_want_their_header() -> None:
    bench = in_process(Switches(is_simulated=True))
    with pytest.raises(Denied, match="50101"):
        bench.observe()
    snapshot = bench.restarted(simulated_header=True).observe(Scope())
    assert snapshot.account_problem is None


def test_okx_105_a_history_of_more_than_a_page_of_fills() -> None:
    bench = in_process()
    for _ in range(55):
        entry = bench.entered(bench.entry(notional=Decimal(20)))
        accepted(bench.do(bench.close(size=entry.size)))
        bench.sim.pass_to(bench.clock.now_ms() + 20_000)
        bench.inspect()
    holdings = bench.inspect()
    assert not isinstance(holdings.fills, Unreadable)
    assert (len(holdings.fills), holdings.fills_complete) == (110, True)
    assert {fill.position_before for fill in holdings.fills} == {0, entry.size}
