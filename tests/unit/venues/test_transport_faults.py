"""Faults before the request is sent, and answers that are faults: the stated value, in its time."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.raw_server import Conversation, RawServer, answer
from tests.support.rounds import (
    HANG_S,
    HEAD,
    HOST,
    OK,
    closes_after_the_request,
    fine,
    first_then_fine,
    lost,
    one,
    resets_at_once,
    sends,
    serve,
)
from trader.core.wire import Answer, Lost
from trader.venues.transport import HttpTransport


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    made = HttpTransport({HOST}, retry_pause_s=0, body_bytes_max=100_000)
    yield made
    made.close()


def test_t5_a_reset_on_arrival_loses_the_write_once(transport: HttpTransport) -> None:
    """It may strike before or while we send, so only a loss without a byte sent may say "not reached"."""
    with RawServer(resets_at_once) as server:
        result = one(transport, server.url, is_write=True)
        assert isinstance(result, Lost)
        assert result.reached is (transport.traffic.requests == 1)
        assert (server.connections, server.requests) == (1, [])


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
@pytest.mark.parametrize("error", [MemoryError(), LookupError("unknown encoding: idna")])
def test_p3_a_thread_without_memory_loses_its_request_and_says_no_more(
    transport: HttpTransport,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    is_write: bool,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A codec that cannot be loaded is not found; an error that ends the thread would print a traceback."""

    def fails(*_asked: object, **_named: object) -> None:
        raise error

    with look_up(monkeypatch, fails):
        result = one(transport, "http://127.0.0.1:9/info", is_write=is_write)
    assert lost(result, reached=False, reason=str(error) or "MemoryError")
    assert capfd.readouterr().err == ""


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
