"""Numbers of a strategy that only the operator can name: a file without them is refused, each in one line."""

from pathlib import Path

import pytest

from tests.support.configurations import write
from trader.config import load
from trader.config.document import parse
from trader.config.resolve import Resolution, resolve
from trader.core.errors import ConfigError

GRID = """\
venue: hyperliquid
mode: paper
markets:
  BTC: {strategy: breakout}
  ETH:
    strategy: hedge_grid
"""
WHOLE = "{base_qty: 0.002, side_notional_max: 2000, gross_notional_max: 3000, net_notional_max: 1500}"
NAMES = ["base_qty", "side_notional_max", "gross_notional_max", "net_notional_max"]


def missing(name: str) -> str:
    return f"markets.ETH.params.{name} is missing: expected a number above 0 and at most 1000000000, for"


def resolution(text: str) -> Resolution:
    return resolve(parse(text, "trader.yaml"), origin="trader.yaml", is_private=True)


def faults_of(text: str) -> list[str]:
    return [fault.text for fault in resolution(text).faults]


@pytest.mark.parametrize("params", ["", "    params:\n", "    params: {}\n", "    params: {adx_len: 10}\n"])
def test_each_missing_number_is_named_once(params: str) -> None:
    told = faults_of(GRID + params)
    assert len(told) == 4
    for name, line in zip(sorted(NAMES), sorted(told), strict=True):
        assert line.startswith(missing(name)), line


@pytest.mark.parametrize("name", NAMES)
def test_one_that_is_missing_is_named_alone(name: str) -> None:
    rest = ", ".join(part for part in WHOLE.strip("{}").split(", ") if not part.startswith(name))
    (line,) = faults_of(f"{GRID}    params: {{{rest}}}\n")
    assert line.startswith(missing(name))


def test_one_that_is_wrong_is_named_alone() -> None:
    (line,) = faults_of(f"{GRID}    params: {WHOLE.replace('0.002', '-1')}\n")
    assert line.startswith("markets.ETH.params.base_qty: -1 is not allowed: expected a number above 0")


def test_a_coin_without_its_numbers_is_left_out_and_the_others_stay(tmp_path: Path) -> None:
    """For protection the rest of the file counts; nothing is traded on a file with a fault."""
    path = write(tmp_path, GRID)
    loaded = load(path, need="protection")
    assert set(loaded.settings.markets) == {"BTC"} and len(loaded.faults) == 4
    with pytest.raises(ConfigError, match="base_qty is missing"):
        load(path)


def test_a_whole_grid_is_read() -> None:
    result = resolution(f"{GRID}    params: {WHOLE}\n")
    assert result.settings is not None
    params = result.settings.markets["ETH"].params
    assert (params.base_qty, params.net_notional_max, params.levels_long) == (0.002, 1500.0, 6)
    assert result.sources["markets.ETH.params.base_qty"].startswith("trader.yaml line")
    assert result.sources["markets.ETH.params.levels_long"] == "default"
