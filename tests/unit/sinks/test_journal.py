"""The journal keeps what a decision was made from, exactly, once, and for as long as it was told to."""

import gzip
import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import FRAME_MS
from tests.support.reports import NOON_MS, a_long, a_report, bars, held, seen
from trader.core.candles import DAY_MS
from trader.core.errors import ConfigError, Malformed
from trader.core.report import Report
from trader.sinks.journal import DecisionInputs, Journal
from trader.sinks.journal_reading import Skipped, Tick, load_tick, read_ticks

SETTINGS = {"markets": {"BTC": {"stop": 0.04}}}
INPUTS = DecisionInputs(settings=SETTINGS, entries_for=frozenset({"BTC"}), halted=None)
FOR_EVER = 2**60


def journal(folder: Path, **limits: Any) -> Journal:
    return Journal(folder / "journal", INPUTS, **limits)


def tick(i: int, *, count: int = 100) -> Report:
    """The run of half hour `i`, with a position behind a stop."""
    return a_report(snapshot=seen(held(a_long(), at_ms=NOON_MS + i * FRAME_MS), count=count))


def ticks(folder: Path, since_ms: int = 0, until_ms: int = FOR_EVER) -> list[Tick | Skipped]:
    return list(read_ticks(folder / "journal", since_ms=since_ms, until_ms=until_ms))


def today(folder: Path) -> Path:
    return folder / "journal" / "2025-11-21.jsonl"


def stored_bytes(folder: Path) -> int:
    return sum(f.stat().st_size for f in (folder / "journal" / "bars").iterdir())


def test_a_decision_reads_back_with_everything_it_depended_on(tmp_path: Path) -> None:
    report = tick(0)
    assert journal(tmp_path).tell(report) == []
    found = load_tick(today(tmp_path))
    assert found.snapshot == report.snapshot
    assert found.verdict == report.verdict
    assert (found.settings, found.entries_for, found.halted) == (SETTINGS, frozenset({"BTC"}), None)


def test_the_line_of_a_tick_can_be_named(tmp_path: Path) -> None:
    for i in range(3):
        journal(tmp_path).tell(tick(i))
    assert load_tick(today(tmp_path), 2).snapshot == tick(1).snapshot
    assert load_tick(today(tmp_path)).number == 3
    with pytest.raises(ConfigError, match=r"line 9 of .* holds no decision"):
        load_tick(today(tmp_path), 9)


def test_bars_are_stored_once_though_the_window_moves(tmp_path: Path) -> None:
    for i in (*range(40), 3, 20):
        journal(tmp_path).tell(tick(i, count=900))
    lines = sum(len(f.read_bytes().splitlines()) for f in (tmp_path / "journal" / "bars").iterdir())
    assert lines == 900 + 39
    assert load_tick(today(tmp_path), 7).snapshot == tick(6, count=900).snapshot


def test_a_bar_that_changed_later_leaves_the_older_decision_as_it_was(tmp_path: Path) -> None:
    changed = a_report(snapshot=seen(held(a_long()), seed=0.5))
    for report in (tick(0), changed, tick(0)):
        journal(tmp_path).tell(report)
    assert load_tick(today(tmp_path), 1).snapshot == tick(0).snapshot
    assert load_tick(today(tmp_path), 2).snapshot == changed.snapshot
    assert load_tick(today(tmp_path), 3).snapshot == tick(0).snapshot


@pytest.mark.parametrize("damage", ["changed", "gone", "cut", "folder"])
def test_damaged_bars_are_told_and_never_replayed(tmp_path: Path, damage: str) -> None:
    journal(tmp_path).tell(tick(0))
    files = sorted((tmp_path / "journal" / "bars").iterdir())
    content = files[0].read_bytes()
    match damage:
        case "changed":
            files[0].write_bytes(content.replace(b"67", b"76", 1))
        case "cut":
            files[0].write_bytes(content[:-9])
        case "gone":
            files[0].unlink()
        case _:
            for file in files:
                file.unlink()
            files[0].parent.rmdir()
    with pytest.raises(Malformed, match=r"BTC: the (stored bars|folder bars)"):
        load_tick(today(tmp_path))


