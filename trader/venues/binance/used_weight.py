"""What the venue says this address and this account have used up, and whether it has banned the address.

Taken from the headers of its answers. While a ban lasts nothing is sent: each further request prolongs it.
What may not fit into the minute any more waits for the next one, because who asks on is banned for minutes.
"""

import re
from collections.abc import Iterable, Mapping

from trader.core.ports import Clock
from trader.core.wire import Answer, Lost

_BANNED = 418
_SHORTEST_BAN_S = 120  # what the venue begins with, where it names no time
MINUTE_MS = 60_000
WEIGHT_A_MINUTE = 2_400  # of one address; the venue's practice network allows more
WEIGHT_EACH = 5  # of a request, seen over a whole round: more than any round of ours comes to
AFTER_S = 0.5  # into the next minute, for what the clocks differ
_WEIGHT, _ORDERS_10S, _ORDERS_1M, _RETRY = (
    "x-mbx-used-weight-1m",
    "x-mbx-order-count-10s",
    "x-mbx-order-count-1m",
    "retry-after",
)


class UsedWeight:
    """The highest counts that were told, for a person and for the budget."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._banned_until_ms: int | None = None
        self._told_ms = 0
        self.told: dict[str, int] = {}

    @property
    def weight(self) -> int | None:
        """Of this address, in the minute of the last answers."""
        return self.told.get(_WEIGHT)

    @property
    def orders_10s(self) -> int | None:
        return self.told.get(_ORDERS_10S)

    @property
    def orders_1m(self) -> int | None:
        return self.told.get(_ORDERS_1M)

    def saw(self, answers: Iterable[Answer | Lost]) -> None:
        """Learn from the answers of one round, of which the last counted one says most."""
        told: dict[str, int] = {}
        for answer in answers:
            if isinstance(answer, Lost):
                continue
            headers = {name.lower(): value for name, value in answer.headers.items()}
            for name in (_WEIGHT, _ORDERS_10S, _ORDERS_1M):
                counted = _whole(headers, name)
                if counted is not None:
                    told[name] = max(counted, told.get(name, 0))
            if answer.status == _BANNED:
                wait_s = _whole(headers, _RETRY)
                wait_s = _SHORTEST_BAN_S if wait_s is None else wait_s
                self._banned_until_ms = self._clock.elapsed_ms() + wait_s * 1000
        self.told |= told
        self._told_ms = self._clock.elapsed_ms()

    def pause_s(self, requests: int, *, venue_ms: int) -> float:
        """Seconds to the minute into which so many requests fit, zero when they fit into this one."""
        into_ms = venue_ms % MINUTE_MS
        is_of_this_minute = self._clock.elapsed_ms() - self._told_ms <= into_ms
        used = (self.weight or 0) if is_of_this_minute else 0
        if used == 0 or used + requests * WEIGHT_EACH <= WEIGHT_A_MINUTE:
            return 0.0
        return (MINUTE_MS - into_ms) / 1000 + AFTER_S

    def ban(self) -> str | None:
        """Why nothing may be sent now."""
        left_ms = (self._banned_until_ms or 0) - self._clock.elapsed_ms()
        if self._banned_until_ms is None or left_ms <= 0:
            return None
        return f"the venue has banned this address for another {left_ms / 1000:.0f} s"


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None
