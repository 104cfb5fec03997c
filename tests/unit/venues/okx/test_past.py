"""The record of the money in an observation: what is asked when, and what does not fit."""

from decimal import Decimal

import pytest

from tests.support.okx_answers import HALF_HOUR_MS, NOW_MS, Row, Scripted, query_of, refused
from tests.support.okx_money import a_bill, a_notice, a_standing_position, a_transfer, an_ended_position
from tests.support.scripted_answers import Given
from tests.unit.venues.okx.test_observe import ANY_TROUBLE, TROUBLES
from tests.unit.venues.okx.test_writes import a_venue
from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.errors import Malformed, TraderError
from trader.core.orders import Unreadable
from trader.core.past import Past
from trader.core.ports import CandleNeed, Scope
from trader.core.snapshot import Snapshot

MONTH_MS = 30 * DAY_MS
MIDNIGHT_MS = NOW_MS // DAY_MS * DAY_MS
HISTORY, DAY, TRANSFERS = "account/positions-history", "account/bills day", "account/bills transfers"
ARCHIVE = "account/bills-archive"
RECORD = (HISTORY, DAY, TRANSFERS, ARCHIVE)


def scope(past_ms: int | None = MONTH_MS) -> Scope:
    return Scope((CandleNeed("SOL", HALF_HOUR_MS, 3),), {}, DAY_MS, past_ms)


def observed(answers: dict[str, Given]) -> Snapshot:
    wire = Scripted()
    wire.answers |= answers
    return a_venue(wire, inspects=False).observe(scope())


def past(answers: dict[str, Given]) -> Past:
    found = observed(answers).past
    assert isinstance(found, Past), found
    return found


def in_pages(kind: str, *pages: list[Row]) -> tuple[Past, Scripted]:
    wire = Scripted()
    wire.series[kind] = [list(page) for page in pages]
    found = a_venue(wire, inspects=False).observe(scope()).past
    assert isinstance(found, Past), found
    return found, wire


def test_the_record_is_asked_for_with_the_positions_and_the_notices_before_them() -> None:
    wire = Scripted()
    a_venue(wire, inspects=False).observe(scope())
    assert len(wire.kinds) == 2
    assert "system/status" in wire.kinds[0]
    assert set(wire.kinds[1]) == {
        *("account/positions", "account/balance", "public/time", "trade/fills", "trade/orders-history"),
        *RECORD,
    }
    pairs = zip(wire.kinds[1], wire.rounds[1], strict=True)
    asked = {kind: query_of(request) for kind, request in pairs if kind in RECORD}
    assert asked == {
        HISTORY: {"limit": "100"},
        DAY: {"ccy": "USDT", "begin": str(MIDNIGHT_MS), "limit": "100"},
        TRANSFERS: {"ccy": "USDT", "type": "1", "begin": str(NOW_MS - 7 * DAY_MS), "limit": "100"},
        ARCHIVE: {"ccy": "USDT", "type": "1", "begin": str(NOW_MS - MONTH_MS), "limit": "100"},
    }


def test_a_short_window_needs_no_archive_and_none_asks_for_nothing() -> None:
    for past_ms, kinds in ((2 * DAY_MS, {HISTORY, DAY, TRANSFERS}), (None, set())):
        wire = Scripted()
        snapshot = a_venue(wire, inspects=False).observe(scope(past_ms))
        assert {*RECORD} & {kind for asked in wire.kinds for kind in asked} == kinds
        assert (snapshot.past is None) == (past_ms is None)


def test_a_flow_that_two_lists_tell_is_one() -> None:
    row = a_transfer(7, "250")
    found = past({DAY: [row], TRANSFERS: [row], ARCHIVE: [row]})
    assert [flow.amount for flow in found.flows] == [250]


def test_flows_and_gains_come_oldest_first_and_none_of_before_the_window() -> None:
    old = a_transfer(2, "5", NOW_MS - 20 * DAY_MS)
    older = a_transfer(1, "7", NOW_MS - 31 * DAY_MS)
    found = past({DAY: [a_bill(9), a_bill(8, NOW_MS - HOUR_MS)], ARCHIVE: [old, older]})
    assert [flow.amount for flow in found.flows] == [5]
    assert [gain.at_ms for gain in found.gains] == [NOW_MS - HOUR_MS, NOW_MS - 60_000]


def test_a_position_that_was_closed_before_the_day_is_told_by_the_history_alone() -> None:
    ended = an_ended_position(MIDNIGHT_MS - HOUR_MS)
    found = past({HISTORY: [ended]})
    assert sum(gain.amount for gain in found.gains) == Decimal("-2.25")
    assert {gain.at_ms for gain in found.gains} == {MIDNIGHT_MS - HOUR_MS}
    assert {gain.coin for gain in found.gains} == {"SOL"}


def test_a_bill_of_before_the_day_is_left_to_the_history() -> None:
    """Where the venue lists more than was asked for."""
    at_ms = MIDNIGHT_MS - HOUR_MS
    found = past(
        {DAY: [a_bill(9, at_ms, balChg="-2.2", pnl="-2", fee="-0.2")], HISTORY: [an_ended_position(at_ms)]}
    )
    assert sum(gain.amount for gain in found.gains) == Decimal("-2.25")


