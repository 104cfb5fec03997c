"""A transport that remembers the last exchanges of this process, for a report of what was not understood.

Nothing is written here: the newest exchanges are kept as they were, their bodies cut off where a person would
stop reading. What is cut is looked through for secrets first: a part of one would be found by nobody later.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from trader.core.wire import Answer, Exchanged, Lost, Request, Transport

KEPT_MAX = 64  # more than one observation of a few coins asks
BODY_BYTES_MAX = 8_192
SECRET_BYTES_MAX = 2_048  # in any dress


def as_it_is(body: bytes) -> bytes:
    """Nothing is secret here."""
    return body


class Kept:
    """`Transport` over another one."""

    def __init__(self, inner: Transport, redact: Callable[[bytes], bytes] = as_it_is) -> None:
        self._inner = inner
        self._redact = redact
        self._last: deque[Exchanged] = deque(maxlen=KEPT_MAX)

    @property
    def last(self) -> tuple[Exchanged, ...]:
        """The newest exchanges, oldest first."""
        return tuple(self._last)

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        answers = self._inner.exchange(requests, timeout_s=timeout_s)
        for request, answer in zip(requests, answers, strict=True):
            self._last.append(Exchanged(request, self._cut(answer)))
        return answers

    def _cut(self, answer: Answer | Lost) -> Answer | Lost:
        """The beginning; what the look for secrets may have met only the half of goes too."""
        if isinstance(answer, Lost) or len(answer.body) <= BODY_BYTES_MAX:
            return answer
        looked_at = BODY_BYTES_MAX + SECRET_BYTES_MAX
        shown = self._redact(answer.body[:looked_at])
        whole = shown if len(answer.body) <= looked_at else shown[:-SECRET_BYTES_MAX]
        return replace(answer, body=whole[:BODY_BYTES_MAX])
