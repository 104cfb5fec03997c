"""`trader probe` as it is typed: what it refuses, what it writes, and that it holds the account's lock."""

import json
import sys
from decimal import Decimal
from pathlib import Path

import click
import pytest

from tests.support.configurations import MINIMAL, write
from tests.support.probe_stage import START_MS, ProbeStage
from trader import config, guard, halt, lock
from trader.cli import invoke
from trader.clock import SystemClock
from trader.commands import probe
from trader.commands.session import lock_path_of
from trader.core.errors import ConfigError
from trader.core.report import Exit
from trader.parts import NAMES
from trader.probe import facts as files
from trader.probe.bench import NotFlat
from trader.probe.facts import Facts
from trader.probe.tables import experiments_of, switches_from
from trader.sim.clock import ManualClock
from trader.wiring import wire


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, home: Path) -> ManualClock:
    """Minutes pass at once; the process is neither hardened nor given a timer."""
    made = ManualClock(START_MS)
    monkeypatch.setattr(probe, "SystemClock", lambda: made)
    for name in ("harden", "arm", "listen_for_stop"):
        monkeypatch.setattr(guard, name, lambda *_args, **_more: guard.StopRequested())
    return made


@pytest.mark.parametrize("venue", NAMES)
def test_it_writes_what_it_found(venue: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "facts.json"
    asked = ["probe", "--paper", "--venue", venue, "--only", "2", "--only", "10", "--out", str(out)]
    assert invoke(asked) == Exit.OK
    said = capsys.readouterr().out
    found = files.read(out)
    assert found is not None and (found.venue, found.network) == (venue, "paper")
    assert [f.number for f in found.facts if f.answered] == [2, 10]
    assert all(f.words for f in found.facts if f.answered)
    assert f"2 of {len(experiments_of(venue))} questions are answered in {out}" in said
    assert json.loads(out.read_text())["schema"] == "trader.venue-facts/1"


def test_a_second_run_keeps_what_the_first_one_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "facts.json"
    for number in ("3", "8"):
        asked = ["probe", "--paper", "--venue", "hyperliquid", "--only", number, "--out", str(out), "--json"]
        assert invoke(asked) == Exit.OK
    found = files.facts_of(capsys.readouterr().out.split("\n}\n")[1] + "\n}\n", "stdout")
    assert [f.number for f in found.facts if f.answered] == [3, 8]


def test_the_questions_can_be_read_without_an_account(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["probe", "--venue", "okx", "--list"]) == Exit.OK
    said = capsys.readouterr().out
    assert "[attach]" in said and "not tried: " in said


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--usd", "0"], "must be above 0"),
        (["--usd", "x"], "is not an amount"),
        (["--only", "99"], "no such question"),
        (["--live"], "--live: the configuration says mode: paper"),
        (["--coin", "NOSUCH"], "NOSUCH"),
    ],
)
def test_what_makes_no_sense_is_refused(
    more: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["probe", "--paper", *more]) != Exit.OK
    assert words in capsys.readouterr().err


def test_the_file_and_the_option_must_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, MINIMAL)
    assert invoke(["probe", "--config", str(file), "--venue", "okx"]) == Exit.CONFIG
    assert "the configuration is for hyperliquid" in capsys.readouterr().err


def test_it_waits_for_nobody_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, MINIMAL)
    path = lock_path_of(wire(config.load(file)))
    held = lock.acquire(path, command="run", wait_s=0, clock=SystemClock())
    assert isinstance(held, lock.Held)
    with held:
        assert invoke(["probe", "--config", str(file), "--only", "3"]) == Exit.BUSY
    assert "held by `trader run`; nothing was sent" in capsys.readouterr().err


def test_nothing_is_tried_while_entries_are_halted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, MINIMAL)
    halt.write(wire(config.load(file)).folders.halt, why="look", now_ms=START_MS)
    assert invoke(["probe", "--config", str(file)]) == Exit.CONFIG
    assert "entries are halted" in capsys.readouterr().err


def test_real_money_wants_a_terminal_and_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(click.UsageError, match="terminal"):
        probe._agreed("probe BTC for 12 USD")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    for typed, is_right in (("probe BTC for 12 USD", True), ("yes", False)):
        monkeypatch.setattr(click, "prompt", lambda *_a, typed=typed, **_k: typed)
        if is_right:
            probe._agreed("probe BTC for 12 USD")
        else:
            with pytest.raises(click.UsageError, match="nothing was sent"):
                probe._agreed("probe BTC for 12 USD")


def test_an_account_that_is_not_flat_afterwards_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stuck(*_args: object, **_more: object) -> Facts:
        raise NotFlat("BTC is not flat")

    monkeypatch.setattr(probe, "made", stuck)
    assert invoke(["probe", "--paper"]) == Exit.NAKED
    assert "BTC is not flat" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": "other"}', '{"schema": "trader.venue-facts/1"}']
)
def test_another_file_is_no_file_of_facts(text: str, tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"facts\.json"):
        files.read(path)


def test_facts_of_another_network_are_not_taken_over() -> None:
    found = ProbeStage("hyperliquid").probe([3])
    older = Facts("hyperliquid", "testnet", "BTC", "", ProbeStage("hyperliquid").probe([8]).facts)
    assert found.over(older) == found
    assert found.over(None) == found
    assert files.facts_of(files.text_of(found), "text") == found


def test_a_served_exchange_can_be_told_the_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "facts.json"
    files.write(path, ProbeStage("okx", switches=None, two_sided=False).probe([21, 23]))
    asked = []
    monkeypatch.setattr("trader.parts.serving.serve", lambda options, *_args, **_more: asked.append(options))
    assert invoke(["sim", "serve", "--venue", "okx", "--facts", str(path)]) == Exit.OK
    found = files.read(path)
    assert found is not None
    assert asked[0].switches == switches_from(found) and asked[0].switches.two_sided is False
    assert asked[0].equity == Decimal(1000)
    assert invoke(["sim", "serve", "--venue", "binance", "--facts", str(path)]) == Exit.USAGE
    assert invoke(["sim", "serve", "--venue", "okx", "--facts", str(tmp_path / "none")]) == Exit.USAGE
