"""Accounts that hold long and short of a coin apart: what opens, what closes, and what is refused."""

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
    flat,
    held,
    limit,
    market,
    on_leg,
    place_one,
    statuses,
    stop,
    target,
)
from trader.exchange.model import Model
from trader.exchange.orders import OrderSpec
from trader.exchange.rules import Rules
from trader.exchange.status import Reason

D = Decimal


def sided(rules: Rules = SIDED, **options: object) -> Model:
    return an_exchange(rules=rules, two_sided=True, **options)  # type: ignore[arg-type]


def both(model: Model) -> Model:
    """Long 3 and short 2."""
    assert place_one(model, on_leg("long", market("buy", "3"))).kind == "filled"
    assert place_one(model, on_leg("short", market("sell", "2"))).kind == "filled"
    return model


def test_long_and_short_stand_side_by_side() -> None:
    model = both(sided())
    assert (held(model, "long"), held(model, "short")) == (D(3), D(-2))
    assert [(p.leg, p.szi) for p in model.positions(USER)] == [("long", D(3)), ("short", D(-2))]
    assert [(v.leg, v.szi) for v in model.account(USER).positions] == [("long", D(3)), ("short", D(-2))]
    assert [(f.leg, f.start_position, f.direction) for f in model.fills(USER)] == [
        ("long", D(0), "Open Long"),
        ("short", D(0), "Open Short"),
    ]


def test_a_close_takes_only_from_its_leg() -> None:
    model = both(sided())
    place_one(model, on_leg("long", market("sell", "1")))
    place_one(model, on_leg("short", market("buy", "2")))
    assert (held(model, "long"), held(model, "short")) == (D(2), D(0))
    assert [fill.direction for fill in model.fills(USER)[2:]] == ["Close Long", "Close Short"]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (market("buy", "1"), Reason.LEG_MISSING),
        (replace(market("buy", "1"), leg="both"), Reason.LEG_MISSING),
        (on_leg("short", market("buy", "1")), Reason.REDUCE_ONLY),
        (on_leg("long", market("sell", "1")), Reason.REDUCE_ONLY),
        (on_leg("long", replace(market("buy", "1"), reduce_only=True)), None),
    ],
)
def test_the_leg_and_the_side_say_what_an_order_does(spec: OrderSpec, reason: Reason | None) -> None:
    assert place_one(sided(), spec).reason is reason


def test_an_account_with_one_side_takes_no_leg() -> None:
    assert place_one(an_exchange(), on_leg("long", market("buy", "1"))).reason is Reason.LEG_UNWANTED


def test_asking_for_a_position_without_its_leg_is_an_error() -> None:
    with pytest.raises(ValueError, match="name the leg"):
        sided().position(USER, "SOL")


def test_the_sides_change_only_without_positions_and_orders() -> None:
    model = an_exchange(rules=SIDED)
    assert not model.is_two_sided(USER)
    place_one(model, limit("buy", "1", "90"))
    assert model.set_two_sided(USER, True) is Reason.MODE_WITH_ORDERS
    model.cancel(USER, 1)
    place_one(model, market("buy", "1"))
    assert model.set_two_sided(USER, True) is Reason.MODE_WITH_POSITION
    assert model.set_two_sided(USER, False) is None
    place_one(model, market("sell", "1"))
    assert model.set_two_sided(USER, True) is None
    assert model.is_two_sided(USER)
    assert model.set_two_sided("nobody", True) is Reason.UNKNOWN_USER
    assert not model.is_two_sided("nobody")


@pytest.mark.parametrize(("oversized", "left"), [("trims", D(0)), ("rejects", D(3)), ("legs_reject", D(3))])
def test_a_close_larger_than_its_leg_is_cut_or_refused_and_never_turns_it(
    oversized: str, left: Decimal
) -> None:
    model = both(sided(replace(SIDED, oversized_reduce=oversized)))
    placed = place_one(model, on_leg("long", market("sell", "5")))
    assert placed.reason is (None if oversized == "trims" else Reason.REDUCE_ONLY_SIZE)
    assert (held(model, "long"), held(model, "short")) == (left, D(-2))


@pytest.mark.parametrize("counts", [False, True])
@pytest.mark.parametrize("reading", ["newest_wins", "reject"])
def test_closing_orders_beyond_the_leg_in_all_four_readings(reading: str, counts: bool) -> None:
    model = both(sided(replace(SIDED, reduce_only_sum=reading, triggers_count_in_sum=counts)))
    old = place_one(model, on_leg("long", stop("sell", "2", "90")))
    other = place_one(model, on_leg("short", limit("buy", "2", "80")))
    new = place_one(model, on_leg("long", limit("sell", "2", "120")))
    sizes = {order.oid: order.sz for order in model.open_orders(USER)}
    if not counts:
        assert sizes == {old.oid: 2, other.oid: 2, new.oid: 2}
    elif reading == "newest_wins":
        assert sizes == {old.oid: 1, other.oid: 2, new.oid: 2}
    else:
        assert new.reason is Reason.REDUCE_ONLY
        assert sizes == {old.oid: 2, other.oid: 2}


