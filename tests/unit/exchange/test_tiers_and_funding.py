"""Maintenance by tier, the liquidation price against the venues' own formulas, and funding by the clock."""

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
    market,
    on_leg,
    place_one,
    shipped_markets,
    stop,
    szi,
)
from trader.exchange.margin import maintenance, tier_at
from trader.exchange.model import Model
from trader.exchange.rules import Market, Rules, Tier
from trader.exchange.status import Reason

D = Decimal
RATED = (Tier(D(0), 125, D("0.004")), Tier(D(500), 100, D("0.005")), Tier(D(2_000), 50, D("0.01")))
SOL = next(market for market in shipped_markets() if market.coin == "SOL")
BY_NOTIONAL = replace(SOL, tiers=RATED, max_leverage=125)
BY_SIZE = replace(
    BY_NOTIONAL,
    tiers=(Tier(D(0), 125, D("0.004")), Tier(D(5), 100, D("0.005")), Tier(D(20), 50, D("0.01"))),
    tiers_by_size=True,
)
EIGHT_HOURS_MS = 8 * HOUR_MS


def test_a_rate_of_its_own_and_the_deduction_that_makes_it_continuous() -> None:
    assert [maintenance(BY_NOTIONAL, D(n)) for n in (500, 1_000, 2_000, 3_000)] == [
        D("2.000"),
        D("4.500"),
        D("9.500"),
        D("19.50"),
    ]
    assert tier_at(BY_NOTIONAL, D(3_000))[1:] == (D("0.01"), D("10.500"))


@pytest.mark.parametrize(("size", "need"), [("4.99", "2.00"), ("5", "2.50"), ("20", "5.00")])
def test_where_tiers_go_by_size_one_rate_holds_for_all_of_it(size: str, need: str) -> None:
    assert maintenance(BY_SIZE, D(500), D(size)) == D(need)


def exchange(listed: Market, *, two_sided: bool = True, rules: Rules = SIDED, cash: int = 400) -> Model:
    model = an_exchange(rules=rules, two_sided=two_sided, cash=cash)
    model.set_market(listed)
    model.set_leverage(USER, "SOL", value=50, is_cross=True)
    return model


@pytest.mark.parametrize(("long", "short"), [("30", "10"), ("10", "30"), ("12", "4"), ("7", "0.5")])
def test_the_price_for_both_legs_is_that_of_the_published_formula(long: str, short: str) -> None:
    """(WB + cumL + cumS - qL*epL + qS*epS) / (qL*MMRL + qS*MMRS - qL + qS), with the tiers at that price."""
    model = exchange(BY_NOTIONAL)
    place_one(model, on_leg("long", market("buy", long)))
    place_one(model, on_leg("short", market("sell", short)))
    price = model.liquidation_px(USER, "SOL", "long")
    assert price is not None and price == model.liquidation_px(USER, "SOL", "short")
    q_long, q_short = D(long), D(short)
    _, mmr_long, cum_long = tier_at(BY_NOTIONAL, q_long * price)
    _, mmr_short, cum_short = tier_at(BY_NOTIONAL, q_short * price)
    cost = sum(position.cost for position in model.positions(USER))
    wallet = model.account(USER).cross.account_value - sum(
        v.unrealized for v in model.account(USER).positions
    )
    expected = (wallet + cum_long + cum_short - cost) / (
        q_long * mmr_long + q_short * mmr_short - q_long + q_short
    )
    assert abs(price - expected) < D("1e-15")


def test_legs_of_one_size_have_no_price_that_is_near() -> None:
    model = exchange(BY_NOTIONAL)
    place_one(model, on_leg("long", market("buy", "10")))
    place_one(model, on_leg("short", market("sell", "10")))
    price = model.liquidation_px(USER, "SOL", "long")
    assert price is None or price > 1_000


def test_the_published_price_of_a_real_isolated_short() -> None:
    """A position seen in 2023: 0.01 short at 25,956.2 with 129.781 set aside, 0.4 % and a fee of 0.05 %."""
    rules = replace(SIDED, liquidation_fee_in_maintenance=True, taker_rate=D("0.0005"))
    model = an_exchange(rules=rules, btc=flat(25_956.2))
    btc = model.market("BTC")
    assert btc is not None
    tiers = (Tier(D(0), 100, D("0.004")),)
    model.set_market(replace(btc, tiers=tiers, significant_figures=None, price_step=D("0.1")))
    model.set_leverage(USER, "BTC", value=2, is_cross=False)
    place_one(model, replace(market("sell", "0.01", coin="BTC"), px=D("25956.2")))
    (position,) = model.positions(USER)
    assert position.collateral == D("129.781")
    price = model.liquidation_px(USER, "BTC")
    assert price is not None and round(price, 2) == D("38759.88")
    model.set_offsets("BTC", mark=D("99.3"))
    (view,) = model.account(USER).positions
    assert round(view.margin_used / view.maintenance, 5) == D("109.84075")


