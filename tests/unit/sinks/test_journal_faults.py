"""Kills, full disks, odd folders and other processes: the journal loses at most the line being written."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes import line_of, output_of, start
from tests.unit.sinks.test_journal import FOR_EVER, journal, stored_bytes, tick, ticks, today
from trader.sinks.journal_reading import Skipped, Tick, load_tick, read_ticks

WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.unit.sinks.test_journal import journal, tick
first, count = int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
for i in range(first, first + count):
    for warning in journal(Path(sys.argv[1])).tell(replace(tick(i), account=sys.argv[4])):
        print(warning, flush=True)
"""


def writer(folder: Path, first: int, count: int, name: str = "main") -> subprocess.Popen[bytes]:
    return start(WRITER, str(folder), str(first), str(count), name)


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """The kernel cuts every file of this process at a size, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_kill_in_the_middle_of_writing_spoils_one_line_at_most(tmp_path: Path) -> None:
    for attempt in range(6):
        process = writer(tmp_path, attempt * 200, 200)
        assert line_of(process) == "ready"
        until = time.monotonic() + 10
        while not any((tmp_path / "journal").glob("*.jsonl*")) and time.monotonic() < until:
            os.sched_yield()
        for _ in range(attempt * 300):
            os.sched_yield()
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        process.stderr.close()
    before = len(ticks(tmp_path))
    assert journal(tmp_path).tell(tick(1300)) == []
    found = ticks(tmp_path)
    assert len(found) == before + 1
    assert sum(isinstance(f, Skipped) for f in found) <= 6
    for each in found:
        if isinstance(each, Tick):
            assert load_tick(Path(each.file), each.number).number == each.number


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    processes = [writer(tmp_path, 0, 25, name) for name in ("one", "two", "three")]
    for process in processes:
        assert output_of(process, timeout_s=30) == (0, "ready\n", "")
    found = ticks(tmp_path)
    assert len(found) == 75
    assert all(isinstance(f, Tick) for f in found)
    lines = sum(len(f.read_bytes().splitlines()) for f in (tmp_path / "journal" / "bars").iterdir())
    assert lines == 100 + 24


def test_a_reader_beside_a_writer_sees_whole_lines_only(tmp_path: Path) -> None:
    process = writer(tmp_path, 0, 100)
    assert line_of(process) == "ready"
    seen = 0
    while process.poll() is None:
        if (tmp_path / "journal").exists():
            found = list(read_ticks(tmp_path / "journal", since_ms=0, until_ms=FOR_EVER))
            assert all(isinstance(f, Tick) for f in found)
            assert len(found) >= seen
            seen = len(found)
    assert output_of(process)[0] == 0
    assert len(ticks(tmp_path)) == 100


@pytest.mark.parametrize("extra", [0, 10, 1000])
def test_a_full_disk_is_a_warning_and_leaves_whole_lines(tmp_path: Path, extra: int) -> None:
    journal(tmp_path).tell(tick(0))
    with files_at_most(today(tmp_path).stat().st_size + extra):
        [warning] = journal(tmp_path).tell(tick(1))
    assert "this run is not recorded in" in warning
    assert "trading goes on" in warning
    assert [type(f) for f in ticks(tmp_path)] == [Tick]
    assert journal(tmp_path).tell(tick(2)) == []
    assert [type(f) for f in ticks(tmp_path)] == [Tick, Tick]


def test_a_disk_that_is_full_for_bars_is_a_warning(tmp_path: Path) -> None:
    journal(tmp_path).tell(tick(0))
    before = stored_bytes(tmp_path)
    with files_at_most(64):
        [warning] = journal(tmp_path).tell(tick(1))
    assert "is not recorded" in warning
    assert stored_bytes(tmp_path) == before


def test_a_disk_too_full_to_compress_keeps_the_day(tmp_path: Path) -> None:
    journal(tmp_path).tell(tick(0))
    journal(tmp_path).tell(tick(1))
    with today(tmp_path).open("ab") as file:
        file.write(b'"' + os.urandom(40_000).hex().encode() + b'"\n')
    journal_today = today(tmp_path).with_name("2025-11-22.jsonl")
    with files_at_most(30_000):
        [warning] = journal(tmp_path).tell(tick(48))
    assert "2025-11-21 cannot be compressed" in warning
    assert journal_today.exists()
    assert not today(tmp_path).with_suffix(".jsonl.gz").exists()
    assert [type(f) for f in ticks(tmp_path)] == [Tick, Tick, Skipped, Tick]


@pytest.mark.parametrize("kind", ["file", "link", "fifo", "parent"])
def test_a_folder_that_is_none_is_a_warning(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "journal"
    match kind:
        case "file":
            place.write_text("")
        case "link":
            (tmp_path / "elsewhere").mkdir()
            place.symlink_to(tmp_path / "elsewhere")
        case "fifo":
            place.mkdir()
            os.mkfifo(today(tmp_path))
        case _:
            tmp_path = tmp_path / "none"
            tmp_path.write_text("")
    [warning] = journal(tmp_path).tell(tick(0))
    assert "this run is not recorded in" in warning
    if kind == "link":
        assert list((tmp_path / "elsewhere").iterdir()) == []
