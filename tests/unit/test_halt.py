"""The halt switch: only a plain "running" or no file at all lets a run take new risk."""

import os
import stat
from pathlib import Path

import pytest

from tests.support.locks import no_room_for_writes
from trader import halt
from trader.core.errors import ConfigError
from trader.halt import Halted, Running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "main.halt"


def test_without_a_file_nobody_halted(path: Path) -> None:
    assert halt.read(path) == Running(resumed_ms=None)
    assert halt.read(path.parent / "no such folder" / "main.halt") == Running(resumed_ms=None)


def test_a_halt_says_since_when_and_why_and_is_private(path: Path) -> None:
    before = os.umask(0)
    halt.write(path, why='flatten: "BTC"\n', now_ms=5)
    os.umask(before)
    assert halt.read(path) == Halted(since_ms=5, why='flatten: "BTC"\n')
    assert path.stat().st_mode & 0o777 == 0o600


def test_halting_again_keeps_the_first_time(path: Path) -> None:
    assert halt.write(path, why="first", now_ms=5) == Halted(since_ms=5, why="first")
    assert halt.write(path, why="second", now_ms=9) == Halted(since_ms=5, why="second")
    assert halt.read(path) == Halted(since_ms=5, why="second")


def test_a_resume_tells_how_it_was_before(path: Path) -> None:
    assert halt.resume(path, now_ms=4) == Running(resumed_ms=None)
    halt.write(path, why="news", now_ms=5)
    assert halt.resume(path, now_ms=6) == Halted(since_ms=5, why="news", resumed_ms=4)


def test_the_time_of_the_last_resume_outlives_a_halt(path: Path) -> None:
    halt.resume(path, now_ms=7)
    assert halt.read(path) == Running(resumed_ms=7)
    halt.write(path, why="again", now_ms=8)
    assert halt.read(path) == Halted(since_ms=8, why="again", resumed_ms=7)
    halt.resume(path, now_ms=9)
    assert halt.read(path) == Running(resumed_ms=9)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"{",
        b"null",
        b"[]",
        b"running",
        b'{"state": "running"}',
        b'{"state": "running", "resumed_ms": null}',
        b'{"state": "running", "resumed_ms": "7"}',
        b'{"state": "running", "resumed_ms": 7.0}',
        b'{"state": "running", "resumed_ms": true}',
        b'{"state": "running", "resumed_ms": -1}',
        b'{"state": "running", "resumed_ms": NaN}',
        b'{"state": "running", "resumed_ms": 7, "why": "halted by hand"}',
        b'{"state": "Running", "resumed_ms": 7}',
        b'{"state": "halted", "since_ms": 5}',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"state": "running", "resumed_ms": 7}' + b" " * 70_000,
    ],
)
def test_anything_else_counts_as_halted(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    found = halt.read(path)
    assert isinstance(found, Halted)
    assert found.since_ms is None
    assert "trader resume" in found.why
    assert len(found.why) < 1000


def test_what_is_not_a_file_counts_as_halted_and_does_not_hang(path: Path) -> None:
    os.mkfifo(path)
    assert isinstance(halt.read(path), Halted)
    path.unlink()
    path.mkdir()
    assert isinstance(halt.read(path), Halted)
    path.rmdir()
    path.symlink_to(path.parent / "gone")
    assert isinstance(halt.read(path), Halted)


def test_resume_heals_a_file_that_cannot_be_read(path: Path) -> None:
    path.write_bytes(b"{")
    halt.resume(path, now_ms=9)
    assert halt.read(path) == Running(resumed_ms=9)


def test_a_garbled_file_is_halted_anew_with_its_own_time(path: Path) -> None:
    path.write_bytes(b"{")
    halt.write(path, why="flatten", now_ms=9)
    assert halt.read(path) == Halted(since_ms=9, why="flatten")


def test_file_and_folder_reach_the_disk_before_the_name_is_believed(
    monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    steps: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_sync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        steps.append("rename")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    halt.write(path, why="flatten", now_ms=9)
    assert steps == ["file", "rename", "folder"]


def test_a_full_disk_is_said_and_leaves_the_old_word_and_no_litter(path: Path) -> None:
    halt.resume(path, now_ms=7)
    with no_room_for_writes(), pytest.raises(ConfigError, match=r"cannot be written: .*; nothing is halted"):
        halt.write(path, why="flatten", now_ms=9)
    assert halt.read(path) == Running(resumed_ms=7)
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_made_for_us_alone(path: Path) -> None:
    """Nobody has written a configuration yet, and somebody must be able to halt all the same."""
    switch = path.parent / "gone" / "main.halt"
    halt.write(switch, why="flatten", now_ms=9)
    assert halt.read(switch) == Halted(since_ms=9, why="flatten")
    assert switch.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_said(path: Path) -> None:
    path.touch()
    with pytest.raises(ConfigError, match=r"File exists.*; it stays as it was"):
        halt.resume(path / "main.halt", now_ms=1)
