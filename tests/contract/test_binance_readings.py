"""What Binance tells about account and market, and what is never concluded from it."""

from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.binance_bench import (
    FILLS_BACK_MS,
    HALF_HOUR_MS,
    OFFICIAL_URL,
    START_MS,
    BinanceBench,
    in_process,
)
from tests.support.hyperliquid_bench import accepted, refused
from trader.core.actions import SetLeverage
from trader.core.candles import HOUR_MS, MINUTE_MS, Candles, last_closed_ms
from trader.core.errors import Denied, Malformed, TraderError, Unavailable
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Absent, Found, Refusal, Status, Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.core.snapshot import Leverage, Quote
from trader.sim.faults import Fault

ZERO = Decimal(0)


def weight_of(bench: BinanceBench) -> int:
    return bench.venue.used.weight or 0


def test_bn_40_an_observation_is_whole(binance: BinanceBench) -> None:
    snapshot = binance.observe()
    view = snapshot.markets[binance.coin]
    assert (snapshot.venue, snapshot.account_id) == ("binance", binance.identity.account_id)
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
    assert len(binance.wire.rounds) == 2


def test_bn_41_bars_are_closed_ones_up_to_the_last(binance: BinanceBench) -> None:
    snapshot = binance.observe(bars=60)
    candles = snapshot.markets[binance.coin].candles
    assert isinstance(candles, Candles)
    assert len(candles) == 60
    assert candles.open_ms[-1] == last_closed_ms(snapshot.venue_ms, HALF_HOUR_MS)


def test_bn_42_more_bars_than_a_page_holds_are_read_in_pages() -> None:
    bench = in_process()
    needs = (CandleNeed("SOL", MINUTE_MS, 3_500),)
    candles = bench.venue.observe(Scope(needs)).markets["SOL"].candles
    assert isinstance(candles, Candles)
    assert len(candles) == 3_500
    assert candles.open_ms[-1] == last_closed_ms(bench.clock.now_ms(), MINUTE_MS)
    assert {b - a for a, b in zip(candles.open_ms, candles.open_ms[1:], strict=False)} == {MINUTE_MS}
    asked = [request for request in bench.wire.rounds[0] if "klines" in request.url]
    assert len(asked) == 3


def test_bn_43_a_coin_that_is_not_there_disables_only_itself(binance: BinanceBench) -> None:
    needs = (CandleNeed("SOLL", HALF_HOUR_MS, 5), CandleNeed("SOL", HALF_HOUR_MS, 5))
    snapshot = binance.venue.observe(Scope(needs, {binance.id_of(Role.ENTRY): "SOLL"}))
    assert "SOL" in snapshot.missing["SOLL"].split("nearest: ")[1].split(", ")
    assert list(snapshot.markets) == ["SOL"]
    assert list(snapshot.lookups.values()) == [Absent()]
    assert not isinstance(snapshot.holdings.fills, Unreadable)
    assert not isinstance(binance.inspect().fills, Unreadable)


def test_bn_44_a_key_of_another_account_is_denied_by_name(binance: BinanceBench) -> None:
    other = binance.restarted(account_id="anotherAccount")
    for read in (lambda: other.observe(Scope()), lambda: other.inspect(FILLS_BACK_MS)):
        with pytest.raises(
            Denied, match=f"account {binance.identity.account_id}, but anotherAccount was meant"
        ):
            read()


def test_bn_45_a_wrong_secret_is_denied(binance: BinanceBench) -> None:
    with pytest.raises(Denied, match="-1022"):
        binance.restarted(secret="wrong").inspect(FILLS_BACK_MS)


def test_bn_46_margin_over_all_assets_takes_no_risk_and_is_still_protected(binance: BinanceBench) -> None:
    binance.entered()
    binance.arm(Fault("V22"))
    snapshot = binance.observe()
    assert "multi-assets margin" in str(snapshot.account_problem)
    accepted(binance.do(binance.exit()))


def test_bn_47_leverage_and_margin_are_set_and_read_back_while_flat(binance: BinanceBench) -> None:
    binance.observe()
    for wanted in (Leverage(3, True), Leverage(5, False), Leverage(5, False), Leverage(4, True)):
        accepted(binance.do(SetLeverage(binance.coin, wanted.leverage, wanted.cross, "a test")))
        assert binance.observe().markets[binance.coin].leverage == wanted


def test_bn_48_the_margin_type_of_an_open_position_cannot_be_changed(binance: BinanceBench) -> None:
    binance.entered()
    assert refused(binance.do(SetLeverage(binance.coin, 20, False, "a test"))) is Refusal.RULE


