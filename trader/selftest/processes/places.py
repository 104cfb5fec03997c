"""At which requests of a run a process is struck: all of them for kills, the twelve that matter for faults.

Rules: the requests are those of a first run that nothing disturbs, played once in this process for each
cell and start. A real process sends the requests of a round together, so those of one round may come in
another order there; what was really met is told by the episode.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from trader.core.wire import Request
from trader.selftest.draws import Draws
from trader.selftest.script import Cell
from trader.selftest.starts import build

T = TypeVar("T")

IMPORTANT = 12
"""Every write, the first read of each kind after the last write, which is what proves cover, and the first
reads of a run, on which it decides."""


@lru_cache(maxsize=512)
def requests_of(cell: Cell, start: str, seed: int, *, command: str) -> tuple[tuple[str, bool], ...]:
    """What a first run asks, in order, and whether it is a write."""
    stage = build(cell, start, Draws(seed).of("start"))
    asked: list[tuple[str, bool]] = []

    def note(_number: int, request: Request) -> None:
        asked.append((stage.line.app.describe(request).what, request.is_write))

    stage.host.mount.before_request = note
    if command == "run":
        stage.host.run()
    else:
        stage.host.check()
    return tuple(asked)


def mixed(draws: Draws, among: Sequence[T]) -> list[T]:
    """All of these, in a drawn order."""
    left = list(among)
    return [left.pop(draws.below(len(left))) for _ in among]


def important(asked: tuple[tuple[str, bool], ...], most: int = IMPORTANT) -> tuple[int, ...]:
    """The numbers of the requests that matter most, counted from 1, in order."""
    writes = [number for number, (_, is_write) in enumerate(asked, 1) if is_write]
    proofs = _first_of_each(asked, after=writes[-1]) if writes else []
    ranked = [*writes, *proofs, *_first_of_each(asked, after=0)]
    ranked += [number for number in range(len(asked), 0, -1) if number not in ranked]
    return tuple(sorted(dict.fromkeys(ranked[:most])))


def _first_of_each(asked: tuple[tuple[str, bool], ...], *, after: int) -> list[int]:
    """The first read of each kind after a request."""
    first: dict[str, int] = {}
    for number, (what, is_write) in enumerate(asked, 1):
        if number > after and not is_write:
            first.setdefault(what, number)
    return list(first.values())
