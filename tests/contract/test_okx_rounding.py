"""Prices and sizes by our rules, against ccxt's, over instruments of every kind of step.

ccxt counts sizes in contracts and cuts them, and rounds a price to the nearest tick: what must agree is that
nothing our rules allow is changed by ccxt's, and that no size of ours is above what was asked.
"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.okx_answers import an_instrument
from trader.core.market import Market
from trader.venues.okx.contracts import contracts_in, inst_id
from trader.venues.okx.encode import wire_number
from trader.venues.okx.parse_market import InstrumentTable

# Contract, lot, smallest size and tick of real instruments, and some that are odder.
KINDS = {
    "BTC": ("0.01", "0.01", "0.01", "0.1"),
    "ETH": ("0.1", "0.01", "0.01", "0.01"),
    "SOL": ("1", "0.01", "0.01", "0.01"),
    "DOGE": ("1000", "0.01", "0.01", "0.00001"),
    "PEPE": ("10000000", "0.1", "0.1", "0.000000001"),
    "OLD": ("10", "1", "1", "0.5"),
    "ODD": ("0.001", "5", "10", "0.25"),
}
ROWS = [
    an_instrument(coin, ctVal=contract, lotSz=lot, minSz=least, tickSz=tick)
    for coin, (contract, lot, least, tick) in KINDS.items()
]
TABLE = InstrumentTable(list(ROWS))
VALUES = st.decimals(min_value="0.00001", max_value="250000", places=9, allow_nan=False, allow_infinity=False)


def rules(coin: str) -> Market:
    found = TABLE.market(coin)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def ccxt() -> Any:
    """ccxt with these instruments and nothing loaded from anywhere."""
    import ccxt

    exchange = ccxt.okx()
    exchange.set_markets([exchange.parse_market(row) for row in ROWS])
    return exchange


def symbol_of(coin: str) -> str:
    return f"{coin}/USDT:USDT"


@settings(max_examples=25, deadline=None, derandomize=True)
@pytest.mark.parametrize("coin", KINDS)
@given(value=VALUES)
def test_a_price_of_ours_is_one_of_ccxts(ccxt: Any, coin: str, value: Decimal) -> None:
    market = rules(coin)
    for price in (market.price(value), market.price_up(value), market.price_down(value)):
        assert Decimal(ccxt.price_to_precision(symbol_of(coin), wire_number(price))) == price
        assert price % market.price_step(price) == 0
    assert market.price_down(value) <= max(value, market.price_step(value))
    assert market.price_up(value) >= value


@settings(max_examples=25, deadline=None, derandomize=True)
@pytest.mark.parametrize("coin", KINDS)
@given(value=VALUES)
def test_a_size_of_ours_is_one_of_ccxts_and_never_above_what_was_asked(
    ccxt: Any, coin: str, value: Decimal
) -> None:
    market = rules(coin)
    size = market.size_down(value)
    assert size <= value
    assert value - size < market.lot
    if size > 0:
        contracts = contracts_in(size, market)
        assert contracts * market.contract == size
        assert Decimal(ccxt.amount_to_precision(symbol_of(coin), wire_number(contracts))) == contracts


@pytest.mark.parametrize("coin", KINDS)
def test_the_steps_are_ccxts_in_coins(ccxt: Any, coin: str) -> None:
    market, theirs = rules(coin), ccxt.market(symbol_of(coin))
    assert theirs["id"] == inst_id(coin)
    assert Decimal(str(theirs["contractSize"])) == market.contract
    assert Decimal(str(theirs["precision"]["amount"])) * market.contract == market.lot
    assert Decimal(str(theirs["precision"]["price"])) == market.tick
    assert Decimal(str(theirs["limits"]["amount"]["min"])) * market.contract == market.size_min
    assert int(theirs["limits"]["leverage"]["max"]) == market.leverage_max
