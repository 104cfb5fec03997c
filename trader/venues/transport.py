"""The socket behind `Transport`: a round of HTTP requests, sent together, each answered or lost in time.

* The round returns at its timeout whatever a thread of it does: a name look-up or a handshake that hangs is
  left behind in a daemon thread. A request given up on before it was sent is never sent later.
* `Lost.reached` is false only when not one byte of the request can have left.
* A write is tried once. A read is tried a second time, on a fresh connection, after a loss or a 5xx.
* Only hosts named at construction, TLS everywhere but on loopback, no proxy from the environment, and no
  redirect followed: a signed request goes where it was meant to go or nowhere.
* Connections are kept for the next round. One that has said anything since, even goodbye, is not used again.
"""

import threading
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from trader.core.errors import Broken, ConfigError, require
from trader.core.frozen import frozen
from trader.core.wire import Answer, Lost, Request
from trader.venues.addressing import Origin, encode, loopback_origin, origin_of
from trader.venues.connection import Connection, trusting_context
from trader.venues.errand import Errand

if TYPE_CHECKING:
    import ssl

WORKERS_MAX = 48
"""Requests of a round on their way at once; more than any round of a few dozen coins gains from."""
IDLE_S_MAX = 20.0
"""Shorter than the time after which venues' front ends close silent connections."""
AGAIN = frozenset({500, 502, 503, 504})
"""Answers after which a read is asked once more."""


@frozen
class Traffic:
    """What went over the wire so far."""

    requests: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


class HttpTransport:
    """`Transport` over real sockets."""

    def __init__(
        self,
        hosts: Collection[str],
        *,
        reroute: Mapping[str, str] = MappingProxyType({}),
        ca_file: Path | None = None,
        body_bytes_max: int = 8 * 1024 * 1024,
        connect_timeout_s: float = 5.0,
        retry_pause_s: float = 0.2,
    ) -> None:
        """Given the hosts that may be asked, and official origins to ask on this machine instead."""
        self._hosts = frozenset(hosts)
        self._reroute = {_official(asked): loopback_origin(target) for asked, target in reroute.items()}
        self._ca_file = ca_file
        self._body_bytes_max = body_bytes_max
        self._connect_timeout_s = connect_timeout_s
        self._retry_pause_s = retry_pause_s
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._idle: dict[Origin, list[Connection]] = {}
        self._traffic = Traffic()

    @property
    def traffic(self) -> Traffic:
        return self._traffic

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        """Send the round together; each answer or loss in the order asked, within the timeout."""
        errands = [self._errand(request, timeout_s) for request in requests]
        if self._context is None and any(errand.origin.scheme == "https" for errand in errands):
            self._context = trusting_context(self._ca_file)
        waiting = deque(errands)
        failure = self._start_workers(waiting, min(WORKERS_MAX, len(errands)) if timeout_s > 0 else 0)
        if failure is not None:
            return [errand.give_up(failure) for errand in errands]
        return [errand.result() for errand in errands]

    def close(self) -> None:
        """Close the connections kept for later rounds."""
        with self._lock:
            kept = [connection for connections in self._idle.values() for connection in connections]
            self._idle.clear()
        for connection in kept:
            connection.close()

    def _errand(self, request: Request, timeout_s: float) -> Errand:
        """Address one request; one that leads outside the list is a bug, and nothing of the round is sent."""
        official = origin_of(request.url)
        if official is None or official.host not in self._hosts:
            raise Broken(f"transport: {request.url!r} does not lead to one of {sorted(self._hosts)}")
        origin = self._reroute.get(official, official)
        require(
            origin.scheme == "https" or origin.is_loopback,
            f"transport: {request.url!r} would leave this machine without TLS",
        )
        return Errand(request, origin, encode(request, origin), timeout_s=timeout_s)

    def _start_workers(self, waiting: deque[Errand], count: int) -> str | None:
        """Start threads that share the work; a reason when not even one could be started."""
        for started in range(count):
            try:
                threading.Thread(target=self._work, args=(waiting,), daemon=True).start()
            except RuntimeError as error:
                return None if started else f"no thread could be started: {error}"
        return None

    def _work(self, waiting: deque[Errand]) -> None:
        while waiting:
            try:
                errand = waiting.popleft()
            except IndexError:  # another worker was quicker
                return
            end: Answer | Lost = Lost(reached=True, reason="a bug ended the thread of this request")
            try:
                end = self._performed(errand)
            finally:
                errand.finish(end)

    def _performed(self, errand: Errand) -> Answer | Lost:
        first = self._attempt(errand, fresh=False)
        if errand.request.is_write or not _is_worth_another(first):
            return first
        if isinstance(first, Answer) or not first.reached:
            errand.done.wait(
                self._retry_pause_s
            )  # a connection that broke is tried anew at once, a refusal is not
        second = self._attempt(errand, fresh=True)
        return second if isinstance(second, Answer) else first

    def _attempt(self, errand: Errand, *, fresh: bool) -> Answer | Lost:
        from http.client import HTTPException

        is_sent = False
        connection = None if fresh else self._kept(errand.origin)
        try:
            connection = connection or self._opened(errand)
            errand.may_send(connection.socket)
            is_sent = True
            connection.send(errand.message, deadline_s=errand.deadline_s)
            return connection.receive(
                errand.request.method, bytes_max=self._body_bytes_max, deadline_s=errand.deadline_s
            )
        except (OSError, HTTPException, ValueError, LookupError, MemoryError) as error:
            # Without memory a codec is not found, too; an error that left the thread would only be printed.
            return errand.lost(error)
        finally:
            errand.unwatch()
            if is_sent and connection is not None:
                self._count(len(errand.message), connection.bytes_received)
            if connection is not None:
                self._put_away(errand.origin, connection)

    def _opened(self, errand: Errand) -> Connection:
        return Connection.opened(
            errand.origin,
            context=self._context if errand.origin.scheme == "https" else None,
            timeout_s=self._connect_timeout_s,
            deadline_s=errand.deadline_s,
            watch=errand.watch,
        )

    def _kept(self, origin: Origin) -> Connection | None:
        with self._lock:
            kept = self._idle.get(origin, [])
            while kept:
                connection = kept.pop()
                if connection.is_idle(IDLE_S_MAX):
                    return connection
                connection.close()
        return None

    def _put_away(self, origin: Origin, connection: Connection) -> None:
        if connection.is_reusable:
            with self._lock:
                self._idle.setdefault(origin, []).append(connection)
        else:
            connection.close()

    def _count(self, bytes_sent: int, bytes_received: int) -> None:
        with self._lock:
            before = self._traffic
            self._traffic = Traffic(
                requests=before.requests + 1,
                bytes_sent=before.bytes_sent + bytes_sent,
                bytes_received=before.bytes_received + bytes_received,
            )


def _is_worth_another(result: Answer | Lost) -> bool:
    return isinstance(result, Lost) or result.status in AGAIN


def _official(url: str) -> Origin:
    origin = origin_of(url)
    if origin is None:
        raise ConfigError(f"reroute: {url} is not an address such as https://host")
    return origin
