"""Stops and targets that belong to the whole position: size, number, and how they end."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.model_exchange import (
    HOUR_MS,
    SIDED,
    START_MS,
    USER,
    an_exchange,
    bars_through,
    bind,
    flat,
    held,
    is_open,
    market,
    on_leg,
    place_one,
    statuses,
    stop,
    szi,
    target,
)
from trader.exchange.model import Model
from trader.exchange.orders import Placed
from trader.exchange.rules import Rules
from trader.exchange.status import Grouping, Reason
from trader.exchange.truth import CoverWatch

D = Decimal
FALL = [*flat(100), *bars_through(100, 80)]


def bare(model: Model, leg: str | None, side: str, trigger: str, *, is_target: bool = False) -> Placed:
    """A bound order at market without a price of its own."""
    spec = (target if is_target else stop)(side, "0", trigger)
    return bind(model, replace(spec, px=D(0), leg=leg, reduce_only=leg is None))[0]


def test_the_size_is_the_position_at_the_moment_it_triggers() -> None:
    model = an_exchange(rules=SIDED, two_sided=True, sol=FALL)
    place_one(model, on_leg("long", market("buy", "1")))
    place_one(model, on_leg("short", market("sell", "2")))
    placed = bare(model, "long", "sell", "90")
    place_one(model, on_leg("long", market("buy", "2.5")))
    model.advance(START_MS + HOUR_MS)
    assert (held(model, "long"), held(model, "short")) == (D(0), D(-2))
    assert [fill.sz for fill in model.fills_of(USER, placed.oid or 0)] == [D("3.5")]


@pytest.mark.parametrize("leg", ["long", None])
def test_one_of_a_kind_for_each_slot(leg: str | None) -> None:
    model = an_exchange(rules=SIDED, two_sided=leg is not None)
    place_one(model, replace(market("buy", "2"), leg=leg))
    assert bare(model, leg, "sell", "90").kind == "waiting_for_trigger"
    assert bare(model, leg, "sell", "91").reason is Reason.BOUND_EXISTS
    assert bare(model, leg, "sell", "110", is_target=True).kind == "waiting_for_trigger"
    assert bare(model, leg, "sell", "111", is_target=True).reason is Reason.BOUND_EXISTS
    model.cancel(USER, model.open_orders(USER)[0].oid)
    assert bare(model, leg, "sell", "91").kind == "waiting_for_trigger"


def test_the_other_leg_has_one_of_its_own() -> None:
    model = an_exchange(rules=SIDED, two_sided=True)
    assert bare(model, "long", "sell", "90").kind == "waiting_for_trigger"
    assert bare(model, "short", "buy", "110").kind == "waiting_for_trigger"


def test_where_stop_and_target_count_together_only_a_pair_holds_both() -> None:
    model = an_exchange(rules=replace(SIDED, bound_max_over_kinds=True))
    place_one(model, market("buy", "2"))
    placed = bind(model, stop("sell", "0", "90"), target("sell", "0", "110"))
    assert [each.kind for each in placed] == ["waiting_for_trigger"] * 2
    assert bare(model, None, "sell", "111", is_target=True).reason is Reason.BOUND_EXISTS


def test_sized_exits_and_bound_ones_do_not_count_together() -> None:
    model = an_exchange(rules=SIDED)
    place_one(model, market("buy", "2"))
    assert place_one(model, stop("sell", "2", "90")).kind == "resting"
    assert bare(model, None, "sell", "90").kind == "waiting_for_trigger"
    assert place_one(model, stop("sell", "2", "91")).kind == "resting"


@pytest.mark.parametrize(("reading", "kind"), [("accept", "waiting_for_trigger"), ("reject", "refused")])
def test_while_flat_it_is_taken_or_refused(reading: str, kind: str) -> None:
    model = an_exchange(rules=replace(SIDED, bound_while_flat=reading), two_sided=True)
    watch = CoverWatch(model)
    placed = bare(model, "long", "sell", "90")
    assert placed.kind == kind
    place_one(model, on_leg("long", market("buy", "1")))
    assert watch.covered(USER, "SOL", "long") is (kind != "refused")


def test_on_the_opening_side_of_a_leg_it_is_refused() -> None:
    model = an_exchange(rules=SIDED, two_sided=True)
    assert bare(model, "long", "buy", "110").reason is Reason.NOT_CLOSING


@pytest.mark.parametrize("ends", [True, False])
def test_it_ends_with_the_position_where_the_venue_ends_it(ends: bool) -> None:
    model = an_exchange(rules=replace(SIDED, bound_ends_with_position=ends), two_sided=True, sol=FALL)
    place_one(model, on_leg("long", market("buy", "1")))
    placed = bare(model, "long", "sell", "90")
    place_one(model, on_leg("long", market("sell", "1")))
    assert is_open(model, placed.oid) is not ends
    model.advance(START_MS + HOUR_MS)
    row = model.order(USER, placed.oid or 0)
    assert row is not None
    assert (row.status, row.order.failure) == ("reduceOnlyCanceled", None if ends else Reason.REDUCE_ONLY)
    assert held(model, "long") == 0


@pytest.mark.parametrize(("asked", "stays"), [(False, True), (True, False)])
def test_a_sized_exit_ends_with_the_position_where_it_asked_for_that(asked: bool, stays: bool) -> None:
    model = an_exchange(rules=SIDED)
    place_one(model, market("buy", "1"))
    placed = place_one(model, replace(stop("sell", "1", "90"), ends_with_position=asked))
    place_one(model, market("sell", "1"))
    assert is_open(model, placed.oid) is stays


def test_attached_sized_exits_outlive_the_position_and_would_open_where_they_are_not_reducing() -> None:
    model = an_exchange(rules=SIDED, sol=FALL)
    child = replace(stop("sell", "1", "90"), px=D(0), reduce_only=False)
    model.place(USER, [market("buy", "1"), child], Grouping.ATTACHED)
    place_one(model, market("sell", "1"))
    assert szi(model) == 0
    model.advance(START_MS + HOUR_MS)
    assert szi(model) == -1


@pytest.mark.parametrize(
    ("rules", "word", "why"),
    [
        (SIDED, "filled", None),
        (replace(SIDED, oversized_reduce="rejects"), "reduceOnlyRejected", Reason.REDUCE_ONLY_SIZE),
    ],
)
def test_a_sized_exit_larger_than_the_position_is_cut_or_fails_when_it_triggers(
    rules: Rules, word: str, why: Reason | None
) -> None:
    model = an_exchange(rules=rules, sol=FALL)
    place_one(model, market("buy", "2"))
    placed = place_one(model, stop("sell", "3", "90"))
    assert model.closable(USER, model.open_orders(USER)[0]) is (why is None)
    model.advance(START_MS + HOUR_MS)
    row = model.order(USER, placed.oid or 0)
    assert row is not None
    assert (str(row.status), row.order.failure) == (word, why)
    assert (szi(model) == 0) is (why is None)
    assert row.order.fired_ms is not None and row.order.fired_ms > START_MS


def test_a_pair_ends_at_the_trigger_where_the_venue_has_it_as_one_order() -> None:
    model = an_exchange(rules=replace(SIDED, pair_ends_at_trigger=True), sol=FALL)
    place_one(model, market("buy", "2"))
    lower, upper = model.place(USER, [stop("sell", "2", "90"), target("sell", "2", "110")], Grouping.PAIR)
    assert (lower.kind, upper.kind) == ("resting", "resting")
    assert not model.open_orders(USER)[0].position_bound
    model.advance(START_MS + HOUR_MS)
    assert statuses(model, upper.oid) == ["open", "pairTriggeredCanceled"]
    assert statuses(model, lower.oid) == ["open", "triggered", "filled"]


def test_a_pair_of_sized_exits_cancels_the_other_on_a_complete_fill_elsewhere() -> None:
    model = an_exchange(rules=SIDED, sol=FALL)
    place_one(model, market("buy", "2"))
    _, upper = model.place(USER, [stop("sell", "2", "90"), target("sell", "2", "110")], Grouping.PAIR)
    model.advance(START_MS + HOUR_MS)
    assert statuses(model, upper.oid) == ["open", "siblingFilledCanceled"]


@pytest.mark.parametrize(("sz", "reason"), [("0", Reason.SIZE_ZERO), ("2", None)])
def test_only_position_bound_orders_may_have_no_size(sz: str, reason: Reason | None) -> None:
    model = an_exchange(rules=SIDED)
    place_one(model, market("buy", "2"))
    assert place_one(model, stop("sell", sz, "90")).reason is reason
