"""Fills: read by coin and by weeks, page by page, and joined with the client ids of their orders."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.binance_answers import (
    CLIENT_ID,
    HALF_HOUR_MS,
    NOW_MS,
    Scripted,
    a_position,
    a_trade,
    a_venue,
    an_account,
    an_order,
    sample,
)
from trader.core.candles import DAY_MS
from trader.core.orders import Fill, Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.venues.binance.trades import LIST_PAGES_MAX, WINDOW_MS, span_of

FLAT: dict[str, Any] = {"account": an_account(), "positionRisk": []}


def fills_of(wire: Scripted, *, back_ms: int = DAY_MS, coins: tuple[str, ...] = ("SOL",)) -> Any:
    return a_venue(wire, coins=coins).inspect(back_ms).fills


def asked(wire: Scripted, name: str) -> list[str]:
    return [r.url.split("?")[1] for one in wire.rounds for r in one if f"/{name}?" in r.url]


def test_the_first_reading_asks_for_trades_and_orders_together_and_the_next_for_trades_alone() -> None:
    wire = Scripted()
    venue = a_venue(wire, coins=("SOL",))
    for _ in range(2):
        (fill,) = venue.inspect(DAY_MS).fills  # type: ignore[misc]
        assert isinstance(fill, Fill)
        assert (fill.client_id, fill.position_before, fill.position_after) == (
            CLIENT_ID,
            Decimal(0),
            Decimal(2),
        )
    assert len(wire.rounds) == 2
    assert {"userTrades", "allOrders", "account", "positionRisk"} <= set(wire.asked[0])
    assert "allOrders" not in wire.asked[1]


@pytest.mark.parametrize(("days", "windows"), [(1, 1), (7, 1), (8, 2), (60, 9)])
def test_windows_reach_back_as_far_as_asked_and_past_now(days: int, windows: int) -> None:
    span = span_of(["SOL"], now_ms=NOW_MS, back_ms=days * DAY_MS)
    assert len(span.windows) == windows
    assert span.since_ms == span.windows[0][0]
    assert NOW_MS - span.since_ms >= days * DAY_MS - windows * 60_000
    for (_, end), (start, _) in zip(span.windows, span.windows[1:], strict=False):
        assert end is not None
        assert start == end + 1
    assert span.windows[-1][1] is None
    assert all(end - start < WINDOW_MS for start, end in span.windows if end is not None)
    assert span.windows[-1][0] + 7 * DAY_MS > NOW_MS


def test_a_full_page_is_read_on_from_its_last_number() -> None:
    rows = [
        a_trade(id=i, qty="1.00", time=NOW_MS - 10_000 + i, side="BUY" if i % 2 else "SELL", orderId=i)
        for i in range(1, 2_302)
    ]
    orders = [an_order(orderId=row["orderId"], clientOrderId=f"web_{row['id']}") for row in rows]

    def answer(name: str, named: Any) -> Any:
        if name == "userTrades":
            first = int(named.get("fromId", 1))
            return [row for row in rows if row["id"] >= first][:1_000]
        if name == "allOrders":
            first = int(named.get("orderId", 1))
            return [row for row in orders if row["orderId"] >= first]
        return None

    held = a_position(positionAmt="1")
    wire = Scripted(by_request=answer, answers={"account": an_account(held), "positionRisk": [held]})
    fills = fills_of(wire)
    assert isinstance(fills, tuple)
    assert len(fills) == 2_301
    assert [fill.client_id for fill in fills[:2]] == ["web_1", "web_2"]
    assert [fill.position_before for fill in fills[:3]] == [0, 1, 0]
    assert [query for query in asked(wire, "userTrades") if "fromId" in query] != []


def test_pages_that_lead_nowhere_end() -> None:
    rows = [a_trade(id=i, orderId=1, qty="0.002") for i in range(1_000)]
    wire = Scripted(answers={"userTrades": rows, "allOrders": [an_order(orderId=1)]})
    assert len(fills_of(wire)) == 1_000
    assert len(asked(wire, "userTrades")) == 2


def test_more_pages_than_a_tick_may_read_are_unreadable() -> None:
    def answer(name: str, named: Any) -> Any:
        first = int(named.get("fromId", 1))
        return [a_trade(id=first + i) for i in range(1_000)] if name == "userTrades" else None

    fills = fills_of(Scripted(by_request=answer))
    assert isinstance(fills, Unreadable)
    assert "pages" in fills.why


def test_an_order_that_the_list_lacks_is_asked_for_by_its_number() -> None:
    wire = Scripted(answers={"allOrders": [], "order": an_order(orderId=25851813, clientOrderId=CLIENT_ID)})
    (fill,) = fills_of(wire)
    assert fill.client_id == CLIENT_ID
    assert "orderId=25851813" in asked(wire, "order")[0]


def test_many_orders_that_the_list_lacks_are_asked_for_in_one_from_the_lowest_on() -> None:
    rows = [a_trade(id=i, orderId=i, qty="1.00", side="BUY" if i % 2 else "SELL") for i in range(1, 9)]
    orders = [an_order(orderId=i, clientOrderId=f"web_{i}") for i in range(1, 9)]

    def answer(name: str, named: Any) -> Any:
        if name == "allOrders":
            return orders[int(named["orderId"]) - 1 :] if "orderId" in named else []
        return None

    wire = Scripted(by_request=answer, answers={"userTrades": rows, **FLAT})
    fills = fills_of(wire)
    assert [fill.client_id for fill in fills] == [f"web_{i}" for i in range(1, 9)]
    assert asked(wire, "order") == []
    assert len(asked(wire, "allOrders")) == 2


def test_orders_of_the_venue_itself_are_found_in_their_own_list() -> None:
    forced = sample("GetForcedOrders")[0] | {"orderId": 7, "symbol": "SOLUSDT"}
    rows = [a_trade(), a_trade(id=698760, orderId=7, side="SELL", time=NOW_MS - 1000)]
    answers = {"userTrades": rows, "forceOrders": [forced], **FLAT}
    fills = fills_of(Scripted(answers=answers))
    assert [(fill.is_liquidation, fill.is_deleverage) for fill in fills] == [(False, False), (True, False)]
    answers["forceOrders"] = [forced | {"clientOrderId": "adl_autoclose"}]
    assert fills_of(Scripted(answers=answers))[1].is_deleverage


def test_a_fill_whose_order_is_nowhere_is_unreadable_and_never_foreign() -> None:
    fills = fills_of(Scripted(answers={"allOrders": [], "forceOrders": []}))
    assert isinstance(fills, Unreadable)
    assert fills.answered
    assert "25851813 of SOL" in fills.why


def test_a_fee_in_another_coin_is_counted_at_the_dearest_rate_and_told() -> None:
    wire = Scripted(answers={"userTrades": [a_trade(commissionAsset="BNB", commission="0.0001")]})
    venue = a_venue(wire, coins=("SOL",))
    (fill,) = venue.inspect(DAY_MS).fills  # type: ignore[misc]
    assert isinstance(fill, Fill)
    assert fill.fee == Decimal("0.1")
    problem = venue.observe(Scope((CandleNeed("SOL", HALF_HOUR_MS, 3),))).account_problem
    assert "fees are paid in BNB" in str(problem)


def test_an_entry_of_ours_that_would_have_reduced_is_a_contradiction() -> None:
    fills = fills_of(Scripted(answers=FLAT))
    assert not isinstance(fills, Unreadable)
    assert ["it was an entry of ours" in (fill.doubt or "") for fill in fills] == [True]


class Weeks:
    """Two SOL that an entry of ours bought twenty days ago, or that the trades do not show at first."""

    def __init__(self, *, hides_at_first: bool = False) -> None:
        self.hides = hides_at_first
        self.bought = a_trade(id=1, time=NOW_MS - 20 * DAY_MS)
        self.order = an_order(orderId=self.bought["orderId"], clientOrderId=CLIENT_ID)
        self.wire = Scripted(by_request=self.answer)
        self.venue = a_venue(self.wire, coins=("SOL",))

    def answer(self, name: str, named: Any) -> Any:
        if name == "allOrders":
            return [self.order]
        if name != "userTrades":
            return None
        since_ms = int(named["startTime"])
        until_ms = int(named.get("endTime", since_ms + 7 * DAY_MS))
        is_in = since_ms <= self.bought["time"] <= until_ms and not self.hides
        return [self.bought] if is_in else []

    def read(self, days: int) -> tuple[int, Any]:
        """How many windows were asked for, and the fills."""
        before = len(asked(self.wire, "userTrades"))
        fills = self.venue.inspect(days * DAY_MS).fills
        return len(asked(self.wire, "userTrades")) - before, fills


def test_weeks_that_are_over_are_read_once_in_a_process() -> None:
    weeks = Weeks()
    windows, first = weeks.read(60)
    assert windows == 9
    assert [fill.fill_id for fill in first] == ["SOL:000000000000001"]
    assert weeks.read(60) == (1, first)
    assert weeks.read(30) == (1, first)


def test_a_reading_over_one_week_is_no_ground_to_ask_for_less_later() -> None:
    weeks = Weeks()
    assert weeks.read(7) == (1, ())
    assert weeks.read(60)[0] == 9


def test_weeks_that_do_not_show_how_a_position_began_are_read_again() -> None:
    weeks = Weeks(hides_at_first=True)
    assert weeks.read(60) == (9, ())
    weeks.hides = False
    windows, fills = weeks.read(60)
    assert (windows, len(fills)) == (9, 1)


def test_further_back_than_is_known_everything_is_read() -> None:
    weeks = Weeks()
    assert weeks.read(30)[0] == 5
    assert weeks.read(60)[0] == 9


def test_fills_that_contradict_the_position_are_all_read_anew() -> None:
    weeks = Weeks()
    weeks.read(60)
    short = a_position(positionAmt="-2.00")
    weeks.wire.answers |= {"positionRisk": [short], "account": an_account(short)}
    windows, fills = weeks.read(60)
    assert windows == 1
    assert not isinstance(fills, Unreadable)
    assert any(fill.doubt is not None for fill in fills)
    assert weeks.read(60)[0] == 9


def many_orders(count: int, *, page: int) -> Scripted:
    """So many fills of so many orders, whose list comes in pages, and nothing of them in the last week."""
    rows = [
        a_trade(id=i, orderId=10 * i, qty="1.00", time=NOW_MS - 60_000 + i, side="BUY" if i % 2 else "SELL")
        for i in range(1, count + 1)
    ]
    orders = [an_order(orderId=row["orderId"], clientOrderId=f"web_{row['id']}") for row in rows]

    def answer(name: str, named: Any) -> Any:
        if name == "userTrades":
            return rows
        if name != "allOrders":
            return None
        if "orderId" not in named:
            return []
        return [row for row in orders if row["orderId"] >= int(named["orderId"])][:page]

    return Scripted(by_request=answer, answers=FLAT)


def test_many_nameless_orders_are_named_by_lists_page_after_page() -> None:
    wire = many_orders(400, page=100)
    assert len(fills_of(wire)) == 400
    assert len(asked(wire, "allOrders")) == 1 + 4
    assert asked(wire, "order") == []


def test_so_many_pages_of_orders_are_read_and_no_more() -> None:
    wire = many_orders(400, page=20)
    fills = fills_of(wire)
    assert isinstance(fills, Unreadable)
    assert "200 of them" in fills.why
    assert len(asked(wire, "allOrders")) == 1 + LIST_PAGES_MAX


def test_what_is_known_from_further_back_is_told_though_less_was_asked_for() -> None:
    """So that a run that had to look far back looks once for each reading, and not twice."""
    weeks = Weeks()
    _, deep = weeks.read(60)
    holdings = weeks.venue.inspect(7 * DAY_MS)
    assert holdings.fills == deep
    assert holdings.fills_since_ms <= NOW_MS - 59 * DAY_MS
