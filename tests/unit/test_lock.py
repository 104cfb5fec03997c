"""One lock per account from any environment: who gets it, who waits, and who is told that it is busy."""

import os
import pwd
import stat
from pathlib import Path
from typing import Any

import filelock
import pytest

from tests.support.clocks import ManualClock
from tests.support.locks import held_or_fail, open_descriptors, taken
from trader.core.errors import Broken, ConfigError
from trader.lock import Busy, acquire, lock_path
from trader.lock_record import Holder

ACCOUNT = "0xAbCd000000000000000000000000000000000001"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "locks" / "venue-net-account.lock"


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
    with held_or_fail(acquire(path, command="flatten", wait_s=60, clock=clock)):
        assert 3 < clock.slept_s < 4


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
    held_or_fail(second).release()


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


def test_nothing_stays_open_after_release_or_refusal(path: Path) -> None:
    before = open_descriptors()
    with taken(path):
        acquire(path, command="run", wait_s=1, clock=ManualClock())
    assert open_descriptors() == before
