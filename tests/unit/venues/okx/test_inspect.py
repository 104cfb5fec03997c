"""A reading of the account in one round: fills of all pages under their own ids, and no older clock."""

from decimal import Decimal

import pytest

from tests.support.okx_answers import (
    NOW_MS,
    Row,
    Scripted,
    a_config,
    a_fill,
    a_position,
    an_algo_row,
    an_order_row,
    cells,
    query_of,
    refused,
)
from tests.support.scripted_answers import Given
from tests.unit.venues.okx.test_writes import a_venue, id_of
from trader.core.errors import Denied, Malformed
from trader.core.identity import Identity, Role, account_tag, encode
from trader.core.market import Leg
from trader.core.orders import Fill, Unreadable
from trader.core.snapshot import Holdings
from trader.core.wire import Answer, Lost
from trader.venues.okx.executions import PAGES_MAX
from trader.venues.okx.origins import ORDERS_LOOKED_UP_MAX
from trader.venues.okx.rounds import ORDER_PAGES_MAX, STALE_READS_MAX

DAY_MS = 86_400_000
EXITS = "trade/orders-algo-pending conditional,oco"


def own_id(role: Role, attempt: int = 1) -> str:
    tag = account_tag("44705892343619584")
    return encode(Identity(tag, "SOL", 1, Leg.LONG, role, bar_minute=5, reference=5, attempt=attempt))


ENTRY_ID, STOP_ID = own_id(Role.ENTRY), own_id(Role.STOP)


def inspected(wire: Scripted, back_ms: int = DAY_MS) -> Holdings:
    return a_venue(wire, inspects=False).inspect(back_ms)


def fills_of(wire: Scripted, back_ms: int = DAY_MS) -> tuple[Fill, ...]:
    fills = inspected(wire, back_ms).fills
    assert not isinstance(fills, Unreadable), fills
    return fills


def test_one_round_of_a_fresh_process_and_a_smaller_one_after_it() -> None:
    wire = Scripted()
    venue = a_venue(wire, inspects=False)
    venue.inspect(DAY_MS)
    venue.inspect(DAY_MS)
    again = ["account/positions", "account/balance", "public/time", "trade/fills", "trade/orders-history"]
    again += ["trade/orders-pending", EXITS, "trade/orders-algo-pending trigger"]
    assert sorted(wire.kinds[0]) == sorted([*again, "account/config", "public/instruments", "public/time"])
    assert wire.kinds[1:] == [again]


def test_an_exits_fill_is_named_by_the_stop_that_sent_its_order() -> None:
    wire = Scripted()
    wire.answers |= {
        "trade/fills": [a_fill(2, side="sell", ordId="31", clOrdId="O999"), a_fill(1, clOrdId=ENTRY_ID)],
        "trade/orders-history": an_order_row(clOrdId="O999", algoClOrdId=STOP_ID),
    }
    entry, stop = fills_of(wire)
    assert (entry.client_id, stop.client_id) == (ENTRY_ID, STOP_ID)
    assert (entry.position_before, stop.position_before) == (Decimal(0), Decimal(2))
    assert len(wire.rounds) == 1


def test_an_order_that_the_history_does_not_reach_is_looked_up_by_its_number() -> None:
    wire = Scripted()
    wire.answers |= {
        "trade/fills": [a_fill(2, side="sell", ordId="77"), a_fill(1, clOrdId=ENTRY_ID)],
        "trade/order": an_order_row(ordId="77", algoClOrdId=STOP_ID, category="full_liquidation"),
    }
    _, stop = fills_of(wire)
    assert (stop.client_id, stop.is_liquidation) == (STOP_ID, True)
    assert query_of(wire.requests[-1]) == {"instId": "SOL-USDT-SWAP", "ordId": "77"}


def test_the_history_of_orders_is_read_as_far_back_as_a_fill_needs_it() -> None:
    wire = Scripted()
    older = [an_order_row(ordId=str(i)) for i in range(100, 0, -1)]
    older[50] |= {"algoClOrdId": STOP_ID}
    wire.series["trade/orders-history"] = [[an_order_row(ordId=str(i)) for i in range(300, 200, -1)], older]
    wire.answers["trade/fills"] = [
        a_fill(2, side="sell", ordId=older[50]["ordId"]),
        a_fill(1, clOrdId=ENTRY_ID),
    ]
    assert [fill.client_id for fill in fills_of(wire)] == [ENTRY_ID, STOP_ID]
    assert wire.kinds[1:] == [["trade/orders-history"]]
    assert query_of(wire.requests[-1])["after"] == "201"


