"""Whatever a server does instead of answering: a loss in bounded time, and no write is sent twice."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.raw_server import Conversation, RawServer
from tests.support.rounds import (
    CHUNKED,
    HANG_S,
    HEAD,
    HOST,
    TIMEOUT_S,
    closes_after_the_request,
    drips,
    floods,
    lost,
    one,
    resets_after_the_request,
    says_nothing,
    sends,
    sends_and_stays,
)
from trader.venues.transport import HttpTransport


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    made = HttpTransport({HOST}, retry_pause_s=0, body_bytes_max=100_000)
    yield made
    made.close()


LOSSES: dict[str, tuple[Callable[[Conversation], None], str]] = {
    "t6 t7 closed instead of an answer": (closes_after_the_request, "closed connection without response"),
    "t6 t7 reset instead of an answer": (resets_after_the_request, "reset"),
    "t8 slower than the timeout": (says_nothing, "no answer within 0.25 s"),
    "t9 closed within the head": (sends(HEAD + b"Content-"), "length"),
    "t9 closed within the body": (sends(HEAD + b"Content-Length: 10\r\n\r\nfine"), "6 bytes short"),
    "t9 closed within a chunk": (sends(CHUNKED + b"8\r\nfine"), "IncompleteRead"),
    "t9 closed between chunks": (sends(CHUNKED + b"4\r\nfine\r\n"), "IncompleteRead"),
    "t9 stays open within the body": (
        sends_and_stays(HEAD + b"Content-Length: 10\r\n\r\nfine"),
        "no answer within",
    ),
    "t9 two lengths": (sends(HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nfine"), "two lengths"),
    "t9 no length": (sends(HEAD + b"\r\nfine"), "does not state its length"),
    "t9 a length that is no number": (sends(HEAD + b"Content-Length: four\r\n\r\nfine"), "state its length"),
    "t9 a negative chunk": (sends(CHUNKED + b"-1\r\nfine"), HOST),
    "t9 a chunk without a size": (sends(CHUNKED + b"\r\nfine"), "IncompleteRead"),
    "t10 a head that drips": (drips(HEAD + b"X: "), "no answer within"),
    "t10 a body that drips": (drips(HEAD + b"Content-Length: 90000\r\n\r\n"), "no answer within"),
    "t10 interim answers without end": (floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), HOST),
    "h13 a length of 50 MB": (floods(HEAD + b"Content-Length: 50000000\r\n\r\n", b"x" * 9999), "longer than"),
    "h13 a length beyond memory": (
        sends_and_stays(HEAD + b"Content-Length: 9" + b"0" * 15 + b"\r\n\r\n"),
        "longer than",
    ),
    "h13 chunks without end": (floods(CHUNKED, b"2000\r\n" + b"x" * 8192 + b"\r\n"), "longer than 100000"),
    "h13 one huge chunk": (floods(CHUNKED + b"ffffffffff\r\n", b"x" * 9999), "longer than 100000"),
    "h13 a head without end": (floods(HEAD, b"X: y\r\n"), "got more than 100 headers"),
    "h13 one endless line": (floods(HEAD, b"X" * 9999), "header line"),
    "not HTTP": (sends(b"SSH-2.0-OpenSSH\r\n"), "SSH-2.0"),
    "a status that is no number": (sends(b"HTTP/1.1 OK\r\n\r\n"), HOST),
    "an interim status at the end": (sends(b"HTTP/1.1 103 Early Hints\r\n\r\n"), "interim status 103"),
}


@pytest.mark.parametrize(("script", "reason"), LOSSES.values(), ids=LOSSES.keys())
def test_a_write_that_may_have_been_seen_is_lost_once(
    transport: HttpTransport, script: Callable[[Conversation], None], reason: str
) -> None:
    timeout_s = HANG_S if "no answer" in reason else TIMEOUT_S
    with RawServer(script) as server:
        result = one(transport, server.url, is_write=True, timeout_s=timeout_s)
        assert lost(result, reached=True, reason=reason)
        assert server.connections == 1
        assert len(server.requests) <= 1


@pytest.mark.parametrize(("script", "reason"), LOSSES.values(), ids=LOSSES.keys())
def test_a_read_is_asked_twice_at_most(
    transport: HttpTransport, script: Callable[[Conversation], None], reason: str
) -> None:
    timeout_s = HANG_S if "no answer" in reason else TIMEOUT_S
    with RawServer(script) as server:
        result = one(transport, server.url, is_write=False, timeout_s=timeout_s)
        assert lost(result, reached=True, reason=reason)
        assert server.connections <= 2
