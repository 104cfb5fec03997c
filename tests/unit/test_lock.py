"""One lock per account from any environment, on a file that can be trusted, with an honest word in it."""

import errno
import fcntl
import os
import pwd
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import pytest

from tests.support.clocks import ManualClock
from trader.core.errors import Broken, ConfigError
from trader.lock import Busy, Held, WordLost, acquire, lock_path
from trader.lock_record import Holder, Quarantine

ACCOUNT = "0xAbCd000000000000000000000000000000000001"


def taken(path: Path, clock: ManualClock | None = None, *, command: str = "run") -> Held:
    held = acquire(path, command=command, wait_s=0, clock=clock or ManualClock())
    assert isinstance(held, Held)
    return held


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "locks" / "venue-net-account.lock"


@contextmanager
def no_room_for_writes() -> Iterator[None]:
    """Let every write to a file fail, as on a full disk, by the limit that the kernel has for it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


# The name.


def test_the_path_does_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"venue": "hyperliquid", "network": "mainnet"}
    before = lock_path(**asked, account_id=ACCOUNT)
    for name in ("HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "TMPDIR", "USER", "LOGNAME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert lock_path(**asked, account_id=ACCOUNT.lower()) == before
    assert before.parent == Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".local/state/trader/locks"
    assert before.name.startswith("hyperliquid-mainnet-")
    assert "abcd" not in before.name.lower()


def test_another_account_network_or_venue_is_another_lock() -> None:
    names = {
        lock_path(venue=venue, network=network, account_id=account)
        for venue in ("hyperliquid", "okx")
        for network in ("mainnet", "testnet")
        for account in (ACCOUNT, ACCOUNT[:-1] + "2")
    }
    assert len(names) == 8


def test_lock_dir_takes_the_place_of_the_home_and_its_tilde_is_that_of_passwd(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    named = lock_path(venue="okx", network="mainnet", account_id="1", lock_dir=Path("~/locks"))
    assert named.parent == Path(pwd.getpwuid(os.geteuid()).pw_dir) / "locks"


@pytest.mark.parametrize("folder", ["/tmp", "/tmp/mine", "/var/tmp/x", "/dev/shm"])
def test_a_lock_among_temporary_files_must_be_asked_for(folder: str) -> None:
    with pytest.raises(ConfigError, match="place for temporary files"):
        lock_path(venue="okx", network="mainnet", account_id="1", lock_dir=Path(folder))
    allowed = lock_path(
        venue="okx", network="paper", account_id="1", lock_dir=Path(folder), temporary_allowed=True
    )
    assert allowed.parent == Path(folder)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"venue": "../okx"}, "venue '../okx' must be"),
        ({"network": ""}, "network '' must be"),
        ({"account_id": " "}, "account id is empty"),
        ({"lock_dir": Path("locks")}, "depends on the working folder"),
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(changed: dict[str, Any], text: str) -> None:
    asked: dict[str, Any] = {"venue": "okx", "network": "mainnet", "account_id": "1"}
    with pytest.raises(ConfigError, match=text):
        lock_path(**(asked | changed))


# Holding and waiting.


def test_a_fresh_lock_makes_a_private_folder_and_file(path: Path) -> None:
    before = os.umask(0)
    try:
        with taken(path):
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_a_second_taker_is_told_who_holds_it_and_does_not_hang(path: Path) -> None:
    clock = ManualClock()
    with taken(path, clock, command="check-sl"):
        second = acquire(path, command="flatten", wait_s=0, clock=clock)
    assert second == Busy(Holder(pid=os.getpid(), command="check-sl", started_ms=clock.wall_ms))


def test_a_released_lock_is_free_and_its_file_stays(path: Path) -> None:
    first = taken(path)
    inode = path.stat().st_ino
    first.release()
    first.release()
    with taken(path):
        assert path.stat().st_ino == inode


def test_run_leaves_at_once_behind_another_run(path: Path) -> None:
    clock = ManualClock()
    with taken(path, clock, command="run"):
        second = acquire(path, command="run", wait_s=20, clock=clock, give_way_to={"run"})
    assert isinstance(second, Busy)
    assert clock.slept_s < 1


def test_run_waits_its_time_behind_any_other_command(path: Path) -> None:
    clock = ManualClock()
    with taken(path, clock, command="check-sl"):
        second = acquire(path, command="run", wait_s=20, clock=clock, give_way_to={"run"})
    assert isinstance(second, Busy)
    assert 19.9 < clock.slept_s < 21


def test_a_wait_ends_with_the_lock_when_the_holder_lets_go(path: Path) -> None:
    first = taken(path, command="run")

    class LetsGo(ManualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.slept_s > 3:
                first.release()

    clock = LetsGo()
    with taken_or_fail(acquire(path, command="flatten", wait_s=60, clock=clock)):
        assert 3 < clock.slept_s < 4


def taken_or_fail(result: Held | Busy) -> Held:
    assert isinstance(result, Held)
    return result


def test_the_line_of_a_dead_run_does_not_send_the_next_run_away(path: Path) -> None:
    """The old line says `run`; the real holder is a check-sl that writes its own a moment later."""
    taken(path, command="run").release()
    old = path.read_bytes()
    first = taken(path, command="check-sl")
    new = path.read_bytes()
    path.write_bytes(old)

    class WritesLate(ManualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            path.write_bytes(new)
            if self.slept_s > 2:
                first.release()

    second = acquire(path, command="run", wait_s=20, clock=WritesLate(), give_way_to={"run"})
    taken_or_fail(second).release()


def test_a_holder_whose_line_is_garbage_is_busy_all_the_same(path: Path) -> None:
    with taken(path):
        path.write_bytes(b"\xff\x00 not ours")
        assert acquire(path, command="run", wait_s=0, clock=ManualClock()) == Busy(None)


def test_a_command_that_could_forge_the_record_is_a_bug(path: Path) -> None:
    with pytest.raises(Broken, match="cannot stand in the lock file"):
        acquire(path, command="run\nclean", wait_s=0, clock=ManualClock())


def test_the_lock_beneath_is_asked_for_in_exactly_these_words(
    monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    asked: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    real = filelock.FileLock

    def recorded(*args: Any, **named: Any) -> filelock.BaseFileLock:
        asked.append((args, named))
        return real(*args, **named)

    monkeypatch.setattr(filelock, "FileLock", recorded)
    taken(path).release()
    words = {
        "timeout": 0,
        "mode": 0o600,
        "thread_local": False,
        "fallback_to_soft": False,
        "preserve_lock_file": True,
    }
    assert asked == [((path,), words)]


def test_no_descriptor_of_the_lock_is_inheritable(path: Path) -> None:
    with taken(path):
        inode = path.stat().st_ino
        ours = [fd for fd in open_descriptors() if os.fstat(fd).st_ino == inode]
        assert len(ours) == 2
        assert not any(os.get_inheritable(fd) for fd in ours)


def open_descriptors() -> list[int]:
    found = []
    for fd in range(256):
        try:
            os.fstat(fd)
        except OSError:
            continue
        found.append(fd)
    return found


def test_nothing_stays_open_after_release_or_refusal(path: Path) -> None:
    before = open_descriptors()
    with taken(path):
        acquire(path, command="run", wait_s=1, clock=ManualClock())
    assert open_descriptors() == before


# What is not a lock.


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

    with taken_or_fail(acquire(path, command="flatten", wait_s=60, clock=SwapsTheFile())):
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


# The word.


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
