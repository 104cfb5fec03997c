"""Where the processes of an episode send their alarms: an address on this machine that takes what it is sent.

Rules: what came is kept as one text each, title and message; a body that is not the sender's JSON is kept
as it is, because it was still sent. The address holds a word that must reach nobody.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORD = "word-of-the-webhook-5d1f"
_BODY_MAX = 1_000_000


class Alerts:
    """Listens until it is closed."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _taking(self.came))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """As the configuration names it."""
        return f"json://127.0.0.1:{self._server.server_address[1]}/{WORD}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _taking(came: list[str]) -> type[BaseHTTPRequestHandler]:
    class Taking(BaseHTTPRequestHandler):
        """Keeps what is posted."""

        def do_POST(self) -> None:
            length = min(int(self.headers.get("Content-Length", 0)), _BODY_MAX)
            came.append(_text(self.rfile.read(length)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  (as above)
            """Nothing is printed of it."""

    return Taking


def _text(body: bytes) -> str:
    try:
        told = json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
    return f"{told.get('title', '')}: {told.get('message', '')}" if isinstance(told, dict) else str(told)
