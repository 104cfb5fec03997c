"""Prices and sizes by our rules, against ccxt's, over the symbols of an embedded exchange.

ccxt cuts a size to whole steps and rounds a price to the nearest tick, a half away from zero, as ours do.
"""

import json
from decimal import Decimal
from typing import Any

import pytest
from ccxt.binanceusdm import binanceusdm
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.binance_places import in_process
from trader.core.market import Market
from trader.venues.binance.encode import digits
from trader.venues.binance.parse_market import MarketTable
from trader.venues.binance.symbols import symbol_of

VALUES = st.decimals(min_value="0.001", max_value="250000", places=8, allow_nan=False, allow_infinity=False)


def answers() -> tuple[Any, Any]:
    """What the exchange says about its symbols and their tiers."""
    bench = in_process()
    bench.observe()
    said = {}
    for request in bench.wire.rounds[0]:
        for name in ("exchangeInfo", "leverageBracket"):
            if name in request.url:
                (answer,) = bench.wire.inner.exchange([request], timeout_s=1.0)
                said[name] = json.loads(answer.body)  # type: ignore[union-attr]
    return said["exchangeInfo"], said["leverageBracket"]


RULES, TIERS = answers()
TABLE = MarketTable(RULES, TIERS)
COINS = [row["baseAsset"] for row in RULES["symbols"]]


def rules(coin: str) -> Market:
    found = TABLE.market(coin)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def ccxt() -> Any:
    exchange = binanceusdm({})
    exchange.set_markets([exchange.parse_market(row) for row in RULES["symbols"]])
    return exchange


def symbol_in(ccxt: Any, coin: str) -> str:
    return str(ccxt.markets_by_id[symbol_of(coin)][0]["symbol"])


@settings(max_examples=40)
@pytest.mark.parametrize("coin", COINS)
@given(value=VALUES)
def test_a_price_of_ours_is_ccxts(ccxt: Any, coin: str, value: Decimal) -> None:
    market, symbol = rules(coin), symbol_in(ccxt, coin)
    for price in (market.price_up(value), market.price_down(value)):
        assert Decimal(ccxt.price_to_precision(symbol, digits(price))) == price
    if value >= market.price_step(value):
        assert Decimal(ccxt.price_to_precision(symbol, digits(value))) == market.price(value)


@settings(max_examples=40)
@pytest.mark.parametrize("coin", COINS)
@given(value=VALUES)
def test_a_size_of_ours_is_ccxts_and_never_above_what_was_asked(ccxt: Any, coin: str, value: Decimal) -> None:
    market, symbol = rules(coin), symbol_in(ccxt, coin)
    size = market.size_down(value)
    assert size <= value
    assert value - size < market.lot
    if size > 0:
        assert Decimal(ccxt.amount_to_precision(symbol, digits(value))) == size


@pytest.mark.parametrize("coin", COINS)
def test_the_steps_are_ccxts(ccxt: Any, coin: str) -> None:
    market = ccxt.market(symbol_in(ccxt, coin))
    assert Decimal(str(market["precision"]["amount"])) == rules(coin).lot
    assert Decimal(str(market["precision"]["price"])) == rules(coin).tick
    assert Decimal(str(market["limits"]["cost"]["min"])) == rules(coin).notional_min
