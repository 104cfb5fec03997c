"""The watch that judges cover: what counts, and naked time to the millisecond."""

from decimal import Decimal

import pytest

from tests.support.model_exchange import (
    HOUR_MS,
    MINUTE_MS,
    SIDED,
    START_MS,
    USER,
    an_exchange,
    attach,
    bars_through,
    bind,
    flat,
    limit,
    market,
    on_leg,
    place_one,
    stop,
    szi,
    target,
)
from trader.exchange.model import Model
from trader.exchange.orders import Liquidity, OrderSpec
from trader.exchange.rules import Rules
from trader.exchange.status import Grouping
from trader.exchange.truth import CoverWatch

FALL = [*flat(100), *bars_through(100, 94, 88)]


def watched(**options: object) -> tuple[Model, CoverWatch]:
    model = an_exchange(**options)  # type: ignore[arg-type]
    return model, CoverWatch(model)


def test_naked_time_runs_from_the_fill_to_the_stop() -> None:
    model, watch = watched()
    model.advance(START_MS + 1_000)
    place_one(model, market("buy", "2"))
    assert not watch.covered(USER, "SOL")
    model.advance(START_MS + 4_500)
    assert watch.naked_ms(USER, "SOL") == 3_500
    place_one(model, stop("sell", "2", "90"))
    model.advance(START_MS + HOUR_MS)
    assert watch.covered(USER, "SOL")
    assert watch.naked_ms(USER, "SOL") == 3_500
    assert watch.intervals(USER, "SOL") == ((START_MS + 1_000, START_MS + 4_500),)


def test_an_attached_stop_leaves_no_naked_millisecond() -> None:
    model, watch = watched(sol=FALL)
    attach(model, market("buy", "2"), target("sell", "2", "110"), stop("sell", "2", "95"))
    model.advance(START_MS + HOUR_MS)
    assert szi(model) == 0
    assert watch.total_ms() == 0
    assert watch.intervals(USER, "SOL") == ()
    assert watch.pairs() == ((USER, "SOL"),)


def test_each_leg_of_a_coin_is_judged_by_its_own_stops() -> None:
    model, watch = watched(rules=SIDED, two_sided=True)
    for side, leg in (("buy", "long"), ("sell", "short")):
        place_one(model, on_leg(leg, market(side, "2")))
    model.advance(START_MS + 10)
    place_one(model, on_leg("long", stop("sell", "2", "90")))
    assert (watch.covered(USER, "SOL", "long"), watch.covered(USER, "SOL", "short")) == (True, False)
    assert not watch.covered(USER, "SOL")
    model.advance(START_MS + 30)
    place_one(model, on_leg("short", stop("buy", "2", "110")))
    model.advance(START_MS + HOUR_MS)
    assert (watch.naked_ms(USER, "SOL", "long"), watch.naked_ms(USER, "SOL", "short")) == (10, 30)
    assert (watch.naked_ms(USER, "SOL"), watch.longest_ms(USER, "SOL"), watch.total_ms()) == (40, 30, 40)
    assert watch.intervals(USER, "SOL", "short") == ((START_MS, START_MS + 30),)
    assert watch.slots() == ((USER, "SOL", "long"), (USER, "SOL", "short"))
    assert watch.pairs() == ((USER, "SOL"),)


@pytest.mark.parametrize(("larger", "smaller", "side"), [("long", "short", "buy"), ("short", "long", "sell")])
def test_a_leg_that_the_other_outweighs_is_not_liquidated_on_its_own_way_to_its_stop(
    larger: str, smaller: str, side: str
) -> None:
    model, watch = watched(rules=SIDED, two_sided=True, cash=120)
    other = "sell" if side == "buy" else "buy"
    place_one(model, on_leg(larger, market(side, "8")))
    place_one(model, on_leg(smaller, market(other, "1")))
    edge = model.liquidation_px(USER, "SOL", smaller)
    assert edge is not None and (edge > 100) == (smaller == "long")
    near, far = ("98", "102") if larger == "long" else ("102", "98")
    place_one(model, on_leg(smaller, stop(side, "1", far)))
    assert watch.covered(USER, "SOL", smaller)
    place_one(model, on_leg(larger, stop(other, "8", near)))
    assert watch.covered(USER, "SOL", larger)
    beyond = "70" if larger == "long" else "130"
    model.cancel(USER, model.open_orders(USER)[-1].oid)
    place_one(model, on_leg(larger, stop(other, "8", beyond)))
    assert not watch.covered(USER, "SOL", larger)


def test_a_moved_stop_is_naked_only_between_cancel_and_place() -> None:
    model, watch = watched()
    _, child = attach(model, market("buy", "2"), stop("sell", "2", "90"))
    model.advance(START_MS + 10)
    assert child.oid is not None
    model.cancel(USER, child.oid)
    model.advance(START_MS + 30)
    place_one(model, stop("sell", "2", "91"))
    model.advance(START_MS + 50)
    assert (watch.naked_ms(USER, "SOL"), watch.longest_ms(USER, "SOL")) == (20, 20)