def test_an_order_too_old_to_be_found_leaves_the_history_incomplete() -> None:
    wire = Scripted()
    wire.answers |= {"trade/fills": a_fill(1), "account/positions": a_position()}
    holdings = inspected(wire)
    assert not isinstance(holdings.fills, Unreadable)
    assert [fill.client_id for fill in holdings.fills] == [None]
    assert not holdings.fills_complete


def test_a_strangers_order_keeps_its_own_id() -> None:
    wire = Scripted()
    wire.answers |= {"trade/fills": a_fill(1, clOrdId="stranger"), "account/positions": a_position()}
    holdings = inspected(wire)
    assert not isinstance(holdings.fills, Unreadable)
    assert [fill.client_id for fill in holdings.fills] == ["stranger"]
    assert holdings.fills_complete


def test_so_many_orders_are_looked_up_and_no_more() -> None:
    wire = Scripted()
    wire.answers["trade/fills"] = [a_fill(i, ordId=str(i), fillSz="1") for i in range(90, 0, -1)]
    wire.answers["account/positions"] = a_position(pos="90")
    holdings = inspected(wire)
    assert len(wire.kinds[1]) == ORDERS_LOOKED_UP_MAX
    asked = {int(query_of(request)["ordId"]) for request in wire.rounds[1]}
    assert asked == set(range(90, 90 - ORDERS_LOOKED_UP_MAX, -1))
    assert not holdings.fills_complete


@pytest.mark.parametrize(
    "answer", [Lost(True, "x"), refused("50011"), Answer(200, b"<"), an_order_row(ordId="8"), []]
)
def test_a_look_up_that_fails_leaves_the_fills_unread(answer: Given) -> None:
    wire = Scripted()
    wire.answers |= {
        "trade/fills": a_fill(1, ordId="77"),
        "trade/order": answer,
        "account/positions": a_position(),
    }
    assert isinstance(inspected(wire).fills, Unreadable)


@pytest.mark.parametrize("answer", [Lost(True, "x"), refused("50011"), Answer(200, b"<")])
def test_the_history_of_orders_is_needed_only_for_fills_without_our_id(answer: Given) -> None:
    wire = Scripted()
    wire.answers |= {"trade/fills": a_fill(1, clOrdId=ENTRY_ID), "trade/orders-history": answer}
    wire.answers["account/positions"] = a_position()
    assert not isinstance(inspected(wire).fills, Unreadable)
    wire.answers["trade/fills"] = a_fill(1)
    assert isinstance(inspected(wire).fills, Unreadable)


def full_page(newest: int) -> list[Row]:
    return [a_fill(i, clOrdId=ENTRY_ID, fillSz="1") for i in range(newest, newest - 100, -1)]


def test_fills_come_page_by_page_until_one_is_not_full() -> None:
    wire = Scripted()
    wire.series["trade/fills"] = [full_page(250), full_page(150), full_page(50)[:50]]
    wire.answers["account/positions"] = a_position(pos="250")
    fills = fills_of(wire)
    assert [int(fill.fill_id) for fill in fills] == list(range(1, 251))
    assert fills[0].position_before == 0
    asked = [query_of(request).get("after") for request in wire.requests if "trade/fills" in request.url]
    assert asked == [None, "151", "51"]


def test_fills_that_do_not_end_are_incomplete() -> None:
    wire = Scripted()
    wire.series["trade/fills"] = [full_page(5000 - 100 * i) for i in range(PAGES_MAX + 5)]
    wire.answers["account/positions"] = a_position(pos="5000")
    holdings = inspected(wire)
    assert not isinstance(holdings.fills, Unreadable)
    assert (len(holdings.fills), holdings.fills_complete) == (100 * PAGES_MAX, False)


def test_a_page_told_twice_or_out_of_order_is_told_once() -> None:
    wire = Scripted()
    wire.answers["trade/fills"] = [a_fill(1, clOrdId=ENTRY_ID), a_fill(2, clOrdId=STOP_ID, side="sell")] * 2
    assert [fill.fill_id for fill in fills_of(wire)] == ["1", "2"]


