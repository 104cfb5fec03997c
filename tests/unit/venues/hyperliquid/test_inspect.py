"""Inspection and the smaller reads: one round, never a stale one, pages that end, time from the venue."""

import pytest

from tests.support.hyperliquid_answers import (
    ACCOUNT,
    HALF_HOUR_MS,
    NOW_MS,
    Scripted,
    a_fill,
    a_position,
    a_record,
    a_state,
    a_table,
    an_order_row,
)
from tests.unit.venues.hyperliquid.test_observe import ANY_TROUBLE, a_clock, a_venue
from trader.core.errors import Malformed, TraderError
from trader.core.orders import Absent, Found, Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.core.wire import Answer, Lost
from trader.venues.hyperliquid.rounds import FILLS_A_PAGE, STALE_READS_MAX
from trader.venues.hyperliquid.venue import FUNDING_PAGES_MAX, FUNDINGS_A_PAGE

ROUND = ["clearinghouseState", "userFillsByTime", "frontendOpenOrders"]
DAY_MS = 86_400_000


def test_one_round() -> None:
    wire = Scripted()
    holdings = a_venue(wire).inspect(DAY_MS)
    assert wire.kinds == [ROUND]
    assert (holdings.at_ms, holdings.positions, holdings.orders, holdings.fills) == (NOW_MS, (), (), ())


@pytest.mark.parametrize("trouble", ANY_TROUBLE)
def test_what_cannot_be_read_is_not_empty(trouble: Answer | Lost) -> None:
    wire = Scripted()
    wire.answers |= {"frontendOpenOrders": trouble, "userFillsByTime": trouble}
    holdings = a_venue(wire).inspect(DAY_MS)
    assert isinstance(holdings.orders, Unreadable)
    assert isinstance(holdings.fills, Unreadable)
    wire.answers["clearinghouseState"] = trouble
    with pytest.raises(TraderError):
        a_venue(wire).inspect(DAY_MS)


def test_a_state_older_than_one_already_seen_is_read_again_with_all_that_goes_with_it() -> None:
    wire = Scripted()
    venue = a_venue(wire)
    venue.inspect(DAY_MS)
    wire.series["clearinghouseState"] = [a_state(at_ms=NOW_MS - 1), a_state(a_position(), at_ms=NOW_MS)]
    wire.series["frontendOpenOrders"] = [[], [an_order_row()]]
    holdings = venue.inspect(DAY_MS)
    assert wire.kinds == [ROUND] * 3
    assert len(holdings.positions) == 1
    assert holdings.orders != ()


def test_a_state_that_stays_old_is_refused() -> None:
    clock = a_clock()
    wire = Scripted()
    venue = a_venue(wire, clock)
    venue.observe(Scope())
    wire.answers["clearinghouseState"] = a_state(at_ms=NOW_MS - 1)
    with pytest.raises(Malformed, match="lag"):
        venue.inspect(DAY_MS)
    assert len(wire.rounds) == 2 + STALE_READS_MAX
    assert 0 < clock.slept_s < 10
    with pytest.raises(Malformed, match="lag"):
        venue.observe(Scope())


def test_the_venue_clock_runs_on_from_its_last_answer_whatever_the_wall_says() -> None:
    clock = a_clock()
    venue = a_venue(Scripted(), clock)
    clock.wall_ms += 3_600_000
    assert venue.venue_now_ms() == NOW_MS + 3_600_000
    venue.inspect(DAY_MS)
    assert venue.venue_now_ms() == NOW_MS
    clock.run_ms(1500)
    clock.wall_ms -= 7_200_000
    assert venue.venue_now_ms() == NOW_MS + 1500


def a_page(count: int, first_ms: int, *, step_ms: int = 1, first_tid: int = 1) -> list[object]:
    return [a_fill(first_tid + i, first_ms + i * step_ms) for i in range(count)]


def test_one_further_page_of_fills_is_fetched_from_the_end_of_the_first() -> None:
    wire = Scripted()
    first = a_page(FILLS_A_PAGE, NOW_MS - 10_000)
    last_ms = NOW_MS - 10_000 + FILLS_A_PAGE - 1
    more = [first[-1], a_fill(5000, NOW_MS - 5)]
    wire.series["userFillsByTime"] = [first, more]
    holdings = a_venue(wire).inspect(DAY_MS)
    assert not isinstance(holdings.fills, Unreadable)
    assert (len(holdings.fills), holdings.fills_complete) == (FILLS_A_PAGE + 1, True)
    assert f'"startTime":{last_ms}'.encode() in wire.rounds[1][0].body
    assert wire.kinds == [ROUND, ["userFillsByTime"]]


def test_a_venue_that_lists_the_newest_fills_first_is_paged_backwards() -> None:
    wire = Scripted()
    first = a_page(FILLS_A_PAGE, NOW_MS - 1, step_ms=-1)
    wire.series["userFillsByTime"] = [first, [a_fill(5000, NOW_MS - 50_000)]]
    holdings = a_venue(wire).inspect(DAY_MS)
    assert not isinstance(holdings.fills, Unreadable)
    assert (len(holdings.fills), holdings.fills_complete) == (FILLS_A_PAGE + 1, True)
    assert holdings.fills[0].at_ms == NOW_MS - 50_000
    body = wire.rounds[1][0].body
    assert f'"startTime":{NOW_MS - DAY_MS},"endTime":{NOW_MS - FILLS_A_PAGE}'.encode() in body


def test_fills_that_do_not_fit_two_pages_are_said_to_be_incomplete() -> None:
    wire = Scripted()
    wire.answers["userFillsByTime"] = a_page(FILLS_A_PAGE, NOW_MS - 10_000)
    holdings = a_venue(wire).inspect(DAY_MS)
    assert len(wire.rounds) == 2
    assert not holdings.fills_complete


