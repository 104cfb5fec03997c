"""The manual clock passes only when told to, and the venue's time ignores steps of the host's wall."""

import pytest

from trader.sim.clock import ManualClock, VenueTime


def test_sleeping_and_advancing_pass_on_both_clocks() -> None:
    clock = ManualClock(1_000)
    clock.sleep(1.5)
    clock.advance(10)
    assert (clock.now_ms(), clock.elapsed_ms()) == (2_510, 1_510)
    clock.advance_to(3_000)
    assert (clock.now_ms(), clock.elapsed_ms()) == (3_000, 2_000)


def test_a_step_moves_the_wall_alone() -> None:
    clock = ManualClock(1_000)
    clock.step(-400)
    assert (clock.now_ms(), clock.elapsed_ms()) == (600, 0)


def test_time_does_not_pass_backward() -> None:
    with pytest.raises(ValueError, match="use step"):
        ManualClock(1_000).advance(-1)


def test_the_venue_keeps_its_own_time() -> None:
    clock = ManualClock(1_000)
    venue = VenueTime(clock, offset_ms=7)
    clock.step(3_600_000)
    clock.advance(5)
    assert venue.now_ms() == 1_012