def test_a_position_that_stands_tells_what_it_paid() -> None:
    opened_ms = str(MIDNIGHT_MS - HOUR_MS)
    found = past({"account/positions": [a_standing_position(cTime=opened_ms)]})
    assert [(gain.amount, gain.at_ms) for gain in found.gains] == [(Decimal("-0.1"), int(opened_ms))]


# Pages


def some_bills(count: int, first: int) -> list[Row]:
    return [a_bill(first - i, balChg="-1", fee="-1") for i in range(count)]


def some_ends(count: int, newest_ms: int) -> list[Row]:
    return [an_ended_position(newest_ms - i * 1000, posId=str(newest_ms - i * 1000)) for i in range(count)]


def test_a_second_page_of_bills_begins_below_the_first() -> None:
    found, wire = in_pages(DAY, some_bills(100, 900), some_bills(40, 800))
    assert len(found.gains) == 140
    assert found.missing is None
    assert [len(asked) for asked in wire.kinds[2:]] == [1]
    assert query_of(wire.rounds[2][0])["after"] == "801"


def test_second_pages_follow_in_one_round() -> None:
    wire = Scripted()
    wire.series[DAY] = [some_bills(100, 900), []]
    wire.series[TRANSFERS] = [[a_transfer(500 - i) for i in range(100)], []]
    wire.series[HISTORY] = [some_ends(100, MIDNIGHT_MS - HOUR_MS), []]
    found = a_venue(wire, inspects=False).observe(scope()).past
    assert isinstance(found, Past)
    assert found.missing is None
    assert [set(asked) for asked in wire.kinds[2:]] == [{DAY, TRANSFERS, HISTORY}]


def test_a_second_page_of_the_history_begins_at_its_oldest_moment_and_counts_no_row_twice() -> None:
    first = some_ends(100, MIDNIGHT_MS - HOUR_MS)
    shared = first[-1] | {"posId": "9"}
    found, wire = in_pages(HISTORY, first, [first[-1], shared])
    assert query_of(wire.rounds[2][0])["after"] == str(int(str(first[-1]["uTime"])) + 1)
    assert sum(gain.amount for gain in found.gains) == Decimal("-2.25") * 101
    assert found.missing is None


def test_a_history_that_reaches_further_than_the_window_has_no_second_page() -> None:
    rows = [*some_ends(99, MIDNIGHT_MS - HOUR_MS), an_ended_position(NOW_MS - 31 * DAY_MS)]
    found, wire = in_pages(HISTORY, rows)
    assert (len(wire.kinds), found.missing) == (2, None)


@pytest.mark.parametrize(
    ("kind", "pages", "advice"),
    [
        (
            HISTORY,
            [some_ends(100, MIDNIGHT_MS - HOUR_MS), some_ends(100, MIDNIGHT_MS - DAY_MS)],
            "drawdown_days",
        ),
        (DAY, [some_bills(100, 900), some_bills(100, 800)], "trade less often"),
    ],
)
def test_what_does_not_fit_two_pages_is_said(kind: str, pages: list[list[Row]], advice: str) -> None:
    found, _ = in_pages(kind, *pages)
    assert "more than 2 pages of 100 rows" in str(found.missing)
    assert advice in str(found.missing)


def test_a_window_beyond_what_the_venue_keeps_is_said() -> None:
    found = a_venue(Scripted(), inspects=False).observe(scope(91 * DAY_MS)).past
    assert isinstance(found, Past)
    assert "keeps 90 days" in str(found.missing)
    kept = a_venue(Scripted(), inspects=False).observe(scope(90 * DAY_MS)).past
    assert isinstance(kept, Past)
    assert kept.missing is None


# What cannot be read


@pytest.mark.parametrize(("trouble", "error"), TROUBLES)
@pytest.mark.parametrize("kind", RECORD)
def test_a_list_that_cannot_be_read_leaves_the_record_unread(
    kind: str, trouble: Given, error: type[TraderError]
) -> None:
    snapshot = observed({kind: trouble})
    assert isinstance(snapshot.past, Unreadable)
    assert snapshot.past.answered is (error is Malformed)
    assert not isinstance(snapshot.holdings.fills, Unreadable)
    assert snapshot.account_problem is None


def test_a_second_page_that_cannot_be_read_leaves_the_record_unread() -> None:
    wire = Scripted()
    wire.series[DAY] = [some_bills(100, 900), refused("50011")]
    assert isinstance(a_venue(wire, inspects=False).observe(scope()).past, Unreadable)


@pytest.mark.parametrize("trouble", ANY_TROUBLE)
def test_notices_that_cannot_be_read_stop_entries_only_where_an_answer_was_not_understood(
    trouble: Given,
) -> None:
    problem = observed({"system/status": trouble}).venue_problem
    understood = dict(zip(map(id, ANY_TROUBLE), (error for _, error in TROUBLES), strict=True))[id(trouble)]
    assert (problem is not None) == (understood is Malformed)


@pytest.mark.parametrize("key", ["state", "serviceType", "env", "title", "end"])
def test_a_notice_that_lacks_something_is_not_understood(key: str) -> None:
    row = a_notice()
    assert "maintenance of trading until 2025-06-15 16:01 UTC" in str(
        observed({"system/status": [row]}).venue_problem
    )
    del row[key]
    assert "could not be understood" in str(observed({"system/status": [row]}).venue_problem)
