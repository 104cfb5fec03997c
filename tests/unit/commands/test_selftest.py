"""`trader selftest` as it is called: what it plays, what it prints, and how it ends."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support import campaign_plays
from tests.support.campaign_flaw import looks_away
from tests.support.campaign_plays import VENUES, scripts
from trader import examine
from trader.cli import invoke
from trader.selftest import episode, shares
from trader.selftest.campaign import Share
from trader.selftest.played import Played
from trader.selftest.processes.tier import CannotTrace
from trader.selftest.script import Script, script_of

QUIET_LINE = "v1;venue=okx;start=flat;seed=0x1;runs=2"


class Campaign:
    """What the command was asked to play, with a stand-in for episodes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, play: Callable[[Script], Played]) -> None:
        self.asked: list[tuple[str, int | None, tuple[str, ...], int, bool]] = []
        self.scripts: Callable[[int | None], Iterator[Script]] = scripts
        monkeypatch.setattr(episode, "play", play)
        monkeypatch.setattr(shares, "share", self.share)

    def share(
        self,
        tier: str,
        number: int | None,
        venues: Sequence[str],
        *,
        seed: int,
        full: bool = False,
        first: int = 0,
    ) -> Share:
        self.asked.append((tier, number, tuple(venues), seed, full))
        return Share(tier, self.scripts(40), number, first=first)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """Every promise is kept."""
    return Campaign(monkeypatch, campaign_plays.fine)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """Some episodes break one, for one reason."""
    return Campaign(monkeypatch, campaign_plays.breaks_at_v3)


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_campaign_in_which_nothing_is_found(kept: Campaign, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["selftest", "--seconds", "20", "--json", "--workers", "1"]) == 0
    assert kept.asked == [("A", None, VENUES, 1, False), ("C", None, VENUES, 1, False)]
    told = document(capsys)
    assert (told["schema"], told["episodes"], told["violations"]) == ("trader.selftest/1", 80, 0)
    assert told["seed"] == 1 and told["tiers"].keys() == {"A", "C"} and told["episodes_per_second"] > 0
    assert told["played_twice"] == {"episodes": 2, "differed": 0}
    assert told["here"]["workers"] == 1
    assert told["claim"].startswith("in 80 simulated episodes of the faults listed no run ended uncovered")


def test_a_summary_is_kept_beside_what_is_shown(
    broken: Campaign, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept_in = tmp_path / "kept" / "summary.json"
    arguments = ["selftest", "--tier", "C=8", "--workers", "1", "--out", str(kept_in)]
    assert invoke(arguments) == 2 and broken.asked == []
    assert f"{kept_in.parent} is no folder" in capsys.readouterr().err
    kept_in.parent.mkdir()
    assert invoke(arguments) == 70
    told = json.loads(kept_in.read_text(encoding="utf-8"))
    assert told["failures"][0]["replay"] in capsys.readouterr().out
    assert [path.name for path in kept_in.parent.iterdir()] == ["summary.json"]


def test_a_campaign_goes_on_with_what_its_file_holds(kept: Campaign, tmp_path: Path) -> None:
    path = tmp_path / "night.json"
    for episodes in (10, 25):
        sizes = ["--tier", f"A={episodes}", "--tier", "C=5"]
        assert invoke(["selftest", "--quiet", "--workers", "1", "--go-on", *sizes, "--out", str(path)]) == 0
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["episodes"] == 30
    assert [sum(part["tiers"]["A"].values()) for part in told["parts"]] == [10, 15]
    assert told["tiers_asked"]["A"] == "each fault at each request" and told["tiers_wanted"]["A"] == 25


def test_a_failure_ends_with_a_small_line_that_plays_it_again(
    broken: Campaign, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["selftest", "--tier", "C=40", "--workers", "2"]) == 70
    shown = capsys.readouterr().out
    assert re.search(r"^\d+ violations in \d+ episodes of 40: I1 \d+\.$", shown, re.MULTILINE)
    smallest = shown.index("  trader selftest --replay '")
    line = shown[smallest:].split("'")[1]
    assert [event.what for event in script_of(line).events] == ["V3"]
    assert script_of(line).runs == 1 and ";commit=" in line


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["--tier", "B=7"], [("B", 7, VENUES, 1, False)]),
        (
            ["--venue", "okx", "--seed", "9", "--episodes", "3"],
            [("A", 3, ("okx",), 9, False), ("C", 3, ("okx",), 9, False)],
        ),
        (
            ["--tier", "A", "--tier", "C=5", "--seconds", "0", "--full"],
            [("A", None, VENUES, 1, True), ("C", 5, VENUES, 1, True)],
        ),
        (
            ["--venue", "binance", "--venue", "okx", "--tier", "A=1", "--episodes", "9"],
            [("A", 1, ("okx", "binance"), 1, False)],
        ),
    ],
)
def test_what_is_asked_for_is_played(kept: Campaign, arguments: list[str], asked: list[Any]) -> None:
    assert invoke(["selftest", "--quiet", "--workers", "1", *arguments]) == 0
    assert kept.asked == asked


