"""What Binance is never believed: damaged, stale, contradicting and impossible answers, and a wrong clock."""

import pytest

from tests.support.account_bench import accepted
from tests.support.binance_bench import BinanceBench
from tests.support.binance_places import in_process
from tests.support.damages import damaged
from trader.core.candles import Candles
from trader.core.errors import Malformed, TraderError, Unavailable
from trader.core.orders import Absent, Status, Unreadable
from trader.core.ports import Scope
from trader.core.snapshot import Quote
from trader.sim.faults import Fault


@pytest.mark.parametrize("what", ["GET positionRisk", "GET account"])
def test_bn_60_positions_that_are_told_in_two_ways_are_read_again(
    sim_binance: BinanceBench, what: str
) -> None:
    entry = sim_binance.entered()
    sim_binance.arm(Fault("V8", what=what, times=3))
    assert sim_binance.size() == entry.size
    sim_binance.arm(Fault("V8", what=what, times=0))
    with pytest.raises(Malformed, match="its servers lag"):
        sim_binance.inspect()


def test_bn_61_a_state_from_before_the_last_write_is_read_again() -> None:
    bench = in_process()
    bench.inspect()
    bench.arm(Fault("V7b", what="GET positionRisk", times=1), Fault("V7b", what="GET account", times=1))
    entry = bench.entered()
    assert bench.size() == entry.size


def test_bn_62_fills_that_do_not_explain_the_position_are_in_doubt_not_foreign() -> None:
    bench = in_process()
    entry = bench.entered()
    accepted(bench.do(bench.close(size=entry.size)))
    bench.venue = bench.restarted()
    bench.observe()
    bench.arm(Fault("V11", what="GET userTrades", times=0, params={"keep": 1}))
    fills = bench.inspect().fills
    assert not isinstance(fills, Unreadable)
    assert [fill.doubt is not None for fill in fills] == [True]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("H6", times=0), Unavailable),
        (Fault("H15", times=0, params={"body": "{}"}), Malformed),
        (Fault("H15", times=0, params={"body": "[]"}), Malformed),
        *damaged(
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
        ),
    ],
)
def test_bn_63_whatever_comes_instead_of_an_answer_an_open_position_is_never_flat(
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


def test_bn_64_a_field_more_changes_nothing(sim_binance: BinanceBench) -> None:
    sim_binance.entered()
    before = sim_binance.observe()
    sim_binance.arm(Fault("H14", times=0, params={"variant": "extra_field"}))
    sim_binance.venue = sim_binance.restarted()
    after = sim_binance.observe()
    assert (after.holdings, after.markets) == (before.holdings, before.markets)


@pytest.mark.parametrize("what", ["GET premiumIndex", "GET ticker/bookTicker"])
@pytest.mark.parametrize("variant", ["zero", "nan", "negative", "infinite", "missing", "crossed"])
def test_bn_65_prices_that_cannot_be_make_no_quote(
    sim_binance: BinanceBench, what: str, variant: str
) -> None:
    sim_binance.arm(Fault("V14", what=what, params={"variant": variant}))
    quote = sim_binance.observe().markets["SOL"].quote
    if what == "GET ticker/bookTicker" and variant == "zero":
        assert isinstance(quote, Quote)
        assert (quote.bid, quote.ask) == (None, None)
    elif what == "GET premiumIndex" and variant == "crossed":
        assert isinstance(quote, Quote)
    else:
        assert isinstance(quote, Unreadable)


@pytest.mark.parametrize("what", ["GET openOrders", "GET openAlgoOrders"])
def test_bn_66_one_book_that_cannot_be_read_spoils_all_orders(sim_binance: BinanceBench, what: str) -> None:
    sim_binance.arm(Fault("H15", what=what, times=0, params={"body": "{}"}))
    assert isinstance(sim_binance.observe().holdings.orders, Unreadable)
    assert isinstance(sim_binance.inspect().orders, Unreadable)


def test_bn_67_an_order_that_the_venue_does_not_find_yet_is_absent_though_it_is_listed(
    sim_binance: BinanceBench,
) -> None:
    sim_binance.entered()
    stop = sim_binance.exit()
    sim_binance.arm(Fault("V9", what="POST algoOrder", params={"seconds": 30}))
    accepted(sim_binance.do(stop))
    assert sim_binance.look_up(stop.client_id) == Absent()
    sim_binance.pass_to(sim_binance.clock.now_ms() + 31_000)
    assert sim_binance.status(stop.client_id) is Status.LIVE


@pytest.mark.parametrize("step_ms", [-3_600_000, -20_000, -6_000, 2_000, 3_600_000])
def test_bn_68_a_wrong_wall_clock_reads_and_protects(sim_binance: BinanceBench, step_ms: int) -> None:
    sim_binance.entered()
    sim_binance.clock.step(step_ms)
    sim_binance.venue = sim_binance.restarted()
    holdings = sim_binance.inspect()
    assert len(holdings.positions) == 1
    accepted(sim_binance.do(sim_binance.exit()))
    sim_binance.venue = sim_binance.restarted()
    snapshot = sim_binance.observe()
    assert snapshot.account_problem is None
    assert not isinstance(snapshot.holdings.orders, Unreadable)
    assert len(snapshot.holdings.orders) == 1
    assert isinstance(snapshot.markets["SOL"].candles, Candles)
