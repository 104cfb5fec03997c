"""What Binance tells about account and market, and what is never concluded from it."""

from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.account_bench import FILLS_BACK_MS, HALF_HOUR_MS, accepted, refused
from tests.support.binance_bench import OFFICIAL_URL, START_MS, BinanceAccount, BinanceBench
from tests.support.binance_places import in_process
from trader.core.actions import SetLeverage
from trader.core.candles import HOUR_MS, MINUTE_MS, Candles, last_closed_ms
from trader.core.errors import Denied
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Absent, Found, Refusal, Status, Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.core.snapshot import Leverage, Quote
from trader.sim.faults import Fault


def weight_of(bench: BinanceBench) -> int:
    return bench.venue.used.weight or 0


def test_bn_44_an_observation_is_whole(sim_binance: BinanceBench) -> None:
    snapshot = sim_binance.observe()
    view = snapshot.markets[sim_binance.coin]
    assert (snapshot.venue, snapshot.account_id) == ("binance", sim_binance.identity.account_id)
    assert (snapshot.account_problem, snapshot.missing) == (None, {})
    assert snapshot.holdings.account.equity == 1000
    assert isinstance(view.quote, Quote)
    assert view.quote.bid is not None
    assert view.quote.ask is not None
    assert view.quote.bid < view.quote.ask
    assert (view.quote.funding_interval_ms, view.quote.funding_rate) == (8 * HOUR_MS, Decimal("0.0001"))
    assert view.quote.funding_next_ms == START_MS // (8 * HOUR_MS) * 8 * HOUR_MS + 8 * HOUR_MS
    assert view.leverage == Leverage(20, True)
    assert (snapshot.taker_fee, snapshot.maker_fee) == (Decimal("0.0005"), Decimal("0.0002"))
    assert snapshot.holdings.fills_complete
    market = view.market
    assert (market.lot, market.size_min, market.tick) == (Decimal("0.01"), Decimal("0.01"), Decimal("0.01"))
    assert market.tiers[0].maintenance == Decimal("0.0065")
    assert len(sim_binance.wire.rounds) == 2


def test_bn_45_bars_are_closed_ones_up_to_the_last(binance: BinanceAccount) -> None:
    snapshot = binance.observe(bars=60)
    candles = snapshot.markets[binance.coin].candles
    assert isinstance(candles, Candles)
    assert len(candles) == 60
    assert candles.open_ms[-1] == last_closed_ms(snapshot.venue_ms, HALF_HOUR_MS)


def test_bn_46_more_bars_than_a_page_holds_are_read_in_pages() -> None:
    bench = in_process()
    needs = (CandleNeed("SOL", MINUTE_MS, 3_500),)
    candles = bench.venue.observe(Scope(needs)).markets["SOL"].candles
    assert isinstance(candles, Candles)
    assert len(candles) == 3_500
    assert candles.open_ms[-1] == last_closed_ms(bench.clock.now_ms(), MINUTE_MS)
    assert {b - a for a, b in zip(candles.open_ms, candles.open_ms[1:], strict=False)} == {MINUTE_MS}
    asked = [request for request in bench.wire.rounds[0] if "klines" in request.url]
    assert len(asked) == 3


def test_bn_47_a_coin_that_is_not_there_disables_only_itself(binance: BinanceAccount) -> None:
    needs = (CandleNeed("SOLL", HALF_HOUR_MS, 5), CandleNeed("SOL", HALF_HOUR_MS, 5))
    snapshot = binance.venue.observe(Scope(needs, {binance.id_of(Role.ENTRY): "SOLL"}))
    assert "SOL" in snapshot.missing["SOLL"].split("nearest: ")[1].split(", ")
    assert list(snapshot.markets) == ["SOL"]
    assert list(snapshot.lookups.values()) == [Absent()]
    assert not isinstance(snapshot.holdings.fills, Unreadable)
    assert not isinstance(binance.inspect().fills, Unreadable)


def test_bn_48_a_key_of_another_account_is_denied_by_name(sim_binance: BinanceBench) -> None:
    other = sim_binance.restarted(account_id="anotherAccount")
    for read in (lambda: other.observe(Scope()), lambda: other.inspect(FILLS_BACK_MS)):
        with pytest.raises(
            Denied, match=f"name anotherAccount: .* write BINANCE_ACCOUNT={sim_binance.identity.account_id};"
        ):
            read()


def test_bn_49_a_wrong_secret_is_denied(binance: BinanceAccount) -> None:
    with pytest.raises(Denied, match="-1022"):
        binance.restarted(secret="wrong").inspect(FILLS_BACK_MS)


def test_bn_50_margin_over_all_assets_takes_no_risk_and_is_still_protected(sim_binance: BinanceBench) -> None:
    sim_binance.entered()
    sim_binance.arm(Fault("V22"))
    snapshot = sim_binance.observe()
    assert "multi-assets margin" in str(snapshot.account_problem)
    accepted(sim_binance.do(sim_binance.exit()))


def test_bn_51_leverage_and_margin_are_set_and_read_back_while_flat(binance: BinanceAccount) -> None:
    binance.observe()
    for wanted in (Leverage(3, True), Leverage(5, False), Leverage(5, False), Leverage(4, True)):
        accepted(binance.do(SetLeverage(binance.coin, wanted.leverage, wanted.cross, "a test")))
        assert binance.observe().markets[binance.coin].leverage == wanted


def test_bn_52_the_margin_type_of_an_open_position_cannot_be_changed(binance: BinanceAccount) -> None:
    binance.entered()
    assert refused(binance.do(SetLeverage(binance.coin, 20, False, "a test"))) is Refusal.RULE


