"""The quarantine word: only a plain `clean` is clean, and a word that cannot be written is a value."""

from pathlib import Path

import pytest

from tests.support.clocks import ManualClock
from tests.support.locks import no_room_for_writes, taken
from trader.lock import Busy, WordLost, acquire
from trader.lock_record import Quarantine


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "locks" / "venue-net-account.lock"


def test_a_missing_word_is_dirty_since_now(path: Path) -> None:
    clock = ManualClock()
    with taken(path, clock) as held:
        assert held.found == Quarantine(clean=False, since_ms=clock.wall_ms)
        assert held.announced is None


def test_a_run_that_never_wrote_leaves_the_word_as_it_found_it(path: Path) -> None:
    clock = ManualClock()
    first_ms = clock.wall_ms
    taken(path, clock).release()
    clock.run_ms(60_000)
    with taken(path, clock) as held:
        assert held.found == Quarantine(clean=False, since_ms=first_ms)
        held.mark_clean()
    for _ in range(2):
        with taken(path, clock) as held:
            assert held.found == Quarantine(clean=True, since_ms=None)


def test_the_word_of_a_killed_run_carries_the_time_of_its_last_write(path: Path) -> None:
    clock = ManualClock()
    with taken(path, clock) as held:
        assert held.mark_clean() is None
        assert held.mark_dirty(clock.wall_ms + 100) is None
        assert held.mark_dirty(clock.wall_ms + 900) is None
    clock.run_ms(2_000)
    with taken(path, clock) as held:
        assert held.found == Quarantine(clean=False, since_ms=clock.wall_ms - 2_000 + 900)


def test_a_word_from_the_future_is_dirty_since_now(path: Path) -> None:
    clock = ManualClock()
    with taken(path, clock) as held:
        held.mark_dirty(clock.wall_ms + 3_600_000)
    with taken(path, clock) as held:
        assert held.found == Quarantine(clean=False, since_ms=clock.wall_ms)


@pytest.mark.parametrize(
    "record",
    [b"", b"clean", b"cleaner\n", b"CLEAN\n", b" clean\n", b"dirty\n", b"dirty -1\n", b"\xff\xfeclean\n"],
)
def test_anything_but_the_plain_word_is_dirty_since_now(path: Path, record: bytes) -> None:
    taken(path).release()
    path.write_bytes(record)
    clock = ManualClock(wall_ms=1_800_000_000_000)
    with taken(path, clock) as held:
        assert held.found == Quarantine(clean=False, since_ms=clock.wall_ms)


def test_a_word_that_cannot_be_written_is_a_value(path: Path) -> None:
    with taken(path) as held:
        held.mark_clean()
        with no_room_for_writes():
            lost = held.mark_dirty(1)
        assert isinstance(lost, WordLost)
        assert "could not be written" in lost.reason
        assert held.mark_dirty(2) is None


def test_a_full_disk_does_not_keep_protection_from_the_lock(path: Path) -> None:
    taken(path).release()
    with no_room_for_writes():
        held = taken(path)
    assert isinstance(held.announced, WordLost)
    assert isinstance(acquire(path, command="run", wait_s=0, clock=ManualClock()), Busy)
    held.release()
