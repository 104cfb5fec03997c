"""Limit, immediate and post-only orders: what fills, at what price, and what is refused."""

from decimal import Decimal

import pytest

from tests.support.model_exchange import (
    MINUTE_MS,
    START_MS,
    USER,
    an_exchange,
    bars_through,
    limit,
    market,
    place,
    place_one,
    statuses,
    stop,
    szi,
)
from trader.exchange.orders import Liquidity, OrderSpec
from trader.exchange.rules import Rules
from trader.exchange.status import Grouping, Reason, Tif

FALL = bars_through(100, 95, 90)


def test_an_immediate_order_pays_the_ask() -> None:
    model = an_exchange()
    placed = place_one(model, market("buy", "2"))
    assert (placed.kind, placed.total_sz, placed.avg_px) == ("filled", Decimal(2), Decimal("100.01"))
    fill = model.fills(USER)[0]
    assert (fill.start_position, fill.direction, fill.crossed) == (Decimal(0), "Open Long", True)
    assert fill.fee == Decimal("0.090009")
    assert statuses(model, placed.oid) == ["filled"]


def test_an_immediate_order_out_of_reach_is_refused_with_an_order_id() -> None:
    model = an_exchange()
    placed = place_one(model, limit("buy", "2", "99.9", tif=Tif.IOC))
    assert (placed.kind, placed.reason) == ("refused", Reason.IOC_NO_MATCH)
    assert statuses(model, placed.oid) == ["iocCancelRejected"]
    assert szi(model) == 0


@pytest.mark.parametrize(
    ("liquidity", "filled"),
    [
        (Liquidity(size=Decimal("0.01")), "0.01"),
        (Liquidity(fraction=Decimal("0.4")), "0.8"),
        (Liquidity(size=Decimal("0.5"), levels=3), "1.5"),
        (Liquidity(size=Decimal("1.99")), "1.99"),
    ],
)
def test_a_thin_book_fills_part_and_drops_the_rest_silently(liquidity: Liquidity, filled: str) -> None:
    model = an_exchange()
    model.set_liquidity("SOL", liquidity)
    placed = place_one(model, market("buy", "2"))
    assert (placed.kind, placed.total_sz) == ("filled", Decimal(filled))
    assert szi(model) == Decimal(filled)
    assert model.open_orders(USER) == ()
    assert statuses(model, placed.oid) == ["canceled"]


def test_an_empty_book_has_its_own_refusal_for_market_orders() -> None:
    model = an_exchange()
    model.set_liquidity("SOL", Liquidity(size=Decimal(0)))
    assert place_one(model, limit("buy", "1", "120", tif=Tif.MARKET)).reason is Reason.NO_LIQUIDITY
    assert place_one(model, limit("buy", "1", "120", tif=Tif.IOC)).reason is Reason.IOC_NO_MATCH


def test_deeper_levels_cost_more_and_the_bound_holds() -> None:
    model = an_exchange()
    model.set_liquidity("SOL", Liquidity(size=Decimal(1), levels=5, step_bps=Decimal(100)))
    placed = place_one(model, limit("buy", "5", "102.5", tif=Tif.IOC))
    assert placed.total_sz == 3
    assert [fill.px for fill in model.fills(USER)] == [
        Decimal("100.01"),
        Decimal("101.02"),
        Decimal("102.02"),
    ]


def test_a_resting_order_fills_at_its_own_price_as_maker() -> None:
    model = an_exchange(sol=FALL)
    placed = place_one(model, limit("buy", "2", "97"))
    assert placed.kind == "resting"
    model.advance(START_MS + 3 * MINUTE_MS)
    (fill,) = model.fills(USER)
    assert (fill.px, fill.crossed, fill.fee) == (Decimal(97), False, Decimal("0.0291"))
    assert START_MS < fill.at_ms < START_MS + MINUTE_MS
    assert statuses(model, placed.oid) == ["open", "filled"]


@pytest.mark.parametrize(("limit_fill", "is_filled"), [("touch", True), ("through", False)])
def test_a_touch_fills_unless_the_rules_want_more(limit_fill: str, is_filled: bool) -> None:
    model = an_exchange(
        sol=bars_through(100, 95, 100), rules=Rules(limit_fill=limit_fill, spread_bps=Decimal(0))
    )
    place_one(model, limit("buy", "2", "95.001"))
    model.advance(START_MS + 2 * MINUTE_MS)
    assert (szi(model) == 2) is is_filled


