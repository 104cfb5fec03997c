"""Markets, prices, books and candles, and that candles agree with the minutes they are made of."""

import json
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.embedded import Embedded
from tests.support.embedded_wire import NOW_MS
from trader.exchange.orders import Liquidity
from trader.exchange.prices import MINUTE_MS, Bar
from trader.sim.bundle import BUNDLE_START_MINUTE
from trader.sim.feed import ScriptedFeed
from trader.sim.hyperliquid.build import hyperliquid_bundle_feed, hyperliquid_markets, new_venue
from trader.sim.hyperliquid.candles import CANDLES_MAX

HOUR_MS = 3_600_000
MONDAY_MS = 1_746_403_200_000
LATER_MS = MONDAY_MS + 400 * 24 * HOUR_MS + 7 * MINUTE_MS + 30_000
LENGTHS_MIN = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240, "8h": 480}
LENGTHS_MIN |= {"12h": 720, "1d": 1440, "3d": 4320, "1w": 10080}


def candles(exchange: Embedded, interval: str, **window: Any) -> Any:
    return exchange.read("candleSnapshot", req={"coin": "BTC", "interval": interval, **window})


def test_meta_numbers_the_coins_of_the_feed() -> None:
    said = Embedded().read("meta")
    assert [row["name"] for row in said["universe"]] == ["BTC", "ETH", "SOL"]
    assert said["universe"][0] == {"szDecimals": 5, "name": "BTC", "maxLeverage": 40, "marginTableId": 56}
    tables = dict(said["marginTables"])
    assert tables[56]["marginTiers"] == [
        {"lowerBound": "0.0", "maxLeverage": 40},
        {"lowerBound": "150000000.0", "maxLeverage": 20},
    ]
    with pytest.raises(KeyError, match="NOSUCH"):
        hyperliquid_markets(["BTC", "NOSUCH"])


def test_contexts_are_aligned_with_meta_and_a_delisted_coin_has_nulls() -> None:
    exchange = Embedded()
    exchange.venue.model.set_offsets("BTC", mark=Decimal(10), oracle=Decimal(-5))
    meta, contexts = exchange.read("metaAndAssetCtxs")
    assert meta == exchange.read("meta")
    btc = contexts[0]
    assert (btc["markPx"], btc["oraclePx"], btc["midPx"]) == ("100010.0", "99995.0", "100000.0")
    assert btc["impactPxs"] == ["99995.0", "100005.0"]
    assert Decimal(btc["premium"]) > 0
    market = exchange.venue.model.market("SOL")
    assert market is not None
    exchange.venue.model.set_market(replace(market, is_delisted=True, only_isolated=True))
    meta, contexts = exchange.read("metaAndAssetCtxs")
    assert meta["universe"][2]["isDelisted"] is True
    assert meta["universe"][2]["onlyIsolated"] is True
    assert [contexts[2][name] for name in ("midPx", "premium", "impactPxs")] == [None, None, None]


def test_mids_and_books() -> None:
    exchange = Embedded()
    assert exchange.read("allMids") == {"BTC": "100000.0", "ETH": "2000.0", "SOL": "150.0"}
    exchange.venue.model.set_liquidity("BTC", Liquidity(size=Decimal(2), levels=3))
    book = exchange.read("l2Book", coin="BTC")
    bids, asks = book["levels"]
    assert [level["px"] for level in bids] == sorted((level["px"] for level in bids), reverse=True)
    assert bids[0] == {"px": "99995.0", "sz": "2.0", "n": 1}
    assert asks[0]["px"] == "100005.0"
    assert (book["coin"], book["time"]) == ("BTC", NOW_MS)
    assert exchange.read("l2Book", coin="NOSUCH") is None


def test_a_book_can_be_asked_for_in_fewer_figures() -> None:
    exchange = Embedded()
    exchange.venue.model.set_liquidity("BTC", Liquidity(size=Decimal(2), levels=3))
    bids, asks = exchange.read("l2Book", coin="BTC", nSigFigs=3)["levels"]
    assert [level["px"] for level in bids] == ["99900.0"]
    assert [(level["px"], level["sz"]) for level in asks] == [("101000.0", "6.0")]
    fifth = exchange.read("l2Book", coin="BTC", nSigFigs=5, mantissa=5)["levels"][1]
    assert fifth[0]["px"] == "100050.0"
    for bad in ({"nSigFigs": 6}, {"nSigFigs": 3, "mantissa": 2}):
        answer = exchange.answered(exchange.info_request("l2Book", coin="BTC", **bad))
        assert (answer.status, answer.body) == (500, b"null")


def test_an_unknown_coin_or_interval() -> None:
    exchange = Embedded()
    unknown = exchange.info_request(
        "candleSnapshot", req={"coin": "NOSUCH", "interval": "1h", "startTime": 0}
    )
    assert (exchange.answered(unknown).status, exchange.answered(unknown).body) == (500, b"null")
    bad = exchange.info_request("candleSnapshot", req={"coin": "BTC", "interval": "7m", "startTime": 0})
    assert exchange.answered(bad).status == 422
    assert exchange.answered(exchange.info_request("nosuch")).status == 422