def test_bn_49_a_position_has_its_setting_also_after_another_one_changed_it(binance: BinanceBench) -> None:
    binance.observe()
    accepted(binance.do(SetLeverage(binance.coin, 5, False, "a test")))
    entry = binance.entered()
    (position,) = binance.inspect().positions
    assert (position.leverage, position.cross, position.size) == (5, False, entry.size)
    assert position.margin_used > 11
    binance.arm(Fault("V23", params={"coin": "SOL", "leverage": 7}))
    binance.observe()
    assert binance.inspect().positions[0].leverage == 7


def test_bn_50_history_has_the_last_word_on_each_order(binance: BinanceBench) -> None:
    entry = binance.entered()
    stop, target = binance.exit(), binance.exit(role=Role.TARGET)
    for exit_ in (stop, target):
        accepted(binance.do(exit_))
    binance.move("SOL", 97.0, 95.0)
    history = binance.venue.history()
    assert not isinstance(history, Unreadable)
    by_id = {found.order.client_id: found for found in history}
    assert by_id[entry.client_id].status is Status.FILLED
    assert by_id[stop.client_id].status is Status.FILLED
    assert by_id[target.client_id].status is Status.CANCELLED
    assert len(by_id) == len(history) == 3
    assert [one.at_ms for one in history] == sorted((one.at_ms for one in history), reverse=True)


def test_bn_51_funding_is_paid_every_eight_hours(binance: BinanceBench) -> None:
    binance.entered()
    since_ms = binance.venue.venue_now_ms()
    binance.pass_to(since_ms + 17 * HOUR_MS)
    payments = binance.venue.funding(since_ms)
    assert not isinstance(payments, Unreadable)
    assert [payment.coin for payment in payments] == ["SOL", "SOL"]
    assert all(payment.amount == Decimal("-0.006") and payment.rate is None for payment in payments)


def test_bn_52_a_fresh_process_sees_the_same_of_coins_that_nobody_named(binance: BinanceBench) -> None:
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


@pytest.mark.parametrize("what", ["GET positionRisk", "GET account"])
def test_bn_53_positions_that_are_told_in_two_ways_are_read_again(binance: BinanceBench, what: str) -> None:
    entry = binance.entered()
    binance.arm(Fault("V8", what=what, times=3))
    assert binance.size() == entry.size
    binance.arm(Fault("V8", what=what, times=0))
    with pytest.raises(Malformed, match="its servers lag"):
        binance.inspect()


def test_bn_54_a_state_from_before_the_last_write_is_read_again() -> None:
    bench = in_process()
    bench.inspect()
    bench.arm(Fault("V7b", what="GET positionRisk", times=1), Fault("V7b", what="GET account", times=1))
    entry = bench.entered()
    assert bench.size() == entry.size


def test_bn_55_fills_that_do_not_explain_the_position_are_unreadable_not_foreign() -> None:
    bench = in_process()
    entry = bench.entered()
    accepted(bench.do(bench.close(size=entry.size)))
    bench.venue = bench.restarted()
    bench.observe()
    bench.arm(Fault("V11", what="GET userTrades", times=0, params={"keep": 1}))
    fills = bench.inspect().fills
    assert isinstance(fills, Unreadable)
    assert fills.answered
    assert "not of one moment" in fills.why


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("H1", times=0), Unavailable),
        (Fault("H2", times=0, params={"status": 429}), Unavailable),
        (Fault("H2", times=0, params={"status": 403}), Denied),
        (Fault("H4", times=0), Unavailable),
        (Fault("H6", times=0), Unavailable),
        (Fault("H9", times=0), Unavailable),
        (Fault("H10", times=0), Unavailable),
        (Fault("H11", times=0), Malformed),
        (Fault("H15", times=0, params={"body": "null"}), Malformed),
        (Fault("H15", times=0, params={"body": ""}), Malformed),
        (Fault("H15", times=0, params={"body": "{}"}), Malformed),
        (Fault("H15", times=0, params={"body": "[]"}), Malformed),
        (Fault("T2", times=0), Unavailable),
        (Fault("T7", times=0), Unavailable),
        *[
            (Fault("H14", times=0, params={"variant": variant, "field": field}), Malformed)
            for variant, field in (
                ("cut", ""),
                ("invalid_utf8", ""),
                ("duplicate_keys", "positionAmt"),
                ("infinite", "positionAmt"),
                ("nan", "positionAmt"),
                ("nan_text", "totalMarginBalance"),
                ("huge_int", "serverTime"),
                ("number_type", "positionAmt"),
                ("null_field", "positions"),
                ("missing_field", "positions"),
                ("missing_field", "positionAmt"),
                ("missing_field", "accountAlias"),
                ("missing_field", "marginType"),
            )
        ],
    ],
)
def test_bn_56_whatever_comes_instead_of_an_answer_an_open_position_is_never_flat(
    fault: Fault, error: type[TraderError]
) -> None:
    bench = in_process()
    bench.entered()
    bench.venue = bench.restarted()
    bench.arm(fault)
    with pytest.raises(error):
        bench.inspect()
    with pytest.raises(error):
        bench.venue.observe(Scope())


