"""Prices and sizes by our rules, against ccxt's, over every coin of the recorded market table.

ccxt rounds a price twice, first to its figures and then to its decimals, which moves a few of them by a
step; what must agree is what counts: nothing that our rules allow is changed by ccxt's.
"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.hyperliquid_answers import recorded
from trader.core.market import Market
from trader.venues.hyperliquid.ccxt_class import hyperliquid_class
from trader.venues.hyperliquid.encode import wire_number
from trader.venues.hyperliquid.parse_market import MarketTable

META = recorded("meta_2023")
TABLE = MarketTable([META, [{}] * len(META["universe"])])
COINS = [row["name"] for row in META["universe"]]
VALUES = st.decimals(min_value="0.00001", max_value="250000", places=8, allow_nan=False, allow_infinity=False)


def rules(coin: str) -> Market:
    found = TABLE.market(coin)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def ccxt() -> Any:
    """ccxt with the recorded coins and nothing loaded from anywhere."""
    exchange = hyperliquid_class()({})
    markets = [
        exchange.parse_market({**row, "baseId": str(i), "markPx": "1.0"})
        for i, row in enumerate(META["universe"])
    ]
    exchange.set_markets(markets)
    return exchange


def symbol_of(ccxt: Any, coin: str) -> str:
    return next(str(symbol) for symbol, market in ccxt.markets.items() if market["baseName"] == coin)


@settings(max_examples=12)
@pytest.mark.parametrize("coin", COINS)
@given(value=VALUES)
def test_a_price_of_ours_is_one_of_ccxts(ccxt: Any, coin: str, value: Decimal) -> None:
    market, symbol = rules(coin), symbol_of(ccxt, coin)
    for price in (market.price(value), market.price_up(value), market.price_down(value)):
        assert Decimal(ccxt.price_to_precision(symbol, wire_number(price))) == price
    rounded = Decimal(ccxt.price_to_precision(symbol, wire_number(value)))
    assert abs(rounded - market.price(value)) <= market.price_step(value)
    figures = max(5, len(str(int(value))))
    if len(value.normalize().as_tuple().digits) <= figures and rounded > 0:
        assert rounded == market.price(value)


@settings(max_examples=12)
@pytest.mark.parametrize("coin", COINS)
@given(value=VALUES)
def test_a_size_of_ours_is_one_of_ccxts_and_never_above_what_was_asked(
    ccxt: Any, coin: str, value: Decimal
) -> None:
    market, symbol = rules(coin), symbol_of(ccxt, coin)
    size = market.size_down(value)
    assert size <= value
    assert value - size < market.lot
    assert Decimal(ccxt.amount_to_precision(symbol, wire_number(size))) == size


@pytest.mark.parametrize("coin", COINS)
def test_the_lot_is_ccxts_and_the_number_is_the_place_in_the_table(ccxt: Any, coin: str) -> None:
    market = ccxt.market(symbol_of(ccxt, coin))
    assert Decimal(str(market["precision"]["amount"])) == rules(coin).lot
    assert int(market["baseId"]) == rules(coin).number == COINS.index(coin)
