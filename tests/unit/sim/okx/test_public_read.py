"""Market data: instruments in contracts, candles with their confirmation, limits, funding, tiers."""

from decimal import Decimal

import pytest

from tests.support.embedded_okx import BTC, ETH, HOUR_MS, SOL, EmbeddedOkx, net
from tests.support.embedded_wire import MINUTE_MS, NOW_MS
from trader.exchange.prices import Bar
from trader.sim.faults import Fault
from trader.sim.feed import ScriptedFeed

DAY_MS = 24 * HOUR_MS


def climbing() -> EmbeddedOkx:
    """BTC a dollar higher each minute, two coins a minute traded, since ten days ago."""
    count = 10 * 1440
    bars = [Bar(90_000.0 + n, 90_001.0 + n, 89_999.0 + n, 90_001.0 + n, 2.0) for n in range(count)]
    start = NOW_MS - count * MINUTE_MS
    return EmbeddedOkx(feed=ScriptedFeed({"BTC": bars}, start_ms=start))


def test_instruments_are_counted_in_contracts() -> None:
    rows = {row["instId"]: row for row in net().rows("public/instruments", instType="SWAP")}
    assert list(rows) == [BTC, ETH, SOL]
    assert [rows[BTC][name] for name in ("ctVal", "ctMult", "ctValCcy", "ctType")] == [
        "0.01",
        "1",
        "BTC",
        "linear",
    ]
    assert [rows[BTC][name] for name in ("tickSz", "lotSz", "minSz", "lever")] == [
        "0.1",
        "0.01",
        "0.01",
        "100",
    ]
    assert [rows[ETH][name] for name in ("ctVal", "lotSz", "tickSz")] == ["0.1", "0.01", "0.01"]
    assert rows[BTC]["instIdCode"] != rows[ETH]["instIdCode"]
    assert net().one("public/instruments", instType="SWAP", instId=SOL)["instFamily"] == "SOL-USDT"
    assert net().rows("public/instruments", instType="FUTURES") == []
    assert net().read_refused("public/instruments", instType="SWAP", instId="NO-USDT-SWAP") == "51001"


def test_a_change_of_rules_shows_at_once() -> None:
    exchange = net()
    exchange.arm(Fault("V15", params={"coin": "BTC", "size_step": "0.01", "price_step": "1"}))
    row = exchange.one("public/instruments", instType="SWAP", instId=BTC)
    assert (row["lotSz"], row["tickSz"]) == ("1", "1")


def test_the_newest_candle_is_first_and_unconfirmed() -> None:
    exchange = climbing()
    rows = exchange.rows("market/candles", instId=BTC, bar="30m", limit="3")
    assert [row[8] for row in rows] == ["0", "1", "1"]
    starts = [int(row[0]) for row in rows]
    assert starts == [starts[0], starts[0] - 30 * MINUTE_MS, starts[0] - 60 * MINUTE_MS]
    closed = rows[1]
    opened, high, low, close = (float(value) for value in closed[1:5])
    assert (high - opened, opened - low, close - opened) == (30.0, 1.0, 30.0)
    # 2 coins a minute: contracts, coins, dollars.
    assert (closed[5], closed[6]) == ("6000", "60")
    assert float(closed[7]) == pytest.approx(60 * close)


def test_after_is_older_and_before_is_newer() -> None:
    exchange = climbing()
    stamps = [int(row[0]) for row in exchange.rows("market/candles", instId=BTC, bar="1m", limit="10")]
    older = exchange.rows("market/candles", instId=BTC, bar="1m", limit="2", after=str(stamps[3]))
    assert [int(row[0]) for row in older] == stamps[4:6]
    newer = exchange.rows("market/candles", instId=BTC, bar="1m", before=str(stamps[3]))
    assert [int(row[0]) for row in newer] == stamps[:3]
    between = exchange.rows(
        "market/candles", instId=BTC, bar="1m", before=str(stamps[6]), after=str(stamps[2])
    )
    assert [int(row[0]) for row in between] == stamps[3:6]


def test_pages_and_reach() -> None:
    exchange = climbing()
    assert len(exchange.rows("market/candles", instId=BTC)) == 100
    assert len(exchange.rows("market/candles", instId=BTC, limit="999")) == 300
    old = str(NOW_MS - 1441 * MINUTE_MS)
    assert exchange.rows("market/candles", instId=BTC, bar="1m", after=old) == []
    rows = exchange.rows("market/history-candles", instId=BTC, bar="1m", after=old, limit="5")
    assert [int(row[0]) for row in rows] == [
        NOW_MS - NOW_MS % MINUTE_MS - (1441 + n) * MINUTE_MS for n in range(1, 6)
    ]
    assert exchange.rows("market/history-candles", instId=BTC, after=str(NOW_MS - 11 * DAY_MS)) == []