def test_a_second_page_that_failed_makes_the_fills_unreadable() -> None:
    wire = Scripted()
    wire.series["userFillsByTime"] = [a_page(FILLS_A_PAGE, NOW_MS - 10_000), Answer(500, b"")]
    holdings = a_venue(wire).inspect(DAY_MS)
    assert isinstance(holdings.fills, Unreadable)
    assert not holdings.fills_complete


def test_orders_are_looked_up_in_one_round() -> None:
    wire = Scripted()
    known, unknown, broken = "0c" * 16, "0d" * 16, "0e" * 16
    wire.series["orderStatus"] = [
        {"status": "order", "order": a_record("filled")},
        {"status": "unknownOid"},
        Answer(200, b"null"),
    ]
    found = a_venue(wire).find({known: "SOL", unknown: "SOL", broken: "SOL"})
    assert isinstance(found[known], Found)
    assert found[unknown] == Absent()
    assert isinstance(found[broken], Unreadable)
    assert wire.kinds == [["orderStatus"] * 3]


def test_nothing_to_look_up_asks_nothing() -> None:
    wire = Scripted()
    assert a_venue(wire).find({}) == {}
    assert wire.rounds == []


def test_history_is_a_value_either_way() -> None:
    wire = Scripted()
    wire.series["historicalOrders"] = [[a_record("filled")], Answer(500, b"")]
    venue = a_venue(wire)
    history = venue.history()
    assert not isinstance(history, Unreadable)
    assert [found.detail for found in history] == ["filled"]
    assert isinstance(venue.history(), Unreadable)


def a_payment(at_ms: int, coin: str = "SOL") -> dict[str, object]:
    delta = {"type": "funding", "coin": coin, "usdc": "-0.01", "szi": "2.0", "fundingRate": "0.0000125"}
    return {"time": at_ms, "hash": "0x0", "delta": {**delta, "nSamples": None}}


def test_funding_is_paged_and_a_page_cut_inside_a_moment_loses_nothing() -> None:
    wire = Scripted()
    hour_ms = 3_600_000
    rows = [
        a_payment(NOW_MS + i // 2 * hour_ms, "SOL" if i % 2 else "ETH") for i in range(FUNDINGS_A_PAGE + 7)
    ]
    cut_ms = NOW_MS + (FUNDINGS_A_PAGE - 1) // 2 * hour_ms
    wire.series["userFunding"] = [
        rows[:FUNDINGS_A_PAGE],
        [row for row in rows if row["time"] >= cut_ms],  # type: ignore[operator]
    ]
    payments = a_venue(wire).funding(NOW_MS - 1)
    assert not isinstance(payments, Unreadable)
    assert len(payments) == FUNDINGS_A_PAGE + 7
    assert len(wire.rounds) == 2
    assert f'"startTime":{cut_ms}'.encode() in wire.rounds[1][0].body


@pytest.mark.parametrize("step_ms", [0, -1])
def test_funding_pages_that_lead_nowhere_are_unreadable(step_ms: int) -> None:
    wire = Scripted()
    wire.answers["userFunding"] = [a_payment(NOW_MS + i * step_ms) for i in range(FUNDINGS_A_PAGE)]
    assert isinstance(a_venue(wire).funding(NOW_MS), Unreadable)
    assert len(wire.rounds) == 1


def test_endless_funding_is_unreadable() -> None:
    wire = Scripted()
    pages = [
        [a_payment(NOW_MS + page * FUNDINGS_A_PAGE + i) for i in range(FUNDINGS_A_PAGE)]
        for page in range(FUNDING_PAGES_MAX + 1)
    ]
    wire.series["userFunding"] = list(pages)
    assert isinstance(a_venue(wire).funding(NOW_MS), Unreadable)
    assert len(wire.rounds) == FUNDING_PAGES_MAX


def test_a_market_is_read_on_demand_and_once() -> None:
    wire = Scripted()
    venue = a_venue(wire)
    assert venue.market("SOL").number == 2
    assert venue.market("BTC").number == 0
    assert wire.kinds == [["metaAndAssetCtxs"]]
    with pytest.raises(Malformed, match="nearest: SOL"):
        venue.market("SOLL")


def test_a_market_that_cannot_be_read_is_an_error() -> None:
    wire = Scripted()
    wire.answers["metaAndAssetCtxs"] = Answer(500, b"")
    with pytest.raises(TraderError, match="metaAndAssetCtxs"):
        a_venue(wire).market("SOL")


def test_what_the_venue_can_do() -> None:
    venue = a_venue(Scripted())
    assert (venue.name, venue.account_id) == ("hyperliquid", ACCOUNT)
    abilities = venue.abilities
    assert (abilities.attach, abilities.write_expiry_ms) == ("whole", 20_000)
    assert abilities.position_bound_stop
    assert abilities.exactly_once_nonce


def test_how_far_back_is_counted_from_the_venue_clock_once_it_is_known() -> None:
    clock = a_clock()
    wire = Scripted()
    venue = a_venue(wire, clock)
    venue.inspect(DAY_MS)
    clock.wall_ms += 3_600_000
    venue.observe(Scope((CandleNeed("SOL", HALF_HOUR_MS, 3),)))
    assert f'"startTime":{NOW_MS - 5 * HALF_HOUR_MS}'.encode() in wire.rounds[1][5].body
    wire.answers["metaAndAssetCtxs"] = a_table()
    assert venue.inspect(DAY_MS).fills_since_ms == NOW_MS - DAY_MS