def test_the_matrix_is_told_on_demand(kept: Campaign, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["selftest", "--quiet", "--matrix", "--tier", "C=8", "--workers", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == ["", "## binance", ""]


def test_a_quiet_campaign_without_findings_prints_nothing(
    kept: Campaign, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["selftest", "--quiet", "--tier", "A=5", "--workers", "1"]) == 0
    assert tuple(capsys.readouterr()) == ("", "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--tier", "G"], "'G': expected A, B, C, D, E, F"),
        (["--tier", "A=0"], "'A=0': expected"),
        (["--tier", "A", "--tier", "A=2"], "each at most once"),
        (["--seconds", "0"], "tier C has no end: say how many"),
        (["--seconds", "0", "--tier", "F"], "tier F has no end: say how many"),
        (["--seconds", "-1"], "-1"),
        (["--go-on", "--tier", "A=5"], "--go-on: no --out"),
        (["--go-on", "--tier", "A", "--out", "x.json"], "--go-on: tier A"),
        (["--go-on", "--tier", "E=5", "--out", "x.json"], "--go-on: tier E"),
        (["--go-on", "--tier", "A=5", "--out", "/dev/null"], "--go-on: /dev/null is no summary"),
        (["--venue", "kraken"], "kraken"),
        (["--replay", "v2;venue=okx"], "expected 'v1'"),
        (["--replay", "v1;venue=okx;start=signal"], "lacks"),
        (["--replay", QUIET_LINE.replace("okx", "kraken")], "venue=kraken: expected one of"),
        (["--replay", QUIET_LINE.replace("flat", "rich")], "start=rich: expected one of flat, signal"),
        (["--replay", f"{QUIET_LINE};plan=1.4:T99"], "plan=T99: expected one of T1, "),
        (["--replay", f"{QUIET_LINE};plan=1.1:process,1.4:hand-add"], "plan=hand-add: expected one of T1, "),
        (["--replay", f"{QUIET_LINE};moves=1:rise"], "moves=rise: expected one of"),
        (["--replay", f"{QUIET_LINE.replace('okx', 'hyperliquid')};sides=hedge"], "has no such account"),
    ],
)
def test_what_cannot_be_played_is_a_usage_error(
    kept: Campaign, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert invoke(["selftest", *arguments]) == 2
    assert says in capsys.readouterr().err
    assert kept.asked == []


def test_a_tier_that_this_machine_cannot_play_is_not_passed_over(
    kept: Campaign, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def real(*_: object, **__: object) -> Iterator[Played]:
        raise CannotTrace("tier E needs strace: it is not installed")

    monkeypatch.setattr(shares, "real_episodes", real)
    assert invoke(["selftest", "--tier", "E=5", "--tier", "A=2", "--workers", "1"]) == 78
    shown = capsys.readouterr().out
    assert (
        "NOT PLAYED             E (kills at system calls): tier E needs strace: it is not installed" in shown
    )
    assert "in 2 simulated episodes" in shown


def test_episodes_of_real_processes_are_counted_like_others(
    kept: Campaign, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[dict[str, Any]] = []

    def real(tier: str, venues: Sequence[str], **rest: Any) -> Iterator[Played]:
        asked.append({"tier": tier, "venues": tuple(venues), **rest})
        yield from (campaign_plays.breaks_at_v3(script) for script in scripts(4))

    monkeypatch.setattr(shares, "real_episodes", real)
    assert invoke(["selftest", "--tier", "D=4", "--venue", "okx", "--json"]) == 70
    assert asked == [{"tier": "D", "venues": ("okx",), "seed": 1, "episodes": 4, "seconds": None}]
    told = document(capsys)
    assert (told["episodes"], told["violations"]) == (4, 1)
    assert told["failures"][0]["replay"].split("'")[1].endswith("plan=2.4:V3*")


def test_one_episode_is_told_request_by_request(capsys: pytest.CaptureFixture[str]) -> None:
    line = "v1;commit=abc;venue=okx;start=signal;seed=0x2a;runs=2;plan=1.9:T3,2.4:kill"
    assert invoke(["selftest", "--replay", line]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("v1;venue=okx;sides=one-way;")
    runs = [text for text in shown if text.startswith("run of host first at ")]
    assert len(runs) == 2 and runs[1].endswith(": 3 requests in 0 s, killed")
    assert any(text.endswith("  <- T3") and "no whole answer" in text for text in shown)
    assert any("  write  " in text and ": 200" in text for text in shown)
    assert shown[-1] == "no violation; played twice, the same bytes both times"


def test_one_episode_is_told_to_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["selftest", "--json", "--replay", QUIET_LINE]) == 0
    told = document(capsys)
    assert (told["schema"], told["violations"], told["codes"]) == ("trader.selftest-replay/1", [], [0, 0])
    assert [run["command"] for run in told["runs"]] == ["run", "run"]
    assert told["runs"][0]["requests"][0].keys() == {"number", "at_ms", "what", "write", "status"}


def test_an_episode_that_breaks_a_promise_ends_with_70(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "v1;venue=okx;start=naked;seed=0x1;runs=1"
    assert invoke(["selftest", "--replay", line]) == 0
    capsys.readouterr()
    monkeypatch.setattr(examine, "_judge", lambda *_: None)
    assert invoke(["selftest", "--replay", line]) == 70
    shown = capsys.readouterr().out
    assert "VIOLATION I1c run 1: BTC: " in shown and "exit 0" in shown


def test_a_flaw_in_the_program_is_found_shrunk_and_played_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the campaign to the line, and from the line to the violation."""
    asked = Campaign(monkeypatch, looks_away)
    asked.scripts = noisy
    assert invoke(["selftest", "--tier", "A=3", "--json", "--workers", "1"]) == 70
    told = document(capsys)
    assert (told["episodes"], told["violations_by_invariant"].keys() >= {"I1"}) == (3, True)
    line = told["failures"][0]["replay"].split("'")[1]
    small = script_of(line)
    assert (small.cell.venue, small.start, small.runs, small.moves) == ("okx", "naked", 1, ())
    assert len(small.events) == 1
    monkeypatch.setattr(examine, "_judge", lambda *_: None)
    assert invoke(["selftest", "--replay", line]) == 70


def noisy(_count: int | None) -> Iterator[Script]:
    """Two episodes without a position, and one of a naked one in which much else goes on."""
    for start, plan in (("flat", "1.3:T3"), ("naked", "1.2:H4,2.9:T6,2.12:T11-request"), ("flat", "2.2:H1")):
        yield script_of(f"v1;venue=okx;start={start};seed=0x1;runs=4;plan={plan};moves=2:funding")
