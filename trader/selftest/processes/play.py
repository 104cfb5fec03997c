"""Plays a script with real processes: each run is one process of the command, started with nothing.

Rules: the last run is `check-sl`, the others are `run`, unless an event of a run is named `check-sl`.
Nothing is simulated but the exchange and the passing of time; the judge looks at the exchange's own books
and at all that a process leaves. A script without an event `process` is not played here.
"""

import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from trader.oracle.judge import Oracle
from trader.oracle.seen import Violation, World
from trader.rehearsal import Stage
from trader.selftest.catalogue import CATALOGUE
from trader.selftest.draws import Draws
from trader.selftest.moves import make
from trader.selftest.played import Played
from trader.selftest.processes.ground import Ground, Scene
from trader.selftest.processes.line import Strikes
from trader.selftest.processes.machine import Circumstances, Left
from trader.selftest.processes.perils import PERILS, Peril
from trader.selftest.processes.seen import Run, beside_the_books, seen_of, world_of
from trader.selftest.processes.striking import KILLS, STRIKES, Target, strikes_of
from trader.selftest.processes.syscalls import KILL, SYSCALLS, injected, injection
from trader.selftest.script import Event, Script
from trader.selftest.promised import terms_of
from trader.selftest.starts import build
from trader.sim.faults import Plan

MARK = "process"
"""The event, at the first request of the first run, that says that a script is played with real processes."""
CHECK = "check-sl"


def is_of_processes(script: Script) -> bool:
    """Whether it is to be played here."""
    return any(event.what == MARK for event in script.events)


def play(script: Script, ground: Ground) -> Played:
    """The whole episode. Raise ValueError for an event that nobody knows."""
    _require_known(script)
    draws = Draws(script.seed)
    stage = build(script.cell, script.start, draws.of("start"))
    scene = ground.set(stage)
    return Episode(script, ground, scene, draws).play()


def _require_known(script: Script) -> None:
    known = {MARK, CHECK, *STRIKES, *SYSCALLS, *PERILS, *CATALOGUE}
    for event in script.events:
        if event.what not in known:
            raise ValueError(f"{event.what}: no fault, strike, peril or system call of real processes")


@dataclass
class Episode:
    """One script while it is played."""

    script: Script
    ground: Ground
    scene: Scene
    draws: Draws
    violations: list[Violation] = field(default_factory=list)
    codes: list[int | None] = field(default_factory=list)
    met: list[tuple[str, str]] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    took_ms: list[int] = field(default_factory=list)
    sometimes: set[str] = field(default_factory=set)
    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        self.terms = terms_of(self.scene.stage)

    def play(self) -> Played:
        script, stage = self.script, self.scene.stage
        oracle = Oracle(stage.model, stage.user, self.terms)
        for number in range(1, script.runs + 1):
            self._run(number, oracle)
            if number < script.runs:
                self._between(number, oracle)
        self.violations += oracle.close(World())
        bare = oracle.bare.intervals_ms
        return Played(
            script=script,
            violations=tuple(self.violations),
            codes=tuple(self.codes),
            met=tuple(self.met),
            sometimes=frozenset(self.sometimes),
            bare_ms=bare,
            bare_clean_ms=() if self.met else bare,
            requests=tuple(self.requests),
            took_ms=tuple(self.took_ms),
        )

    def _run(self, number: int, oracle: Oracle) -> None:
        events = [event for event in self.script.events if event.run == number and event.what != MARK]
        is_check = number == self.script.runs or any(event.what == CHECK for event in events)
        run = Run(number, CHECK if is_check else "run")
        process = OneProcess(run, events, self.ground, self.scene)
        oracle.begin(run.host)
        left = process.play()
        self.scene.settle()
        world = process.world()
        machine = self.ground.machine
        seen = seen_of(run, left, self.scene, machine)
        if process.ran:
            self.violations += oracle.end(seen, world)
            self.violations += beside_the_books(run, left, seen, self.scene, machine, self.terms)
            self.violations += process.wrong_codes(left)
        self._remember(run, left, seen.took_ms)
        process.mend()

    def _remember(self, run: Run, left: Left, took_ms: int) -> None:
        self.codes.append(left.code)
        self.met += run.met
        self.requests.append(len(self.scene.line.asked))
        self.took_ms.append(took_ms)
        self.sometimes.add("killed" if left.code is None else f"exit {left.code}")

    def _between(self, number: int, oracle: Oracle) -> None:
        """Nobody runs; the market goes on, and somebody may act."""
        pauses = self.script.pauses_s
        self.scene.clock.sleep(pauses[min(number, len(pauses)) - 1])
        self.scene.settle()
        world = World()
        for move in self.script.moves:
            if move.after == number:
                world = self._moved(move.what)
        self.violations += oracle.between(world)

    def _moved(self, what: str) -> World:
        """A move lets time pass on the stage's own clock; everybody else's follows."""
        stage, clock = self.scene.stage, self.scene.clock
        stage.clock.advance(max(0, clock.now_ms() - stage.clock.now_ms()))
        world = make(stage, what, self.draws.of(f"move {what}"))
        clock.sleep(max(0, stage.clock.now_ms() - clock.now_ms()) / 1000)
        self.scene.settle()
        return world


