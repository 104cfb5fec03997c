"""Where a request may go, and the bytes it is sent as.

A signed request goes to a host that was named beforehand, over TLS, or to this machine: anything else is a
bug, found before a byte of the round leaves. Lines of the head are ours alone: what a request brings
cannot end a line or contradict the length.
"""

import re
from urllib.parse import urlsplit

from trader.core.errors import ConfigError, require
from trader.core.frozen import frozen
from trader.core.wire import Request

_METHODS = frozenset({"GET", "POST", "PUT", "DELETE"})
_OURS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent", "expect"}
)
_LOOPBACK = re.compile(r"localhost|::1|127(\.\d{1,3}){3}")
_PORT_OF = {"http": 80, "https": 443}


@frozen
class Origin:
    """One end of a connection: who answers there."""

    scheme: str
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        return _LOOPBACK.fullmatch(self.host) is not None

    @property
    def authority(self) -> str:
        """The value of the Host line."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORT_OF[self.scheme] else f"{host}:{self.port}"


def origin_of(url: str) -> Origin | None:
    """Return where a plain http(s) address leads; None for anything else, with a user name in it too."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORT_OF or not parts.hostname or "@" in parts.netloc:
        return None
    return Origin(parts.scheme, parts.hostname, _PORT_OF[parts.scheme] if port is None else port)


def loopback_origin(url: str) -> Origin:
    """Return the origin of an embedded exchange; it must be on this machine, and plain HTTP."""
    origin = origin_of(url)
    if origin is None or not origin.is_loopback or origin.scheme != "http":
        raise ConfigError(
            f"{url} must be http:// on this machine (127.0.0.1): live requests are not rerouted"
        )
    return origin


def encode(request: Request, origin: Origin) -> bytes:
    """Return the request as it is sent to `origin`."""
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    require(
        request.method in _METHODS and re.fullmatch(r"[\x21-\x7e]+", target) is not None,
        f"transport: {request.method} {target!r} cannot stand in a request line",
    )
    lines = [
        f"{request.method} {target} HTTP/1.1",
        f"Host: {origin.authority}",
        "Accept-Encoding: identity",
        "User-Agent: trader",  # front ends refuse requests without one
        *(_header_line(name, value) for name, value in request.headers),
    ]
    if request.body or request.method != "GET":
        lines.append(f"Content-Length: {len(request.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + request.body


def _header_line(name: str, value: str) -> str:
    plain = re.fullmatch(r"[A-Za-z0-9-]+", name) and re.fullmatch(r"[\x20-\x7e]*", value)
    require(
        plain is not None and name.lower() not in _OURS,
        f"transport: a request may not bring the header {name!r}, or not with this value",
    )
    return f"{name}: {value}"
