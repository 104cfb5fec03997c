"""Bytes to a venue and bytes back: the one seam between the program and a network.

Requests of one round go out together and their answers come back in the order asked. A lost
request says whether the venue may have seen it, because a write that may have been seen must be
looked up and never sent anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Protocol

from trader.core.frozen import frozen


@frozen
class Request:
    """One HTTP request; `url` is always the venue's official one, whoever answers it."""

    url: str
    body: bytes = b""
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    is_write: bool = False


@frozen
class Answer:
    """What came back, whole; any status."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@frozen
class Lost:
    """No whole answer. `reached` is false only when the venue surely never saw the request."""

    reached: bool
    reason: str


class Transport(Protocol):
    """The only door to a venue."""

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        """Send the round together; each answer or loss in the order asked, within the timeout."""
        ...


@frozen
class Exchanged:
    """A request and what became of it."""

    request: Request
    answer: Answer | Lost
