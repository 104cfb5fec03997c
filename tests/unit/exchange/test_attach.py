"""Attached exits on venues that arm them part by part, and what a refused child means there."""

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
    flat,
    held,
    limit,
    market,
    on_leg,
    statuses,
    stop,
    szi,
    target,
)
from trader.exchange.orders import Liquidity
from trader.exchange.prices import Bar
from trader.exchange.rules import Rules
from trader.exchange.status import Reason, Tif
from trader.exchange.truth import CoverWatch

D = Decimal
PARTS = replace(SIDED, attach="pro_rata")
FALL = [*flat(100), *bars_through(100, 96, 96, 96, 96, 96)]


@pytest.mark.parametrize("leg", ["long", None])
def test_an_exit_grows_with_each_part_of_its_parent(leg: str | None) -> None:
    model = an_exchange(rules=PARTS, two_sided=leg is not None, sol=FALL)
    model.set_liquidity("SOL", Liquidity(resting_size=D("0.5")))
    watch = CoverWatch(model)
    _, child = attach(
        model, replace(limit("buy", "2", "97"), leg=leg), replace(stop("sell", "2", "90"), leg=leg)
    )
    assert child.kind == "waiting_for_fill"
    seen = []
    for minute in range(1, 6):
        model.advance(START_MS + (minute + 1) * MINUTE_MS - 1)
        position = held(model, leg) if leg is not None else szi(model)
        exits = [order.sz for order in model.open_orders(USER) if order.trigger is not None and order.armed]
        seen.append((position, sum(exits, D(0))))
    assert seen == [(D(n) / 2, D(n) / 2) for n in (1, 2, 3, 4, 4)]
    assert watch.total_ms() == 0


@pytest.mark.parametrize(("attached", "is_covered"), [("pro_rata", True), ("whole", False)])
def test_a_part_that_filled_before_the_cancel_is_covered_only_where_parts_arm(
    attached: str, is_covered: bool
) -> None:
    model = an_exchange(rules=replace(SIDED, attach=attached), sol=FALL)
    model.set_liquidity("SOL", Liquidity(resting_size=D("0.5")))
    parent, _ = attach(model, limit("buy", "2", "97"), stop("sell", "2", "90"))
    model.advance(START_MS + 2 * MINUTE_MS - 1)
    model.cancel(USER, parent.oid or 0)
    assert szi(model) == D("0.5")
    assert CoverWatch(model).covered(USER, "SOL") is is_covered


def test_an_immediate_entry_that_filled_in_part_has_its_part_covered() -> None:
    model = an_exchange(rules=PARTS)
    model.set_liquidity("SOL", Liquidity(size=D("0.7")))
    attach(model, market("buy", "2"), stop("sell", "2", "90"), target("sell", "2", "110"))
    assert [order.sz for order in model.open_orders(USER)] == [D("0.7"), D("0.7")]


def test_a_parent_that_never_filled_takes_its_exits_along() -> None:
    model = an_exchange(rules=PARTS)
    parent, child = attach(model, limit("buy", "2", "97"), stop("sell", "2", "90"))
    model.cancel(USER, parent.oid or 0)
    assert statuses(model, child.oid) == ["open", "canceled"]


@pytest.mark.parametrize("exits_end", [True, False])
def test_a_part_that_fills_after_the_exits_are_over_has_exits_of_its_own(exits_end: bool) -> None:
    bars = [Bar(100, 100, 96.5, 97), Bar(104, 111, 104, 110), Bar(104, 104, 96, 96)]
    model = an_exchange(rules=replace(PARTS, triggers_end_with_position=exits_end), sol=bars)
    model.set_liquidity("SOL", Liquidity(resting_size=D(1)))
    watch = CoverWatch(model)
    attach(model, limit("buy", "2", "97"), stop("sell", "2", "95"), target("sell", "2", "110"))
    model.advance(START_MS + 2 * MINUTE_MS - 1)
    assert [fill.is_buy for fill in model.fills(USER)] == [True, False]
    model.advance(START_MS + HOUR_MS)
    assert szi(model) == 1
    lower, upper = model.open_orders(USER)
    assert (lower.sz, upper.sz, lower.siblings, upper.siblings) == (D(1), D(1), (upper.oid,), (lower.oid,))
    assert watch.total_ms() == 0


