"""Which engine answers a study: the fast one where it can, the replay where it cannot, and why is said.

Rules: both are imported when they are asked, because compiling and the whole program cost a while. A study
that an engine cannot answer is never answered by the other one where somebody named the engine.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from trader.backtest.study import NeedsReplay, Run, Study
from trader.core.errors import ConfigError

if TYPE_CHECKING:
    from trader.backtest.replay.wired import Wire

Engine: TypeAlias = Literal["fast", "replay"]
EMULATED = "emulated, not traded: it knows what nobody knew, or fills where nobody could"
WIRED = "through the venue's own adapter and bytes, on its embedded exchange with this page's fills"
UNWIRED = (
    "without the wire where entries are delayed, and no venue's wire tells of an order that has not come"
)
EXPLAINED_BARS_MAX = 100_000  # a replay of more to say why nothing was entered would take too long
ENGINES: tuple[Engine, ...] = ("fast", "replay")


def play(
    study: Study,
    *,
    engine: Engine | None = None,
    moves: bool = False,
    explains: bool = False,
    wire: "Wire | None" = None,
) -> Run:
    """The answer of the engine that was named; with none named, of the fast one wherever it can.

    `moves`: with the moves of stops and targets. `explains`: where nothing was entered, with the reasons.
    `wire`: the replay answers, through a venue's bytes. What no trader can do is emulated by the fast one,
    whatever was named. Raise ConfigError where the named engine cannot answer.
    """
    if study.unreal is not None:
        return _emulated(study, moves=moves)
    if wire is not None or engine == "replay":
        return _replayed(study, moves=moves, wire=wire)
    from trader.backtest.fast.engine import run

    try:
        answer = run(study, moves=moves)
        return _explained(study, answer) if explains else answer
    except NeedsReplay as reason:
        if engine == "fast":
            raise ConfigError(f"--engine fast: {reason}; leave it out, or say --engine replay") from reason
        answer = _replayed(study, moves=moves)
        return replace(answer, notes=(f"replayed, because {reason}", *answer.notes))


def _explained(study: Study, answer: Run) -> Run:
    """Why a result is empty is what the gate said, and only the program itself tells that."""
    bars = sum(len(tape.bars) for tape in study.tapes.values())
    if answer.trades or bars > EXPLAINED_BARS_MAX:
        return answer
    found = _replayed(study, moves=False)
    return replace(answer, notes=tuple(dict.fromkeys((*answer.notes, *found.notes))))


def _emulated(study: Study, *, moves: bool) -> Run:
    """What no trader can do, which no replay of a trader can either."""
    from trader.backtest.fast.engine import run

    try:
        answer = run(study, moves=moves)
    except NeedsReplay as reason:
        raise ConfigError(f"what no trader can do is emulated, and that cannot go on: {reason}") from reason
    return replace(answer, notes=(EMULATED, *answer.notes))


def _replayed(study: Study, *, moves: bool, wire: "Wire | None" = None) -> Run:
    """An order that is still on its way is in no list of a venue, so that no wire can tell of it."""
    from trader.backtest.replay.engine import run

    is_late = wire is not None and study.model.delay_bars > 0
    answer = run(study, moves=moves, wire=None if is_late else wire)
    if wire is None:
        return answer
    return replace(answer, notes=(UNWIRED if is_late else WIRED, *answer.notes))
