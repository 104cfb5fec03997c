"""Changing live orders in place."""

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
    is_open,
    limit,
    market,
    place_one,
    recorded,
    statuses,
    stop,
    szi,
)
from trader.exchange.model import Model
from trader.exchange.orders import Liquidity
from trader.exchange.status import Kind, Reason, Tif

D = Decimal


def with_stop(trigger: str = "90", *, bound: bool = False) -> tuple[Model, int]:
    model = an_exchange(rules=SIDED, sol=[*flat(100), *bars_through(100, 80)])
    place_one(model, market("buy", "2"))
    spec = replace(stop("sell", "0" if bound else "2", trigger), px=D(0))
    placed = bind(model, spec)[0] if bound else place_one(model, spec)
    assert placed.oid is not None
    return model, placed.oid


@pytest.mark.parametrize("bound", [True, False])
def test_a_stop_moves_and_keeps_its_number(bound: bool) -> None:
    model, oid = with_stop(bound=bound)
    events = recorded(model)
    placed = model.amend(USER, oid, trigger_px=D(95))
    assert (placed.kind, placed.oid) == ("waiting_for_trigger" if bound else "resting", oid)
    (order,) = model.open_orders(USER)
    assert order.trigger is not None and order.trigger.px == 95
    assert [event.kind for event in events] == [Kind.ORDER_AMENDED]
    model.advance(START_MS + HOUR_MS)
    assert szi(model) == 0
    assert model.fills_of(USER, oid)[0].px > 94


@pytest.mark.parametrize(
    ("trigger", "reason"), [("100", Reason.TRIGGER_PRICE), ("95.0011", Reason.PRICE_TICK)]
)
def test_a_move_that_would_trigger_or_is_off_the_tick_leaves_the_stop(trigger: str, reason: Reason) -> None:
    model, oid = with_stop()
    before = model.open_orders(USER)
    assert model.amend(USER, oid, trigger_px=D(trigger)).reason is reason
    assert model.open_orders(USER) == before


def test_a_limit_has_no_trigger_to_move_and_a_dead_order_nothing_at_all() -> None:
    model = an_exchange()
    placed = place_one(model, limit("buy", "2", "90"))
    assert model.amend(USER, placed.oid or 0, trigger_px=D(95)).reason is Reason.NOT_OPEN
    assert model.amend(USER, placed.oid or 0, px=D(90)).reason is Reason.NO_CHANGE
    assert model.amend("bob", placed.oid or 0, px=D(91)).reason is Reason.NOT_OPEN
    model.cancel(USER, placed.oid or 0)
    assert model.amend(USER, placed.oid or 0, px=D(91)).reason is Reason.NOT_OPEN


def test_a_limit_keeps_its_number_and_loses_its_place() -> None:
    model = an_exchange()
    first, second = place_one(model, limit("buy", "2", "90")), place_one(model, limit("buy", "2", "90"))
    assert model.amend(USER, first.oid or 0, px=D(91), sz=D(3)).kind == "resting"
    one, two = model.open_orders(USER)
    assert (one.oid, one.px, one.sz, one.orig_sz) == (first.oid, D(91), D(3), D(3))
    assert (two.oid, one.rank > two.rank) == (second.oid, True)
    assert statuses(model, first.oid) == ["open", "open"]


def test_a_smaller_size_keeps_the_place_in_the_queue() -> None:
    model = an_exchange()
    placed = place_one(model, limit("buy", "2", "90"))
    (before,) = model.open_orders(USER)
    model.amend(USER, placed.oid or 0, sz=D(1))
    (after,) = model.open_orders(USER)
    assert (after.sz, after.rank) == (D(1), before.rank)


def test_a_limit_that_is_moved_through_the_book_trades() -> None:
    model = an_exchange()
    placed = place_one(model, limit("buy", "2", "90"))
    answer = model.amend(USER, placed.oid or 0, px=D(101))
    assert (answer.kind, answer.oid, answer.total_sz) == ("filled", placed.oid, D(2))
    assert szi(model) == 2


def test_a_post_only_order_is_not_moved_through_the_book() -> None:
    model = an_exchange()
    placed = place_one(model, limit("buy", "2", "90", tif=Tif.ALO))
    assert model.amend(USER, placed.oid or 0, px=D(101)).reason is Reason.ALO_CROSSES
    assert is_open(model, placed.oid)


def test_a_size_beyond_the_margin_is_refused() -> None:
    model = an_exchange()
    placed = place_one(model, limit("buy", "2", "90"))
    assert model.amend(USER, placed.oid or 0, sz=D(1000)).reason is Reason.MARGIN
    assert model.amend(USER, placed.oid or 0, sz=D(200)).kind == "resting"


@pytest.mark.parametrize(("reading", "kind"), [("cancel", "canceled"), ("fill", "filled")])
def test_a_size_no_larger_than_what_has_filled_ends_the_order(reading: str, kind: str) -> None:
    model = an_exchange(rules=replace(SIDED, amend_below_filled=reading))
    model.set_liquidity("SOL", Liquidity(size=D(1)))
    placed = place_one(model, limit("buy", "3", "100.01"))
    assert szi(model) == 1
    assert model.amend(USER, placed.oid or 0, sz=D(2)).kind == "resting"
    assert model.open_orders(USER)[0].sz == 1
    assert model.amend(USER, placed.oid or 0, sz=D(1)).kind == kind
    assert statuses(model, placed.oid)[-1] == kind


def test_a_reducing_order_cannot_be_made_larger_than_its_position_where_that_is_refused() -> None:
    model = an_exchange(rules=replace(SIDED, oversized_reduce="rejects"))
    place_one(model, market("buy", "2"))
    placed = place_one(model, limit("sell", "1", "110", reduce_only=True))
    assert model.amend(USER, placed.oid or 0, sz=D(3)).reason is Reason.REDUCE_ONLY_SIZE
    assert model.amend(USER, placed.oid or 0, sz=D(2)).kind == "resting"
