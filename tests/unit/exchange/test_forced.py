"""Funding at the hour, liquidation, auto-deleveraging, delisting and rules that change."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.model_exchange import (
    HOUR_MS,
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
)
from trader.exchange.rules import Rules
from trader.exchange.status import Kind, Reason

D = Decimal
END_MS = START_MS + 6 * MINUTE_MS


def test_longs_pay_funding_at_the_full_hour_on_the_oracle_price() -> None:
    model = an_exchange()
    place_one(model, market("buy", "4"))
    model.set_offsets("SOL", oracle=D(2))
    model.advance(START_MS + HOUR_MS - 1)
    assert model.funding(USER) == ()
    model.advance(START_MS + HOUR_MS)
    (row,) = model.funding(USER)
    assert (row.at_ms, row.szi, row.rate) == (START_MS + HOUR_MS, D(4), D("0.0000125"))
    assert row.usdc == D("-0.005100")
    (position,) = model.account(USER).positions
    assert (position.funding_all, position.funding_open) == (D("0.0051"), D("0.0051"))


def test_shorts_receive_and_a_negative_rate_turns_it_round() -> None:
    model = an_exchange()
    place_one(model, market("sell", "4"))
    model.advance(START_MS + HOUR_MS)
    model.set_funding_rate("SOL", D("-0.01"))
    model.advance(START_MS + 2 * HOUR_MS)
    assert [row.usdc for row in model.funding(USER)] == [D("0.005"), D(-4)]


def test_funding_since_the_last_change_begins_anew() -> None:
    model = an_exchange()
    place_one(model, market("buy", "4"))
    model.advance(START_MS + HOUR_MS)
    place_one(model, market("buy", "1"))
    position = model.position(USER, "SOL")
    assert position is not None
    assert (position.funding_open, position.funding_change) == (D("0.005"), D(0))
    place_one(model, market("sell", "5"))
    place_one(model, market("buy", "1"))
    (view,) = model.account(USER).positions
    assert (view.funding_all, view.funding_open) == (D("0.005"), D(0))


def test_isolated_positions_pay_from_their_collateral() -> None:
    model = an_exchange()
    model.set_leverage(USER, "SOL", value=5, is_cross=False)
    place_one(model, market("buy", "4"))
    before = model.account(USER)
    model.advance(START_MS + HOUR_MS)
    after = model.account(USER)
    assert after.cross == before.cross
    assert after.positions[0].margin_used == before.positions[0].margin_used - D("0.005")


def test_equity_below_maintenance_closes_the_position_and_ends_the_orders() -> None:
    model = an_exchange(sol=[*flat(100), *bars_through(100, 85, 80)], cash=100)
    place_one(model, market("buy", "10"))
    order = place_one(model, limit("buy", "0.5", "50"))
    px = model.liquidation_px(USER, "SOL")
    events = recorded(model)
    model.advance(END_MS)
    fill = model.fills(USER)[-1]
    assert px is not None
    assert px - D("0.01") < fill.px <= px
    assert fill.direction == "Liquidated Cross Long"
    assert 0 <= fill.fee - fill.px * 10 * D("0.00045") < D("0.000001")
    assert fill.liquidation is not None
    assert (fill.liquidation.method, fill.liquidation.user) == ("market", USER)
    assert model.order(USER, fill.oid) is None
    assert statuses(model, order.oid) == ["open", "liquidatedCanceled"]
    assert szi(model) == 0
    assert Kind.LIQUIDATION in {event.kind for event in events}
    assert 0 < model.account(USER).total.account_value < 25


def test_a_stop_before_the_liquidation_price_saves_the_account() -> None:
    model = an_exchange(sol=[*flat(100), *bars_through(100, 85, 80)], cash=100)
    place_one(model, market("buy", "10"))
    place_one(model, stop("sell", "10", "95"))
    model.advance(END_MS)
    assert model.fills(USER)[-1].liquidation is None


@pytest.mark.parametrize(("trigger", "is_liquidated"), [("95", False), ("91", True)])
def test_in_a_gap_the_level_that_comes_first_on_the_way_acts_first(trigger: str, is_liquidated: bool) -> None:
    model = an_exchange(sol=[*flat(100), *flat(91.5), *flat(85)], cash=100)
    place_one(model, market("buy", "10"))
    place_one(model, stop("sell", "10", trigger))
    model.advance(END_MS)
    assert (model.fills(USER)[-1].liquidation is not None) is is_liquidated


def test_a_gap_beyond_everything_is_taken_by_the_backstop_and_paid_by_the_venue() -> None:
    model = an_exchange(sol=[*flat(100), *flat(80)], cash=100)
    place_one(model, market("buy", "10"))
    model.advance(END_MS)
    fill = model.fills(USER)[-1]
    assert fill.liquidation is not None
    assert (fill.liquidation.method, fill.fee, fill.px) == ("backstop", D(0), D(80))
    assert model.account(USER).total.account_value == 0
    assert model.ledger(USER)[-1].kind == "insurance"


def test_a_liquidated_isolated_position_costs_its_collateral_and_no_more() -> None:
    model = an_exchange(sol=[*flat(100), *flat(70)])
    model.set_leverage(USER, "SOL", value=10, is_cross=False)
    place_one(model, market("buy", "5"))
    place_one(model, limit("buy", "0.001", "2900", coin="ETH"))
    resting = place_one(model, limit("buy", "0.01", "2900", coin="ETH"))
    cash = model.account(USER).cross.account_value
    model.advance(END_MS)
    assert model.fills(USER)[-1].direction == "Liquidated Isolated Long"
    assert model.account(USER).total.account_value == cash
    assert statuses(model, resting.oid) == ["open"]


def test_cross_liquidation_closes_the_largest_first_and_stops_when_sound() -> None:
    model = an_exchange(sol=[*flat(100), *bars_through(100, 88, 80)], cash=150)
    place_one(model, market("buy", "10"))
    place_one(model, market("buy", "0.05", coin="ETH"))
    model.advance(END_MS)
    assert szi(model) == 0
    assert szi(model, "ETH") == D("0.05")


def test_another_coins_loss_moves_the_liquidation_price() -> None:
    model = an_exchange(eth=[*flat(3000), *bars_through(3000, 2700)], cash=200)
    place_one(model, market("buy", "10"))
    place_one(model, market("buy", "0.2", coin="ETH"))
    before = model.liquidation_px(USER, "SOL")
    model.advance(END_MS)
    after = model.liquidation_px(USER, "SOL")
    assert before is not None
    assert after is not None
    assert after > before


def test_auto_deleveraging_takes_a_part_at_mark_without_a_fee() -> None:
    model = an_exchange()
    attach(model, market("buy", "5"), stop("sell", "5", "90"))
    model.adl(USER, "SOL", D("0.5"))
    fill = model.fills(USER)[-1]
    assert (fill.direction, fill.px, fill.fee, fill.sz) == ("Auto-Deleveraging", D(100), D(0), D("2.5"))
    assert fill.liquidation is None
    assert szi(model) == D("2.5")
    model.adl(USER, "SOL", D(1))
    assert szi(model) == 0
    assert model.open_orders(USER) == ()
    model.adl(USER, "SOL", D(1))
    assert len(model.fills(USER)) == 3


def test_market_rules_can_change_under_way() -> None:
    model = an_exchange()
    sol = model.market("SOL")
    assert sol is not None
    model.set_market(replace(sol, size_step=D(1), size_decimals=0))
    assert place_one(model, market("buy", "1.5")).reason is Reason.SIZE_STEP
    model.set_market(replace(sol, is_delisted=True))
    assert place_one(model, market("buy", "1")).reason is Reason.DELISTED
    assert place_one(model, limit("buy", "0.01", "2900", coin="ETH")).kind == "resting"
    model.set_market(replace(sol, only_isolated=True))
    assert model.set_leverage(USER, "SOL", value=3, is_cross=True) is Reason.CROSS_NOT_ALLOWED


def test_delisting_ends_orders_and_settles_positions_at_mark() -> None:
    model = an_exchange()
    _, child = attach(model, market("buy", "2"), stop("sell", "2", "90"))
    sol = model.market("SOL")
    assert sol is not None
    model.set_market(replace(sol, is_delisted=True))
    assert statuses(model, child.oid) == ["open", "delistedCanceled"]
    fill = model.fills(USER)[-1]
    assert (fill.direction, fill.px, fill.fee, fill.liquidation) == ("Settlement", D(100), D(0), None)
    assert szi(model) == 0


def test_fees_are_per_user() -> None:
    model = an_exchange(rules=Rules(spread_bps=D(0)))
    assert model.fee_rates(USER) == (D("0.00015"), D("0.00045"))
    model.set_fee_rates(USER, maker=D("-0.00001"), taker=D("0.001"))
    place_one(model, market("buy", "1"))
    assert model.fills(USER)[-1].fee == D("0.10001")
    assert model.fee_rates("nobody") == (D("0.00015"), D("0.00045"))


def test_equity_is_sampled_at_hours_fills_and_flows_and_profit_leaves_flows_out() -> None:
    model = an_exchange()
    place_one(model, market("buy", "1"))
    model.deposit(USER, D(500))
    model.advance(START_MS + HOUR_MS)
    rows = model.equity_history(USER)
    assert [row.at_ms - START_MS for row in rows] == [0, 0, 0, HOUR_MS]
    assert [row.equity - row.profit for row in rows] == [D(1000), D(1000), D(1500), D(1500)]
