"""From the episodes that failed to the few lines that a person should play again.

Rules: the first of each kind is made as small as it can, within a limit of time; the others are told as they
were found. A kind is what was broken, on which venue, with which strategy.
"""

from collections.abc import Callable, Collection
from functools import partial

from trader.core.ports import Clock
from trader.oracle.seen import Violation
from trader.selftest.played import Played
from trader.selftest.script import Script
from trader.selftest.shrink import shrunk
from trader.selftest.summary import Found
from trader.selftest.tally import DIFFERS, Failure
from trader.selftest.workers import HUNG, Crew, Play

SHRUNK_MAX = 10
SECONDS_MAX = 120
ELSEWHERE = ("D", "E")  # real processes: their episodes are not played by a worker


def findings(
    failures: Collection[Failure], play: Play, clock: Clock, *, seconds_max: int = SECONDS_MAX
) -> list[Found]:
    """All failures, those that were made smaller first. Without any seconds each is told as it was found."""
    small: list[Found] = []
    whole: list[Found] = []
    kinds: set[tuple[object, ...]] = set()
    until_ms = clock.elapsed_ms() + seconds_max * 1000
    ordered = sorted(failures, key=lambda one: (len(one.script.events), one.tier, one.number))
    if not ordered or not seconds_max:
        return [Found(failure, failure.script) for failure in ordered]
    with Crew(play, 2, clock) as crew:
        for failure in ordered:
            kind = _kind(failure)
            may_shrink = len(kinds) < SHRUNK_MAX and kind not in kinds and clock.elapsed_ms() < until_ms
            if not may_shrink or failure.tier in ELSEWHERE or failure.violations[0].invariant == HUNG:
                whole.append(Found(failure, failure.script))
            else:
                kinds.add(kind)
                small.append(_smallest(failure, crew, lambda: clock.elapsed_ms() < until_ms))
    return small + whole


def _smallest(failure: Failure, crew: Crew, has_time: Callable[[], bool]) -> Found:
    invariant = failure.violations[0].invariant
    player = partial(played_twice, crew) if invariant == DIFFERS else crew.one
    found = shrunk(failure.script, invariant, player, has_time=has_time)
    return Found(failure, failure.script if found is None else found.script)


def played_twice(crew: Crew, script: Script) -> Played:
    """What the first showed, with a violation where the second differs."""
    first, second = crew.both(script)
    if first == second:
        return first
    return Played(script, (Violation(DIFFERS, 0, "played twice, it was not the same"),), first.codes)


def _kind(failure: Failure) -> tuple[object, ...]:
    cell = failure.script.cell
    return tuple(sorted({v.invariant for v in failure.violations})), cell.venue, cell.strategy
