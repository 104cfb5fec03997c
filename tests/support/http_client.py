"""One kept HTTP connection to a served exchange."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from trader.core.wire import Request
from trader.sim.server import Server


class Client:
    """One connection that stays open."""

    def __init__(self, server: Server, *, timeout_s: float = 5) -> None:
        self.connection = http.client.HTTPConnection(
            "127.0.0.1", urlsplit(server.url).port, timeout=timeout_s
        )

    def post(self, path: str, body: bytes, *, method: str = "POST") -> tuple[int, bytes]:
        self.connection.request(method, path, body, {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        return response.status, response.read()

    def send(self, request: Request) -> tuple[int, bytes]:
        return self.post(urlsplit(request.url).path, request.body)

    def control(self, door: str, value: Any = None) -> Any:
        status, body = self.post(f"/_sim/{door}", b"" if value is None else json.dumps(value).encode())
        assert status == 200, body
        return json.loads(body)
