"""Each transport and HTTP fault, real on a loopback socket: its value, in its time, no write twice."""

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.raw_server import Conversation, RawServer, answer
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


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    made = HttpTransport({HOST}, retry_pause_s=0, body_bytes_max=100_000)
    yield made
    made.close()


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


# After the request was sent: what a server can do instead of answering.


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


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
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


def test_t5_a_reset_on_arrival_loses_the_write_once(transport: HttpTransport) -> None:
    """It may strike before or while we send, so only a loss without a byte sent may say "not reached"."""
    with RawServer(resets_at_once) as server:
        result = one(transport, server.url, is_write=True)
        assert isinstance(result, Lost)
        assert result.reached is (transport.traffic.requests == 1)
        assert (server.connections, server.requests) == (1, [])


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


@pytest.mark.parametrize(
    "first",
    [
        closes_after_the_request,
        resets_at_once,
        sends(HEAD + b"Content-Length: 10\r\n\r\nfine"),
        sends(answer(b"", status="500 Internal Server Error")),
        sends(answer(b"<html>", status="502 Bad Gateway")),
        sends(answer(b"Service Unavailable.", status="503 Service Unavailable")),
        sends(answer(b"", status="504 Gateway Timeout")),
    ],
)
def test_a_read_that_failed_once_is_answered(
    transport: HttpTransport, first: Callable[[Conversation], None]
) -> None:
    with RawServer(first_then_fine(first)) as server:
        assert fine(one(transport, server.url, is_write=False))


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_h4_h9_a_write_answered_with_5xx_is_an_answer_and_not_sent_again(
    transport: HttpTransport, status: int
) -> None:
    with RawServer(first_then_fine(sends(answer(b"<html>", status=f"{status} Bad")))) as server:
        result = one(transport, server.url, is_write=True)
        assert isinstance(result, Answer)
        assert result.status == status
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 403, 418, 429])
def test_h1_h2_h3_a_refusal_with_any_body_is_an_answer_and_a_read_does_not_insist(
    transport: HttpTransport, status: int
) -> None:
    page = b"<html>\xff\xfe\x1b[31m</html>"
    script = sends(answer(page, status=f"{status} No", headers="Content-Type: text/html\r\n"))
    with RawServer(script) as server:
        result = one(transport, server.url, is_write=False)
        assert isinstance(result, Answer)
        assert (result.status, result.body) == (status, page)
        assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"<html>login</html>", b"\xff\xfe", b'{"a": 1, "a": 1e400}', b""])
def test_h11_h12_h14_the_bytes_of_an_answer_are_handed_on_as_they_are(
    transport: HttpTransport, body: bytes
) -> None:
    with RawServer(sends(answer(body))) as server:
        result = one(transport, server.url, is_write=True)
        assert isinstance(result, Answer)
        assert result.body == body


def test_an_interim_continue_is_passed_over(transport: HttpTransport) -> None:
    with RawServer(sends(b"HTTP/1.1 100 Continue\r\n\r\n" + OK)) as server:
        assert fine(one(transport, server.url, is_write=True))


# Before the request was sent: the venue surely did not see it.


@contextmanager
def look_up(monkeypatch: pytest.MonkeyPatch, answers: Callable[..., Any]) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", answers)
        yield


