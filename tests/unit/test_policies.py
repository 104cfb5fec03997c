"""How much of the past a decision reads, as the file's limits ask for it."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import flat_candles
from trader import config
from trader.config.rules import BARS_MAX
from trader.core.candles import DAY_MS
from trader.core.errors import ConfigError
from trader.core.policy import VOLATILITY_RETURNS
from trader.policies import bars_needed, policy_of
from trader.rules.portfolio import daily_returns
from trader.settings import Settings
from trader.strategies.registry import STRATEGIES

PARAMS = {
    "bar": "5m",
    "base_qty": "0.01",
    "side_notional_max": "2000",
    "gross_notional_max": "3000",
    "net_notional_max": "1500",
}
LIMITS = ("limits.risk_volatility_max=0.1", "limits.strategy_risk_volatility_max=0.1")


def settings_of(*overrides: str) -> Settings:
    params = (f"markets.BTC.params.{name}={value}" for name, value in PARAMS.items())
    return config.load(None, ("venue=okx", "markets.BTC.strategy=hedge_grid", *params, *overrides)).settings


@pytest.mark.parametrize("limit", LIMITS)
def test_a_volatility_limit_reads_eight_closes_of_days_whenever_it_looks(limit: str) -> None:
    """At each bar of a day the bars that are read hold seven returns, and one bar less would not always."""
    plain, limited = settings_of(), settings_of(limit)
    spec = STRATEGIES["hedge_grid"]
    assert bars_needed("BTC", plain) == spec.bars_needed(plain.markets["BTC"].params)
    bars = bars_needed("BTC", limited)
    assert policy_of(limited, account_tag=1, entries_for=frozenset()).markets["BTC"].bars_needed == bars
    frame_ms = spec.frame_ms(limited.markets["BTC"].params)
    last = [40 * DAY_MS + step * frame_ms for step in range(DAY_MS // frame_ms)]

    def fewest(count: int) -> int:
        return min(len(daily_returns(as_if(frame_ms, count, at))) for at in last)

    assert bars > bars_needed("BTC", plain)
    assert (fewest(bars), fewest(bars - 1)) == (VOLATILITY_RETURNS, VOLATILITY_RETURNS - 1)


def as_if(frame_ms: int, bars: int, last_ms: int) -> Any:
    opened = tuple(last_ms - n * frame_ms for n in range(bars))[::-1]
    return replace(flat_candles(bars=bars), frame_ms=frame_ms, open_ms=opened)


def test_a_bar_so_short_that_eight_days_do_not_fit_is_a_fault_of_the_file() -> None:
    short = "markets.BTC.params.bar=1m"
    assert bars_needed("BTC", settings_of(short)) <= BARS_MAX
    with pytest.raises(ConfigError, match=f"the venue serves {BARS_MAX}.*or no volatility limit"):
        settings_of(short, LIMITS[0])