def test_a_coin_with_a_hostile_name_stays_in_the_folder(tmp_path: Path) -> None:
    snapshot = seen()
    view = snapshot.markets["BTC"]
    for coin in ("../../x", "..", "a/b", "x" * 300, "测试"):
        markets = {coin: replace(view, candles=bars(coin))}
        report = a_report(snapshot=replace(snapshot, markets=markets))
        assert journal(tmp_path).tell(report) == []
        assert load_tick(today(tmp_path)).snapshot == report.snapshot
    assert {p.name for p in tmp_path.iterdir()} == {"journal"}


def test_files_are_for_this_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        journal(tmp_path).tell(tick(0))
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "journal").rglob("*")}
    assert modes.pop("bars") == 0o700
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o700


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "journal").mkdir()
    today(tmp_path).symlink_to(victim)
    [warning] = journal(tmp_path).tell(tick(0))
    assert "is not recorded" in warning
    assert victim.read_text() == "mine"


def test_a_torn_line_is_skipped_with_a_note_and_the_next_one_is_whole(tmp_path: Path) -> None:
    journal(tmp_path).tell(tick(0))
    journal(tmp_path).tell(tick(1))
    content = today(tmp_path).read_bytes()
    today(tmp_path).write_bytes(content[:-700])
    journal(tmp_path).tell(tick(2))
    found = ticks(tmp_path)
    assert [type(f) for f in found] == [Tick, Skipped, Tick]
    assert isinstance(found[1], Skipped)
    assert (found[1].number, "half a line" in found[1].why) == (2, True)
    assert load_tick(today(tmp_path), 3).snapshot == tick(2).snapshot


def test_no_beginning_of_a_line_is_ever_believed(tmp_path: Path) -> None:
    journal(tmp_path).tell(tick(0))
    content = today(tmp_path).read_bytes()
    for length in range(1, len(content) - 1, 97):
        today(tmp_path).write_bytes(content[:length])
        assert [type(f) for f in ticks(tmp_path)] == [Skipped]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"\x00" * 50, "half a line"),
        (b"[" * 100_000, "half a line"),
        (b'{"schema":"trader.journal/3"}', "not a line of trader.journal/2"),
        (b'{"schema":"trader.journal/2"}', "other fields"),
        (
            b'{"schema":"trader.journal/2","report":{"command":"run"},"settings":1,"entries_for":null,"halted":null,"resumed_ms":null}',
            "written by another version",
        ),
        (b"NaN", "half a line"),
    ],
)
def test_what_is_not_ours_is_skipped_with_its_reason(tmp_path: Path, line: bytes, why: str) -> None:
    journal(tmp_path).tell(tick(0))
    with today(tmp_path).open("ab") as file:
        file.write(line + b"\n")
    first, second = ticks(tmp_path)
    assert isinstance(first, Tick)
    assert isinstance(second, Skipped)
    assert why in second.why


def test_days_that_are_over_are_compressed_and_read_the_same(tmp_path: Path) -> None:
    reports = [tick(i * 12) for i in range(8)]
    for report in reports:
        journal(tmp_path).tell(report)
    names = sorted(p.name for p in (tmp_path / "journal").iterdir() if p.is_file() and p.name != ".lock")
    assert names == ["2025-11-21.jsonl.gz", "2025-11-22.jsonl.gz", "2025-11-23.jsonl"]
    assert [f.report.started_ms for f in ticks(tmp_path) if isinstance(f, Tick)] == [
        r.started_ms for r in reports
    ]
    for name in (today(tmp_path), today(tmp_path).with_name("2025-11-21.jsonl.gz")):
        assert load_tick(name, 1).snapshot == reports[0].snapshot


def test_a_kill_between_compressing_and_removing_counts_nothing_twice(tmp_path: Path) -> None:
    journal(tmp_path).tell(tick(0))
    plain = today(tmp_path).read_bytes()
    journal(tmp_path).tell(tick(48))
    today(tmp_path).write_bytes(plain)
    assert len(ticks(tmp_path)) == 2
    journal(tmp_path).tell(tick(49))
    assert not today(tmp_path).exists()
    assert len(ticks(tmp_path)) == 3