def test_bn_57_a_field_more_changes_nothing(binance: BinanceBench) -> None:
    binance.entered()
    before = binance.observe()
    binance.arm(Fault("H14", times=0, params={"variant": "extra_field"}))
    binance.venue = binance.restarted()
    after = binance.observe()
    assert (after.holdings, after.markets) == (before.holdings, before.markets)


@pytest.mark.parametrize("what", ["GET premiumIndex", "GET ticker/bookTicker"])
@pytest.mark.parametrize("variant", ["zero", "nan", "negative", "infinite", "missing", "crossed"])
def test_bn_58_prices_that_cannot_be_make_no_quote(binance: BinanceBench, what: str, variant: str) -> None:
    binance.arm(Fault("V14", what=what, params={"variant": variant}))
    quote = binance.observe().markets["SOL"].quote
    if what == "GET ticker/bookTicker" and variant == "zero":
        assert isinstance(quote, Quote)
        assert (quote.bid, quote.ask) == (None, None)
    elif what == "GET premiumIndex" and variant == "crossed":
        assert isinstance(quote, Quote)
    else:
        assert isinstance(quote, Unreadable)


@pytest.mark.parametrize("what", ["GET openOrders", "GET openAlgoOrders"])
def test_bn_59_one_book_that_cannot_be_read_spoils_all_orders(binance: BinanceBench, what: str) -> None:
    binance.arm(Fault("H15", what=what, times=0, params={"body": "{}"}))
    assert isinstance(binance.observe().holdings.orders, Unreadable)
    assert isinstance(binance.inspect().orders, Unreadable)


def test_bn_5a_an_order_that_the_venue_does_not_find_yet_is_absent_though_it_is_listed(
    binance: BinanceBench,
) -> None:
    binance.entered()
    stop = binance.exit()
    binance.arm(Fault("V9", what="POST algoOrder", params={"seconds": 30}))
    accepted(binance.do(stop))
    assert binance.lookup(stop.client_id) == Absent()
    binance.pass_to(binance.clock.now_ms() + 31_000)
    assert binance.status(stop.client_id) is Status.LIVE


@pytest.mark.parametrize("step_ms", [-3_600_000, -20_000, -6_000, 2_000, 3_600_000])
def test_bn_5b_a_wrong_wall_clock_reads_and_protects(binance: BinanceBench, step_ms: int) -> None:
    binance.entered()
    binance.clock.step(step_ms)
    binance.venue = binance.restarted()
    holdings = binance.inspect()
    assert len(holdings.positions) == 1
    accepted(binance.do(binance.exit()))
    binance.venue = binance.restarted()
    snapshot = binance.observe()
    assert snapshot.account_problem is None
    assert not isinstance(snapshot.holdings.orders, Unreadable)
    assert len(snapshot.holdings.orders) == 1
    assert isinstance(snapshot.markets["SOL"].candles, Candles)


def test_bn_5c_two_legs_have_their_own_liquidation_or_none() -> None:
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
def test_bn_5d_a_quiet_tick_uses_what_the_documents_say(
    binance: BinanceBench, coins: list[str], weight: int, requests: int
) -> None:
    needs = tuple(CandleNeed(coin, HALF_HOUR_MS, 300) for coin in coins)
    lookups = {binance.id_of(Role.ENTRY, leg): coin for coin in coins for leg in Leg}
    binance.venue.observe(Scope(needs, lookups))
    assert (weight_of(binance), len(binance.wire.requests)) == (weight, requests)
    binance.inspect()
    per_coin = 2 + 5
    assert weight_of(binance) - weight == 1 + 5 + 5 + per_coin * len(coins)


def test_bn_5e_nothing_leaves_but_what_was_meant(binance: BinanceBench) -> None:
    binance.venue.perform([SetLeverage(binance.coin, 5, True, "a test")])
    assert binance.wire.requests == []
    entry = binance.entered()
    stop, rest = binance.exit(), binance.rest()
    binance.venue.perform([stop, rest, binance.exit(size=entry.size)])
    binance.venue.perform([binance.cancel(order) for order in binance.orders().values()])
    assert isinstance(binance.lookup(entry.client_id), Found)
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
