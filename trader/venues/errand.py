"""One request on its way in a thread, and the round's right to stop waiting for it.

The two meet under one lock, so that each request has exactly one end: its result, or given up. Given up
before the first byte left means that no byte ever leaves; given up later, nobody knows.
"""

import socket
import threading
import time

from trader.core.wire import Answer, Lost, Request
from trader.venues.addressing import Origin
from trader.venues.connection import shut


class GivenUp(TimeoutError):
    """The round no longer waits for this request."""


class Errand:
    """A request, where it goes, its bytes, and how far it came."""

    def __init__(self, request: Request, origin: Origin, message: bytes, deadline_s: float) -> None:
        self.request = request
        self.origin = origin
        self.message = message
        self.deadline_s = deadline_s
        self.done = threading.Event()
        self.is_sent = False
        """Set just before the first byte may leave."""
        self._lock = threading.Lock()
        self._end: Answer | Lost | None = None
        self._watched: socket.socket | None = None

    def result(self, otherwise: str) -> Answer | Lost:
        """Wait for the end until the deadline, then give up."""
        self.done.wait(max(0.0, self.deadline_s - time.monotonic()))
        return self.give_up(otherwise)

    def give_up(self, reason: str) -> Answer | Lost:
        """Return the end; if there was none yet this is it, and whatever the thread waits for ends."""
        with self._lock:
            if self._end is None:
                self._end = Lost(reached=self.is_sent, reason=reason)
                if self._watched is not None:
                    shut(self._watched)
            self.done.set()
            return self._end

    def finish(self, end: Answer | Lost) -> None:
        with self._lock:
            if self._end is None:
                self._end = end
            self.done.set()

    def watch(self, connected: socket.socket) -> None:
        """Name the socket on which the thread is about to wait."""
        with self._lock:
            self._stop_if_ended()
            self._watched = connected

    def may_send(self, connected: socket.socket) -> None:
        """Ask before the first byte: from here on the venue may have seen it."""
        with self._lock:
            self._stop_if_ended()
            self._watched = connected
            self.is_sent = True

    def unwatch(self) -> None:
        """The socket goes back to others: it is no longer this request's to end."""
        with self._lock:
            self._watched = None

    def _stop_if_ended(self) -> None:
        if self._end is not None or time.monotonic() >= self.deadline_s:
            raise GivenUp("given up before it was sent")
