"""When a repair may close, when it may not, and what it does when the venue gives it half a picture."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.scenes import cancel_stops, code, drive, stage, stop_by_hand, stops, trade_by_hand
from tests.support.starts import STARTS, entry_of, own_stop, put_own_stop
from tests.support.way_cases import way_stage
from trader.core.actions import Cancel, Close, Enter
from trader.core.identity import ATTEMPT_MAX
from trader.core.orders import Accepted, Rejected
from trader.core.report import Exit
from trader.exchange.orders import OrderSpec
from trader.exchange.status import Tif
from trader.rehearsal import Stage
from trader.run import Ran, run_once
from trader.sim.faults import Fault

BUDGET = "Too many cumulative requests sent (20000 > 10000) for cumulative volume traded $1."


def closes(ran: Ran | None) -> list[Close]:
    assert ran is not None
    return [d.action for d in ran.done if isinstance(d.action, Close)]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("T5", is_write=True, times=0),
        Fault("T2", is_write=True, times=0),
        Fault("T7", is_write=True, times=0),
        Fault("V1", is_write=True, times=0, params={"text": BUDGET}),
        Fault("V20"),
    ],
    ids=["reset before it left", "connection refused", "never arrived", "no budget", "key revoked"],
)
def test_a_stop_that_never_got_to_be_judged_closes_nothing(fault: Fault) -> None:
    """Uncovered, and 23 while the last may still arrive; but nobody refused a stop, so it is no emergency."""
    made = STARTS["naked"]()
    size = made.size("BTC")
    made.faults(fault)
    ran = made.host.run()
    assert closes(ran) == []
    assert made.size("BTC") == size
    assert code(ran) is (Exit.UNREADABLE if fault.kind == "T7" else Exit.NAKED)


def test_two_stops_refused_close_it() -> None:
    made = STARTS["naked"]()
    made.faults(Fault("V6", is_write=True, times=0))
    assert code(made.host.run()) is Exit.EMERGENCY
    assert made.size("BTC") == 0


def test_one_stop_refused_is_tried_again() -> None:
    made = STARTS["naked"]()
    made.faults(Fault("V6", is_write=True))
    ran = made.host.run()
    assert closes(ran) == []
    assert code(ran) is Exit.OK
    assert made.is_covered("BTC")


def test_a_coin_without_rules_is_reported_naked() -> None:
    """The market table cannot be had: no number, no stop; and no other way out of the run than its code."""
    made = STARTS["three naked"]()
    made.faults(Fault("H4", what="metaAndAssetCtxs", times=0))
    ran = made.host.run()
    assert code(ran) is Exit.NAKED
    made.faults()
    made.pass_time(60)
    assert code(made.host.check()) is Exit.OK


def test_fills_that_were_cut_off_do_not_make_a_position_foreign() -> None:
    made = STARTS["naked"]()
    made.faults(Fault("V8", what="userFillsByTime", times=0))
    ran = made.host.run()
    assert code(ran) is Exit.UNREADABLE
    assert ran is not None
    assert ran.done == []


@pytest.mark.parametrize("start", ["old and naked", "old and covered"])
def test_a_position_older_than_the_usual_history_is_still_ours(start: str) -> None:
    """It was held for a week while nobody ran: it gets its stop, and the strategy its say."""
    made = STARTS[start]()
    ran = made.host.run()
    assert code(ran) is Exit.OK
    assert [c.role.name for c in closes(ran)] == ["CLOSE_EARLY"]
    assert made.size("BTC") == 0


def test_a_foreign_position_older_than_any_history_stays_foreign() -> None:
    made = stage(())
    trade_by_hand(made, "ETH", "0.1")
    made.pass_time(8 * 86_400)
    ran = made.host.check()
    assert code(ran) is Exit.FOREIGN_UNCOVERED
    assert ran is not None
    assert ran.done == []


def test_the_word_stays_dirty_while_one_write_is_unknown() -> None:
    """Later writes that settle must not tell the next run that nothing is under way."""
    made = STARTS["three naked"]()
    made.faults(
        Fault("T7", is_write=True, coin="BTC", times=0), Fault("H4", what="orderStatus", coin=None, times=0)
    )
    ran = made.host.run()
    assert ran is not None
    assert Exit.UNKNOWN in ran.codes
    assert {c for c in made.coins_held() if made.is_covered(c)} == {"ETH", "SOL"}
    assert made.host.word.dirty_since_ms is not None


def test_a_close_is_not_repeated_on_a_reading_that_trails() -> None:
    """The foreign part would be closed next: the fill of the first close has to be seen before a second."""
    made = STARTS["mixed naked"]()
    made.faults(
        Fault("V6", is_write=True, times=0),
        Fault("V7b", what="clearinghouseState", times=0),
        Fault("V7b", what="userFillsByTime", times=0),
    )
    ran = made.host.check()
    assert len(closes(ran)) == 1
    assert made.size("BTC") == Decimal("0.001"), "what was bought by hand"
    assert code(ran) is Exit.UNREADABLE


def test_attempts_that_run_out_do_not_end_a_repair() -> None:
    made = STARTS["naked"]()
    like = next(o for o in made.model.history(made.user) if o.order.trigger and o.order.cloid).order
    for attempt in range(1, ATTEMPT_MAX + 1):
        put_own_stop(made, like, trigger="90000", attempt=attempt, size=like.orig_sz)
    for order in made.model.open_orders(made.user, "BTC"):
        made.model.cancel(made.user, order.oid)
    assert code(made.host.check()) is Exit.OK
    assert made.is_covered("BTC")


def tiny(made: Stage) -> None:
    """A position too small to be halved, at a leverage at which liquidation is near."""
    like = own_stop(made)
    trade_by_hand(made, "BTC", f"-{made.size('BTC')}")
    made.model.set_leverage(made.user, "BTC", value=40, is_cross=False)
    size = Decimal("0.00015")
    spec = OrderSpec("BTC", True, Decimal(110_000), size, Tif.IOC, False, None, entry_of(made))
    assert made.model.place(made.user, [spec])[0].reason is None
    put_own_stop(made, like, trigger="95659", size=size)


def test_inside_the_margin_before_liquidation_a_small_position_goes_whole() -> None:
    made = STARTS["position"]()
    tiny(made)
    near = made.model.liquidation_px(made.user, "BTC")
    assert near is not None
    mark = made.model.quote("BTC").mark
    by = near + 100 - mark
    made.model.set_offsets("BTC", mark=by, mid=by)
    ran = made.host.check()
    assert made.size("BTC") == 0
    assert code(ran) is Exit.EMERGENCY


def test_quarantine_ends_though_the_wall_clock_was_set_back() -> None:
    """The word's time lies an hour ahead of this clock; still nothing can arrive later than its expiry."""
    made = STARTS["signal"]()
    env = replace(made.host.env(), dirty_until_ms=made.clock.now_ms() + 3_600_000)
    began = made.clock.elapsed_ms()
    ran = run_once(env, made.policy())
    assert [type(d.action) for d in ran.done if isinstance(d.action, Enter)] == [Enter]
    assert 20_000 < made.clock.elapsed_ms() - began < 40_000


