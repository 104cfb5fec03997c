"""The demo's two runs: four weeks as cron would run them, and a few days under faults and kills.

Everything is decided by a seed; the same seed gives the same run. What is counted comes from the
embedded exchange's own books, never from what the trader believes.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from trader.core.candles import DAY_MS, MINUTE_MS
from trader.core.report import worst
from trader.rehearsal import Stage
from trader.run import Ran
from trader.sim.faults import Fault

TICK_MINUTES = 30
AFTER_CLOSE_S = 15  # cron starts at the border; the line in crontab.example sleeps some seconds more
RECHECK_S = 180  # crontab.example checks cover three minutes after each half hour
KILL_REQUESTS = 12

MENU = (
    Fault("T5"),
    Fault("T6"),
    Fault("T7"),
    Fault("T8"),
    Fault("T9"),
    Fault("T11", params={"until": "run_end"}),
    Fault("T11", params={"until": "next_run", "n": 2}),
    Fault("T12"),
    Fault("H1"),
    Fault("H2", params={"status": 429}),
    Fault("H4"),
    Fault("H9", params={"status": 502, "applied": True}),
    Fault("H11"),
    Fault("H15", params={"body": "null"}),
    Fault("V1", params={"leg": "stop", "text": "Invalid TP/SL price."}),
    Fault("V2", params={"leg": "stop"}),
    Fault("V7"),
    Fault("V8"),
    Fault("V9"),
    Fault("V12"),
)


@dataclass
class Tally:
    """What a run of many ticks showed, from the exchange's ground truth."""

    ticks: int = 0
    ticks_with_position: int = 0
    ticks_covered: int = 0
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    exits: Counter[int] = field(default_factory=Counter)
    naked_ms: int = 0
    naked_ms_longest: int = 0


def four_weeks(stage: Stage, *, start_ms: int, days: int) -> Iterator[Tally]:
    """Half-hour ticks from the close of the first bar on; yields the tally after each."""
    tally = Tally()
    for number in range(days * DAY_MS // (TICK_MINUTES * MINUTE_MS)):
        _until(stage, start_ms, number)
        _count(stage, tally, stage.host.run())
        yield tally


def under_faults(stage: Stage, *, start_ms: int, days: int, seed: int) -> Iterator[Tally]:
    """The same, with one fault or kill in most ticks, and the check of cover three minutes later."""
    tally = Tally()
    for number in range(days * DAY_MS // (TICK_MINUTES * MINUTE_MS)):
        _until(stage, start_ms, number)
        draw = _draws(seed, number)
        stage.faults(*_chosen(draw))
        if next(draw) % 8 == 0:
            stage.host.kill_at(1 + next(draw) % KILL_REQUESTS)
        ran = stage.host.run()
        tally.kills += ran is None
        stage.faults()
        stage.clock.sleep(RECHECK_S)
        stage.host.check()
        _count(stage, tally, ran)
        tally.faults = Counter(stage.line.faults.fired)
        yield tally


def _until(stage: Stage, start_ms: int, number: int) -> None:
    due_ms = start_ms + (number + 1) * TICK_MINUTES * MINUTE_MS + AFTER_CLOSE_S * 1000
    stage.clock.advance_to(max(due_ms, stage.clock.now_ms()))
    stage.settle()


def _count(stage: Stage, tally: Tally, ran: Ran | None) -> None:
    stage.settle()
    tally.ticks += 1
    held = stage.coins_held()
    if held:
        tally.ticks_with_position += 1
        tally.ticks_covered += all(stage.is_covered(coin) for coin in held)
    if ran is not None:
        tally.exits[int(worst(ran.codes))] += 1
    tally.naked_ms = stage.watch.total_ms()
    tally.naked_ms_longest = max((stage.watch.longest_ms(u, c) for u, c in stage.watch.pairs()), default=0)


def _draws(seed: int, number: int) -> Iterator[int]:
    """Numbers that depend on the seed and the tick alone."""
    turn = 0
    while True:
        yield int.from_bytes(hashlib.sha256(f"{seed} {number} {turn}".encode()).digest()[:8], "big")
        turn += 1


def _chosen(draw: Iterator[int]) -> tuple[Fault, ...]:
    """One fault of the menu, at a write or at one of the first requests."""
    fault = MENU[next(draw) % len(MENU)]
    if next(draw) % 2 == 0:
        return (replace(fault, is_write=True),)
    return (replace(fault, call=1 + next(draw) % 20),)