class OneProcess:
    """One run of an episode: how it is started, what strikes it, and what it met."""

    def __init__(self, run: Run, events: Sequence[Event], ground: Ground, scene: Scene) -> None:
        self.run = run
        self.events = events
        self.ground = ground
        self.scene = scene
        self.ran = True
        self._log = ground.machine.home.parent / "strace.log"
        self._peril = next((event for event in events if event.what in PERILS), None)
        self._syscall = next((event for event in events if event.what in SYSCALLS), None)

    @property
    def peril(self) -> Peril | None:
        return PERILS[self._peril.what] if self._peril is not None else None

    def play(self) -> Left:
        """Start it, wait for its end, and note what it met."""
        machine, scene, line = self.ground.machine, self.scene, self.scene.line
        target = Target(line)
        line.begin(self._strikes(target))
        self._arm()
        if self.peril is not None:
            self.peril.prepare(machine, scene)
        self.run.began_ms, self.run.began_elapsed_ms = scene.clock.now_ms(), scene.clock.elapsed_ms()
        running = machine.start(
            (self.run.command, "--json"), ahead_ns=scene.clock.ahead_ns(), circumstances=self._circumstances()
        )
        target.name(running)
        try:
            left = running.left()
        except subprocess.TimeoutExpired:
            running.kill()
            left = replace(running.left(), code=None)
        line.cut()
        self.ground.wait_until_left()
        line.end_run(at_ms=scene.venue_time.now_ms())
        self._note(left)
        line.arm(Plan())
        return left

    def _strikes(self, target: Target) -> Strikes:
        machine, scene = self.ground.machine, self.scene
        strikes = strikes_of(self.events, target)
        strike = self.peril.strike if self.peril is not None else None
        if strike is None or self._peril is None:
            return strikes
        return replace(
            strikes, before={**strikes.before, self._peril.request: lambda: strike(machine, scene)}
        )

    def _arm(self) -> None:
        """The faults of this run, each from its request on."""
        venue = self.scene.stage.settings.venue
        faults = [
            CATALOGUE[event.what].at(venue, since=event.request, lasts=event.lasts)
            for event in self.events
            if event.what in CATALOGUE
        ]
        self.scene.line.arm(Plan(tuple(faults)))

    def _circumstances(self) -> Circumstances:
        if self._syscall is not None:
            self._log.unlink(missing_ok=True)
            return injection(self._syscall, self._log)
        return self.peril.circumstances() if self.peril is not None else Circumstances()

    def _note(self, left: Left) -> None:
        """Which events really happened, and where."""
        where = self._boundaries()
        met = self.run.met
        fired = Counter(self.scene.line.faults.fired_at)
        for (call, _what, kind), _times in fired.items():
            named = (e.what for e in self.events if e.what in CATALOGUE and CATALOGUE[e.what].kind == kind)
            met += [(name, where.get(call, "none")) for name in dict.fromkeys(named)]
        for event in self.events:
            if event.what in STRIKES and event.request in self.scene.line.struck:
                met.append((event.what, where.get(event.request, "none")))
        self.run.is_killed = any(name in KILLS for name, _ in met)
        if self._peril is not None:
            met.append((self._peril.what, "process"))
        call = self._syscall
        if call is not None and injected(call, self._log, ended_by=left.ended_by):
            met.append((call.what, f"call#{call.request}"))
            self.run.is_killed = call.what.endswith(f"-{KILL}")

    def _boundaries(self) -> Mapping[int, str]:
        """What was asked at each request, and how often by then."""
        counts: Counter[str] = Counter()
        found = {}
        for asked in self.scene.line.asked:
            counts[asked.what] += 1
            found[asked.number] = f"{asked.what}#{counts[asked.what]}"
        return found

    def world(self) -> World:
        names = {name for name, _ in self.run.met}
        lasting = {event.what for event in self.events if event.lasts and event.what in names}
        world = world_of(names, lasting=lasting)
        return replace(world, dark=True) if self.peril is not None and self.peril.is_dark else world

    def wrong_codes(self, left: Left) -> list[Violation]:
        """A code that a process in this peril must not leave with."""
        if self.peril is None or left.code in self.peril.codes:
            return []
        expected = ", ".join(map(str, sorted(self.peril.codes)))
        name = self._peril.what if self._peril is not None else ""
        return [Violation("I0", self.run.number, f"{name}: exit {left.code}, expected {expected}")]

    def mend(self) -> None:
        """What a person puts right before the next run; the configuration is what it was."""
        if self.peril is not None:
            self.peril.mend(self.ground.machine, self.scene)
            self.ground.reconfigure()