@pytest.mark.parametrize("is_write", [True, False])
def test_t1_a_name_that_is_not_found(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch, is_write: bool
) -> None:
    def not_found(*_asked: object, **_named: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with look_up(monkeypatch, not_found):
        result = one(transport, "http://127.0.0.1:9/info", is_write=is_write)
    assert lost(result, reached=False, reason="Name or service not known")


def test_t1_a_look_up_that_hangs_loses_the_write_which_is_then_never_sent(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, real, waiters = threading.Event(), socket.getaddrinfo, []

    def hangs(*asked: Any, **named: Any) -> Any:
        waiters.append(threading.current_thread())
        answered.wait(10)
        return real(*asked, **named)

    with RawServer(serve) as server:
        with look_up(monkeypatch, hangs):
            result = one(transport, server.url, is_write=True, timeout_s=HANG_S)
        assert lost(result, reached=False, reason="no answer within 0.25 s")
        assert waiters[0].daemon
        answered.set()
        waiters[0].join(5)
        assert server.requests == []


@pytest.mark.parametrize("is_write", [True, False])
def test_t2_a_refused_connection(transport: HttpTransport, is_write: bool) -> None:
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/info"
        assert lost(one(transport, url, is_write=is_write), reached=False, reason="refused")


@contextmanager
def full_queue() -> Iterator[int]:
    """Listen without accepting until the kernel drops further connections."""
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]
        for client in waiting:
            client.close()


@pytest.mark.parametrize("is_write", [True, False])
def test_t3_a_connection_that_is_never_made_is_given_up_early(is_write: bool) -> None:
    transport = HttpTransport({HOST}, retry_pause_s=0, connect_timeout_s=0.05)
    with full_queue() as port:
        began = time.monotonic()
        result = one(transport, f"http://127.0.0.1:{port}/info", is_write=is_write)
        assert time.monotonic() - began < 2
    assert lost(result, reached=False, reason="timed out")


def test_t3_a_connection_that_outlasts_the_round_is_lost_unsent(transport: HttpTransport) -> None:
    with full_queue() as port:
        result = one(transport, f"http://127.0.0.1:{port}/info", is_write=True, timeout_s=HANG_S)
    assert lost(result, reached=False, reason="no answer within")


# Connections that are used again.


def test_t14_a_connection_that_said_goodbye_is_not_used_for_a_write(transport: HttpTransport) -> None:
    with RawServer(sends(OK)) as server:
        for _ in range(3):
            assert fine(one(transport, server.url, is_write=True))
            wait_until_closed(transport)
        assert server.connections == 3


def wait_until_closed(transport: HttpTransport) -> None:
    """Wait for the other side's end to arrive at the kept connection."""
    for kept in transport._idle.values():
        for connection in kept:
            assert connection.is_idle(60) is False or connection.socket.recv(1, socket.MSG_PEEK) == b""


def dies_on_the_second_request(talk: Conversation) -> None:
    talk.request()
    talk.send(OK)
    talk.request()


def test_t14_a_write_on_a_half_open_connection_is_lost_not_repeated(transport: HttpTransport) -> None:
    with RawServer(dies_on_the_second_request) as server:
        assert fine(one(transport, server.url, is_write=True))
        assert lost(one(transport, server.url, is_write=True), reached=True, reason="closed connection")
        assert (server.connections, len(server.requests)) == (1, 2)


def test_t14_a_read_on_a_half_open_connection_is_asked_anew(transport: HttpTransport) -> None:
    with RawServer(dies_on_the_second_request) as server:
        assert fine(one(transport, server.url, is_write=False))
        assert fine(one(transport, server.url, is_write=False))
        assert server.connections == 2


@pytest.mark.parametrize("stray", [b"x", answer(b"of another request")])
def test_t13_bytes_behind_an_answer_are_never_read_as_the_next_one(
    transport: HttpTransport, stray: bytes
) -> None:
    def twice(talk: Conversation) -> None:
        while talk.request():
            talk.send(OK + stray)

    with RawServer(twice) as server:
        for _ in range(3):
            assert fine(one(transport, server.url, is_write=True))
        assert server.connections == 3


def test_t13_a_late_answer_on_a_silent_connection_is_never_read_as_the_next_one(
    transport: HttpTransport,
) -> None:
    late = threading.Event()
    sent = threading.Event()

    def says_more_later(talk: Conversation) -> None:
        talk.request()
        talk.send(OK)
        late.wait(5)
        talk.send(answer(b"of another request"))
        sent.set()
        talk.hang()

    with RawServer(first_then_fine(says_more_later)) as server:
        assert fine(one(transport, server.url, is_write=True))
        late.set()
        assert sent.wait(5)
        assert fine(one(transport, server.url, is_write=True))
        assert server.connections == 2


def test_a_connection_given_up_on_is_not_kept(transport: HttpTransport) -> None:
    with RawServer(first_then_fine(says_nothing)) as server:
        given_up = one(transport, server.url, is_write=True, timeout_s=HANG_S)
        assert lost(given_up, reached=True, reason="no answer")
        assert fine(one(transport, server.url, is_write=True))
        assert server.connections == 2


def test_a_connection_silent_for_long_is_not_kept(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trader.venues.transport.IDLE_S_MAX", 0.0)
    with RawServer(serve) as server:
        for _ in range(2):
            assert fine(one(transport, server.url, is_write=True))
        assert server.connections == 2


def test_one_bad_request_of_a_round_does_not_hold_up_the_others(transport: HttpTransport) -> None:
    with RawServer(says_nothing) as silent, RawServer(serve) as server:
        urls = [server.url, silent.url, server.url]
        results = transport.exchange([Request(url, is_write=True) for url in urls], timeout_s=HANG_S)
    assert fine(results[0])
    assert lost(results[1], reached=True, reason="no answer")
    assert fine(results[2])


def test_threads_that_were_given_up_on_end(transport: HttpTransport) -> None:
    before = set(threading.enumerate())
    with RawServer(drips(HEAD + b"Content-Length: 90000\r\n\r\n")) as server:
        assert lost(one(transport, server.url, is_write=True, timeout_s=0.1), reached=True, reason="")
        mine = [thread for thread in threading.enumerate() if thread not in before and thread.daemon]
        for thread in mine:
            thread.join(2)
        assert not any(thread.is_alive() for thread in mine)
