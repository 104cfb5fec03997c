"""Tiers D and E: episodes with real processes, for as long as there is time.

Rules: venues take turns. Every run is a process of its own, started anew (no fork of one that has imported
the program already). Without `strace`, or where it may not trace, tier E cannot be played and says so.
"""

import os
import time
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from trader.selftest.played import Played
from trader.selftest.processes import later, singles, struck, switches
from trader.selftest.processes.ground import Ground
from trader.selftest.processes.play import play
from trader.selftest.processes.syscalls import missing
from trader.selftest.script import Script

BETWEEN_LATER, BETWEEN_TWO = 4, 6
"""So many episodes of a first run of one machine between two of the others, which take longer."""


class CannotTrace(RuntimeError):
    """Processes or their system calls cannot be struck on this machine."""


def process_tier(
    venues: Sequence[str],
    *,
    seed: int,
    seconds: float | None = None,
    episodes: int | None = None,
    strace: bool = False,
) -> Iterator[Played]:
    """Episodes of tier D, with `strace` of tier E; none begins after `seconds`. Raise CannotTrace."""
    why = why_not(strace=strace)
    if why is not None:
        raise CannotTrace(why)
    ends = None if seconds is None else time.monotonic() + seconds
    with Ground() as ground:
        lists = [struck.scripts(v, seed, ground) if strace else tier_d(v, seed) for v in venues]
        for number, script in enumerate(_by_turns(lists)):
            is_over = ends is not None and time.monotonic() >= ends
            if is_over or (episodes is not None and number >= episodes):
                return
            yield play(script, ground)


def why_not(*, strace: bool = False) -> str | None:
    """Why tier D, or with `strace` tier E, cannot be played on this machine."""
    if not hasattr(os, "pidfd_open"):
        return "tiers D and E need Linux: their processes are limited and watched by its kernel"
    why = missing() if strace else None
    return None if why is None else f"tier E needs strace: {why}"


def tier_d(venue: str, seed: int) -> Iterator[Script]:
    """What goes wrong in a first run, among it now and then a later run, and two machines."""
    second, together = later.scripts(venue, seed), switches.scripts(venue, seed)
    for number, script in enumerate(singles.scripts(venue, seed), 1):
        yield script
        for every, others in ((BETWEEN_LATER, second), (BETWEEN_TWO, together)):
            if number % every == 0 and (other := next(others, None)) is not None:
                yield other


def _by_turns(several: Sequence[Iterator[Script]]) -> Iterator[Script]:
    for turn in zip_longest(*several):
        yield from (script for script in turn if script is not None)