def test_a_line_of_a_day_that_was_compressed_already_joins_it(tmp_path: Path) -> None:
    """The clock was set back."""
    for i in (0, 48, 1, 49):
        journal(tmp_path).tell(tick(i))
    assert [type(f) for f in ticks(tmp_path)] == [Tick] * 4
    assert len(gzip.decompress(today(tmp_path).with_suffix(".jsonl.gz").read_bytes()).splitlines()) == 2


def test_a_compressed_day_that_is_damaged_is_told_and_kept(tmp_path: Path) -> None:
    for i in (0, 48):
        journal(tmp_path).tell(tick(i))
    packed = today(tmp_path).with_suffix(".jsonl.gz")
    packed.write_bytes(packed.read_bytes()[:-40])
    first, _second = ticks(tmp_path)
    assert isinstance(first, Skipped)
    today(tmp_path).write_bytes(b"{}\n")
    [warning] = journal(tmp_path).tell(tick(49))
    assert "2025-11-21 cannot be compressed" in warning
    assert packed.exists()
    assert today(tmp_path).exists()


@pytest.fixture
def long_history(tmp_path: Path) -> Path:
    for day in range(5):
        journal(tmp_path).tell(tick(48 * day))
    return tmp_path


def test_old_days_go_with_the_bars_that_only_they_named(long_history: Path) -> None:
    journal(long_history, days=2).tell(tick(48 * 4 + 1))
    names = sorted(p.name for p in (long_history / "journal").iterdir() if p.name[0] == "2")
    assert names == ["2025-11-24.jsonl.gz", "2025-11-25.jsonl"]
    kept = min(p.name for p in (long_history / "journal" / "bars").iterdir())
    assert kept == "BTC-1800000-2025-11-22.bars"  # 100 bars before the noon of the 24th
    for name in names:
        assert load_tick(long_history / "journal" / name).snapshot is not None


def test_the_oldest_days_go_when_the_folder_is_too_large(long_history: Path) -> None:
    folder = long_history / "journal"
    today_bytes = (folder / "2025-11-25.jsonl").stat().st_size
    assert today_bytes + stored_bytes(long_history) < 1_000_000
    (folder / "2025-11-22.jsonl.gz").write_bytes(gzip.compress(os.urandom(990_000)))
    assert journal(long_history, megabytes=1).tell(tick(48 * 4 + 1)) == []
    names = sorted(p.name for p in folder.iterdir() if p.name[0] == "2")
    assert names == ["2025-11-23.jsonl.gz", "2025-11-24.jsonl.gz", "2025-11-25.jsonl"]


def test_today_stays_whatever_its_size(tmp_path: Path) -> None:
    journal(tmp_path).tell(tick(0))
    with today(tmp_path).open("ab") as file:
        file.write(b"x" * 1_100_000 + b"\n")
    [warning] = journal(tmp_path, megabytes=1).tell(tick(1))
    assert "raise journal.megabytes" in warning
    assert len(ticks(tmp_path)) == 3


def test_a_clock_that_jumped_ahead_prunes_nothing(long_history: Path) -> None:
    ahead = replace(tick(48 * 4 + 1), started_ms=NOON_MS + 4000 * DAY_MS)
    assert journal(long_history).tell(ahead) == []
    assert len(ticks(long_history)) == 6


def test_only_the_days_asked_for_are_read(long_history: Path) -> None:
    since, until = NOON_MS + DAY_MS, NOON_MS + 3 * DAY_MS
    found = ticks(long_history, since, until)
    assert [f.report.started_ms for f in found if isinstance(f, Tick)] == [since, since + DAY_MS]


def test_lines_hold_no_bars(tmp_path: Path) -> None:
    journal(tmp_path).tell(tick(0, count=900))
    line = json.loads(today(tmp_path).read_bytes())
    assert set(line) == {"schema", "report", "settings", "entries_for", "halted", "resumed_ms"}
    assert len(today(tmp_path).read_bytes()) < 8_000
    assert line["report"]["snapshot"]["markets"]["BTC"]["candles"]["is"] == "Bars"
