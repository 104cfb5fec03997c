"""Attached children: when they arm, when they end, and how reducing orders share a position."""

from decimal import Decimal

import pytest

from tests.support.model_exchange import (
    MINUTE_MS,
    START_MS,
    USER,
    an_exchange,
    attach,
    bars_through,
    flat,
    limit,
    market,
    place_one,
    recorded,
    statuses,
    stop,
    szi,
    target,
)
from trader.exchange.orders import Liquidity
from trader.exchange.rules import Rules
from trader.exchange.status import Kind, Reason, Tif

FALL = [*flat(100), *bars_through(100, 94, 88)]
END_MS = START_MS + 6 * MINUTE_MS
TARGET, STOP = target("sell", "2", "110"), stop("sell", "2", "95")


def test_children_follow_the_parents_number_and_arm_when_it_fills() -> None:
    model = an_exchange()
    parent, first, second = attach(model, market("buy", "2"), TARGET, STOP)
    assert parent.kind == "filled"
    assert (first.kind, second.kind) == ("waiting_for_fill", "waiting_for_fill")
    assert parent.oid is not None
    assert (first.oid, second.oid) == (parent.oid + 1, parent.oid + 2)
    assert [order.armed for order in model.open_orders(USER)] == [True, True]


def test_children_of_a_resting_parent_wait() -> None:
    model = an_exchange(sol=[*flat(100), *bars_through(100, 94, 96)])
    parent, _, last = attach(model, limit("buy", "2", "96"), TARGET, stop("sell", "2", "90"))
    orders = model.open_orders(USER)
    assert orders[0].children == (orders[1].oid, orders[2].oid)
    assert [order.armed for order in orders] == [True, False, False]
    assert not model.closes(USER, orders[2])
    model.advance(END_MS)
    assert [(order.oid, order.armed) for order in model.open_orders(USER)][-1] == (last.oid, True)
    assert statuses(model, parent.oid) == ["open", "filled"]


def test_a_waiting_stop_does_not_fire() -> None:
    model = an_exchange(sol=FALL)
    parent = attach(model, limit("buy", "2", "80"), stop("sell", "2", "79"))[0]
    assert parent.kind == "resting"
    model.advance(END_MS)
    assert [order.armed for order in model.open_orders(USER)] == [True, False]


def test_a_stop_that_is_already_crossed_when_it_arms_fires_at_once() -> None:
    model = an_exchange(sol=[*flat(100), *flat(85)])
    attach(model, limit("buy", "2", "96"), stop("sell", "2", "90"))
    model.advance(START_MS + MINUTE_MS)
    assert [(fill.px, fill.is_buy) for fill in model.fills(USER)] == [
        (Decimal(96), True),
        (Decimal(85), False),
    ]
    assert szi(model) == 0


@pytest.mark.parametrize(("arms", "left"), [(False, 0), (True, 1)])
def test_an_immediate_parent_that_fills_in_part_never_arms_its_children(arms: bool, left: int) -> None:
    model = an_exchange(rules=Rules(ioc_partial_arms_children=arms))
    model.set_liquidity("SOL", Liquidity(size=Decimal("0.5")))
    parent, child = attach(model, market("buy", "2"), STOP)
    assert (parent.kind, parent.total_sz) == ("filled", Decimal("0.5"))
    assert len([order for order in model.open_orders(USER) if order.armed]) == left
    assert (statuses(model, child.oid) == ["open", "canceled"]) is not arms


def test_cancelling_a_partly_filled_parent_leaves_the_filled_part_bare() -> None:
    model = an_exchange(sol=FALL)
    model.set_liquidity("SOL", Liquidity(resting_size=Decimal("0.5")))
    parent, child = attach(model, limit("buy", "2", "96"), stop("sell", "2", "70"))
    model.advance(START_MS + 2 * MINUTE_MS - 1)
    assert szi(model) == Decimal("0.5")
    assert [order.armed for order in model.open_orders(USER)] == [True, False]
    assert parent.oid is not None
    assert model.cancel(USER, parent.oid)
    assert model.open_orders(USER) == ()
    assert statuses(model, child.oid) == ["open", "canceled"]
    times = {row.at_ms for row in model.history(USER) if str(row.status) == "canceled"}
    assert len(times) == 1


def test_a_parent_cancelled_for_margin_arms_the_children_of_its_filled_part() -> None:
    model = an_exchange(sol=FALL, cash=100)
    model.set_liquidity("SOL", Liquidity(resting_size=Decimal("2")))
    parent, child = attach(model, limit("buy", "12", "96"), stop("sell", "12", "60"))
    model.advance(START_MS + 2 * MINUTE_MS - 1)
    assert szi(model) == 2
    assert model.withdraw(USER, model.account(USER).withdrawable) is None
    model.advance(END_MS)
    assert statuses(model, parent.oid)[-1] == "marginCanceled"
    (order,) = model.open_orders(USER)
    assert (order.oid, order.armed, order.sz) == (child.oid, True, Decimal(12))


