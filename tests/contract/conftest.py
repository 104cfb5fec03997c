"""Where each behaviour of an adapter is asked for.

`bench` (Hyperliquid), `okx` and `binance` run a behaviour on an embedded exchange in this process and over
HTTP, and, where somebody asks for it with `pytest -m testnet tests/contract`, on the venue's own network for
practice. For Hyperliquid that needs

    TRADER_TESTNET_ACCOUNT    the address of an account there with at least 200 USDC, flat in the coin
    TRADER_TESTNET_AGENT_KEY  the private key of an agent that this account approved
    TRADER_TESTNET_COIN       the coin to trade, ETH unless said otherwise

and for OKX and Binance what tests/support/whole_cycle.py names; they trade SOL. A behaviour trades 60 to 200
of the account's currency; what is open in that coin is closed before and after each. `sim_bench`, `sim_okx`
and `sim_binance` are for what only an embedded exchange can be made to do.
"""

from collections.abc import Iterator

import pytest

from tests.support import binance_places, okx_places
from tests.support.binance_bench import BinanceAccount, BinanceBench
from tests.support.hyperliquid_bench import Bench
from tests.support.hyperliquid_places import in_process, on_the_test_network, over_http
from tests.support.okx_bench import Account as OkxAccount
from tests.support.okx_bench import Bench as OkxBench

IN_PROCESS, OVER_HTTP, TEST_NETWORK = "in process", "over http", "test network"


def _at(place: str) -> Iterator[Bench]:
    if place == IN_PROCESS:
        yield in_process()
    elif place == OVER_HTTP:
        with over_http() as bench:
            yield bench
    else:
        with on_the_test_network() as bench:
            yield bench


@pytest.fixture(params=[IN_PROCESS, OVER_HTTP, pytest.param(TEST_NETWORK, marks=pytest.mark.testnet)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    yield from _at(request.param)


@pytest.fixture(params=[IN_PROCESS, OVER_HTTP])
def sim_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    yield from _at(request.param)


SIDES_AND_PLACES = [
    f"{sides}, {place}" for place in (IN_PROCESS, OVER_HTTP) for sides in ("one-way", "two-sided")
]
WITH_PRACTICE = [*SIDES_AND_PLACES, pytest.param(TEST_NETWORK, marks=pytest.mark.testnet)]


def _okx_at(where: str) -> Iterator[OkxBench]:
    """An account on an embedded OKX, with one side or with two."""
    two_sided = where.startswith("two-sided")
    if where.endswith(IN_PROCESS):
        yield okx_places.in_process(two_sided=two_sided)
    else:
        with okx_places.over_http(two_sided=two_sided) as bench:
            yield bench


def _binance_at(where: str) -> Iterator[BinanceBench]:
    """An account on an embedded Binance, with one side or with two."""
    two_sided = where.startswith("two-sided")
    if where.endswith(IN_PROCESS):
        yield binance_places.in_process(two_sided=two_sided)
    else:
        with binance_places.over_http(two_sided=two_sided) as bench:
            yield bench


@pytest.fixture(params=WITH_PRACTICE)
def okx(request: pytest.FixtureRequest) -> Iterator[OkxAccount]:
    if request.param != TEST_NETWORK:
        yield from _okx_at(request.param)
        return
    with okx_places.on_the_test_network() as account:
        yield account


@pytest.fixture(params=SIDES_AND_PLACES)
def sim_okx(request: pytest.FixtureRequest) -> Iterator[OkxBench]:
    yield from _okx_at(request.param)


@pytest.fixture(params=WITH_PRACTICE)
def binance(request: pytest.FixtureRequest) -> Iterator[BinanceAccount]:
    if request.param != TEST_NETWORK:
        yield from _binance_at(request.param)
        return
    with binance_places.on_the_test_network() as account:
        yield account


@pytest.fixture(params=SIDES_AND_PLACES)
def sim_binance(request: pytest.FixtureRequest) -> Iterator[BinanceBench]:
    yield from _binance_at(request.param)