def test_a_crossing_limit_takes_what_is_there_and_rests_with_the_remainder() -> None:
    model = an_exchange()
    model.set_liquidity("SOL", Liquidity(size=Decimal(1)))
    placed = place_one(model, limit("buy", "3", "100.5"))
    assert (placed.kind, placed.total_sz) == ("resting", Decimal(1))
    (order,) = model.open_orders(USER)
    assert (order.sz, order.orig_sz) == (Decimal(2), Decimal(3))


def test_a_resting_order_may_fill_a_little_each_minute() -> None:
    model = an_exchange(sol=FALL)
    model.set_liquidity("SOL", Liquidity(resting_size=Decimal("0.5")))
    place_one(model, limit("buy", "2", "97"))
    model.advance(START_MS + 2 * MINUTE_MS - 1)
    assert szi(model) == Decimal(1)
    model.advance(START_MS + 9 * MINUTE_MS)
    assert szi(model) == Decimal(2)
    assert [fill.sz for fill in model.fills(USER)] == [Decimal("0.5")] * 4


@pytest.mark.parametrize(("side", "px"), [("buy", "100.01"), ("buy", "101"), ("sell", "100"), ("sell", "99")])
def test_post_only_never_takes(side: str, px: str) -> None:
    model = an_exchange()
    placed = place_one(model, limit(side, "1", px, tif=Tif.ALO))
    assert placed.reason is Reason.ALO_CROSSES
    assert statuses(model, placed.oid) == ["badAloPxRejected"]


def test_post_only_rests_on_its_side_of_the_book() -> None:
    model = an_exchange()
    assert place_one(model, limit("buy", "1", "100", tif=Tif.ALO)).kind == "resting"


REFUSALS: list[tuple[OrderSpec, Reason]] = [
    (limit("buy", "0", "100"), Reason.SIZE_ZERO),
    (limit("buy", "1.001", "99"), Reason.SIZE_STEP),
    (limit("buy", "1", "0"), Reason.PRICE_ZERO),
    (limit("buy", "1", "99.9911"), Reason.PRICE_TICK),
    (limit("buy", "0.09", "100"), Reason.MIN_NOTIONAL),
    (limit("buy", "300", "99"), Reason.MARGIN),
    (limit("sell", "1", "99", reduce_only=True), Reason.REDUCE_ONLY),
    (stop("sell", "1", "100"), Reason.TRIGGER_PRICE),
    (stop("sell", "1", "101"), Reason.TRIGGER_PRICE),
    (stop("buy", "1", "99"), Reason.TRIGGER_PRICE),
    (stop("sell", "1", "90.0011"), Reason.PRICE_TICK),
    (stop("sell", "1", "90", bound="91"), Reason.TRIGGER_PRICE),
    (limit("buy", "1", "50", coin="MATIC"), Reason.DELISTED),
]


@pytest.mark.parametrize(("spec", "reason"), REFUSALS)
def test_what_cannot_be_is_refused_with_its_reason(spec: OrderSpec, reason: Reason) -> None:
    model = an_exchange(cash=1000)
    placed = place_one(model, spec)
    assert (placed.kind, placed.reason) == ("refused", reason)
    assert model.open_orders(USER) == ()


def test_unknown_coins_and_users_are_refused() -> None:
    model = an_exchange()
    assert place_one(model, limit("buy", "1", "99", coin="NOPE")).reason is Reason.UNKNOWN_COIN
    assert model.place("nobody", [limit("buy", "1", "99")])[0].reason is Reason.UNKNOWN_USER


@pytest.mark.parametrize(
    ("spec", "is_accepted"),
    [
        (limit("sell", "0.05", "100", tif=Tif.IOC, reduce_only=True), False),
        (limit("sell", "0.09", "100", tif=Tif.IOC), True),
        (limit("sell", "0.09", "100", tif=Tif.IOC, reduce_only=True), True),
        (limit("sell", "0.1", "99", tif=Tif.IOC, reduce_only=True), True),
        (limit("sell", "0.08", "100", tif=Tif.IOC), False),
        (stop("sell", "0.05", "90"), True),
    ],
)
def test_the_minimum_spares_what_closes_the_whole_position(spec: OrderSpec, is_accepted: bool) -> None:
    model = an_exchange()
    model.set_liquidity("SOL", Liquidity(size=Decimal("0.09")))
    place_one(model, market("buy", "1"))
    assert szi(model) == Decimal("0.09")
    assert (place_one(model, spec).reason is None) is is_accepted


