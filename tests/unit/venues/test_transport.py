"""The transport on good days: rounds together, connections reused, and nowhere but where it may go."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.processes import output_of, start
from tests.support.raw_server import Conversation, RawServer, answer
from trader.core.errors import Broken, ConfigError
from trader.core.wire import Answer, Lost, Request
from trader.venues.transport import WORKERS_MAX, HttpTransport, Traffic

HOST = "127.0.0.1"


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    made = HttpTransport({HOST}, retry_pause_s=0)
    yield made
    made.close()


def echo(talk: Conversation) -> None:
    """Answer each request with its own body."""
    while request := talk.request():
        talk.send(answer(request.partition(b"\r\n\r\n")[2]))


def slow_echo(talk: Conversation) -> None:
    while request := talk.request():
        talk.wait(0.1)
        talk.send(answer(request.partition(b"\r\n\r\n")[2]))


def bodies(results: list[Answer | Lost]) -> list[bytes | str]:
    return [result.body if isinstance(result, Answer) else result.reason for result in results]


def test_answers_come_in_the_order_asked(transport: HttpTransport) -> None:
    def later_is_quicker(talk: Conversation) -> None:
        request = talk.request()
        body = request.partition(b"\r\n\r\n")[2]
        talk.wait((5 - int(body)) * 0.01)
        talk.send(answer(body))

    with RawServer(later_is_quicker) as server:
        round_ = [Request(server.url, body=b"%d" % number) for number in range(6)]
        assert bodies(transport.exchange(round_, timeout_s=5)) == [b"%d" % number for number in range(6)]


def test_a_round_takes_as_long_as_its_slowest_request(transport: HttpTransport) -> None:
    took_s = []
    with RawServer(slow_echo) as server:
        for _ in range(3):
            began = time.monotonic()
            results = transport.exchange([Request(server.url, body=b"x")] * 10, timeout_s=5)
            took_s.append(time.monotonic() - began)
            assert bodies(results) == [b"x"] * 10
    assert 0.1 <= min(took_s) < 0.3


def test_more_requests_than_threads_are_all_answered(transport: HttpTransport) -> None:
    with RawServer(echo) as server:
        numbers = range(3 * WORKERS_MAX)
        round_ = [Request(server.url, body=b"%d" % number) for number in numbers]
        assert bodies(transport.exchange(round_, timeout_s=5)) == [b"%d" % number for number in numbers]
        assert server.connections <= WORKERS_MAX


def test_the_next_round_uses_the_same_connections(transport: HttpTransport) -> None:
    with RawServer(slow_echo) as server:
        transport.exchange([Request(server.url, body=b"a")] * 3, timeout_s=5)
        assert server.connections == 3
        transport.exchange([Request(server.url, body=b"b")] * 2, timeout_s=5)
        transport.exchange([Request(server.url, body=b"c")] * 3, timeout_s=5)
        assert server.connections == 3


def test_an_empty_round_is_empty(transport: HttpTransport) -> None:
    assert transport.exchange([], timeout_s=5) == []


def test_the_request_arrives_as_it_was_meant(transport: HttpTransport) -> None:
    with RawServer(echo) as server:
        request = Request(
            server.url.replace("/info", "/a/b?c=%20d"),
            body=b'{"k": 1}',
            headers=(("Content-Type", "application/json"),),
        )
        transport.exchange([request], timeout_s=5)
        transport.exchange([Request(server.url, method="GET")], timeout_s=5)
        assert server.requests[0].split(b"\r\n") == [
            b"POST /a/b?c=%20d HTTP/1.1",
            f"Host: 127.0.0.1:{server.port}".encode(),
            b"Accept-Encoding: identity",
            b"User-Agent: trader",
            b"Content-Type: application/json",
            b"Content-Length: 8",
            b"",
            b'{"k": 1}',
        ]
        assert server.requests[1].startswith(b"GET /info HTTP/1.1\r\n")
        assert b"Content-Length" not in server.requests[1]


def test_status_headers_and_chunked_bodies_are_handed_on(transport: HttpTransport) -> None:
    def chunked(talk: Conversation) -> None:
        talk.request()
        talk.send(b"HTTP/1.1 429 Too Many\r\nRetry-After: 3\r\nTransfer-Encoding: chunked\r\n\r\n")
        talk.send(b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")

    with RawServer(chunked) as server:
        [result] = transport.exchange([Request(server.url)], timeout_s=5)
    assert isinstance(result, Answer)
    assert (result.status, result.body, result.headers["retry-after"]) == (429, b"hello world", "3")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_h10_a_redirect_is_an_answer_and_is_not_followed(transport: HttpTransport, status: str) -> None:
    with RawServer(echo) as elsewhere:

        def away(talk: Conversation) -> None:
            talk.request()
            talk.send(answer(b"", status=status, headers=f"Location: {elsewhere.url}\r\n"))

        with RawServer(away) as server:
            [result] = transport.exchange([Request(server.url, is_write=True)], timeout_s=5)
    assert isinstance(result, Answer)
    assert result.status == int(status[:3])
    assert elsewhere.requests == []


def test_a_proxy_in_the_environment_is_not_used(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(echo) as proxy, RawServer(echo) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert bodies(transport.exchange([Request(server.url, body=b"x")], timeout_s=5)) == [b"x"]
        assert proxy.connections == 0


# Where it may go.


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/info",
        "http://elsewhere.example/info",
        "https://127.0.0.1.example/info",
        "https://127.0.0.1@elsewhere.example/info",
        "https://user:word@127.0.0.1/info",
        "ftp://127.0.0.1/info",
        "file:///etc/passwd",
        "127.0.0.1/info",
        "https://127.0.0.1:99999/info",
        "",
    ],
)
def test_an_address_outside_the_list_is_a_bug_and_nothing_of_the_round_is_sent(
    transport: HttpTransport, url: str
) -> None:
    with RawServer(echo) as server:
        with pytest.raises(Broken, match="does not lead to one of"):
            transport.exchange([Request(server.url), Request(url)], timeout_s=5)
        assert server.connections == 0


def test_a_listed_host_is_not_asked_without_tls() -> None:
    with pytest.raises(Broken, match="without TLS"):
        HttpTransport({"api.hyperliquid.xyz"}).exchange(
            [Request("http://api.hyperliquid.xyz/info")], timeout_s=5
        )


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"headers": (("X-Key", "a\r\nX-Other: b"),)}, "may not bring"),
        ({"headers": (("X Key", "a"),)}, "may not bring"),
        ({"headers": (("Host", "elsewhere.example"),)}, "may not bring"),
        ({"headers": (("content-length", "1"),)}, "may not bring"),
        ({"method": "CONNECT"}, "request line"),
        ({"url": "http://127.0.0.1/a b"}, "request line"),
    ],
)
def test_a_request_cannot_forge_the_lines_of_its_head(
    transport: HttpTransport, changed: dict[str, Any], text: str
) -> None:
    asked: dict[str, Any] = {"url": "http://127.0.0.1/info"} | changed
    with pytest.raises(Broken, match=text):
        transport.exchange([Request(**asked)], timeout_s=5)


def test_an_official_address_is_answered_by_the_embedded_exchange() -> None:
    with RawServer(echo) as server:
        transport = HttpTransport(
            {"api.hyperliquid.xyz"},
            reroute={"https://api.hyperliquid.xyz": f"http://127.0.0.1:{server.port}"},
        )
        asked = Request("https://api.hyperliquid.xyz/info", body=b"x")
        assert bodies(transport.exchange([asked], timeout_s=5)) == [b"x"]
        assert server.requests[0].startswith(b"POST /info HTTP/1.1\r\nHost: 127.0.0.1:")
        transport.close()


@pytest.mark.parametrize(
    "target", ["https://127.0.0.1:1", "http://10.0.0.1:1", "http://127.0.0.1.example:1", "127.0.0.1:1", ""]
)
def test_official_addresses_are_rerouted_to_this_machine_only(target: str) -> None:
    with pytest.raises(ConfigError, match="on this machine"):
        HttpTransport({"api.hyperliquid.xyz"}, reroute={"https://api.hyperliquid.xyz": target})


def test_traffic_is_counted(transport: HttpTransport) -> None:
    with RawServer(echo) as server:
        assert transport.traffic == Traffic()
        transport.exchange([Request(server.url, body=b"12345")] * 2, timeout_s=5)
        sent = sum(len(request) for request in server.requests)
        assert transport.traffic == Traffic(
            requests=2, bytes_sent=sent, bytes_received=2 * len(answer(b"12345"))
        )


def test_importing_the_transport_loads_neither_ssl_nor_http() -> None:
    code = (
        "import trader.venues.transport\n"
        "heavy = ('ssl', 'http.client', 'email', 'certifi', 'requests')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    assert output_of(start(code))[1] == "[]\n"


def test_plain_http_on_loopback_never_loads_certificates() -> None:
    with RawServer(echo) as server:
        code = (
            "from trader.core.wire import Request\nfrom trader.venues.transport import HttpTransport\n"
            "made = HttpTransport({'127.0.0.1'})\n"
            f"print(made.exchange([Request({server.url!r}, body=b'x')], timeout_s=5)[0].body, made._context)"
        )
        assert output_of(start(code))[1] == "b'x' None\n"


def test_rounds_leave_no_thread_behind(transport: HttpTransport) -> None:
    with RawServer(echo) as server:
        before = set(threading.enumerate())
        transport.exchange([Request(server.url)] * 20, timeout_s=5)
        mine = [thread for thread in threading.enumerate() if thread not in before and thread.daemon]
        for thread in mine:
            thread.join(5)
        assert not any(thread.is_alive() for thread in mine)


def test_a_machine_without_threads_loses_the_round_and_says_so(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuses)
    lost = Lost(reached=False, reason="127.0.0.1: no thread could be started: can't start new thread")
    asked = Request("http://127.0.0.1:9/info", is_write=True)
    assert transport.exchange([asked, asked], timeout_s=5) == [lost, lost]


def test_a_round_without_time_sends_nothing(transport: HttpTransport) -> None:
    with RawServer(echo) as server:
        [result] = transport.exchange([Request(server.url, is_write=True)], timeout_s=0)
        assert isinstance(result, Lost)
        assert not result.reached
        assert server.connections == 0
