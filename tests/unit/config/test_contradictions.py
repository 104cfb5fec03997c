"""Caps that make each other idle, or under which nothing could pass, are refused; equal ones are not."""

import re
from pathlib import Path

import pytest

from tests.support.configurations import write
from tests.unit.config.test_bad_files import COINS, HEAD, faults_of, table
from trader.config import load
from trader.config.template import combinations, composed

GRID = "{base_qty: 0.002, side_notional_max: %s, gross_notional_max: %s, net_notional_max: %s}"
EQUAL = [
    "limits: {notional_max: 9, coin_notional_max: 9, side_notional_max: 9, net_notional_max: 9}",
    "limits: {side_notional_max: 9, net_notional_max: 9, gross_notional_max: 9, notional_max: 9}",
    "limits: {coin_notional_max: 9, gross_notional_max: 9, naked_resting_notional_max: 9}",
    "limits: {trade_loss_max: 9, strategy_loss_at_stops_max: 9, loss_at_stops_max: 9}",
    "limits: {strategy_risk_volatility_max: 0.1, risk_volatility_max: 0.1}",
    "limits: {market_deviation_max: 0.003}",
    "limits: {leverage_used_max: 0.3}",
    "limits: {leverage_used_max: 0.2}\nsizing: {max_single_loss: 5}",
    "fills: {slippage_bps: 20, spread_bps: 20}",
    "entries: {slippage_max: 0.0001}",
    "limits: {daily_loss_max: 999.99}",
    "limits: {trade_loss_max: 14.5}\nsizing: {max_single_loss: 5}",
    "limits: {daily_loss_max: 2000}\npaper: {url: 'http://127.0.0.1:8900'}",
]


@pytest.mark.parametrize(("lines", "said"), table("contradictions.txt"))
def test_a_cap_that_contradicts_another(tmp_path: Path, lines: str, said: str) -> None:
    assert faults_of(tmp_path, f"{HEAD}{lines}\n{COINS}") == said


@pytest.mark.parametrize("lines", EQUAL)
def test_caps_that_just_fit(tmp_path: Path, lines: str) -> None:
    assert load(write(tmp_path, f"{HEAD}{lines}\n{COINS}")).faults == ()


@pytest.mark.parametrize(
    ("caps", "part", "most"),
    [
        ((400, 300, 200), "side_notional_max: 400", "300 (markets.BTC.params.gross_notional_max)"),
        ((200, 300, 250), "net_notional_max: 250", "200 (markets.BTC.params.side_notional_max)"),
    ],
)
def test_the_caps_of_a_grid(tmp_path: Path, caps: tuple[int, ...], part: str, most: str) -> None:
    text = "venue: okx\nmode: paper\nmarkets: {BTC: {strategy: hedge_grid, params: " + GRID % caps + "}}\n"
    assert faults_of(tmp_path, text).endswith(
        f"markets.BTC.params.{part} is not allowed: expected at most {most}, for example {most.split()[0]}"
    )


@pytest.mark.parametrize(
    ("coin", "said"),
    [
        ("strategy: breakout, params: {trend_fast: 21}", "trend_fast: 21 is not allowed: expected below 21"),
        ("strategy: breakout, params: {trend_slow: 5}", "trend_fast: 8 is not allowed: expected below 5"),
        (
            "strategy: hedge_grid, params: {ema_fast: 40, " + (GRID % (30, 50, 30))[1:],
            "ema_fast: 40 is not allowed: expected below 30",
        ),
    ],
)
def test_an_average_that_is_not_the_faster_one(tmp_path: Path, coin: str, said: str) -> None:
    text = "venue: okx\nmode: paper\nmarkets: {BTC: {" + coin + "}}\n"
    assert f"markets.BTC.params.{said} (markets.BTC.params." in faults_of(tmp_path, text)


def test_a_limit_of_one_coin_is_held_against_that_coin(tmp_path: Path) -> None:
    """A coin that loses less, and a strategy that names its own sizes, are not in question."""
    coins = "markets: {BTC: {strategy: breakout}, ETH: {strategy: breakout, sizing: {max_single_loss: 9}}}\n"
    text = f"{HEAD}limits: {{trade_loss_max: 20}}\nsizing: {{max_single_loss: 5}}\n{coins}"
    assert "of ETH lets 9 be lost" in faults_of(tmp_path, text)
    grid = "markets: {BTC: {strategy: hedge_grid, params: " + GRID % (30, 50, 30) + "}}\n"
    text = f"venue: okx\nmode: paper\nlimits: {{trade_loss_max: 2}}\nsizing: {{max_single_loss: 5}}\n{grid}"
    assert load(write(tmp_path, text)).faults == ()


@pytest.mark.parametrize(("venue", "strategy"), tuple(combinations()))
def test_the_examples_fit_together(tmp_path: Path, venue: str, strategy: str) -> None:
    """Whoever switches every limit of a shipped file on has a file that holds."""
    text = composed(venue, strategy)
    start, end = text.index("\nlimits:"), text.index("\nschedule:")
    limits = re.sub(r"^  #(?=\S)", "  ", text[start:end], flags=re.MULTILINE)
    text = text[:start] + limits + text[end:]
    text = text.replace("  #max_single_loss", "  max_single_loss")
    loaded = load(write(tmp_path, text))
    assert loaded.faults == ()
    assert loaded.settings.limits.trade_loss_max and loaded.settings.sizing.max_single_loss
