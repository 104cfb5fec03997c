"""Conditional orders by the price that fires them, and those that open a position."""

from dataclasses import replace
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
    held,
    limit,
    market,
    on_leg,
    place_one,
    stop,
    szi,
    target,
)
from trader.exchange.model import Model
from trader.exchange.orders import OrderSpec
from trader.exchange.prices import Bar
from trader.exchange.rows import HistoryRow
from trader.exchange.status import Reason, Trigger
from trader.exchange.truth import CoverWatch

D = Decimal
RISE = [*flat(100), *bars_through(100, 130)]
FALL = [*flat(100), *bars_through(100, 80)]


def by(source: str, spec: OrderSpec) -> OrderSpec:
    assert spec.trigger is not None
    return replace(spec, trigger=replace(spec.trigger, source=source))


def entry(side: str, sz: str, trigger: str, *, leg: str | None = None) -> OrderSpec:
    """A stop that opens, at market."""
    return replace(stop(side, sz, trigger, reduce_only=False), px=D(0), leg=leg)


def last_row(model: Model) -> HistoryRow:
    return model.history(USER)[-1]


@pytest.mark.parametrize(("source", "fired_at"), [("last", D(90)), ("mark", D(85)), ("index", D(92))])
def test_each_source_fires_by_its_own_price(source: str, fired_at: Decimal) -> None:
    """Mark stands 5 above the path and the index 2 below it: the path is at `fired_at` when 90 is met."""
    model = an_exchange(rules=SIDED, sol=FALL)
    model.set_offsets("SOL", mark=D(5), oracle=D(-2))
    place_one(model, market("buy", "1"))
    placed = place_one(model, by(source, stop("sell", "1", "90")))
    model.advance(START_MS + HOUR_MS)
    row = model.order(USER, placed.oid or 0)
    (fill,) = model.fills_of(USER, placed.oid or 0)
    assert row is not None and row.order.trigger is not None
    assert (row.order.trigger.source, row.order.fired_ms) == (source, fill.at_ms)
    assert abs(fill.px - fired_at) <= D("0.05")


@pytest.mark.parametrize(("source", "is_refused"), [("last", True), ("mark", False), ("index", True)])
def test_what_its_own_price_already_meets_is_refused(source: str, is_refused: bool) -> None:
    model = an_exchange(rules=SIDED)
    model.set_offsets("SOL", mark=D(3))
    placed = place_one(model, by(source, stop("sell", "1", "101")))
    assert (placed.reason is Reason.TRIGGER_PRICE) is is_refused


@pytest.mark.parametrize(("source", "lowest"), [("last", 90.9), ("mark", 86.9), ("index", 93.9)])
def test_a_long_quiet_time_is_walked_at_once_and_the_trigger_still_met(source: str, lowest: float) -> None:
    model = an_exchange(rules=SIDED, sol=[*flat(100, 300), *bars_through(100, lowest)])
    model.set_offsets("SOL", mark=D(4), oracle=D(-3))
    place_one(model, market("buy", "1"))
    place_one(model, by(source, stop("sell", "1", "91")))
    model.advance(START_MS + 302 * MINUTE_MS)
    assert szi(model) == 0


@pytest.mark.parametrize("source", ["last", "mark", "index"])
def test_a_minute_that_stays_a_cent_away_does_not_fire(source: str) -> None:
    lowest = {"last": 91.02, "mark": 87.02, "index": 94.02}[source]
    model = an_exchange(rules=SIDED, sol=[*flat(100, 300), *bars_through(100, lowest)])
    model.set_offsets("SOL", mark=D(4), oracle=D(-3))
    place_one(model, market("buy", "1"))
    place_one(model, by(source, stop("sell", "1", "91")))
    model.advance(START_MS + 302 * MINUTE_MS)
    assert szi(model) == 1


def test_cover_is_judged_by_the_price_that_fires_the_stop() -> None:
    model = an_exchange(rules=SIDED, cash=120)
    model.set_leverage(USER, "SOL", value=5, is_cross=True)
    model.set_offsets("SOL", mark=D(10))
    watch = CoverWatch(model)
    place_one(model, market("buy", "4"))
    edge = model.liquidation_px(USER, "SOL")
    assert edge is not None and 60 < edge < 90
    # By last, mark is 10 higher than the trigger when it fires: further from liquidation than it looks.
    below = (edge - 5).quantize(D("0.1"))
    place_one(model, replace(by("last", stop("sell", "4", str(below))), px=D(0)))
    assert watch.covered(USER, "SOL")
    model.cancel(USER, model.open_orders(USER)[0].oid)
    place_one(model, replace(stop("sell", "4", str(below)), px=D(0)))
    assert not watch.covered(USER, "SOL")


