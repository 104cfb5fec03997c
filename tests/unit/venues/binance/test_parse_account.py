"""Positions, money and settings, as documented and as they never should be."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.binance_answers import a_position, an_account, sample
from trader.core.errors import Malformed
from trader.core.market import Leg
from trader.core.snapshot import Leverage
from trader.venues.binance import parse_account, parse_fills

D = Decimal
CROSS, ISOLATED = {"SOL": Leverage(5, True)}, {"SOL": Leverage(5, False)}


def test_documented_answers_of_the_account() -> None:
    money = parse_account.money(sample("GetAccountInfoV3"))
    assert (money.account.equity, dict(money.sizes)) == (D("103.12345678"), {("BTC", None): D(1)})
    assert money.changed_ms == 1_625_474_304_765
    assert parse_account.coin_settings(sample("GetSymbolConfiguration")) == {"BTC": Leverage(21, True)}
    assert parse_account.setup(sample("GetAccountConfiguration")) == parse_account.Setup(True)
    assert parse_account.account_id(sample("GetBalances")) == "SgsR"
    assert parse_account.fee_rates(sample("GetUserCommissionRate"), "BTCUSDT") == (D("0.0004"), D("0.0002"))


def test_a_position() -> None:
    risk = parse_account.risk([a_position(), a_position(symbol="ETHUSDT", positionAmt="0.000")], CROSS)
    (position,) = risk.positions
    assert (position.coin, position.size, position.entry_price) == ("SOL", D(2), D(100))
    assert (position.mark, position.liquidation, position.unrealised) == (D(101), D("52.1"), D(2))
    assert (position.leverage, position.cross, position.margin_used) == (5, True, D("40.4"))
    assert (position.leg, position.two_sided, position.notional) == (Leg.LONG, False, D(202))
    assert (risk.coins, risk.two_sided) == (frozenset({"SOL", "ETH"}), False)


def test_an_isolated_position_uses_the_margin_that_was_set_apart() -> None:
    (position,) = parse_account.risk([a_position(isolatedMargin="41.5")], ISOLATED).positions
    assert (position.cross, position.margin_used) == (False, D("41.5"))


@pytest.mark.parametrize("price", ["0", "0.00", "-0.4", "-5.1"])
def test_a_liquidation_that_cannot_come_is_none(price: str) -> None:
    assert parse_account.risk([a_position(liquidationPrice=price)], CROSS).positions[0].liquidation is None


@pytest.mark.parametrize(("price", "of_long", "of_short"), [("52.1", "52.1", None), ("180", None, "180")])
def test_of_two_legs_only_the_one_that_is_threatened_has_a_liquidation(
    price: str, of_long: str | None, of_short: str | None
) -> None:
    long = a_position(positionSide="LONG", liquidationPrice=price)
    short = a_position(positionSide="SHORT", positionAmt="-1", liquidationPrice=price)
    told = [p.liquidation for p in parse_account.risk([long, short], CROSS).positions]
    assert told == [None if one is None else D(one) for one in (of_long, of_short)]
    alone = parse_account.risk([long], CROSS).positions[0]
    assert alone.liquidation == D(price)


@pytest.mark.parametrize(
    "rows",
    [
        [a_position(), a_position()],
        [a_position(), a_position(positionSide="LONG")],
        [a_position(positionSide="SHORT")],
        [a_position(positionSide="LONG", positionAmt="-2")],
        [a_position(entryPrice="0.0")],
        [a_position(markPrice="0")],
        [a_position(positionAmt=2)],
        [a_position(symbol="BTCUSDT")],
        [{}],
        {},
        None,
    ],
)
def test_positions_that_cannot_be_are_malformed(rows: Any) -> None:
    with pytest.raises(Malformed):
        parse_account.risk(rows, CROSS)


@pytest.mark.parametrize(
    "value",
    [
        an_account(a_position(), a_position()),
        an_account(totalMarginBalance="NaN"),
        an_account(totalMarginBalance=None),
        an_account(totalMaintMargin="-1"),
        an_account(positions=None),
        an_account(assets={}),
        [],
    ],
)
def test_money_that_cannot_be_is_malformed(value: Any) -> None:
    with pytest.raises(Malformed):
        parse_account.money(value)


@pytest.mark.parametrize(
    "rows", [[], [{"accountAlias": "a"}, {"accountAlias": "b"}], [{"accountAlias": 5}], {}]
)
def test_an_account_without_one_name_is_malformed(rows: Any) -> None:
    with pytest.raises(Malformed):
        parse_account.account_id(rows)


@pytest.mark.parametrize(
    "changes", [{"leverage": 0}, {"leverage": "5"}, {"marginType": "cross"}, {"symbol": None}]
)
def test_settings_that_cannot_be_are_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse_account.coin_settings([sample("GetSymbolConfiguration")[0] | changes])


@pytest.mark.parametrize(
    "changes", [{"takerCommissionRate": "0.5"}, {"makerCommissionRate": ""}, {"symbol": "X"}]
)
def test_rates_that_cannot_be_are_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse_account.fee_rates(sample("GetUserCommissionRate") | changes, "BTCUSDT")


def test_documented_trades_and_payments() -> None:
    (trade,) = parse_fills.trades(sample("GetUserTrades"), "BTC")
    fill = trade.of("adl_autoclose")
    assert (trade.number, fill.order_id, fill.fill_id) == (698759, "25851813", "BTC:000000000698759")
    assert (fill.price, fill.size, fill.realised) == (D("7819.01"), D("0.002"), D("-0.91539999"))
    assert (fill.leg, fill.is_deleverage, fill.is_liquidation) == (Leg.SHORT, True, False)
    with pytest.raises(Malformed):
        parse_fills.trades(sample("GetUserTrades"), "ETH")
    with pytest.raises(Malformed):
        parse_fills.fundings(sample("GetIncomeHistory"))
