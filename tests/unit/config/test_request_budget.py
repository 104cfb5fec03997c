"""What ticks would ask is held against half of the venue's limit; too dear a file still protects."""

from pathlib import Path

import pytest

from tests.support.configurations import write
from tests.support.still_market import ten_coins
from trader.commands.config import asked_of
from trader.config import load
from trader.config.rules import tolls_of
from trader.core.access import Toll
from trader.core.errors import ConfigError


def a_file(folder: Path, venue: str, coins: tuple[str, ...], *lines: str, params: str = "") -> Path:
    named = "".join(f"  {coin}: {{strategy: breakout{params}}}\n" for coin in coins)
    return write(folder, "\n".join([f"venue: {venue}", "mode: paper", *lines, "markets:", named]))


def said_of(file: Path) -> str:
    try:
        return asked_of(load(file).settings)
    except ConfigError as error:
        return str(error).removeprefix(f"{file}:")


def too_much(asked: str, planned: int, limit: int, coins: int, accounts: int = 1) -> str:
    path, shared, fewer = "markets", "", ""
    if accounts > 1:
        path, shared = "accounts_on_this_ip", f", shared by {accounts} accounts"
        fewer = ", let fewer accounts trade from this address"
    half = f"{planned} may be planned: half of the venue's {limit}{shared}"
    return (
        f"3:1: {path}: a tick asks about {asked}, and {half}; name fewer coins than these {coins}{fewer}, "
        "or choose longer bars"
    )


WEIGHT = "{} points of weight in 60 s"
TIERS = "{} requests for public/position-tiers in 20 s"
ELEVEN = (*ten_coins("hyperliquid"), "SUI")
TOO_MUCH = [
    (("hyperliquid", ELEVEN), too_much(WEIGHT.format(602), 600, 1200, 11)),
    (("hyperliquid", ELEVEN[:2], "accounts_on_this_ip: 3"), too_much(WEIGHT.format(300), 200, 1200, 2, 3)),
    (("binance", ELEVEN[:3], "accounts_on_this_ip: 5"), too_much(WEIGHT.format(255), 240, 2400, 3, 5)),
    (("okx", ELEVEN[:3], "accounts_on_this_ip: 20"), too_much(TIERS.format(3), 2, 100, 3, 20)),
]
FITS = [
    (
        ("hyperliquid", ELEVEN[:10]),
        "a tick asks about 564 of 1200 points of weight a minute; 600 may be planned",
    ),
    (
        ("hyperliquid", ELEVEN[:2], "accounts_on_this_ip: 2"),
        "a tick asks about 300 of 1200 points of weight a minute; 300 may be planned for each of 2 accounts",
    ),
    (
        ("binance", ten_coins("binance"), "accounts_on_this_ip: 3"),
        "a tick asks about 394 of 2400 points of weight a minute; 400 may be planned for each of 3 accounts",
    ),
    (
        ("okx", ten_coins("okx")),
        "a tick asks about 10 of 100 requests for public/position-tiers in 20 s; 50 may be planned",
    ),
]


@pytest.mark.parametrize(("given", "said"), [*TOO_MUCH, *FITS])
def test_what_a_tick_asks_is_told_or_refused(tmp_path: Path, given: tuple, said: str) -> None:  # type: ignore[type-arg]
    assert said_of(a_file(tmp_path, *given)) == said


def test_a_file_that_asks_too_much_protects_all_the_same(tmp_path: Path) -> None:
    loaded = load(a_file(tmp_path, "hyperliquid", ELEVEN), need="protection")
    assert len(loaded.settings.markets) == len(ELEVEN)
    assert len(loaded.faults) == 1


def test_longer_bars_cost_less(tmp_path: Path) -> None:
    short, long = (
        tolls_of(load(a_file(tmp_path, "hyperliquid", ELEVEN[:1], params=params)).settings)[0].asked
        for params in ("", ", params: {bar: 4h}")
    )
    assert long < short


def test_half_of_a_limit_is_divided_where_the_accounts_share_it() -> None:
    shared, own = (Toll("points", 51, 200, 60, is_shared=is_shared) for is_shared in (True, False))
    assert (shared.planned_max(1), shared.planned_max(2), shared.planned_max(3)) == (100, 50, 33)
    assert (shared.fits(1), shared.fits(2)) == (True, False)
    assert own.fits(2) and own.planned_max(2) == 100