def test_the_candle_that_holds_the_start_and_the_running_one_are_included() -> None:
    exchange = Embedded(start_ms=NOW_MS + 17 * MINUTE_MS)
    now = exchange.clock.now_ms()
    rows = candles(exchange, "30m", startTime=now - HOUR_MS, endTime=now)
    assert [row["t"] for row in rows] == [now // 1_800_000 * 1_800_000 - n * 1_800_000 for n in (2, 1, 0)]
    assert all(row["T"] == row["t"] + 1_800_000 - 1 for row in rows)
    assert list(rows[0]) == ["t", "T", "s", "i", "o", "c", "h", "l", "v", "n"]
    assert (rows[0]["s"], rows[0]["i"], rows[0]["o"]) == ("BTC", "30m", "100000.0")
    closed = candles(exchange, "30m", startTime=now - HOUR_MS, endTime=rows[-1]["t"] - 1)
    assert closed == rows[:-1]
    assert candles(exchange, "30m", startTime=now + HOUR_MS) == []


def test_the_running_candle_grows_with_the_price_of_now() -> None:
    start = NOW_MS // HOUR_MS * HOUR_MS
    bars = [Bar(100, 110, 95, 105, 1.0), Bar(105, 120, 90, 100, 2.0)]
    feed = ScriptedFeed({"BTC": bars}, start_ms=start)
    exchange = Embedded(feed=feed, start_ms=start + 30_000)
    first = candles(exchange, "1h", startTime=start)[0]
    assert (first["o"], first["t"]) == ("100.0", start)
    assert Decimal(first["l"]) <= Decimal(first["c"]) <= Decimal(first["h"])
    exchange.clock.advance(2 * MINUTE_MS)
    assert {key: candles(exchange, "1h", startTime=start)[0][key] for key in "ohlcv"} == {
        "o": "100.0",
        "h": "120.0",
        "l": "90.0",
        "c": "100.0",
        "v": "3.0",
    }


def test_history_begins_where_the_script_does_and_ends_at_five_thousand() -> None:
    exchange = Embedded()
    rows = candles(exchange, "1m", startTime=0)
    assert len(rows) == 1_441
    feed = hyperliquid_bundle_feed()
    venue = new_venue(feed, start_ms=LATER_MS)
    found = venue.candles.snapshot(venue.model, "BTC", "5m", start_ms=0, end_ms=None)
    assert len(found) == CANDLES_MAX


@settings(max_examples=25)
@given(
    interval=st.sampled_from([*LENGTHS_MIN, "1M"]),
    coin=st.sampled_from(["BTC", "ETH", "SOL"]),
    back=st.integers(0, 60),
)
def test_candles_of_the_bundle_are_continuous_and_made_of_minutes(
    interval: str, coin: str, back: int
) -> None:
    venue = new_venue(hyperliquid_bundle_feed(), start_ms=LATER_MS)
    start_ms = LATER_MS - back * LENGTHS_MIN.get(interval, 43_200) * MINUTE_MS
    found = venue.candles.snapshot(venue.model, coin, interval, start_ms=start_ms, end_ms=LATER_MS)
    rows = [json.loads(row) for row in found]
    assert rows[0]["t"] <= max(0, start_ms) <= rows[0]["T"]
    assert rows[-1]["t"] <= LATER_MS <= rows[-1]["T"]
    for before, after in pairwise(rows):
        assert before["T"] + 1 == after["t"]
        assert abs(float(before["c"]) / float(after["o"]) - 1) < 0.002
    for row in rows[:-1]:
        first, count = row["t"] // MINUTE_MS, (row["T"] + 1 - row["t"]) // MINUTE_MS
        bar = venue.feed.span(coin, first, count)
        assert (float(row["o"]), float(row["h"]), float(row["l"]), float(row["c"])) == (
            bar.open,
            bar.high,
            bar.low,
            bar.close,
        )


def test_the_bundle_anchor_is_the_first_candle_of_its_day() -> None:
    venue = new_venue(hyperliquid_bundle_feed(), start_ms=LATER_MS)
    anchor = BUNDLE_START_MINUTE * MINUTE_MS
    rows = venue.candles.snapshot(venue.model, "BTC", "1d", start_ms=anchor, end_ms=anchor)
    assert json.loads(rows[0])["o"] == "94230.0"


def test_funding_history_is_hourly_and_cut_at_five_hundred() -> None:
    exchange = Embedded()
    exchange.venue.model.set_funding_rate("BTC", Decimal("-0.0001"))
    rows = exchange.read("fundingHistory", coin="BTC", startTime=NOW_MS - 3 * HOUR_MS)
    assert [row["time"] % HOUR_MS for row in rows] == [0, 0, 0]
    assert rows[0]["fundingRate"] == "-0.0001"
    assert len(exchange.read("fundingHistory", coin="BTC", startTime=0)) == 500


def test_the_small_reads() -> None:
    exchange = Embedded()
    assert exchange.read("exchangeStatus") == {"time": NOW_MS, "specialStatuses": None}
    assert exchange.read("perpDexs") == [None]
    assert exchange.read("spotMeta")["tokens"][0]["name"] == "USDC"
    assert exchange.read("spotMetaAndAssetCtxs") == [exchange.read("spotMeta"), []]
    assert exchange.read("maxMarketOrderNtls")[0] == [25, "30000000.0"]
    assert exchange.read("perpsAtOpenInterestCap") == []
