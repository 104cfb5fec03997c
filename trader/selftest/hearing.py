"""Stands beside one process: hears each request, lets events happen at theirs, and ends it by a kill.

Rules: a request has a number in its run and a boundary, which is what was asked and how often before in that
run; the boundary stays the same where numbers shift. After a kill nothing more leaves, whatever handler runs,
and the quarantine word stays as it was at that instant.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from trader.core.wire import Answer, Lost, Request
from trader.oracle.seen import Asked
from trader.rehearsal import LATENCY_MS, Host, Killed, Stage
from trader.selftest.catalogue import CATALOGUE, CUT, HYPERLIQUID, READS, TWICE, Concrete
from trader.selftest.draws import Draws
from trader.selftest.events import HAPPENINGS, KILL, KILL_BETWEEN, Scene
from trader.selftest.script import Event
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault, FaultBox, Seen
from trader.sim.mount import Mount

if TYPE_CHECKING:
    from hashlib import _Hash

DARK = "dark"
RETIRED = "V18-stops"  # the list of stops alone
OLD_STOPS = "old stops"
# Not prices at all; a bid above its ask shows only where both are told.
UNTRUE = frozenset({"zero", "nan", "negative"})
STALE = frozenset({"V7", "V7b"})  # an answer as it was before
# Such a copy goes on by itself: a stop that somebody took off in the meantime may have fired in it.
REPLICA = "V7b"
OK = 200


class Ear(FaultBox):
    """The box of faults of a line, which also keeps what was asked and which of its faults struck where."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Seen] = []
        self.struck: list[tuple[int, Fault, Seen]] = []

    def begin(self) -> None:
        """A run begins."""
        self.heard, self.struck = [], []

    def due(self, seen: Seen) -> list[Fault]:
        self.heard.append(seen)
        found = super().due(seen)
        if found:
            self.struck += [(len(self.heard), fault, seen) for fault in found]
        return found


class Door(Mount):
    """A mount whose process may leave before the line is told, so that a judge sees the instant between."""

    def end_run(self) -> None:
        """Nothing yet: see `leave`."""

    def leave(self) -> None:
        """The network learns that the process has ended."""
        super().end_run()


class SkewedClock(ManualClock):
    """The clock of another machine: the same time passes, the wall shows so much more."""

    def __init__(self, clock: ManualClock, skew_ms: int) -> None:
        self._clock = clock
        self._skew_ms = skew_ms

    def now_ms(self) -> int:
        return self._clock.now_ms() + self._skew_ms

    def elapsed_ms(self) -> int:
        return self._clock.elapsed_ms()

    def advance(self, milliseconds: float) -> None:
        self._clock.advance(milliseconds)

    def step(self, milliseconds: int) -> None:
        self._skew_ms += milliseconds


def door_of(stage: Stage, clock: ManualClock) -> Door:
    """The way of one machine to the exchange."""
    return Door(stage.line, clock, latency_ms=LATENCY_MS, venue_time=stage.venue_time)


