"""Entries on Binance: numbered behaviours that the program relies on, with one side and with two."""

from decimal import Decimal

import pytest

from tests.support.account_bench import accepted, refused
from tests.support.binance_bench import BinanceAccount, BinanceBench
from tests.support.binance_places import in_process
from trader.core.market import Leg, Side
from trader.core.orders import Accepted, Found, Kind, Refusal, Rejected, Status, Unknown
from trader.sim.faults import Fault

ZERO = Decimal(0)


@pytest.mark.parametrize("leg", list(Leg))
def test_bn_01_an_entry_that_fills_whole_says_so_and_its_fills_name_it(
    binance: BinanceAccount, leg: Leg
) -> None:
    entry = binance.entry(leg=leg)
    outcome = accepted(binance.do(entry))
    assert (outcome.filled, outcome.average, outcome.attached) == (entry.size, None, ())
    assert binance.size(leg) == entry.size * leg.sign
    (fill,) = binance.fills(entry.client_id)
    assert (fill.size, fill.side, fill.order_id) == (entry.size, leg.opening, outcome.order_id)
    assert (fill.position_before, fill.position_after) == (ZERO, entry.size * leg.sign)
    assert fill.leg is (leg if binance.two_sided else None)
    assert fill.fee > 0
    found = binance.look_up(entry.client_id)
    assert isinstance(found, Found)
    assert (found.status, found.order.size, found.order.filled) == (Status.FILLED, ZERO, entry.size)


@pytest.mark.parametrize("leg", list(Leg))
def test_bn_02_a_sized_stop_is_taken_while_flat_and_acts_once_there_is_a_position(
    sim_binance: BinanceBench, leg: Leg
) -> None:
    entry = sim_binance.entry(leg=leg)
    stop = sim_binance.exit(leg=leg, size=entry.size)
    accepted(sim_binance.do(stop))
    listed = sim_binance.orders()[stop.client_id]
    assert (listed.kind, listed.size, listed.reduce_only) == (Kind.STOP, entry.size, True)
    assert not listed.position_bound
    sim_binance.entered(entry)
    sim_binance.move(sim_binance.coin, *((97.0, 95.0) if leg is Leg.LONG else (103.0, 105.0)))
    assert sim_binance.size(leg) == 0
    assert sum(fill.size for fill in sim_binance.fills(stop.client_id)) == entry.size


def test_bn_03_an_exit_bound_to_the_position_is_refused_while_flat(binance: BinanceAccount) -> None:
    assert refused(binance.do(binance.exit())) is Refusal.REDUCE_ONLY
    assert binance.orders() == {}


def test_bn_04_nothing_within_the_bound_matches_nothing(binance: BinanceAccount) -> None:
    entry = binance.entry(slippage="-0.02")
    assert refused(binance.do(entry)) is Refusal.NOTHING_MATCHED
    assert (binance.size(), binance.orders()) == (ZERO, {})
    assert binance.status(entry.client_id) is Status.CANCELLED


@pytest.mark.parametrize("filled", ["lot", "fraction", "all_but_lot"])
def test_bn_05_an_entry_that_fills_in_part_says_how_much(sim_binance: BinanceBench, filled: str) -> None:
    entry = sim_binance.entry()
    sim_binance.arm(Fault("V12", params={"filled": filled}))
    outcome = accepted(sim_binance.do(entry))
    assert outcome.filled is not None
    assert 0 < outcome.filled < entry.size
    assert sim_binance.size() == outcome.filled
    assert sim_binance.orders() == {}
    found = sim_binance.look_up(entry.client_id)
    assert isinstance(found, Found)
    assert (found.status, found.order.filled) == (Status.CANCELLED, outcome.filled)


def test_bn_06_an_entry_below_the_minimum_is_refused_by_rule(binance: BinanceAccount) -> None:
    assert refused(binance.do(binance.entry(notional=Decimal(3)))) is Refusal.RULE
    assert binance.size() == 0


def test_bn_07_an_entry_beyond_the_margin_is_refused(binance: BinanceAccount) -> None:
    assert refused(binance.do(binance.entry(notional=Decimal(100_000)))) is Refusal.MARGIN
    assert binance.size() == 0


def test_bn_08_a_bound_outside_the_venues_band_is_refused_by_rule(binance: BinanceAccount) -> None:
    assert binance.market.limit_band == Decimal("0.05")
    assert refused(binance.do(binance.entry(slippage="0.06"))) is Refusal.RULE
    assert refused(binance.do(binance.entry(leg=Leg.SHORT, slippage="0.06"))) is Refusal.RULE


def test_bn_09_the_same_id_acts_twice_so_nothing_is_ever_sent_again(binance: BinanceAccount) -> None:
    entry = binance.entered()
    binance.entered(entry)
    assert binance.size() == 2 * entry.size
    assert not binance.venue.abilities.exactly_once_nonce
    sent = len(binance.wire.requests)
    unknown = Unknown("lost", resend=1)
    assert binance.venue.resend(unknown) is unknown
    assert len(binance.wire.requests) == sent


