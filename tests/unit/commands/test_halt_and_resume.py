"""`trader halt` and `trader resume`: what they write at once and what they tell."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.configurations import MINIMAL, write
from trader import config, halt
from trader.commands import halt as halt_command
from trader.commands import resume as resume_command
from trader.wiring import Wired, wire


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path, MINIMAL)


def wired(path: Path) -> Wired:
    return wire(config.load(path))


def halted(path: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(
        halt_command.command, ["--config", str(path), *arguments], standalone_mode=False
    )
    assert result.exception is None, result.exception
    return result


def resumed(path: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(
        resume_command.command, ["--config", str(path), *arguments], standalone_mode=False
    )
    assert result.exception is None, result.exception
    return result


def test_a_halt_says_what_goes_on_and_stands_beside_the_configuration(path: Path) -> None:
    told = halted(path, "--why", "news\x1b[2J").stdout
    assert told.startswith("paper: halted (news\\x1b[2J); entries wait for `trader resume`. Stops stay")
    assert wired(path).folders.halt.parent == path.parent
    assert isinstance(halt.read(wired(path).folders.halt), halt.Halted)


def test_a_second_halt_keeps_the_first_time_and_says_so(path: Path) -> None:
    halt.write(wired(path).folders.halt, why="first", now_ms=0)
    assert "halted since 1970-01-01 00:00:00 UTC, now (second)" in halted(path, "--why", "second").stdout
    said = json.loads(halted(path, "--why", "third", "--json").stdout)
    assert said == {
        "schema": "trader.halt/1",
        "halted": True,
        "since_ms": 0,
        "why": "third",
        "file": str(wired(path).folders.halt),
    }


@pytest.mark.parametrize("why", ["", "  "])
def test_a_halt_for_no_reason_is_one_by_hand(path: Path, why: str) -> None:
    assert halted(path, "--why", why).stdout.startswith("paper: halted (by hand);")


def test_a_resume_says_what_ends_and_what_is_counted_anew(path: Path) -> None:
    halt.write(wired(path).folders.halt, why="news", now_ms=0)
    assert resumed(path).stdout.splitlines() == [
        "paper: resumed; the next tick may enter",
        "  was halted since 1970-01-01 00:00:00 UTC: news",
        "  counted from now: failures, losing streak, drawdown",
    ]
    assert "nobody had halted it" in resumed(path).stdout
    assert isinstance(halt.read(wired(path).folders.halt), halt.Running)


def test_a_resume_tells_what_had_tripped(path: Path) -> None:
    journal = wired(path).folders.state / "journal"
    journal.mkdir(mode=0o700, parents=True)
    tripped = {"daily_loss": "20 USD lost", "drawdown": "21 %"}
    line = {"report": {"verdict": {"tripped": tripped}}}
    (journal / "2026-01-31.jsonl").write_text(json.dumps(line) + "\n")
    told = resumed(path).stdout.splitlines()
    assert told[0] == "paper: resumed; the next tick may enter once what is named below has ended"
    assert told[-2:] == [
        "  had tripped at the last recorded decision: daily_loss: 20 USD lost; that lasts until 00:00 UTC",
        "  had tripped at the last recorded decision: drawdown: 21 %",
    ]
    said = json.loads(resumed(path, "--json").stdout)
    assert (said["schema"], said["halted"], said["was_halted"], said["tripped"]) == (
        *("trader.resume/1", False, None),
        tripped,
    )


def test_a_switch_that_cannot_be_read_is_resumed_too(path: Path) -> None:
    wired(path).folders.halt.write_text("{")
    assert "was halted: the halt file" in resumed(path).stdout
    assert isinstance(halt.read(wired(path).folders.halt), halt.Running)


@pytest.mark.parametrize("command", [halted, resumed])
def test_quiet_says_nothing_and_a_faulty_file_is_told(path: Path, command: object) -> None:
    assert command(path, "--quiet").output == ""  # type: ignore[operator]
    path.write_text(MINIMAL + "limitz: {}\n")
    result = command(path, "--quiet")  # type: ignore[operator]
    assert result.return_value == 78
    assert "limitz" in result.stderr