def test_cancelling_the_parent_cancels_both_children() -> None:
    model = an_exchange()
    placed = attach(model, limit("buy", "2", "90"), TARGET, stop("sell", "2", "85"))
    assert placed[0].oid is not None
    model.cancel(USER, placed[0].oid)
    assert [statuses(model, each.oid) for each in placed] == [["open", "canceled"]] * 3


def test_a_filled_child_cancels_its_sibling() -> None:
    model = an_exchange(sol=FALL)
    _, first, second = attach(model, market("buy", "2"), TARGET, STOP)
    model.advance(END_MS)
    assert statuses(model, first.oid) == ["open", "siblingFilledCanceled"]
    assert statuses(model, second.oid) == ["open", "triggered", "filled"]


def test_a_partly_filled_child_keeps_its_sibling() -> None:
    model = an_exchange(sol=FALL)
    _, first, _ = attach(model, market("buy", "2"), TARGET, STOP)
    model.set_liquidity("SOL", Liquidity(size=Decimal("0.5")))
    model.advance(END_MS)
    assert szi(model) == Decimal("1.5")
    assert [order.oid for order in model.open_orders(USER)] == [first.oid]


def test_a_manual_close_ends_the_children() -> None:
    model = an_exchange()
    _, first, second = attach(model, market("buy", "2"), TARGET, STOP)
    place_one(model, market("sell", "2"))
    assert statuses(model, first.oid) == ["open", "reduceOnlyCanceled"]
    assert statuses(model, second.oid) == ["open", "reduceOnlyCanceled"]


def test_a_refused_parent_takes_its_children_along() -> None:
    model = an_exchange()
    placed = attach(model, limit("buy", "2", "99", tif=Tif.IOC), TARGET, STOP)
    assert [each.reason for each in placed] == [
        Reason.IOC_NO_MATCH,
        Reason.PARENT_REFUSED,
        Reason.PARENT_REFUSED,
    ]
    assert model.open_orders(USER) == ()
    placed = attach(model, limit("buy", "2000", "99"), TARGET)
    assert [each.reason for each in placed] == [Reason.MARGIN, Reason.PARENT_REFUSED]


def test_a_refused_child_leaves_the_entry_standing_without_it() -> None:
    model = an_exchange()
    parent, child = attach(model, market("buy", "2"), stop("sell", "2", "100.5"))
    assert (parent.kind, child.reason) == ("filled", Reason.TRIGGER_PRICE)
    assert (szi(model), model.open_orders(USER)) == (Decimal(2), ())
    assert attach(model, market("buy", "2"), stop("buy", "2", "105"))[1].reason is Reason.TRIGGER_SIDE


def test_a_child_that_waits_can_be_modified_and_still_arms() -> None:
    model = an_exchange(sol=[*flat(100), *bars_through(100, 94, 96)])
    parent, child = attach(model, limit("buy", "2", "96"), stop("sell", "2", "90"))
    assert child.oid is not None
    changed = model.modify(USER, child.oid, stop("sell", "2", "91"))
    assert changed.kind == "waiting_for_fill"
    assert statuses(model, parent.oid) == ["open"]
    model.advance(END_MS)
    (order,) = model.open_orders(USER)
    assert (order.oid, order.armed, order.trigger and order.trigger.px) == (changed.oid, True, Decimal(91))


def test_a_modified_child_still_cancels_its_sibling() -> None:
    model = an_exchange(sol=FALL)
    _, first, second = attach(model, market("buy", "2"), TARGET, STOP)
    assert second.oid is not None
    assert model.modify(USER, second.oid, stop("sell", "2", "96")).kind == "resting"
    model.advance(END_MS)
    assert statuses(model, first.oid) == ["open", "siblingFilledCanceled"]


def test_a_modified_parent_keeps_its_children() -> None:
    model = an_exchange(sol=[*flat(100), *bars_through(100, 94, 96)])
    parent, child = attach(model, limit("buy", "2", "90"), stop("sell", "2", "80"))
    assert parent.oid is not None
    assert model.modify(USER, parent.oid, limit("buy", "2", "96")).kind == "resting"
    model.advance(END_MS)
    assert [(order.oid, order.armed) for order in model.open_orders(USER)] == [(child.oid, True)]


def test_reduce_only_orders_shrink_with_the_position() -> None:
    model = an_exchange()
    place_one(model, market("buy", "4"))
    placed = place_one(model, limit("sell", "9", "110", reduce_only=True))
    events = recorded(model)
    (order,) = model.open_orders(USER)
    assert (order.sz, order.orig_sz) == (Decimal(4), Decimal(9))
    place_one(model, market("sell", "3", reduce_only=True))
    (order,) = model.open_orders(USER)
    assert (order.sz, order.orig_sz) == (Decimal(1), Decimal(9))
    assert Kind.ORDER_RESIZED in {event.kind for event in events}
    place_one(model, market("sell", "1", reduce_only=True))
    assert statuses(model, placed.oid) == ["open", "reduceOnlyCanceled"]


