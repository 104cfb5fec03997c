"""The embedded exchange over HTTP/1.1 on loopback: real sockets, real faults, one thread a connection.

Rules: loopback addresses only, anything else is refused before it is bound. The exchange works on one
request at a time under a lock; the artificial delay passes outside it, so ten parallel requests wait once.
Connections are kept alive. Paths under /_sim/ are the test's own door and never touch the exchange's wire.
"""

import ipaddress
import select
import socket
import threading
import time
from collections.abc import Callable

from trader.core.wire import Request
from trader.sim.clock import VenueTime
from trader.sim.line import Line
from trader.sim.server_control import CONTROL_PREFIX, Control
from trader.sim.server_wire import HttpRequest, Peer, PeerGone

OFFICIAL_URL = "https://api.hyperliquid.xyz"
_BACKLOG = 128
_LOOK_S = 0.05
_LEAVING_S = 0.001


class NotLoopback(ValueError):
    """The exchange would have been reachable from elsewhere."""


class Server:
    """Serves one line on one port until closed."""

    def __init__(
        self,
        line: Line,
        venue_time: VenueTime,
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        delay_ms: float = 0,
        official_url: str = OFFICIAL_URL,
        control: Control | None = None,
    ) -> None:
        if not ipaddress.ip_address(address).is_loopback:
            raise NotLoopback(
                f"the embedded exchange listens on loopback only, not on {address}: use 127.0.0.1 or ::1"
            )
        self.line = line
        self.venue_time = venue_time
        self.delay_ms = delay_ms
        self.answered: Callable[[Request], None] | None = None
        """Told of each request when its answer has left."""
        self._official_url = official_url
        self._control = control or Control(line, venue_time)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._peers: set[Peer] = set()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listening = socket.create_server((address, port), family=family, backlog=_BACKLOG)
        self._acceptor = threading.Thread(target=self._accept, name="embedded-exchange", daemon=True)

    @property
    def url(self) -> str:
        """What a client puts in the place of the venue's own base URL."""
        host, port = self._listening.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def __enter__(self) -> "Server":
        self._acceptor.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def serve_forever(self) -> None:
        """Serve in this thread until `close` is called from another one or by a signal's handler."""
        self._accept()

    def close(self) -> None:
        """Stop listening, drop every connection, wake every answer that is being held back."""
        self._stopped.set()
        if self._acceptor.is_alive():
            self._acceptor.join(timeout=5)
        self._listening.close()
        for peer in list(self._peers):
            peer.abort()

    def is_left(self, *, within_s: float) -> bool:
        """Wait until every client has closed its connections; false when one has not in time."""
        give_up = time.monotonic() + within_s
        while not (is_left := self._is_empty()) and time.monotonic() < give_up:
            time.sleep(_LEAVING_S)
        return is_left

    def _is_empty(self) -> bool:
        """Nobody is connected, and nobody waits to be accepted."""
        waiting, _, _ = select.select([self._listening], [], [], 0)
        return not waiting and not self._peers

    def _accept(self) -> None:
        # Closing a socket does not wake a thread that waits in accept(): look for the end now and then.
        while not self._stopped.is_set():
            readable, _, _ = select.select([self._listening], [], [], _LOOK_S)
            if readable:
                accepted, _ = self._listening.accept()
                peer = Peer(accepted, self._stopped)
                self._peers.add(peer)
                threading.Thread(target=self._converse, args=(peer,), daemon=True).start()

    def _converse(self, peer: Peer) -> None:
        try:
            while (asked := peer.request()) is not None and self._respond(peer, asked):
                continue
        except PeerGone as gone:
            peer.reason = str(gone)
        finally:
            self._peers.discard(peer)
            peer.close()

    def _respond(self, peer: Peer, asked: HttpRequest) -> bool:
        """Answer one request; false when the connection must end."""
        if asked.path.startswith(CONTROL_PREFIX):
            with self._lock:
                answer = self._control.answer(asked.path, asked.body)
            peer.send(answer, keep=asked.keep_alive)
            return asked.keep_alive
        request = Request(self._official_url + asked.path, asked.body, asked.method, asked.headers)
        began = time.monotonic()
        with self._lock:
            delivery = self.line.deliver(request, at_ms=self.venue_time.now_ms(), client=peer.host)
        self._wait(began)
        goes_on = peer.perform(delivery, keep=asked.keep_alive)
        if self.answered is not None:
            self.answered(request)
        return goes_on

    def _wait(self, began: float) -> None:
        """Hold the answer back for the artificial delay, outside the lock."""
        if self.delay_ms:
            self._stopped.wait(max(0.0, self.delay_ms / 1000 - (time.monotonic() - began)))
