"""Refuses every socket that could leave this machine, in this process and in those it starts.

Rules: installed as an audit hook, because such a hook sees what C code and third-party code do and cannot
be taken out again; a refusal is also written to a file, because a program under test may catch the
exception and go on.
"""

import os
import sys

# Names the file that refusals are written to; its presence in the environment asks for the guard.
VARIABLE = "TRADER_TEST_LOOPBACK_ONLY"

LOOPBACK_NAMES = frozenset({"localhost", "::1", "ip6-localhost"})


class LeftTheMachine(RuntimeError):
    """Not an OSError: code that handles a failing network must not mistake the guard for one."""


def is_loopback(host: str) -> bool:
    host = host.removeprefix("::ffff:")
    return host in LOOPBACK_NAMES or (host.startswith("127.") and host.replace(".", "").isdigit())


def asked_host(event: str, arguments: tuple[object, ...]) -> str | None:
    """The host that a socket call asks for; None where it asks for none (a Unix socket, a connected one)."""
    match event:
        case "socket.connect" | "socket.bind" | "socket.sendto" | "socket.sendmsg":
            address = arguments[1]
            host = address[0] if isinstance(address, tuple) and address else None
        case "socket.getaddrinfo" | "socket.gethostbyname" | "socket.gethostbyaddr":
            host = arguments[0]
        case _:
            return None
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    return host if isinstance(host, str) else None


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    if not event.startswith("socket."):
        return
    host = asked_host(event, arguments)
    if host is None or is_loopback(host):
        return
    text = f"{event} to {host!r}: tests use loopback addresses only"
    with open(os.environ[VARIABLE], "a", encoding="utf-8") as refusals:
        refusals.write(f"{text} (process {os.getpid()}: {' '.join(sys.argv)})\n")
    raise LeftTheMachine(text)


def install_where_asked() -> None:
    """Once a process: a hook cannot be removed, and two would write each refusal twice."""
    if VARIABLE in os.environ and not getattr(sys, "_loopback_only", False):
        sys._loopback_only = True  # type: ignore[attr-defined]
        sys.addaudithook(refuse)


install_where_asked()
