"""What became of orders and what was paid: read page by page, each once, or unreadable."""

from typing import Any

import pytest

from tests.support.binance_answers import (
    NOW_MS,
    Given,
    Scripted,
    a_venue,
    an_order,
    sample,
)
from tests.unit.venues.binance.test_reading import ANY_TROUBLE
from trader.core.orders import Unreadable
from trader.venues.binance.venue import BinanceVenue


def test_funding_is_read_page_by_page_each_payment_once() -> None:
    rows = [
        sample("GetIncomeHistory")[0]
        | {"incomeType": "FUNDING_FEE", "symbol": "SOLUSDT", "time": NOW_MS + i // 2, "tranId": i}
        for i in range(1_500)
    ]

    def answer(name: str, named: Any) -> Given | None:
        if name != "income":
            return None
        return [row for row in rows if row["time"] >= int(named["startTime"])][:1_000]

    venue: BinanceVenue = a_venue(Scripted(by_request=answer))
    payments = venue.funding(NOW_MS)
    assert not isinstance(payments, Unreadable)
    assert len(payments) == 1_500
    assert (payments[0].coin, str(payments[0].amount), payments[0].rate) == ("SOL", "-0.37500000", None)


@pytest.mark.parametrize("begins_with", ["oldest", "newest"])
def test_history_is_read_on_whichever_end_the_venue_begins_with(begins_with: str) -> None:
    orders = [an_order(orderId=i, clientOrderId=f"web_{i}", time=NOW_MS - 5_000 + i) for i in range(2_500)]

    def answer(name: str, named: Any) -> Given | None:
        if name != "allOrders":
            return None
        since = [row for row in orders if row["time"] >= int(named.get("startTime", 0))]
        return since[:1_000] if begins_with == "oldest" else since[-1_000:]

    wire = Scripted(by_request=answer)
    told = a_venue(wire, coins=("SOL",)).history()
    assert not isinstance(told, Unreadable)
    plain = {found.order.client_id for found in told if found.order.trigger is None}
    assert "web_2499" in plain
    assert len(plain) == (2_500 if begins_with == "oldest" else 1_000)
    assert wire.asked[0].count("allAlgoOrders") == 1


def test_a_history_without_end_is_unreadable() -> None:
    orders = [an_order(orderId=i, time=NOW_MS + i) for i in range(1_000)]

    def answer(name: str, named: Any) -> Given | None:
        start = int(named.get("startTime", 0))
        return (
            [row | {"time": row["time"] + start % 1_000_000} for row in orders]
            if name == "allOrders"
            else None
        )

    assert isinstance(a_venue(Scripted(by_request=answer), coins=("SOL",)).history(), Unreadable)


@pytest.mark.parametrize("trouble", ANY_TROUBLE)
@pytest.mark.parametrize("what", ["allOrders", "allAlgoOrders"])
def test_a_history_that_lacks_a_book_is_unreadable(what: str, trouble: Given) -> None:
    venue = a_venue(Scripted(answers={what: trouble}), coins=("SOL",))
    assert isinstance(venue.history(), Unreadable)
