"""An episode as data: which account it starts from, what happens at which request, and what between runs.

A script replays from its text, one line; everything in an episode that is not written here follows from its
seed. The text survives changes of code better than a seed alone.
"""

import re

from trader.core.frozen import frozen

VERSION = "v1"


@frozen
class Cell:
    """A venue, how the account is kept, and what is traded. `sides`: one-way or hedge; `margin`: cross or
    isolated."""

    venue: str
    sides: str = "one-way"
    margin: str = "cross"
    strategy: str = "breakout"


@frozen
class Event:
    """What happens at one request of one run, both counted from 1: the name of a fault of the catalogue, a
    kill, a signal, somebody's hand, a clock. `lasts`: from there to the end of that run."""

    run: int
    request: int
    what: str
    lasts: bool = False


@frozen
class Move:
    """What the market or somebody does after the run of this number, while nobody runs."""

    after: int
    what: str


@frozen
class Script:
    """One episode. `pauses_s`: the time after each run but the last; where they end, the last one repeats.
    `given`: what the file or the market has beside the usual, by name."""

    cell: Cell
    start: str
    seed: int
    runs: int = 3
    events: tuple[Event, ...] = ()
    moves: tuple[Move, ...] = ()
    pauses_s: tuple[int, ...] = (5, 70)
    given: tuple[str, ...] = ()


_NAME = re.compile(r"[A-Za-z0-9_+-]+")
_EVENT = re.compile(r"(\d+)\.(\d+):([A-Za-z0-9_+-]+)(\*?)")
_MOVE = re.compile(r"(\d+):([A-Za-z0-9_+-]+)")
_SEED = re.compile(r"0x[0-9a-f]{1,16}")
_FIELDS = ("venue", "sides", "margin", "strategy", "start", "given", "seed", "runs", "pauses")
_HAPPENS = ("plan", "moves")
_MAY_LACK = frozenset({"sides", "margin", "strategy", "given", "pauses", *_HAPPENS})
_IGNORED = frozenset({"commit"})
RUNS_MAX = 100_000


def text_of(script: Script) -> str:
    """The one line from which the episode replays."""
    cell = script.cell
    plan = ",".join(f"{e.run}.{e.request}:{e.what}{'*' if e.lasts else ''}" for e in script.events)
    parts = [
        VERSION,
        f"venue={cell.venue}",
        f"sides={cell.sides}",
        f"margin={cell.margin}",
        f"strategy={cell.strategy}",
        f"start={script.start}",
        *([f"given={','.join(script.given)}"] if script.given else []),
        f"seed={script.seed:#x}",
        f"runs={script.runs}",
        f"pauses={','.join(map(str, script.pauses_s))}",
    ]
    parts += [f"plan={plan}"] if plan else []
    moves = ",".join(f"{m.after}:{m.what}" for m in script.moves)
    return ";".join([*parts, f"moves={moves}"] if moves else parts)


def script_of(text: str) -> Script:
    """The episode of such a line; ValueError says what is wrong with it. What a line lacks is the usual."""
    version, *rest = text.strip().split(";")
    if version != VERSION:
        raise ValueError(f"a script of version {version!r}: expected {VERSION!r} as its first word")
    told = _told(rest)
    usual = Cell(venue=_name(told, "venue"))
    cell = Cell(
        venue=usual.venue,
        sides=_one_of(told, "sides", ("one-way", "hedge"), usual.sides),
        margin=_one_of(told, "margin", ("cross", "isolated"), usual.margin),
        strategy=_name(told, "strategy", usual.strategy),
    )
    if not _SEED.fullmatch(told["seed"]):
        raise ValueError(f"seed={told['seed']}: expected 0x and up to 16 digits of 0-9a-f")
    runs = _number("runs", told["runs"], 1, RUNS_MAX)
    return Script(
        cell=cell,
        start=_name(told, "start"),
        seed=int(told["seed"], 16),
        runs=runs,
        events=tuple(_event(word, runs) for word in _words(told, "plan")),
        moves=tuple(_move(word, runs) for word in _words(told, "moves")),
        pauses_s=_pauses(told, Script(usual, "", 0).pauses_s),
        given=tuple(_given(word) for word in _words(told, "given")),
    )


def _told(parts: list[str]) -> dict[str, str]:
    """The fields by their names, each once."""
    told: dict[str, str] = {}
    known = (*_FIELDS, *_HAPPENS)
    for part in parts:
        name, mark, value = part.partition("=")
        if not mark or name not in (*known, *_IGNORED):
            raise ValueError(f"{part!r} is no field of a script: expected {'=, '.join(known)}=")
        if name in told:
            raise ValueError(f"{name}= is given twice")
        told[name] = value
    lacking = [name for name in known if name not in told and name not in _MAY_LACK]
    if lacking:
        raise ValueError(f"the script lacks {', '.join(f'{name}=' for name in lacking)}")
    return told


def _name(told: dict[str, str], field: str, usual: str = "") -> str:
    value = told.get(field, usual)
    if not _NAME.fullmatch(value):
        raise ValueError(f"{field}={value}: expected a name of letters, digits and -, + or _")
    return value


def _one_of(told: dict[str, str], field: str, known: tuple[str, ...], usual: str) -> str:
    value = told.get(field, usual)
    if value not in known:
        raise ValueError(f"{field}={value}: expected {' or '.join(known)}")
    return value


def _number(what: str, text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ValueError(f"{what}={text}: expected a whole number from {low} to {high}")
    return int(text)


def _words(told: dict[str, str], field: str) -> list[str]:
    return told[field].split(",") if told.get(field) else []


def _given(word: str) -> str:
    if not _NAME.fullmatch(word):
        raise ValueError(f"given={word}: expected names of letters, digits and -, + or _")
    return word


def _event(word: str, runs: int) -> Event:
    found = _EVENT.fullmatch(word)
    if found is None:
        raise ValueError(f"plan={word}: expected RUN.REQUEST:NAME, with * behind it where it lasts")
    run = _number("plan: run", found[1], 1, runs)
    return Event(run, _number("plan: request", found[2], 1, RUNS_MAX), found[3], lasts=bool(found[4]))


def _move(word: str, runs: int) -> Move:
    found = _MOVE.fullmatch(word)
    if found is None:
        raise ValueError(f"moves={word}: expected RUN:NAME")
    return Move(_number("moves: run", found[1], 1, runs), found[2])


def _pauses(told: dict[str, str], usual: tuple[int, ...]) -> tuple[int, ...]:
    if "pauses" not in told:
        return usual
    return tuple(_number("pauses", word, 0, 31_536_000) for word in told["pauses"].split(","))
