"""The demo as a newcomer runs it, with fewer days: its numbers must add up and come from the exchange."""

import json
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest

DAYS = 2


def demo(days: int, *more: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "trader", "demo", "--json", "--days", str(days), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    return demo(DAYS)


def test_every_tick_with_a_position_was_covered(shown: dict[str, Any]) -> None:
    assert shown["ticks"] == DAYS * 48
    assert shown["ticks_with_position"] > 0
    assert shown["ticks_covered"] == shown["ticks_with_position"]
    assert shown["naked_seconds"] == 0
    assert shown["exits"] == {"0": shown["ticks"]}


def test_the_money_adds_up(shown: dict[str, Any]) -> None:
    """The account's parts to its equity, and the trades to the account, to the last digit."""
    money = {name: Decimal(value) for name, value in shown["account"].items()}
    parts = money["start"] + money["realised"] + money["unrealised"] - money["fees"] + money["funding"]
    assert parts == money["equity"]
    closed = [t for t in shown["trades"] if t["exit_ms"] is not None]
    assert closed
    fees = sum(Decimal(t["fee"]) for t in shown["trades"])
    assert fees == money["fees"]
    assert sum(Decimal(t["funding"]) for t in shown["trades"]) == money["funding"]


def test_every_exit_says_why(shown: dict[str, Any]) -> None:
    reasons = {t["reason"] for t in shown["trades"]}
    assert reasons <= {"stop", "target", "early", "time", "open"}


def test_the_faulty_run_met_faults_and_kills(shown: dict[str, Any]) -> None:
    faults = shown["faults"]
    assert faults["injected"] == sum(faults["kinds"].values()) > 0
    assert faults["kills"] > 0
    assert faults["ticks_covered"] == faults["ticks_with_position"] > 0


def test_a_seed_gives_the_same_run_and_another_meets_other_faults(shown: dict[str, Any]) -> None:
    other = demo(1, "--seed", "8")
    assert demo(1, "--seed", "8") == other
    assert other["faults"]["kinds"] != shown["faults"]["kinds"]


@pytest.mark.parametrize(("venue", "strategy"), [("okx", "bollinger"), ("binance", "hedge_grid")])
def test_any_strategy_on_any_venue_ends_each_tick_covered(venue: str, strategy: str) -> None:
    told = demo(1, "--venue", venue, "--strategy", strategy)
    assert (told["venue"], told["strategy"]) == (venue, strategy)
    for run in (told, told["faults"]):
        assert run["ticks_covered"] == run["ticks_with_position"]
    assert told["ticks_with_position"] + told["faults"]["ticks_with_position"] > 0
