"""What anybody may read: candles, prices, funding and the rules of each symbol."""

import itertools
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded_binance import URL, EmbeddedBinance
from tests.support.embedded_wire import NOW_MS
from trader.core.wire import Request
from trader.exchange.orders import Liquidity
from trader.sim.binance.build import binance_bundle_feed, binance_markets
from trader.sim.binance.klines import MINUTES_OF, next_opening, opening

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
BTC = {"symbol": "BTCUSDT"}


@pytest.fixture
def exchange() -> EmbeddedBinance:
    return EmbeddedBinance(feed=binance_bundle_feed())


def code(exchange: EmbeddedBinance, path: str, query: str) -> int:
    answer = exchange.answered(Request(f"{URL}{path}?{query}", method="GET"))
    assert answer.status == 400
    return int(json.loads(answer.body)["code"])


def test_the_last_candle_is_the_one_still_open(exchange: EmbeddedBinance) -> None:
    exchange.clock.advance(10 * MINUTE_MS)
    rows = exchange.public("/fapi/v1/klines", interval="1h", limit=3, **BTC)
    assert [row[6] - row[0] for row in rows] == [HOUR_MS - 1] * 3
    assert rows[-1][0] <= exchange.clock.now_ms() <= rows[-1][6]
    assert rows[1][4] != rows[-1][4]
    last = exchange.public("/fapi/v2/ticker/price", **BTC)["price"]
    assert Decimal(rows[-1][4]) == Decimal(last)


def test_candles_of_two_lengths_agree(exchange: EmbeddedBinance) -> None:
    hour = exchange.public("/fapi/v1/klines", interval="1h", limit=2, **BTC)[0]
    window = {"startTime": hour[0], "endTime": hour[6]}
    minutes = exchange.public("/fapi/v1/klines", interval="1m", **window, **BTC)
    assert len(minutes) == 60
    assert (hour[1], hour[4]) == (minutes[0][1], minutes[-1][4])
    assert Decimal(hour[2]) == max(Decimal(row[2]) for row in minutes)
    assert Decimal(hour[3]) == min(Decimal(row[3]) for row in minutes)
    assert Decimal(hour[5]) == pytest.approx(sum(Decimal(row[5]) for row in minutes), abs=Decimal("0.1"))


def test_a_start_alone_counts_upwards(exchange: EmbeddedBinance) -> None:
    start = NOW_MS - 10 * HOUR_MS
    rows = exchange.public("/fapi/v1/klines", interval="1h", startTime=start + 1, limit=3, **BTC)
    opens = -(-(start + 1) // HOUR_MS) * HOUR_MS
    assert [row[0] for row in rows] == [opens, opens + HOUR_MS, opens + 2 * HOUR_MS]
    assert exchange.public("/fapi/v1/klines", interval="1h", startTime=NOW_MS + HOUR_MS, **BTC) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("symbol=BTCUSDT&interval=7m", -1120),
        ("symbol=BTCUSDT", -1102),
        ("interval=1h", -1102),
        ("symbol=BTCEUR&interval=1h", -1121),
        ("symbol=BTCUSDT&interval=1h&limit=1501", -1130),
        ("symbol=BTCUSDT&interval=1h&limit=x", -1100),
    ],
)
def test_candles_are_refused(exchange: EmbeddedBinance, query: str, expected: int) -> None:
    assert code(exchange, "/fapi/v1/klines", query) == expected


def test_as_many_candles_as_a_page_holds(exchange: EmbeddedBinance) -> None:
    rows = exchange.public("/fapi/v1/klines", interval="30m", limit=1500, **BTC)
    assert len(rows) == 1500
    assert {later[0] - row[0] for row, later in itertools.pairwise(rows)} == {30 * MINUTE_MS}


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    now = NOW_MS // MINUTE_MS
    week = datetime.fromtimestamp(opening(now, "1w") * 60, UTC)
    assert (week.weekday(), week.hour) == (0, 0)
    month = datetime.fromtimestamp(opening(now, "1M") * 60, UTC)
    after = datetime.fromtimestamp(next_opening(opening(now, "1M"), "1M") * 60, UTC)
    assert (month.day, after.day) == (1, 1)
    assert (after - month).days in (28, 29, 30, 31)
    assert all(
        opening(now, interval) <= now < next_opening(opening(now, interval), interval)
        for interval in MINUTES_OF
    )


