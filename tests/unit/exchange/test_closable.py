"""Would this stop be accepted and close the position if it fired now?"""

from decimal import Decimal

import pytest

from tests.support.model_exchange import (
    MINUTE_MS,
    START_MS,
    USER,
    an_exchange,
    bars_through,
    flat,
    limit,
    market,
    place_one,
    statuses,
    stop,
    szi,
    target,
)
from trader.exchange.orders import OrderSpec
from trader.exchange.rules import Rules

FALL = [*flat(100), *bars_through(100, 94, 88)]
END_MS = START_MS + 5 * MINUTE_MS


@pytest.mark.parametrize(
    ("spec", "is_closable"),
    [
        (stop("sell", "2", "90"), True),
        (stop("sell", "3", "90"), True),
        (stop("sell", "1.99", "90"), False),
        (stop("sell", "2", "90", bound="90", is_market=False), True),
        (stop("sell", "2", "90", bound="89.999"), True),
        (target("sell", "2", "110"), True),
        (target("sell", "2", "110", bound="111", is_market=False), False),
    ],
)
def test_closable_asks_whether_it_would_close_everything_at_its_trigger(
    spec: OrderSpec, is_closable: bool
) -> None:
    model = an_exchange()
    place_one(model, market("buy", "2"))
    placed = place_one(model, spec)
    assert placed.oid is not None, placed
    row = model.order(USER, placed.oid)
    assert row is not None
    assert model.closable(USER, row.order) is is_closable
    assert not model.closable("bob", row.order)


def test_closable_needs_the_limit_leg_to_reach_the_book_at_the_trigger() -> None:
    model = an_exchange(rules=Rules(spread_bps=Decimal(100)))
    place_one(model, market("buy", "2"))
    narrow = place_one(model, stop("sell", "2", "90", bound="89.9"))
    wide = place_one(model, stop("sell", "2", "90", bound="85"))
    orders = {order.oid: order for order in model.open_orders(USER)}
    assert not model.closable(USER, orders[narrow.oid or 0])
    assert model.closable(USER, orders[wide.oid or 0])


@pytest.mark.parametrize(("reading", "is_closable"), [("newest_wins", True), ("reject", False)])
def test_other_reducing_orders_can_block_a_stop(reading: str, is_closable: bool) -> None:
    model = an_exchange(sol=FALL, rules=Rules(reduce_only_sum=reading, spread_bps=Decimal(0)))
    place_one(model, market("buy", "2"))
    assert place_one(model, limit("sell", "1", "130", reduce_only=True)).kind == "resting"
    placed = place_one(model, stop("sell", "2", "97"))
    order = model.open_orders(USER)[-1]
    assert model.closable(USER, order) is is_closable
    model.advance(END_MS)
    assert (szi(model) == 0) is is_closable
    assert statuses(model, placed.oid)[-1] == ("filled" if is_closable else "reduceOnlyRejected")


def test_small_stops_are_closable_unless_the_minimum_counts_for_triggers() -> None:
    for counts in (False, True):
        model = an_exchange()
        place_one(model, market("buy", "2"))
        placed = place_one(model, stop("sell", "0.05", "90"))
        assert placed.kind == "resting"
        model._engine.rules = Rules(min_notional_on_triggers=counts)
        assert model.closes(USER, model.open_orders(USER)[0]) == (0 if counts else Decimal("0.05"))


@pytest.mark.parametrize(("bound", "is_closable"), [("86", False), ("84", True)])
def test_closable_sees_where_the_book_stands_when_mark_is_at_the_trigger(
    bound: str, is_closable: bool
) -> None:
    model = an_exchange()
    model.set_offsets("SOL", mark=Decimal(5))
    place_one(model, market("buy", "2"))
    place_one(model, stop("sell", "2", "90", bound=bound))
    assert model.closable(USER, model.open_orders(USER)[0]) is is_closable
