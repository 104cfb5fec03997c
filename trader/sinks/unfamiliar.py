"""Keeps what the venue said that this program does not know, for a report of the fault: once a run, redacted.

Rules: of a request its method, place and parameters stay; signatures and the values of headers do not. Known
secrets are taken out by value whatever they stand in. The folder is this user's alone; the newest few stay.
"""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.text import utc
from trader.core.wire import Exchanged, Lost, Request
from trader.sinks.private_files import opened_folder, replace

SCHEMA = "trader.unfamiliar/1"
FILES_KEPT = 10
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9]+\.json")
_SIGNATURES = frozenset({"signature", "sign"})


@frozen
class Unfamiliar:
    """The sink; `redact` is the last look at the text before it is written."""

    folder: Path
    redact: Callable[[str], str]

    def keep(self, what: Sequence[str], last: Sequence[Exchanged], *, at_ms: int, number: int) -> str:
        """Write the file; the sentence that tells a person where it is, or why there is none."""
        document = {
            "schema": SCHEMA,
            "at_ms": at_ms,
            "unfamiliar": list(what),
            "exchanges": [_told(one) for one in last],
        }
        name = f"{re.sub('[^0-9TZ]', '', utc(at_ms).replace(' ', 'T', 1)[:19])}Z-{number}.json"
        try:
            with opened_folder(self.folder, create=True) as folder:
                text = self.redact(json.dumps(document, indent=1))
                replace(folder, name, text.encode("utf-8", "replace"), permissions=0o600)
                _prune(folder)
        except (OSError, ConfigError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            return f"the exchange could not be kept in {self.folder}: {why}"
        return f"the exchange is kept, without secrets, in {self.folder / name}: attach it to a report"


def _told(one: Exchanged) -> dict[str, Any]:
    answer = one.answer
    told: dict[str, Any] = {"request": _of_request(one.request)}
    if isinstance(answer, Lost):
        return {**told, "lost": answer.reason, "reached": answer.reached}
    return {**told, "status": answer.status, "answer": answer.body.decode(errors="replace")}


def _of_request(request: Request) -> dict[str, Any]:
    parts = urlsplit(request.url)
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in _SIGNATURES]
    return {
        "method": request.method,
        "place": f"{parts.netloc}{parts.path}",
        "query": query,
        "headers": [name for name, _ in request.headers],
        "body": _unsigned(request.body),
        "is_write": request.is_write,
    }


def _unsigned(body: bytes) -> Any:
    """A body without its signature; one that is no JSON is cut to its parameters."""
    try:
        said = json.loads(body) if body else None
    except ValueError:
        pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
        return [(k, v) for k, v in pairs if k not in _SIGNATURES]
    return {k: v for k, v in said.items() if k not in _SIGNATURES} if isinstance(said, dict) else said


def _prune(folder: int) -> None:
    import os

    names = sorted(name for name in os.listdir(folder) if _NAME.fullmatch(name))
    for name in names[:-FILES_KEPT]:
        os.unlink(name, dir_fd=folder)
