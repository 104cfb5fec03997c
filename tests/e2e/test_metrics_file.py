"""The text file as real commands leave it: each command keeps its own line of life, and the halt is in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.machine import ended
from tests.support.scenes import stage_with_position
from tests.support.served import Served
from tests.support.told_metrics import Told, short

SINCE = "halted_since_timestamp_seconds"
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


def test_a_halt_shows_in_the_file_with_its_time_as_far_as_that_is_known(holding: Served) -> None:
    tick = told(holding, "run")
    assert tick["halted"] == 0 and SINCE not in tick
    assert ended(holding.start("halt", "--why", "news")).code == 0
    halted = told(holding, "check-sl")
    assert halted["halted"] == 1
    assert (
        tick["last_run_timestamp_seconds run"] < halted[SINCE] < halted["last_run_timestamp_seconds check-sl"]
    )
    each_command_tells_its_own_life(tick, halted)
    (switch,) = (holding.machine.home / ".config/trader").glob("halt-*.json")
    switch.write_text("garbage")
    unreadable = told(holding, "check-sl")
    assert unreadable["halted"] == 1 and SINCE not in unreadable


def each_command_tells_its_own_life(tick: Told, check: Told) -> None:
    """And both what the file bounds."""
    life = ("last_run_timestamp_seconds", "last_success_timestamp_seconds", "run_duration_seconds")
    assert {f"{name} run" for name in life} <= set(tick)
    assert all(check[f"{name} run"] == tick[f"{name} run"] for name in life)
    assert {f"{name} check-sl" for name in life} <= set(check) - set(tick)
    assert (check["run_interval_seconds run"], check["daily_loss_limit_usd"]) == (900, 20)
