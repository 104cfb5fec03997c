"""What `optimize` and `walkforward` share: a search made of a file, candles and fields, and its progress.

Rules: nothing here writes a configuration; the columns lie in a folder that is gone when the search is.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from trader import __version__, config
from trader.commands.data import require_columns
from trader.commands.options import Call
from trader.commands.recorded import Recorded, study_from
from trader.commands.search_options import Wanted
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.text import plural
from trader.exchange.fill_model import PRESETS

if TYPE_CHECKING:
    from trader.backtest.search.folds import Window
    from trader.backtest.search.question import Question
    from trader.backtest.search.search import Search
    from trader.backtest.search.space import Space
    from trader.backtest.search.store import Store
    from trader.backtest.tape import Tape


@frozen
class Searching:
    """A search that can begin, and what its answers are told with."""

    search: "Search"
    space: "Space"
    whole: "Window"
    store: "Store | None"
    notes: tuple[str, ...]
    progress: "Progress"


class Progress:
    """How far a search is; the bar on the terminal, where there is one."""

    def __init__(self, bar: Any = None) -> None:
        self._bar = bar
        self._task = None if bar is None else bar.add_task("runs", total=None)

    def expect(self, runs: int) -> None:
        """There are at most so many to make."""
        if self._bar is not None:
            self._bar.update(self._task, total=runs)

    def advance(self, runs: int) -> None:
        if self._bar is not None:
            self._bar.advance(self._task, runs)


@contextmanager
def searching(call: Call, recorded: Recorded, wanted: Wanted) -> Iterator[Searching]:
    """A search over the file, the candles and the fields that were named."""
    require_columns()
    from trader.backtest.search.search import Search
    from trader.backtest.search.shelf import shelved
    from trader.backtest.search.space import space_of

    space = space_of(wanted.vary)
    told: list[str] = []
    with TemporaryDirectory(prefix="trader-") as folder:
        question, tapes = _question(call, recorded, wanted, told)
        _refuse_what_the_file_does_not_read(question, space)
        store = _store(wanted, question, tapes, space)
        held = tapes if wanted.cluster is not None else shelved(tapes, Path(folder))
        asked = replace(question, tapes=held)
        if wanted.cluster is None and not call.quiet:
            _tell_of_compiling()
        with _progress(shown=not call.as_json and not call.quiet) as progress:
            search = Search(
                asked,
                workers=wanted.workers,
                cluster=wanted.cluster,
                store=store,
                advance=progress.advance,
            )
            notes = (*told, *(() if store is None else store.lost))
            yield Searching(search, space, _whole(recorded, tapes), store, notes, progress)


def _question(
    call: Call, recorded: Recorded, wanted: Wanted, told: list[str]
) -> "tuple[Question, Mapping[str, Tape]]":
    from trader.backtest.bands import lacking_funding
    from trader.backtest.search.question import Question

    study, _, usual = study_from(call, recorded, told.append)
    models = {name: PRESETS[name] for name in wanted.fills}
    lacking = lacking_funding(study)
    if lacking and any(model.funding != "none" for model in models.values()):
        raise ConfigError(
            f"fills {', '.join(models)}: {lacking}. Give --funding COIN=PATH or COIN=RATE_PER_8H, or search "
            "with --fills kind alone"
        )
    path = config.find(call.config_path, os.environ).path
    text = config.BUILT_IN if path is None else path.read_text(encoding="utf-8-sig")
    overrides = (*call.overrides, *(("mode=paper",) if call.paper else ()))
    return Question(text, overrides, study.tapes, study.markets, usual, models, recorded.span), study.tapes


def _tell_of_compiling() -> None:
    """The first use on a machine takes a while, and whoever waits should know for what."""
    from trader.backtest.fast.compiling import is_compiled

    if not is_compiled():
        click.echo("compiling the fast engine, once on this machine: about a minute", err=True)


def _refuse_what_the_file_does_not_read(question: "Question", space: "Space") -> None:
    """Each axis has a value that the file could say; what it refuses beyond that is told row by row."""
    faults = []
    for axis in space.axes:
        told = [_fault(question, axis.path, value) for value in axis.values]
        if None not in told:
            faults.append(f"--vary {axis.path}: no value of it can be used: {told[0]}")
    if faults:
        raise ConfigError("\n".join(faults))


def _fault(question: "Question", path: str, value: str) -> str | None:
    try:
        question.settings(((path, value),))
    except ConfigError as error:
        return str(error)
    return None


def _store(
    wanted: Wanted, question: "Question", tapes: "Mapping[str, Tape]", space: "Space"
) -> "Store | None":
    from trader.backtest.search.question import fingerprint_of
    from trader.backtest.search.store import Store

    if wanted.out is None:
        return None
    paths = repr([axis.path for axis in space.axes])
    fingerprint = fingerprint_of(replace(question, tapes={}), tapes, (__version__, paths))
    return Store(wanted.out, fingerprint, list(question.models))


def _whole(recorded: Recorded, tapes: "Mapping[str, Tape]") -> "Window":
    """All of the time in which every coin has bars, inside the span asked."""
    from trader.backtest.search.folds import Window

    start_ms = max(int(tape.bars.open_ms[0]) for tape in tapes.values())
    end_ms = min(int(tape.bars.open_ms[-1]) + tape.bars.frame_ms for tape in tapes.values())
    if recorded.start_ms is not None:
        start_ms = max(start_ms, recorded.start_ms)
    if recorded.end_ms is not None:
        end_ms = min(end_ms, recorded.end_ms)
    return Window(start_ms, end_ms)


@contextmanager
def _progress(*, shown: bool) -> Iterator[Progress]:
    if not shown or not sys.stderr.isatty():
        yield Progress()
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("runs"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Progress(bar)


def short(path: str, paths: Sequence[str]) -> str:
    """The last name of a path, where no other path ends with the same."""
    last = path.rpartition(".")[2]
    alike = sum(other.rpartition(".")[2] == last for other in paths)
    return last if alike == 1 else path


def tries_text(count: int, refused: int) -> str:
    """How many combinations were tried, and how many of them the configuration refused."""
    told = plural(count, "combination")
    return told if not refused else f"{told}, of which the configuration refuses {refused}"