def test_fills_older_than_three_days_come_from_the_archive_in_the_same_round() -> None:
    wire = Scripted()
    wire.answers |= {
        "trade/fills": [a_fill(3, clOrdId=STOP_ID, side="sell"), a_fill(2, clOrdId=ENTRY_ID)],
        "trade/fills-history": [
            a_fill(2, clOrdId=ENTRY_ID),
            a_fill(1, at_ms=NOW_MS - 5 * DAY_MS, clOrdId=ENTRY_ID),
        ],
        "account/positions": a_position(),
    }
    fills = fills_of(wire, 7 * DAY_MS)
    assert [fill.fill_id for fill in fills] == ["1", "2", "3"]
    assert len(wire.rounds) == 1
    older = next(query_of(request) for request in wire.requests if "fills-history" in request.url)
    now_ms = NOW_MS + 500
    assert (int(older["begin"]), int(older["end"])) == (now_ms - 7 * DAY_MS, now_ms - 3 * DAY_MS + 3_600_000)


def test_a_position_that_the_fills_contradict_puts_its_slot_in_doubt() -> None:
    wire = Scripted()
    wire.answers |= {"trade/fills": a_fill(1, clOrdId=ENTRY_ID), "account/positions": a_position(pos="-2")}
    holdings = inspected(wire)
    assert not isinstance(holdings.fills, Unreadable)
    [fill] = holdings.fills
    assert fill.doubt is not None and "an entry of ours" in fill.doubt
    assert [position.size for position in holdings.positions] == [Decimal(-2)]


def test_orders_of_both_books_and_of_all_pages() -> None:
    wire = Scripted()
    wire.series["trade/orders-pending"] = [
        [an_order_row(ordId=str(i)) for i in range(300, 200, -1)],
        [an_order_row(ordId="200")],
    ]
    wire.answers[EXITS] = an_algo_row()
    wire.answers["trade/orders-algo-pending trigger"] = []
    orders = inspected(wire).orders
    assert not isinstance(orders, Unreadable)
    assert len(orders) == 102
    assert query_of(wire.requests[-1])["after"] == "201"


def test_a_page_of_orders_that_fails_leaves_all_of_them_unread() -> None:
    wire = Scripted()
    page = [an_order_row(ordId=str(i)) for i in range(300, 200, -1)]
    wire.series["trade/orders-pending"] = [page, Lost(True, "gone")]
    assert isinstance(inspected(wire).orders, Unreadable)
    wire.answers["trade/orders-pending"] = page
    assert "more than" in str(inspected(wire).orders)
    assert ORDER_PAGES_MAX > 1


@pytest.mark.parametrize("stale", [1, STALE_READS_MAX - 1])
def test_a_clock_that_runs_backwards_is_asked_again_with_all_that_was_read_beside_it(stale: int) -> None:
    wire = Scripted()
    venue = a_venue(wire)
    wire.series["public/time"] = [cells(f"ts={NOW_MS - 1}")] * stale
    assert venue.inspect(DAY_MS).at_ms == NOW_MS
    assert [len(asked) for asked in wire.rounds] == [8] * (stale + 1)


def test_a_clock_that_goes_on_running_backwards_concludes_nothing() -> None:
    wire = Scripted()
    venue = a_venue(wire)
    wire.answers["public/time"] = cells(f"ts={NOW_MS - 1}")
    with pytest.raises(Malformed, match="lag"):
        venue.inspect(DAY_MS)
    assert len(wire.rounds) == STALE_READS_MAX


def test_whose_account_it_is_is_known_before_anything_is_concluded() -> None:
    wire = Scripted()
    wire.answers["account/config"] = a_config(uid="999")
    with pytest.raises(Denied, match="999"):
        inspected(wire)


def test_both_legs_of_an_oco_are_listed_though_they_are_one_order() -> None:
    wire = Scripted()
    wire.answers[EXITS] = an_algo_row(ordType="oco", tpTriggerPx="120", tpOrdPx="-1", tpTriggerPxType="mark")
    orders = inspected(wire).orders
    assert not isinstance(orders, Unreadable)
    assert sorted(order.kind.value for order in orders) == ["stop", "target"]


def test_an_id_of_another_account_is_not_ours() -> None:
    """It is looked for in the history like any other that is not."""
    wire = Scripted()
    wire.answers |= {"trade/fills": a_fill(1, clOrdId=id_of(Role.ENTRY)), "account/positions": a_position()}
    inspected(wire)
    assert wire.kinds[1] == ["trade/order"]