def test_bn_53_a_position_has_its_setting_also_after_another_one_changed_it(
    sim_binance: BinanceBench,
) -> None:
    sim_binance.observe()
    accepted(sim_binance.do(SetLeverage(sim_binance.coin, 5, False, "a test")))
    entry = sim_binance.entered()
    (position,) = sim_binance.inspect().positions
    assert (position.leverage, position.cross, position.size) == (5, False, entry.size)
    assert position.margin_used > 11
    sim_binance.arm(Fault("V23", params={"coin": "SOL", "leverage": 7}))
    sim_binance.observe()
    assert sim_binance.inspect().positions[0].leverage == 7


def test_bn_54_history_has_the_last_word_on_each_order(sim_binance: BinanceBench) -> None:
    entry = sim_binance.entered()
    stop, target = sim_binance.exit(), sim_binance.exit(role=Role.TARGET)
    for exit_ in (stop, target):
        accepted(sim_binance.do(exit_))
    sim_binance.move("SOL", 97.0, 95.0)
    history = sim_binance.venue.history()
    assert not isinstance(history, Unreadable)
    by_id = {found.order.client_id: found for found in history}
    assert by_id[entry.client_id].status is Status.FILLED
    assert by_id[stop.client_id].status is Status.FILLED
    assert by_id[target.client_id].status is Status.CANCELLED
    assert len(by_id) == len(history) == 3
    assert [one.at_ms for one in history] == sorted((one.at_ms for one in history), reverse=True)


def test_bn_55_funding_is_paid_every_eight_hours(sim_binance: BinanceBench) -> None:
    sim_binance.entered()
    since_ms = sim_binance.venue.venue_now_ms()
    sim_binance.pass_to(since_ms + 17 * HOUR_MS)
    payments = sim_binance.venue.funding(since_ms)
    assert not isinstance(payments, Unreadable)
    assert [payment.coin for payment in payments] == ["SOL", "SOL"]
    assert all(payment.amount == Decimal("-0.006") and payment.rate is None for payment in payments)


def test_bn_56_a_fresh_process_sees_the_same_of_coins_that_nobody_named(binance: BinanceAccount) -> None:
    binance.entered()
    accepted(binance.do(binance.exit()))
    before = binance.inspect()
    binance.venue = binance.restarted()
    after = binance.inspect()
    assert (after.orders, after.fills, after.positions) == (before.orders, before.fills, before.positions)
    assert len(after.positions) == 1
    snapshot = binance.restarted().observe(Scope((CandleNeed("ETH", HALF_HOUR_MS, 5),)))
    assert (snapshot.holdings.fills, snapshot.holdings.positions) == (before.fills, before.positions)
    assert set(snapshot.rules) == {"ETH", "SOL"}


def test_bn_57_two_legs_have_their_own_liquidation_or_none() -> None:
    bench = in_process(two_sided=True)
    bench.entered(bench.entry(notional=Decimal(9000)))
    bench.entered(bench.entry(leg=Leg.SHORT, notional=Decimal(600)))
    holdings = bench.inspect()
    long, short = holdings.position("SOL", Leg.LONG), holdings.position("SOL", Leg.SHORT)
    assert long is not None
    assert short is not None
    assert long.liquidation is not None
    assert long.liquidation < long.mark
    assert short.liquidation is None


@pytest.mark.parametrize(
    ("coins", "weight", "requests"), [(["SOL"], 148, 22), (["BTC", "ETH", "SOL"], 186, 40)]
)
def test_bn_58_a_quiet_tick_uses_what_the_documents_say(
    sim_binance: BinanceBench, coins: list[str], weight: int, requests: int
) -> None:
    needs = tuple(CandleNeed(coin, HALF_HOUR_MS, 300) for coin in coins)
    lookups = {sim_binance.id_of(Role.ENTRY, leg): coin for coin in coins for leg in Leg}
    sim_binance.venue.observe(Scope(needs, lookups))
    assert (weight_of(sim_binance), len(sim_binance.wire.requests)) == (weight, requests)
    sim_binance.inspect()
    per_coin = 2 + 5
    assert weight_of(sim_binance) - weight == 1 + 5 + 5 + per_coin * len(coins)


def test_bn_59_nothing_leaves_but_what_was_meant(binance: BinanceAccount) -> None:
    binance.venue.perform([SetLeverage(binance.coin, 5, True, "a test")])
    assert binance.wire.requests == []
    entry = binance.entered()
    stop, rest = binance.exit(), binance.rest()
    binance.venue.perform([stop, rest, binance.exit(size=entry.size)])
    binance.venue.perform([binance.cancel(order) for order in binance.orders().values()])
    assert isinstance(binance.look_up(entry.client_id), Found)
    binance.venue.history()
    binance.venue.funding(START_MS)
    accepted(binance.do(binance.close(size=entry.size)))
    for request in binance.wire.requests:
        parts = urlsplit(request.url)
        assert request.url.startswith(f"{OFFICIAL_URL}/fapi/")
        named = dict(parse_qsl(parts.query, keep_blank_values=True) + parse_qsl(request.body.decode()))
        assert request.is_write == (request.method != "GET")
        assert ("signature" in named) == any(name == "X-MBX-APIKEY" for name, _ in request.headers)
        if not request.is_write:
            continue
        assert named["recvWindow"] == "5000"
        if "Order" in parts.path.title() and request.method == "POST":
            assert ("positionSide" in named) is binance.two_sided
            assert not (binance.two_sided and "reduceOnly" in named)
            assert not ("reduceOnly" in named and "closePosition" in named)
    assert all(len({request.is_write for request in asked}) == 1 for asked in binance.wire.rounds)
