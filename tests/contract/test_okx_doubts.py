"""What is never concluded from an answer of OKX: a missing part is not nothing, an old one not now."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.account_bench import COIN, accepted
from tests.support.damages import damaged
from tests.support.okx_bench import Bench
from tests.support.okx_places import in_process
from trader.core.candles import MINUTE_MS
from trader.core.errors import Malformed, TraderError, Unavailable
from trader.core.orders import Absent, Unreadable
from trader.core.snapshot import Holdings, Quote
from trader.core.wire import Answer, Lost, Request, Transport
from trader.sim.faults import Fault
from trader.venues.okx.rounds import STALE_READS_MAX


def test_okx_93_a_list_of_positions_that_went_missing_is_not_flat(sim_okx: Bench) -> None:
    entry = sim_okx.entered()
    sim_okx.sim.arm(Fault("V8", what="account/positions"))
    with pytest.raises(Malformed, match="a part is missing"):
        sim_okx.inspect()
    assert sim_okx.size() == entry.size


def test_okx_94_a_position_that_is_missing_contradicts_its_fills(sim_okx: Bench) -> None:
    """With a second coin held the balance cannot tell: the entry's fill does."""
    sim_okx.entered()
    market, coin = sim_okx.venue.market("ETH"), "ETH"
    like = sim_okx.entry()
    other = replace(
        like,
        coin=coin,
        size=market.size_down(Decimal("0.1")),
        bound=market.price(Decimal(3030)),
        stop=market.price(Decimal(2900)),
    )
    accepted(sim_okx.do(other))
    sim_okx.sim.arm(Fault("V11", what="account/positions", params={"keep": 1}))
    fills = sim_okx.inspect().fills
    assert not isinstance(fills, Unreadable)
    [doubt] = [fill.doubt for fill in fills if fill.doubt is not None]
    assert "an entry of ours" in doubt or "leg" in doubt


def test_okx_95_positions_of_before_the_entry_beside_fills_of_after_it_are_no_story() -> None:
    bench = in_process()
    entry = bench.entry()
    bench.sim.arm(Fault("V7b", what="account/positions"))
    accepted(bench.do(entry))
    with pytest.raises(Malformed, match="a part is missing"):
        bench.inspect()
    assert bench.size() == entry.size


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("V26", times=0, params={"code": "50026"}), Unavailable),
        (Fault("V28", times=0, params={"state": "ongoing"}), Unavailable),
        *damaged(
            ("duplicate_keys", "pos"),
            ("nan_text", "eq"),
            ("number_type", "pos"),
            ("null_field", "data"),
            ("missing_field", "data"),
            ("missing_field", "pos"),
        ),
    ],
)
def test_okx_96_whatever_comes_instead_of_an_answer_an_open_position_is_never_flat(
    fault: Fault, error: type[TraderError]
) -> None:
    bench = in_process()
    bench.entered()
    bench.sim.arm(fault)
    with pytest.raises(error):
        bench.inspect()
    with pytest.raises(error):
        bench.observe()


def timeless(holdings: Holdings) -> Holdings:
    """Readings that follow at once wait for their turn, and only that may tell them apart."""
    return replace(holdings, at_ms=0, fills_since_ms=0)


def test_okx_97_a_field_more_changes_nothing_and_a_row_told_twice_is_refused_or_one(sim_okx: Bench) -> None:
    sim_okx.guarded()
    before = sim_okx.observe()
    sim_okx.sim.arm(Fault("H14", times=0, params={"variant": "extra_field"}))
    after = sim_okx.observe()
    assert (timeless(after.holdings), after.markets) == (timeless(before.holdings), before.markets)
    sim_okx.sim.arm(
        Fault("V25", what="trade/fills", times=0), Fault("V25", what="trade/orders-algo-pending", times=0)
    )
    assert timeless(sim_okx.observe().holdings) == timeless(before.holdings)
    sim_okx.sim.arm(Fault("V25", what="account/positions"))
    with pytest.raises(Malformed, match="twice"):
        sim_okx.inspect()


@pytest.mark.parametrize("variant", ["zero", "nan", "negative", "crossed", "missing"])
@pytest.mark.parametrize("what", ["market/ticker", "public/mark-price"])
def test_okx_98_prices_that_cannot_be_make_no_quote(variant: str, what: str) -> None:
    bench = in_process()
    bench.sim.arm(Fault("V14", what=what, params={"variant": variant}))
    quote = bench.observe().markets[COIN].quote
    if isinstance(quote, Quote):
        assert variant in ("crossed", "missing")
        assert quote.mark == 100
    else:
        assert isinstance(quote, Unreadable)


def test_okx_99_an_order_that_the_venue_forgot_is_absent_by_id_though_it_is_listed(sim_okx: Bench) -> None:
    entry = sim_okx.entered()
    sim_okx.sim.arm(Fault("V9", what="trade/order-algo"))
    assert sim_okx.look_up(entry.stop_id) == Absent()
    assert entry.stop_id in sim_okx.orders()


class Lagging:
    """A transport whose venue tells the time of a moment ago for some readings."""

    def __init__(self, inner: Transport, readings: int) -> None:
        self._inner = inner
        self._old: Answer | Lost | None = None
        self._left = readings

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        answers = self._inner.exchange(requests, timeout_s=timeout_s)
        for i, request in enumerate(requests):
            if not request.url.endswith("public/time"):
                continue
            if self._old is not None and self._left:
                self._left -= 1
                answers[i] = self._old
            self._old = self._old or answers[i]
        return answers


@pytest.mark.parametrize("readings", [1, STALE_READS_MAX - 1, STALE_READS_MAX])
def test_okx_100_a_server_that_lags_is_read_again_and_a_lasting_one_refused(
    sim_okx: Bench, readings: int
) -> None:
    lagging = Lagging(sim_okx.wire.inner, readings)
    sim_okx.wire.inner = lagging
    sim_okx.wire.exchange([Request(f"{sim_okx.base_url}/api/v5/public/time", method="GET")], timeout_s=1.0)
    sim_okx.sim.pass_to(sim_okx.clock.now_ms() + MINUTE_MS)
    sim_okx.venue._wire.time.saw(sim_okx.clock.now_ms())
    if readings < STALE_READS_MAX:
        assert sim_okx.inspect().at_ms >= sim_okx.sim.embedded.now_ms - MINUTE_MS // 2
    else:
        with pytest.raises(Malformed, match="lag"):
            sim_okx.inspect()
