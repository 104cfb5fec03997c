"""Tapes laid out in files that every process of this machine maps into its memory, once for all of them.

Rules: a shelf is a folder and what stands in it; it is small where it is handed to a worker, and the columns
come from the system's page cache. Where the folder is not to be had (another machine), the columns travel.
"""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trader.backtest.tape import Bars, Rates, Tape
from trader.core.frozen import frozen

_BARS = ("bars", "inner", "mark", "inner_mark")


@frozen
class _Part:
    """One set of columns of a tape: its name there, its frame where it has one, its columns' files."""

    name: str
    frame_ms: int | None
    files: Mapping[str, str]


@frozen
class Shelf:
    """Where the columns lie, and of which coins and parts there are some."""

    folder: Path
    parts: Mapping[str, tuple[_Part, ...]]

    def tapes(self) -> dict[str, Tape]:
        """The tapes, mapped; the arrays may be written to without changing the files."""
        return {
            coin: Tape(coin, **{part.name: self._columns(part) for part in parts})
            for coin, parts in self.parts.items()
        }

    def _columns(self, part: _Part) -> Any:
        found = {name: self._mapped(file) for name, file in part.files.items()}
        return Rates(**found) if part.frame_ms is None else Bars(part.frame_ms, **found)

    def _mapped(self, file: str) -> NDArray[Any]:
        return np.asarray(np.load(self.folder / file, mmap_mode="c"))


def shelved(tapes: Mapping[str, Tape], folder: Path) -> Shelf:
    """Lay tapes down in a folder; the files are numbered, because a coin's name may be no name of a file."""
    parts: dict[str, tuple[_Part, ...]] = {}
    for number, coin in enumerate(sorted(tapes)):
        laid = []
        for name in (*_BARS, "funding"):
            columns = getattr(tapes[coin], name)
            if columns is None:
                continue
            frame_ms = columns.frame_ms if isinstance(columns, Bars) else None
            files = {f.name: f"{number}-{name}-{f.name}.npy" for f in fields(columns) if f.name != "frame_ms"}
            for column, file in files.items():
                np.save(folder / file, getattr(columns, column))
            laid.append(_Part(name, frame_ms, files))
        parts[coin] = tuple(laid)
    return Shelf(folder, parts)
