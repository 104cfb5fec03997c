"""The table of instruments, margin tiers, prices and funding as values."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.okx_answers import Row, a_table, a_tier, an_instrument, cells, sample
from trader.core.errors import Broken, Malformed
from trader.core.market import Market, Trading
from trader.venues.okx import parse_market
from trader.venues.okx.contracts import coin_of, contracts_in, inst_id
from trader.venues.okx.parse_market import InstrumentTable


def market(coin: str = "SOL", **changes: object) -> Market:
    found = InstrumentTable([an_instrument(coin, **changes)]).market(coin)
    assert found is not None
    return found


def test_sizes_leave_the_table_in_coins() -> None:
    found = market("BTC", ctVal="0.01", lotSz="0.01", minSz="0.01", tickSz="0.1", lever="100")
    assert (found.contract, found.lot, found.size_min) == (
        Decimal("0.01"),
        Decimal("0.0001"),
        Decimal("0.0001"),
    )
    assert (found.tick, found.price_decimals_max, found.leverage_max) == (Decimal("0.1"), 1, 100)
    assert (found.trading, found.cross_allowed, found.notional_min) == (Trading.OPEN, True, Decimal(0))


def test_a_multiplier_counts() -> None:
    assert market(ctVal="10", ctMult="100").contract == 1000


@pytest.mark.parametrize(
    ("tick", "decimals"), [("0.1", 1), ("0.0000001", 7), ("1", 0), ("0.50", 1), ("10", 0)]
)
def test_prices_are_whole_ticks(tick: str, decimals: int) -> None:
    found = market(tickSz=tick)
    assert found.price_decimals_max == decimals
    price = found.price(Decimal("1234.5678901"))
    assert price % Decimal(tick) == 0


@pytest.mark.parametrize(
    ("changes", "trading"),
    [
        ({}, Trading.OPEN),
        ({"state": "suspend"}, Trading.CLOSED),
        ({"state": "post_only"}, Trading.CLOSED),
        ({"state": "preopen"}, Trading.CLOSED),
        ({"expTime": "1790000000000"}, Trading.REDUCE_ONLY),
    ],
)
def test_what_may_be_done_in_a_coin_now(changes: Row, trading: Trading) -> None:
    assert market(**changes).trading is trading


LIMITS = "instId=SOL-USDT-SWAP buyLmt={} sellLmt={}"


def test_the_band_is_the_nearer_limit_with_room_for_a_step() -> None:
    row = cells(LIMITS.format(105, 96)) | {"enabled": True}
    found = parse_market.band([row], "SOL", Decimal(100))
    assert found == Decimal("0.036")
    assert InstrumentTable([an_instrument()]).market("SOL", band=found) == replace(market(), limit_band=found)


def test_where_the_venue_sets_no_limits_there_is_no_band() -> None:
    row = cells(LIMITS.format("", "")) | {"enabled": False}
    assert parse_market.band([row], "SOL", Decimal(100)) is None
    assert market().limit_band is None


@pytest.mark.parametrize(
    "row",
    [
        cells(LIMITS.format("", "")) | {"enabled": True},
        cells(LIMITS.format(105, 101)) | {"enabled": True},
        cells(LIMITS.format(99, 90)) | {"enabled": True},
        cells(LIMITS.format(105, 95)) | {"enabled": "true"},
        cells(LIMITS.format(105, 95)),
        cells("instId=BTC-USDT-SWAP buyLmt=105 sellLmt=95") | {"enabled": True},
    ],
)
def test_limits_that_cannot_be_are_malformed(row: Row) -> None:
    with pytest.raises(Malformed):
        parse_market.band([row], "SOL", Decimal(100))


@pytest.mark.parametrize(
    "changes",
    [
        {"ctVal": ""},
        {"ctVal": "0"},
        {"ctMult": ""},
        {"lotSz": ""},
        {"minSz": "0"},
        {"tickSz": ""},
        {"lever": ""},
        {"lever": "0"},
        {"lever": "5000"},
        {"ctType": "inverse"},
        {"settleCcy": "USDC"},
        {"state": None},
        {"expTime": None},
        {"tickSz": 0.1},
    ],
)
def test_an_odd_row_spoils_its_own_coin_only(changes: Row) -> None:
    table = InstrumentTable([*a_table()[:2], an_instrument("SOL", **changes)])
    with pytest.raises(Malformed):
        table.market("SOL")
    assert table.market("ETH") is not None


@pytest.mark.parametrize(
    "rows", [[], [an_instrument(instId="BTC-USD-SWAP")], [an_instrument(), an_instrument()], [7]]
)
def test_a_table_that_cannot_be_one_is_malformed(rows: list[object]) -> None:
    with pytest.raises(Malformed):
        InstrumentTable(rows)


def test_a_coin_that_is_not_there_is_named_with_its_neighbours() -> None:
    table = InstrumentTable(list(a_table()))
    assert table.market("SOLL") is None
    assert table.contract("SOLL") is None
    assert table.nearest("SOLL") == "SOLL is not a market of this venue; nearest: SOL"


def test_tiers_are_counted_in_contracts_and_told_by_notional() -> None:
    rows: list[object] = [a_tier(tier="2", minSz="501", maxLever="66.66", mmr="0.01"), a_tier(minSz="1")]
    found = parse_market.tiers(rows, "BTC")
    first, second = parse_market.tiers_at(found, Decimal("0.01"), Decimal(60_000))
    assert (first.notional_min, first.leverage_max, first.maintenance_rate) == (
        Decimal(0),
        50,
        Decimal("0.005"),
    )
    assert (second.notional_min, second.leverage_max) == (Decimal(300_600), 66)
    assert (first.size_min, second.size_min) == (Decimal(0), Decimal("5.01"))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [a_tier(tier="2")],
        [a_tier(), a_tier(tier="2", minSz="0")],
        [a_tier(mmr="")],
        [a_tier(maxLever="")],
        [a_tier(), a_tier(tier="2", minSz="-1")],
    ],
)
def test_tiers_that_cannot_be_are_malformed(rows: list[object]) -> None:
    with pytest.raises(Malformed):
        parse_market.tiers(rows, "BTC")


def test_a_quote() -> None:
    assert parse_market.best([cells("instId=SOL-USDT-SWAP bidPx=1 askPx=2")], "SOL") == (
        Decimal(1),
        Decimal(2),
    )
    assert parse_market.best([cells("instId=SOL-USDT-SWAP bidPx= askPx=2")], "SOL") == (None, Decimal(2))
    assert parse_market.index([cells("instId=SOL-USDT idxPx=1.5")], "SOL") == Decimal("1.5")


@pytest.mark.parametrize(
    "row",
    [
        "instId=SOL-USDT-SWAP bidPx=2 askPx=1",
        "instId=SOL-USDT-SWAP bidPx=0 askPx=1",
        "instId=SOL-USDT-SWAP askPx=1",
        "instId=BTC-USDT-SWAP bidPx=1 askPx=2",
        "instId=SOL-USDT-SWAP bidPx=NaN askPx=1",
        "instId=SOL-USDT-SWAP bidPx=-1 askPx=1",
    ],
)
def test_prices_that_cannot_be_are_malformed(row: str) -> None:
    with pytest.raises(Malformed):
        parse_market.best([cells(row)], "SOL")


@pytest.mark.parametrize("rows", [[], [cells("instId=SOL-USDT idxPx=0")], [cells("instId=BTC-USDT idxPx=1")]])
def test_an_index_that_cannot_be_is_malformed(rows: list[object]) -> None:
    with pytest.raises(Malformed):
        parse_market.index(rows, "SOL")


def test_marks_of_all_coins_come_in_one_answer() -> None:
    rows = [cells("instId=SOL-USDT-SWAP markPx=1"), cells("instId=BTC-USD-SWAP markPx=0")]
    assert parse_market.marks(list(rows)) == {"SOL": 1}
    with pytest.raises(Malformed):
        parse_market.marks([cells("instId=SOL-USDT-SWAP markPx=0")])


FUNDING = "instId=SOL-USDT-SWAP fundingRate=-0.0003 fundingTime=1750003200000 nextFundingTime={}"


def test_funding_says_how_long_its_interval_is() -> None:
    terms = parse_market.funding_terms([cells(FUNDING.format(1750017600000))], "SOL")
    assert (terms.rate, terms.next_ms, terms.interval_ms) == (Decimal("-0.0003"), 1750003200000, 14_400_000)


@pytest.mark.parametrize("following", ["", "1750003200000", "0"])
def test_an_interval_that_cannot_be_is_malformed(following: str) -> None:
    with pytest.raises(Malformed):
        parse_market.funding_terms([cells(FUNDING.format(following))], "SOL")


def test_documented_rows_can_be_read() -> None:
    (ticker,) = sample("GetTicker")["data"]
    assert parse_market.best([ticker | {"instId": "SOL-USDT-SWAP"}], "SOL") == (
        Decimal("8888.88"),
        Decimal("9999.99"),
    )
    assert parse_market.marks(sample("GetMarkPrices")["data"]) == {"BTC": 200}
    assert parse_market.index(sample("GetIndexTickers")["data"], "BTC") == 43350
    assert parse_market.funding_terms(sample("GetFundingRates")["data"], "BTC").interval_ms == 28_800_000
    assert parse_market.tiers(sample("GetPositionTiers")["data"], "BTC")[0].leverage_max == 10
    with pytest.raises(Malformed, match="no perpetual swap"):
        InstrumentTable(sample("GetSymbols")["data"])


@pytest.mark.parametrize(
    ("instrument", "coin"),
    [("BTC-USDT-SWAP", "BTC"), ("1INCH-USDT-SWAP", "1INCH"), ("BTC-USDT", None), ("BTC-USDC-SWAP", None)],
)
def test_a_coin_and_its_instrument(instrument: str, coin: str | None) -> None:
    assert coin_of(instrument) == coin
    assert coin is None or inst_id(coin) == instrument


def test_contracts_are_whole_lots_and_never_none() -> None:
    btc = market("BTC", ctVal="0.01", lotSz="0.01")
    assert contracts_in(Decimal("0.0123"), btc) == Decimal("1.23")
    for size in ("0", "-1", "0.00005", "0.01231"):
        with pytest.raises(Broken):
            contracts_in(Decimal(size), btc)