@pytest.mark.parametrize("two_sided", [True, False])
@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize("listed", [BY_NOTIONAL, BY_SIZE])
def test_it_is_liquidated_where_the_price_said(listed: Market, side: str, two_sided: bool) -> None:
    leg = None if not two_sided else "long" if side == "buy" else "short"
    far = 70.0 if side == "buy" else 140.0
    model = an_exchange(rules=SIDED, two_sided=two_sided, cash=400, sol=[*flat(100), *bars_through(100, far)])
    model.set_market(listed)
    model.set_leverage(USER, "SOL", value=50, is_cross=True)
    place_one(model, replace(market(side, "30"), leg=leg))
    price = model.liquidation_px(USER, "SOL", leg)
    assert price is not None
    model.advance(START_MS + HOUR_MS)
    assert (szi(model) if leg is None else held(model, leg)) == 0
    forced = next(fill for fill in model.fills(USER) if fill.liquidation is not None)
    assert forced.liquidation is not None and abs(forced.liquidation.mark_px - price) < D("0.01")
    assert forced.leg == leg


def test_the_legs_of_a_fallen_account_are_taken_one_by_one() -> None:
    steps = bars_through(100, 95, 90, 85, 80, 77, 74, 71)
    model = an_exchange(rules=SIDED, two_sided=True, cash=400, sol=[*flat(100), *steps])
    model.set_market(BY_NOTIONAL)
    model.set_leverage(USER, "SOL", value=50, is_cross=True)
    place_one(model, on_leg("long", market("buy", "30")))
    place_one(model, on_leg("short", market("sell", "10")))
    model.advance(START_MS + HOUR_MS)
    first, second = [fill for fill in model.fills(USER) if fill.liquidation is not None]
    assert (first.leg, first.sz, second.leg, second.sz) == ("long", D(30), "short", D(10))
    assert first.at_ms < second.at_ms


def test_a_stop_entry_into_a_tier_that_the_leverage_does_not_fit_fails_when_it_triggers() -> None:
    model = an_exchange(rules=SIDED, cash=4_000, sol=[*flat(100), *bars_through(100, 120)])
    model.set_market(BY_NOTIONAL)
    model.set_leverage(USER, "SOL", value=60, is_cross=True)
    assert place_one(model, market("buy", "30")).reason is Reason.POSITION_TIER
    spec = replace(stop("buy", "30", "110", reduce_only=False), px=D(0))
    placed = place_one(model, spec)
    model.advance(START_MS + HOUR_MS)
    row = model.order(USER, placed.oid or 0)
    assert row is not None and row.order.failure is Reason.POSITION_TIER
    assert szi(model) == 0


@pytest.mark.parametrize(("interval_ms", "count"), [(HOUR_MS, 24), (EIGHT_HOURS_MS, 3)])
def test_funding_is_paid_by_the_clock(interval_ms: int, count: int) -> None:
    model = an_exchange(rules=replace(SIDED, funding_interval_ms=interval_ms))
    place_one(model, market("buy", "2"))
    assert model.funding_next_ms() % interval_ms == 0
    model.advance(START_MS + 24 * HOUR_MS)
    times = [row.at_ms for row in model.funding(USER)]
    assert len(times) == count
    assert all(at_ms % interval_ms == 0 for at_ms in times)
    assert model.funding_next_ms() - model.now_ms <= interval_ms


@pytest.mark.parametrize(("at", "paid"), [("mark", "0.0210"), ("oracle", "0.0198")])
def test_each_leg_pays_for_its_own_notional(at: str, paid: str) -> None:
    rules = replace(SIDED, funding_at=at, funding_interval_ms=EIGHT_HOURS_MS, funding_rate=D("0.0001"))
    model = an_exchange(rules=rules, two_sided=True)
    place_one(model, on_leg("long", market("buy", "2")))
    place_one(model, on_leg("short", market("sell", "2")))
    model.set_offsets("SOL", mark=D(5), oracle=D(-1))
    model.advance(START_MS + EIGHT_HOURS_MS)
    long, short = model.funding(USER)
    assert (long.leg, long.usdc, short.leg, short.usdc) == ("long", -D(paid), "short", D(paid))
    assert long.px == (105 if at == "mark" else 99)
    assert [view.funding_all for view in model.account(USER).positions] == [D(paid), -D(paid)]
