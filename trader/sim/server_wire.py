"""One accepted connection: reads HTTP/1.1 requests, writes answers, and breaks in the ways a plan asks.

Rules: a request has a method, a path, headers and a body of its declared length; nothing else of HTTP
is understood. A reset is a real one (the socket lingers for zero seconds), a drip is one byte at a time,
a hang ends only with the client's patience or the server's end.
"""

import select
import socket
import struct
import threading
import time

from trader.core.frozen import frozen
from trader.core.wire import Answer
from trader.sim.line import UNREACHED, Delivery, Fate

_HEAD_MAX = 65_536
_BODY_MAX = 10_000_000
_CHUNK = 65_536
_DRIP_S = 0.05
_LOOK_S = 0.02
_REASONS = {200: "OK", 302: "Found", 404: "Not Found", 422: "Unprocessable Entity", 429: "Too Many Requests"}


class PeerGone(Exception):
    """The other side closed, or spoke something that is not HTTP."""


@frozen
class HttpRequest:
    """One request as it came."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def keep_alive(self) -> bool:
        return all(name.lower() != "connection" or value.lower() != "close" for name, value in self.headers)


class Peer:
    """The connection to one client."""

    def __init__(self, accepted: socket.socket, stopped: threading.Event) -> None:
        self._socket = accepted
        self._stopped = stopped
        self._unread = b""
        self.host = str(accepted.getpeername()[0])
        self.reason = ""
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def request(self) -> HttpRequest | None:
        """The next request; None when the client has closed between two of them."""
        while (end := self._unread.find(b"\r\n\r\n")) < 0:
            if len(self._unread) > _HEAD_MAX:
                raise PeerGone("a request head without an end")
            if not self._receive():
                if self._unread:
                    raise PeerGone("closed inside a request head")
                return None
        lines = self._unread[:end].decode("latin-1").split("\r\n")
        method, _, rest = lines[0].partition(" ")
        headers = tuple(
            (name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])
        )
        declared = next((value for name, value in headers if name.lower() == "content-length"), "0")
        if not declared.isdigit() or int(declared) > _BODY_MAX:
            raise PeerGone(f"a request of length {declared}")
        whole = end + 4 + int(declared)
        while len(self._unread) < whole:
            if not self._receive():
                raise PeerGone("closed inside a request body")
        body, self._unread = self._unread[end + 4 : whole], self._unread[whole:]
        return HttpRequest(method, rest.partition(" ")[0], headers, body)

    def _receive(self) -> bool:
        try:
            received = self._socket.recv(_CHUNK)
        except OSError as error:
            raise PeerGone(str(error)) from error
        self._unread += received
        return bool(received)

    def perform(self, delivery: Delivery, *, keep: bool) -> bool:
        """Do on the socket what became of the request; false when the connection is over."""
        fate, answer = delivery.fate, delivery.answer
        if fate is Fate.ANSWERED and answer is not None:
            self.send(answer, keep=keep)
            return keep
        if fate in (Fate.TIMEOUT, Fate.CONNECT_TIMEOUT) or delivery.hang_s is not None:
            self._hang(delivery.hang_s)
            self.abort()
        elif fate is Fate.TRUNCATED and answer is not None:
            self._write(_head(answer, len(answer.body), keep=False) + answer.body[: len(answer.body) // 2])
            self.close()
        elif fate is Fate.DRIP and answer is not None:
            self._write(_head(answer, len(answer.body), keep=False))
            self._drip(answer.body)
        elif fate is Fate.DEAD_CONNECTION:
            self.close()
        elif fate in UNREACHED or fate is Fate.RESET:
            self.abort()
        return False

    def send(self, answer: Answer, *, keep: bool) -> None:
        """A whole answer."""
        self._write(_head(answer, len(answer.body), keep=keep) + answer.body)

    def _hang(self, seconds: float | None) -> None:
        """Say nothing until the client leaves, the server ends, or the fault's time is over."""
        ends = None if seconds is None else time.monotonic() + seconds
        while not self._stopped.is_set() and (ends is None or time.monotonic() < ends):
            readable, _, _ = select.select([self._socket], [], [], _LOOK_S)
            # What else the client sends meanwhile is not read as a request; its end is noticed.
            if readable and not self._receive():
                return

    def _drip(self, data: bytes) -> None:
        """A byte at a time, for as long as anybody listens."""
        for position in range(len(data)):
            if self._stopped.wait(_DRIP_S):
                return
            self._write(data[position : position + 1])

    def _write(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise PeerGone(str(error)) from error

    def abort(self) -> None:
        """Reset the connection."""
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # A thread that reads from this socket keeps it open beyond close(): wake it first.
            if self._stopped.is_set():
                self._socket.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            self.reason = str(error)
        self.close()

    def close(self) -> None:
        self._socket.close()


def _head(answer: Answer, length: int, *, keep: bool) -> bytes:
    """Status line and headers; the length is the one that is declared."""
    lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines += [f"Content-Length: {length}", f"Connection: {'keep-alive' if keep else 'close'}", "", ""]
    return "\r\n".join(lines).encode("latin-1")
