"""The demo's two runs: four weeks as cron would run them, and a few days under faults and kills.

Everything is decided by a seed; the same seed gives the same run. What is counted comes from the
embedded exchange's own books, never from what the trader believes.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from trader.core.candles import DAY_MS, MINUTE_MS
from trader.core.frozen import frozen
from trader.core.report import worst
from trader.rehearsal import Stage
from trader.run import Ran
from trader.sim.faults import Fault

AFTER_CLOSE_S = 15  # cron starts at the border; the line in crontab.example sleeps some seconds more
RECHECK_S = 180  # crontab.example checks cover three minutes after each tick, and on
CHECK_EVERY_S = 300
KILL_REQUESTS = 30  # a tick of three coins asks some 20 questions, and writes after them
READ_REQUESTS = 20

ON_THE_WIRE = (
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
)
OF_READS = (Fault("V7"), Fault("V8"), Fault("V9"))
OF_ORDERS = (
    Fault("V1", params={"leg": "stop", "text": "Invalid TP/SL price."}),
    Fault("V2", params={"leg": "stop"}),
    Fault("V5", params={"leg": "stop"}),
    Fault("V12"),
)


@dataclass
class Tally:
    """What a run of many ticks showed, from the exchange's ground truth."""

    ticks: int = 0
    ticks_with_position: int = 0
    ticks_covered: int = 0
    checks: int = 0
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    exits: Counter[int] = field(default_factory=Counter)
    naked_ms: int = 0
    naked_ms_longest: int = 0


@frozen
class Pace:
    """How often cron calls: a tick every so many minutes, and `check-sl` every five in between where orders
    rest that may fill while nobody runs."""

    every_minutes: int
    checks: bool

    def ticks(self, days: int) -> int:
        return days * DAY_MS // (self.every_minutes * MINUTE_MS)

    def due_ms(self, start_ms: int, number: int) -> int:
        """When the tick of this number comes, counted from 0, some seconds after its bar has closed."""
        return start_ms + (number + 1) * self.every_minutes * MINUTE_MS + AFTER_CLOSE_S * 1000


def four_weeks(stage: Stage, pace: Pace, *, start_ms: int, days: int) -> Iterator[Tally]:
    """Ticks from the close of the first bar on; yields the tally after each."""
    tally = Tally()
    for number in range(pace.ticks(days)):
        _until(stage, pace.due_ms(start_ms, number))
        _count(stage, tally, stage.host.run())
        if pace.checks:
            _checks(stage, tally, until_ms=pace.due_ms(start_ms, number + 1))
        yield tally


def _checks(stage: Stage, tally: Tally, *, until_ms: int) -> None:
    """`check-sl` as crontab.example has it, until the next tick."""
    due_ms = stage.clock.now_ms() + RECHECK_S * 1000
    while due_ms < until_ms - MINUTE_MS:
        _until(stage, due_ms)
        ran = stage.host.check()
        tally.checks += 1
        if ran is not None:
            tally.exits[int(worst(ran.codes))] += 1
        due_ms += CHECK_EVERY_S * 1000


def under_faults(stage: Stage, pace: Pace, *, start_ms: int, days: int, seed: int) -> Iterator[Tally]:
    """The same with a fault at a read of most ticks, a fault at most orders, kills, and checks of cover.

    Orders are rare, so the fault for one waits until there is one.
    """
    tally = Tally()
    waiting: Fault | None = None
    for number in range(pace.ticks(days)):
        _until(stage, pace.due_ms(start_ms, number))
        draw = _draws(seed, number)
        waiting = waiting or _at_a_write(draw)
        stage.faults(waiting, _at_a_read(draw))
        if next(draw) % 4 == 0:
            stage.host.kill_at(1 + next(draw) % KILL_REQUESTS)
        ran = stage.host.run()
        tally.kills += ran is None
        if waiting not in stage.line.faults.never_fired():
            waiting = None
        stage.faults()
        stage.clock.sleep(RECHECK_S)
        stage.host.check()
        _count(stage, tally, ran)
        tally.faults = Counter(stage.line.faults.fired)
        yield tally


def _until(stage: Stage, due_ms: int) -> None:
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


def _at_a_write(draw: Iterator[int]) -> Fault:
    """At the next order: something on the way there or back, or a lie about its stop or its fill."""
    menu = OF_ORDERS if next(draw) % 2 == 0 else ON_THE_WIRE
    return replace(menu[next(draw) % len(menu)], what="order")


def _at_a_read(draw: Iterator[int]) -> Fault:
    menu = (*ON_THE_WIRE, *OF_READS)
    return replace(menu[next(draw) % len(menu)], call=1 + next(draw) % READ_REQUESTS)
