"""Plays one episode: a start, runs and what happens in them, moves between them, a judge around every run.

Rules: everything follows from the script; no clock of the machine, no chance but Draws. Faults last no longer
than their run. The judge is told what really happened and no more: an event that found nothing to do excuses
nothing. Whatever a run raises is its exit 70 and part of what is found, never the end of a campaign.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256

from trader.core.report import Exit
from trader.oracle.judge import Oracle
from trader.oracle.seen import RunSeen, Violation, World
from trader.rehearsal import Host, Stage
from trader.run import Ran
from trader.selftest import moves, sometimes
from trader.selftest.catalogue import CATALOGUE, LIED, TOOK, TWICE
from trader.selftest.draws import Draws
from trader.selftest.events import FORCED, GAP, HAND, HAPPENINGS, HOSTS, Scene
from trader.selftest.hearing import DARK, OLD_STOPS, Door, Ear, Hearing, SkewedClock, door_of
from trader.selftest.in_flight import still_acting
from trader.selftest.mending import STANDING, remembered
from trader.selftest.played import Played
from trader.selftest.promised import terms_of
from trader.selftest.script import Script
from trader.selftest.starts import build
from trader.selftest.telling import Told, told

RUN, CHECK = "run", "check-sl"
FIRST, SECOND = "first", "second"
AT_ONCE_MS = 10_000  # a run so soon after a clean one has nothing to do
BAR_MS = 300_000  # no strategy decides on shorter bars


def play(script: Script) -> Played:
    """The whole episode."""
    return Episode(script, keeps=False).played()


@dataclass(slots=True)
class Before:
    """What a run may have to be compared with: the one before it, where that was clean."""

    command: str = ""
    began_ms: int = 0
    ended_ms: int = 0
    looked_ms: int = 0
    orders: tuple[int, ...] = ()
    is_clean: bool = False


@dataclass
class Episode:
    """One script that is being played. `keeps`: all that was heard, which a month of runs has no room for."""

    script: Script
    violations: list[Violation] = field(default_factory=list)
    codes: list[int | None] = field(default_factory=list)
    met: list[tuple[str, str]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    requests: list[int] = field(default_factory=list)
    took_ms: list[int] = field(default_factory=list)
    heard: list[Hearing] = field(default_factory=list)
    keeps: bool = True

    def __post_init__(self) -> None:
        for event in self.script.events:
            if event.what not in CATALOGUE and event.what not in HAPPENINGS:
                raise ValueError(f"plan={event.what}: no fault and no event of this name is known")
        self.draws = Draws(self.script.seed)
        script, drawn = self.script, self.draws.of("start")
        self.stage: Stage = build(script.cell, script.start, drawn, script.given)
        terms = replace(terms_of(self.stage), edited=bool(script.given))
        self.oracle = Oracle(self.stage.model, self.stage.user, terms)
        self.sent = sha256()
        self.ear = Ear()
        self.stage.line.faults = self.ear
        self.host = self.stage.host
        self.host.mount = door_of(self.stage, self.host.clock)
        self.seconds: dict[int, Host] = {}
        self.since: set[str] = set()
        self.moved: World | None = None
        self.before = Before()

    def played(self) -> Played:
        """Every run, and what became of it."""
        for number in range(1, self.script.runs + 1):
            self._run(number)
            self._pause(number)
        self.violations += self.oracle.close(self._world(set()))
        bare = self.oracle.bare.intervals_ms
        is_quiet = not (self.met or self.script.moves or self.script.given) and self.script.start in (
            "flat",
            "signal",
        )
        # What rests may fill uncovered within the number that the file sets: that is told apart.
        is_quiet = is_quiet and terms_of(self.stage).naked_max == 0
        self.sent.update(repr(self.codes).encode())
        return Played(
            script=self.script,
            violations=tuple(self.violations),
            codes=tuple(self.codes),
            met=tuple(self.met),
            sometimes=frozenset(self.seen),
            bare_ms=bare,
            bare_clean_ms=bare if is_quiet else (),
            requests=tuple(self.requests),
            took_ms=tuple(self.took_ms),
            digest=self.sent.hexdigest(),
        )

    def _run(self, number: int) -> None:
        """One run of the first host."""
        stage, events = self.stage, [e for e in self.script.events if e.run == number]
        rows = [(CATALOGUE[e.what], e) for e in events if e.what in CATALOGUE]
        mend = remembered(stage) if any(row.kind in STANDING for row, _ in rows) else None
        venue = self.script.cell.venue
        self.ear.begin()
        stage.faults(*(row.at(venue, since=e.request, lasts=e.lasts) for row, e in rows))
        self.scene = scene = Scene(stage, self.host, self.draws, self._second)
        hearing = Hearing(scene, self.host, self.ear, events, self.draws, self.sent)
        self._judged(hearing, FIRST, CHECK if self._checks(number) else RUN)
        self.since, self.moved = self.since & {HOSTS}, None
        stage.faults()
        if mend is not None:
            mend()
        for undo in reversed(scene.undo):
            undo()
            self.since |= hearing.tells & {GAP, FORCED}
        stage.settle()

    def _judged(self, hearing: Hearing, name: str, command: str) -> None:
        """One run of a host between the judge's two looks."""
        stage, host, scene = self.stage, hearing.host, hearing.scene
        self.is_still = self._is_still()
        self.oracle.begin(name)
        began_ms, began_at_ms = stage.clock.elapsed_ms(), host.clock.now_ms()
        venue_began_ms = stage.venue_time.now_ms()
        stage.line.on_late = hearing.late
        mount = host.mount
        mount.before_request, mount.after_request = hearing.before, hearing.after
        ran, crash = _guarded(host.check if command == CHECK else host.run)
        mount.before_request = mount.after_request = None
        stage.line.on_late = None
        took_ms = stage.clock.elapsed_ms() - began_ms - scene.paused_ms
        hearing.bury()
        hearing.count_faults()
        stage.settle()
        what = self._told(ran, hearing, command, began_at_ms)
        code = None if hearing.is_dead else int(Exit.BROKEN) if what is None else what.code
        seen = RunSeen(
            host=name,
            command=command,
            code=code,
            began_ms=venue_began_ms,
            took_ms=took_ms,
            deadline_ms=int(stage.settings.schedule.deadline_s * 1000),
            asked=tuple(hearing.asked),
            written=what.written if what else (crash or "").encode(),
            document=what.document if what else None,
            alarms=what.alarms if what else (),
            left_behind=still_acting(stage),
            disturbed=hearing.is_disturbed,
            landed_late=hearing.landed_late,
            is_blind=hearing.is_blind,
            crash=crash,
            looked_ms=hearing.looked_ms,
            is_second=self._is_second(hearing, name, command, venue_began_ms),
        )
        self.violations += self.oracle.end(seen, self._world(hearing.tells, hearing.false_since_ms()))
        self._count(hearing, ran, seen, name)
        if isinstance(mount, Door):
            mount.leave()

    def _told(self, ran: Ran | None, hearing: Hearing, command: str, began_ms: int) -> Told | None:
        if ran is None:
            return None
        return told(ran, hearing.host, command=command, began_ms=began_ms, requests=len(hearing.asked))

    def _count(self, hearing: Hearing, ran: Ran | None, seen: RunSeen, name: str) -> None:
        """What the campaign counts of this run."""
        self.heard += [hearing] if self.keeps else []
        self.met += hearing.met
        if ran is not None:
            self.seen |= set(sometimes.noticed(ran, seen.asked, hearing.answers))
        self.seen |= {sometimes.KILLED if seen.code is None else f"exit {seen.code}"}
        self.seen |= {sometimes.LATE} if hearing.landed_late and self.codes else set()
        self.seen |= {sometimes.BOTH_HOSTS} if name != FIRST else set()
        self.seen |= {sometimes.BY_HAND} if any(what == "hand-close" for what, _ in hearing.met) else set()
        if name == FIRST:
            self.codes.append(seen.code)
            self.requests.append(len(seen.asked))
            self.took_ms.append(seen.took_ms)
            is_clean = seen.code == 0 and not seen.disturbed
            now_ms, looked_ms = self.stage.venue_time.now_ms(), seen.looked_ms or 0
            self.before = Before(seen.command, seen.began_ms, now_ms, looked_ms, self._orders(), is_clean)
        else:
            self.sent.update(repr(seen.code).encode())

    def _second(self, skew_ms: int) -> None:
        """Another machine runs, from beginning to end, while the first one waits for its answer."""
        stage = self.stage
        host = self.seconds.get(skew_ms) or self._machine(skew_ms)
        began_ms, ear, late = stage.clock.elapsed_ms(), stage.line.faults, stage.line.on_late
        stage.line.faults = own = Ear()
        scene = Scene(stage, host, self.draws, lambda _skew_ms: None)
        hearing = Hearing(scene, host, own, (), self.draws, self.sent)
        self.since |= {HOSTS}
        self._judged(hearing, f"{SECOND} {skew_ms}" if skew_ms else SECOND, RUN)
        stage.line.faults, stage.line.on_late = ear, late
        self.scene.paused_ms += stage.clock.elapsed_ms() - began_ms

    def _machine(self, skew_ms: int) -> Host:
        host = self.stage.another_host(f"second{skew_ms}")
        host.clock = SkewedClock(self.stage.clock, skew_ms) if skew_ms else self.stage.clock
        host.mount = door_of(self.stage, host.clock)
        self.seconds[skew_ms] = host
        return host

    def _pause(self, number: int) -> None:
        """The moves after a run, and the time until the next one."""
        stage, script = self.stage, self.script
        for move in [move for move in script.moves if move.after == number]:
            draws = self.draws.of(f"move {move.after} {move.what}")
            self.moved = _both(self.moved, moves.make(stage, move.what, draws))
        if self.moved is not None:
            self.violations += self.oracle.between(self._world(set()))
        if number < script.runs:
            stage.pass_time(script.pauses_s[min(number, len(script.pauses_s)) - 1])

    def _world(self, tells: set[str], false_since_ms: int | None = None) -> World:
        """What the judge is told beside the run; `false_since_ms`: since when its prices could not be so."""
        told = tells | self.since
        moved = self.moved or World()
        return World(
            hand=HAND in told or moved.hand,
            venue_took=TOOK in told or moved.venue_took,
            venue_lied=LIED in told or moved.venue_lied,
            gap=GAP in told or moved.gap,
            forced=FORCED in told or moved.forced,
            hosts=2 if HOSTS in told else 1,
            late_twice=TWICE in told,
            dark=DARK in told,
            false_prices={c: false_since_ms for c in self.stage.settings.markets if false_since_ms},
            old_stops=OLD_STOPS in told,
        )

    def _checks(self, number: int) -> bool:
        """Whether cron runs the check of cover in this place: now and then, and neither first nor last."""
        draws = self.draws.of(f"command {number}")
        return 1 < number < self.script.runs - 1 and draws.chance(1, 4)

    def _is_second(self, hearing: Hearing, name: str, command: str, began_ms: int) -> bool:
        """At once after a clean run of the same command, in the same bar, with nothing in between."""
        before = self.before
        is_soon = began_ms - before.ended_ms <= AT_ONCE_MS and before.began_ms // BAR_MS == began_ms // BAR_MS
        is_same = name == FIRST and before.is_clean and before.command == command
        return is_same and is_soon and self.is_still and not hearing.is_disturbed and self.moved is None

    def _orders(self) -> tuple[int, ...]:
        return tuple(order.oid for order in self.stage.model.open_orders(self.stage.user))

    def _is_still(self) -> bool:
        """Has the account stood still since the run before looked at it?"""
        fills = self.stage.model.fills(self.stage.user)
        return self._orders() == self.before.orders and not (
            fills and fills[-1].at_ms > self.before.looked_ms
        )


def _both(one: World | None, other: World) -> World:
    """What excuses either of two things that happened."""
    if one is None:
        return other
    names = ("hand", "venue_took", "venue_lied", "gap", "forced", "late_twice", "dark")
    return World(**{name: getattr(one, name) or getattr(other, name) for name in names})


def _guarded(work: Callable[[], Ran | None]) -> tuple[Ran | None, str | None]:
    """The run, or what it raised."""
    try:
        return work(), None
    except Exception as error:  # noqa: BLE001 whatever a run raises is what a campaign looks for
        return None, f"{type(error).__name__}: {error}"
