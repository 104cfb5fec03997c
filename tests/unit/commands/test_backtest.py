"""`trader backtest` as it is called: its JSON, its engines, its files, and each input that it refuses."""

import json
import re
from collections.abc import Sequence
from importlib import util
from pathlib import Path
from typing import Any

import pytest

from tests.support import own_home
from tests.support.configurations import write
from trader.backtest.audit import sensitivity
from trader.cli import invoke
from trader.sim import bundle

home = own_home.home

BARS = {coin: str(Path(bundle.__file__).parent / "data" / f"{coin}-1m.csv.gz") for coin in ("BTC", "ETH")}
BTC, ETH = f"BTC={BARS['BTC']}", f"ETH={BARS['ETH']}"
PARAMS = "{range_bars: 12, lookback_bars: 12, trend_fast: 2, trend_slow: 3, trend_window: 4, regime_days: 2}"
BREAKOUT = f"venue: hyperliquid\nmode: paper\nmarkets: {{BTC: {{strategy: breakout, params: {PARAMS}}}}}\n"
GRID = (
    "venue: okx\nmode: paper\nlimits: {naked_resting_notional_max: 5000}\nmarkets: {BTC: "
    "{strategy: hedge_grid, params: {bar: 15m, base_qty: 0.01, step_bps: 20, side_notional_max: 9000, "
    "gross_notional_max: 9000, net_notional_max: 9000}}}\n"
)
FIVE_DAYS = ("--start", "2025-05-10", "--end", "2025-05-15")
HALF_A_DAY = ("--start", "2025-05-10", "--end", "2025-05-10T12:00")


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(write(tmp_path, BREAKOUT))


