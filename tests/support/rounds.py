"""One request through the transport, what may come of it, and servers that treat it badly."""

import itertools
import time
from collections.abc import Callable

from tests.support.raw_server import Conversation, answer
from trader.core.wire import Answer, Lost, Request
from trader.venues.transport import HttpTransport

HOST = "127.0.0.1"
TIMEOUT_S = 5.0
"""For what ends by itself."""
HANG_S = 0.25
"""For what does not."""
SLACK_S = 1.0
"""A busy machine; every fault here would else last from 5 seconds to for ever."""
OK = answer(b"fine")
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def one(transport: HttpTransport, url: str, *, is_write: bool, timeout_s: float = TIMEOUT_S) -> Answer | Lost:
    """Ask once; the round must be over in its time."""
    began = time.monotonic()
    [result] = transport.exchange([Request(url, body=b"{}", is_write=is_write)], timeout_s=timeout_s)
    assert time.monotonic() - began < timeout_s + SLACK_S
    return result


def lost(result: Answer | Lost, *, reached: bool, reason: str) -> bool:
    assert isinstance(result, Lost), result
    assert result.reached is reached
    assert reason in result.reason
    return True


def fine(result: Answer | Lost) -> bool:
    assert isinstance(result, Answer), result
    assert (result.status, result.body) == (200, b"fine")
    return True


def says_nothing(talk: Conversation) -> None:
    talk.request()
    talk.hang()


def closes_after_the_request(talk: Conversation) -> None:
    talk.request()
    talk.close()


def resets_after_the_request(talk: Conversation) -> None:
    talk.request()
    talk.reset()


def resets_at_once(talk: Conversation) -> None:
    talk.reset()


def sends(*parts: bytes) -> Callable[[Conversation], None]:
    """Answer with these bytes, then close."""

    def script(talk: Conversation) -> None:
        talk.request()
        for part in parts:
            talk.send(part)

    return script


def sends_and_stays(data: bytes) -> Callable[[Conversation], None]:
    def script(talk: Conversation) -> None:
        talk.request()
        talk.send(data)
        talk.hang()

    return script


def drips(head: bytes) -> Callable[[Conversation], None]:
    """Send one byte every few milliseconds, for ever: no single wait is long."""

    def script(talk: Conversation) -> None:
        talk.request()
        talk.send(head)
        for byte in itertools.repeat(b"x"):
            talk.send(byte)
            talk.wait(0.01)

    return script


def floods(head: bytes, part: bytes) -> Callable[[Conversation], None]:
    def script(talk: Conversation) -> None:
        talk.request()
        talk.send(head)
        for again in itertools.repeat(part):
            talk.send(again)

    return script


def first_then_fine(first: Callable[[Conversation], None]) -> Callable[[Conversation], None]:
    """Treat the first connection badly, serve the others."""
    count = itertools.count()

    def script(talk: Conversation) -> None:
        if next(count) == 0:
            first(talk)
        else:
            serve(talk)

    return script


def serve(talk: Conversation) -> None:
    while talk.request():
        talk.send(OK)
