"""What `--out` leaves in a folder: trades and equity as Parquet and JSON, and returns that quantstats reads.

Rules: a file appears whole or not at all; one of these names that is there already is replaced. Times are
UTC, as milliseconds in numbers and as dates in the CSV.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trader.backtest.answer import Answered, document, trade_json
from trader.backtest.returns import daily
from trader.core.errors import ConfigError


def write(folder: Path, answered: Answered) -> tuple[Path, ...]:
    """Write all of them. Raise ConfigError where the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, put in _WRITERS.items():
            part = folder / f".{name}.part"
            put(part, answered)
            part.replace(folder / name)
    except OSError as error:
        raise ConfigError(
            f"--out {folder}: cannot be written: {error.strerror}; name another folder"
        ) from error
    return tuple(folder / name for name in _WRITERS)


def _document(path: Path, answered: Answered) -> None:
    path.write_text(json.dumps(document(answered), indent=1) + "\n", encoding="utf-8")


def _trades(path: Path, answered: Answered) -> None:
    import polars as pl

    kinds = {
        **dict.fromkeys(("coin", "strategy", "leg", "reason"), pl.String),
        **dict.fromkeys(("signal_ms", "entry_ms", "exit_ms", "entry_inner_ms", "exit_inner_ms"), pl.Int64),
        **dict.fromkeys(("entry_price", "exit_price", "size", "fee", "funding"), pl.Float64),
        **dict.fromkeys(("pnl", "pnl_fraction"), pl.Float64),
        "undecidable": pl.Boolean,
    }
    rows = [trade_json(trade, with_inner=True) for trade in answered.trades]
    pl.DataFrame(rows, schema=kinds).write_parquet(path)


def _curve(answered: Answered) -> dict[str, list[Any]]:
    run = answered.asked.run
    if run is None:
        return {"at_ms": [], "equity": []}
    return {"at_ms": run.at_ms.tolist(), "equity": run.equity.tolist()}


def _equity_json(path: Path, answered: Answered) -> None:
    path.write_text(json.dumps(_curve(answered)) + "\n", encoding="utf-8")


def _equity(path: Path, answered: Answered) -> None:
    import polars as pl

    pl.DataFrame(_curve(answered), schema={"at_ms": pl.Int64, "equity": pl.Float64}).write_parquet(path)


def _returns(path: Path, answered: Answered) -> None:
    """A column of days and one of returns, as `pandas.read_csv(index_col=0, parse_dates=True)` takes them."""
    run = answered.asked.run
    days = [] if run is None else daily(run, answered.study.equity)
    lines = ["date,returns", *(f"{day.name},{day.fraction!r}" for day in days)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


_WRITERS: dict[str, Callable[[Path, Answered], None]] = {
    "backtest.json": _document,
    "trades.parquet": _trades,
    "equity.json": _equity_json,
    "equity.parquet": _equity,
    "returns.csv": _returns,
}
