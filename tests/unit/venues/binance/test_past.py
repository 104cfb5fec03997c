"""The record of the account's money: which rows are what, and when two pages say everything."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from binance_sdk_derivatives_trading_usds_futures.rest_api.models.enums import GetIncomeHistoryIncomeTypeEnum

from tests.support.binance_answers import NOW_MS, Given, Scripted, a_venue, sample
from tests.support.binance_money import an_income
from tests.support.clocks import ManualClock
from trader.core.candles import DAY_MS, HOUR_MS, MINUTE_MS
from trader.core.errors import Malformed
from trader.core.orders import Unreadable
from trader.core.past import Cause, Flow, Gain, Past
from trader.core.ports import Scope
from trader.venues.binance.parse_income import FLOWS, GAINS, fee_coins, flows, gains, incomes

ASKED = Scope(past_ms=30 * DAY_MS)
D = Decimal


def rows(count: int, *, first: int = 0) -> list[dict[str, Any]]:
    """So many deposits of one, a second apart."""
    return [
        an_income(tranId=number, income="1.00000000", time=NOW_MS - DAY_MS + number * 1_000)
        for number in range(first, first + count)
    ]


def read(*pages: list[dict[str, Any]]) -> Past | Unreadable | None:
    """The record of a venue that gives these pages."""

    def answer(name: str, named: Mapping[str, str]) -> Given | None:
        return pages[int(named["page"]) - 1] if name == "income" else None

    return a_venue(Scripted(by_request=answer)).observe(ASKED).past


def whole(past: Past | Unreadable | None) -> bool:
    assert isinstance(past, Past)
    return past.missing is None


def test_the_documented_rows() -> None:
    transfer, fee = incomes(sample("GetIncomeHistory"))
    assert flows([transfer, fee]) == (Flow(1570608000000, D("-0.375"), "TRANSFER"),)
    assert gains([transfer, fee]) == (Gain(1570636800000, D("-0.01"), Cause.FEE, "BTC"),)


def test_every_kind_that_the_venues_own_client_lists_is_a_gain_or_a_flow() -> None:
    listed = {kind.value for kind in GetIncomeHistoryIncomeTypeEnum}
    assert listed == set(GAINS) | set(FLOWS)
    assert not set(GAINS) & set(FLOWS)


@pytest.mark.parametrize("kind", [*GAINS, *FLOWS])
def test_each_kind_counts_once(kind: str) -> None:
    found = incomes([an_income(incomeType=kind, income="-2.5")])
    earned, moved = gains(found), flows(found)
    assert [*(one.amount for one in earned), *(one.amount for one in moved)] == [D("-2.5")]
    assert (kind in GAINS) is bool(earned)


@pytest.mark.parametrize("kind", ["REALIZED_PNL", "COMMISSION", "TRANSFER"])
def test_what_is_of_another_coin_is_none_of_ours(kind: str) -> None:
    found = incomes([an_income(incomeType=kind, asset="BNB", symbol="SOLUSDT")])
    assert (gains(found), flows(found)) == ((), ())
    assert fee_coins(found) == ({"BNB"} if kind == "COMMISSION" else set())


def test_fees_of_contracts_that_are_settled_in_another_coin_are_not_ours() -> None:
    assert fee_coins(incomes([an_income(incomeType="COMMISSION", asset="USDC", symbol="BTCUSDC")])) == set()
    dated = an_income(incomeType="REALIZED_PNL", symbol="BTCUSDT_260327")
    assert gains(incomes([dated]))[0].coin == ":BTCUSDT_260327"


@pytest.mark.parametrize(
    "changes",
    [
        {"incomeType": "SOMETHING_NEW"},
        {"incomeType": None},
        {"income": 5},
        {"income": "1e3"},
        {"income": ""},
        {"asset": None},
        {"symbol": None},
        {"time": 1_570_608_000},
        {"time": "1570608000000"},
        {"tranId": None},
        {"tranId": "x1"},
        {"tranId": ""},
        {"tranId": 1.5},
    ],
    ids=str,
)
def test_a_row_that_is_not_understood_is_malformed(changes: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        incomes([an_income(), an_income(**changes)])


@pytest.mark.parametrize("field", ["symbol", "incomeType", "income", "asset", "time", "tranId"])
def test_a_field_that_is_missing_is_malformed(field: str) -> None:
    with pytest.raises(Malformed, match=field):
        incomes([{name: value for name, value in an_income().items() if name != field}])


def test_two_pages_are_whole_while_the_second_has_room() -> None:
    assert whole(read(rows(0), []))
    assert whole(read(rows(999), []))
    assert whole(read(rows(1_000), []))
    assert whole(read(rows(1_000), rows(999, first=1_000)))
    assert not whole(read(rows(1_000), rows(1_000, first=1_000)))


def test_a_venue_that_gives_the_same_page_twice_is_believed_while_it_has_room() -> None:
    past = read(rows(20), rows(20))
    assert isinstance(past, Past)
    assert (len(past.flows), past.missing) == (20, None)
    assert not whole(read(rows(1_000), rows(1_000)))


def test_a_first_page_with_room_and_more_behind_it_was_cut_short() -> None:
    assert not whole(read(rows(400), rows(5, first=1_000)))


def test_a_page_that_begins_where_the_other_ended_counts_its_rows_once() -> None:
    past = read(rows(1_000), rows(11, first=999))
    assert isinstance(past, Past)
    assert (len(past.flows), past.missing) == (1_010, None)


def test_rows_of_one_number_that_differ_are_two() -> None:
    """Both legs of a two-sided position are paid at once; nobody has seen how these rows are numbered."""
    paid = [an_income(incomeType="FUNDING_FEE", income=amount, symbol="SOLUSDT") for amount in ("-1", "1")]
    past = read([*paid, *paid], [])
    assert isinstance(past, Past)
    assert sorted(one.amount for one in past.gains) == [-1, 1]


def test_a_record_that_was_not_whole_is_read_whole_again() -> None:
    asked: list[str] = []

    def answer(name: str, named: Mapping[str, str]) -> Given | None:
        if name == "income":
            asked.append(named["page"])
        return rows(1_000, first=int(named["page"]) * 1_000) if name == "income" and len(asked) < 3 else None

    venue = a_venue(Scripted(by_request=answer))
    assert not whole(venue.observe(ASKED).past)
    past = venue.observe(ASKED).past
    assert whole(past)
    assert asked == ["1", "2", "1", "2"]


@pytest.mark.parametrize(
    ("ahead_h", "back_ms"), [(-3, 10 * MINUTE_MS), (0, 10 * MINUTE_MS), (3, 30 * DAY_MS)]
)
def test_what_a_process_knows_it_reads_on_from_by_the_venues_clock(ahead_h: int, back_ms: int) -> None:
    """A machine that is ahead asked for too little at first, and asks for all of it again."""
    wire = Scripted()
    venue = a_venue(wire, ManualClock(wall_ms=NOW_MS + ahead_h * HOUR_MS))
    venue.observe(ASKED)
    venue.observe(ASKED)
    starts = {r.url.split("startTime=")[1].split("&")[0] for r in wire.rounds[2] if "income" in r.url}
    assert starts == {str(NOW_MS - back_ms)}
    wire.answers["income"] = [an_income(tranId=2, time=NOW_MS - MINUTE_MS)]
    past = venue.observe(ASKED).past
    assert isinstance(past, Past)
    assert len(past.flows) == 2


def test_a_longer_window_is_read_from_its_own_beginning() -> None:
    wire = Scripted()
    venue = a_venue(wire)
    for days in (2, 1, 30):
        past = venue.observe(Scope(past_ms=days * DAY_MS)).past
        assert isinstance(past, Past)
        assert past.since_ms == NOW_MS - max(days, 2) * DAY_MS
    pages = [sum("income" in request.url for request in asked) for asked in wire.rounds[::2]]
    assert pages == [2, 1, 2]


def test_no_record_is_claimed_or_asked_for_from_before_the_venue_keeps_any() -> None:
    kept_ms = NOW_MS - 89 * DAY_MS
    wire = Scripted()
    past = a_venue(wire).observe(Scope(past_ms=90 * DAY_MS)).past
    assert isinstance(past, Past)
    assert past.since_ms == kept_ms
    assert {r.url.split("startTime=")[1].split("&")[0] for r in wire.rounds[0] if "income" in r.url} == {
        str(kept_ms)
    }
    long_ago = a_venue(Scripted(), ManualClock(wall_ms=NOW_MS - 200 * DAY_MS)).observe(ASKED).past
    assert isinstance(long_ago, Past)
    assert long_ago.since_ms == kept_ms
