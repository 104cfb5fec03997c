"""`trader data`: what it prints, and with which code it ends."""

import json
import os
from pathlib import Path

import pytest

from tests.support.bar_files import NAMES, a_csv, csv_text, some_rows, written
from trader.cli import invoke
from trader.commands import data


def broken(folder: Path) -> Path:
    rows = [list(row) for row in some_rows()]
    rows[3][4] = -1
    return written(folder / "broken.csv", csv_text(rows, NAMES))


def test_check_tells_people_a_table_and_every_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = some_rows()
    del rows[3]
    assert invoke(["data", "check", str(a_csv(tmp_path, rows)), str(broken(tmp_path))]) == 78
    table = capsys.readouterr().out.splitlines()
    assert table[0].split() == ["file", "holds", "frame", "rows", "first", "last", "verdict"]
    assert table[1].split()[:4] == ["bars.csv", "candles", "30m", "7"] and table[1].endswith("usable")
    assert table[2].endswith("FAULTS")
    after = "2025-01-01 00:00:00 UTC"
    assert table[3] == f"bars.csv: note, gap: 1 bar missing in 1 gap; the longest has 1, after {after}"
    assert table[4].startswith("broken.csv: FAULT, values: line 5: close is -1.0, expected a price above 0")


def test_check_tells_machines_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_csv(tmp_path, some_rows())
    assert invoke(["data", "check", str(path), "--against", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["usable"], len(told["files"])) == ("trader.data.check/1", True, 2)
    one = told["files"][0]
    assert (one["path"], one["holds"], one["rows"], one["frame_ms"]) == (str(path), "candles", 8, 1_800_000)
    text = "8 30m bars agree to 0.01% of price"
    assert one["findings"] == [{"kind": "agrees", "is_fault": False, "text": text, "count": 8, "at_ms": []}]


def test_quiet_speaks_of_faults_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["data", "check", str(a_csv(tmp_path, some_rows())), "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert invoke(["data", "check", str(broken(tmp_path)), "--quiet"]) == 78
    assert "FAULT" in capsys.readouterr().out


FETCH = ("data", "fetch", "--venue", "okx", "--coin", "BTC")


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--start", "yesterday"), 2, "'yesterday' is no date like 2025-01-31T12:00"),
        (("--start", "2025-01-02", "--frame", "7m"), 2, "--frame 7m: expected one of 1m, 3m"),
        (("--start", "2025-01-02", "--end", "2025-01-02T00:00Z"), 2, "is not after --start"),
        (("--start", "2025-01-02", "--coin", "../x"), 2, "--coin '../x': expected a name such as BTC"),
        (("--start", "2025-01-02", "--url", "https://example.com"), 78, "must be http:// on this machine"),
    ],
)
def test_fetch_refuses_what_cannot_be_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], code: int, said: str
) -> None:
    assert invoke([*FETCH, *options, "--out", str(tmp_path / "out")]) == code
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_venue_without_old_marks_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("data", "fetch", "--venue", "hyperliquid", "--coin", "BTC", "--kind", "mark")
    assert invoke([*asked, "--start", "2025-01-02", "--out", str(tmp_path)]) == 78
    assert "hyperliquid keeps no mark of the past" in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "polars" else name)
    assert invoke(["data", "check", str(tmp_path)]) == 78
    assert "1 package not installed: polars; install trader with its extra" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "name"),
    [("candles", "okx-BTC-30m"), ("mark", "okx-BTC-mark-30m"), ("funding", "okx-BTC-funding")],
)
def test_a_file_is_named_for_what_is_in_it(kind: str, name: str) -> None:
    assert data.file_name("okx", "BTC", kind, "30m") == name


def test_a_backtest_leaves_an_unfinished_bar_out_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = some_rows()
    path = a_csv(tmp_path, rows)
    os.utime(path, (rows[-1][0] / 1000, rows[-1][0] / 1000))
    asked = ("backtest", "--paper", "--candles", f"BTC={path}", "--fills", "kind")
    assert invoke(asked) == 78
    assert "line 9: the last bar is not finished" in capsys.readouterr().err
    assert invoke([*asked, "--drop-unfinished"]) == 78
    assert "7 bars, and BTC needs" in capsys.readouterr().err