def test_prevalidation_refuses_the_whole_batch() -> None:
    model = an_exchange()
    good = limit("buy", "1", "99")
    assert model.prevalidate([], Grouping.NONE) is Reason.EMPTY
    assert model.prevalidate([good, limit("buy", "1", "181")], Grouping.NONE) is Reason.FAR_FROM_REFERENCE
    assert model.prevalidate([good, limit("buy", "1", "19")], Grouping.NONE) is Reason.FAR_FROM_REFERENCE
    assert (
        model.prevalidate([stop("sell", "1", "90", reduce_only=False)], Grouping.NONE)
        is Reason.TRIGGER_NOT_REDUCING
    )
    assert model.prevalidate([good, good], Grouping.ATTACHED) is Reason.BAD_GROUP
    assert model.prevalidate([good], Grouping.POSITION) is Reason.BAD_GROUP
    assert model.prevalidate([good, limit("buy", "1", "20")], Grouping.NONE) is None


def test_the_oracle_band_is_a_switch() -> None:
    spec = limit("buy", "1", "80")
    assert place_one(an_exchange(), spec).kind == "resting"
    tight = an_exchange(rules=Rules(oracle_band=Decimal("0.1")))
    assert place_one(tight, spec).reason is Reason.FAR_FROM_ORACLE


def test_duplicate_client_ids_are_a_switch() -> None:
    spec = limit("buy", "1", "90", cloid="0x01")
    model = an_exchange()
    first, second = place(model, spec, spec)
    assert {first.kind, second.kind} == {"resting"}
    assert [row.order.oid for row in model.orders_by_cloid(USER, "0x01")] == [first.oid, second.oid]
    assert model.cancel_by_cloid(USER, "SOL", "0x01")
    assert [order.oid for order in model.open_orders(USER)] == [second.oid]
    strict = an_exchange(rules=Rules(duplicate_cloid="reject_open"))
    assert [each.reason for each in place(strict, spec, spec)] == [None, Reason.DUPLICATE_ID]


def test_the_caps_on_open_orders() -> None:
    model = an_exchange(rules=Rules(open_orders_soft_max=2, open_orders_max=3))
    place_one(model, market("buy", "1"))
    place(model, limit("buy", "1", "90"), limit("buy", "1", "89"))
    assert place_one(model, stop("sell", "1", "95")).reason is Reason.TOO_MANY_ORDERS
    assert place_one(model, limit("buy", "1", "88")).kind == "resting"
    assert place_one(model, limit("buy", "1", "87")).reason is Reason.TOO_MANY_ORDERS


def test_an_own_resting_order_in_the_way_is_cancelled() -> None:
    model = an_exchange()
    model.set_offsets("SOL", spread_bps=Decimal(100))
    resting = place_one(model, limit("sell", "1", "100"))
    place_one(model, market("buy", "1"))
    assert statuses(model, resting.oid) == ["open", "selfTradeCanceled"]
    assert szi(model) == 1


def test_cancel_knows_only_live_orders_of_the_user() -> None:
    model = an_exchange()
    placed = place_one(model, limit("buy", "1", "90"))
    assert placed.oid is not None
    assert not model.cancel("bob", placed.oid)
    assert model.cancel(USER, placed.oid)
    assert not model.cancel(USER, placed.oid)
    assert not model.cancel(USER, 999)
    assert statuses(model, placed.oid) == ["open", "canceled"]


def test_modify_is_a_new_order_that_keeps_the_client_id() -> None:
    model = an_exchange()
    placed = place_one(model, limit("buy", "1", "90", cloid="0xab"))
    assert placed.oid is not None
    changed = model.modify(USER, placed.oid, limit("buy", "2", "91"))
    assert changed.kind == "resting"
    assert changed.oid == placed.oid + 1
    (order,) = model.open_orders(USER)
    assert (order.sz, order.px, order.cloid) == (Decimal(2), Decimal(91), "0xab")
    assert statuses(model, placed.oid) == ["open", "canceled"]
    assert model.modify(USER, placed.oid, limit("buy", "2", "91")).reason is Reason.NOT_OPEN


def test_a_refused_modify_leaves_the_old_order() -> None:
    model = an_exchange()
    placed = place_one(model, limit("buy", "1", "90"))
    assert placed.oid is not None
    assert model.modify(USER, placed.oid, limit("buy", "1", "90.0011")).reason is Reason.PRICE_TICK
    assert [order.oid for order in model.open_orders(USER)] == [placed.oid]


def test_modify_without_always_place_is_a_switch() -> None:
    model = an_exchange(rules=Rules(modify_needs_always_place=True))
    placed = place_one(model, limit("buy", "1", "90"))
    assert placed.oid is not None
    assert model.modify(USER, placed.oid, limit("buy", "1", "101")).reason is Reason.MODIFY_KIND
    assert model.modify(USER, placed.oid, limit("buy", "1", "101"), always_place=True).kind == "filled"
