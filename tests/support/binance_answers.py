"""Answers of Binance as the documents give them, and a transport that puts words into the venue's mouth.

The files under tests/fixtures/binance-adapter come from the test data of the CryptoExchange.Net library for
Binance (Binance.Net, MIT licence), which keeps the documented answer of each endpoint.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support.hyperliquid_bench import Watched
from trader.core.wire import Answer, Lost, Request

SAMPLES = Path(__file__).parents[1] / "fixtures" / "binance-adapter"
Words = Answer | Callable[[Answer], Answer]


def sample(name: str) -> Any:
    """A documented answer: after method, path and whether it is signed, a line each."""
    text = (SAMPLES / f"{name}.txt").read_text(encoding="utf-8")
    return json.loads(text.split("\n", 3)[3])


def an_error(status: int, code: int | None, message: str) -> Answer:
    """The venue's way to say no."""
    body = {"msg": message} if code is None else {"code": code, "msg": message}
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


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