@pytest.mark.parametrize("leg", list(Leg))
def test_bn_10_a_limit_rests_until_the_market_comes(sim_binance: BinanceBench, leg: Leg) -> None:
    rest = sim_binance.rest(leg=leg, post_only=True)
    assert accepted(sim_binance.do(rest)).filled == 0
    order = sim_binance.orders()[rest.client_id]
    assert (order.kind, order.price, order.size) == (Kind.LIMIT, rest.price, rest.size)
    assert (order.opens, order.expires_ms, order.trigger) == (True, None, None)
    assert order.leg is (leg if sim_binance.two_sided else None)
    sim_binance.move(sim_binance.coin, *((97.0,) if leg is Leg.LONG else (103.0,)))
    assert sim_binance.size(leg) == rest.size * leg.sign
    assert sim_binance.status(rest.client_id) is Status.FILLED


def test_bn_11_a_post_only_limit_that_would_take_is_refused(binance: BinanceAccount) -> None:
    assert refused(binance.do(binance.rest(distance="-0.01", post_only=True))) is Refusal.POST_ONLY
    assert binance.size() == 0


def test_bn_12_a_resting_entry_ends_by_itself(sim_binance: BinanceBench) -> None:
    ends_ms = sim_binance.clock.now_ms() + 1_200_000
    rest = sim_binance.rest(expires_ms=ends_ms)
    accepted(sim_binance.do(rest))
    assert sim_binance.orders()[rest.client_id].expires_ms == ends_ms // 1000 * 1000
    sim_binance.pass_to(ends_ms + 1_000)
    assert sim_binance.orders() == {}
    assert sim_binance.status(rest.client_id) is Status.CANCELLED


def test_bn_13_an_end_nearer_than_ten_minutes_is_refused_by_rule(sim_binance: BinanceBench) -> None:
    near = sim_binance.rest(expires_ms=sim_binance.clock.now_ms() + 300_000)
    assert refused(sim_binance.do(near)) is Refusal.RULE


def test_bn_14_plain_resting_entries_share_requests_and_each_has_its_own_outcome(
    binance: BinanceAccount,
) -> None:
    rests = [binance.rest(distance=f"0.0{i}") for i in (1, 2, 3, 4)]
    crossing = binance.rest(distance="-0.01", post_only=True)
    outcomes = binance.venue.perform([*rests[:2], crossing, *rests[2:], binance.rest(distance="0.045")])
    assert [type(one) for one in outcomes] == [Accepted, Accepted, Rejected, *[Accepted] * 3]
    assert refused(outcomes[2]) is Refusal.POST_ONLY
    paths = [request.url.split("?")[0].rsplit("/", 1)[1] for request in binance.wire.rounds[-1]]
    assert sorted(paths) == ["batchOrders", "order"]
    assert len(binance.orders()) == 5


@pytest.mark.parametrize("leg", list(Leg))
def test_bn_15_a_stop_entry_waits_in_the_other_book_and_fills_under_its_own_id(
    sim_binance: BinanceBench, leg: Leg
) -> None:
    rest = sim_binance.rest(leg=leg, trigger="0.02", distance="0.03")
    accepted(sim_binance.do(rest))
    order = sim_binance.orders()[rest.client_id]
    assert (order.kind, order.trigger, order.price) == (Kind.STOP_ENTRY, rest.trigger, rest.price)
    assert (order.opens, order.side, order.size) == (True, leg.opening, rest.size)
    assert sim_binance.status(rest.client_id) is Status.LIVE
    sim_binance.move(sim_binance.coin, *((102.5,) if leg is Leg.LONG else (97.5,)))
    assert sim_binance.size(leg) == rest.size * leg.sign
    found = sim_binance.look_up(rest.client_id)
    assert isinstance(found, Found)
    assert (found.status, found.order.kind, found.order.size) == (Status.FILLED, Kind.STOP_ENTRY, ZERO)
    (fill,) = sim_binance.fills(rest.client_id)
    assert fill.side is (Side.BUY if leg is Leg.LONG else Side.SELL)


def test_bn_16_two_legs_are_held_apart_where_the_account_has_two_sides() -> None:
    bench = in_process(two_sided=True)
    long, short = bench.entered(bench.entry()), bench.entered(bench.entry(leg=Leg.SHORT))
    assert (bench.size(Leg.LONG), bench.size(Leg.SHORT)) == (long.size, -short.size)
    stops = [bench.exit(leg=leg) for leg in Leg]
    assert [type(one) for one in bench.venue.perform(stops)] == [Accepted, Accepted]
    assert {order.leg for order in bench.orders().values()} == set(Leg)
    bench.move("SOL", 97.0, 95.0)
    assert (bench.size(Leg.LONG), bench.size(Leg.SHORT)) == (ZERO, -short.size)


def test_bn_17_an_order_of_the_side_that_the_account_has_not_is_refused_and_the_next_one_right() -> None:
    bench = in_process()
    bench.observe()
    bench.model.set_two_sided(bench.user, True)
    entry = bench.entry()
    assert refused(bench.do(entry)) is Refusal.RULE
    bench.entered(entry)
    assert bench.size() == entry.size
