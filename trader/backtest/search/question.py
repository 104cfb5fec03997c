"""The question of a search, as a worker is given it: a configuration, tapes, and what is asked of them.

Rules: everything that decides the answers is in here and nothing else is, so that a fingerprint of it names
them. Each combination goes through the configuration's own judge: one that a file could not say is a fault
and not a result.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import groupby

from trader.backtest.search.folds import Window
from trader.backtest.search.rows import Row, Task
from trader.backtest.search.shelf import Shelf
from trader.backtest.search.space import Combination
from trader.backtest.search.together import together
from trader.backtest.setup import Span, fees_of, frame_ms_of, study_of
from trader.backtest.study import Fees, Study
from trader.backtest.tape import Tape
from trader.config.document import parse
from trader.config.overrides import apply
from trader.config.resolve import resolve
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.market import Market
from trader.exchange.fill_model import FillModel
from trader.settings import Settings

ORIGIN = "configuration"
_NOT_SOUGHT = {"fills": "it is a way of judging; --fills says which", "venue": "its candles are other ones"}


@frozen
class Question:
    """What a worker knows. `models` by the name of their band; `tapes` mapped, or the columns themselves;
    `usual` fees are those of the venue's accounts, where the file has none."""

    text: str
    overrides: tuple[str, ...]
    tapes: Shelf | Mapping[str, Tape]
    markets: Mapping[str, Market]
    usual: Fees
    models: Mapping[str, FillModel]
    span: Span

    def __call__(self, tasks: Sequence[Task]) -> list[Row]:
        tapes = self.tapes.tapes() if isinstance(self.tapes, Shelf) else self.tapes
        found: dict[int, Row] = {}
        for _, group in groupby(sorted(tasks, key=_by_window), key=_by_window):
            found.update({row.number: row for row in self._rows(list(group), tapes)})
        return [found[task.number] for task in tasks]

    def _rows(self, tasks: Sequence[Task], tapes: Mapping[str, Tape]) -> list[Row]:
        """The rows of one window; what can be worked out together is, to the same figures."""
        rows, studies = [], []
        for task in tasks:
            try:
                studies.append((task, self.study(task.combination, task.window, tapes)))
            except ConfigError as error:
                rows.append(Row(task.number, task.combination, {}, str(error)))
        asked = [study for _, study in studies]
        by_model = {name: together(asked, model) for name, model in self.models.items()}
        for place, (task, _) in enumerate(studies):
            figures = {name: found[place] for name, found in by_model.items()}
            rows.append(Row(task.number, task.combination, figures))
        return rows

    def study(self, combination: Combination, window: Window | None, tapes: Mapping[str, Tape]) -> Study:
        span = self.span if window is None else Span(window.start_ms, window.end_ms)
        settings = self.settings(combination)
        for coin, tape in tapes.items():
            if frame_ms_of(settings, coin) != tape.bars.frame_ms:
                raise ConfigError(
                    f"markets.{coin}.params.bar: the candles were read for another bar: search each alone"
                )
        fees = fees_of(settings, self.usual)
        return study_of(settings, tapes, markets=self.markets, fees=fees, span=span)

    def settings(self, combination: Combination) -> Settings:
        """What the file says with these values in it. Raise ConfigError with each fault."""
        for path, value in combination:
            if path.split(".")[0] in _NOT_SOUGHT:
                raise ConfigError(f"{path}={value}: cannot be sought: {_NOT_SOUGHT[path.split('.')[0]]}")
        document = parse(self.text, ORIGIN)
        for override in (*self.overrides, *(f"{path}={value}" for path, value in combination)):
            apply(document, override)
        result = resolve(document, origin=ORIGIN, is_private=True)
        if result.settings is None or result.faults:
            raise ConfigError("\n".join(dict.fromkeys(str(fault) for fault in result.faults)))
        return result.settings


def _by_window(task: Task) -> tuple[int, int]:
    return (0, 0) if task.window is None else (task.window.start_ms, task.window.end_ms)


def fingerprint_of(question: Question, tapes: Mapping[str, Tape], more: Sequence[str]) -> str:
    """A name for the answers: equal where all that decides them is equal."""
    digest = sha256()
    parts = (question.overrides, question.markets, question.usual, question.models, question.span, more)
    for part in (question.text, *map(repr, parts)):
        digest.update(part.encode() + b"\0")
    for coin in sorted(tapes):
        digest.update(coin.encode() + b"\0")
        for columns in _columns(tapes[coin]):
            digest.update(columns)
    return digest.hexdigest()


def _columns(tape: Tape) -> list[bytes]:
    found: list[bytes] = []
    for bars in (tape.bars, tape.inner, tape.mark, tape.inner_mark):
        found.append(b"none" if bars is None else str(bars.frame_ms).encode())
        if bars is not None:
            columns = (bars.open_ms, bars.open, bars.high, bars.low, bars.close, bars.volume)
            found.extend(column.tobytes() for column in columns)
    if tape.funding is not None:
        found.extend((tape.funding.at_ms.tobytes(), tape.funding.rate.tobytes()))
    return found
