"""Margin, leverage, liquidation price and what an account reads as."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.support.model_exchange import (
    START_MS,
    USER,
    an_exchange,
    bars_through,
    limit,
    market,
    place_one,
    stop,
    szi,
)
from trader.exchange.orders import Leverage
from trader.exchange.status import Reason

D = Decimal


def test_a_cross_account_reads_as_the_venue_computes_it() -> None:
    model = an_exchange()
    model.set_leverage(USER, "SOL", value=5, is_cross=True)
    place_one(model, market("buy", "6.5"))
    view = model.account(USER)
    (position,) = view.positions
    fee = D("0.292530")
    assert model.fills(USER)[0].fee == fee
    assert view.total.account_value == 1000 - fee - D("0.065")
    assert view.total.total_notional == 650
    assert view.total.total_raw_usd + D("6.5") * 100 == view.total.account_value
    assert view.total.total_margin_used == 130
    assert view.cross == view.total
    assert view.cross_maintenance == D("16.25")
    assert view.withdrawable == view.total.account_value - 130
    assert (position.entry_px, position.value, position.unrealized) == (D("100.01"), D(650), D("-0.065"))
    assert position.return_on_equity == D("-0.065") / (D("650.065") / 5)
    assert (position.leverage, position.margin_used, position.max_leverage) == (Leverage(5), D(130), 20)


def test_an_account_is_read_anew_after_whatever_moves_it() -> None:
    model = an_exchange(sol=bars_through(100, 101, 102))
    changes: tuple[Callable[[], object], ...] = (
        lambda: place_one(model, market("buy", "2")),
        lambda: model.advance(START_MS + 30_000),
        lambda: model.set_offsets("SOL", mark=D("0.5")),
        lambda: model.deposit(USER, D(1)),
        lambda: model.set_leverage(USER, "SOL", value=3, is_cross=True),
        lambda: place_one(model, limit("buy", "90", "1")),
    )
    for change in changes:
        before = model.account(USER)
        assert model.account(USER) is before
        change()
        assert model.account(USER) != before


def test_liquidation_price_follows_the_written_formula() -> None:
    model = an_exchange(cash=100)
    place_one(model, market("buy", "10"))
    view = model.account(USER)
    free = view.cross.account_value - view.cross_maintenance
    expected = D(100) - free / 10 / (1 - D(1) / 40)
    assert model.liquidation_px(USER, "SOL") == expected
    short = an_exchange(cash=100)
    place_one(short, market("sell", "10"))
    view = short.account(USER)
    free = view.cross.account_value - view.cross_maintenance
    assert short.liquidation_px(USER, "SOL") == D(100) + free / 10 / (1 + D(1) / 40)


def test_at_the_liquidation_price_equity_equals_maintenance() -> None:
    model = an_exchange(cash=100)
    place_one(model, market("buy", "10"))
    px = model.liquidation_px(USER, "SOL")
    assert px is not None
    lost = (100 - px) * 10
    equity = model.account(USER).cross.account_value - lost
    assert abs(equity - px * 10 / 40) < D("1e-20")


def test_a_position_that_cannot_be_liquidated_has_no_price() -> None:
    model = an_exchange()
    place_one(model, market("buy", "1"))
    assert model.liquidation_px(USER, "SOL") is None
    assert model.liquidation_px(USER, "BTC") is None
    assert model.liquidation_px("nobody", "SOL") is None


@pytest.mark.parametrize(("side", "entry"), [("buy", "100.0133"), ("sell", "99.9966")])
def test_the_entry_price_is_cut_towards_zero_and_the_profit_is_not(side: str, entry: str) -> None:
    model = an_exchange()
    place_one(model, market(side, "2"))
    model.set_offsets("SOL", mid=D("0.01" if side == "buy" else "-0.01"))
    place_one(model, market(side, "1"))
    (position,) = model.account(USER).positions
    assert position.entry_px == D(entry)
    assert position.unrealized == (D("-0.04") if side == "buy" else D("-0.01"))


def test_an_isolated_position_stands_apart() -> None:
    model = an_exchange()
    model.set_leverage(USER, "SOL", value=5, is_cross=False)
    place_one(model, market("buy", "5"))
    (position,) = model.account(USER).positions
    collateral = D("100.01")
    assert position.leverage == Leverage(5, is_cross=False)
    assert position.margin_used == collateral - D("0.05")
    assert position.raw_usd == collateral - D("500.05")
    view = model.account(USER)
    assert view.cross.account_value == 1000 - collateral - model.fills(USER)[0].fee
    assert view.cross.total_notional == 0
    assert view.total.account_value == 1000 - D("0.05") - model.fills(USER)[0].fee
    assert view.total.total_raw_usd + 500 == view.total.account_value
    free = position.margin_used - position.maintenance
    assert position.liquidation_px == 100 - free / 5 / (1 - D(1) / 40)


def test_closing_an_isolated_position_gives_its_collateral_back() -> None:
    model = an_exchange()
    model.set_leverage(USER, "SOL", value=3, is_cross=False)
    place_one(model, market("buy", "5"))
    place_one(model, market("sell", "2", reduce_only=True))
    place_one(model, market("sell", "3", reduce_only=True))
    view = model.account(USER)
    fills = model.fills(USER)
    expected = 1000 + sum((f.closed_pnl - f.fee for f in fills), D(0))
    assert (view.positions, view.cross.account_value) == ((), expected)
    assert view.total == view.cross


def test_isolated_margin_moves_both_ways_within_limits() -> None:
    model = an_exchange()
    assert model.add_isolated_margin(USER, "SOL", D(5)) is Reason.NOT_ISOLATED
    model.set_leverage(USER, "SOL", value=5, is_cross=False)
    place_one(model, market("buy", "5"))
    before = model.liquidation_px(USER, "SOL")
    assert model.add_isolated_margin(USER, "SOL", D(50)) is None
    after = model.liquidation_px(USER, "SOL")
    assert before is not None
    assert after is not None
    assert after < before
    assert model.add_isolated_margin(USER, "SOL", D(-60)) is Reason.MARGIN
    assert model.add_isolated_margin(USER, "SOL", D(-49)) is None
    assert model.add_isolated_margin(USER, "SOL", D(5000)) is Reason.MARGIN


@pytest.mark.parametrize(
    ("value", "is_cross", "reason"),
    [(20, True, None), (1, False, None), (0, True, Reason.LEVERAGE_RANGE), (21, True, Reason.LEVERAGE_RANGE)],
)
def test_leverage_is_a_whole_number_up_to_the_markets_maximum(
    value: int, is_cross: bool, reason: Reason | None
) -> None:
    model = an_exchange()
    assert model.set_leverage(USER, "SOL", value=value, is_cross=is_cross) is reason
    assert (model.leverage(USER, "SOL") == Leverage(value, is_cross)) is (reason is None)


def test_the_margin_mode_stays_while_a_position_is_open() -> None:
    model = an_exchange()
    place_one(model, market("buy", "1"))
    assert model.set_leverage(USER, "SOL", value=5, is_cross=False) is Reason.MODE_WITH_POSITION
    assert model.set_leverage(USER, "SOL", value=5, is_cross=True) is None
    assert model.set_leverage("nobody", "SOL", value=5, is_cross=True) is Reason.UNKNOWN_USER
    assert model.set_leverage(USER, "NOPE", value=5, is_cross=True) is Reason.UNKNOWN_COIN


def test_lower_leverage_needs_the_margin_for_it() -> None:
    model = an_exchange(cash=100)
    place_one(model, market("buy", "10"))
    assert model.set_leverage(USER, "SOL", value=11, is_cross=True) is None
    assert model.set_leverage(USER, "SOL", value=10, is_cross=True) is Reason.LEVERAGE_MARGIN_CROSS
    assert model.set_leverage(USER, "SOL", value=5, is_cross=True) is Reason.LEVERAGE_MARGIN_CROSS
    apart = an_exchange(cash=1000)
    apart.set_leverage(USER, "SOL", value=10, is_cross=False)
    place_one(apart, market("buy", "10"))
    assert apart.set_leverage(USER, "SOL", value=5, is_cross=False) is Reason.LEVERAGE_MARGIN_ISOLATED
    assert apart.set_leverage(USER, "SOL", value=20, is_cross=False) is None


def test_resting_orders_reserve_margin_and_reducing_ones_do_not() -> None:
    model = an_exchange()
    model.set_leverage(USER, "SOL", value=1, is_cross=True)
    place_one(model, market("buy", "5"))
    free = model.account(USER).available
    place_one(model, limit("buy", "4", "90"))
    assert model.account(USER).available == free - 360
    place_one(model, limit("sell", "5", "110", reduce_only=True))
    place_one(model, stop("sell", "5", "80"))
    assert model.account(USER).available == free - 360
    assert place_one(model, limit("buy", "2", "90")).reason is Reason.MARGIN
    assert place_one(model, limit("buy", "1", "90")).kind == "resting"


def test_the_other_side_of_a_position_needs_margin_only_beyond_it() -> None:
    model = an_exchange(cash=110)
    model.set_leverage(USER, "SOL", value=1, is_cross=True)
    place_one(model, market("buy", "1"))
    assert place_one(model, market("sell", "2")).kind == "filled"
    assert szi(model) == -1
    assert place_one(model, market("sell", "1")).reason is Reason.MARGIN


def test_a_size_beyond_the_tier_of_the_leverage_is_refused() -> None:
    model = an_exchange(cash=30_000_000)
    assert place_one(model, limit("buy", "700001", "100.5")).reason is Reason.POSITION_TIER
    model.set_leverage(USER, "SOL", value=10, is_cross=True)
    assert place_one(model, limit("buy", "700001", "100.5")).kind == "filled"
    assert model.account(USER).positions[0].max_leverage == 10


def test_withdrawals_stop_at_the_margin() -> None:
    model = an_exchange()
    place_one(model, market("buy", "50"))
    view = model.account(USER)
    assert view.withdrawable == view.total.account_value - 500
    assert model.withdraw(USER, view.withdrawable + D("0.000001")) is Reason.WITHDRAWABLE
    assert model.withdraw(USER, view.withdrawable) is None
    assert model.account(USER).withdrawable == 0
    assert [(row.kind, row.usdc) for row in model.ledger(USER)] == [
        ("deposit", D(1000)),
        ("withdraw", view.withdrawable),
    ]
    assert model.withdraw("nobody", D(1)) is Reason.UNKNOWN_USER


def test_the_largest_sizes_can_be_placed_and_no_more() -> None:
    model = an_exchange()
    buy, sell = model.max_trade_sizes(USER, "SOL")
    assert (buy, sell) == (D(200), D(200))
    assert place_one(model, limit("buy", "200.01", "100")).reason is Reason.MARGIN
    assert place_one(model, limit("buy", "200", "100")).kind == "resting"
    assert model.max_trade_sizes("nobody", "SOL") == (D(0), D(0))


def test_an_unknown_user_reads_as_an_empty_account() -> None:
    view = an_exchange().account("nobody")
    assert (view.total.account_value, view.positions, view.withdrawable) == (D(0), (), D(0))


def test_a_deposit_must_be_above_zero() -> None:
    with pytest.raises(ValueError, match="above 0"):
        an_exchange().deposit(USER, D(0))
