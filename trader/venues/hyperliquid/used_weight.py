"""Counts what this process asks of the venue, by the venue's own price list, over the last minute.

The venue allows an address so much weight a minute and does not say how much is left. Each request is counted
when it was sent, its rows when they came; one that surely never left is not. What other processes on this
address send is not seen here, so that each of `accounts` on it counts on its own share alone. Once the venue
said that it was too much (429), it was: nothing is taken to be left for the rest of the run.
"""

import json
import re
from collections import deque
from collections.abc import Mapping, Sequence

from trader.core.access import Budget
from trader.core.ports import Clock
from trader.core.wire import Answer, Lost, Request, Transport
from trader.venues.throttle import Throttle

WEIGHT_A_MINUTE = 1_200
_MINUTE_MS = 60_000
_KIND = re.compile(rb'\{"type":"([A-Za-z0-9]+)"[,}]')
# A write of ours has a few orders, and forty cost one more.
_WRITE = 1
_USUAL = 20
_OTHERWISE: Mapping[str, int] = {
    **dict.fromkeys(("clearinghouseState", "orderStatus", "exchangeStatus"), 2),
    "userRole": 60,
}
# Rows cost on top: how many of them one point, and what stands once in each, which is found without reading.
_ROWS: Mapping[str, tuple[int, bytes]] = {
    "candleSnapshot": (60, b'"t"'),
    "userFillsByTime": (20, b'"tid"'),
    "historicalOrders": (20, b'"statusTimestamp"'),
    "userFunding": (20, b'"hash"'),
    "userNonFundingLedgerUpdates": (20, b'"hash"'),
}


class Weighed:
    """A transport that counts what goes through it."""

    def __init__(self, transport: Transport, clock: Clock, *, accounts: int = 1) -> None:
        self._transport = Throttle(transport, clock)
        self._clock = clock
        self._limit = WEIGHT_A_MINUTE // accounts
        self._spent: deque[tuple[int, int]] = deque()
        self.total = 0
        """Of this process."""

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        answers = self._transport.exchange(requests, timeout_s=timeout_s)
        weight = sum(weight_of(*both) for both in zip(requests, answers, strict=True))
        self._spent.append((self._clock.elapsed_ms(), weight))
        self.total += weight
        return answers

    def budget(self) -> Budget:
        """What of the minute is used up."""
        since_ms = self._clock.elapsed_ms() - _MINUTE_MS
        while self._spent and self._spent[0][0] <= since_ms:
            self._spent.popleft()
        used = sum(weight for _, weight in self._spent)
        if self._transport.is_pressed:
            used = max(used, self._limit)
        return Budget("weight of this address", used, self._limit, per_s=_MINUTE_MS // 1000)


def _kind_of(body: bytes) -> str:
    """What a read of ours asks for; its questions begin with that."""
    found = _KIND.match(body)
    return found[1].decode() if found is not None else str(json.loads(body)["type"])


def weight_of(request: Request, answer: Answer | Lost) -> int:
    """What one request cost."""
    if isinstance(answer, Lost) and not answer.reached:
        return 0
    if request.is_write:
        return _WRITE
    kind = _kind_of(request.body)
    weight = _OTHERWISE.get(kind, _USUAL)
    if isinstance(answer, Lost) or kind not in _ROWS:
        return weight
    rows_a_point, mark = _ROWS[kind]
    return weight + answer.body.count(mark) // rows_a_point
