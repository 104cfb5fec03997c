"""Executions and funding bills as values."""

from decimal import Decimal

import pytest

from tests.support.okx_answers import NOW_MS, Row, a_fill, an_order_row, cells, sample
from trader.core.errors import Malformed
from trader.core.market import Leg, Side
from trader.core.orders import Fill
from trader.venues.okx import parse_fills, parse_market

CONTRACTS = {"SOL": Decimal("0.1")}


def fill(**changes: str | None) -> Fill:
    (row,) = parse_fills.fills([a_fill() | changes], CONTRACTS.get)[0]
    return row.fill


def test_a_fill_in_coins_with_its_fee_positive_when_paid() -> None:
    found = fill(fillSz="20", side="sell", fillPnl="-3.5")
    assert (found.coin, found.side, found.size, found.price) == (
        "SOL",
        Side.SELL,
        Decimal(2),
        Decimal("100.01"),
    )
    assert (found.fee, found.realised) == (Decimal("0.1"), Decimal("-3.5"))
    assert (found.fill_id, found.order_id, found.client_id, found.leg) == ("1", "5", None, None)
    assert fill(fee="0.02").fee == Decimal("-0.02")


def test_the_time_of_a_fill_is_that_of_the_trade() -> None:
    assert fill(fillTime=str(NOW_MS - 7), ts=str(NOW_MS)).at_ms == NOW_MS - 7


def test_a_fill_of_one_leg() -> None:
    assert fill(posSide="short", side="buy").leg is Leg.SHORT


@pytest.mark.parametrize(
    ("changes", "liquidated", "deleveraged"),
    [
        ({}, False, False),
        ({"subType": "100"}, True, False),
        ({"subType": "107"}, True, False),
        ({"subType": "125"}, False, True),
        ({"subType": "128", "tradeId": "-4"}, False, True),
        ({"tradeId": "-4"}, True, False),
    ],
)
def test_what_the_venue_forced_is_told(changes: Row, liquidated: bool, deleveraged: bool) -> None:
    found = fill(**changes)
    assert (found.is_liquidation, found.is_deleverage) == (liquidated, deleveraged)


def test_the_bills_of_all_rows_are_told_but_only_swaps_are_fills() -> None:
    rows, bills = parse_fills.fills([a_fill(9), a_fill(8, instId="BTC-USDT")], CONTRACTS.get)
    assert (len(rows), bills) == (1, ["9", "8"])


@pytest.mark.parametrize(
    "changes",
    [
        {"billId": ""},
        {"billId": "x"},
        {"fillSz": "0"},
        {"fillPx": ""},
        {"fee": ""},
        {"feeCcy": "OKB"},
        {"fillPnl": ""},
        {"fillTime": ""},
        {"side": ""},
        {"posSide": None},
        {"ordId": ""},
        {"subType": None},
        {"instId": "DOGE-USDT-SWAP"},
        {"tradeId": None},
    ],
)
def test_a_fill_that_lacks_something_is_malformed(changes: Row) -> None:
    with pytest.raises(Malformed):
        fill(**changes)


@pytest.mark.parametrize(
    ("changes", "client_id", "liquidated", "deleveraged"),
    [
        ({}, "0d" * 16, False, False),
        ({"algoClOrdId": "0c" * 16}, "0c" * 16, False, False),
        ({"clOrdId": "", "algoClOrdId": "0c" * 16}, "0c" * 16, False, False),
        ({"clOrdId": ""}, None, False, False),
        ({"category": "full_liquidation"}, "0d" * 16, True, False),
        ({"category": "partial_liquidation"}, "0d" * 16, True, False),
        ({"category": "adl"}, "0d" * 16, False, True),
    ],
)
def test_whose_an_order_is(changes: Row, client_id: str | None, liquidated: bool, deleveraged: bool) -> None:
    origins, numbers = parse_fills.origins([an_order_row(**changes)])
    assert numbers == ["31"]
    found = origins["31"]
    assert (found.client_id, found.is_liquidation, found.is_deleverage) == (
        client_id,
        liquidated,
        deleveraged,
    )


BILL = f"billId=3 type=8 subType=173 instId=SOL-USDT-SWAP ccy=USDT pnl=-0.02 ts={NOW_MS}"


def test_a_funding_bill_is_positive_when_received() -> None:
    payments, bills = parse_fills.payments(
        [cells(BILL), cells(BILL) | {"instId": "BTC-USD-SWAP", "ccy": "BTC"}]
    )
    assert bills == ["3", "3"]
    (found,) = payments
    assert (found.coin, found.amount, found.at_ms) == ("SOL", Decimal("-0.02"), NOW_MS)


@pytest.mark.parametrize("changes", [{"type": "2"}, {"pnl": ""}, {"ts": ""}, {"ccy": "USDC"}, {"billId": ""}])
def test_a_bill_of_something_else_is_malformed(changes: Row) -> None:
    with pytest.raises(Malformed):
        parse_fills.payments([cells(BILL) | changes])


def test_a_payment_belongs_to_the_settlement_just_before_it() -> None:
    rates = {1000: Decimal(1), 5000: Decimal(2)}
    assert [parse_fills.rate_at(rates, at, 500) for at in (1000, 1499, 1501, 999, 5400)] == [
        1,
        1,
        None,
        None,
        2,
    ]


def test_settled_rates_are_the_realised_ones() -> None:
    rows: list[object] = [
        cells("fundingTime=1750003200000 fundingRate=0.1 realizedRate=0.2"),
        cells("fundingTime=1750032000000 fundingRate=0.3 realizedRate="),
    ]
    assert list(parse_market.funding_rates("SOL", rows).values()) == [Decimal("0.2"), Decimal("0.3")]


def test_a_documented_row_is_of_another_product() -> None:
    rows, bills = parse_fills.fills(sample("GetUserTrades")["data"], CONTRACTS.get)
    assert (rows, bills) == ([], ["680800019754098688"])
