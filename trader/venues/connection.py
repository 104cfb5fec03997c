"""One HTTP/1.1 connection: open it, send one request, read one whole answer.

* Every wait is bounded by the request's own deadline, however slowly bytes come.
* An answer is whole or it is an error: it must state its length, keep to it, and stay within the limit.
* A connection serves again only if it is certain that nothing is left over: not a byte in its buffer, not a
  byte or an end waiting in the kernel. An answer to an earlier request is never read as that of a later one.

`http.client` and `ssl` are imported when the first connection needs them: together they cost 30 ms.
"""

import io
import os
import re
import select
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.wire import Answer
from trader.venues.addressing import Origin

if TYPE_CHECKING:
    import ssl
    from http.client import HTTPResponse

PART_BYTES = 65_536
HEAD_BYTES_MAX = 262_144
"""http.client takes at most 100 header lines of 64 KB; a real answer has a few KB."""


class BrokenAnswer(OSError):
    """What came back is not one whole answer."""


class Connection:
    """A connected socket and the bytes read from it."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.is_reusable = False
        self._incoming = _Incoming(connected)
        self._reader = _Reader(self._incoming, PART_BYTES)
        self._idle_since_s = 0.0

    @classmethod
    def opened(
        cls,
        origin: Origin,
        *,
        context: "ssl.SSLContext | None",
        timeout_s: float,
        deadline_s: float,
        watch: Callable[[socket.socket], None],
    ) -> "Connection":
        """Look the host up and connect, each of its addresses within `timeout_s`; then agree on TLS, if any.

        `watch` is told the socket before a wait that somebody else may have to end.
        """
        connected = socket.create_connection(
            (origin.host, origin.port), timeout=min(timeout_s, _left_s(deadline_s))
        )
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context is not None:
                secured = context.wrap_socket(
                    connected, server_hostname=origin.host, do_handshake_on_connect=False
                )
                connected = secured
                watch(secured)
                secured.settimeout(_left_s(deadline_s))
                secured.do_handshake()
        except OSError:
            connected.close()
            raise
        return cls(connected)

    @property
    def bytes_received(self) -> int:
        """Of the answer being read, or of the last one."""
        return self._incoming.received

    def send(self, message: bytes, *, deadline_s: float) -> None:
        self.is_reusable = False
        self._incoming.received = 0
        self.socket.settimeout(_left_s(deadline_s))
        self.socket.sendall(message)

    def receive(self, method: str, *, bytes_max: int, deadline_s: float) -> Answer:
        """Read the answer to the request just sent."""
        from http.client import HTTPResponse

        self._incoming.begin(deadline_s=deadline_s, bytes_max=bytes_max + HEAD_BYTES_MAX)
        response = HTTPResponse(_Readable(self._reader), method=method)  # type: ignore[arg-type]  # only makefile()
        try:
            response.begin()
            if response.status < 200:
                raise BrokenAnswer(f"the answer has the interim status {response.status}")
            body = _whole_body(response, bytes_max)
        finally:
            response.close()  # which leaves our reader open; a later end would find it gone and complain
        self._incoming.pause()
        self.is_reusable = not response.will_close and not self._reader.peek(1)
        self._idle_since_s = time.monotonic()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, body=body, headers=headers)

    def is_idle(self, idle_s_max: float) -> bool:
        """Whether the other side has kept silent since the last answer, and not for too long."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN | select.POLLPRI)
        return not poll.poll(0) and time.monotonic() - self._idle_since_s < idle_s_max

    def close(self) -> None:
        self.socket.close()


def shut(connected: socket.socket) -> bool:
    """Stop both directions beneath TLS, so that a thread inside a read returns; False when already down."""
    try:
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
    except OSError:
        return False
    return True


def trusting_context(ca_file: Path | None) -> "ssl.SSLContext":
    """Return the TLS rules: the certificate is verified, 1.2 or newer, and no environment variable counts.

    A folder of hashed certificates is read one by one as needed; loading a whole bundle costs 30 to 100 ms.
    """
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    paths = ssl.get_default_verify_paths()
    bundles = [Path(paths.openssl_cafile), *_certifi_bundle()]
    if ca_file is not None:
        _load(context, ca_file)
    elif _has_hashed_names(paths.openssl_capath):
        context.load_verify_locations(capath=paths.openssl_capath)
    elif found := [bundle for bundle in bundles if bundle.is_file()]:
        _load(context, found[0])
    else:
        raise ConfigError(
            "no certificate authorities found: install ca-certificates, or: pip install certifi"
        )
    return context


def _load(context: "ssl.SSLContext", bundle: Path) -> None:
    try:
        context.load_verify_locations(cafile=bundle)
    except OSError as error:
        raise ConfigError(f"certificate authorities: {bundle} cannot be read: {error}") from error


def _certifi_bundle() -> list[Path]:
    """Where certifi keeps its bundle, found without importing it: that costs as much as a request."""
    from importlib.util import find_spec

    spec = find_spec("certifi")
    return [] if spec is None or spec.origin is None else [Path(spec.origin).with_name("cacert.pem")]


def _has_hashed_names(folder: str) -> bool:
    try:
        return any(re.fullmatch(r"[0-9a-f]{8}\.\d+", name) for name in os.listdir(folder))
    except OSError:
        return False


def _left_s(deadline_s: float) -> float:
    left_s = deadline_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("the time for this request is over")
    return left_s


def _whole_body(response: "HTTPResponse", bytes_max: int) -> bytes:
    if len(set(response.headers.get_all("content-length", []))) > 1:
        raise BrokenAnswer("the answer states two lengths")
    if response.length is None and not response.chunked:
        raise BrokenAnswer("the answer does not state its length, so nothing tells whether it is whole")
    too_long = BrokenAnswer(f"the answer is longer than {bytes_max} bytes")
    if (response.length or 0) > bytes_max:
        raise too_long
    parts, size = [], 0
    while part := response.read(PART_BYTES):
        parts.append(part)
        size += len(part)
        if size > bytes_max:
            raise too_long
    if response.length:
        raise BrokenAnswer(f"the answer ended {response.length} bytes short of its stated length")
    return b"".join(parts)


class _Incoming(io.RawIOBase):
    """Bytes from the socket, each wait bounded by one deadline and all of them by one limit."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._deadline_s: float | None = None
        self._bytes_max = 0
        self.received = 0

    def begin(self, *, deadline_s: float, bytes_max: int) -> None:
        self._deadline_s, self._bytes_max, self.received = deadline_s, bytes_max, 0

    def pause(self) -> None:
        """Read no further: what is asked for now must be in the buffer already."""
        self._deadline_s = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int | None:  # type: ignore[override]
        if self._deadline_s is None:
            return None
        self._socket.settimeout(_left_s(self._deadline_s))
        count = self._socket.recv_into(buffer)
        self.received += count
        if self.received > self._bytes_max:
            raise BrokenAnswer(f"the answer is longer than {self._bytes_max} bytes with its head")
        return count


class _Reader(io.BufferedReader):
    """Outlives each answer: http.client closes what it reads from, and would lose the bytes behind."""

    def close(self) -> None:
        return


@frozen
class _Readable:
    """As much of a socket as http.client's answer asks for."""

    reader: _Reader

    def makefile(self, _mode: str) -> _Reader:
        return self.reader
