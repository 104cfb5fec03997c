"""The text file as real commands leave it: each command keeps its own line of life, and the halt is in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.machine import ended
from tests.support.scenes import stage_with_position
from tests.support.served import Served
from tests.support.told_metrics import Told, short

LIMITS = ("--set", "limits.daily_loss_max=20", "--set", "schedule.every_minutes=15")


@pytest.fixture
def holding(tmp_path: Path) -> Iterator[Served]:
    """A position with its stop, on a venue that does not count what a test asks."""
    made = stage_with_position()
    made.venue.ip_budget.limit = 1_000_000
    with Served(made, tmp_path) as one:
        yield one


def told(served: Served, command: str) -> Told:
    file = served.machine.home / "trader.prom"
    result = ended(served.start(command, "--set", f"metrics.textfile={file}", *LIMITS))
    assert result.code == 0, result
    return short(file.read_text())


def test_a_halt_shows_in_the_file_with_its_time_until_resume(holding: Served) -> None:
    before = told(holding, "check-sl")
    assert before["halted"] == 0 and "halted_since_timestamp_seconds" not in before
    assert ended(holding.start("halt", "--why", "news")).code == 0
    halted = told(holding, "check-sl")
    assert halted["halted"] == 1
    last_run = "last_run_timestamp_seconds check-sl"
    assert before[last_run] < halted["halted_since_timestamp_seconds"] < halted[last_run]
    assert ended(holding.start("resume")).code == 0
    resumed = told(holding, "check-sl")
    assert resumed["halted"] == 0 and "halted_since_timestamp_seconds" not in resumed


def test_a_halt_that_cannot_be_read_has_no_time(holding: Served) -> None:
    assert ended(holding.start("halt")).code == 0
    (switch,) = (holding.machine.home / ".config/trader").glob("halt-*.json")
    switch.write_text("garbage")
    halted = told(holding, "check-sl")
    assert halted["halted"] == 1 and "halted_since_timestamp_seconds" not in halted


def test_each_command_writes_its_own_life_and_the_file_what_it_bounds(holding: Served) -> None:
    tick, check = told(holding, "run"), told(holding, "check-sl")
    life = ("last_run_timestamp_seconds", "last_success_timestamp_seconds", "run_duration_seconds")
    assert {f"{name} run" for name in life} <= set(tick)
    assert all(check[f"{name} run"] == tick[f"{name} run"] for name in life)
    assert {f"{name} check-sl" for name in life} <= set(check) - set(tick)
    assert (check["run_interval_seconds run"], check["daily_loss_limit_usd"]) == (900, 20)
