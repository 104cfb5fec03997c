"""The tables of markets that count in contracts or in coins with tiers of their own rates."""

import copy
import json
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from trader.exchange.margin import maintenance, tier_at
from trader.exchange.market_tables import BadMarkets, parse_swaps
from trader.exchange.rules import Market

D = Decimal


def table(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(files("trader.exchange").joinpath(f"markets/{name}.json").read_text())
    return loaded


def swap(name: str, coin: str) -> Market:
    return parse_swaps(table(name), [coin])[0]


@pytest.mark.parametrize(
    ("name", "coin", "contract", "lot", "tick", "minimum"),
    [
        ("okx", "BTC", "0.01", "0.0001", "0.1", None),
        ("okx", "ETH", "0.1", "0.001", "0.01", None),
        ("okx", "SOL", "1", "0.01", "0.01", None),
        ("binance", "BTC", "1", "0.001", "0.10", D(50)),
        ("binance", "ETH", "1", "0.001", "0.01", D(20)),
        ("binance", "SOL", "1", "0.01", "0.01", D(5)),
    ],
)
def test_sizes_are_coins_whatever_the_table_counts_in(
    name: str, coin: str, contract: str, lot: str, tick: str, minimum: Decimal | None
) -> None:
    market = swap(name, coin)
    assert (market.contract, market.size_step, market.size_min) == (D(contract), D(lot), D(lot))
    assert (market.price_step, market.min_notional) == (D(tick), minimum)
    assert (market.significant_figures, market.index) == (None, 0)
    assert D(1).scaleb(-market.price_decimals) == market.price_step
    assert market.size_max is not None and market.market_size_max is not None
    assert market.size_min < market.market_size_max <= market.size_max


@pytest.mark.parametrize("name", ["okx", "binance"])
def test_every_market_stands_in_its_place_with_tiers_that_only_get_harder(name: str) -> None:
    markets = parse_swaps(table(name))
    assert [market.index for market in markets] == list(range(len(markets)))
    assert {"BTC", "ETH", "SOL"} <= {market.coin for market in markets}
    for market in markets:
        leverages = [tier.max_leverage for tier in market.tiers]
        rates = [tier.rate for tier in market.tiers]
        assert leverages == sorted(leverages, reverse=True) and rates == sorted(rates)
        assert all(tier.rate < 1 / D(tier.max_leverage) for tier in market.tiers), market.coin
        assert market.max_leverage == leverages[0]


def test_tiers_by_contracts_become_tiers_by_coins() -> None:
    market = swap("okx", "BTC")
    assert market.tiers_by_size
    assert tier_at(market, D(10), D("29.99"))[0].max_leverage == 100
    assert tier_at(market, D(10), D(30))[0].max_leverage == 75


def test_tiers_by_notional_have_the_deduction_that_the_venue_publishes() -> None:
    market = swap("binance", "BTC")
    assert tier_at(market, D(900_000))[1:] == (D("0.0065"), D(1500))
    assert maintenance(market, D(900_000)) == D("4350")


def test_only_the_coins_asked_for_and_none_that_is_not_there() -> None:
    assert [market.coin for market in parse_swaps(table("okx"), ["SOL", "BTC"])] == ["BTC", "SOL"]
    with pytest.raises(BadMarkets, match="no rules for NOSUCH"):
        parse_swaps(table("okx"), ["BTC", "NOSUCH"])


@pytest.mark.parametrize("field", ["lot", "tick", "size_min", "size_max", "limit_band", "tiers", "coin"])
def test_a_row_with_a_missing_number_is_refused(field: str) -> None:
    data = copy.deepcopy(table("okx"))
    del data["markets"][0][field]
    with pytest.raises(BadMarkets, match="table of markets"):
        parse_swaps(data)


@pytest.mark.parametrize(
    "rows", [[], [["1", 10, "0.01"]], [["0", 10, "0.01"], ["9", 5, "0.02"], ["3", 4, "0.1"]]]
)
def test_tiers_begin_at_nothing_and_ascend(rows: list[list[Any]]) -> None:
    data = copy.deepcopy(table("binance"))
    data["tiers"]["BTC"] = rows
    with pytest.raises(BadMarkets, match="from 0 on, ascending"):
        parse_swaps(data)


@pytest.mark.parametrize("name", ["okx", "binance"])
def test_each_table_says_where_its_numbers_come_from(name: str) -> None:
    assert "venue" in table(name)["source"]