@pytest.mark.parametrize("leg", ["long", None])
def test_a_stop_entry_opens_when_the_price_comes(leg: str | None) -> None:
    model = an_exchange(rules=SIDED, two_sided=leg is not None, sol=RISE)
    watch = CoverWatch(model)
    placed = place_one(model, entry("buy", "2", "110", leg=leg))
    assert placed.kind == "resting"
    assert model.account(USER).available == 1000
    model.advance(START_MS + HOUR_MS)
    assert (szi(model) if leg is None else held(model, leg)) == 2
    assert not watch.covered(USER, "SOL")
    assert watch.naked_ms(USER, "SOL", leg) > 0


def test_a_stop_entry_that_is_already_met_is_refused() -> None:
    assert place_one(an_exchange(rules=SIDED), entry("buy", "2", "100")).reason is Reason.TRIGGER_PRICE


def test_margin_is_asked_for_when_it_triggers_and_not_before() -> None:
    model = an_exchange(rules=SIDED, sol=RISE, cash=100)
    assert place_one(model, limit("buy", "50", "99")).reason is Reason.MARGIN
    placed = place_one(model, entry("buy", "50", "110"))
    assert placed.kind == "resting"
    model.advance(START_MS + HOUR_MS)
    row = model.order(USER, placed.oid or 0)
    assert row is not None
    assert (row.status, row.order.failure, row.order.fired) == ("marginCanceled", Reason.MARGIN, True)
    assert szi(model) == 0


def test_the_price_band_is_asked_for_when_it_triggers() -> None:
    model = an_exchange(rules=SIDED, sol=RISE, cash=1_000_000)
    listed = model.market("SOL")
    assert listed is not None
    model.set_market(replace(listed, limit_band=D("0.02")))
    place_one(model, stop("buy", "1", "110", bound="115", is_market=False, reduce_only=False))
    model.advance(START_MS + HOUR_MS)
    assert (last_row(model).status, last_row(model).order.failure) == ("ruleRejected", Reason.PRICE_BAND)


def test_a_stop_entry_protects_itself_with_what_is_attached() -> None:
    model = an_exchange(rules=SIDED, sol=RISE)
    watch = CoverWatch(model)
    parent, child = attach(model, entry("buy", "2", "110"), stop("sell", "2", "105"))
    assert (parent.kind, child.kind) == ("resting", "waiting_for_fill")
    model.advance(START_MS + HOUR_MS)
    assert szi(model) == 2
    assert watch.total_ms() == 0
    assert watch.covered(USER, "SOL")


def test_a_bound_stop_placed_flat_covers_a_stop_entry_that_fills_while_nobody_runs() -> None:
    model = an_exchange(rules=SIDED, two_sided=True, sol=RISE)
    watch = CoverWatch(model)
    bind(model, on_leg("long", replace(stop("sell", "0", "90"), px=D(0))))
    place_one(model, entry("buy", "2", "110", leg="long"))
    model.advance(START_MS + HOUR_MS)
    assert held(model, "long") == 2
    assert watch.total_ms() == 0
    assert watch.slots() == ((USER, "SOL", "long"),)


def test_an_off_tick_trigger_is_taken_where_the_venue_takes_it() -> None:
    spec = stop("sell", "1", "90.0011")
    assert place_one(an_exchange(rules=SIDED), spec).reason is Reason.PRICE_TICK
    assert place_one(an_exchange(rules=replace(SIDED, off_tick_triggers=True)), spec).reason is None


def test_a_stop_limit_may_wait_on_the_near_side_where_the_venue_allows_it() -> None:
    gap = Bar(94, 94, 80, 80)
    model = an_exchange(rules=SIDED, sol=[*flat(100), gap, *bars_through(80, 100)])
    place_one(model, market("buy", "1"))
    placed = place_one(model, stop("sell", "1", "90", bound="95", is_market=False))
    assert placed.kind == "resting"
    model.advance(START_MS + 2 * MINUTE_MS - 1)
    assert szi(model) == 1
    model.advance(START_MS + HOUR_MS)
    assert model.fills_of(USER, placed.oid or 0)[0].px == 95
    assert szi(model) == 0


def test_a_target_by_last_fires_upwards_for_a_long() -> None:
    model = an_exchange(rules=SIDED, sol=RISE)
    place_one(model, market("buy", "1"))
    spec = by("last", target("sell", "1", "110"))
    assert spec.trigger is not None and spec.trigger.kind is Trigger.TAKE
    place_one(model, spec)
    model.advance(START_MS + HOUR_MS)
    assert szi(model) == 0
