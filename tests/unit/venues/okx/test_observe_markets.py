"""What an observation tells of each coin: its rules, its bars in as many pages as it takes, its margin."""

from tests.support.okx_answers import (
    HALF_HOUR_MS,
    Scripted,
    a_position,
    a_table,
    an_algo_row,
    an_instrument,
    cells,
    query_of,
    some_candles,
)
from tests.unit.venues.okx.test_observe import SCOPE, STOP_ID, observed
from tests.unit.venues.okx.test_writes import a_venue
from trader.core.candles import Candles
from trader.core.market import Trading
from trader.core.orders import Absent, Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.core.snapshot import Leverage


def test_a_coin_that_is_not_there_and_one_that_is_closed() -> None:
    table = [*a_table()[:1], an_instrument("ETH", state="suspend"), a_table()[2]]
    snapshot = observed(
        Scope(tuple(CandleNeed(coin, HALF_HOUR_MS, 3) for coin in ("SOLL", "ETH"))), public__instruments=table
    )
    assert snapshot.missing == {"SOLL": "SOLL is not a market of this venue; nearest: SOL"}
    assert snapshot.markets["ETH"].market.trading is Trading.CLOSED


def test_the_rules_of_what_is_held_or_ordered_are_there() -> None:
    snapshot = observed(
        exits=an_algo_row(instId="ETH-USDT-SWAP"), account__positions=a_position(instId="BTC-USDT-SWAP")
    )
    assert set(snapshot.rules) == {"SOL", "ETH", "BTC"}


def test_bars_of_a_length_that_the_venue_has_not_are_not_asked_for() -> None:
    wire = Scripted()
    snapshot = a_venue(wire, inspects=False).observe(Scope((CandleNeed("SOL", 7 * 60_000, 3),)))
    assert isinstance(snapshot.markets["SOL"].candles, Unreadable)
    assert "market/candles" not in wire.kinds[0]


def test_many_bars_come_in_pages_that_overlap_by_one_all_in_one_round() -> None:
    wire = Scripted()
    rows = some_candles(700)
    wire.series["market/candles"] = [rows[:300], rows[299:599], rows[598:]]
    venue = a_venue(wire, inspects=False)
    candles = venue.observe(Scope((CandleNeed("SOL", HALF_HOUR_MS, 650),))).markets["SOL"].candles
    assert isinstance(candles, Candles)
    assert len(candles) == 650
    asked = [query_of(request) for request in wire.rounds[0] if "candles" in request.url]
    assert [query.get("after") for query in asked] == [None, str(int(rows[298][0])), str(int(rows[597][0]))]
    assert {(query["bar"], query["limit"]) for query in asked} == {("30m", "300")}


def test_bars_that_the_recent_list_does_not_reach_come_from_the_older_one() -> None:
    wire = Scripted()
    wire.answers["market/history-candles"] = []
    a_venue(wire, inspects=False).observe(Scope((CandleNeed("SOL", HALF_HOUR_MS, 1500),)))
    assert wire.kinds[0].count("market/candles") == 4
    assert wire.kinds[0].count("market/history-candles") == 2


def test_isolated_coins_are_asked_about_as_such() -> None:
    wire = Scripted()
    row = cells("instId=SOL-USDT-SWAP mgnMode=isolated posSide=net lever=4")
    wire.answers["account/leverage-info"] = row
    venue = a_venue(wire, isolated=frozenset({"SOL"}), inspects=False)
    assert venue.observe(SCOPE).markets["SOL"].leverage == Leverage(4, False)
    said = [query_of(request) for request in wire.rounds[0]]
    assert {query.get("mgnMode") or query.get("tdMode") for query in said} == {None, "isolated"}


def test_a_look_up_of_an_order_that_is_not_there() -> None:
    assert observed().lookups[STOP_ID] == Absent()
