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

REASON_CHARACTERS_MAX = 300
"""A reason may quote what the other side sent."""


class GivenUp(TimeoutError):
    """The round no longer waits for this request."""


class Errand:
    """A request, where it goes, its bytes, and how far it came."""

    def __init__(self, request: Request, origin: Origin, message: bytes, *, timeout_s: float) -> None:
        self.request = request
        self.origin = origin
        self.message = message
        self.deadline_s = time.monotonic() + timeout_s
        self.too_late = f"no answer within {timeout_s:g} s"
        self.done = threading.Event()
        self.is_sent = False
        """Set just before the first byte may leave."""
        self._lock = threading.Lock()
        self._end: Answer | Lost | None = None
        self._watched: socket.socket | None = None

    def result(self) -> Answer | Lost:
        """Wait for the end until the deadline, then give up."""
        self.done.wait(max(0.0, self.deadline_s - time.monotonic()))
        return self.give_up(self.too_late)

    def lost(self, error: Exception) -> Lost:
        """Return the loss that this error of the thread means."""
        is_late = time.monotonic() >= self.deadline_s
        return self._lost(self.too_late if is_late else str(error) or type(error).__name__)

    def give_up(self, reason: str) -> Answer | Lost:
        """Return the end; if there was none yet this is it, and whatever the thread waits for ends."""
        with self._lock:
            if self._end is None:
                self._end = self._lost(reason)
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

    def _lost(self, reason: str) -> Lost:
        return Lost(reached=self.is_sent, reason=f"{self.origin.host}: {reason}"[:REASON_CHARACTERS_MAX])

    def _stop_if_ended(self) -> None:
        if self._end is not None or time.monotonic() >= self.deadline_s:
            raise GivenUp("given up before it was sent")
