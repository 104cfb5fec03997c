"""What Hyperliquid tells about account and market, and what is never concluded from it."""

import json
from collections.abc import Sequence
from decimal import Decimal

import pytest

from tests.support.account_bench import FILLS_BACK_MS, HALF_HOUR_MS, accepted, refused
from tests.support.damages import damaged
from tests.support.hyperliquid_bench import Bench
from tests.support.hyperliquid_places import in_process
from trader.core.actions import SetLeverage
from trader.core.candles import HOUR_MS, MINUTE_MS, Candles, last_closed_ms
from trader.core.errors import Malformed, TraderError
from trader.core.orders import Absent, Found, Refusal, Status, Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.core.snapshot import Leverage, Quote
from trader.core.wire import Answer, Lost, Request, Transport
from trader.sim.faults import Fault
from trader.venues.hyperliquid.rounds import STALE_READS_MAX

READS = {
    *("frontendOpenOrders", "metaAndAssetCtxs", "userAbstraction", "userFees", "activeAssetData"),
    *("candleSnapshot", "orderStatus", "clearinghouseState", "userFillsByTime", "historicalOrders"),
    "userFunding",
}
WRITES = {"order", "cancel", "updateLeverage"}


def test_hl_40_an_observation_is_whole(bench: Bench) -> None:
    snapshot = bench.observe()
    view = snapshot.markets[bench.coin]
    assert (snapshot.account_id, snapshot.account_problem) == (bench.address.lower(), None)
    assert snapshot.holdings.account.equity > 0
    assert isinstance(view.quote, Quote)
    assert view.quote.bid is not None
    assert view.quote.ask is not None
    assert view.quote.bid <= view.quote.ask
    assert isinstance(view.leverage, Leverage)
    assert 0 < snapshot.taker_fee < Decimal("0.001")
    assert snapshot.holdings.fills_complete


def test_hl_41_bars_are_closed_ones_up_to_the_last(bench: Bench) -> None:
    snapshot = bench.observe(bars=60)
    candles = snapshot.markets[bench.coin].candles
    assert isinstance(candles, Candles)
    assert len(candles) == 60
    assert candles.open_ms[-1] == last_closed_ms(snapshot.venue_ms, HALF_HOUR_MS)


def test_hl_42_a_coin_that_is_not_there_is_named_with_its_neighbours(bench: Bench) -> None:
    snapshot = bench.venue.observe(Scope((CandleNeed(f"{bench.coin}{bench.coin[-1]}", HALF_HOUR_MS, 5),)))
    assert bench.coin in snapshot.missing[f"{bench.coin}{bench.coin[-1]}"].split("nearest: ")[1].split(", ")
    assert snapshot.markets == {}


def test_hl_43_the_agents_address_is_an_account_without_money(sim_bench: Bench) -> None:
    agent = sim_bench.sim.embedded.accounts
    address = next(one.address for one in agent._agents.values())
    snapshot = sim_bench.restarted(address=address).observe(Scope())
    assert "is this the agent's address" in str(snapshot.account_problem)


@pytest.mark.parametrize("kind", ["unifiedAccount", "portfolioMargin", "dexAbstraction"])
def test_hl_44_an_account_in_another_mode_is_refused_and_still_protected(sim_bench: Bench, kind: str) -> None:
    entry = sim_bench.entered()
    sim_bench.sim.arm(Fault("V22", params={"abstraction": kind}))
    snapshot = sim_bench.observe()
    assert kind in str(snapshot.account_problem)
    assert entry.stop_id in sim_bench.orders(snapshot.holdings)
    accepted(sim_bench.do(sim_bench.exit()))


def test_hl_45_leverage_and_margin_are_set_and_read_back_while_flat(bench: Bench) -> None:
    bench.observe()
    for wanted in (Leverage(3, True), Leverage(5, False), Leverage(4, True)):
        accepted(bench.do(SetLeverage(bench.coin, wanted.leverage, wanted.cross, "a test")))
        assert bench.observe().markets[bench.coin].leverage == wanted


def test_hl_46_the_margin_mode_of_an_open_position_cannot_be_changed(bench: Bench) -> None:
    bench.observe()
    accepted(bench.do(SetLeverage(bench.coin, 5, True, "a test")))
    bench.entered()
    assert refused(bench.do(SetLeverage(bench.coin, 5, False, "a test"))) is Refusal.RULE


def test_hl_47_history_has_the_last_word_on_each_order(bench: Bench) -> None:
    entry = bench.entered()
    accepted(bench.do(bench.close(size=entry.size)))
    bench.until(lambda now: bench.size(holdings=now) == 0 and not bench.orders(now))
    history = bench.venue.history()
    assert not isinstance(history, Unreadable)
    by_id = {found.order.client_id: found for found in reversed(history)}
    assert by_id[entry.client_id].status is Status.FILLED
    assert by_id[entry.stop_id].status is Status.CANCELLED
    assert [one.at_ms for one in history] == sorted((one.at_ms for one in history), reverse=True)
    assert len({one.order.order_id for one in history}) == len(history)


def test_hl_48_funding_is_paid_each_hour(sim_bench: Bench) -> None:
    sim_bench.entered()
    since_ms = sim_bench.venue.venue_now_ms()
    sim_bench.sim.pass_to(since_ms + 2 * HOUR_MS)
    payments = sim_bench.venue.funding(since_ms)
    assert not isinstance(payments, Unreadable)
    assert [payment.coin for payment in payments] == ["SOL", "SOL"]
    assert all(payment.amount < 0 and payment.rate == Decimal("0.0000125") for payment in payments)


