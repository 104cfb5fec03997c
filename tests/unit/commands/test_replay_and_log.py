"""A recorded decision is made again from its record alone; the log shows ticks as a run showed them."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.breakout_scenes import BARS, START_MS, breaking_up, candles_of, quiet
from tests.support.builders import FRAME_MS, TAG, a_market, a_past, a_quote, a_view, holdings, lookups_for
from tests.support.builders import a_snapshot as a_plain_snapshot
from tests.support.reports import a_report
from trader import cli
from trader.commands.log import moment
from trader.commands.replay import compared, parsed
from trader.config.stored import to_record
from trader.core.actions import Enter
from trader.core.candles import DAY_MS
from trader.core.errors import ConfigError
from trader.core.report import Exit, Naked, Refused, Report, Verdict, Verified
from trader.core.target import Stay
from trader.policies import policy_of
from trader.run import decide
from trader.settings import EntrySettings, MarketSettings, Settings, SizingSettings
from trader.sinks.journal import DecisionInputs, Journal
from trader.strategies.registry import STRATEGIES

CLOSE_MS = START_MS + BARS * FRAME_MS
NAME = "2025-05-25.jsonl"
BTC = frozenset({"BTC"})


def settings() -> Settings:
    params = STRATEGIES["breakout"].params_type()
    market = MarketSettings("breakout", params, SizingSettings(), EntrySettings())
    return Settings(venue="hyperliquid", mode="paper", markets={"BTC": market})


def a_tick(minutes: int = 0, *, entries_for: frozenset[str] = BTC, halted: str | None = None) -> Report:
    """A tick just after a break upwards, decided by the real pipeline."""
    candles = candles_of(breaking_up(quiet()))
    mark = Decimal(str(candles.close[-1]))
    market = a_market(price_decimals_max=4, price_figures_max=None)
    quote = replace(a_quote(mark), bid=mark - Decimal("0.01"), ask=mark + Decimal("0.01"))
    view = a_view(market=market, candles=candles, quote=quote)
    moment_ms = CLOSE_MS + 5_000 + minutes * 60_000
    snapshot = a_plain_snapshot(
        holdings(at_ms=moment_ms),
        {"BTC": view},
        lookups=lookups_for(["BTC"], CLOSE_MS - FRAME_MS),
        local_ms=moment_ms,
        past=a_past(since_ms=moment_ms - 3 * DAY_MS, gains_since_ms=moment_ms - 3 * DAY_MS),
    )
    policy = policy_of(settings(), account_tag=TAG, entries_for=entries_for)
    return a_report(snapshot=snapshot, verdict=decide(snapshot, policy, halted).verdict())


def record(folder: Path, report: Report, **given: Any) -> Path:
    inputs = replace(DecisionInputs(to_record(settings()), BTC, None), **given)
    assert Journal(folder / "journal", inputs).tell(report) == []
    return folder / "journal" / NAME


def replay(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.invoke(["replay", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def changed_line(file: Path, **changes: Any) -> None:
    line = json.loads(file.read_bytes())
    line["settings"]["markets"]["BTC"]["sizing"] |= changes
    file.write_text(json.dumps(line) + "\n")


def test_the_scene_is_one_that_enters() -> None:
    verdict = a_tick().verdict
    assert verdict is not None
    assert [type(a) for a in verdict.approved] == [Enter]


def test_a_recorded_decision_is_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = record(tmp_path, a_tick())
    code, out, _err = replay(capsys, f"{file}:1")
    assert (code, out) == (0, "line 1, 2025-05-25 00:00:05 UTC: the same decision\n")
    assert replay(capsys, str(file), "--quiet") == (0, "", "")


@pytest.mark.parametrize("given", [{"halted": "by hand"}, {"entries_for": frozenset()}])
def test_the_halt_and_the_scope_of_that_moment_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: dict[str, Any]
) -> None:
    file = record(tmp_path, a_tick(**given), **given)
    assert replay(capsys, str(file))[0] == 0
    other = record(tmp_path / "other", a_tick(**given))
    assert replay(capsys, str(other))[0] == 70


def test_another_decision_is_shown_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = record(tmp_path, a_tick())
    changed_line(file, position_ratio=0.1)
    code, out, _err = replay(capsys, str(file))
    assert code == int(Exit.BROKEN)
    first, *lines = out.splitlines()
    assert first.endswith("ANOTHER decision (- recorded, + now)")
    assert [line.partition(":")[0] for line in lines] == [
        *("- want of BTC", "+ want of BTC"),
        *("- approved 1", "+ approved 1"),
    ]
    code, out, _err = replay(capsys, str(file), "--json")
    told = json.loads(out)
    assert (code, told["schema"], told["same"], len(told["differences"])) == (70, "trader.replay/1", False, 4)


def test_what_was_held_back_while_acting_is_no_difference() -> None:
    verdict = a_tick().verdict
    assert verdict is not None
    held = Refused(verdict.approved[0], "deadline", "no time left")
    acted = replace(verdict, refused=(held,))
    assert compared(acted, verdict) == []
    foreign = replace(verdict, refused=(replace(held, action=replace(verdict.approved[0], coin="ETH")),))
    assert len(compared(foreign, verdict)) == 1
    assert compared(verdict, Verdict({"BTC": Stay("x")}, (), ())) != []


def test_a_file_that_cannot_be_replayed_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = record(tmp_path, a_tick())
    assert replay(capsys, f"{file}:2")[0] == int(Exit.CONFIG)
    assert replay(capsys, str(tmp_path / "none.jsonl"))[0] == int(Exit.CONFIG)
    changed_line(file, position_ratio="much")
    code, _out, err = replay(capsys, str(file))
    assert code == int(Exit.MALFORMED)
    assert err.count("\n") == 1
    assert "position_ratio" in err


def test_the_place_is_a_path_and_a_line(tmp_path: Path) -> None:
    assert parsed("a/b.jsonl:17") == (Path("a/b.jsonl"), 17)
    assert parsed("a/b.jsonl") == (Path("a/b.jsonl"), None)
    odd = tmp_path / "b.jsonl:17"
    odd.touch()
    assert parsed(str(odd)) == (odd, None)


def log(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> tuple[int, str, str]:
    since = () if "--since" in arguments else ("--since", "2025-05-25")
    code = cli.invoke(["log", "--folder", str(folder / "journal"), *since, *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_log_prints_ticks_under_their_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for minutes in (0, 30):
        file = record(tmp_path, a_tick(minutes))
    code, out, err = log(capsys, tmp_path)
    assert (code, err) == (0, "")
    assert out.startswith(f"# {file}:1\npaper hyperliquid main: run at 2025-05-25 00:00:05 UTC")
    assert f"\n\n# {file}:2\n" in out.replace("\n# ", "\n\n# ")
    assert len([line for line in out.splitlines() if line.startswith("saw ")]) == 2
    assert log(capsys, tmp_path, "--since", "2025-05-25T00:20")[1].count("saw ") == 1
    assert log(capsys, tmp_path, "--until", "2025-05-25T00:20")[1].count("saw ") == 1


def test_the_log_can_show_problems_or_one_coin_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(tmp_path, a_tick())
    naked = Verified((Naked("ETH", Decimal(1), ()),))
    file = record(tmp_path, replace(a_tick(1), verified=naked, codes=frozenset({Exit.NAKED}), verdict=None))
    out = log(capsys, tmp_path, "--problems")[1]
    assert out.startswith(f"# {file}:2\n")
    assert out.count("# ") == 1
    assert log(capsys, tmp_path, "--coin", "ETH")[1].count("# ") == 1
    assert "NAKED" not in log(capsys, tmp_path, "--coin", "BTC")[1]
    assert log(capsys, tmp_path, "--coin", "DOGE") == (0, "", "")


def test_the_log_tells_of_damaged_lines_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = record(tmp_path, a_tick())
    with file.open("ab") as journal:
        journal.write(b'{"schema"')
    code, out, err = log(capsys, tmp_path)
    assert (code, out.count("# ")) == (0, 1)
    assert err == f"{file}:2: skipped, half a line: its writer was ended or its disk was full\n"


def test_the_log_for_scripts_is_a_line_a_tick(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = record(tmp_path, a_tick())
    [line] = log(capsys, tmp_path, "--json")[1].splitlines()
    told = json.loads(line)
    assert (told["schema"], told["place"]) == ("trader.run/1", f"{file}:1")


def test_a_folder_that_is_not_there_and_a_time_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert log(capsys, tmp_path)[0] == int(Exit.CONFIG)
    (tmp_path / "journal").mkdir()
    assert log(capsys, tmp_path, "--since", "yesterday\x1b")[2].count("\\x1b") == 1


def test_times_are_ages_or_utc() -> None:
    assert moment("90m", 100 * 60_000) == 10 * 60_000
    assert moment("1970-01-02", 0) == 86_400_000
    assert moment("1970-01-01T01:00", 0) == moment("1970-01-01T02:00+01:00", 0) == 3_600_000
    with pytest.raises(ConfigError, match="expected an age such as"):
        moment("24", 0)
