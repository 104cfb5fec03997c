"""Settings to policy, and the declarations themselves."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any, get_args, get_origin

import pytest

from trader import settings
from trader.policies import policy_of
from trader.settings import (
    AdoptSettings,
    EntrySettings,
    LimitSettings,
    MarketSettings,
    Settings,
    SizingSettings,
    StopSettings,
)
from trader.strategies.registry import STRATEGIES

SPEC = STRATEGIES["breakout"]
BTC = MarketSettings("breakout", SPEC.params_type(range_bars=20), SizingSettings(), EntrySettings())
SETTINGS = Settings(venue="hyperliquid", mode="paper", markets={"BTC": BTC})


def limited(**given: Any) -> Settings:
    return replace(SETTINGS, limits=LimitSettings(**given))


def traded(market: MarketSettings) -> Settings:
    return replace(SETTINGS, markets={"BTC": market})


def test_the_defaults_of_a_policy_are_the_documented_numbers() -> None:
    policy = policy_of(SETTINGS, account_tag=7, entries_for=frozenset({"BTC"}))
    market = policy.markets["BTC"]
    assert (policy.account_tag, policy.entries_for, policy.report_foreign) == (7, frozenset({"BTC"}), True)
    assert (market.sizing.position_ratio, market.sizing.max_single_loss) == (0.3, None)
    assert (market.sizing.leverage, market.sizing.cross) == (3, True)
    assert (market.entries.slippage_max, market.entries.drift_max) == (0.003, 0.005)
    assert (market.entries.max_signal_age_s, market.entries.level_tolerance) == (300, 0.002)
    assert (policy.stops.trigger, policy.stops.liquidation_margin, policy.stops.fallback) == (
        "mark",
        None,
        0.05,
    )
    assert (policy.limits.clock_skew_max_ms, policy.limits.data_age_max_ms) == (5_000, 60_000)
    assert policy.adopt == {}


def test_a_coin_brings_what_its_strategy_says_of_its_numbers() -> None:
    market = policy_of(SETTINGS, account_tag=7, entries_for=frozenset()).markets["BTC"]
    params = BTC.params
    assert (market.coin, market.strategy, market.strategy_name) == ("BTC", SPEC.want, "breakout")
    assert (market.strategy_number, market.params) == (SPEC.number, params)
    assert (market.frame_ms, market.bars_needed) == (SPEC.frame_ms(params), SPEC.bars_needed(params))
    assert (market.hold_ms_max, market.stop_fallback) == (
        SPEC.hold_ms_max(params),
        SPEC.stop_fallback(params),
    )


@pytest.mark.parametrize(
    ("changed", "read"),
    [
        (
            replace(SETTINGS, stops=StopSettings(liquidation_margin=0.02)),
            lambda p: p.stops.liquidation_margin,
        ),
        (replace(SETTINGS, stops=StopSettings(fallback=0.07)), lambda p: p.stops.fallback),
        (replace(SETTINGS, foreign="ignore"), lambda p: p.report_foreign),
        (replace(SETTINGS, adopt={"ETH": AdoptSettings(stop=0.1)}), lambda p: p.adopt),
        (limited(notional_max=Decimal(5)), lambda p: p.limits.notional_max),
        (limited(coin_notional_max=Decimal(6)), lambda p: p.limits.coin_notional_max),
        (limited(gross_notional_max=Decimal(7)), lambda p: p.limits.gross_notional_max),
        (limited(positions_max=2), lambda p: p.limits.positions_max),
        (limited(clock_skew_max_s=2), lambda p: p.limits.clock_skew_max_ms),
        (limited(data_age_max_s=9), lambda p: p.limits.data_age_max_ms),
        *(
            (traded(replace(BTC, sizing=sizing)), lambda p: p.markets["BTC"].sizing)
            for sizing in (
                SizingSettings(position_ratio=0.1),
                SizingSettings(max_single_loss=5),
                SizingSettings(leverage=2),
                SizingSettings(margin="isolated"),
            )
        ),
        *(
            (traded(replace(BTC, entries=entries)), lambda p: p.markets["BTC"].entries)
            for entries in (
                EntrySettings(slippage_max=0.001),
                EntrySettings(drift_max=0.001),
                EntrySettings(max_signal_age_s=9),
                EntrySettings(level_tolerance=0.001),
            )
        ),
    ],
)
def test_each_setting_reaches_the_policy(changed: Settings, read: Any) -> None:
    plain = policy_of(SETTINGS, account_tag=7, entries_for=frozenset())
    assert read(policy_of(changed, account_tag=7, entries_for=frozenset())) != read(plain)


def declarations() -> list[Any]:
    return [
        cls for cls in vars(settings).values() if is_dataclass(cls) and cls.__module__ == settings.__name__
    ]


def test_every_default_is_within_its_own_bounds() -> None:
    for cls in declarations():
        for entry in fields(cls):
            value = entry.default
            if value is None or value is MISSING or not isinstance(value, int | float | Decimal):
                continue
            bounds = entry.metadata
            assert value > bounds.get("gt", value - 1), (cls, entry.name)
            assert value >= bounds.get("ge", value), (cls, entry.name)
            assert value < bounds.get("lt", value + 1), (cls, entry.name)
            assert value <= bounds.get("le", value), (cls, entry.name)


def test_every_number_and_every_free_text_says_what_it_may_be() -> None:
    """A name not known to the checker would be a bound that nothing checks."""
    known = {"gt", "ge", "lt", "le", "kind", "example", "absent", "secret"}
    for cls in declarations():
        for entry in fields(cls):
            assert set(entry.metadata) <= known, (cls, entry.name)
            kinds = {entry.type, *get_args(entry.type)}
            if kinds & {int, float, Decimal}:
                assert {"gt", "ge"} & set(entry.metadata), (cls, entry.name)
                assert "example" in entry.metadata, (cls, entry.name)
            names_itself = cls is MarketSettings or get_origin(entry.type) is Mapping
            if str in kinds and not names_itself:
                assert "kind" in entry.metadata, (cls, entry.name)


def test_importing_the_settings_loads_nothing_heavy() -> None:
    code = (
        "import sys, trader.settings;"
        "print(sorted({'yaml', 'pydantic', 'logging', 'json', 'click', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
