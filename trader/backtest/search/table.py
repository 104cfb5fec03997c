"""Rows as a table and back: one column a field varied, one a figure of each fill model."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import polars as pl

from trader.backtest.search.folds import Window
from trader.backtest.search.rows import Figures, Row, Task

_SET = "set "
_FIGURES = tuple(f.name for f in fields(Figures))


def frame_of(answers: Sequence[tuple[Task, Row]], models: Sequence[str]) -> pl.DataFrame:
    """One line an answer, in the order given."""
    return pl.DataFrame([_record(task, row, models) for task, row in answers], infer_schema_length=None)


def answers_in(path: Path, models: Sequence[str]) -> list[tuple[Task, Row]]:
    """What a file written from `frame_of` holds."""
    return [_answer(record, models) for record in pl.read_parquet(path).iter_rows(named=True)]


def record_of(row: Row) -> dict[str, Any]:
    """A row as a JSON object."""
    return {
        "set": dict(row.combination),
        "fault": row.fault,
        "bands": {name: {**asdict(figures), "fragile": row.fragile} for name, figures in row.figures.items()},
    }


def _record(task: Task, row: Row, models: Sequence[str]) -> dict[str, Any]:
    window = task.window
    found: dict[str, Any] = {
        "number": task.number,
        "start_ms": None if window is None else window.start_ms,
        "end_ms": None if window is None else window.end_ms,
        "fault": row.fault,
    }
    found.update({f"{_SET}{path}": value for path, value in row.combination})
    for model in models:
        figures = row.figures.get(model)
        for name in _FIGURES:
            found[f"{model} {name}"] = None if figures is None else getattr(figures, name)
    return found


def _answer(record: dict[str, Any], models: Sequence[str]) -> tuple[Task, Row]:
    combination = tuple((k.removeprefix(_SET), v) for k, v in record.items() if k.startswith(_SET))
    start_ms, end_ms = record["start_ms"], record["end_ms"]
    window = None if start_ms is None else Window(start_ms, end_ms)
    figures = {
        model: Figures(**{name: record[f"{model} {name}"] for name in _FIGURES})
        for model in models
        if record[f"{model} trades"] is not None
    }
    task = Task(record["number"], combination, window)
    return task, Row(record["number"], combination, figures, record["fault"])