def test_candles_of_mark_have_no_volume() -> None:
    exchange = climbing()
    for kind in ("", "history-"):
        marks = exchange.rows(f"market/{kind}mark-price-candles", instId=BTC, bar="30m", limit="999")
        rows = exchange.rows(f"market/{kind}candles", instId=BTC, bar="30m", limit="100")
        assert marks == [[*row[:5], row[8]] for row in rows]
    assert exchange.read_refused("market/mark-price-candles", instId=BTC, bar="7m") == "51000"


@pytest.mark.parametrize(
    ("bar", "offset_hours", "step_hours"),
    [("4H", 0, 4), ("6H", 4, 6), ("6Hutc", 0, 6), ("1D", 16, 24), ("1Dutc", 0, 24)],
)
def test_long_bars_begin_by_another_clock(bar: str, offset_hours: int, step_hours: int) -> None:
    exchange = climbing()
    rows = exchange.rows("market/candles", instId=BTC, bar=bar, limit="3")
    starts = [int(row[0]) for row in rows]
    assert {start % (step_hours * HOUR_MS) for start in starts} == {offset_hours * HOUR_MS}
    assert starts[0] - starts[1] == step_hours * HOUR_MS


def test_weeks_and_months() -> None:
    exchange = climbing()
    weeks = [int(row[0]) for row in exchange.rows("market/candles", instId=BTC, bar="1Wutc", limit="2")]
    # 2026-05-25 was a Monday.
    assert weeks[0] == 1_779_667_200_000
    months = [int(row[0]) for row in exchange.rows("market/candles", instId=BTC, bar="1Mutc", limit="1")]
    assert months == [1_777_593_600_000]
    assert exchange.read_refused("market/candles", instId=BTC, bar="7m") == "51000"
    assert exchange.read_refused("market/candles", instId=BTC, bar="1Hutc") == "51000"


def test_prices_of_one_instant_agree() -> None:
    exchange = net()
    exchange.venue.model.set_offsets("BTC", mark=Decimal(7), oracle=Decimal(-3))
    row = exchange.one("market/ticker", instId=BTC)
    assert (row["last"], row["bidPx"], row["askPx"]) == ("100000", "99995", "100005")
    marks = exchange.rows("public/mark-price", instType="SWAP")
    assert {row["instId"]: row["markPx"] for row in marks}[BTC] == "100007"
    assert exchange.one("public/mark-price", instId=BTC)["markPx"] == "100007"
    book = exchange.one("market/books", instId=BTC, sz="1")
    assert (book["bids"][0][0], book["asks"][0][0]) == ("99995", "100005")
    assert len(exchange.rows("market/tickers", instType="SWAP")) == 3


def test_limits_around_mark() -> None:
    row = net().one("public/price-limit", instId=BTC)
    assert (row["buyLmt"], row["sellLmt"], row["enabled"]) == ("102000", "98000", True)


def test_funding_every_eight_hours() -> None:
    exchange = net()
    row = exchange.one("public/funding-rate", instId=BTC)
    due = int(row["fundingTime"])
    assert due % (8 * HOUR_MS) == 0
    assert NOW_MS < due <= NOW_MS + 8 * HOUR_MS
    assert int(row["nextFundingTime"]) - due == 8 * HOUR_MS
    assert row["fundingRate"] == "0.0001"
    assert len(exchange.rows("public/funding-rate", instId="ANY")) == 3
    rows = exchange.rows("public/funding-rate-history", instId=BTC, limit="3")
    times = [int(row["fundingTime"]) for row in rows]
    assert times == [due - 8 * HOUR_MS * n for n in (1, 2, 3)]
    assert [
        int(row["fundingTime"])
        for row in exchange.rows("public/funding-rate-history", instId=BTC, after=str(times[1]), limit="2")
    ] == [times[1] - 8 * HOUR_MS, times[1] - 16 * HOUR_MS]
    short = net(funding_interval_ms=HOUR_MS).one("public/funding-rate", instId=BTC)
    assert int(short["nextFundingTime"]) - int(short["fundingTime"]) == HOUR_MS


def test_tiers_are_sizes_in_contracts() -> None:
    rows = net().rows("public/position-tiers", instType="SWAP", tdMode="cross", instFamily="BTC-USDT")
    assert [row["tier"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert (rows[0]["minSz"], rows[0]["maxSz"], rows[0]["mmr"], rows[0]["maxLever"]) == (
        "0",
        "3000",
        "0.004",
        "100",
    )
    assert rows[1]["minSz"] == rows[0]["maxSz"]
    assert (
        len(
            net().rows(
                "public/position-tiers", instType="SWAP", tdMode="cross", instFamily="BTC-USDT", tier="2"
            )
        )
        == 1
    )


def test_the_venues_clock() -> None:
    assert net().one("public/time")["ts"] == str(NOW_MS)
    exchange = net()
    exchange.arm(Fault("V21", params={"offset_ms": 40_000}))
    assert exchange.one("public/time")["ts"] == str(NOW_MS + 40_000)
    assert exchange.read("account/config")[1]["code"] == "50102"