def test_an_exit_that_was_cancelled_by_hand_does_not_come_back() -> None:
    model = an_exchange(rules=PARTS, sol=FALL)
    _, child = attach(model, limit("buy", "2", "97"), stop("sell", "2", "90"))
    model.cancel(USER, child.oid or 0)
    model.advance(START_MS + HOUR_MS)
    assert (szi(model), model.open_orders(USER)) == (D(2), ())


@pytest.mark.parametrize("stops_parent", [True, False])
def test_a_refused_child_stops_its_parent_where_the_venue_takes_both_or_none(stops_parent: bool) -> None:
    model = an_exchange(rules=replace(SIDED, refused_child_stops_parent=stops_parent))
    parent, good, bad = attach(
        model, limit("buy", "2", "97"), target("sell", "2", "110"), stop("sell", "2", "98")
    )
    if stops_parent:
        assert (parent.reason, good.reason) == (Reason.CHILD_REFUSED, Reason.PARENT_REFUSED)
        assert model.open_orders(USER) == ()
    else:
        assert (parent.kind, good.kind) == ("resting", "waiting_for_fill")
    assert bad.reason is Reason.TRIGGER_PRICE


@pytest.mark.parametrize(("reference", "reason"), [("order", Reason.TRIGGER_PRICE), ("mark", None)])
def test_a_child_must_lie_beyond_the_order_or_beyond_mark(reference: str, reason: Reason | None) -> None:
    rules = replace(SIDED, child_reference=reference)
    model = an_exchange(rules=rules)
    crossing = limit("buy", "2", "103", tif=Tif.IOC)
    assert attach(model, crossing, target("sell", "2", "102"))[1].reason is reason
    at_market = replace(market("buy", "2"), tif=Tif.MARKET, px=D(0))
    assert attach(model, at_market, target("sell", "2", "100.01", bound="90"))[1].reason is (
        Reason.TRIGGER_PRICE if reference == "order" else None
    )


def test_in_a_two_sided_account_the_exits_belong_to_the_leg_of_their_parent() -> None:
    model = an_exchange(rules=SIDED, two_sided=True)
    watch = CoverWatch(model)
    attach(model, on_leg("long", market("buy", "2")), on_leg("long", stop("sell", "2", "90")))
    attach(model, on_leg("short", market("sell", "1")), on_leg("short", stop("buy", "1", "110")))
    assert watch.covered(USER, "SOL")
    mixed = [on_leg("long", market("buy", "2")), on_leg("short", stop("sell", "2", "90"))]
    assert model.prevalidate(mixed, model.open_orders(USER)[0].grouping) is Reason.BAD_GROUP


def test_a_child_without_the_reducing_mark_covers_while_it_is_not_larger_than_the_position() -> None:
    model = an_exchange(rules=SIDED)
    watch = CoverWatch(model)
    attach(model, market("buy", "2"), stop("sell", "2", "90", reduce_only=False))
    assert watch.covered(USER, "SOL")
    model.place(USER, [market("sell", "1")])
    assert not watch.covered(USER, "SOL")


def test_the_exits_of_a_parent_follow_its_new_size() -> None:
    model = an_exchange(rules=PARTS, sol=FALL)
    parent, _ = attach(model, limit("buy", "2", "97"), stop("sell", "2", "90"))
    assert model.amend(USER, parent.oid or 0, sz=D(3)).kind == "resting"
    model.advance(START_MS + HOUR_MS)
    assert [order.sz for order in model.open_orders(USER)] == [szi(model)] == [D(3)]


def test_rules_of_the_first_venue_are_the_default() -> None:
    assert (Rules().attach, Rules().child_reference, Rules().bound_max) == ("whole", "mark", None)
