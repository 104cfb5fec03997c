"""Small stand-ins for an episode: what a worker is handed to play, each with a flaw of its own.

They stand in a module so that a worker process, which begins with nothing, finds them by name.
"""

import itertools
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from trader.clock import SystemClock
from trader.oracle.seen import Violation
from trader.selftest.campaign import Campaign, Effort, Runner, Share
from trader.selftest.played import Played
from trader.selftest.script import Cell, Event, Script
from trader.selftest.workers import Play

VENUES = ("hyperliquid", "okx", "binance")
DEADLY_SEED = 13


def scripts(count: int | None = None) -> Iterator[Script]:
    """Different ones, without end where no count is given."""
    for seed in itertools.count() if count is None else range(count):
        fault = Event(1 + seed % 2, 1 + seed % 7, f"V{seed % 5}", lasts=seed % 3 == 0)
        cell = Cell(VENUES[seed % 3])
        yield Script(cell, "signal", seed, runs=3, events=(fault,) if seed % 4 else ())


def fine(script: Script) -> Played:
    """Keeps every promise; all that it shows follows from the script."""
    met = tuple((event.what, f"orders#{event.request}") for event in script.events)
    return Played(
        script,
        (),
        (0, None, 21)[: script.runs] if script.events else (0,) * script.runs,
        met=met,
        sometimes=frozenset({"partial fill"} if script.seed % 2 else ()),
        bare_ms=(script.seed * 37,) if script.events else (),
        requests=tuple(50 + script.seed % 9 + run for run in range(script.runs)),
        took_ms=(900 + script.seed,) * script.runs,
        digest=sha256(f"{script}".encode()).hexdigest(),
    )


def breaks(script: Script) -> Played:
    """Ends uncovered where a V3 happens and, whenever it is, a late delivery in the second run or later."""
    played = fine(script)
    late = any(event.what.startswith("T") and event.run > 1 for event in script.events)
    if not late or not any(event.what == "V3" for event in script.events):
        return played
    return Played(script, (Violation("I1", script.runs, "BTC is bare"),), played.codes, digest=played.digest)


def breaks_at_v3(script: Script) -> Played:
    """Ends uncovered wherever a V3 happens."""
    played = fine(script)
    if not any(event.what == "V3" for event in script.events):
        return played
    return replace(played, violations=(Violation("I1", 1, "BTC is bare"),))


def dies(script: Script) -> Played:
    """The system kills it in the middle of one script."""
    if script.seed == DEADLY_SEED:
        os.kill(os.getpid(), signal.SIGKILL)
    return fine(script)


class HalfAnAnswer:
    """Kills its process while it is being sent."""

    def __reduce__(self) -> tuple[object, ...]:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("nobody is left to say this")


def dies_as_it_answers(script: Script) -> Played:
    played = fine(script)
    if script.seed != DEADLY_SEED:
        return played
    return replace(played, digest=HalfAnAnswer())  # type: ignore[arg-type]


def raises(script: Script) -> Played:
    if script.seed == DEADLY_SEED:
        raise ValueError("an episode that nobody expected")
    return fine(script)


def always_raises(script: Script) -> Played:
    raise ValueError(f"seed {script.seed}")


def differs(script: Script) -> Played:
    """Sends other bytes in each process."""
    return Played(script, (), (0,), digest=str(os.getpid()))


def never_ends(script: Script) -> Played:
    if script.seed == DEADLY_SEED:
        signal.pause()
    return fine(script)


def campaign(
    play: Play,
    *shares: Share,
    workers: int = 1,
    seconds: float | None = None,
    clock: SystemClock | None = None,
) -> Campaign:
    """All of these shares, played."""
    runner = Runner(clock or SystemClock(), Effort(workers, seconds), lambda _: None)
    return runner.play(shares, play)
