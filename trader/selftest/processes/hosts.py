"""Two machines that trade one account at once, switched at requests: neither knows of the other's lock.

Rules: the first goes to the request at which it pauses; then the second runs to the one at which it pauses,
or to its end; then the first runs to its end, and the second last. A pause is before the exchange sees the
request. Whoever ends before its pause has met none.
"""

import threading

from trader.selftest.processes.machine import PATIENCE_S, Left
from trader.selftest.processes.process import OneProcess

PAUSE = "pause"
_LOOK_S = 0.005


class Two:
    """Both runs of one switch."""

    def __init__(self, first: OneProcess, second: OneProcess) -> None:
        self._first, self._second = _Paused(first), _Paused(second)

    def start_first(self) -> None:
        self._first.start()

    def start_second(self) -> None:
        self._second.start()

    def finish_first(self) -> Left:
        return self._first.finish()

    def finish_second(self) -> Left:
        return self._second.finish()


class _Paused:
    """A process that waits at one of its requests until it is let go."""

    def __init__(self, process: OneProcess) -> None:
        self._process = process
        self._arrived = threading.Event()
        self._go_on = threading.Event()

    def start(self) -> None:
        """Return when it waits, or has ended."""
        pauses = [event.request for event in self._process.events if event.what == PAUSE]
        self._process.start(dict.fromkeys(pauses[:1], self._wait))
        while not self._arrived.wait(_LOOK_S) and self._process.is_running():
            continue

    def finish(self) -> Left:
        self._go_on.set()
        left = self._process.finish()
        if self._arrived.is_set():
            self._process.note_pause(PAUSE)
        return left

    def _wait(self) -> None:
        self._arrived.set()
        self._go_on.wait(PATIENCE_S)
