"""One run of an episode as a process: how it is started, what strikes it, how it ended, and what it met."""

import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from trader.oracle.seen import Violation, World
from trader.selftest.catalogue import CATALOGUE
from trader.selftest.processes.ground import Scene
from trader.selftest.processes.line import Strike, Strikes
from trader.selftest.processes.machine import Circumstances, Left, Running
from trader.selftest.processes.perils import PERILS, Peril
from trader.selftest.processes.seen import Run, world_of
from trader.selftest.processes.striking import KILLS, STRIKES, Target, strikes_of
from trader.selftest.processes.syscalls import KILL, SYSCALLS, injected, injection
from trader.selftest.script import Event
from trader.sim.faults import Fault, Plan

BOMBS = ("H13-gzip", "H13-plain")
"""Answers of 50 MB, which only a real socket can be flooded with."""


class OneProcess:
    """One run of an episode: how it is started, what strikes it, and what it met."""

    def __init__(self, run: Run, events: Sequence[Event], scene: Scene) -> None:
        self.run = run
        self.events = events
        self.scene = scene
        self.machine = scene.machine
        self._running: Running | None = None
        self._target: Target | None = None
        self._heard = 0
        self._log = scene.machine.home.parent / "strace.log"
        self._peril = next((event for event in events if event.what in PERILS), None)
        self._syscall = next((event for event in events if event.what in SYSCALLS), None)

    @property
    def peril(self) -> Peril | None:
        return PERILS[self._peril.what] if self._peril is not None else None

    def start(self, more: Mapping[int, Strike] | None = None) -> None:
        """Start it; `more` is done before requests of these numbers."""
        machine, scene, line = self.machine, self.scene, self.scene.line
        self._target = target = Target(line, scene.clock.sleep)
        strikes = self._strikes(target)
        line.begin(replace(strikes, before={**strikes.before, **(more or {})}))
        self._arm()
        if self.peril is not None:
            self.peril.prepare(machine, scene)
        self.run.began_ms, self.run.began_elapsed_ms = scene.clock.now_ms(), scene.clock.elapsed_ms()
        self._heard = len(scene.alerts.came)
        self._running = machine.start(
            (self.run.command, "--json"), ahead_ns=scene.clock.ahead_ns(), circumstances=self._circumstances()
        )
        target.name(self._running)

    def finish(self) -> Left:
        """Wait for its end, and note what it met."""
        scene, line = self.scene, self.scene.line
        if self._running is None:
            raise RuntimeError("a process that was not started has no end")
        try:
            left = self._running.left()
        except subprocess.TimeoutExpired as error:
            self.run.hung = f"no end within {error.timeout:g} s"
            self._running.kill()
            left = replace(self._running.left(), code=None)
        line.cut()
        scene.wait_until_left()
        line.end_run(at_ms=scene.venue_time.now_ms())
        self.run.suspended_s = self._target.suspended_s if self._target is not None else 0.0
        self.run.alarms = scene.alerts.came[self._heard :]
        self._note(left)
        line.arm(Plan())
        return left

    def is_running(self) -> bool:
        return self._running is not None and self._running.process.poll() is None

    def note_pause(self, name: str) -> None:
        """It waited at a request while another machine ran."""
        number = next(event.request for event in self.events if event.what == name)
        self.run.met.append((name, self._boundaries().get(number, "none")))

    def _strikes(self, target: Target) -> Strikes:
        machine, scene = self.machine, self.scene
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
            Fault("H13", since=e.request, params={"variant": e.what[4:]})
            for e in self.events
            if e.what in BOMBS
        ]
        faults += [
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
        for call, _what, kind in self.scene.line.faults.fired_at:
            new = (e.what for e in self.events if _kind(e.what) == kind and e.what not in dict(met))
            met += [(name, where.get(call, "none")) for name in dict.fromkeys(new)]
        for event in self.events:
            if event.what in STRIKES and event.request in self.scene.line.struck:
                met.append((event.what, where.get(event.request, "none")))
        self.run.is_killed = any(name in KILLS for name, _ in met)
        if self._peril is not None and self.peril is not None:
            met.append((self._peril.what, "process"))
            self.run.is_starved = self.peril.starves
        struck = self._syscall
        if struck is not None and injected(struck, self._log, ended_by=left.ended_by):
            met.append((struck.what, f"call#{struck.request}"))
            self.run.is_starved = struck.what.startswith("openat-") and not struck.what.endswith(KILL)
            self.run.is_killed = struck.what.endswith(f"-{KILL}")

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
        if self.peril is None or left.code in self.peril.codes or (self.peril.starves and left.code is None):
            return []
        expected = ", ".join(map(str, sorted(self.peril.codes)))
        name = self._peril.what if self._peril is not None else ""
        return [Violation("I0", self.run.number, f"{name}: exit {left.code}, expected {expected}")]

    def mend(self) -> None:
        """What a person puts right before the next run; the configuration is what it was."""
        if self.peril is not None:
            self.peril.mend(self.machine, self.scene)
            self.machine.reconfigure()


def _kind(name: str) -> str | None:
    """The kind of a fault of the line, by its name here."""
    if name in BOMBS:
        return "H13"
    return CATALOGUE[name].kind if name in CATALOGUE else None
