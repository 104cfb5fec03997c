"""Fills and funding payments as values."""

from decimal import Decimal

import pytest

from tests.support.hyperliquid_answers import ACCOUNT, NOW_MS, a_fill, recorded
from trader.core.errors import Malformed
from trader.core.market import Side
from trader.core.orders import Fill, Funding
from trader.venues.hyperliquid.parse_fills import fills, fundings


def one(**changes: object) -> Fill:
    (found,), _ = fills([a_fill(**changes)], ACCOUNT)  # type: ignore[arg-type]
    return found


def test_a_fill() -> None:
    assert one() == Fill(
        coin="SOL",
        side=Side.BUY,
        size=Decimal("2.0"),
        price=Decimal("100.01"),
        fee=Decimal("0.09"),
        realised=Decimal(0),
        at_ms=NOW_MS - 60_000,
        fill_id="5:1",
        order_id="5",
        client_id="0d" * 16,
        position_before=Decimal(0),
    )


def test_recorded_fills_of_an_older_venue_lack_their_number() -> None:
    rows = recorded("fills_2023")
    with pytest.raises(Malformed, match="the field tid is missing"):
        fills(rows, ACCOUNT)
    found, times = fills([row | {"tid": i} for i, row in enumerate(rows)], ACCOUNT)
    assert len(found) == len(times) == 40
    assert (found[0].position_before, found[0].position_after) == (Decimal("4623.5"), Decimal("4480.8"))
    assert found[1].position_before == found[0].position_after
    assert found[0].client_id is None


def test_a_fill_without_a_client_id_is_not_ours() -> None:
    row = a_fill()
    del row["cloid"]
    assert fills([row], ACCOUNT)[0][0].client_id is None


def test_a_rebate_is_a_negative_fee() -> None:
    assert one(fee="-0.01").fee == Decimal("-0.01")


@pytest.mark.parametrize(
    ("liquidation", "is_ours"),
    [
        (None, False),
        ({"markPx": "90.0", "method": "market"}, True),
        ({"liquidatedUser": ACCOUNT.upper().replace("0X", "0x"), "markPx": "90.0", "method": "market"}, True),
        ({"liquidatedUser": "0x" + "cd" * 20, "markPx": "90.0", "method": "market"}, False),
    ],
)
def test_a_liquidation_is_ours_when_we_are_the_one_liquidated(liquidation: object, is_ours: bool) -> None:
    assert one(liquidation=liquidation).is_liquidation is is_ours


def test_a_deleverage_is_told_by_its_direction() -> None:
    assert one(dir="Auto-Deleveraging").is_deleverage
    assert not one(dir="Close Long").is_deleverage


def test_rows_of_other_products_are_left_out_but_count_for_paging() -> None:
    found, times = fills([a_fill(coin="@107", feeToken="HYPE", at_ms=NOW_MS - 5), a_fill()], ACCOUNT)
    assert [fill.coin for fill in found] == ["SOL"]
    assert times == [NOW_MS - 5, NOW_MS - 60_000]


@pytest.mark.parametrize(
    "changes",
    [
        {"coin": 1},
        {"px": "0.0"},
        {"px": "NaN"},
        {"sz": "0.0"},
        {"sz": None},
        {"side": "C"},
        {"at_ms": 12},
        {"startPosition": None},
        {"closedPnl": 0},
        {"fee": ""},
        {"tid": "1"},
        {"oid": None},
        {"feeToken": "HYPE"},
        {"cloid": 3},
        {"dir": None},
        {"liquidation": "market"},
    ],
)
def test_a_fill_that_is_not_whole_is_malformed(changes: dict[str, object]) -> None:
    with pytest.raises(Malformed, match=r"userFillsByTime\[0\]"):
        one(**changes)


@pytest.mark.parametrize("value", [None, {}, "", [None], [[]]])
def test_what_is_not_a_list_of_fills_is_not_an_empty_list(value: object) -> None:
    with pytest.raises(Malformed):
        fills(value, ACCOUNT)


def test_recorded_payments() -> None:
    found, times = fundings(recorded("funding_2025"))
    assert found == [Funding("HYPE", 1750172400033, Decimal("-0.044263"), Decimal("0.0000369155"))]
    assert times == [1750172400033]
    found, times = fundings(recorded("funding_2023"))
    assert len(found) == len(times) > 5
    assert found[0] == Funding("APE", 1681948800000, Decimal("0.145796"), Decimal("-0.00029319"))


@pytest.mark.parametrize(
    "value", [None, {}, [{}], [{"time": NOW_MS}], [{"time": NOW_MS, "delta": {"coin": "SOL", "usdc": "x"}}]]
)
def test_a_payment_that_is_not_whole_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        fundings(value)