def test_a_foreign_stop_does_not_set_our_level() -> None:
    made = STARTS["mixed naked"]()
    stop_by_hand(made, "BTC", "99000", "0.001")
    made.host.check()
    assert stops(made, "BTC") == [Decimal(95659), Decimal(99000)]


@pytest.mark.parametrize("kind", ["T4", "T2", "H1"])
def test_a_cancel_that_surely_never_arrived_is_sent_once_more(kind: str) -> None:
    """The stop that came with the entry is no reduce-only one: it must not outlive the run."""
    made = way_stage("attached")
    made.faults(Fault(kind, what="trade/cancel-algos"))
    ran = made.host.run()
    assert ran is not None
    cancels = [d.outcome for d in ran.done if isinstance(d.action, Cancel)]
    assert [type(outcome) for outcome in cancels] == [Rejected, Accepted]
    armed = [order for order in made.model.open_orders(made.user, "BTC") if order.armed]
    assert armed and all(order.reduce_only for order in armed)


@pytest.mark.parametrize(("venue", "left"), [("hyperliquid", "0"), ("okx", "0.0009")])
def test_what_is_no_whole_number_of_lots_any_more_is_closed_as_far_as_lots_go(venue: str, left: str) -> None:
    """The venue has made its lots larger since the entry."""
    made = stage(("BTC",), (f"venue={venue}",))
    made.host.run()
    market = made.model.market("BTC")
    assert market is not None and made.size("BTC") % Decimal("0.001") != 0
    made.model.set_market(
        replace(market, size_step=Decimal("0.001"), size_decimals=3, size_min=Decimal("0.001"))
    )
    cancel_stops(made, "BTC")
    drive(made, "BTC", 95_000)
    assert code(made.host.check()) is (Exit.NAKED if Decimal(left) else Exit.EMERGENCY)
    assert made.size("BTC") == Decimal(left)


@pytest.mark.parametrize(("mark", "seen", "more"), [(-800, Exit.OK, 0), (-3_000, Exit.UNREADABLE, 2)])
def test_stops_on_another_price_do_not_pile_up_while_mark_is_beyond_them(
    mark: int, seen: Exit, more: int
) -> None:
    """Last stands before the level, mark behind it: every further stop is taken, and tells no more."""
    made = stage(("BTC",), ("venue=okx", "stops.trigger=last"))
    made.host.run()
    drive(made, "BTC", 96_000)
    made.model.set_offsets("BTC", mark=Decimal(mark))
    for _ in range(3):
        made.pass_time(300)
        assert code(made.host.check()) is seen
        assert len(stops(made, "BTC")) == 1 + more
    made.model.set_offsets("BTC", mark=Decimal(0))
    made.pass_time(300)
    assert code(made.host.check()) is Exit.OK
    assert len(stops(made, "BTC")) == 1
