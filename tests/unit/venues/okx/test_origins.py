"""Fills older than the list of the last days get their names from the archive, in few pages and once."""

from decimal import Decimal

import pytest

from tests.support.okx_answers import (
    NOW_MS,
    Row,
    Scripted,
    a_fill,
    a_position,
    an_order_row,
    query_of,
    refused,
)
from tests.support.scripted_answers import Given
from tests.unit.venues.okx.test_inspect import DAY_MS, ENTRY_ID, STOP_ID
from tests.unit.venues.okx.test_writes import a_venue
from trader.core.orders import Fill, Unreadable
from trader.core.snapshot import Holdings
from trader.core.wire import Answer, Lost
from trader.venues.okx.origins import ORDERS_LOOKED_UP_MAX, PAGES_MAX
from trader.venues.okx.venue import OkxVenue

ARCHIVE = "trade/orders-history-archive"
MONTH_MS = 28 * DAY_MS


def trades(count: int, *, newest_ms: int, step_ms: int = 60_000) -> list[Row]:
    """Entries of ours under their own ids and exits that name only a number, newest first; flat at last."""
    rows: list[Row] = []
    for i in range(count, 0, -1):
        at_ms = newest_ms - (count - i) * step_ms
        rows.append(a_fill(2 * i, at_ms, side="sell", ordId=str(2 * i)))
        rows.append(a_fill(2 * i - 1, at_ms - step_ms // 2, ordId=str(2 * i - 1), clOrdId=ENTRY_ID))
    return rows


def exits_of(fills: list[Row]) -> list[Row]:
    """The orders of these fills as a list of orders tells them, newest first."""
    return [an_order_row(ordId=f["ordId"], algoClOrdId=STOP_ID if f["side"] == "sell" else "") for f in fills]


def read(venue: OkxVenue) -> tuple[tuple[Fill, ...], Holdings]:
    holdings = venue.inspect(MONTH_MS)
    assert not isinstance(holdings.fills, Unreadable), holdings.fills
    return holdings.fills, holdings


def month_old(count: int) -> tuple[Scripted, list[Row]]:
    """So many trades that ended ten days ago; the archive of fills has them, page by page."""
    wire = Scripted()
    rows = trades(count, newest_ms=NOW_MS - 10 * DAY_MS)
    pages = [rows[i : i + 100] for i in range(0, len(rows), 100)]
    wire.series["trade/fills-history"] = [*pages, []]
    return wire, rows


def test_old_exits_are_named_by_the_archive_without_a_look_up() -> None:
    wire, rows = month_old(45)
    wire.answers[ARCHIVE] = exits_of(rows)
    fills, holdings = read(a_venue(wire, inspects=False))
    assert [f.client_id for f in fills] == [ENTRY_ID, STOP_ID] * 45
    assert holdings.fills_complete
    assert wire.kinds[1:] == [[ARCHIVE]]


def test_the_archive_is_read_from_the_newest_fill_without_a_name_back_to_the_oldest() -> None:
    wire, rows = month_old(80)
    orders = exits_of(rows)
    wire.series[ARCHIVE] = [orders[:100], orders[100:]]
    fills, holdings = read(a_venue(wire, inspects=False))
    assert {f.client_id for f in fills} == {ENTRY_ID, STOP_ID}
    assert holdings.fills_complete
    asked = [query_of(r) for r in wire.requests if ARCHIVE in r.url]
    assert [q.get("after") for q in asked] == [None, orders[99]["ordId"]]
    assert {int(q["end"]) for q in asked} == {NOW_MS - 10 * DAY_MS + 60_000}


def test_what_was_learned_is_not_asked_again() -> None:
    wire, rows = month_old(45)
    wire.answers[ARCHIVE] = exits_of(rows)
    venue = a_venue(wire, inspects=False)
    first, _ = read(venue)
    wire.series["trade/fills-history"] = [rows]
    wire.rounds.clear()
    assert read(venue)[0] == first
    assert len(wire.rounds) == 1


def test_fresh_fills_are_not_sought_in_the_archive() -> None:
    wire = Scripted()
    wire.answers |= {"trade/fills": a_fill(1), "account/positions": a_position()}
    a_venue(wire, inspects=False).inspect(DAY_MS)
    assert wire.kinds[1:] == [["trade/order"]]


def test_the_list_of_the_last_days_is_not_paged_for_older_fills() -> None:
    wire, rows = month_old(1)
    wire.answers["trade/orders-history"] = [an_order_row(ordId=str(i)) for i in range(900, 800, -1)]
    wire.answers[ARCHIVE] = exits_of(rows)
    assert read(a_venue(wire, inspects=False))[1].fills_complete
    assert wire.kinds[1:] == [[ARCHIVE]]


def test_so_many_pages_are_read_and_then_the_history_is_incomplete() -> None:
    wire, _ = month_old(45)
    wire.series[ARCHIVE] = [
        [an_order_row(ordId=str(n)) for n in range(9_000 - 100 * i, 8_900 - 100 * i, -1)]
        for i in range(PAGES_MAX + 5)
    ]
    fills, holdings = read(a_venue(wire, inspects=False))
    assert not holdings.fills_complete
    assert len([1 for r in wire.requests if ARCHIVE in r.url]) == PAGES_MAX
    assert (
        len([1 for r in wire.requests if r.url.split("?")[0].endswith("trade/order")]) == ORDERS_LOOKED_UP_MAX
    )
    assert fills[-1].position_before == Decimal(2)


@pytest.mark.parametrize("answer", [Lost(True, "x"), refused("50011"), Answer(200, b"<")])
def test_an_archive_that_cannot_be_read_leaves_the_fills_unread(answer: Given) -> None:
    wire, _ = month_old(2)
    wire.answers[ARCHIVE] = answer
    assert isinstance(a_venue(wire, inspects=False).inspect(MONTH_MS).fills, Unreadable)
