"""Incident A16: what a shell has and cron has not changes nothing; what a machine lacks is one clear line."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.machine import Ended, Machine, ended
from tests.support.processes import ROOT
from tests.support.scenes import entries_filled, stage
from tests.support.served import Served

PAPER = "venue: hyperliquid\nmode: paper\nmarkets: {BTC: {strategy: breakout}}\n"
LOCKS = ".local/state/trader/locks"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.configure(PAPER)
    return made


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A signal is pending."""
    with Served(stage(("BTC",)), tmp_path) as one:
        yield one


def is_one_line(result: Ended, *words: str) -> bool:
    """One line of talk with these words in it, no traceback, and nothing where data would be."""
    has_words = all(word in result.said for word in words)
    return has_words and result.said.count("\n") == 1 and result.out == "" and "Traceback" not in result.said


ENVIRONMENTS = {
    "nothing": {},
    "cron": {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LOGNAME": "x", "HOME": "/"},
    "a HOME that is not": {"HOME": "/nonexistent", "XDG_STATE_HOME": "/nonexistent", "PATH": ""},
    "far away": {"TZ": "Pacific/Apia", "LANG": "de_DE.ISO-8859-1", "LC_ALL": "de_DE.ISO-8859-1"},
    "ascii": {"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    "proxies": {"HTTPS_PROXY": "http://192.0.2.1:1", "ALL_PROXY": "http://192.0.2.1:1", "NO_PROXY": ""},
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a16_a_tick_enters_whatever_the_environment_is(name: str, served: Served, tmp_path: Path) -> None:
    result = ended(served.start("run", env=ENVIRONMENTS[name], cwd=Path("/")))
    assert result.code == 0, result
    assert result.said == ""
    assert "2026-08-01 16:00:" in result.out, "UTC, whatever TZ says"
    assert entries_filled(served.made, "BTC") == 1
    assert not Path("/nonexistent").exists()


def test_a16_nothing_that_lies_on_the_path_of_modules_is_imported(machine: Machine, tmp_path: Path) -> None:
    junk = tmp_path / "junk"
    junk.mkdir()
    for name in ("click", "json", "trader"):
        (junk / f"{name}.py").write_text("raise SystemExit(99)\n")
    assert machine.run("run", env={"PYTHONPATH": f"{junk}:relative:/nonexistent"}, cwd=junk).code == 0


def test_python_m_trader_is_the_same_command() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "trader", "run", "--config", "/nonexistent/file"],
        cwd=ROOT,
        env={},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 78
    assert result.stderr.startswith(b"trader: /nonexistent/file: no such file")


COMMANDS = (
    "run",
    "plan",
    "check-sl",
    "status",
    "trades",
    "flatten",
    "halt",
    "resume",
    "config check",
    "doctor",
)


@pytest.mark.parametrize("command", [*COMMANDS, "why BTC", "protect --coin BTC --stop 0.1 --yes"])
def test_without_a_terminal_and_a_configuration_nothing_is_assumed(command: str, tmp_path: Path) -> None:
    """Paper is never a silent fallback: cron without a file is an error that names every place."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    result = machine.run(*command.split(), cwd=elsewhere)
    assert result.code == 78
    told = result.said or result.out
    places = (
        "TRADER_CONFIG (not set)",
        f"{elsewhere}/trader.yaml",
        f"{machine.home}/.config/trader/config.yaml",
    )
    assert all(place in told for place in places), told
    assert "trader init" in told and "--paper" in told
    assert [*machine.home.iterdir(), *elsewhere.iterdir()] == []


def test_on_a_terminal_without_a_configuration_it_trades_on_paper(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    mine, its = pty.openpty()
    process = machine.start("run", stdout=its)
    os.close(its)
    shown = b""
    try:
        while piece := os.read(mine, 4096):
            shown += piece
    except OSError:  # what a terminal says when the last program has left it
        os.close(mine)
    assert ended(process).code == 0
    lines = shown.decode().splitlines()
    assert lines[0].startswith("paper hyperliquid main: run at ")
    assert lines[-1].startswith("next ")
    # A tick right after the close of a bar may enter; then each order has a line, and so has what holds it.
    assert len(lines) <= 10 or any(line.startswith("did ") for line in lines)


def test_closed_descriptors_are_nobodys_output(machine: Machine) -> None:
    shell = ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    command = machine.command("run")
    result = subprocess.run([*shell, *command], env={}, timeout=30, check=False)
    assert result.returncode == 0
    assert len(list(machine.home.glob(".local/state/trader/*/journal/*.jsonl"))) == 1
    for file in machine.home.glob(f"{LOCKS}/*"):
        assert b"saw" not in file.read_bytes(), "a report landed in the lock file"


@pytest.mark.parametrize(
    "command", ["run", "run --json", "check-sl", "plan", "status", "trades", "halt", "config check", "--help"]
)
def test_a_full_disk_behind_the_output_changes_no_exit_code(command: str, machine: Machine) -> None:
    with open("/dev/full", "wb") as full:
        result = machine.run(*command.split(), stdout=full)
    assert result.code == 0
    assert is_one_line(result, "could not be written: No space left on device")


def test_a_reader_that_leaves_is_no_error(machine: Machine) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as gone:
        result = machine.run("run", stdout=gone)
    assert (result.code, result.said) == (0, "")


def test_whatever_umask_it_inherits_its_files_are_private(machine: Machine) -> None:
    shell = ["/bin/sh", "-c", 'umask 000; exec "$@"', "sh"]
    for command in ("run", "halt"):
        done = subprocess.run(
            [*shell, *machine.command(command)], env={}, timeout=30, check=False, capture_output=True
        )
        assert done.returncode == 0, done
    state = machine.home / ".local"
    files = [
        *state.rglob("*"),
        *(machine.home / ".cache").rglob("*"),
        *machine.home.glob(".config/trader/halt*"),
    ]
    assert len(files) > 5
    assert [path for path in files if path.stat().st_mode & 0o077] == []


def symlinked_lock(machine: Machine) -> None:
    machine.run("check-sl")
    lock = next((machine.home / LOCKS).iterdir())
    lock.rename(machine.home / "elsewhere")
    lock.symlink_to(machine.home / "elsewhere")


def lock_folder_is_a_file(machine: Machine) -> None:
    folder = machine.home / LOCKS
    folder.parent.mkdir(parents=True)
    folder.write_text("")


def lock_folder_of_everybody(machine: Machine) -> None:
    folder = machine.home / LOCKS
    folder.mkdir(parents=True)
    folder.chmod(0o777)


def read_only_state(machine: Machine) -> None:
    folder = machine.home / ".local/state/trader"
    folder.mkdir(parents=True)
    folder.chmod(0o500)


def read_only_exchange(machine: Machine) -> None:
    machine.run("check-sl")
    for folder in (machine.home / ".local/state/trader").glob("hyperliquid-*"):
        folder.chmod(0o500)


PLACES: dict[str, tuple[Callable[[Machine], None], tuple[str, ...]]] = {
    "symlinked lock": (symlinked_lock, ("lock file", "symbolic link", "move it away")),
    "lock folder is a file": (lock_folder_is_a_file, ("lock folder", "is not a folder", "set lock_dir")),
    "lock folder of everybody": (lock_folder_of_everybody, ("can be written by others", "chmod 700")),
    "read-only state": (read_only_state, ("lock folder", "Permission denied", "set lock_dir")),
    "read-only exchange": (read_only_exchange, ("exchange memory", "readonly", "permissions")),
}


@pytest.mark.parametrize("command", ["run", "check-sl"])
@pytest.mark.parametrize("name", PLACES)
def test_a_place_that_cannot_be_used_is_one_line_with_what_to_do(
    name: str, command: str, machine: Machine
) -> None:
    spoil, words = PLACES[name]
    spoil(machine)
    result = machine.run(command, options=["powerless"])
    assert result.code == 78
    assert is_one_line(result, *words), result


def test_a_journal_that_cannot_be_written_neither_stops_nor_hides_a_tick(served: Served) -> None:
    folder = served.machine.home / ".local/state/trader"
    journal = served.machine.configure("", "journal")
    extra = f"journal: {{folder: {journal}}}\n"
    served.machine.configure(served.configuration(extra))
    result = ended(served.start("run"))
    assert result.code == 0
    assert "journal" in result.said and "Traceback" not in result.said
    assert entries_filled(served.made, "BTC") == 1
    assert "covered by its stop" in result.out
    assert folder.exists()
