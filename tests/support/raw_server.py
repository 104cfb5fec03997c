"""A loopback server that speaks as badly as the test wants: raw sockets, so that each fault is a real one."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from types import TracebackType


def answer(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


class Conversation:
    """One accepted connection, in its own thread."""

    def __init__(self, accepted: socket.socket, stopped: threading.Event, requests: list[bytes]) -> None:
        self._socket = accepted
        self._stopped = stopped
        self._requests = requests
        self._unread = b""

    def request(self) -> bytes:
        """Return the next whole request, or nothing at the end."""
        while (head_end := self._unread.find(b"\r\n\r\n")) < 0:
            if not self._receive():
                return b""
        length = 0
        for line in self._unread[:head_end].split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(self._unread) < head_end + 4 + length:
            if not self._receive():
                return b""
        whole, self._unread = self._unread[: head_end + 4 + length], self._unread[head_end + 4 + length :]
        self._requests.append(whole)
        return whole

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def wait(self, seconds: float) -> None:
        """Let time pass, or the test end."""
        self._stopped.wait(seconds)

    def hang(self) -> None:
        """Say nothing until the test ends."""
        self._stopped.wait(30)

    def reset(self) -> None:
        """Close with a reset, as a crashed machine or a firewall does."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> bool:
        data = self._socket.recv(65_536)
        self._unread += data
        return bool(data)


def end(waiting: socket.socket) -> bool:
    """Wake whoever waits on this socket; False when it was closed already."""
    try:
        socket.socket.shutdown(waiting, socket.SHUT_RDWR)
    except OSError:
        return False
    return True


Script = Callable[[Conversation], None]


class RawServer:
    """Accepts connections and lets `script` hold each conversation."""

    def __init__(self, script: Script, *, context: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._context = context
        self._stopped = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._accepted: list[socket.socket] = []
        self.port: int = self._listening.getsockname()[1]
        self.requests: list[bytes] = []
        self.connections = 0

    def __enter__(self) -> "RawServer":
        self._threads[0].start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        for waiting in (self._listening, *self._accepted):
            end(waiting)
        for thread in self._threads:
            thread.join(5)
        self._listening.close()

    @property
    def url(self) -> str:
        return f"{'http' if self._context is None else 'https'}://127.0.0.1:{self.port}/info"

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                accepted, _address = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._hold, args=(accepted,))
            self._threads.append(thread)
            thread.start()

    def _hold(self, accepted: socket.socket) -> None:
        accepted.settimeout(5)
        self._accepted.append(accepted)
        try:
            if self._context is not None:
                accepted = self._context.wrap_socket(accepted, server_side=True)
                self._accepted.append(accepted)
            self._script(Conversation(accepted, self._stopped, self.requests))
        except OSError:
            return  # the client went away, which is often the point
        finally:
            accepted.close()