@pytest.mark.parametrize(
    "spec",
    [
        stop("sell", "1.99", "90"),
        target("sell", "2", "110"),
        limit("sell", "2", "110", reduce_only=True),
        stop("sell", "2", "90", reduce_only=False),
        stop("sell", "2", "75", bound="60"),
    ],
)
def test_what_is_not_cover(spec: OrderSpec) -> None:
    # Four-fold exposure: the liquidation price stands between 76 and 77.
    model, watch = watched(cash=50, rules=Rules(trigger_must_reduce=False, spread_bps=Decimal(0)))
    place_one(model, market("buy", "2"))
    placed = place_one(model, spec)
    assert placed.kind == "resting"
    assert not watch.covered(USER, "SOL")
    place_one(model, stop("sell", "2", "77.5", bound="60"))
    assert watch.covered(USER, "SOL")


@pytest.mark.parametrize(("trigger", "is_cover"), [("119", True), ("125", False)])
def test_a_short_is_covered_only_below_its_liquidation_price(trigger: str, is_cover: bool) -> None:
    # Liquidation stands near 122.
    model, watch = watched(cash=50)
    place_one(model, market("sell", "2"))
    assert place_one(model, stop("buy", "2", trigger)).kind == "resting"
    assert watch.covered(USER, "SOL") is is_cover


def test_a_stop_whose_bound_is_out_of_reach_is_not_cover() -> None:
    model, watch = watched(rules=Rules(spread_bps=Decimal(100)))
    place_one(model, market("buy", "2"))
    place_one(model, stop("sell", "2", "90", bound="89.9"))
    assert not watch.covered(USER, "SOL")
    place_one(model, stop("sell", "2", "90", bound="81"))
    assert watch.covered(USER, "SOL")


def test_stops_add_up_and_may_be_larger_than_the_position() -> None:
    model, watch = watched()
    place_one(model, market("buy", "2"))
    place_one(model, stop("sell", "1", "90"))
    assert not watch.covered(USER, "SOL")
    place_one(model, stop("sell", "1", "91"))
    assert watch.covered(USER, "SOL")


def test_a_bound_stop_covers_what_is_added() -> None:
    model, watch = watched()
    place_one(model, market("buy", "2"))
    bind(model, stop("sell", "0", "90"))
    place_one(model, market("buy", "5"))
    assert watch.covered(USER, "SOL")
    model.advance(START_MS + 5)
    assert watch.total_ms() == 0


def test_a_thin_stop_leaves_the_rest_naked_from_the_instant_it_fired() -> None:
    model, watch = watched(sol=FALL)
    attach(model, market("buy", "2"), stop("sell", "2", "97"))
    model.set_liquidity("SOL", Liquidity(size=Decimal(1)))
    model.advance(START_MS + 5 * MINUTE_MS)
    assert watch.intervals(USER, "SOL") == ((START_MS + MINUTE_MS + 10_000, START_MS + 5 * MINUTE_MS),)


def test_a_stop_that_liquidation_overtakes_stops_counting() -> None:
    model, watch = watched(cash=140)
    attach(model, market("buy", "10"), stop("sell", "10", "92"))
    assert watch.covered(USER, "SOL")
    assert model.withdraw(USER, Decimal(39)) is None
    assert not watch.covered(USER, "SOL")


def test_a_liquidation_price_that_drifts_past_a_stop_is_seen_within_a_minute_of_walks() -> None:
    # The long's stop stands at 85; the fall of the other coin lifts the liquidation price above it.
    model, watch = watched(cash=300, eth=[*flat(3000, 2), *bars_through(3000, 2700), *flat(2700)])
    attach(model, market("buy", "10"), stop("sell", "10", "85"))
    attach(model, market("buy", "0.5", coin="ETH"), stop("sell", "0.5", "2600", coin="ETH"))
    assert watch.covered(USER, "SOL")
    for second in range(0, 300, 5):
        model.advance(START_MS + second * 1_000)
    assert not watch.covered(USER, "SOL")
    ((since, _),) = watch.intervals(USER, "SOL")
    assert START_MS + 2 * MINUTE_MS < since <= START_MS + 4 * MINUTE_MS


def test_a_resting_entry_without_children_is_naked_when_it_fills_between_visits() -> None:
    model, watch = watched(sol=FALL)
    model.place(USER, [limit("buy", "2", "97")], Grouping.NONE)
    model.advance(START_MS + 3 * MINUTE_MS)
    # Without a position the path falls in the second third of the minute; the ask is a tick above it.
    assert watch.intervals(USER, "SOL")[0][0] == START_MS + MINUTE_MS + 30_001


def test_the_watch_goes_on_from_its_record() -> None:
    model, watch = watched()
    place_one(model, market("buy", "2"))
    model.advance(START_MS + 100)
    later = CoverWatch(model)
    later.restore(watch.dump())
    model.advance(START_MS + 300)
    place_one(model, stop("sell", "2", "90"))
    model.advance(START_MS + 400)
    assert later.intervals(USER, "SOL") == watch.intervals(USER, "SOL") == ((START_MS, START_MS + 300),)
    assert later.dump() == watch.dump()


def test_two_users_are_judged_apart() -> None:
    model, watch = watched()
    model.deposit("bob", Decimal(1000))
    attach(model, market("buy", "2"), stop("sell", "2", "90"))
    model.place("bob", [market("sell", "2")])
    model.advance(START_MS + 7)
    assert (watch.naked_ms(USER, "SOL"), watch.naked_ms("bob", "SOL")) == (0, 7)