def test_candles_of_mark_index_and_premium_have_no_volume(exchange: EmbeddedBinance) -> None:
    fields = {"interval": "1h", "limit": 2}
    mark = exchange.public("/fapi/v1/markPriceKlines", **fields, **BTC)
    index = exchange.public("/fapi/v1/indexPriceKlines", pair="BTCUSDT", **fields)
    traded = exchange.public("/fapi/v1/klines", **fields, **BTC)
    assert mark == index
    assert [Decimal(row[4]) for row in mark] == [Decimal(row[4]) for row in traded]
    assert {row[5] for row in mark} == {"0"}
    premium = exchange.public("/fapi/v1/premiumIndexKlines", **fields, **BTC)
    assert {row[4] for row in premium} == {"0.00000000"}


def test_one_symbol_is_an_object_and_all_are_a_list(exchange: EmbeddedBinance) -> None:
    paths = ("/fapi/v1/premiumIndex", "/fapi/v1/ticker/price", "/fapi/v2/ticker/price")
    for path in (*paths, "/fapi/v1/ticker/bookTicker", "/fapi/v1/ticker/24hr"):
        assert exchange.public(path, **BTC)["symbol"] == "BTCUSDT"
        assert [row["symbol"] for row in exchange.public(path)] == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]


def test_funding_is_settled_every_eight_hours(exchange: EmbeddedBinance) -> None:
    told = exchange.public("/fapi/v1/premiumIndex", **BTC)
    assert told["nextFundingTime"] % (8 * HOUR_MS) == 0
    assert 0 < told["nextFundingTime"] - NOW_MS <= 8 * HOUR_MS
    rows = exchange.public("/fapi/v1/fundingRate", limit=3, **BTC)
    assert [row["fundingTime"] for row in rows] == [
        told["nextFundingTime"] - back * 8 * HOUR_MS for back in (3, 2, 1)
    ]
    since = exchange.public("/fapi/v1/fundingRate", startTime=rows[1]["fundingTime"], **BTC)
    assert since == rows[1:]
    assert exchange.public("/fapi/v1/fundingInfo") == []


def test_the_book_shows_what_an_order_would_meet(exchange: EmbeddedBinance) -> None:
    exchange.venue.model.set_liquidity("BTC", Liquidity(size=Decimal("0.5"), levels=3))
    book = exchange.public("/fapi/v1/depth", limit=5, **BTC)
    assert [row[1] for row in book["asks"]] == ["0.500"] * 3
    touch = exchange.public("/fapi/v1/ticker/bookTicker", **BTC)
    assert (touch["askPrice"], touch["askQty"]) == (book["asks"][0][0], "0.500")
    assert Decimal(touch["bidPrice"]) < Decimal(touch["askPrice"])


def test_the_rules_of_a_symbol(exchange: EmbeddedBinance) -> None:
    listed = exchange.public("/fapi/v1/exchangeInfo")["symbols"][0]
    filters: dict[str, Any] = {row["filterType"]: row for row in listed["filters"]}
    assert filters["PRICE_FILTER"] == {
        "filterType": "PRICE_FILTER",
        "minPrice": "556.80",
        "maxPrice": "4529764",
        "tickSize": "0.10",
    }
    assert filters["LOT_SIZE"]["stepSize"] == "0.001"
    assert filters["MARKET_LOT_SIZE"]["maxQty"] == "120"
    assert filters["MIN_NOTIONAL"]["notional"] == "50"
    assert filters["PERCENT_PRICE"]["multiplierUp"] == "1.0500"
    assert len(listed["orderTypes"]) == 7
    assert listed["timeInForce"] == ["GTC", "IOC", "FOK", "GTX", "GTD", "RPI"]


def test_brackets_are_continuous(exchange: EmbeddedBinance) -> None:
    for symbol in exchange.ok("GET", "/fapi/v1/leverageBracket"):
        rows = symbol["brackets"]
        assert [row["notionalFloor"] for row in rows[1:]] == [row["notionalCap"] for row in rows[:-1]]
        for before, after in itertools.pairwise(rows):
            edge = after["notionalFloor"]
            below = edge * before["maintMarginRatio"] - before["cum"]
            assert edge * after["maintMarginRatio"] - after["cum"] == pytest.approx(below)


def test_a_coin_that_is_not_in_the_table_is_named() -> None:
    with pytest.raises(KeyError, match="NOPE"):
        binance_markets(["BTC", "NOPE"])
