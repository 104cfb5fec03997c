"""The rules of trading and the prices, from the documented answers and from ones that cannot be."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.binance_answers import HALF_HOUR_MS, NOW_MS, sample, some_bars, the_rules, the_tiers
from trader.core.candles import HOUR_MS
from trader.core.errors import Malformed
from trader.core.market import Market
from trader.core.ports import CandleNeed
from trader.venues.binance import parse_market, parse_prices
from trader.venues.binance.parse_candles import candles
from trader.venues.binance.parse_market import MarketTable

D = Decimal


def filters_with(name: str, **changes: str) -> list[dict[str, Any]]:
    filters: list[dict[str, Any]] = the_rules()["symbols"][0]["filters"]
    return [row | changes if row["filterType"] == name else row for row in filters]


def market(**changes: Any) -> Market | None:
    return MarketTable(the_rules(**changes), the_tiers()).market("SOL")


def test_a_market_comes_from_its_filters() -> None:
    found = market()
    assert found is not None
    assert (found.tick, found.lot, found.size_min, found.notional_min) == (D("0.0001"), D(1), D(1), D(5))
    assert (found.price_decimals_max, found.limit_band) == (4, D("0.15"))
    assert [(t.notional_min, t.leverage_max, t.maintenance) for t in found.tiers] == [(D(0), 75, D("0.0065"))]
    assert found.price(D("0.123456")) == D("0.1235")


def test_sizes_obey_the_stricter_of_the_two_lot_filters() -> None:
    found = market(filters=filters_with("MARKET_LOT_SIZE", stepSize="5", minQty="10"))
    assert found is not None
    assert (found.lot, found.size_min) == (D(5), D(10))


def test_the_band_is_the_narrower_side() -> None:
    found = market(filters=filters_with("PERCENT_PRICE", multiplierUp="1.0500", multiplierDown="0.9000"))
    assert found is not None
    assert found.limit_band == D("0.05")


@pytest.mark.parametrize(
    "changes",
    [
        {"filters": filters_with("PRICE_FILTER", tickSize="0")},
        {
            "filters": [
                *filters_with("LOT_SIZE", stepSize="2")[:2],
                *filters_with("MARKET_LOT_SIZE", stepSize="3")[2:],
            ]
        },
        {"filters": filters_with("LOT_SIZE", filterType="OTHER")},
        {"filters": filters_with("PERCENT_PRICE", multiplierUp="0.99")},
        {"filters": filters_with("MIN_NOTIONAL", notional="NaN")},
        {"status": None},
        {"contractType": 1},
    ],
)
def test_a_rule_that_cannot_be_spoils_the_coin_alone(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        market(**changes)


def test_a_dated_future_is_no_market_and_other_quotes_keep_their_whole_name() -> None:
    assert market(contractType="CURRENT_QUARTER") is None
    info = the_rules(symbol="SOLUSDC")
    table = MarketTable(info, [])
    assert table.market("SOL") is None
    assert table.lists(":SOLUSDC")


@pytest.mark.parametrize(
    "brackets",
    [
        [],
        [{"initialLeverage": 75, "notionalFloor": 5, "maintMarginRatio": 0.1}],
        [{"initialLeverage": 0, "notionalFloor": 0, "maintMarginRatio": 0.1}],
        [{"initialLeverage": 75, "notionalFloor": 0, "maintMarginRatio": -0.1}],
        [{"initialLeverage": 75, "notionalFloor": 0}],
        [{"initialLeverage": 75, "notionalFloor": 0, "maintMarginRatio": 0.1}] * 2,
    ],
)
def test_tiers_that_cannot_be_spoil_the_coin(brackets: list[dict[str, Any]]) -> None:
    tiers = [{"symbol": "SOLUSDT", "brackets": brackets}]
    with pytest.raises(Malformed):
        MarketTable(the_rules(), tiers).market("SOL")
    with pytest.raises(Malformed, match="leverageBracket of SOL"):
        MarketTable(the_rules(), []).market("SOL")


def test_tiers_of_one_symbol_may_come_without_a_list_and_in_any_order() -> None:
    rows = [
        {"initialLeverage": 20, "notionalFloor": 10000, "maintMarginRatio": "0.05"},
        {"initialLeverage": 75, "notionalFloor": 0, "maintMarginRatio": 0.0065},
    ]
    found = MarketTable(the_rules(), {"symbol": "SOLUSDT", "brackets": rows}).market("SOL")
    assert found is not None
    assert [tier.leverage_max for tier in found.tiers] == [75, 20]
    assert found.tier(D(20_000)).maintenance_rate == D("0.05")


def a_quote(mark: dict[str, Any] | None = None, book: dict[str, Any] | None = None, **options: Any) -> Any:
    marks = sample("GetMarkPrice") | {"time": NOW_MS} | (mark or {})
    books = sample("GetBookPrice") | (book or {})
    given: dict[str, Any] = {"symbol": "BTCUSDT", "venue_ms": NOW_MS + 60_000, "funding_hours": 4} | options
    return parse_prices.quote(marks, books, **given)


def test_a_documented_quote() -> None:
    quote = a_quote()
    assert (quote.mark, quote.oracle) == (D("11793.63104562"), D("11781.80495970"))
    assert (quote.bid, quote.ask) == (D(4), D("4.000002"))
    assert (quote.funding_rate, quote.funding_next_ms) == (D("0.00038246"), 1_597_392_000_000)
    assert quote.funding_interval_ms == 4 * HOUR_MS
    empty = a_quote({"nextFundingTime": 0}, {"bidPrice": "0.00"}, funding_hours=None)
    assert (empty.funding_next_ms, empty.funding_interval_ms, empty.bid) == (None, None, None)


@pytest.mark.parametrize(
    ("mark", "book"),
    [
        ({"markPrice": "0"}, None),
        ({"indexPrice": "-1"}, None),
        ({"lastFundingRate": ""}, None),
        ({"time": NOW_MS - 1}, None),
        ({"symbol": "ETHUSDT"}, None),
        (None, {"symbol": "ETHUSDT"}),
        (None, {"bidPrice": "5"}),
        (None, {"askPrice": None}),
    ],
)
def test_prices_that_cannot_be_make_no_quote(
    mark: dict[str, Any] | None, book: dict[str, Any] | None
) -> None:
    with pytest.raises(Malformed):
        a_quote(mark, book)


def test_hours_between_fundings() -> None:
    assert parse_market.funding_hours(sample("GetFundingInfo")) == {"BLZ": 8}
    with pytest.raises(Malformed):
        parse_market.funding_hours([{"symbol": "BLZUSDT", "fundingIntervalHours": 0}])


def read_bars(rows: Any, bars: int = 3) -> Any:
    body = json.dumps(rows).encode()
    need = CandleNeed("SOL", HALF_HOUR_MS, bars)
    return candles([body], need, asked_ms=NOW_MS - 100, venue_ms=NOW_MS)


def test_the_bar_now_forming_is_dropped() -> None:
    found = read_bars(some_bars(5))
    assert len(found) == 3
    assert found.open_ms[-1] == NOW_MS - NOW_MS % HALF_HOUR_MS - HALF_HOUR_MS
    assert (found.open[0], found.high[0], found.low[0], found.close[0], found.volume[0]) == (
        *(100.0, 101.0, 99.0, 100.5, 12.5),
    )


@pytest.mark.parametrize(
    ("cell", "value"),
    [(0, NOW_MS), (1, "NaN"), (2, "98.0"), (3, "0"), (4, 100.5), (5, "-1"), (6, NOW_MS), (11, None)],
)
def test_bars_that_cannot_be_are_malformed(cell: int, value: Any) -> None:
    rows = some_bars(5)
    rows[2][cell] = value
    if cell == 11:
        rows[2] = rows[2][:11]
    with pytest.raises(Malformed):
        read_bars(rows)
    with pytest.raises(Malformed):
        read_bars([])
