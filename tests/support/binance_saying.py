"""Puts words into the mouth of an embedded Binance."""

from collections.abc import Callable, Sequence

from tests.support.account_bench import Watched
from trader.core.wire import Answer, Lost, Request

Words = Answer | Callable[[Answer], Answer]


class Saying:
    """From here on every write gets this answer; whether the venue performs it is another matter."""

    def __init__(self, wire: Watched, words: Words, *, is_applied: bool = True) -> None:
        self._wire = wire
        self._inner = wire.inner
        self._words = words
        self._is_applied = is_applied
        wire.inner = self

    def stop(self) -> None:
        self._wire.inner = self._inner

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        if not any(request.is_write for request in requests):
            return self._inner.exchange(requests, timeout_s=timeout_s)
        if isinstance(self._words, Answer):
            if self._is_applied:
                self._inner.exchange(requests, timeout_s=timeout_s)
            return [self._words for _ in requests]
        answers = self._inner.exchange(requests, timeout_s=timeout_s)
        return [self._words(one) if isinstance(one, Answer) else one for one in answers]
