"""The market table: one odd coin spoils itself alone, a table that may be misnumbered spoils everything."""

from decimal import Decimal

import pytest

from tests.support.hyperliquid_answers import a_table, recorded
from trader.core.errors import Malformed
from trader.core.market import MarginTier, Market, Trading
from trader.core.orders import Unreadable
from trader.core.snapshot import Quote
from trader.venues.hyperliquid.parse_market import MarketTable


def market(coin: str, **changes: object) -> Market:
    found = MarketTable(a_table({coin: changes})).market(coin)
    assert found is not None
    return found


def quote(**changes: object) -> Quote | Unreadable:
    return MarketTable(a_table(prices={"SOL": changes})).quote("SOL")


def test_the_rules_of_a_coin() -> None:
    assert market("SOL") == Market(
        coin="SOL",
        number=2,
        lot=Decimal("0.01"),
        price_decimals_max=4,
        notional_min=Decimal(10),
        tiers=(MarginTier(Decimal(0), 20), MarginTier(Decimal(70_000_000), 10)),
        price_figures_max=5,
    )


def test_a_coin_without_a_table_of_tiers_has_one_leverage() -> None:
    for changes in ({"marginTableId": 3, "maxLeverage": 3}, {"marginTableId": 20}):
        assert len(market("SOL", **changes).tiers) == 1
    assert MarketTable(recorded("table_sample")).market("HPOS").tiers == (MarginTier(Decimal(0), 3),)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "changes",
    [
        {"onlyIsolated": True},
        {"marginMode": "noCross"},
        {"marginMode": "strictIsolated"},
        {"marginMode": "new"},
    ],
)
def test_a_coin_that_allows_no_cross_margin(changes: dict[str, object]) -> None:
    assert not market("SOL", **changes).cross_allowed
    assert market("SOL", onlyIsolated=False, marginMode=None).cross_allowed


def test_a_delisted_coin_is_closed_and_moves_no_number() -> None:
    table = MarketTable(a_table({"ETH": {"isDelisted": True}}, {"ETH": {"impactPxs": None, "markPx": "0.0"}}))
    assert table.market("ETH").trading is Trading.CLOSED  # type: ignore[union-attr]
    assert (table.number("ETH"), table.number("SOL")) == (1, 2)
    assert isinstance(table.quote("ETH"), Unreadable)


def test_the_samples_of_the_client_libraries() -> None:
    table = MarketTable(recorded("table_sample"))
    seen = table.quote("BTC")
    assert seen == Quote(
        mark=Decimal("14.3161"),
        oracle=Decimal("14.32"),
        bid=Decimal("14.3047"),
        ask=Decimal("14.3444"),
        funding_rate=Decimal("0.0000125"),
    )
    listed = recorded("meta_sample")
    delisted = MarketTable([listed, [{}] * len(listed["universe"])]).market("LOOM")
    assert delisted is not None
    assert (delisted.trading, delisted.cross_allowed) == (Trading.CLOSED, False)


def test_an_unknown_coin_is_missing_with_the_nearest_names() -> None:
    table = MarketTable(a_table())
    assert table.market("SOLL") is None
    assert table.nearest("SOLL") == "SOLL is not a market of this venue; nearest: SOL"
    assert table.nearest("btc") == "btc is not a market of this venue; nearest: BTC"
    assert table.nearest("NOTHING") == "NOTHING is not a market of this venue"
    assert isinstance(table.quote("SOLL"), Unreadable)


@pytest.mark.parametrize(
    "changes",
    [
        {"szDecimals": None},
        {"szDecimals": -1},
        {"szDecimals": 7},
        {"szDecimals": "2"},
        {"szDecimals": 10**400},
        {"maxLeverage": 0},
        {"maxLeverage": "20"},
        {"maxLeverage": 5000, "marginTableId": 1},
        {"onlyIsolated": 1},
        {"isDelisted": "yes"},
        {"marginTableId": "52"},
    ],
)
def test_an_odd_coin_spoils_itself_alone(changes: dict[str, object]) -> None:
    table = MarketTable(a_table({"ETH": changes}))
    assert table.market("SOL") is not None
    with pytest.raises(Malformed, match=r"universe\[1\]"):
        table.market("ETH")


@pytest.mark.parametrize(
    "tiers",
    [
        [],
        [{"lowerBound": "5.0", "maxLeverage": 20}],
        [{"lowerBound": "0.0", "maxLeverage": 20}, {"lowerBound": "0.0", "maxLeverage": 10}],
        [{"lowerBound": "0.0"}],
        None,
    ],
)
def test_tiers_that_make_no_sense_are_malformed(tiers: object) -> None:
    value = a_table()
    value[0]["marginTables"][0][1]["marginTiers"] = tiers
    with pytest.raises(Malformed, match="marginTables"):
        MarketTable(value).market("SOL")


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        [],
        [{}],
        [None, []],
        [{"universe": []}, []],
        [{"universe": None}, []],
        [a_table()[0], a_table()[1][:2]],
        [{"universe": [{"name": "SOL"}, {"name": "SOL"}]}, [{}, {}]],
        [{"universe": [{"name": None}]}, [{}]],
        [{"universe": [{}]}, [{}]],
        [{"universe": ["SOL"]}, [{}]],
    ],
)
def test_a_table_that_may_be_misnumbered_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        MarketTable(value)


def test_an_empty_book_has_no_bid_and_no_ask() -> None:
    seen = quote(impactPxs=None, midPx=None)
    assert isinstance(seen, Quote)
    assert (seen.bid, seen.ask) == (None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"markPx": "0.0"},
        {"markPx": "-1.0"},
        {"markPx": "NaN"},
        {"markPx": None},
        {"markPx": 100.0},
        {"oraclePx": "0.0"},
        {"funding": "x"},
        {"funding": None},
        {"impactPxs": ["101.0", "100.0"]},
        {"impactPxs": ["0.0", "100.0"]},
        {"impactPxs": ["100.0"]},
        {"impactPxs": "100.0"},
    ],
)
def test_prices_that_cannot_be_make_no_quote(changes: dict[str, object]) -> None:
    assert isinstance(quote(**changes), Unreadable)


@pytest.mark.parametrize("name", ["markPx", "oraclePx", "funding", "impactPxs"])
def test_a_missing_price_makes_no_quote(name: str) -> None:
    value = a_table()
    del value[1][2][name]
    seen = MarketTable(value).quote("SOL")
    assert isinstance(seen, Unreadable)
    assert f"the field {name} is missing" in seen.why
