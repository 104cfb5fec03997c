"""A deadline counts a suspended machine and a forward step, and no clock step ever lengthens it."""

import time

import pytest

from tests.support.clocks import ManualClock
from trader.clock import Deadline, SystemClock

HOUR_MS = 3_600_000
BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def test_time_that_passes_is_used() -> None:
    clock = ManualClock()
    deadline = Deadline.after(clock, soft_s=90, reserve_s=30)
    clock.run_ms(20_000)
    assert deadline.remaining_s() == 70
    assert deadline.entry_remaining_s() == 40
    clock.run_ms(45_000)
    assert deadline.entry_remaining_s() == 0
    assert deadline.remaining_s() == 25
    clock.run_ms(25_000)
    assert deadline.expired
    assert deadline.remaining_s() == 0


def test_a_suspended_machine_whose_elapsed_clock_stood_still_counts_by_the_wall() -> None:
    clock = ManualClock()
    deadline = Deadline.after(clock, soft_s=90, reserve_s=30)
    clock.wall_ms += 600_000
    assert deadline.expired


def test_a_suspended_machine_whose_wall_was_not_set_yet_counts_by_the_elapsed_clock() -> None:
    clock = ManualClock()
    deadline = Deadline.after(clock, soft_s=90, reserve_s=30)
    clock.since_boot_ms += 600_000
    assert deadline.expired


def test_a_wall_clock_set_back_lengthens_nothing() -> None:
    clock = ManualClock()
    deadline = Deadline.after(clock, soft_s=90, reserve_s=30)
    clock.run_ms(10_000)
    clock.wall_ms -= HOUR_MS
    clock.run_ms(10_000)
    assert deadline.remaining_s() == 70


def test_a_forward_step_that_is_taken_back_was_still_used_once_seen() -> None:
    clock = ManualClock()
    deadline = Deadline.after(clock, soft_s=90, reserve_s=30)
    clock.wall_ms += 80_000
    assert deadline.remaining_s() == 10
    clock.wall_ms -= 80_000
    assert deadline.remaining_s() == 10
    clock.run_ms(4_000)
    assert deadline.remaining_s() == 6


def test_a_request_to_stop_shortens_and_a_second_one_cannot_lengthen() -> None:
    clock = ManualClock()
    deadline = Deadline.after(clock, soft_s=90, reserve_s=30)
    clock.run_ms(10_000)
    deadline.shorten(25)
    assert deadline.remaining_s() == 25
    assert deadline.entry_remaining_s() == 0
    deadline.shorten(60)
    assert deadline.remaining_s() == 25


def test_one_request_never_outlives_the_run() -> None:
    clock = ManualClock()
    deadline = Deadline.after(clock, soft_s=90, reserve_s=30)
    assert deadline.timeout(10) == 10
    clock.run_ms(87_000)
    assert deadline.timeout(10) == 3


def test_a_reserve_as_long_as_the_deadline_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot keep a reserve of 90"):
        Deadline.after(ManualClock(), soft_s=90, reserve_s=90)


def test_the_system_clock_is_utc_and_its_elapsed_time_counts_suspend() -> None:
    clock = SystemClock()
    assert abs(clock.now_ms() - time.time() * 1000) < 1000
    assert abs(clock.elapsed_ms() - time.clock_gettime(BOOT) * 1000) < 1000
    before_ms = clock.elapsed_ms()
    clock.sleep(0.003)
    assert clock.elapsed_ms() - before_ms >= 3 - 1
