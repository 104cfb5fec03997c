"""The cache changes nothing but the time: a hit equals a miss, and what is doubtful is validated anew."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import trader
from tests.support.configurations import MINIMAL, write
from trader.config import cache, load

TEXT = (
    MINIMAL
    + "limits: {notional_max: 500.50, daily_loss_max: 3}\n"
    + "heartbeat: {run: 'https://hc.example/very-secret', check_sl: 'secret:NAME'}\n"
    + 'notify: {urls: ["ntfy://quiet-topic", "secret:OTHER"]}\n'
    + "credentials: {file: /srv/key.env}\n"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path, TEXT)


def entries() -> list[Path]:
    return sorted(cache.folder_path().glob("*"))


def forge(entry: Path) -> None:
    """Let the entry say something else: what it says now when it is believed."""
    body = json.loads(entry.read_bytes().partition(b"\n")[2])
    body["settings"]["account"] = "forged"
    text = json.dumps(body).encode()
    entry.write_bytes(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)


def test_a_hit_is_equal_to_a_miss(path: Path) -> None:
    missed = load(path)
    (entry,) = entries()
    hit = load(path)
    assert hit == missed
    forge(entry)
    assert load(path).settings.account == "forged"  # the second answer did come from the entry


def test_an_entry_is_private_and_holds_no_secret(path: Path) -> None:
    load(path)
    (entry,) = entries()
    assert (entry.stat().st_mode & 0o777, entry.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    content = entry.read_text()
    assert "very-secret" not in content
    assert "quiet-topic" not in content
    assert load(path).settings.heartbeat.run == "https://hc.example/very-secret"


def test_a_secret_that_is_not_found_as_it_stands_is_not_kept(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + 'heartbeat: {run: "https://hc.example/\\x41BC"}\n')
    assert load(path).settings.heartbeat.run == "https://hc.example/ABC"
    assert entries() == []


def change_byte(entry: Path) -> None:
    content = entry.read_bytes()
    assert b'"500.5"' in content
    entry.write_bytes(content.replace(b'"500.5"', b'"900.5"'))


def cut(entry: Path) -> None:
    entry.write_bytes(entry.read_bytes()[:-40])


def empty(entry: Path) -> None:
    entry.write_bytes(b"")


def no_json(entry: Path) -> None:
    entry.write_bytes(hashlib.sha256(b"{").hexdigest().encode() + b"\n{")


def of_another_file(entry: Path) -> None:
    other = load(write(entry.parents[3], MINIMAL + "account: other\n", name="other.yaml"))
    assert other.settings.account == "other"
    (of_other,) = [found for found in entries() if found != entry]
    entry.write_bytes(of_other.read_bytes())


def readable(entry: Path) -> None:
    forge(entry)
    entry.chmod(0o640)


def linked(entry: Path) -> None:
    forge(entry)
    kept = entry.rename(entry.with_name("kept"))
    entry.symlink_to(kept)


def twice_named(entry: Path) -> None:
    forge(entry)
    os.link(entry, entry.with_name("second"))


def folder_open(entry: Path) -> None:
    forge(entry)
    entry.parent.chmod(0o755)


def folder_linked(entry: Path) -> None:
    forge(entry)
    real = entry.parent.rename(entry.parent.with_name("real"))
    entry.parent.symlink_to(real)


def a_fifo(entry: Path) -> None:
    entry.unlink()
    os.mkfifo(entry, 0o600)


TAMPERINGS = [
    change_byte,
    cut,
    empty,
    no_json,
    of_another_file,
    readable,
    linked,
    twice_named,
    folder_open,
    folder_linked,
    a_fifo,
]


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda function: function.__name__)
def test_what_is_doubtful_is_not_believed(path: Path, tamper: Callable[[Path], None]) -> None:
    missed = load(path)
    (entry,) = entries()
    tamper(entry)
    assert load(path) == missed


def test_a_folder_that_cannot_be_made_costs_only_time(path: Path, home: Path) -> None:
    (home / ".cache").write_text("a file in its place")
    assert load(path) == load(path)


def test_every_input_is_part_of_the_name(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(path)
    count = len(entries())
    assert load(path, ["account=second"]).settings.account == "second"
    assert len(entries()) == (count := count + 1)
    write(tmp_path, TEXT + "account: third\n")
    assert load(path).settings.account == "third"
    assert len(entries()) == (count := count + 1)
    monkeypatch.setattr(trader, "__version__", "9.9.9")
    load(path)
    assert len(entries()) == count + 1


def test_a_file_that_became_readable_is_judged_anew(path: Path) -> None:
    load(path)
    path.chmod(0o644)
    assert len(load(path, need="protection").faults) == 2


def test_a_faulty_file_is_not_kept(tmp_path: Path) -> None:
    load(write(tmp_path, MINIMAL + "stops: {fallback: 5}\n"), need="protection")
    assert entries() == []


def test_old_entries_are_dropped(path: Path) -> None:
    for number in range(cache.ENTRIES_MAX + 3):
        load(path, [f"limits.positions_max={number + 1}"])
    assert len(entries()) == cache.ENTRIES_MAX


LOADS = """
import pwd, sys, types
pwd.getpwuid = lambda uid: types.SimpleNamespace(pw_dir=sys.argv[1])
import trader.settings
from trader.config import load
from pathlib import Path
load(Path(sys.argv[2]))
print(sorted({"yaml", "pydantic", "logging", "difflib", "click"} & set(sys.modules)))
"""


def test_a_hit_loads_neither_the_parser_nor_the_checker(path: Path, home: Path) -> None:
    def loaded() -> str:
        command = [sys.executable, "-c", LOADS, str(home), str(path)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert "'pydantic', 'yaml'" in loaded()
    assert loaded() == "[]\n"