def called(file: str, *words: str, engine: str = "replay", span: Sequence[str] = FIVE_DAYS) -> int:
    first = ("backtest", "--config", file, "--candles", BTC, *span)
    return invoke([*first, *(("--engine", engine) if engine else ()), *words])


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_answer_as_a_tool_reads_it(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(file, "--funding", "BTC=0.0001", "--json") == 0
    told = answer(capsys)
    assert (told["schema"], told["engine"], told["fills"]) == ("trader.backtest/1", "replay", "base")
    assert told["summary"] == told["bands"]["base"]
    assert told["summary"]["trades"] == len(told["trades"]) > 0
    assert sorted(told["bands"]) == ["base", "harsh", "kind"]
    for trade in told["trades"]:
        sign = 1 if trade["leg"] == "long" else -1
        price = sign * (trade["exit_price"] - trade["entry_price"]) * trade["size"]
        assert trade["pnl"] == pytest.approx(price - trade["fee"] + trade["funding"])
        assert trade["fee"] > 0 and trade["entry_ms"] == trade["signal_ms"] + 1_800_000
    assert any("candles stand in for mark" in note for note in told["notes"])


def test_without_funding_only_kind_is_run(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(file, "--json") == 78
    said = capsys.readouterr()
    assert said.out == ""
    assert "fills base: no funding of BTC was given. Give --funding COIN=PATH or COIN=RATE_PER_8H" in said.err
    assert called(file, "--fills", "kind", "--json") == 0
    told = answer(capsys)
    assert (told["bands"]["base"], told["bands"]["harsh"]) == ("not run", "not run")
    assert told["fills"] == "kind" and told["summary"] == told["bands"]["kind"]


def test_a_preset_with_what_is_set_over_it(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(file, "--fills", "kind", "--set", "fills.slippage_bps=9", "--json") == 0
    told = answer(capsys)
    assert (told["model"]["slippage_bps"], told["model"]["gap"]) == (9.0, "level")
    assert told["summary"]["net"] < told["bands"]["kind"]["net"]


def test_people_read_tables_and_quiet_prints_nothing(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(file, "--fills", "kind") == 0
    told = capsys.readouterr().out
    assert told.startswith("breakout on BTC, replay engine, 2025-05-10 to 2025-05-14")
    assert "by exit" in told and "base   not run" in told
    assert called(file, "--fills", "kind", "--quiet") == 0
    assert capsys.readouterr().out == ""


def test_files_and_a_page(file: str, tmp_path: Path) -> None:
    folder, page = tmp_path / "out", tmp_path / "page.html"
    assert called(file, "--fills", "kind", "--quiet", "--out", str(folder), "--html", str(page)) == 0
    assert (folder / "returns.csv").read_text().startswith("date,returns\n2025-05-10,")
    assert "<html" in page.read_text()[:500].lower()


def test_a_page_that_cannot_be_written_is_said(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "none" / "page.html"
    assert called(file, "--fills", "kind", "--quiet", "--html", str(page)) == 78
    assert "cannot be written: No such file or directory; name another file" in capsys.readouterr().err


def test_a_grid_is_replayed_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(write(tmp_path, GRID))
    assert called(file, "--fills", "kind", "--json", engine="", span=HALF_A_DAY) == 0
    told = answer(capsys)
    assert told["engine"] == "replay"
    assert any(note.startswith("replayed, because") for note in told["notes"])
    assert called(file, "--fills", "kind", "--json", engine="fast", span=HALF_A_DAY) == 78
    assert "--engine fast: " in capsys.readouterr().err


def test_a_published_system_is_audited_without_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sensitivity, "FACTORS", ())
    words = ["backtest", "--as-published", "okx-bb", "--candles", ETH, "--funding", "ETH=0.0001"]
    span = ["--start", "2025-05-13", "--end", "2025-05-15", "--engine", "replay"]
    assert invoke([*words, *span, "--json", "--html", str(tmp_path / "page.html")]) == 0
    told = answer(capsys)
    assert (told["engine"], told["fills"], told["fees"]) == (
        "fast",
        "kind",
        {"maker": 0.0, "taker": 0.0},
    )
    steps = told["audit"]["steps"]
    assert [step["run"] for step in steps] == [True] * 7 + [False]
    assert steps[0]["summary"] == told["summary"]
    assert steps[2]["summary"]["net"] < steps[0]["summary"]["net"]
    assert steps[-1]["summary"]["fees"] > 0
    assert told["audit"]["lookahead"]["foreseen"] != [], "it peeks"
    assert told["audit"]["sensitivity"] == []
    assert told["audit"]["claim"][0].startswith("published as +966 %")
    assert "only prices that existed" in (tmp_path / "page.html").read_text()


def test_a_published_system_has_fills_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["backtest", "--as-published", "okx-bb", "--candles", ETH, "--fills", "base"]
    assert invoke(words) == 78
    assert "a published system has its own fills; leave one out" in capsys.readouterr().err


def test_a_replay_through_the_wire_gives_the_same_trades(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (*("--set", "venue=binance", "--set", "markets.BTC.params.vol_threshold=2.0"), "--fills", "kind")
    assert called(file, *words, "--json", span=HALF_A_DAY) == 0
    plain = answer(capsys)
    assert called(file, *words, "--wire", "--json", span=HALF_A_DAY, engine="") == 0
    wired = answer(capsys)
    assert (wired["trades"], wired["summary"], wired["engine"]) == (
        plain["trades"],
        plain["summary"],
        "replay",
    )
    assert any(note.startswith("through the venue's own adapter") for note in wired["notes"])
    assert any("is not post-only" in note for note in wired["notes"])


def test_a_grid_goes_through_the_wire_of_a_venue_with_two_legs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(write(tmp_path, GRID))
    assert called(file, "--fills", "kind", "--wire", "--json", engine="", span=HALF_A_DAY) == 0
    assert answer(capsys)["trades"]


def test_entries_that_no_account_would_make_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, at_0 = str(write(tmp_path, GRID)), "limits.naked_resting_notional_max=0"
    assert called(file, "--fills", "kind", "--json", "--set", at_0, engine="", span=HALF_A_DAY) == 0
    notes = answer(capsys)["notes"]
    assert any("at 0 no entry of markets.BTC is made" in note for note in notes)


TWICE = "given twice"
REFUSED = {
    "candles twice": (["--candles", BTC], f"--candles BTC: {TWICE}; keep one, or join the two files"),
    "fills twice": (["--fills", "kind", "--set", "fills.preset=base"], f"fills.preset: {TWICE}"),
    "a setting twice": (["--set", "sizing.leverage=2", "--set", "sizing.leverage=3"], f"leverage: {TWICE}"),
    "a group and its setting": (
        ["--set", "fills={gap: open}", "--set", "fills.gap=level"],
        f"fills and fills.gap: {TWICE}",
    ),
    "a wire and the fast engine": (["--wire", "--engine", "fast"], "only the replay has a wire"),
    "a wire and an audit": (["--wire", "--audit"], "an audit is many runs, of fills alone"),
    "tries without an audit": (["--tries", "5"], "--tries: only an audit counts tries"),
    "funding alone": (["--funding", "ETH=0.0001"], "--funding ETH: there are no candles of ETH"),
    "a coin of no file": (["--candles", ETH], "--candles ETH: the file trades no ETH, it names BTC"),
    "a wrong preset's field": (["--fills", "kind", "--set", "fills.gap=never"], "fills.gap: 'never' is not"),
    "no such file": (["--inner", "BTC=/nowhere.csv", "--fills", "kind"], "/nowhere.csv"),
    "nothing to trade": (
        ["--fills", "kind", "--set", "markets.BTC.params.vol_threshold=1000000"],
        "empty result, not one trade: ",
    ),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_meant_ends_with_78(file: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    given, said = REFUSED[words]
    assert called(file, *given) == 78
    assert said in capsys.readouterr().err


def test_bars_after_the_end_are_none_to_decide_on(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(file, "--fills", "kind", span=("--end", "2025-05-05T05:00:00Z")) == 78
    assert re.search(r"\.csv\.gz: \d{1,2} bars before --end, and BTC needs \d+", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (["--start", "2025-05-10", "--end", "2025-05-10T00:00:00Z"], "--start is not before --end"),
        (["--start", "2026-01-01"], "--start: empty result: the bars of"),
        (["--end", "2025-05-05T02:00:00+02:00"], "--end: empty result: the bars of"),
    ],
    ids=["nothing between", "after the bars", "before the bars"],
)
def test_a_span_without_bars(
    file: str, span: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["backtest", "--config", file, "--candles", BTC, "--fills", "kind", *span]) == 78
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--candles", "BTC"], ["--candles", BTC, "--start", "yesterday"], []])
def test_what_cannot_be_read_is_a_question_of_usage(file: str, words: list[str]) -> None:
    assert invoke(["backtest", "--config", file, *words]) == 2


def test_what_reads_columns_may_not_be_installed(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    assert called(file, "--fills", "kind") == 78
    assert "install trader with its extra `backtest`" in capsys.readouterr().err


def still_bars(path: Path, count: int) -> Path:
    rows = [f"{1_746_403_200_000 + at * 1_800_000},100,101,99,100,5" for at in range(count)]
    path.write_text("\n".join(["timestamp_ms,open,high,low,close,volume", *rows]) + "\n")
    return path


def test_a_span_that_the_bars_do_not_fill_is_told(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bars = still_bars(tmp_path / "bars.csv", 400)
    words = ["--config", file, "--candles", f"BTC={bars}", "--fills", "kind", "--engine", "replay", "--json"]
    assert invoke(["backtest", *words, "--start", "2025-05-05T01:00", "--end", "2025-06-01"]) == 78
    late, warming = answer(capsys)["notes"][:2]
    assert late == f"{bars}: the bars end at 2025-05-13 08:00:00 UTC, before --end"
    needs = r": 2 bars before --start, and BTC needs up to \d+ to decide: it may enter nothing until 2025-05-"
    assert re.search(needs, warming)


def test_fewer_bars_than_the_warm_up_are_named(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bars = still_bars(tmp_path / "short.csv", 30)
    words = ["--candles", f"BTC={bars}", "--fills", "kind", "--engine", "replay", "--quiet"]
    assert invoke(["backtest", "--config", file, *words]) == 78
    said = capsys.readouterr().err
    assert f"{bars}: 30 bars, and BTC needs " in said and "Give more bars" in said
