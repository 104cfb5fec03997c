"""Conditional orders: when they fire, what they become, and whether they would close."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.model_exchange import (
    MINUTE_MS,
    START_MS,
    USER,
    an_exchange,
    bars_through,
    bind,
    flat,
    market,
    place_one,
    statuses,
    stop,
    szi,
    target,
)
from trader.exchange.orders import Liquidity, OrderSpec
from trader.exchange.prices import Bar
from trader.exchange.rules import Rules
from trader.exchange.status import Grouping, Reason

FALL = [*flat(100), *bars_through(100, 94, 88)]
RISE = [*flat(100), *bars_through(100, 106, 112)]
END_MS = START_MS + 5 * MINUTE_MS


def test_a_stop_fires_at_the_instant_mark_reaches_it() -> None:
    model = an_exchange(sol=FALL)
    place_one(model, market("buy", "2"))
    placed = place_one(model, stop("sell", "2", "97"))
    assert placed.kind == "resting"
    model.advance(END_MS)
    fill = model.fills(USER)[-1]
    assert (fill.px, fill.direction, fill.oid) == (Decimal(97), "Close Long", placed.oid)
    # The fall from 100 to 94 ends at the first corner, 20 s in: 97 is met half way.
    assert fill.at_ms == START_MS + MINUTE_MS + 10_000
    assert statuses(model, placed.oid) == ["open", "triggered", "filled"]
    assert szi(model) == 0


def test_mark_fires_and_not_the_traded_price() -> None:
    model = an_exchange(sol=FALL)
    place_one(model, market("buy", "2"))
    place_one(model, stop("sell", "2", "97"))
    model.set_offsets("SOL", mark=Decimal(50))
    model.advance(END_MS)
    assert szi(model) == 2
    model.set_offsets("SOL", mark=Decimal(0))
    assert szi(model) == 0


def test_one_that_is_held_back_waits_while_mark_and_last_differ() -> None:
    model = an_exchange(sol=FALL)
    place_one(model, market("buy", "2"))
    spec = stop("sell", "2", "97")
    assert spec.trigger is not None
    place_one(model, replace(spec, trigger=replace(spec.trigger, gap_max=Decimal("0.05"))))
    model.set_offsets("SOL", mark=Decimal(-6))
    assert szi(model) == 2
    model.set_offsets("SOL", mark=Decimal(-4))
    assert szi(model) == 0


@pytest.mark.parametrize(
    ("entry", "bars", "order", "px"),
    [
        ("buy", FALL, stop("sell", "2", "97"), "97"),
        ("sell", RISE, stop("buy", "2", "103"), "103.01"),
        ("buy", RISE, target("sell", "2", "103"), "103"),
        ("sell", FALL, target("buy", "2", "97"), "97.001"),
    ],
)
def test_each_kind_fires_in_its_direction(entry: str, bars: list[Bar], order: OrderSpec, px: str) -> None:
    model = an_exchange(sol=bars)
    place_one(model, market(entry, "2"))
    assert place_one(model, order).kind == "resting"
    model.advance(END_MS)
    assert model.fills(USER)[-1].px == Decimal(px)
    assert szi(model) == 0


def test_a_gap_fills_beyond_the_trigger() -> None:
    model = an_exchange(sol=[*flat(100), *flat(92)])
    place_one(model, market("buy", "2"))
    place_one(model, stop("sell", "2", "97"))
    model.advance(END_MS)
    assert model.fills(USER)[-1].px == Decimal(92)
    assert model.fills(USER)[-1].at_ms == START_MS + MINUTE_MS


def test_a_market_stop_that_finds_nothing_within_its_bound_does_not_rest() -> None:
    model = an_exchange(sol=[*flat(100), *flat(92)])
    place_one(model, market("buy", "2"))
    placed = place_one(model, stop("sell", "2", "97", bound="96"))
    model.advance(END_MS)
    assert statuses(model, placed.oid) == ["open", "triggered", "marketOrderNoLiquidityRejected"]
    assert szi(model) == 2
    assert model.open_orders(USER) == ()


def test_or_it_rests_where_the_rules_say_so() -> None:
    model = an_exchange(
        sol=[*flat(100), *flat(92), *bars_through(92, 99)],
        rules=Rules(market_trigger_rests=True, spread_bps=Decimal(0)),
    )
    place_one(model, market("buy", "2"))
    place_one(model, stop("sell", "2", "97", bound="96"))
    model.advance(START_MS + MINUTE_MS)
    assert [order.px for order in model.open_orders(USER)] == [Decimal(96)]
    model.advance(END_MS)
    assert (szi(model), model.fills(USER)[-1].px) == (Decimal(0), Decimal(96))


def test_a_stop_limit_can_rest_unfilled_after_a_gap() -> None:
    model = an_exchange(sol=[*flat(100), *flat(90)])
    place_one(model, market("buy", "2"))
    placed = place_one(model, stop("sell", "2", "97", bound="97", is_market=False))
    model.advance(END_MS)
    assert statuses(model, placed.oid) == ["open", "triggered"]
    assert szi(model) == 2
    (order,) = model.open_orders(USER)
    assert (order.fired, order.sz) == (True, Decimal(2))


def test_a_stop_larger_than_the_position_closes_it_and_never_flips() -> None:
    model = an_exchange(sol=FALL)
    place_one(model, market("buy", "2"))
    placed = place_one(model, stop("sell", "5", "97"))
    model.advance(END_MS)
    assert szi(model) == 0
    assert [fill.sz for fill in model.fills(USER)] == [2, 2]
    assert statuses(model, placed.oid)[-1] == "filled"


def test_a_thin_book_leaves_part_of_the_position() -> None:
    model = an_exchange(sol=FALL)
    place_one(model, market("buy", "2"))
    placed = place_one(model, stop("sell", "2", "97"))
    model.set_liquidity("SOL", Liquidity(size=Decimal("0.5")))
    model.advance(END_MS)
    assert szi(model) == Decimal("1.5")
    assert statuses(model, placed.oid) == ["open", "triggered", "canceled"]


@pytest.mark.parametrize(("needs_position", "reason"), [(False, None), (True, Reason.REDUCE_ONLY)])
def test_a_trigger_while_flat_is_a_switch(needs_position: bool, reason: Reason | None) -> None:
    model = an_exchange(sol=FALL, rules=Rules(trigger_needs_position=needs_position))
    placed = place_one(model, stop("sell", "2", "97"))
    assert placed.reason is reason
    model.advance(END_MS)
    assert szi(model) == 0
    if reason is None:
        assert statuses(model, placed.oid) == ["open", "triggered", "reduceOnlyCanceled"]


def test_a_trigger_that_would_increase_is_refused() -> None:
    model = an_exchange()
    place_one(model, market("buy", "2"))
    assert place_one(model, stop("buy", "2", "110")).reason is Reason.REDUCE_ONLY


@pytest.mark.parametrize(("ends", "left"), [(True, 0), (False, 1)])
def test_untriggered_stops_end_with_the_position_or_not(ends: bool, left: int) -> None:
    model = an_exchange(rules=Rules(triggers_end_with_position=ends))
    place_one(model, market("buy", "2"))
    placed = place_one(model, stop("sell", "2", "97"))
    place_one(model, market("sell", "1", reduce_only=True))
    assert [order.sz for order in model.open_orders(USER)] == [2]
    place_one(model, market("sell", "1", reduce_only=True))
    assert len(model.open_orders(USER)) == left
    assert ("reduceOnlyCanceled" in statuses(model, placed.oid)) is ends


def test_a_flip_ends_the_stops_of_the_old_side_only() -> None:
    model = an_exchange()
    place_one(model, market("buy", "2"))
    place_one(model, stop("sell", "2", "97"))
    place_one(model, market("sell", "5"))
    assert szi(model) == -3
    assert model.open_orders(USER) == ()
    assert model.fills(USER)[-1].direction == "Long > Short"


def test_position_bound_stops_follow_the_position() -> None:
    model = an_exchange(sol=FALL)
    place_one(model, market("buy", "2"))
    (placed,) = bind(model, stop("sell", "0", "97"))
    assert placed.kind == "waiting_for_trigger"
    place_one(model, market("buy", "3"))
    (order,) = model.open_orders(USER)
    assert (order.sz, order.orig_sz, model.closes(USER, order)) == (Decimal(0), Decimal(0), Decimal(5))
    model.advance(END_MS)
    assert szi(model) == 0
    assert model.fills(USER)[-1].sz == 5


def test_position_bound_pairs_cancel_each_other_and_end_with_the_position() -> None:
    model = an_exchange(sol=FALL)
    place_one(model, market("buy", "2"))
    first, second = bind(model, target("sell", "0", "110"), stop("sell", "0", "97"))
    model.advance(END_MS)
    assert statuses(model, first.oid) == ["open", "siblingFilledCanceled"]
    assert statuses(model, second.oid) == ["open", "triggered", "filled"]
    model = an_exchange()
    place_one(model, market("buy", "2"))
    (placed,) = bind(model, stop("sell", "0", "97"))
    place_one(model, market("sell", "2", reduce_only=True))
    assert statuses(model, placed.oid) == ["open", "reduceOnlyCanceled"]


def test_a_position_group_needs_a_position() -> None:
    model = an_exchange()
    assert bind(model, stop("sell", "0", "97"))[0].reason is Reason.REDUCE_ONLY
    assert model.place(USER, [stop("sell", "0", "97")], Grouping.NONE)[0].reason is Reason.SIZE_ZERO


def test_a_resized_position_group_keeps_an_explicit_size() -> None:
    model = an_exchange()
    place_one(model, market("buy", "2"))
    bind(model, stop("sell", "1", "97"))
    place_one(model, market("buy", "2"))
    (order,) = model.open_orders(USER)
    assert model.closes(USER, order) == 1
    assert not model.closable(USER, order)


def test_a_stop_entry_where_the_rules_allow_one() -> None:
    model = an_exchange(sol=RISE, rules=Rules(trigger_must_reduce=False, spread_bps=Decimal(0)))
    placed = place_one(model, stop("buy", "2", "103", reduce_only=False))
    assert placed.kind == "resting"
    model.advance(END_MS)
    assert szi(model) == 2
    poor = an_exchange(sol=RISE, cash=11, rules=Rules(trigger_must_reduce=False))
    placed = place_one(poor, stop("buy", "20", "103", reduce_only=False))
    poor.advance(END_MS)
    assert statuses(poor, placed.oid) == ["open", "triggered", "marginCanceled"]


def test_a_trigger_is_held_against_mark_when_it_is_placed() -> None:
    model = an_exchange()
    place_one(model, market("buy", "2"))
    model.set_offsets("SOL", mark=Decimal(2))
    assert place_one(model, stop("sell", "2", "101", bound="95")).kind == "resting"
    assert place_one(model, stop("sell", "2", "102", bound="95")).reason is Reason.TRIGGER_PRICE


def test_a_mark_below_the_traded_price_fires_earlier() -> None:
    model = an_exchange(sol=[*flat(100), *bars_through(100, 98.5)])
    place_one(model, market("buy", "2"))
    place_one(model, stop("sell", "2", "97"))
    model.set_offsets("SOL", mark=Decimal(-2))
    model.advance(END_MS)
    assert model.fills(USER)[-1].px == Decimal(99)


def test_an_untriggered_stop_entry_reserves_no_margin() -> None:
    model = an_exchange(rules=Rules(trigger_must_reduce=False))
    free = model.account(USER).available
    place_one(model, stop("buy", "2", "103", reduce_only=False))
    assert model.account(USER).available == free
