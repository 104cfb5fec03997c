"""The monitor hears of each run once, from a real client over a real socket, and never for long."""

import time
from dataclasses import replace

import pytest

from tests.support.raw_server import Conversation, RawServer, answer
from tests.support.reports import a_report
from trader.core.report import Exit
from trader.sinks.heartbeat import Heartbeat, below, body_of, shown_url

SECRET = "0a1b-T0KEN"


def taking(conversation: Conversation) -> None:
    conversation.request()
    conversation.send(answer(b"OK"))


def ping(server: RawServer, code: Exit = Exit.OK, *, pings: bool = True, timeout_s: float = 5) -> list[str]:
    url = f"http://user:pw@127.0.0.1:{server.port}/{SECRET}?rid=1"
    heartbeat = Heartbeat(url, pings=pings, timeout_s=timeout_s)
    assert SECRET not in repr(heartbeat)
    return heartbeat.tell(replace(a_report(), codes=frozenset({code})))


def test_a_good_run_pings_the_url_with_its_start_and_duration() -> None:
    with RawServer(taking) as server:
        assert ping(server) == []
    [request] = server.requests
    assert request.startswith(f"POST /{SECRET}?rid=1 HTTP/1.1".encode())
    head, _, body = request.partition(b"\r\n\r\n")
    assert body.decode() == (
        "paper hyperliquid main run\nstarted 2025-11-21 12:00:00 UTC\ntook 2.1 s\n"
        "exit 0: all positions are covered and nothing is unknown\n"
    )
    assert b"1000.5" not in head + body


@pytest.mark.parametrize("code", [Exit.NAKED, Exit.UNAVAILABLE, Exit.EMERGENCY])
def test_a_bad_run_pings_fail(code: Exit) -> None:
    with RawServer(taking) as server:
        assert ping(server, code) == []
    assert server.requests[0].startswith(f"POST /{SECRET}/fail?rid=1 ".encode())
    assert f"exit {int(code)}".encode() in server.requests[0]


def test_a_run_that_counts_for_nobody_pings_nothing() -> None:
    with RawServer(taking) as server:
        assert ping(server, pings=False) == []
    assert server.connections == 0


def test_a_monitor_that_hangs_is_left_in_time() -> None:
    with RawServer(Conversation.hang) as server:
        began = time.monotonic()
        [warning] = ping(server, timeout_s=0.1)
        assert time.monotonic() - began < 2
    assert warning.startswith("http://127.0.0.1 no answer (ReadTimeout)")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (answer(b"no", status="404 Not Found"), "answered 404"),
        (
            answer(b"", status="302 Found", headers="Location: http://127.0.0.1:9/x\r\n"),
            "answered 302",
        ),
        (b"garbage\r\n\r\n", "no answer (ConnectionError)"),
    ],
)
def test_what_went_wrong_is_said_without_the_secret(reply: bytes, said: str) -> None:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(reply)

    with RawServer(script) as server:
        [warning] = ping(server)
    assert warning == f"http://127.0.0.1 {said}; the monitor will miss this run"
    assert server.connections == 1


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with RawServer(taking) as server:
        assert ping(server) == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/T0KEN", "nonsense T0KEN", "http://[T0KEN", "ftp://x/T0KEN"]
)
def test_no_url_makes_it_raise_or_show_the_secret(url: str) -> None:
    [warning] = Heartbeat(url).tell(a_report())
    assert "T0KEN" not in warning


def test_fail_stands_before_the_query() -> None:
    assert below("https://hc-ping.com/uuid/", "fail") == "https://hc-ping.com/uuid/fail"
    assert below("https://x/push?key=1", "fail") == "https://x/push/fail?key=1"
    assert shown_url("https://user:pw@hc-ping.com:8/uuid") == "https://hc-ping.com"


def test_a_ping_says_that_entries_are_halted() -> None:
    assert body_of(replace(a_report(), halted=True)).splitlines()[-1] == "entries are halted"
    assert "halted" not in body_of(replace(a_report(), halted=False))
