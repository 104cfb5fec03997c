"""What a search has worked out, kept in a folder, so that an interrupted one goes on where it stood.

Rules: each chunk is a Parquet file of its own, written beside its place and moved there; the folder belongs
to one question, named by a fingerprint of everything that decides the answers, and refuses any other. Nothing
in it is trusted beyond that: what does not read is worked out again.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from trader.backtest.search.rows import Row, Task
from trader.backtest.search.table import answers_in, frame_of
from trader.core.errors import ConfigError

_QUESTION = "search.json"
ROWS = "rows.parquet"


class Store:
    """One folder, one question."""

    def __init__(self, folder: Path, fingerprint: str, models: Sequence[str]) -> None:
        self._folder = folder
        self._models = tuple(models)
        self._parts = folder / "parts"
        self.lost: list[str] = []
        try:
            self._parts.mkdir(parents=True, exist_ok=True)
            question = folder / _QUESTION
            if question.exists():
                said = json.loads(question.read_text(encoding="utf-8")).get("fingerprint")
                if said != fingerprint:
                    raise ConfigError(
                        f"{folder} holds another search: its candles, configuration, fields or version "
                        "differ; name another folder with --out, or remove this one"
                    )
            _written(question, json.dumps({"fingerprint": fingerprint}).encode())
        except (OSError, ValueError) as error:
            raise ConfigError(f"--out {folder}: cannot be used: {error}") from error

    def known(self) -> dict[Task, Row]:
        """Every answer that the folder holds; a task's number is its place in the run that asked it. What was
        cut short by something stronger than us is named in `lost`."""
        found: dict[Task, Row] = {}
        for path in sorted(self._parts.glob("*.parquet")):
            try:
                found.update(answers_in(path, self._models))
            except (OSError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
                self.lost.append(f"{path}: cannot be read, and is worked out again: {error}")
                path.unlink(missing_ok=True)
        return found

    def keep(self, answers: Sequence[tuple[Task, Row]]) -> None:
        """Add the answers of one chunk."""
        place = self._parts / f"{answers[0][0].number:09d}.parquet"
        beside = place.with_suffix(".unfinished")
        frame_of(answers, self._models).write_parquet(beside)
        os.replace(beside, place)

    def finish(self, answers: Sequence[tuple[Task, Row]]) -> Path:
        """All of them as one file, in their order."""
        place = self._folder / ROWS
        beside = place.with_suffix(".unfinished")
        frame_of(answers, self._models).write_parquet(beside)
        os.replace(beside, place)
        return place


def _written(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".unfinished")
    beside.write_bytes(content)
    os.replace(beside, path)