def test_hl_49_a_fresh_process_sees_the_same(bench: Bench) -> None:
    bench.entered()
    before = bench.inspect()
    bench.venue = bench.restarted()
    after = bench.inspect()
    assert (after.orders, after.fills) == (before.orders, before.fills)
    assert [position.size for position in after.positions] == [position.size for position in before.positions]


class Lagging:
    """A transport whose answers about the account's state stay those of a moment ago for some readings."""

    def __init__(self, inner: Transport, readings: int) -> None:
        self._inner = inner
        self._old: list[Answer | Lost] = []
        self._left = readings

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        answers = self._inner.exchange(requests, timeout_s=timeout_s)
        for i, request in enumerate(requests):
            if b"clearinghouseState" not in request.body:
                continue
            self._old.append(answers[i])
            if len(self._old) > 2 and self._left:
                self._left -= 1
                answers[i] = self._old[0]
        return answers


@pytest.mark.parametrize("readings", [1, 3, 4])
def test_hl_50_a_stale_state_is_read_again_and_a_lasting_one_refused(sim_bench: Bench, readings: int) -> None:
    sim_bench.wire.inner = Lagging(sim_bench.wire.inner, readings)
    sim_bench.inspect()
    sim_bench.sim.pass_to(sim_bench.clock.now_ms() + MINUTE_MS)
    seen = sim_bench.inspect()
    if readings < STALE_READS_MAX:
        assert sim_bench.inspect().at_ms >= seen.at_ms
    else:
        with pytest.raises(Malformed, match="lag"):
            sim_bench.inspect()


def test_hl_51_a_list_of_positions_that_went_missing_is_not_flat(sim_bench: Bench) -> None:
    entry = sim_bench.entered()
    sim_bench.sim.arm(Fault("V8", what="clearinghouseState"))
    with pytest.raises(Malformed, match="a part is missing"):
        sim_bench.inspect()
    assert sim_bench.size() == entry.size


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        *damaged(
            ("duplicate_keys", "szi"),
            ("infinite", "szi"),
            ("nan", "szi"),
            ("nan_text", "accountValue"),
            ("huge_int", "time"),
            ("number_type", "szi"),
            ("null_field", "assetPositions"),
            ("missing_field", "assetPositions"),
            ("missing_field", "szi"),
        ),
    ],
)
def test_hl_52_whatever_comes_instead_of_an_answer_an_open_position_is_never_flat(
    fault: Fault, error: type[TraderError]
) -> None:
    bench = in_process()
    bench.entered()
    bench.sim.arm(fault)
    with pytest.raises(error):
        bench.inspect()
    with pytest.raises(error):
        bench.observe()


def test_hl_53_a_field_more_changes_nothing(sim_bench: Bench) -> None:
    sim_bench.entered()
    before = sim_bench.observe()
    sim_bench.sim.arm(Fault("H14", times=0, params={"variant": "extra_field"}))
    after = sim_bench.observe()
    assert (after.holdings, after.markets) == (before.holdings, before.markets)


@pytest.mark.parametrize("variant", ["zero", "nan", "negative", "crossed", "missing"])
def test_hl_54_prices_that_cannot_be_make_no_quote(sim_bench: Bench, variant: str) -> None:
    sim_bench.sim.arm(Fault("V14", what="metaAndAssetCtxs", params={"variant": variant}))
    snapshot = sim_bench.observe()
    quote = snapshot.markets["SOL"].quote
    if variant == "missing" and isinstance(quote, Quote):
        assert (quote.bid, quote.ask) == (None, None)
    else:
        assert isinstance(quote, Unreadable)


def test_hl_55_an_order_that_the_venue_forgot_is_absent_by_id_though_it_is_listed(
    sim_bench: Bench,
) -> None:
    entry = sim_bench.entered()
    sim_bench.sim.arm(Fault("V9", what="orderStatus"))
    assert sim_bench.venue.find({entry.stop_id: "SOL"}) == {entry.stop_id: Absent()}
    assert entry.stop_id in sim_bench.orders()


def test_hl_56_nothing_leaves_but_what_was_meant(bench: Bench) -> None:
    bench.venue.perform([SetLeverage(bench.coin, 5, True, "a test")])
    bench.observe()
    accepted(bench.do(SetLeverage(bench.coin, 5, True, "a test")))
    entry = bench.entered()
    accepted(bench.do(bench.exit()))
    assert isinstance(bench.venue.find({entry.client_id: bench.coin})[entry.client_id], Found)
    bench.venue.history()
    bench.venue.funding(bench.venue.venue_now_ms() - FILLS_BACK_MS)
    accepted(bench.do(bench.close(size=entry.size)))
    for request in bench.wire.requests:
        body = json.loads(request.body)
        if request.is_write:
            assert request.url == f"{bench.base_url}/exchange"
            assert body["action"]["type"] in WRITES
            assert body["expiresAfter"] > 0
            assert body["vaultAddress"] is None
            assert set(body) == {"action", "nonce", "signature", "vaultAddress", "expiresAfter"}
            assert "builder" not in body["action"]
        else:
            assert request.url == f"{bench.base_url}/info"
            assert body["type"] in READS
            assert body.get("user", bench.address.lower()) == bench.address.lower()
    assert all(len({request.is_write for request in asked}) == 1 for asked in bench.wire.rounds)
