"""`trader optimize` and `trader walkforward` as they are called: what they try, tell, keep and refuse."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.support.recorded_files import hours_file, settings_file
from trader.backtest.fast import compiling
from trader.cli import invoke

BARS = "markets.BTC.params.range_bars"
RANGE = f"{BARS}=12:36:12"
TRIGGER = "markets.BTC.params.trigger=wick,close"


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    """What every call says: the file, the candles, and one process."""
    return [
        *("--config", str(settings_file(tmp_path)), "--candles", f"BTC={hours_file(tmp_path)}"),
        *("--funding", "BTC=0.0001", "--trades-min", "3", "--workers", "1"),
    ]


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    out = capsys.readouterr().out
    return json.loads(out)


def test_every_combination_has_a_row_that_a_backtest_gives_too(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["optimize", *asked, "--vary", RANGE, "--vary", TRIGGER, "--json"]) == 0
    answer = told(capsys)
    assert (answer["schema"], answer["fills"], answer["possible"]) == (
        "trader.optimize/1",
        ["base", "harsh"],
        6,
    )
    rows = answer["combinations"]
    assert [(row["set"][BARS], row["set"]["markets.BTC.params.trigger"]) for row in rows] == [
        (bars, trigger) for bars in ("12", "24", "36") for trigger in ("wick", "close")
    ]
    assert len({row["bands"]["base"]["net"] for row in rows}) > 3
    sets = [part for path, value in rows[3]["set"].items() for part in ("--set", f"{path}={value}")]
    alone = [one for one in asked if one not in ("--trades-min", "3", "--workers", "1")]
    assert invoke(["backtest", *alone, *sets, "--json"]) == 0
    bands = told(capsys)["bands"]
    for name in ("base", "harsh"):
        assert set(bands[name]) <= set(rows[3]["bands"][name])
        for figure in (
            "trades",
            "wins",
            "net",
            "fees",
            "funding",
            "drawdown_fraction_max",
            "undecidable_fraction",
        ):
            told_alone = pytest.approx(bands[name][figure], rel=1e-12)
            assert rows[3]["bands"][name][figure] == told_alone


def test_the_table_ranks_by_the_worst_model_and_speaks_of_luck(
    asked: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "is_compiled", lambda: False)
    assert invoke(["optimize", *asked, "--vary", RANGE]) == 0
    said = capsys.readouterr()
    assert said.err == "compiling the fast engine, once on this machine: about a minute\n"
    lines = said.out.splitlines()
    scores = [float(line.split()[1]) for line in lines[2:5]]
    assert scores == sorted(scores, reverse=True)
    assert any(line.startswith("luck: the best of 3 blind draws") for line in lines)


def test_what_was_worked_out_is_kept_and_not_asked_again(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "found"), "--json"]
    assert invoke(["optimize", *asked, "--vary", RANGE, *out]) == 0
    first = told(capsys)
    before = sorted(path.name for path in (tmp_path / "found" / "parts").iterdir())
    assert invoke(["optimize", *asked, "--vary", RANGE, *out]) == 0
    assert told(capsys) == first
    assert sorted(path.name for path in (tmp_path / "found" / "parts").iterdir()) == before
    table = pl.read_parquet(tmp_path / "found" / "rows.parquet")
    assert table[f"set {BARS}"].to_list() == ["12", "24", "36"]
    assert invoke(["optimize", *asked, "--vary", TRIGGER, *out]) == 78
    assert "holds another search" in capsys.readouterr().err


def test_a_combination_that_the_file_could_not_say_is_a_row_with_the_reason(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["optimize", *asked, "--vary", f"{BARS}=24,0", "--json"]) == 0
    sound, refused = told(capsys)["combinations"]
    assert (sound["fault"], refused["score"]) == (None, None)
    assert "range_bars" in refused["fault"]


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        ("markets.BTC.params.no_such_field=1,2", "no value of it can be used"),
        ("markets.BTC.params.bar=30m,15m", "read for another bar"),
        ("fills.slippage_bps=1,2", "--fills says which"),
        ("venue=okx,binance", "other ones"),
        (f"{BARS}", "expected PATH=VALUES"),
    ],
)
def test_what_cannot_be_sought_is_refused(
    asked: list[str], capsys: pytest.CaptureFixture[str], vary: str, said: str
) -> None:
    assert invoke(["optimize", *asked, "--vary", vary]) == 78
    assert said in capsys.readouterr().err


def test_without_funding_only_the_kind_model_can_be_searched(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [one for one in asked if one not in ("--funding", "BTC=0.0001")]
    assert invoke(["optimize", *asked, "--vary", RANGE]) == 78
    assert "no funding of BTC" in capsys.readouterr().err
    assert invoke(["optimize", *asked, "--vary", RANGE, "--fills", "kind", "--json"]) == 0
    assert told(capsys)["fills"] == ["kind"]


def test_walking_forward_tells_folds_their_sum_and_what_it_would_change(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    days = ["--train-days", "30", "--test-days", "10"]
    assert invoke(["walkforward", *asked, "--vary", RANGE, *days, "--json"]) == 0
    answer = told(capsys)
    assert answer["schema"] == "trader.walkforward/1"
    assert len(answer["folds"]) == 3
    for fold in answer["folds"]:
        assert fold["train"]["end_ms"] == fold["test"]["start_ms"]
        assert fold["tried"] == 3
    trades = sum(fold["out_of_sample"]["base"]["trades"] for fold in answer["folds"])
    assert answer["out_of_sample"]["base"]["trades"] == trades > 0
    assert answer["suggestion"] is None or set(answer["suggestion"]) == {BARS}
    assert invoke(["walkforward", *asked, "--vary", RANGE, *days, "--window", "anchored"]) == 0
    text = capsys.readouterr().out
    assert "Out of sample, joined" in text
    assert "fill no fold" in text


def test_too_few_days_for_a_fold_are_said(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["walkforward", *asked, "--vary", RANGE, "--train-days", "300"]) == 78
    assert "too few for one fold: --train-days 300 and --test-days 30 need 330" in capsys.readouterr().err


def test_a_margin_that_is_no_number_is_refused(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["walkforward", *asked, "--vary", RANGE, "--margin", "nan"]) == 2
    assert "--margin nan: expected a fraction" in capsys.readouterr().err
