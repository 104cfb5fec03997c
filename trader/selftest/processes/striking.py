"""What an episode does to a process at a request: kill it, tell it to stop, or let it sleep."""

import signal
import threading
from collections.abc import Callable, Sequence

from trader.selftest.processes.line import Strike, Strikes, WatchedLine
from trader.selftest.processes.machine import PATIENCE_S, Running
from trader.selftest.script import Event

KILLS = ("kill", "kill-between", "kill-after")
SIGNALS = {
    "term": signal.SIGTERM,
    "int": signal.SIGINT,
    "hup": signal.SIGHUP,
    "pipe": signal.SIGPIPE,
}
SUSPEND, SUSPENDED_S = "suspend", 600.0
STRIKES = (*KILLS, *SIGNALS, SUSPEND)


class Target:
    """The process of a run, which is named as soon as it has been started."""

    def __init__(self, line: WatchedLine, pass_time: Callable[[float], None]) -> None:
        self._line = line
        self._pass_time = pass_time
        self.suspended_s = 0.0
        self._known = threading.Event()
        self._running: Running | None = None

    def name(self, running: Running) -> None:
        self._running = running
        self._known.set()

    def kill(self) -> None:
        """SIGKILL; what it had sent besides never arrives."""
        self._line.cut()
        self._process().kill()

    def tell(self, number: signal.Signals) -> None:
        self._process().tell(number)

    def suspend(self) -> None:
        """The machine sleeps for ten minutes; its clocks show it when it wakes up."""
        process = self._process()
        process.tell(signal.SIGSTOP)
        self._pass_time(SUSPENDED_S)
        self.suspended_s += SUSPENDED_S
        process.tell(signal.SIGCONT)

    def _process(self) -> Running:
        if not self._known.wait(PATIENCE_S) or self._running is None:
            raise RuntimeError("a request came from a process that nobody has started")
        return self._running


def strikes_of(events: Sequence[Event], target: Target) -> Strikes:
    """What strikes at which request of one run."""
    before: dict[int, Strike] = {}
    between: dict[int, Strike] = {}
    after: dict[int, Strike] = {}
    for event in events:
        if event.what in SIGNALS:
            number = SIGNALS[event.what]
            before[event.request] = lambda number=number: target.tell(number)  # type: ignore[misc]
        elif event.what == SUSPEND:
            before[event.request] = target.suspend
        elif event.what in KILLS:
            when = {"kill": before, "kill-between": between, "kill-after": after}[event.what]
            when[event.request] = target.kill
    return Strikes(before, between, after)
