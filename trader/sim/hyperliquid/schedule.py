"""The dead man's switch: cancel all open orders of an account at a set time.

Rules: it needs a million dollars traded, five seconds of notice, and fires at most ten times a day.
It cancels orders, protective stops too, and never a position.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trader.exchange.model import Model
from trader.exchange.status import Status

VOLUME_REQUIRED = Decimal(1_000_000)
NOTICE_MS = 5_000
FIRINGS_PER_DAY = 10
_DAY_MS = 86_400_000


class CancelSchedule:
    """The pending time of each account and how often it fired today."""

    def __init__(self) -> None:
        self._pending_ms: dict[str, int] = {}
        self._fired: dict[str, tuple[int, int]] = {}

    def refusal(self, user: str, time_ms: int | None, *, volume: Decimal, now_ms: int) -> str | None:
        """Why it cannot be set, or even cleared."""
        if volume < VOLUME_REQUIRED:
            return (
                "Cannot set scheduled cancel time until enough volume traded. "
                f"Required: ${VOLUME_REQUIRED}. Traded: ${volume:.2f}."
            )
        if time_ms is None:
            return None
        if time_ms < now_ms + NOTICE_MS:
            return "Scheduled cancel time too early, must be at least 5 seconds from now."
        if self._fired_on(user, now_ms // _DAY_MS) >= FIRINGS_PER_DAY:
            return "Scheduled cancel trigger limit reached for today."
        return None

    def set(self, user: str, time_ms: int | None) -> None:
        """Replace the pending time; None clears it."""
        if time_ms is None:
            self._pending_ms.pop(user, None)
        else:
            self._pending_ms[user] = time_ms

    def due(self, at_ms: int) -> list[tuple[int, str]]:
        """What fires up to this moment, in time order."""
        return sorted((time_ms, user) for user, time_ms in self._pending_ms.items() if time_ms <= at_ms)

    def fire(self, model: Model, user: str) -> None:
        """Cancel everything the account has open."""
        day = self._pending_ms.pop(user) // _DAY_MS
        self._fired[user] = (day, self._fired_on(user, day) + 1)
        for order in model.open_orders(user):
            model.cancel(user, order.oid, status=Status.SCHEDULED_CANCEL)

    def _fired_on(self, user: str, day: int) -> int:
        counted_day, count = self._fired.get(user, (day, 0))
        return count if counted_day == day else 0

    def dump(self) -> dict[str, Any]:
        return {"pending_ms": dict(self._pending_ms), "fired": {u: list(f) for u, f in self._fired.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._pending_ms = dict(state["pending_ms"])
        self._fired = {user: (day, count) for user, (day, count) in state["fired"].items()}
