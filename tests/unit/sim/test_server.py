"""The exchange on a real socket: loopback only, kept connections, parallel answers, and broken wires."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import pytest

from tests.support.embedded import Embedded, limit, order, orders
from tests.support.embedded_wire import NOW_MS
from tests.support.http_client import Client
from trader.core.wire import Answer, Request
from trader.sim.app import App
from trader.sim.clock import VenueTime
from trader.sim.faults import Fault, Plan, Seen
from trader.sim.line import Line
from trader.sim.server import NotLoopback, Server

BUY = order("buy", "101000", "0.001", limit("Ioc"))


@pytest.fixture
def exchange() -> Embedded:
    return Embedded()


@pytest.fixture
def server(exchange: Embedded) -> Iterator[Server]:
    with Server(exchange.line, VenueTime(exchange.clock)) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    one = Client(server)
    yield one
    one.connection.close()


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "::"])
def test_only_loopback_is_ever_bound(exchange: Embedded, address: str) -> None:
    with pytest.raises(NotLoopback, match="loopback only"):
        Server(exchange.line, VenueTime(exchange.clock), address=address)


def test_requests_and_answers_are_those_of_the_mount(exchange: Embedded, client: Client) -> None:
    status, body = client.send(exchange.info_request("meta"))
    assert status == 200
    assert json.loads(body) == exchange.read("meta")
    status, body = client.send(exchange.request(orders(BUY)))
    assert b'"filled"' in body
    assert exchange.position() != 0


def test_a_connection_is_kept_and_each_client_has_a_weight(exchange: Embedded, client: Client) -> None:
    client.send(exchange.info_request("meta"))
    opened = client.connection.sock
    client.send(exchange.info_request("meta"))
    assert client.connection.sock is opened
    assert exchange.venue.ip_budget.used("127.0.0.1", at_ms=NOW_MS) == 40


def test_errors_keep_their_status_and_headers(exchange: Embedded, client: Client) -> None:
    assert client.post("/info", b"{")[0] == 422
    assert client.post("/orders", b"{}")[0] == 404
    assert client.post("/info", b"", method="GET")[0] == 405
    exchange.venue.ip_budget.limit = 0
    client.connection.request("POST", "/info", b'{"type":"meta"}')
    response = client.connection.getresponse()
    assert (response.status, response.read()) == (429, b"null")
    assert response.headers["X-Cache"] == "Error from cloudfront"


def test_ten_parallel_requests_wait_for_one_delay(exchange: Embedded, server: Server) -> None:
    server.delay_ms = 200
    clients = [Client(server) for _ in range(10)]
    found: list[int] = []

    def ask(one: Client) -> None:
        found.append(one.send(exchange.info_request("allMids"))[0])

    threads = [threading.Thread(target=ask, args=(one,)) for one in clients]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    for one in clients:
        one.connection.close()
    assert found == [200] * 10
    assert 0.2 <= took < 1.0


class Inside:
    """How many threads are in here; the second one sets an event."""

    def __init__(self) -> None:
        self.count = 0
        self.second = threading.Event()

    def __enter__(self) -> None:
        self.count += 1
        if self.count == 2:
            self.second.set()

    def __exit__(self, *_: object) -> None:
        self.count -= 1


class Overlap:
    """An App that waits a moment for a second request to come in while it works on the first."""

    def __init__(self, inner: App) -> None:
        self._inner = inner
        self._inside = Inside()
        self.together = 0

    def prepare(self, plan: Plan) -> None:
        self._inner.prepare(plan)

    def describe(self, request: Request) -> Seen:
        return self._inner.describe(request)

    def answer(self, request: Request, *, at_ms: int, client: str, lies: Sequence[Fault] = ()) -> Answer:
        with self._inside:
            self.together = max(self.together, self._inside.count)
            self._inside.second.wait(timeout=0.1)
        return self._inner.answer(request, at_ms=at_ms, client=client, lies=lies)


def test_the_exchange_works_on_one_request_at_a_time(exchange: Embedded) -> None:
    app = Overlap(exchange.line.app)
    with Server(Line(app), VenueTime(exchange.clock)) as server:
        clients = [Client(server) for _ in range(2)]
        threads = [
            threading.Thread(target=one.send, args=(exchange.info_request("meta"),)) for one in clients
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for one in clients:
            one.connection.close()
    assert app.together == 1


@pytest.mark.parametrize(
    ("kind", "error", "applied"),
    [
        ("T2", ConnectionResetError, False),
        ("T5", ConnectionResetError, False),
        ("T6", ConnectionResetError, True),
        ("T7", ConnectionResetError, False),
        ("T8", TimeoutError, True),
        ("T9", http.client.IncompleteRead, True),
        ("T10", TimeoutError, True),
        ("T11", TimeoutError, False),
        ("T14", http.client.RemoteDisconnected, False),
        ("T16", TimeoutError, False),
    ],
)
def test_a_broken_wire_breaks_for_real(
    exchange: Embedded, server: Server, kind: str, error: type[Exception], applied: bool
) -> None:
    exchange.arm(Fault(kind))
    one = Client(server, timeout_s=0.3)

    def whole() -> None:
        # The socket's timeout is for each read; a drip needs a deadline over all of them.
        one.connection.request("POST", "/exchange", exchange.request(orders(BUY)).body)
        deadline = time.monotonic() + 0.3
        response = one.connection.getresponse()
        while response.read(1):
            if time.monotonic() > deadline:
                raise TimeoutError
        if response.length:
            raise http.client.IncompleteRead(b"")

    with pytest.raises(error):
        whole()
    one.connection.close()
    assert (exchange.position() != 0) is applied
    again = Client(server)
    assert again.send(exchange.info_request("meta"))[0] == 200
    again.connection.close()


def test_a_hang_ends_when_its_seconds_are_over(exchange: Embedded, client: Client) -> None:
    exchange.arm(Fault("T8", params={"seconds": 0.1}))
    with pytest.raises(ConnectionResetError):
        client.send(exchange.info_request("meta"))


def test_http_faults_travel_as_they_are(exchange: Embedded, client: Client) -> None:
    exchange.arm(Fault("H10"), Fault("H9", nth=2), Fault("H13", nth=3))
    client.connection.request("POST", "/info", b'{"type":"meta"}')
    response = client.connection.getresponse()
    assert (response.status, response.headers["Location"]) == (302, "https://example.invalid/")
    assert response.read() == b""
    assert client.send(exchange.info_request("meta"))[0] == 502
    client.connection.request("POST", "/info", b'{"type":"meta"}')
    response = client.connection.getresponse()
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(response.read()) < 1_000_000


@pytest.mark.parametrize(
    "raw",
    [
        b"x" * 70_000,
        b"POST /info HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /info HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /info HTTP/1.1\r\nContent-Length: 5\r\n\r\n{",
        b"POST /in",
    ],
)
def test_what_is_not_a_request_ends_its_connection_alone(
    exchange: Embedded, server: Server, client: Client, raw: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0), timeout=5) as rude:
        rude.sendall(raw)
        rude.shutdown(socket.SHUT_WR)
        assert rude.recv(1_000) == b""
    assert client.send(exchange.info_request("meta"))[0] == 200


def test_a_client_may_ask_to_close() -> None:
    exchange = Embedded()
    with Server(exchange.line, VenueTime(exchange.clock)) as server:
        one = Client(server)
        one.connection.request("POST", "/info", b'{"type":"meta"}', {"Connection": "close"})
        response = one.connection.getresponse()
        assert response.headers["Connection"] == "close"
        assert response.read()


def test_closing_a_server_ends_what_it_holds_back(exchange: Embedded) -> None:
    server = Server(exchange.line, VenueTime(exchange.clock))
    exchange.arm(Fault("T8"))
    with server:
        one = Client(server)
        one.connection.request("POST", "/info", b'{"type":"meta"}')
        deadline = time.monotonic() + 5
        while not exchange.line.carried and time.monotonic() < deadline:
            time.sleep(0.005)
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        one.connection.getresponse()
