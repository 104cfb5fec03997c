"""Plays a script with real processes: each run is one process of the command, started with nothing.

Rules: the last run is `check-sl`, the others are `run`, unless an event of a run is named `check-sl`.
Nothing is simulated but the exchange and the passing of time; the judge looks at the exchange's own books
and at all that a process leaves. A script without an event `process` is not played here. With an event
`pause` in the first two runs, these are of two machines that run at once: see hosts.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from trader.oracle.judge import Oracle
from trader.oracle.seen import Violation, World
from trader.selftest.catalogue import CATALOGUE
from trader.selftest.draws import Draws
from trader.selftest.mending import STANDING, remembered
from trader.selftest.moves import make
from trader.selftest.played import Played
from trader.selftest.processes.alerts import WORD
from trader.selftest.processes.ground import Ground, Scene
from trader.selftest.processes.hosts import PAUSE, Two
from trader.selftest.processes.machine import Left
from trader.selftest.processes.perils import PERILS
from trader.selftest.processes.process import BOMBS, OneProcess
from trader.selftest.processes.seen import FIRST, SECOND, Run, beside_the_books, either, seen_of
from trader.selftest.processes.striking import STRIKES
from trader.selftest.processes.syscalls import SYSCALLS
from trader.selftest.promised import terms_of
from trader.selftest.script import Event, Script
from trader.selftest.starts import build

MARK = "process"
"""The event, at the first request of the first run, that says that a script is played with real processes."""
CHECK, RUN = "check-sl", "run"
EVENTS = (MARK, CHECK, PAUSE, *STRIKES, *sorted(SYSCALLS), *PERILS, *BOMBS)
"""What can happen to a process, besides the faults of the catalogue."""


def is_of_processes(script: Script) -> bool:
    """Whether it is to be played here."""
    return any(event.what == MARK for event in script.events)


def play(script: Script, ground: Ground | None = None) -> Played:
    """The whole episode. Raise ValueError for an event that nobody knows."""
    known = {*EVENTS, *CATALOGUE}
    for event in script.events:
        if event.what not in known:
            raise ValueError(f"{event.what}: no fault, strike, peril or system call of real processes")
    if ground is None:
        with Ground() as own:
            return Episode(script, own).play()
    return Episode(script, ground).play()


@dataclass
class Episode:
    """One script while it is played."""

    script: Script
    ground: Ground
    violations: list[Violation] = field(default_factory=list)
    codes: list[int | None] = field(default_factory=list)
    met: list[tuple[str, str]] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    took_ms: list[int] = field(default_factory=list)
    sometimes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.draws = Draws(self.script.seed)
        script, drawn = self.script, self.draws.of("start")
        stage = build(script.cell, script.start, drawn, script.given)
        self.scene = self.ground.set(stage)
        terms = terms_of(stage)
        secrets = (*terms.secrets, WORD.encode())
        self.terms = replace(terms, secrets=secrets, edited=bool(script.given))
        self.oracle = Oracle(stage.model, stage.user, self.terms)
        self.moved = World()
        self.is_of_two = any(event.what == PAUSE for event in self.script.events)

    def play(self) -> Played:
        """Every run, and what became of it."""
        first = 1
        if self.is_of_two:
            self._two()
            self._between(2)
            first = 3
        for number in range(first, self.script.runs + 1):
            self._one(number)
            if number < self.script.runs:
                self._between(number)
        self.violations += self.oracle.close(self._world(World()))
        bare = self.oracle.bare.intervals_ms
        is_quiet = not (self.met or self.script.moves or self.script.given) and self.script.start in (
            "flat",
            "signal",
        )
        return Played(
            script=self.script,
            violations=tuple(self.violations),
            codes=tuple(self.codes),
            met=tuple(self.met),
            sometimes=frozenset(self.sometimes),
            bare_ms=bare,
            bare_clean_ms=bare if is_quiet else (),
            requests=tuple(self.requests),
            took_ms=tuple(self.took_ms),
        )

    def _process(self, number: int, scene: Scene, host: str) -> OneProcess:
        events = [event for event in self.script.events if event.run == number and event.what != MARK]
        is_check = number == self.script.runs or any(event.what == CHECK for event in events)
        return OneProcess(Run(number, CHECK if is_check else RUN, host=host), events, scene)

    def _one(self, number: int) -> None:
        """One run of the first machine, alone."""
        process = self._process(number, self.scene, FIRST)
        mend = self._mending(process.events)
        self.oracle.begin(FIRST)
        process.start()
        self._end(process, process.finish())
        mend()
        self.moved = World()

    def _two(self) -> None:
        """The first two runs, of two machines at once."""
        other = self.ground.beside(self.scene)
        one, two = self._process(1, self.scene, FIRST), self._process(2, other, SECOND)
        both = Two(one, two)
        self.oracle.begin(FIRST)
        both.start_first()
        self.oracle.begin(SECOND)
        both.start_second()
        self._end(one, both.finish_first())
        self._end(two, both.finish_second())

    def _end(self, process: OneProcess, left: Left) -> None:
        """A run has ended: judge it."""
        scene, run = process.scene, process.run
        scene.settle()
        seen = seen_of(run, left, scene)
        self.violations += self.oracle.end(seen, self._world(process.world()))
        self.violations += beside_the_books(run, left, seen, scene, self.terms)
        self.violations += process.wrong_codes(left)
        self.codes.append(left.code)
        self.met += run.met
        self.requests.append(len(scene.line.asked))
        self.took_ms.append(seen.took_ms)
        self.sometimes.add("a run was killed" if left.code is None else f"exit {left.code}")
        process.mend()

    def _mending(self, events: Sequence[Event]) -> Callable[[], None]:
        """What puts right after a run what a lasting fault of it changed at the venue."""
        kinds = {CATALOGUE[event.what].kind for event in events if event.what in CATALOGUE}
        if kinds & STANDING:
            self.scene.settle()
            return remembered(self.scene.stage)
        return lambda: None

    def _world(self, world: World) -> World:
        found = either(world, self.moved)
        return replace(found, hosts=2) if self.is_of_two else found

    def _between(self, number: int) -> None:
        """Nobody runs; the market goes on, and somebody may act."""
        scene, pauses = self.scene, self.script.pauses_s
        for move in self.script.moves:
            if move.after == number:
                self.moved = either(self.moved, self._move(move.what, number))
        scene.clock.sleep(pauses[min(number, len(pauses)) - 1])
        scene.settle()
        self.violations += self.oracle.between(self._world(World()))

    def _move(self, what: str, number: int) -> World:
        """It lets time pass on the stage's own clock; everybody else's follows."""
        stage, clock = self.scene.stage, self.scene.clock
        self.scene.settle()
        world = make(stage, what, self.draws.of(f"move {number} {what}"))
        clock.sleep(max(0, stage.clock.now_ms() - clock.now_ms()) / 1000)
        return world
