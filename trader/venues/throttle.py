"""Hears a venue say that too much was asked, and keeps to it.

* 429, or the venue's own word for it, holds for the rest of the run: what may be left out is left out from
  then on, and only protection goes on (`is_pressed`).
* 418 is a ban of this address: nothing at all is sent until it ends, because each request prolongs it.
"""

import re
from collections.abc import Callable, Sequence

from trader.core.ports import Clock
from trader.core.wire import Answer, Lost, Request, Transport

SHORTEST_BAN_S = 120  # where the venue names no time
_TOO_MANY, _BANNED = 429, 418


class Throttle:
    """A transport that remembers what the venue said of too many requests."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        *,
        says_so: Callable[[Answer], bool] | None = None,
        heeds: Callable[[Request], bool] | None = None,
    ) -> None:
        """`says_so` knows an answer by which the venue says it in another way than by the status 429; `heeds`
        leaves out requests that have a limit of their own, of which nothing follows for the others."""
        self._transport = transport
        self._clock = clock
        self._says_so = says_so
        self._heeds = heeds
        self._banned_until_ms: int | None = None
        self.is_pressed = False

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        ban = self.ban()
        if ban is not None:
            return [Lost(reached=False, reason=ban) for _ in requests]
        answers = self._transport.exchange(requests, timeout_s=timeout_s)
        for request, answer in zip(requests, answers, strict=True):
            if isinstance(answer, Answer):
                self._hear(request, answer)
        return answers

    def ban(self) -> str | None:
        """Why nothing may be sent now."""
        left_ms = (self._banned_until_ms or 0) - self._clock.elapsed_ms()
        if self._banned_until_ms is None or left_ms <= 0:
            return None
        return f"the venue has banned this address for another {left_ms / 1000:.0f} s"

    def _hear(self, request: Request, answer: Answer) -> None:
        if answer.status == _BANNED:
            wait_s = retry_after_s(answer)
            wait_s = SHORTEST_BAN_S if wait_s is None else wait_s
            self._banned_until_ms = self._clock.elapsed_ms() + wait_s * 1000
        if self._heeds is not None and not self._heeds(request):
            return
        told = self._says_so is not None and self._says_so(answer)
        self.is_pressed = self.is_pressed or told or answer.status in (_TOO_MANY, _BANNED)


def retry_after_s(answer: Answer) -> int | None:
    """For how long the venue asks to be left alone; None where it does not say."""
    for name, value in answer.headers.items():
        if name.lower() == "retry-after" and re.fullmatch("[0-9]{1,9}", value):
            return int(value)
    return None
