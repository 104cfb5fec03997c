"""What is said of folders, files and the lock, each looked at and none of them touched."""

import fcntl
import os
from pathlib import Path

import pytest

from trader import halt
from trader.core.errors import ConfigError
from trader.doctor import locks, places
from trader.doctor.findings import State
from trader.doctor.locks import Look
from trader.lock_record import Holder, Quarantine, encode_record

NOW_MS = 1_785_600_000_000
HOUR_MS = 3_600_000


def test_a_missing_folder_is_sound_where_it_can_be_made_and_stays_missing(tmp_path: Path) -> None:
    found = places.folder(tmp_path / "a" / "b")
    assert (found.state, "will be made" in found.found) == (State.OK, True)
    assert not (tmp_path / "a").exists()


def test_a_folder_is_ours_alone_and_no_link(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    assert places.folder(folder).state is State.OK
    (tmp_path / "link").symlink_to(folder)
    (tmp_path / "file").touch()
    folder.chmod(0o770)
    said = {name: places.folder(tmp_path / name) for name in ("state", "link", "file")}
    assert {one.state for one in said.values()} == {State.FAILED}
    assert "other users" in said["state"].found and "chmod 700" in (said["state"].fix or "")
    assert "symbolic link" in said["link"].found
    assert "not a folder" in said["file"].found


def test_a_folder_of_another_user_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert "belongs to user id" in places.folder(tmp_path).found


def test_a_disk_that_is_nearly_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs(tmp_path)
    nearly = os.statvfs_result((*real[:4], 1, *real[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _path: nearly)
    assert "MB are left on the disk" in places.folder(tmp_path).found


def test_the_configuration_is_told_by_who_may_change_it(tmp_path: Path) -> None:
    path = tmp_path / "trader.yaml"
    assert places.configuration_file(None).state is State.NOT_APPLICABLE
    assert places.configuration_file(path).state is State.NOT_APPLICABLE
    path.touch(mode=0o600)
    assert places.configuration_file(path).state is State.OK
    path.chmod(0o664)
    assert places.configuration_file(path).fix == f"chmod go-w {path}"
    path.chmod(0o600)
    tmp_path.chmod(0o777)
    assert "everyone can change the folder" in places.configuration_file(path).found


def test_the_halt_switch_tells_since_when(tmp_path: Path) -> None:
    path = tmp_path / "halt.json"
    assert places.halt_switch(path, now_ms=NOW_MS).found == "entries are allowed"
    halt.write(path, why="news", now_ms=NOW_MS - 5 * HOUR_MS)
    found = places.halt_switch(path, now_ms=NOW_MS)
    assert (found.state, found.found) == (State.WARNING, "halted 2026-08-01 11:00:00 UTC, 5 hours ago: news")


def test_the_metrics_file_needs_a_folder_and_no_link(tmp_path: Path) -> None:
    path = tmp_path / "trader.prom"
    assert places.metrics_file(None).state is State.NOT_APPLICABLE
    assert places.metrics_file(path).state is State.OK
    path.symlink_to(tmp_path / "other")
    assert places.metrics_file(path).state is State.FAILED
    assert "mkdir" in (places.metrics_file(tmp_path / "none/x.prom").fix or "")


@pytest.fixture
def lock_file(tmp_path: Path) -> Path:
    folder = tmp_path / "locks"
    folder.mkdir(mode=0o700)
    path = folder / "one.lock"
    path.touch(mode=0o600)
    return path


def test_the_lock_stands_alone_in_a_folder_of_ours(lock_file: Path) -> None:
    assert locks.lock_folder(lock_file).state is State.OK
    assert locks.lock_folder(lock_file.parent.parent / "none/one.lock").state is State.OK
    assert locks.lock_folder(ConfigError("lock_dir: no")).found == "lock_dir: no"
    os.link(lock_file, lock_file.with_name("second"))
    assert "2 hard links" in locks.lock_folder(lock_file).found
    lock_file.unlink()
    lock_file.mkdir()
    assert "is a folder" in locks.lock_folder(lock_file).found
    lock_file.parent.chmod(0o777)
    assert "can be written by others" in locks.lock_folder(lock_file).found


def test_a_look_sees_who_holds_the_lock_and_takes_nothing(lock_file: Path) -> None:
    assert locks.look(lock_file.with_name("none"), now_ms=NOW_MS) is None
    holder = Holder(os.getpid(), "check-sl", NOW_MS)
    lock_file.write_bytes(encode_record(Quarantine(True, None), holder))
    free = locks.look(lock_file, now_ms=NOW_MS)
    assert free == Look(holder, Quarantine(True, None), is_held=False)
    with lock_file.open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = locks.look(lock_file, now_ms=NOW_MS)
        assert held is not None and held.is_held is True


@pytest.mark.parametrize(
    ("pid", "held"), [(os.getpid(), None), (2**22 + 1, False)], ids=["one that runs", "one that is dead"]
)
def test_where_the_kernel_tells_no_locks_a_dead_holder_holds_none(
    lock_file: Path, monkeypatch: pytest.MonkeyPatch, pid: int, held: bool | None
) -> None:
    monkeypatch.setattr(locks, "KERNEL_LOCKS", lock_file.with_name("none"))
    lock_file.write_bytes(encode_record(Quarantine(True, None), Holder(pid, "run", NOW_MS)))
    seen = locks.look(lock_file, now_ms=NOW_MS)
    assert seen is not None and seen.is_held is held


@pytest.mark.parametrize(
    ("word", "is_held", "age_ms", "state", "said"),
    [
        (Quarantine(True, None), False, HOUR_MS, State.OK, "free; last held by `trader run`"),
        (Quarantine(True, None), True, 5_000, State.OK, "held by `trader run` (pid 7) for 5.0 s"),
        (Quarantine(True, None), True, HOUR_MS, State.FAILED, "longer than any command may take"),
        (Quarantine(True, None), None, HOUR_MS, State.OK, "cannot be seen from here"),
        (
            Quarantine(False, NOW_MS - 8_000),
            False,
            10_000,
            State.WARNING,
            "ended between a write and its proof",
        ),
        (Quarantine(False, NOW_MS - 8_000), True, 10_000, State.OK, "held by"),
        (Quarantine(False, NOW_MS - 9_990), False, 10_000, State.OK, "free"),
        (Quarantine(False, NOW_MS - HOUR_MS), False, 10_000, State.OK, "free"),
    ],
)
def test_the_state_of_the_lock(
    word: Quarantine, is_held: bool | None, age_ms: int, state: State, said: str
) -> None:
    """A first command finds no word and writes one at once; a later command has looked after a killed one."""
    seen = Look(Holder(7, "run", NOW_MS - age_ms), word, is_held)
    found = locks.lock_state(seen, now_ms=NOW_MS, deadline_ms=90_000)
    assert found.state is state
    assert said in found.found


def test_a_lock_that_nobody_used_or_that_cannot_be_read() -> None:
    assert locks.lock_state(None, now_ms=NOW_MS, deadline_ms=1).state is State.OK
    assert locks.lock_state(OSError(13, "no"), now_ms=NOW_MS, deadline_ms=1).state is State.FAILED
