"""An episode as data: which account it starts from, what happens at which request, and what between runs.

A script replays from its text, one line; everything in an episode that is not written here follows from its
seed. The text survives changes of code better than a seed alone.
"""

from dataclasses import dataclass

VERSION = "v1"


@dataclass(frozen=True, slots=True)
class Cell:
    """A venue, how the account is kept, and what is traded. `sides`: one-way or hedge; `margin`: cross or
    isolated."""

    venue: str
    sides: str = "one-way"
    margin: str = "cross"
    strategy: str = "breakout"


@dataclass(frozen=True, slots=True)
class Event:
    """What happens at one request of one run, both counted from 1: the name of a fault of the catalogue, a
    kill, a signal, somebody's hand, a clock. `lasts`: from there to the end of that run."""

    run: int
    request: int
    what: str
    lasts: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """What the market or somebody does after the run of this number, while nobody runs."""

    after: int
    what: str


@dataclass(frozen=True, slots=True)
class Script:
    """One episode. `pauses_s`: the time after each run but the last; where they end, the last one repeats."""

    cell: Cell
    start: str
    seed: int
    runs: int = 3
    events: tuple[Event, ...] = ()
    moves: tuple[Move, ...] = ()
    pauses_s: tuple[int, ...] = (5, 70)
