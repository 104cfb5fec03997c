"""A lock only counts on a file that is plainly ours, on a file system that can lock it."""

import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest

from tests.support.clocks import ManualClock
from tests.support.locks import held_or_fail, open_descriptors, taken
from trader.core.errors import ConfigError
from trader.lock import Busy, acquire


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "locks" / "venue-net-account.lock"


def test_a_symbolic_link_is_refused_and_its_target_untouched(path: Path) -> None:
    target = path.parent.parent / "precious"
    target.write_text("keep")
    path.parent.mkdir(mode=0o700)
    path.symlink_to(target)
    with pytest.raises(ConfigError, match="is a symbolic link"):
        acquire(path, command="run", wait_s=0, clock=ManualClock())
    assert target.read_text() == "keep"


def test_a_hard_link_is_refused_and_its_target_untouched(path: Path) -> None:
    target = path.parent.parent / "precious"
    target.write_text("keep")
    path.parent.mkdir(mode=0o700)
    path.hardlink_to(target)
    with pytest.raises(ConfigError, match="2 hard links, expected 1"):
        acquire(path, command="run", wait_s=0, clock=ManualClock())
    assert target.read_text() == "keep"


def test_a_pipe_is_refused_without_waiting_for_its_other_end(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    os.mkfifo(path)
    with pytest.raises(ConfigError, match="not a regular file"):
        acquire(path, command="run", wait_s=0, clock=ManualClock())


def test_a_folder_in_the_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(ConfigError, match="is a folder"):
        acquire(path, command="run", wait_s=0, clock=ManualClock())


def test_a_folder_that_others_can_write_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o777)
    with pytest.raises(ConfigError, match="can be written by others; run: chmod 700"):
        acquire(path, command="run", wait_s=0, clock=ManualClock())


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="set lock_dir"):
        acquire(tmp_path / "file" / "locks" / "a.lock", command="run", wait_s=0, clock=ManualClock())


def test_a_file_that_others_could_open_is_made_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b"")
    path.chmod(0o666)
    with taken(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EIO])
def test_a_file_system_without_locks_is_said_and_nothing_is_held(
    monkeypatch: pytest.MonkeyPatch, path: Path, number: int
) -> None:
    def refuses(_descriptor: int, _operation: int) -> None:
        raise OSError(number, os.strerror(number))

    before = open_descriptors()
    monkeypatch.setattr(fcntl, "flock", refuses)
    with pytest.raises(ConfigError, match="set lock_dir to a folder on a local disk"):
        acquire(path, command="run", wait_s=0, clock=ManualClock())
    assert open_descriptors() == before


def test_a_file_system_whose_locks_exclude_nobody_is_refused(
    monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda _descriptor, _operation: None)
    with pytest.raises(ConfigError, match="exclude nobody"):
        acquire(path, command="run", wait_s=0, clock=ManualClock())


def test_a_file_deleted_and_made_anew_while_waiting_is_taken_under_its_name(path: Path) -> None:
    first = taken(path, command="run")

    class SwapsTheFile(ManualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            path.unlink(missing_ok=True)

    with held_or_fail(acquire(path, command="flatten", wait_s=60, clock=SwapsTheFile())):
        assert path.stat().st_nlink == 1
        assert isinstance(acquire(path, command="run", wait_s=0, clock=ManualClock()), Busy)
    first.release()


def test_a_file_swapped_between_the_check_and_the_lock_is_not_held(
    monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    real = fcntl.flock

    def swap_then_lock(descriptor: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)
        path.rename(path.with_suffix(".away"))
        path.write_bytes(b"")
        path.chmod(0o600)
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", swap_then_lock)
    assert isinstance(acquire(path, command="run", wait_s=0, clock=ManualClock()), Busy)
    taken(path).release()
