"""A transport that remembers the last exchanges of this process, for a report of what was not understood.

Nothing is written here, and nothing is looked at: the newest exchanges are kept as they were, their bodies
cut off where a person would stop reading.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from trader.core.wire import Answer, Exchanged, Lost, Request, Transport

KEPT_MAX = 64  # more than one observation of a few coins asks
BODY_BYTES_MAX = 8_192


class Kept:
    """`Transport` over another one."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self._last: deque[Exchanged] = deque(maxlen=KEPT_MAX)

    @property
    def last(self) -> tuple[Exchanged, ...]:
        """The newest exchanges, oldest first."""
        return tuple(self._last)

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        answers = self._inner.exchange(requests, timeout_s=timeout_s)
        for request, answer in zip(requests, answers, strict=True):
            self._last.append(Exchanged(request, _cut(answer)))
        return answers


def _cut(answer: Answer | Lost) -> Answer | Lost:
    if isinstance(answer, Lost) or len(answer.body) <= BODY_BYTES_MAX:
        return answer
    return replace(answer, body=answer.body[:BODY_BYTES_MAX])