def test_the_newest_reduce_only_order_wins() -> None:
    model = an_exchange()
    place_one(model, market("buy", "4"))
    old = place_one(model, limit("sell", "3", "110", reduce_only=True))
    middle = place_one(model, limit("sell", "2", "111", reduce_only=True))
    assert {order.oid: order.sz for order in model.open_orders(USER)} == {old.oid: 2, middle.oid: 2}
    newest = place_one(model, limit("sell", "4", "112", reduce_only=True))
    assert {order.oid: order.sz for order in model.open_orders(USER)} == {newest.oid: 4}
    assert statuses(model, old.oid) == ["open", "reduceOnlyCanceled"]


@pytest.mark.parametrize(("counts", "left"), [(False, 2), (True, 1)])
def test_untriggered_orders_count_only_where_the_rules_say_so(counts: bool, left: int) -> None:
    model = an_exchange(rules=Rules(triggers_count_in_sum=counts))
    place_one(model, market("buy", "4"))
    place_one(model, target("sell", "4", "110"))
    place_one(model, stop("sell", "4", "90"))
    assert len(model.open_orders(USER)) == left


def test_a_venue_that_refuses_what_exceeds_the_position() -> None:
    model = an_exchange(rules=Rules(reduce_only_sum="reject"))
    place_one(model, market("buy", "4"))
    place_one(model, limit("sell", "3", "110", reduce_only=True))
    assert place_one(model, limit("sell", "2", "111", reduce_only=True)).reason is Reason.REDUCE_ONLY
    assert place_one(model, limit("sell", "1", "111", reduce_only=True)).kind == "resting"


def test_a_reducing_order_while_it_fills_takes_nothing_from_the_resting_ones() -> None:
    model = an_exchange()
    place_one(model, market("buy", "4"))
    resting = place_one(model, limit("sell", "3", "110", reduce_only=True))
    model.set_liquidity("SOL", Liquidity(size=Decimal(1)))
    assert place_one(model, market("sell", "3", reduce_only=True)).total_sz == 1
    assert {order.oid: order.sz for order in model.open_orders(USER)} == {resting.oid: 3}


@pytest.mark.parametrize("entry", ["buy", "sell"])
def test_a_reducing_order_larger_than_the_position_closes_it_and_no_more(entry: str) -> None:
    model = an_exchange()
    place_one(model, market(entry, "2"))
    placed = place_one(model, market("sell" if entry == "buy" else "buy", "5", reduce_only=True))
    assert (placed.kind, placed.total_sz, szi(model)) == ("filled", Decimal(2), Decimal(0))
    assert statuses(model, placed.oid) == ["filled"]


def test_a_reducing_parent_is_cut_to_the_position_too() -> None:
    model = an_exchange()
    place_one(model, market("buy", "2"))
    attach(model, market("sell", "5", reduce_only=True), stop("buy", "5", "110"))
    assert (szi(model), model.open_orders(USER)) == (Decimal(0), ())


def test_closing_a_position_leaves_the_children_of_a_waiting_entry() -> None:
    model = an_exchange()
    place_one(model, market("buy", "1"))
    _, child = attach(model, limit("buy", "2", "90"), stop("sell", "2", "85"))
    waiting = model.open_orders(USER)[-1]
    assert (waiting.oid, model.closes(USER, waiting)) == (child.oid, Decimal(0))
    place_one(model, market("sell", "1", reduce_only=True))
    assert statuses(model, child.oid) == ["open"]


def test_the_sibling_of_a_replaced_child_ends_its_successor() -> None:
    model = an_exchange(sol=[*flat(100), *bars_through(100, 112)])
    _, first, second = attach(model, market("buy", "2"), TARGET, STOP)
    assert second.oid is not None
    changed = model.modify(USER, second.oid, stop("sell", "2", "96"))
    model.advance(END_MS)
    assert statuses(model, first.oid) == ["open", "triggered", "filled"]
    assert statuses(model, changed.oid) == ["open", "siblingFilledCanceled"]


def test_a_childs_trigger_is_held_against_the_price_at_which_its_parent_rests() -> None:
    model = an_exchange()
    parent, child = attach(model, limit("buy", "2", "90"), stop("sell", "2", "95"))
    assert (parent.kind, child.reason) == ("resting", Reason.TRIGGER_PRICE)
    parent, child = attach(model, limit("buy", "2", "90"), target("sell", "2", "95"))
    assert (parent.kind, child.kind) == ("resting", "waiting_for_fill")
