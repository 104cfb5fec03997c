"""The two request budgets: weight per IP address and minute, actions per account and traded volume.

Rules: the IP budget refuses with HTTP 429 and counts reads and writes; the address budget refuses
with a sentence and counts actions alone. A refused action costs neither account budget nor the
ten-second turn that an exhausted account still has.
"""

from collections import deque
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_WINDOW_MS = 60_000
ADDRESS_INITIAL = 10_000
CANCEL_EXTRA = 100_000
TURN_MS = 10_000


class IpBudget:
    """A sliding minute of weight per client."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._spent: dict[str, deque[tuple[int, int]]] = {}
        self._sums: dict[str, int] = {}

    def used(self, client: str, *, at_ms: int) -> int:
        """The weight of the last minute."""
        spent = self._spent.get(client)
        if not spent:
            return 0
        while spent and spent[0][0] <= at_ms - _WINDOW_MS:
            self._sums[client] -= spent.popleft()[1]
        return self._sums[client]

    def allows(self, client: str, weight: int, *, at_ms: int) -> bool:
        return self.used(client, at_ms=at_ms) + weight <= self.limit

    def spend(self, client: str, weight: int, *, at_ms: int) -> None:
        self._spent.setdefault(client, deque()).append((at_ms, weight))
        self._sums[client] = self._sums.get(client, 0) + weight


class AddressBudget:
    """Actions used per account, against 10,000 and one per dollar traded."""

    def __init__(self, initial: int = ADDRESS_INITIAL) -> None:
        self.initial = initial
        self._used: dict[str, int] = {}
        self._last_turn_ms: dict[str, int] = {}

    def used(self, user: str) -> int:
        return self._used.get(user, 0)

    def cap(self, volume: Decimal, *, is_cancel: bool = False) -> int:
        cap = self.initial + int(volume)
        return min(cap + CANCEL_EXTRA, 2 * cap) if is_cancel else cap

    def refusal(self, user: str, count: int, *, volume: Decimal, is_cancel: bool, at_ms: int) -> str | None:
        """Why the account may not act now; an exhausted one still has one action in ten seconds."""
        wanted, cap = self.used(user) + count, self.cap(volume, is_cancel=is_cancel)
        if wanted <= cap or at_ms - self._last_turn_ms.get(user, -TURN_MS) >= TURN_MS:
            return None
        return (
            f"Too many cumulative requests sent ({wanted} > {cap}) for cumulative volume traded "
            f"${volume:.2f}. Place taker orders to free up 1 request per USDC traded."
        )

    def spend(self, user: str, count: int, *, volume: Decimal, at_ms: int) -> None:
        self._used[user] = self.used(user) + count
        if self._used[user] > self.cap(volume):
            self._last_turn_ms[user] = at_ms

    def use_up(self, user: str, *, volume: Decimal, at_ms: int) -> None:
        """Leave nothing, by the hand of this exchange's operator; the ten-second turn begins now."""
        self._used[user] = max(self.used(user), self.cap(volume))
        self._last_turn_ms[user] = at_ms

    def dump(self) -> dict[str, Any]:
        return {"used": dict(self._used), "last_turn_ms": dict(self._last_turn_ms)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._used = dict(state["used"])
        self._last_turn_ms = dict(state["last_turn_ms"])