@dataclass
class Hearing:
    """One run of one host. `tells`: what a judge must know of it; `met`: events that happened, and where;
    `looked_ms`: when it was last told which stops are live, and what is held, where it asked both at once."""

    scene: Scene
    host: Host
    ear: Ear
    events: Sequence[Event]
    draws: Draws
    sent: "_Hash" = field(default_factory=sha256)
    asked: list[Asked] = field(default_factory=list)
    tells: set[str] = field(default_factory=set)
    met: list[tuple[str, str]] = field(default_factory=list)
    answers: list[Answer | Lost] = field(default_factory=list)
    landed_late: int = 0
    is_dead: bool = False

    def __post_init__(self) -> None:
        self._first = self.host.mount.requests
        self._due = {n: [e for e in self.events if e.request == n] for n in {e.request for e in self.events}}
        self._counts: Counter[str] = Counter()
        self._names: list[str] = []
        self._story = 0
        self._left_ms = 0
        venue = self.scene.stage.settings.venue
        self._stops, self._positions = READS["stops"][venue], READS["positions"][venue]
        self.looked_ms: int | None = None
        self._look = (0, 0)  # the last round that asked for cover, and the instant of its first answer

    def before(self, number: int, request: Request) -> None:
        """Just before a request leaves."""
        if self.is_dead:
            raise Killed
        place = number - self._first
        for event in self._due.get(place, ()):
            self._happens(event, place, request)
        self._left_ms = self.scene.stage.venue_time.now_ms()
        self.sent.update(f"{request.method}{request.url}".encode() + request.body)
        self.sent.update(repr(request.headers).encode())

    def after(self, number: int, request: Request, answer: Answer | Lost) -> None:
        """Its answer is there, or surely will not come."""
        place, seen = number - self._first, self.ear.heard[-1]
        name = self._named(seen.what)
        status = answer.status if isinstance(answer, Answer) else None
        self.asked.append(Asked(place, self._left_ms, seen.what, request.is_write, status))
        if status == OK and seen.what in (self._stops, self._positions):
            self._looked(seen.what)
        self.answers.append(answer)
        due = self._due.get(place)
        if due is not None and any(event.what == KILL_BETWEEN for event in due):
            self._die(KILL_BETWEEN, name)

    def _looked(self, what: str) -> None:
        """Where a round asks for positions and for several lists of stops, it knows what was true at the
        first of them: what is opened after that it sees no cover for, and nothing to cover."""
        now = self.host.mount.rounds
        if self._look[0] != now:
            self._look = (now, self.scene.stage.model.now_ms)
        if what == self._stops:
            self.looked_ms = self._look[1]

    def late(self, _request: Request, _answer: Answer) -> None:
        """What the network had kept arrives while this run goes on."""
        self.landed_late += 1

    def count_faults(self) -> None:
        """Tell which faults struck, and where each did first, when the run is over."""
        rows = [(CATALOGUE[e.what], e) for e in self.events if e.what in CATALOGUE]
        first: set[Event] = set()
        for place, fault, seen in self.ear.struck:
            row, event = next((r, e) for r, e in rows if _is_of(fault, r, e))
            if event not in first:
                self.met.append((row.name, self.boundary(place)))
                first.add(event)
            if row.harm == CUT:
                self.tells |= {DARK} if event.lasts or not row.lasts else set()
            elif row.harm != TWICE or seen.is_write:
                self.tells.add(row.harm)
            if (row.kind in STALE and seen.what == self._stops) or (
                row.kind == REPLICA and seen.what == self._positions
            ):
                self.tells.add(OLD_STOPS)

    def false_since_ms(self) -> int | None:
        """Since when the prices that it was told last cannot be true; None while they can, or it has none."""
        venue = self.scene.stage.settings.venue
        what, untrue = READS["prices"][venue], UNTRUE | ({"crossed"} if venue == HYPERLIQUID else set())
        told = [place for place, seen in enumerate(self.ear.heard, 1) if seen.what == what]
        struck = ((place, fault) for place, fault, _ in self.ear.struck if fault.kind == "V14")
        lied = {place for place, fault in struck if fault.params.get("variant") in untrue}
        return self.asked[told[-1] - 1].at_ms if told and told[-1] in lied else None

    def boundary(self, place: int) -> str:
        """The name of a request of this run, by its number."""
        return self._names[place - 1] if 0 < place <= len(self._names) else "?"

    @property
    def boundaries(self) -> tuple[str, ...]:
        return tuple(self._names)

    @property
    def is_disturbed(self) -> bool:
        return bool(self.met or self.landed_late)

    @property
    def is_blind(self) -> bool:
        """Whether the list of stops was refused whenever it was asked for, and nothing else happened."""
        told = [a.status for a in self.asked if a.what == self._stops]
        only = {name for name, _ in self.met} == {RETIRED}
        return only and not self.landed_late and bool(told) and OK not in told

    def bury(self) -> None:
        """A process that was killed has written nothing more into its lock file."""
        if self.is_dead:
            del self.host.word.story[self._story :]

    def _named(self, what: str) -> str:
        self._counts[what] += 1
        self._names.append(f"{what}#{self._counts[what]}")
        return self._names[-1]

    def _happens(self, event: Event, place: int, request: Request) -> None:
        happening = HAPPENINGS.get(event.what)
        if happening is None or event.what == KILL_BETWEEN:
            return
        what = self.scene.stage.line.app.describe(request).what
        name = f"{what}#{self._counts[what] + 1}"
        if event.what == KILL:
            self._die(KILL, name)
        stage = self.scene.stage
        # Not in the instant of the request before it: what that was told was true then.
        stage.exchange.run_to(stage.model.now_ms + 1)
        self.scene.draws = self.draws.of(f"{event.what} {event.run}.{event.request}")
        if happening.act(self.scene):
            self.met.append((event.what, name))
            self.tells.add(happening.tells)

    def _die(self, how: str, boundary: str) -> None:
        self.met.append((how, boundary))
        self.is_dead = True
        self._story = len(self.host.word.story)
        raise Killed


def _is_of(fault: Fault, row: Concrete, event: Event) -> bool:
    return fault.kind == row.kind and fault.since == event.request and fault.params == row.params
