"""Bills as gains and flows: what moved is counted once, and nothing that moved is passed over."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.okx_answers import NOW_MS, Row
from tests.support.okx_money import a_bill, a_transfer
from trader.core.errors import Malformed
from trader.core.past import Cause, Flow, Gain
from trader.venues.okx.bills import Bill, bills

AT_MS = NOW_MS - 60_000
SAMPLES = Path(__file__).parents[3] / "fixtures" / "okx" / "samples"
# A funding payment on isolated margin as the venue told it: the balance stays, the position's margin pays.
ISOLATED_FUNDING = a_bill(
    type="8", subType="173", instId="SAHARA-USDT-SWAP", mgnMode="isolated", sz="115", px="0.02606",
    balChg="0.0000000000000000", posBalChg="-0.2540832413497432", bal="22.8625531207008386",
    posBal="2.7428167586502568", pnl="-0.2540832413497432", fee="0", tradeId="0", ts="1773043201466",
)  # fmt: skip


def bill(**changes: object) -> Bill:
    (found,) = bills([a_bill() | changes])
    return found


def told(row: Row) -> list[tuple[Decimal, Cause]]:
    (found,) = bills([row])
    assert found.flow is None
    return [(gain.amount, gain.cause) for gain in found.gains]


def test_a_bill_of_a_trade_tells_its_fee_apart() -> None:
    found = bill(balChg="-2.1", pnl="-2")
    assert found.gains == (
        Gain(AT_MS, Decimal(-2), Cause.CLOSED, "SOL"),
        Gain(AT_MS, Decimal("-0.1"), Cause.FEE, "SOL"),
    )
    assert (found.number, found.at_ms, found.instrument, found.flow) == (1, AT_MS, "SOL-USDT-SWAP", None)


def test_a_rebate_is_a_fee_that_is_received() -> None:
    assert told(a_bill(balChg="0.02", fee="0.02")) == [(Decimal("0.02"), Cause.FEE)]


def test_what_moved_is_the_truth_whatever_stands_beside_it() -> None:
    """A fee that was paid by a voucher leaves the balance alone."""
    assert sum(amount for amount, _ in told(a_bill(balChg="0"))) == 0


def test_funding_on_isolated_margin_is_paid_by_the_position() -> None:
    assert told(ISOLATED_FUNDING) == [(Decimal("-0.2540832413497432"), Cause.FUNDING)]


def test_margin_that_is_set_aside_for_a_position_is_no_loss() -> None:
    row = a_bill(mgnMode="isolated", balChg="-40.1", posBalChg="40")
    assert told(row) == [(Decimal("-0.1"), Cause.FEE)]
    with pytest.raises(Malformed, match="not what it seems"):
        bills([row | {"posBalChg": "0"}])


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"type": "5", "subType": "104"}, Cause.CLOSED),
        ({"type": "5", "subType": "110"}, Cause.OTHER),
        ({"type": "9", "subType": "125"}, Cause.CLOSED),
        ({"type": "3", "subType": "112"}, Cause.CLOSED),
        ({"type": "8", "subType": "173"}, Cause.FUNDING),
        ({"type": "7", "subType": "9"}, Cause.OTHER),
        ({"type": "10", "subType": "108"}, Cause.OTHER),
        ({"type": "250"}, Cause.OTHER),
    ],
)
def test_why_money_was_earned_or_paid(changes: Row, cause: Cause) -> None:
    assert told(a_bill(balChg="-7", fee="0", **changes)) == [(Decimal(-7), cause)]


@pytest.mark.parametrize(
    ("kind", "name"), [("1", "transfer"), ("12", "strategy transfer"), ("30", "simple trade"), ("33", "loan")]
)
@pytest.mark.parametrize("amount", ["250", "-250"])
def test_money_that_came_or_went_is_no_gain(kind: str, name: str, amount: str) -> None:
    (found,) = bills([a_transfer(amount=amount, type=kind)])
    assert (found.gains, found.flow) == ((), Flow(AT_MS, Decimal(amount), name))


def test_coins_that_were_bought_with_the_money_are_money_that_went() -> None:
    (found,) = bills([a_bill(instType="SPOT", instId="BTC-USDT", balChg="-595.1", fee="-0.00001")])
    assert found.flow == Flow(AT_MS, Decimal("-595.1"), "trade of coins")
    sample = json.loads((SAMPLES / "GetBillHistory.json").read_text())["data"]
    (recorded,) = bills(sample)
    assert recorded.flow == Flow(1695033476167, Decimal("0.0219338232210000"), "trade of coins")


def test_margin_moved_by_hand_evens_out_or_is_not_understood() -> None:
    moved = a_bill(type="6", subType="160", mgnMode="isolated", balChg="-10", posBalChg="10", fee="0")
    assert bills([moved])[0].gains == ()
    with pytest.raises(Malformed, match="type 6, subtype 160 moved the balance by -10 USDT"):
        bills([moved | {"posBalChg": "0"}])


def test_a_type_that_nobody_knows_is_not_passed_over_unless_it_moved_nothing() -> None:
    assert bill(type="77", balChg="0").gains == ()
    with pytest.raises(Malformed, match="type 77, subtype 901 moved the balance by 3 USDT"):
        bill(type="77", subType="901", balChg="3")


@pytest.mark.parametrize(
    "key", ["billId", "type", "subType", "ts", "ccy", "balChg", "posBalChg", "fee", "instId"]
)
def test_a_bill_that_lacks_something_is_malformed(key: str) -> None:
    row = a_bill()
    del row[key]
    with pytest.raises(Malformed, match=key):
        bills([row])


@pytest.mark.parametrize("changes", [{"ccy": "BTC"}, {"balChg": ""}, {"ts": "0"}, {"billId": "x"}])
def test_a_bill_that_cannot_be_is_malformed(changes: Row) -> None:
    with pytest.raises(Malformed):
        bill(**changes)
