"""Connections that are used again: never one that may be dead, never the answer to another request."""

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.support.raw_server import Conversation, RawServer, answer
from tests.support.rounds import (
    HANG_S,
    HEAD,
    HOST,
    OK,
    drips,
    fine,
    first_then_fine,
    lost,
    one,
    says_nothing,
    sends,
    serve,
)
from trader.core.wire import Request
from trader.venues.transport import HttpTransport


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    made = HttpTransport({HOST}, retry_pause_s=0, body_bytes_max=100_000)
    yield made
    made.close()


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
        results = transport.exchange([Request(url, is_write=True) for url in urls], timeout_s=1)
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
