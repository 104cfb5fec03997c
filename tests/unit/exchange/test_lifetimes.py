"""Orders that end by themselves, all-or-nothing orders, orders at market, and limits on size and price."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.model_exchange import (
    HOUR_MS,
    MINUTE_MS,
    PLAIN,
    SIDED,
    START_MS,
    USER,
    an_exchange,
    attach,
    bars_through,
    flat,
    is_open,
    limit,
    market,
    place_one,
    statuses,
    stop,
    szi,
)
from tests.support.random_exchange import written_down
from trader.exchange.orders import Liquidity, OrderSpec
from trader.exchange.prices import ScriptedPrices
from trader.exchange.status import Reason, Tif

D = Decimal
LATE = START_MS + 10 * MINUTE_MS + 123


def until(at_ms: int, spec: OrderSpec) -> OrderSpec:
    return replace(spec, expires_ms=at_ms)


def test_an_order_ends_at_its_time_to_the_millisecond_in_a_quiet_hour() -> None:
    model = an_exchange()
    placed = place_one(model, until(LATE, limit("buy", "1", "90")))
    model.advance(LATE - 1)
    assert is_open(model, placed.oid)
    model.advance(START_MS + HOUR_MS)
    assert statuses(model, placed.oid) == ["open", "expired"]
    assert model.history(USER)[-1].at_ms == LATE


def test_it_fills_before_its_time_and_not_after() -> None:
    bars = [*flat(100, 5), *bars_through(100, 80)]
    model = an_exchange(sol=bars)
    early = place_one(model, until(START_MS + 5 * MINUTE_MS, limit("buy", "1", "90")))
    late = place_one(model, until(START_MS + 7 * MINUTE_MS, limit("buy", "1", "90")))
    model.advance(START_MS + HOUR_MS)
    assert statuses(model, early.oid) == ["open", "expired"]
    assert statuses(model, late.oid) == ["open", "filled"]


def test_a_conditional_order_ends_at_its_time_too() -> None:
    model = an_exchange(rules=SIDED)
    placed = place_one(model, until(LATE, stop("buy", "1", "110", reduce_only=False)))
    model.advance(START_MS + HOUR_MS)
    assert statuses(model, placed.oid) == ["open", "expired"]


def test_a_parent_that_ends_unfilled_takes_its_children_along() -> None:
    model = an_exchange()
    parent, child = attach(model, until(LATE, limit("buy", "1", "90")), stop("sell", "1", "80"))
    model.advance(START_MS + HOUR_MS)
    assert (statuses(model, parent.oid)[-1], statuses(model, child.oid)[-1]) == ("expired", "canceled")


def test_a_time_that_has_passed_is_refused() -> None:
    assert place_one(an_exchange(), until(START_MS, limit("buy", "1", "90"))).reason is Reason.EXPIRY_PAST


def test_an_exchange_that_was_written_down_still_ends_it_in_time() -> None:
    model = an_exchange(rules=SIDED, two_sided=True)
    spec = until(LATE, replace(limit("buy", "1", "90"), leg="long"))
    placed = place_one(model, spec)
    prices = ScriptedPrices({"SOL": flat(100), "BTC": flat(6e4), "ETH": flat(3e3)}, start_ms=START_MS)
    again = written_down(model, prices, SIDED)
    assert again.is_two_sided(USER)
    assert again.open_orders(USER) == model.open_orders(USER)
    again.advance(START_MS + HOUR_MS)
    assert statuses(again, placed.oid) == ["open", "expired"]


def test_the_executions_of_an_order_are_found_again() -> None:
    model = an_exchange()
    model.set_liquidity("SOL", Liquidity(size=D(1), levels=2))
    placed = place_one(model, market("buy", "2"))
    place_one(model, market("sell", "1"))
    prices = ScriptedPrices({"SOL": flat(100), "BTC": flat(6e4), "ETH": flat(3e3)}, start_ms=START_MS)
    for each in (model, written_down(model, prices, PLAIN)):
        assert [fill.sz for fill in each.fills_of(USER, placed.oid or 0)] == [D(1), D(1)]
        assert each.fills_of("bob", placed.oid or 0) == each.fills_of(USER, 99) == ()


def test_why_an_order_failed_is_remembered_as_a_reason() -> None:
    rules = replace(SIDED, oversized_reduce="rejects")
    model = an_exchange(rules=rules, sol=[*flat(100), *bars_through(100, 80)])
    place_one(model, market("buy", "2"))
    placed = place_one(model, stop("sell", "3", "90"))
    model.advance(START_MS + HOUR_MS)
    prices = ScriptedPrices({"SOL": flat(100), "BTC": flat(6e4), "ETH": flat(3e3)}, start_ms=START_MS)
    row = written_down(model, prices, rules).order(USER, placed.oid or 0)
    assert row is not None and row.order.failure is Reason.REDUCE_ONLY_SIZE


@pytest.mark.parametrize(
    ("spec", "filled"),
    [
        (limit("buy", "2", "101", tif=Tif.FOK), "0"),
        (limit("buy", "1", "101", tif=Tif.FOK), "1"),
        (limit("buy", "1", "99", tif=Tif.FOK), "0"),
    ],
)
def test_all_or_nothing(spec: OrderSpec, filled: str) -> None:
    model = an_exchange()
    model.set_liquidity("SOL", Liquidity(size=D(1)))
    placed = place_one(model, spec)
    assert szi(model) == D(filled)
    assert placed.reason is (None if szi(model) else Reason.FOK_NO_MATCH)
    assert statuses(model, placed.oid) == (["filled"] if szi(model) else ["fokCancelRejected"])
    assert model.open_orders(USER) == ()


def test_all_or_nothing_counts_every_level_and_the_part_that_may_fill() -> None:
    model = an_exchange()
    model.set_liquidity("SOL", Liquidity(size=D(1), levels=2, step_bps=D(10)))
    assert place_one(model, limit("buy", "2", "101", tif=Tif.FOK)).kind == "filled"
    model.set_liquidity("SOL", Liquidity(fraction=D("0.5")))
    assert place_one(model, limit("buy", "2", "101", tif=Tif.FOK)).reason is Reason.FOK_NO_MATCH


def test_an_order_at_market_without_a_price_trades_within_the_band_of_the_market() -> None:
    model = an_exchange(rules=SIDED)
    bare = replace(market("buy", "3"), tif=Tif.MARKET, px=D(0))
    assert place_one(an_exchange(), bare).reason is Reason.PRICE_ZERO
    model.set_liquidity("SOL", Liquidity(size=D(1), levels=3, step_bps=D(300)))
    placed = place_one(model, bare)
    assert (placed.kind, placed.total_sz) == ("filled", D(2))
    assert [fill.px for fill in model.fills(USER)] == [D("100.01"), D("103.02")]


def test_a_stop_at_market_without_a_price_trades_within_the_band_too() -> None:
    model = an_exchange(rules=SIDED, sol=[*flat(100), *bars_through(100, 80)])
    place_one(model, market("buy", "2"))
    placed = place_one(model, replace(stop("sell", "2", "90"), px=D(0)))
    assert model.closable(USER, model.open_orders(USER)[0])
    model.advance(START_MS + HOUR_MS)
    assert statuses(model, placed.oid) == ["open", "triggered", "filled"]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (limit("buy", "0.05", "100"), Reason.SIZE_MIN),
        (limit("buy", "51", "90"), Reason.SIZE_MAX),
        (replace(market("buy", "21"), tif=Tif.MARKET), Reason.SIZE_MAX),
        (limit("buy", "21", "103"), Reason.PRICE_BAND),
        (limit("buy", "1", "80"), None),
        (limit("sell", "1", "97"), Reason.PRICE_BAND),
        (limit("sell", "1", "130"), None),
        (limit("buy", "0.2", "100"), Reason.MIN_NOTIONAL),
        (stop("sell", "21", "90"), Reason.SIZE_MAX),
    ],
)
def test_what_the_market_allows(spec: OrderSpec, reason: Reason | None) -> None:
    model = an_exchange(rules=SIDED, cash=10_000)
    listed = model.market("SOL")
    assert listed is not None
    model.set_market(
        replace(
            listed, size_min=D("0.1"), size_max=D(50), market_size_max=D(20), limit_band=D("0.02"),
            min_notional=D(30),
        )
    )  # fmt: skip
    assert place_one(model, spec).reason is reason


@pytest.mark.parametrize("spares", [True, False])
def test_small_closes_are_spared_the_minimum_where_the_venue_spares_them(spares: bool) -> None:
    model = an_exchange(rules=replace(SIDED, min_notional_spares_reducing=spares))
    place_one(model, market("buy", "2"))
    placed = place_one(model, market("sell", "0.01", reduce_only=True))
    assert placed.reason is (None if spares else Reason.MIN_NOTIONAL)


@pytest.mark.parametrize(
    ("reading", "same", "other"),
    [("accept", True, True), ("reject_open", False, False), ("reject_open_kind", False, True)],
)
def test_client_ids_of_open_orders(reading: str, same: bool, other: bool) -> None:
    model = an_exchange(rules=replace(SIDED, duplicate_cloid=reading))
    place_one(model, limit("buy", "1", "90", cloid="a"))
    assert (place_one(model, limit("buy", "1", "91", cloid="a")).reason is None) is same
    assert (place_one(model, stop("sell", "1", "91", cloid="a")).reason is None) is other
