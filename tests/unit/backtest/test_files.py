"""What `--out` leaves: whole files, readable by the tools that they are for."""

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from tests.support.backtest_runs import a_run, a_study, a_trade, by_fills
from tests.unit.backtest.test_answer import answered
from trader.backtest.answer import document
from trader.backtest.files import write
from trader.core.errors import ConfigError

RUN = a_run([a_trade(10.0), a_trade(-4.0, bar=60)])
FOUND = answered(a_study(), by_fills(kind=RUN, base=RUN, harsh=RUN))


def test_every_file_is_there_and_no_other(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "deep"
    paths = write(folder, FOUND)
    names = ["backtest.json", "equity.json", "equity.parquet", "returns.csv", "trades.parquet"]
    assert sorted(path.name for path in paths) == sorted(path.name for path in folder.iterdir()) == names
    assert json.loads((folder / "backtest.json").read_text()) == document(FOUND)
    assert pl.read_parquet(folder / "trades.parquet")["pnl"].to_list() == [10.0, -4.0]
    curve = pl.read_parquet(folder / "equity.parquet")
    assert curve.to_dict(as_series=False) == json.loads((folder / "equity.json").read_text())
    assert (curve["at_ms"].to_list(), curve["equity"].to_list()) == (RUN.at_ms.tolist(), RUN.equity.tolist())


def test_returns_are_a_date_and_a_number(tmp_path: Path) -> None:
    write(tmp_path, FOUND)
    with (tmp_path / "returns.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {"date": "2024-01-01", "returns": repr(0.01)}
    grown = 1.0
    for row in rows:
        grown *= 1.0 + float(row["returns"])
    assert grown == pytest.approx(1.006)


def test_a_run_without_trades_leaves_empty_tables(tmp_path: Path) -> None:
    empty = answered(a_study(), by_fills(kind=a_run(), base=a_run(), harsh=a_run()))
    write(tmp_path, empty)
    assert pl.read_parquet(tmp_path / "trades.parquet").height == 0


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ConfigError, match=r"--out .*taken: cannot be written: .*; name another folder"):
        write(tmp_path / "taken", FOUND)