def test_where_untriggered_closes_hold_their_size_two_exits_block_each_other_at_the_trigger() -> None:
    rules = replace(SIDED, reduce_only_sum="reject", triggers_count_in_sum=True)
    model = sided(rules, sol=bars_through(100, 80))
    place_one(model, on_leg("long", market("buy", "2")))
    stopped = place_one(model, on_leg("long", stop("sell", "2", "90")))
    place_one(model, on_leg("long", target("sell", "2", "120")))
    (first, _) = model.open_orders(USER)
    assert not model.closable(USER, first)
    model.advance(START_MS + HOUR_MS)
    assert statuses(model, stopped.oid) == ["open", "triggered", "reduceOnlyRejected"]
    row = model.order(USER, stopped.oid or 0)
    assert row is not None and row.order.failure is Reason.REDUCE_ONLY_SIZE
    assert held(model, "long") == 2


def test_both_legs_share_the_leverage_and_add_up_in_margin() -> None:
    model = both(sided())
    assert model.set_leverage(USER, "SOL", value=10, is_cross=True) is None
    view = model.account(USER)
    assert [position.margin_used for position in view.positions] == [30, 20]
    assert view.total.total_margin_used == 50
    assert view.cross.total_notional == 500


def test_a_resting_entry_reserves_margin_even_against_the_other_leg() -> None:
    model = both(sided())
    before = model.account(USER).available
    place_one(model, on_leg("long", limit("buy", "2", "100")))
    assert before - model.account(USER).available == 10
    place_one(model, on_leg("short", limit("buy", "2", "99")))
    assert before - model.account(USER).available == 10
    place_one(model, on_leg("short", limit("sell", "2", "101")))
    assert before - model.account(USER).available == D("20.1")


def test_isolated_legs_have_a_collateral_and_a_liquidation_price_each() -> None:
    model = sided(cash=10_000)
    model.set_leverage(USER, "SOL", value=10, is_cross=False)
    both(model)
    long, short = model.positions(USER)
    assert (long.collateral, short.collateral) == (D("30.003"), D("20"))
    assert model.add_isolated_margin(USER, "SOL", D(5), "short") is None
    assert model.add_isolated_margin(USER, "SOL", D(5)) is Reason.NOT_ISOLATED
    assert [p.collateral for p in model.positions(USER)] == [D("30.003"), D("25")]
    low, high = model.liquidation_px(USER, "SOL", "long"), model.liquidation_px(USER, "SOL", "short")
    assert low is not None and high is not None and low < 100 < high


def test_a_leg_that_is_liquidated_leaves_the_other_alone() -> None:
    model = sided(cash=1_000, sol=[*flat(100), *bars_through(100, 80)])
    model.set_leverage(USER, "SOL", value=10, is_cross=False)
    both(model)
    place_one(model, on_leg("long", limit("sell", "1", "130")))
    kept = place_one(model, on_leg("short", limit("buy", "1", "70")))
    model.advance(START_MS + HOUR_MS)
    assert (held(model, "long"), held(model, "short")) == (D(0), D(-2))
    assert [order.oid for order in model.open_orders(USER)] == [kept.oid]
    assert model.fills(USER)[-1].liquidation is not None
    assert model.fills(USER)[-1].leg == "long"


def test_adl_and_delisting_reach_both_legs() -> None:
    model = both(sided())
    model.adl(USER, "SOL", D("0.5"), "short")
    assert (held(model, "long"), held(model, "short")) == (D(3), D(-1))
    place_one(model, on_leg("long", market("buy", "0.1", coin="ETH")))
    listed = model.market("SOL")
    assert listed is not None
    model.set_market(replace(listed, is_delisted=True))
    assert [position.key for position in model.positions(USER)] == ["ETH long"]


def test_a_replaced_order_keeps_its_leg() -> None:
    model = both(sided())
    placed = place_one(model, on_leg("long", limit("buy", "1", "90")))
    refused = model.modify(USER, placed.oid or 0, on_leg("short", limit("buy", "1", "91")))
    assert refused.reason is Reason.NOT_OPEN
    assert model.modify(USER, placed.oid or 0, on_leg("long", limit("buy", "1", "91"))).kind == "resting"
