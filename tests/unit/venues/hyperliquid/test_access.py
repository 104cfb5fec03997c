"""What an adapter without a key, or with one that cannot be used, says of its access."""

import json

import pytest

from tests.support.hyperliquid_answers import ACCOUNT, NOW_MS, Scripted, an_order_row
from tests.unit.venues.hyperliquid.test_observe import a_clock
from tests.unit.venues.hyperliquid.test_writes import InkPen
from trader.core.orders import Unreadable
from trader.venues.hyperliquid.pen import CcxtPen, Pen
from trader.venues.hyperliquid.venue import HyperliquidVenue

KEY = "0x0123456789012345678901234567890123456789012345678901234567890123"
ADDRESS = "0x14791697260e4c9a71f18484c9f997b308e59325"


def a_venue(wire: Scripted, pen: Pen | None) -> HyperliquidVenue:
    return HyperliquidVenue(
        wire,
        a_clock(),
        account_address=ACCOUNT,
        pen=pen,
        base_url="https://api.hyperliquid.xyz/",
        timeout=lambda cap_s: cap_s,
    )


def test_one_round_and_an_address_of_its_own_for_each_role() -> None:
    wire = Scripted()
    wire.series["userRole"] = [{"role": "user"}, {"role": "agent", "data": {"user": ACCOUNT}}]
    wire.answers["extraAgents"] = [{"name": "a", "address": ADDRESS.upper(), "validUntil": NOW_MS + 5}]
    access = a_venue(wire, CcxtPen(KEY, source="a")).access()
    (asked,) = wire.rounds
    users = [json.loads(request.body)["user"] for request in asked]
    assert users == [ACCOUNT] * 5 + [ADDRESS]
    assert (access.key_problem, access.key_expires_ms, access.can_trade) == (None, NOW_MS + 5, True)
    assert isinstance(access.budgets, tuple)
    assert access.budgets[1].used == 200


def test_orders_that_wait_in_the_book_are_not_conditional() -> None:
    wire = Scripted()
    resting = an_order_row(isTrigger=False, orderType="Limit", triggerPx="0.0", oid=8, reduceOnly=False)
    wire.answers["frontendOpenOrders"] = [an_order_row(), resting, an_order_row(coin="@107", oid=9)]
    assert a_venue(wire, None).access().conditional_orders == 1


@pytest.mark.parametrize("pen", [None, InkPen()])
def test_without_a_key_that_has_an_address_nothing_is_said_for_it(pen: Pen | None) -> None:
    wire = Scripted()
    access = a_venue(wire, pen).access()
    assert len(wire.requests) == 5
    assert isinstance(access.key_expires_ms, Unreadable)
    assert access.account_problem is None
    if pen is None:
        assert (access.key_problem, access.can_trade) == ("there is no key to sign with", False)
        assert access.can_withdraw is False
    else:
        parts = (access.key_problem, access.can_trade, access.can_withdraw)
        assert all(isinstance(part, Unreadable) and "ink has no address" in part.why for part in parts)
